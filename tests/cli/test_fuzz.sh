#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# fuzz and minimize: what is refused, what is news, that kill -9 loses nothing and doubles nothing.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
ids() { sed 's/.*"id":"\([^"]*\)".*/\1/' "$1"; }
some=(-x "unicorn,native" -m long64 -j 1 --runs 24000)
native_runs || skip 'native does not run here'

expect 2 'a fuzz campaign compares two executors at most' fuzz -x unicorn,bochs,qemu
expect 2 'runs under one policy' fuzz -p legacy,linux "${some[@]}"
expect 2 'fuzz does not know what to do with' fuzz popf "${some[@]}"
expect 2 "cannot read the baseline 'none'" fuzz --baseline none "${some[@]}"
expect 2 "fuzz campaigns are written as .* not as 'canonical'" fuzz -f canonical "${some[@]}"
expect 2 "fuzz campaigns are written as .* not as 'html'" fuzz --report r.html "${some[@]}"
expect 2 "cannot write 'none/r.xml'" fuzz --report none/r.xml "${some[@]}"
expect 2 'shown as text or json' minimize -f markdown rp1:x
expect 2 'no witness, which begins with rp1' minimize none
mkdir foreign
echo hello >foreign/file
expect 2 'is not empty and no directory of a fuzz campaign' fuzz -o foreign "${some[@]}"
[ "$(ls foreign) $(<foreign/file)" = 'file hello' ] || fail 'a foreign directory was changed'
echo hello >text
expect 2 "cannot make the directory 'text/x': Not a directory" fuzz -o text/x "${some[@]}"
expect 2 "'text'.*Not a directory" fuzz -o text "${some[@]}"
if [ "$(id -u)" -ne 0 ]; then
    mkdir -m 500 locked
    expect 2 "cannot write 'locked/campaign': Permission denied" fuzz -o locked "${some[@]}"
fi

# An undisturbed campaign: findings are news, unless a baseline has them.
run fuzz -o whole "${some[@]}"
[ "$status" -eq 1 ] || fail "whole: $status, $(cat err)"
grep -qE '^[0-9]+ findings; [0-9]+ executions \([0-9]+ runs\) showed [0-9]+ behaviours' out || fail "summary: $(tail -n 3 out)"
findings=$(wc -l <whole/findings.jsonl)
cp -r whole first
[ "$findings" -ge 1 ] || fail 'nothing found'
[ "$(ids whole/findings.jsonl | sort -u | wc -l)" -eq "$findings" ] || fail 'an id twice'
run fuzz --baseline whole/findings.jsonl "${some[@]}" -f json
[ "$status" -eq 0 ] || fail "baseline: $status, $(cat err)"
cmp -s out whole/findings.jsonl || fail 'the same seed gives other findings'

# Reports of the directory, and of a campaign that goes on with it, have every finding; a finding that a baseline lacks
# is news whichever sitting met it, so that a job does not turn green by being run again.
run report whole -f baseline -o base.json
[ "$status" -eq 0 ] || fail "report: $status, $(cat err)"
[ "$(grep -c '"id"' base.json)" -eq "$findings" ] || fail "baseline: $(cat base.json)"
run report whole --baseline base.json -f sarif -o r.sarif
[ "$status" -eq 0 ] || fail "report against itself: $status, $(cat err)"
[ "$(grep -o '"baselineState":"unchanged"' r.sarif | wc -l)" -eq "$findings" ] || fail "sarif: $(head -c 300 r.sarif)"
sed -i 's/"id":"rp-[0-9a-f]*"/"id":"rp-0000000000000001"/' base.json
run fuzz -q -o whole --baseline base.json --report r.xml "${some[@]}" --runs 100
[ "$status" -eq 1 ] || fail "old news: $status, $(cat err)"
[ "$(grep -c '<failure' r.xml)" -ge "$findings" ] || fail "junit: $(head -c 300 r.xml)"
expect 2 "'r.xml' cannot be both" fuzz --baseline r.xml --report r.xml "${some[@]}"
findings=$(wc -l <whole/findings.jsonl)

