#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# harness/cluster/shard, on which both recipes for clusters rest: makes a shard elsewhere, publishes it whole and
# once, and refuses what would make half of one. (The recipes themselves: tests/run cluster.)
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
shard=$RP_SOURCE/harness/cluster/shard
mkdir local shards
export RINGPROBE TMPDIR=$work/local

# refused PATTERN ARGUMENT...: exit status 2, one line, no file.
refused() {
    local pattern=$1
    shift
    status=0
    "$shard" "$@" >out 2>err || status=$?
    [[ $status -eq 2 && $(wc -l <err) -eq 1 && ! -s out ]] || fail "'$*': exit status $status, $(cat out err)"
    grep -qE "$pattern" err || fail "'$*': no '$pattern' in: $(cat err)"
    [ -z "$(ls -A shards)" ] || fail "'$*' left: $(ls -A shards)"
}
refused 'needs FOLDER I N' shards 0
refused "there is no shard '2' of 2" shards 2 2
refused "there is no shard '-1' of 2" shards -1 2
refused "N 'two' is no number" shards 0 two
refused "'none' is no folder" none 0 2
for option in --runs --time=5 -o -qo --output --shard --report --ru --ti=5 --t --o --sh=0/3 --rep --; do
    refused "'$option' cannot be given" shards 0 2 -m prot32 $option 5
done
for option in --baseline --baseline=5 --ba --b=5; do
    refused "'$option' cannot be given .*; give it to the report of OUT" shards 0 2 -m prot32 $option 5
done
refused "'prot33' is no mode" shards 0 2 -m prot33
RINGPROBE=no/such refused "no 'no/such'" shards 0 2
[ -z "$(ls -A local)" ] || rm -r local/*

# Two shards, merged, are the scan.
space=(-m 'prot32,real16' --limit 300)
"$RINGPROBE" scan -q "${space[@]}" -o whole.db 2>err
"$shard" shards 0 2 "${space[@]}" >out 2>err || fail "shard 0: $(cat err)"
"$shard" shards 1 2 "${space[@]}" >out 2>err || fail "shard 1: $(cat err)"
[ "$(cd shards && echo .[!.]* *)" = '.[!.]* shard-0-of-2.db shard-1-of-2.db' ] || fail "published: $(ls -A shards)"
[ -z "$(ls -A local)" ] || fail "left where it worked: $(find local)"
"$RINGPROBE" merge -q -o merged.db shards/*.db
cmp <("$RINGPROBE" report whole.db -f canonical) <("$RINGPROBE" report merged.db -f canonical) ||
    fail 'merged shards are not the scan'

# What is there is not made again.
stat -c '%i %Y' shards/shard-0-of-2.db >before
RINGPROBE=false "$shard" shards 0 2 "${space[@]}" >out 2>err || fail "a shard that is there: $(cat err)"
stat -c '%i %Y' shards/shard-0-of-2.db | cmp - before || fail 'a shard that is there was made again'

# Options that only look like those.
"$shard" shards 1 2 --seed=1 --limit 4 -m real16 --jobs 1 >out 2>err || fail "options of a scan: $(cat err)"

# A scan that was interrupted with status 0 publishes nothing; the same command goes on with it.
rm shards/*
cat >interrupted <<TXT
#!/bin/sh
[ "\$1" != scan ] || set -- "\$@" --runs 2000
exec '$RINGPROBE' "\$@"
TXT
chmod +x interrupted
status=0
RINGPROBE=$work/interrupted "$shard" shards 0 2 "${space[@]}" >out 2>err || status=$?
[[ $status -eq 1 && -z $(ls -A shards) ]] || fail "an unfinished scan: exit status $status, $(ls -A shards)"
grep -q 'shard-0-of-2.db is unfinished; the same command again goes on' err || fail "an unfinished scan: $(cat err)"
"$shard" shards 0 2 "${space[@]}" >out 2>err || fail "what was unfinished: $(cat err)"
"$shard" shards 1 2 "${space[@]}" >out 2>err || fail "the other: $(cat err)"
"$RINGPROBE" merge -q -o again.db shards/*.db
cmp <("$RINGPROBE" report whole.db -f canonical) <("$RINGPROBE" report again.db -f canonical) ||
    fail 'what was unfinished does not go on to be the scan'

# A scan that fails publishes nothing; what it has stays where it worked.
rm shards/*
status=0
RINGPROBE=false "$shard" shards 0 2 "${space[@]}" >out 2>err || status=$?
[[ $status -eq 1 && -z $(ls -A shards) ]] || fail "a scan that fails: exit status $status, $(ls -A shards)"
finish
