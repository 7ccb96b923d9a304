#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# hunt -o CAMPAIGN: the rows are the JSON lines of the same hunt, whether it was killed, imported or left alone; what
# reads a campaign reads this one, and what can't says so.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
few=(-x unicorn -m compat32 --limit 3000 -j 2)

# lines CAMPAIGN: its hunt as JSON lines.
lines() {
    python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("SELECT line FROM hunt ORDER BY place"): print(row[0])' "$1"
}
# query CAMPAIGN SQL: its rows.
query() {
    python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(*row, sep="|")' "$1" "$2"
}
same() { lines "$1" | cmp - whole.jsonl || fail "$2: the rows are not the lines"; }

run hunt -o whole.jsonl "${few[@]}"
findings=$(grep -c '"ringprobe.hunt/1"' whole.jsonl)
[ "$status.$((findings > 10))" = 0.1 ] || fail "lines: $status, $findings findings, $(cat err)"
cp out summary

# The same rows; who reads it sees what the hunt showed.
run hunt -o whole.db "${few[@]}"
[ "$status" -eq 0 ] || fail "campaign: $status, $(cat err)"
same whole.db undisturbed
cmp out summary || fail 'another summary than beside JSON lines'
run report whole.db
cmp out summary || fail 'report shows another summary'
run report whole.db -f json
diff out <(grep '"ringprobe.hunt/1"' whole.jsonl) >/dev/null || fail 'report -f json is not the findings'
run replay whole.db
[ "$status $(grep -cx reproduces out)" = "0 $findings" ] || fail "replay: $status, $(cat err)"

