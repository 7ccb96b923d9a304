#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# scan -o and report: the report of a campaign is the scan's, a scan goes on where it was, and who asks for what can't be
# gets one line and finds the campaign as it was.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
small=(-m 'prot32,real16' --limit 60)

# without_times FILE: a report without what two runs of the same scan differ in.
without_times() {
    sed -E '/^ *(- \*\*|<div><dt>)?(date|runs|workers)\b/d; s/"date":"[^"]*"|"(seconds|peak_memory)":[0-9.e+-]+//g' "$1"
}

# A store changes no report but for times; a campaign's report is that of the scan that made it, byte for byte.
for format in text markdown json html canonical; do
    run scan -q "${small[@]}" --report "plain.$format" -f $format
    [ "$status" -eq 0 ] || fail "scan: $(cat err)"
    rm -f c.db
    run scan -q "${small[@]}" --report "kept.$format" -f $format -o c.db
    [ "$status" -eq 0 ] || fail "scan -o: $(cat err)"
    cmp <(without_times "plain.$format") <(without_times "kept.$format") || fail "$format: a store changes the report"
    run report c.db -f $format -o "read.$format"
    [ "$status" -eq 0 ] || fail "report: $(cat err)"
    cmp "kept.$format" "read.$format" || fail "$format: the campaign's report is not the scan's"
    run report c.db -f $format
    cmp out "read.$format" || fail "$format: standard output"
done
cmp plain.canonical kept.canonical || fail 'canonical has times'
[ "$(grep -c '' kept.canonical)" -gt 30 ] || fail 'canonical is short'
rm -f plain.* kept.* read.*
only c.db

# Complete: nothing is judged, the report is the same.
cp c.db before.db
run scan "${small[@]}" -o c.db --progress never
[ "$status" -eq 0 ] || fail "a complete campaign: $(cat err)"
grep -qx "ringprobe: the campaign 'c.db' is complete: nothing was left to judge" err || fail "complete: $(cat err)"
run report c.db
cmp c.db before.db || fail 'a complete campaign was written to'

# Other options, other files: one line, nothing written.
expect 2 "begun with another --seed: seed '1', here '2'" scan -q "${small[@]}" --seed 2 -o c.db
expect 2 "begun with another --limit: limit '60', here '61'" scan -q -m prot32,real16 --limit 61 -o c.db
expect 2 "another --mode" scan -q -m prot32 --limit 60 -o c.db
expect 2 "another --policy" scan -q "${small[@]}" -p hardened -o c.db
expect 2 "another --shard" scan -q "${small[@]}" --shard 0/2 -o c.db
expect 2 "cannot make the campaign 'no/such.db': No such file" scan -q "${small[@]}" -o no/such.db
expect 2 "'\\.' is no campaign: a campaign is a file" scan -q "${small[@]}" -o .
expect 2 "'/dev/full' is no campaign: a campaign is a file" scan -q "${small[@]}" -o /dev/full
expect 2 "is a file, not '-'" scan -q "${small[@]}" -o -
expect 2 "'c.db' cannot be the campaign" scan -q "${small[@]}" -o c.db --report c.db
expect 2 "'c.db' cannot be both" report c.db -o c.db
expect 2 "cannot open the campaign 'none.db': No such file" report none.db
expect 2 'report needs CAMPAIGN' report
expect 2 "does not know what to do with 'before.db'" report c.db before.db
expect 2 "'csv' is no format" report c.db -f csv
expect 2 "'canonical' is a format of reports, and probe makes none" probe 9d -f canonical
expect 2 'canonical. is a format of reports, and hunt makes none' hunt -x unicorn -f canonical
cmp c.db before.db || fail 'a refused scan wrote'
: >empty.db
echo hello >text.db
head -c 30000 c.db >cut.db
for file in empty text cut; do
    cp $file.db copy
    expect 2 "'$file.db' is no campaign" scan -q "${small[@]}" -o $file.db
    expect 2 "'$file.db' is no campaign" report $file.db
    cmp $file.db copy || fail "$file.db was written to"
done
rm empty.db text.db cut.db copy before.db
only c.db

# A budget ends a sitting; the same campaign goes on without it.
run report c.db -f canonical -o whole.canonical
run scan -q "${small[@]}" -o b.db --runs 5000
[ "$status" -eq 0 ] || fail "a budget: $(cat err)"
run report b.db
grep -q '^Incomplete: a budget ended the scan' out || fail 'an unfinished campaign does not say so'
run scan -q "${small[@]}" -o b.db -j 1
run report b.db -f canonical
cmp out whole.canonical || fail 'two sittings are not one'
rm b.db

# SIGINT: 130, what is done is kept, and the same command goes on. While it runs, nobody else has the campaign.
mkfifo progress
env --default-signal=INT "$RINGPROBE" scan -m prot32 --report report.md -o i.db --progress always >out 2>progress &
scan=$!
exec 3<progress
read -r -t 60 line <&3 || fail 'no progress within a minute'
expect 2 "the campaign 'i.db' is in use: a scan or a hunt writes to it" scan -q -m prot32 -o i.db
expect 2 "the campaign 'i.db' is in use" report i.db
kill -INT "$scan"
cat <&3 >err.scan
exec 3<&-
status=0
wait "$scan" || status=$?
[ "$status" -eq 130 ] || fail "SIGINT: exit status $status, after '$line'"
judged=$(sed -n "s/^ringprobe: interrupted after \([0-9]*\) encodings, which 'i.db' has; the same command goes on$/\1/p" err.scan)
[ "${judged:-0}" -gt 0 ] || fail "SIGINT: $(tail -n 2 err.scan)"
run report i.db -f canonical
grep -q "^# prot32: $judged of " out || fail "SIGINT: not $judged in the campaign"
rm -f progress err.scan
only 'c.db i.db whole.canonical'
finish