# Each replays; the smallest stays what it is.
run replay whole/findings.jsonl
[ "$status $(grep -cx reproduces out)" = "0 $findings" ] || fail "replay: $status, $(cat err)"
run minimize -f json "$(head -n 1 whole/findings.jsonl)"
[ "$status" -eq 0 ] || fail "minimize: $status, $(cat err)"
grep -q '"schema":"ringprobe.minimize/1","reproduced":true' out || fail "minimize: $(cat out)"
python3 - <<'P' || fail 'minimize'
import json
row = json.loads(open("out").read())
assert row["before"] == row["after"], row
P
expect 2 "the finding's encoding is not that of its witness" replay \
    "$(head -n 1 whole/findings.jsonl | sed 's/"encoding":"[^"]*"/"encoding":"90"/')"

# Killed at any moment and begun again, once behind a commit at least: all that an undisturbed campaign finds, in its
# order, each once.
commits() { grep -o '"commits":[1-9][0-9]*' killed/position 2>/dev/null | cut -d: -f2 || true; }
RANDOM=${RP_SEED:=$RANDOM}
echo "seed RP_SEED=$RP_SEED"
committed=0
for _ in 1 2 3 4 5; do
    before=$(commits)
    "$RINGPROBE" fuzz -q -o killed "${some[@]}" --runs 1000000 >out 2>err &
    fuzz=$!
    if [ "$committed" -eq 0 ]; then
        while kill -0 $fuzz 2>/dev/null && [ "$(commits)" = "$before" ]; do sleep 0.05; done
    fi
    sleep "$((RANDOM % 2)).$((RANDOM % 10))"
    kill -KILL $fuzz 2>/dev/null || fail "it ended by itself: $(cat err)"
    status=0
    wait $fuzz 2>/dev/null || status=$?
    [ "$status" -eq 137 ] || fail "killed: $status, $(cat err)"
    [ "$(commits)" = "$before" ] || committed=$((committed + 1))
done
[ "$committed" -ge 1 ] || fail "no kill came behind a commit (RP_SEED=$RP_SEED)"

# Ctrl-C commits, whatever it is in the middle of.
"$RINGPROBE" fuzz -o killed "${some[@]}" --runs 1000000 >out 2>err &
fuzz=$!
before=$(commits)
while kill -0 $fuzz 2>/dev/null && [ "$(commits)" = "$before" ]; do sleep 0.05; done
before=$(commits)
kill -INT $fuzz
status=0
wait $fuzz || status=$?
[ "$status" -eq 130 ] || fail "interrupted: $status, $(cat err)"
[ "$(commits)" -gt "$before" ] || fail "an interrupt commits nothing"
if [ ! -s killed/corpus ] || [ ! -s killed/behaviours ]; then fail 'nothing is kept'; fi

run fuzz -o killed "${some[@]}"
[ "$status" -le 1 ] || fail "after kills: $status, $(cat err)"
! grep -q 'still to be examined' err || fail "the last run leaves suspicions: $(cat err)"
findings=$(wc -l <first/findings.jsonl)
[ "$(wc -l <killed/findings.jsonl)" -ge "$findings" ] ||
    fail "a killed campaign finds less: $(wc -l <killed/findings.jsonl) of $findings (RP_SEED=$RP_SEED)"
[ "$(ids killed/findings.jsonl | sort -u | wc -l)" -eq "$(wc -l <killed/findings.jsonl)" ] || fail 'an id twice'
[ "$(head -n "$findings" killed/findings.jsonl)" = "$(<first/findings.jsonl)" ] ||
    fail "a killed campaign finds other things (RP_SEED=$RP_SEED)"

# Another campaign's directory, and damaged ones, stay as they are.
expect 2 "is of another campaign, its modes is not the same" fuzz -o whole -x unicorn,native -m compat32 -j 1
expect 2 "is of another campaign, its seed is not the same" fuzz -o whole "${some[@]}" --seed 2
now=$(($(grep -o '"commits":[0-9]*' whole/position | cut -d: -f2) % 2))
for part in corpus behaviours position counts.$now pending.$now; do
    cp -r whole damaged
    printf 'X' | dd of="damaged/$part" bs=1 seek=9 conv=notrunc status=none
    cp -r damaged as-it-was
    expect 2 "'damaged/$part' is damaged at byte" fuzz -o damaged "${some[@]}"
    diff -r damaged as-it-was >/dev/null || fail "a damaged $part was changed"
    rm -r damaged as-it-was
done
cp -r whole damaged
: >damaged/corpus
expect 2 "'damaged/corpus' is damaged at byte 0 .it ends too early" fuzz -o damaged "${some[@]}"
rm -r damaged

# What says whose the directory is, and findings: nothing is taken over, or reported a second time, because they are gone.
# lose WHY FILE COMMAND...: the command damages FILE of a copy.
lose() {
    local why=$1 part=$2
    shift 2
    cp -r whole damaged
    "$@" "damaged/$part"
    cp -r damaged as-it-was
    expect 2 "'damaged/$part' is damaged at byte [0-9]+ .$why" fuzz -o damaged "${some[@]}"
    diff -r damaged as-it-was || fail "$why: $part: something was changed"
    rm -r damaged as-it-was
}
lose 'it is empty' campaign truncate -s 0
lose 'it is no whole line' campaign truncate -s -9
lose 'it is no whole line' campaign sed -i 's/legacy/\xff/'
lose 'it ends too early' findings.jsonl truncate -s 0
lose 'it ends too early' findings.jsonl truncate -s -1
for part in corpus behaviours findings.jsonl; do
    lose 'it is not there' $part rm
done
cp -r whole damaged
rm damaged/campaign
cp -r damaged as-it-was
expect 2 "'damaged' is not empty and no directory of a fuzz campaign" fuzz -o damaged "${some[@]}"
diff -r damaged as-it-was || fail 'a directory without its campaign file was changed'
rm -r damaged as-it-was

# One of another version is no damaged one.
cp -r whole damaged
sed -i 's,fuzz-position/3,fuzz-position/2,' damaged/position
cp -r damaged as-it-was
expect 2 "'damaged' is of another version of ringprobe" fuzz -o damaged "${some[@]}"
diff -r damaged as-it-was || fail "another version's directory was changed"
rm -r damaged as-it-was

# A position that is lost is no reason to begin again and cut off the rest, nor to say whose it is from now on.
for part in corpus behaviours findings.jsonl counts.0 counts.1 pending.0 pending.1; do
    for head in whole/campaign /dev/null; do
        mkdir damaged
        cp whole/$part damaged
        cat $head >damaged/campaign
        cp -r damaged as-it-was
        expect 2 "'damaged/position' is damaged at byte 0 .it is not there" fuzz -o damaged "${some[@]}"
        diff -r damaged as-it-was || fail "a $part without a position was changed, $head"
        rm -r damaged as-it-was
    done
done

# Who was killed before there was a position left nothing, and begins.
mkdir begun
: >begun/campaign
: >begun/corpus
run fuzz -q -o begun "${some[@]}" --runs 1000
[[ $status -le 1 && -s begun/campaign && -s begun/position ]] || fail "begun: $status, $(cat err)"
finish
