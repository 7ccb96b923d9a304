#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shards of a scan, merged, are the scan; diff tells two campaigns apart, settings first, and by its exit status.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
small=(-q -m 'prot32,real16' --limit 300)

run scan "${small[@]}" -o whole.db
[ "$status" -eq 0 ] || fail "scan: $(cat err)"
run report whole.db -f canonical -o whole.canonical
for i in 0 1 2; do
    run scan "${small[@]}" --shard $i/3 -o s$i.db
    [ "$status" -eq 0 ] || fail "shard $i: $(cat err)"
done
cat s?.db | cksum >before

# In any order, one of them twice, and again.
for order in 's0.db s1.db s2.db' 's2.db s0.db s0.db s1.db'; do
    # shellcheck disable=SC2086 # words
    run merge -o m.db $order
    [ "$status" -eq 0 ] || fail "merge $order: $(cat err)"
    [ ! -s out ] || fail 'merge wrote an answer'
    grep -qx "ringprobe: merged 3 shards: 600 encodings are in 'm.db'" err || fail "merge: $(cat err)"
    for format in canonical text; do
        run report m.db -f $format -o merged
        [ "$format" = text ] || cmp merged whole.canonical || fail "$order: not the scan's report"
    done
    ! grep -q -- '--shard' merged || fail 'the merged campaign names a shard'
    cp m.db first.db
    run merge -q -o m.db s1.db
    [ "$status$(cat err)" = 0 ] || fail "merge again: $(cat err)"
    cmp first.db m.db || fail 'merging again changed something'
    mv m.db "m$(wc -w <<<"$order").db"
done
cmp m3.db m4.db || fail 'the order of the files decides something'
run diff whole.db m3.db
[ "$status" -eq 0 ] || fail "the merged campaign differs: $(cat out)"
run scan "${small[@]}" -o m3.db
[ "$status" -eq 0 ] || fail "a scan does not take the merged campaign for its own: $(cat err)"
cmp m3.db m4.db || fail 'a complete campaign was written to'
cat s?.db | cksum | cmp - before || fail 'a shard was written to'
rm -f m3.db merged first.db before

# What can't be merged: one line, no file.
expect 2 'merge needs SHARD' merge -o m.db
expect 2 'merge needs -o OUT' merge s0.db
expect 2 'merge needs -o OUT' merge s0.db -o -
expect 2 "shard 1/3 is missing; make it: ringprobe scan .*--shard 1/3 --limit 300 -o FILE" merge -o m.db s0.db s2.db
expect 2 "cannot open the campaign 's3.db'" merge -o m.db s0.db s1.db s3.db
expect 2 "'s0.db' cannot be both" merge -o s0.db s0.db s1.db s2.db
expect 2 "'s0.db' and the merged shards are not of one campaign: shards" merge -o s0.db s1.db s2.db
echo hello >text.db
expect 2 "'text.db' is no campaign" merge -o m.db s0.db s1.db text.db
expect 2 "cannot make the campaign 'no/m.db'" merge -o no/m.db s0.db s1.db s2.db
run scan "${small[@]}" --shard 1/3 --seed 2 -o other.db
expect 2 "seed '1' of the first, '2' of the second; merge what one machine judged alike\$" merge -o m.db s0.db other.db s2.db
expect 2 "shards '3' of the first, '0' of the second" merge -o m.db s0.db whole.db
run scan "${small[@]}" --shard 1/3 --runs 1000 -o cut.db
expect 2 "the shard 'cut.db' \\(1/3\\) is unfinished; go on with it: ringprobe scan" merge -o m.db s0.db cut.db s2.db
rm text.db other.db cut.db
only 'm4.db s0.db s1.db s2.db whole.canonical whole.db'

# Another spelling of a campaign is no place for an answer: nothing is written over it.
cksum whole.db >before
ln whole.db hard.db
expect 2 'cannot be both a campaign and the answer' diff -o ./whole.db whole.db m4.db
expect 2 'cannot be both the campaign and the report' report -o hard.db whole.db
expect 2 "is a file, not '-'" scan "${small[@]}" -o -
expect 2 'cannot be the campaign as well' scan "${small[@]}" -o whole.db --report ./whole.db
expect 2 'cannot be the campaign as well' scan "${small[@]}" -o new.db --report "$PWD/new.db"
cksum whole.db | cmp - before || fail 'a campaign was written over'
rm hard.db before

# Nothing compared is no agreement.
run scan -q -m vm86 --seed 1 --limit 20 -o vm86.db
expect 2 'no mode in common' diff whole.db vm86.db
rm vm86.db

# Two campaigns that differ in a control, and in how much was judged.
run scan "${small[@]}" -m prot32 --limit 200 -o old.db
run diff old.db whole.db
[ "$status" -eq 1 ] || fail "diff: exit status $status"
for words in CONFIGURATION 'limit +200 +300' 'Modes that both have: prot32' 'ENCODINGS THAT CHANGED: 100'; do
    grep -qE "$words" out || fail "diff does not say '$words'"
done
run diff old.db whole.db -f json -o lines
[ "$status" -eq 1 ] || fail "diff -f json: exit status $status"
[ "$(grep -c '"what":"encoding","change":"appeared","mode":"prot32"' lines)" -eq 100 ] || fail 'diff -f json: encodings'
head -n 1 lines | grep -qF '{"schema":"ringprobe.difference/1","what":"configuration"' || fail 'settings are not first'
run diff whole.db old.db -f markdown
grep -q '^## Encodings that changed: 100$' out || fail 'diff -f markdown'
run diff whole.db whole.db -f json
[ "$status$(cat out)" = 0 ] || fail 'a campaign differs from itself'
expect 2 'diff needs OLD NEW' diff whole.db
expect 2 "does not know what to do with 's0.db'" diff whole.db old.db s0.db
expect 2 "cannot open the campaign 'none.db'" diff whole.db none.db
expect 2 "'whole.canonical' is no campaign" diff whole.canonical old.db
expect 2 "'old.db' cannot be both" diff whole.db old.db -o old.db
expect 2 "'canonical' is a format of reports" diff whole.db old.db -f canonical
finish
