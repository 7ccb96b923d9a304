#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shards of a hunt merge into one that is over and has each finding once; diff compares two hunts.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
cells=(-x unicorn -m compat32 --search cells -j 2)

# query CAMPAIGN SQL: its rows.
query() {
    python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(*row, sep="|")' "$1" "$2"
}
ids() { query "$1" 'SELECT id FROM findings ORDER BY id'; }
lines() { query "$1" 'SELECT place, line FROM hunt ORDER BY place'; }

for i in 0 1 2; do
    run hunt -q -o s$i.db --shard $i/3 "${cells[@]}"
    [ "$status" -eq 0 ] || fail "shard $i: $status, $(cat err)"
done
run hunt -q -o whole.db "${cells[@]}"
[ "$status" -eq 0 ] || fail "whole: $status, $(cat err)"
findings=$(ids whole.db | wc -l)
[ "$findings" -gt 100 ] || fail "only $findings findings"

# The order of the files and one that is given twice decide nothing; the findings are those of the whole hunt.
run merge -o m.db s2.db s0.db s1.db
{ [ "$status" -eq 0 ] && grep -q "merged 3 shards: $findings findings are in 'm.db'" err; } || fail "merge: $status, $(cat err)"
cp s1.db again.db
run merge -o n.db s0.db s1.db again.db s2.db
{ [ "$status" -eq 0 ] && grep -q 'files that hold a shard which another one holds as well: 1' err; } || fail "twice: $status, $(cat err)"
cmp <(lines m.db) <(lines n.db) || fail 'the order of the files shows'
cmp <(ids m.db) <(ids whole.db) || fail 'merged shards and the whole hunt have other findings'
[ "$(query m.db 'SELECT count(*), max(search), max(encodings) FROM positions')" = \
    "1|end|$(($(for s in s?.db; do query "$s" 'SELECT max(encodings) FROM positions'; done | paste -sd+)))" ] || fail 'no end with the sums'
[ "$(query m.db "SELECT value FROM configuration WHERE name IN ('shard', 'shards') ORDER BY name")" = $'0\n0' ] || fail 'shard'

# It is a hunt like any other: nothing is left to do, it is reported, and merging again changes nothing.
lines m.db >before
run hunt -o m.db --resume "${cells[@]}"
{ [ "$status" -eq 0 ] && grep -q '0 runs in' err; } || fail "resumed: $status, $(cat err)"
run report m.db
grep -q "^$findings findings among" out || fail "report: $(head -n 1 out)"
run merge -o m.db s1.db
{ [ "$status" -eq 0 ] && grep -q "'m.db' was there and has all of it" err; } || fail "again: $status, $(cat err)"
lines m.db | cmp before - || fail 'a merge that is there was written to'

# What is missing, unfinished, or of something else, is named; nothing is left behind.
expect 2 'shard 1/3 is missing; make it: ringprobe hunt .*--shard 1/3' merge -o no.db s0.db s2.db
expect 2 "shards '3' of the first, '0' of the second; merge what one machine hunted alike" merge -o no.db s0.db whole.db
run scan -q -x unicorn -m compat32 --limit 1 -o scan.db
expect 2 "space 'hunt' of the first, 'forms' of the second" merge -o no.db s0.db scan.db
expect 2 "'s0.db' is a hunt's; diff compares" merge --by-machine -o no.db s0.db s1.db s2.db
run hunt -q -o part.db --shard 0/3 --runs 2000 "${cells[@]}"
expect 2 "shard 'part.db' .0/3. is unfinished; go on with it: ringprobe hunt .* -o part.db --resume" merge -o no.db part.db s1.db s2.db
expect 2 "'part.db' and the merged shards are not of one campaign" merge -o part.db s0.db s1.db s2.db
python3 -c 'import sqlite3
c = sqlite3.connect("again.db")
c.execute("""UPDATE hunt SET line = json_set(line, "$.id", "rp-0000000000000001") WHERE place = (SELECT max(place) FROM hunt
    WHERE json_extract(line, "$.schema") = "ringprobe.hunt/1")""")
c.commit()'
expect 2 "the shard 'again.db' says something else in its table hunt" merge -o m.db again.db

# A line that is no hunt's is named and not left out: a finding whose id is missing or is none, what has no schema, no JSON.
for change in "json_remove(line, '$.id')" "json_set(line, '$.id', 7)" "json_set(line, '$.id', 'rp-00')" \
    "json_set(line, '$.id', 'rp-000000000000000g')" "json_remove(line, '$.schema')" "'{'"; do
    cp s0.db again.db
    number=$(python3 -c 'import sqlite3, sys
c = sqlite3.connect("again.db")
place, = c.execute("""SELECT min(place) FROM hunt WHERE json_extract(line, "$.schema") = "ringprobe.hunt/1" """).fetchone()
c.execute(f"UPDATE hunt SET line = {sys.argv[1]} WHERE place = ?", (place,))
c.commit()
print(*c.execute("SELECT count(*) FROM hunt WHERE place <= ?", (place,)).fetchone())' "$change")
    expect 2 "'again.db' is damaged: line $number of its hunt is no line of a hunt, or a finding without" merge -o no.db again.db s1.db s2.db
    expect 2 "'again.db' is damaged: line $number of its hunt" merge -o no.db s0.db s1.db s2.db again.db
    expect 2 "'again.db' is damaged: line $number of its hunt" merge -o m.db again.db
done
# Nor does one in the merge that is there hide that it lacks a finding.
cp m.db lacks.db
python3 -c 'import sqlite3
c = sqlite3.connect("lacks.db")
c.execute("""UPDATE hunt SET line = json_remove(line, "$.id") WHERE place = (SELECT max(place) FROM hunt
    WHERE json_extract(line, "$.schema") = "ringprobe.hunt/1")""")
c.commit()'
expect 2 "says something else in its table hunt" merge -o lacks.db s0.db s1.db s2.db
[ ! -e no.db ] || fail 'a merge that failed left a file'

# diff: nothing between two that are alike; by id what appeared and what vanished, and the class that changed.
run diff m.db n.db
{ [ "$status" -eq 0 ] && grep -qx 'Findings: 0 appeared, 0 vanished, 0 changed their class' out; } || fail "alike: $status, $(cat out err)"
run diff whole.db s0.db
gone=$((findings - $(ids s0.db | wc -l)))
{ [ "$status" -eq 1 ] && grep -qx "Findings: 0 appeared, $gone vanished, 0 changed their class" out; } || fail "vanished: $status, $(tail -n 1 out)"
grep -qx 'shards: 0 -> 3' out || fail 'the settings are not named'
run diff -f json s0.db whole.db
{ [ "$status" -eq 1 ] && [ "$(grep -c '"what":"hunt","change":"appeared","id":"rp-' out)" = "$gone" ]; } || fail "json: $status"
python3 -c 'import sqlite3
c = sqlite3.connect("n.db")
c.execute("""UPDATE hunt SET line = json_set(line, "$.class", "\x1b[1mxx") WHERE place = (SELECT max(place) FROM hunt
    WHERE json_extract(line, "$.schema") = "ringprobe.hunt/1")""")
c.commit()'
run diff m.db n.db
{ [ "$status" -eq 1 ] && grep -q '0 appeared, 0 vanished, 1 changed' out; } || fail "changed: $status, $(cat out err)"
! grep -q $'\x1b' out || fail 'a control character of a campaign comes out'
expect 2 "'m.db' is a hunt's and has no verdicts" diff m.db scan.db
expect 2 'hunts are compared as text or json, not as markdown' diff -f markdown m.db n.db
finish