# Plain names, the configuration, the command.
[ "$(query whole.db 'SELECT count(*), count(DISTINCT id) FROM findings')" = "$findings|$findings" ] || fail 'view findings'
[ "$(query whole.db 'SELECT encodings > 0, runs > encodings FROM positions WHERE search = "end"')" = '1|1' ] || fail positions
[ "$(query whole.db 'SELECT count(*) FROM findings WHERE class IS NULL OR mode <> "compat32" OR encoding IS NULL OR
    cell IS NULL OR reason IS NULL OR outcome IS NULL OR witness NOT LIKE "rp1:%"')" = 0 ] || fail 'columns of findings'
[ "$(query whole.db 'SELECT value FROM configuration WHERE name = "space"')" = hunt ] || fail 'configuration'
[ "$(query whole.db 'SELECT sittings, command FROM effort')" = \
    '1|ringprobe hunt -m compat32 -x unicorn -p legacy --seed 1 --limit 3000' ] || fail "effort: $(query whole.db 'SELECT * FROM effort')"

# Killed at any moment: what it had told is there, no row that was there goes, and the end is the undisturbed one.
RANDOM=${RP_SEED:=$RANDOM}
echo "seed RP_SEED=$RP_SEED"
before=0
for n in {1..8}; do
    "$RINGPROBE" hunt -o killed.db --resume -q -f text --log log "${few[@]}" >out 2>err &
    hunt=$!
    sleep "0.$(printf '%03d' $((RANDOM % 500)))"
    kill -9 $hunt 2>/dev/null || :
    wait $hunt 2>/dev/null || :
    [ -e killed.db ] || continue
    lines killed.db >now
    after=$(grep -c '"ringprobe.hunt/1"' now || :)
    [ "$after" -ge "$before" ] || fail "kill $n: $before findings before, $after behind it"
    cmp -n "$(wc -c <now)" now whole.jsonl || fail "kill $n: the rows are not the first of the undisturbed hunt"
    before=$after
done
run hunt -o told.db -f json "${few[@]}" --runs 3000
grep -o '"id":"rp-[0-9a-f]*"' out | sort >told
[ -s told ] || fail 'nothing was told'
comm -23 told <(lines told.db | grep -o '"id":"rp-[0-9a-f]*"' | sort) | grep . && fail 'told and not kept'
"$RINGPROBE" hunt -o open.db -f json "${few[@]}" >out 2>err &
hunt=$!
while kill -0 $hunt 2>/dev/null && [ "$(wc -l <out)" -lt 20 ]; do :; done
kill -9 $hunt 2>/dev/null || :
wait $hunt 2>/dev/null || :
grep -o '"id":"rp-[0-9a-f]*"' out | sort >told
comm -23 told <(lines open.db | grep -o '"id":"rp-[0-9a-f]*"' | sort) | grep . && fail 'killed: told and not kept'
for campaign in killed told open; do
    run hunt -o $campaign.db --resume "${few[@]}"
    [ "$status" -eq 0 ] || fail "$campaign, resumed: $status, $(cat err)"
    same $campaign.db "$campaign"
    grep -q "^$findings findings among" out || fail "$campaign: the summary forgets earlier sittings: $(head -n 1 out)"
done
[ "$(query told.db 'SELECT sittings FROM effort')" = 2 ] || fail 'sittings'

# JSON lines that were begun go on as a campaign: their end cut off, the search half done.
head -n 60 whole.jsonl >old
printf '{"schema":"ringprobe.hunt/1","id":' >>old
cp old old.kept
run hunt -o imported.db --import old "${few[@]}"
[ "$status" -eq 0 ] || fail "import: $status, $(cat err)"
same imported.db imported
cmp old old.kept || fail 'import changed its source'
run hunt -o all.db --import whole.jsonl --runs 1 "${few[@]}"
[ "$status" -eq 0 ] || fail "import of a hunt that is over: $status, $(cat err)"
same all.db 'imported whole'
run hunt --baseline all.db "${few[@]}"
[ "$status" -eq 0 ] || fail "nothing new: $status"
run report --baseline old.kept all.db
[ "$status" -eq 1 ] || fail "news: $status"
grep -q "$((findings - $(grep -c '"ringprobe.hunt/1".*}$' old.kept))) findings are not in 'old.kept'" err || fail "news: $(cat err)"

# What can't be: one line, and nothing is made or changed.
rm -f killed.db told.db open.db imported.db all.db old old.kept told now summary log
sha256sum whole.db >sum
expect 2 "'whole.db' is there already; --resume goes on" hunt -o whole.db "${few[@]}"
expect 2 "'whole.db' is of another hunt, its seed is not the same" hunt -o whole.db --resume --seed 2 "${few[@]}"
expect 2 "'whole.db' is of another hunt, its modes or searches" hunt -o whole.db --resume --search cells "${few[@]}"
expect 2 "'whole.db' has begun already, and --import is for a new" hunt -o whole.db --resume --import whole.jsonl "${few[@]}"
expect 2 "'whole.jsonl' is of another hunt, its seed is not the same" hunt -o n.db --import whole.jsonl --seed 2 "${few[@]}"
expect 2 "cannot read 'none'" hunt -o n.db --import none "${few[@]}"
expect 2 "'/dev/null' is no regular file" hunt -o n.db --import /dev/null "${few[@]}"
expect 2 "'sum' is no file of a hunt" hunt -o n.db --import sum "${few[@]}"
expect 2 "'whole.db' is no file of a hunt" hunt -o n.db --import whole.db "${few[@]}"
expect 2 "--import begins a campaign, and 'n.jsonl' is JSON lines" hunt -o n.jsonl --import whole.jsonl "${few[@]}"
expect 2 '--import begins a campaign; name it with --output' hunt --import whole.jsonl "${few[@]}"
expect 2 "a hunt is kept in a file, not in '-'" hunt -o - "${few[@]}"
expect 2 "'whole.db' is a hunt's, and no scan goes on with it" scan -x unicorn -m compat32 -o whole.db
expect 2 "'whole.db' is a hunt's and has no verdicts" scan -x unicorn -m compat32 --limit 1 --baseline whole.db
expect 2 'a hunt is shown as text or json, not as sarif' report whole.db -f sarif
sha256sum -c --quiet sum || fail 'a campaign that was refused was changed'
run scan -q -x unicorn -m compat32 --limit 20 -o scan.db
expect 2 "'scan.db' is a scan's, not a hunt's" hunt -o scan.db --resume "${few[@]}"
expect 2 "'scan.db' is a scan's, not a hunt's" hunt --baseline scan.db "${few[@]}"
expect 2 "'scan.db' is a scan's, not a hunt's" replay scan.db
only 'scan.db sum whole.db whole.jsonl'

# A row that no hunt writes, and one that is missing.
cp whole.db broken.db
python3 -c 'import sqlite3
db = sqlite3.connect("broken.db")
db.execute("""UPDATE hunt SET line = replace(line, "position", "positiom") WHERE place = (SELECT max(place) FROM hunt
    WHERE place < (SELECT max(place) FROM hunt) AND line LIKE "%hunt-position%")""")
db.commit()'
expect 2 "the campaign 'broken.db' is damaged: its line [0-9]+: " hunt -o broken.db --resume "${few[@]}"
python3 -c 'import sqlite3
db = sqlite3.connect("broken.db")
db.execute("DELETE FROM hunt WHERE place = (SELECT min(place) FROM hunt WHERE place > 500)")
db.commit()'
expect 2 "'broken.db' is damaged: a line of its hunt is missing" report broken.db
finish
