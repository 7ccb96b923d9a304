#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The recipe for GNU parallel: 8 shards on the cores of this machine, one killed and made alone, merged they are the
# unsharded scan; then by ssh, on a server of its own at another port, which shares no folder.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$RP_SOURCE/tests/cli/lib.sh"
# shellcheck source=tests/cluster/lib.sh
. "$RP_SOURCE/tests/cluster/lib.sh"
needs parallel rsync ssh sshd ssh-keygen
make_whole
make_stopping

RINGPROBE=$work/stopping "$recipes/parallel/run" -n 8 -j 2 -o out.db -- "${space[@]}" >log 2>&1 &
recipe=$!
until [ -e halfway ]; do
    kill -0 $recipe 2>/dev/null || { fail "it ended before shard 3: $(cat log)"; break; }
    sleep 0.1
done
kill -KILL "$(<halfway)"
status=0
wait $recipe || status=$? # parallel tries again what was killed
[ $status -eq 0 ] || fail "with one shard killed: exit status $status: $(cat log)"
grep -q '^# .*of' continued || fail "the killed shard did not go on: $(head -n 3 continued)"
check_merged out.db
echo "local: $(awk 'END { print NR }' out.db.shards/jobs) jobs for 8 shards"

# One shard away: it is made alone, and the same comes out.
rm out.db out.db.shards/shard-5-of-8.db
before=$(wc -l <out.db.shards/jobs)
"$recipes/parallel/run" -n 8 -j 2 -o out.db -- "${space[@]}" >log 2>&1 || fail "again: $(cat log)"
[ "$(($(wc -l <out.db.shards/jobs) - before))" -eq 1 ] || fail 'more than the missing shard was made'
check_merged out.db

# What cannot be.
refused() { # PATTERN COMMAND...
    local status=0 pattern=$1
    shift
    "$@" >log 2>&1 || status=$?
    [[ $status -eq 2 && $(wc -l <log) -eq 1 ]] || fail "'$*': $status, $(cat log)"
    grep -qE "$pattern" log || fail "'$*': no '$pattern' in $(cat log)"
}
refused 'needs -o OUT' "$recipes/parallel/run" -n 8
refused "'0' is no number" "$recipes/parallel/run" -n 0 -o out.db
refused "'--runs' cannot be given" "$recipes/parallel/run" -n 8 -o out.db -- --runs 5
refused "this machine is not one of -S" "$recipes/parallel/run" -S : -o out.db
refused "there is no shard '8' of 8" "$recipes/shard" out.db.shards 8 8
refused "'none' is no folder" "$recipes/shard" none 0 8

# Elsewhere, by a stand-in for ssh that runs it in a home of its own: what a scan that fails, or ends before its end, has
# made is no shard; the same command makes it.
mkdir home
cat >ssh-here <<TXT
#!/usr/bin/env bash
while [[ \$1 == -* ]]; do [[ \$1 != -l ]] || shift; shift; done
shift
[ "\$1" != -- ] || shift
cd '$work/home' && HOME=$work/home exec sh -c "\$*"
TXT
cat >failing <<TXT
#!/usr/bin/env bash
case " \$* " in
" scan "*" --shard 2/8 "*) ;;
*) exec '$RINGPROBE' "\$@" ;;
esac
'$RINGPROBE' "\$@" --runs 2000
exit \$(<'$work/ends')
TXT
chmod +x ssh-here failing
for ends in 1 0; do
    echo $ends >ends
    status=0
    "$recipes/parallel/run" -n 8 -j 2 -S "$work/ssh-here there" -r "$work/failing" -o there.db -- "${space[@]}" >log 2>&1 ||
        status=$?
    [ $status -eq 1 ] || fail "a remote scan that ends with $ends: exit status $status: $(cat log)"
    [ "$(cd there.db.shards && echo ./*.db | xargs -n 1 | wc -l)" -eq 7 ] || fail "shards: $(ls -A there.db.shards)"
    [ ! -e there.db.shards/shard-2-of-8.db ] || fail "half of a shard is taken for one, after status $ends"
done
grep -q 'half-shard-2-of-8.db is unfinished' log || fail "not said: $(cat log)"
"$recipes/parallel/run" -n 8 -j 2 -S "$work/ssh-here there" -r "$RINGPROBE" -o there.db -- "${space[@]}" >log 2>&1 ||
    fail "elsewhere: $(cat log)"
check_merged there.db
[ -z "$(find home -name '*.db')" ] || fail "left there: $(find home)"

# By ssh.
mkdir -m 700 ssh
ssh-keygen -q -t ed25519 -N '' -f ssh/host
ssh-keygen -q -t ed25519 -N '' -f ssh/user
cp ssh/user.pub ssh/authorized
mkdir -p /run/sshd
cat >ssh/sshd_config <<TXT
Port 16822
ListenAddress 127.0.0.1
HostKey $work/ssh/host
PidFile $work/ssh/pid
AuthorizedKeysFile $work/ssh/authorized
StrictModes no
UsePAM no
TXT
"$(command -v sshd)" -f "$work/ssh/sshd_config" -E "$work/ssh/log"
trap 'kill "$(<"$work/ssh/pid")"; rm -rf "$work"' EXIT
client="ssh -p 16822 -i $work/ssh/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
"$recipes/parallel/run" -n 8 -j 2 -S "$client $(id -un)@127.0.0.1" -r "$RINGPROBE" -o far.db -- "${space[@]}" >log 2>&1 ||
    fail "by ssh: $(cat log ssh/log)"
check_merged far.db
echo "ssh: $(awk '$2 != ":" { n++ } END { print n }' far.db.shards/jobs) jobs for 8 shards"
finish
