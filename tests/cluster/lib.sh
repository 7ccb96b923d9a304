# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests of the recipes for clusters share: the unsharded campaign, and what a merged one must be. To be sourced
# behind tests/cli/lib.sh.
# shellcheck shell=bash
: "${work:?tests/cli/lib.sh makes it}"
# shellcheck disable=SC2034 # who sources this uses it
recipes=$RP_SOURCE/harness/cluster
space=(-m 'long64,prot32,real16' --limit 3000)
export TMPDIR=$work/local
mkdir "$TMPDIR"

# needs COMMAND...: skips the test where one is missing.
needs() {
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null || { echo "no '$command' here: tests/run cluster installs it"; exit 77; }
    done
}

make_whole() {
    "$RINGPROBE" scan -q "${space[@]}" -o whole.db 2>err || fail "the unsharded scan: $(cat err)"
    "$RINGPROBE" report whole.db -f canonical >whole.canonical
}

# A ringprobe that stops at the first shard 3, halfway: it has begun its campaign, writes $work/halfway, and is still there.
make_stopping() {
    cat >stopping <<TXT
#!/usr/bin/env bash
case " \$* " in
*" --shard 3/"*) ;;
*) exec '$RINGPROBE' "\$@" ;;
esac
if [ ! -e '$work/halfway' ]; then
    '$RINGPROBE' "\$@" --runs 20000
    echo "\$\$" >'$work/halfway'
    exec sleep 1000
fi
'$RINGPROBE' report "\${@: -1}" -f canonical >'$work/continued' 2>&1
exec '$RINGPROBE' "\$@"
TXT
    chmod +x stopping
}

# check_merged OUT: it is the unsharded campaign, and nothing is left over.
check_merged() {
    "$RINGPROBE" report "$1" -f canonical >merged.canonical 2>err || fail "report of '$1': $(cat err)"
    cmp whole.canonical merged.canonical || fail 'merged shards are not the unsharded scan'
    [ -z "$(find "$1.shards" -name '.shard-*')" ] || fail "left behind: $(ls -A "$1.shards")"
    [ -z "$(ls -A "$TMPDIR")" ] || fail "left in the folder for work: $(find "$TMPDIR")"
}
