#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# hunt: what it refuses, what it writes where, that ^C and kill -9 lose nothing, and what counts as news.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
few=(-x unicorn -m compat32 --limit 3000 -j 2)

native_runs || expect 2 "executor 'native' can't run here: " hunt
expect 2 "'wide' is no search, choose cells, tunnel or all" hunt --search wide -x unicorn
expect 2 '\-\-resume goes on with a file' hunt --resume "${few[@]}"
expect 2 'a hunt is shown as text or json' hunt -f markdown "${few[@]}"
expect 2 "executor 'unicorn' runs ring 3 in none of these modes" hunt -x unicorn -m real16
expect 2 "hunt does not know what to do with 'popf'" hunt popf -x unicorn
expect 2 'cannot write .*Is a directory' hunt -o . "${few[@]}"
expect 2 'is no regular file' hunt -o /dev/null "${few[@]}"
expect 2 "cannot read the baseline 'none'" hunt --baseline none "${few[@]}"
printf 'hello\n' >text
expect 2 'text:1: no line of a hunt' hunt --baseline text "${few[@]}"
expect 2 "'text' is there already; --resume" hunt -o text "${few[@]}"
expect 2 "'text' is no file of a hunt" hunt -o text --resume "${few[@]}"
[ "$(<text)" = hello ] || fail 'a file that is none of a hunt was changed'

# The first line of progress comes after a second, and knows no rate.
run hunt -q -x unicorn -m long64 --time 3 --progress always
grep -m 1 ' encodings ' err | grep -qE '[0-9]+ encodings  [0-9]+ findings' || fail "progress: $(head -n 1 err)"

# Undisturbed: the file, the summary on standard output, one line of rate on standard error.
run hunt -o whole.jsonl "${few[@]}"
[ "$status" -eq 0 ] || fail "whole: $status, $(cat err)"
grep -qE '^[0-9]+ findings among [0-9]+ encodings$' out || fail "summary: $(head -n 1 out)"
grep -qE '^unexplained' out || fail 'the unexplained come'
grep -qE '^ringprobe: [0-9]+ encodings, [0-9]+ findings, seed 1$' err || fail "count: $(cat err)"
grep -qE '^ringprobe: [0-9]+ runs in [0-9.]+ s, [0-9]+ a second, [0-9]+ workers died, [0-9]+ hung$' err ||
    fail "rate: $(cat err)"
grep -q "an emulator's own" out || fail 'an emulator is not called one'
findings=$(grep -c '"ringprobe.hunt/1"' whole.jsonl)
[ "$findings" -gt 10 ] || fail "only $findings findings"
python3 - <<'P' || fail 'the file'
import json
rows = [json.loads(line) for line in open("whole.jsonl")]
assert rows[0]["schema"] == "ringprobe.hunt-start/1" and rows[0]["seed"] == "0x1", rows[0]
assert rows[-1]["schema"] == "ringprobe.hunt-position/1" and rows[-1]["search"] == "end", rows[-1]
found = [row for row in rows if row["schema"] == "ringprobe.hunt/1"]
assert len({row["id"] for row in found}) == len(found)
for row in found:
    assert row["ring3"].get("vector") != 6 and row["replay"].endswith(" 0x" + row["encoding"]), row
    assert (row["why"] is None) == (row["class"] == "unexplained"), row
P
# A finding's replay line is a command that works.
replay=$(grep -m 1 '"ringprobe.hunt/1"' whole.jsonl | sed 's/.*"replay":"ringprobe \([^"]*\)".*/\1/')
# shellcheck disable=SC2086 # words of a command
shows '"schema":"ringprobe.verdict/1"' $replay -f json -q

# Each finding replays: those of a file, one line of it, its witness alone; an older one has none.
run replay whole.jsonl
[ "$status $(grep -cx reproduces out)" = "0 $findings" ] || fail "replay: $status, $(cat err)"
grep -qx "ringprobe: $findings of $findings in 'whole.jsonl' reproduce" err || fail "replay: $(cat err)"
finding=$(grep -m 1 '"outcome":"retired"' whole.jsonl)
expect 0 '' replay -q "$finding"
run replay -q - <<<"$finding"
[ "$status $(grep -cx reproduces out)" = '0 1' ] || fail "a finding on standard input: $status, $(cat err)"
expect 2 "the finding's outcome is not that of its witness" replay "${finding/retired/trapped}"
expect 2 'the checksum .* does not fit the line' replay "${finding/:finding:/:control:}"
expect 2 'the finding has no witness' replay "${finding/\"witness\"/\"x\"}"
expect 2 'the finding was cut short' replay "${finding%?}"
expect 2 'it is no line of a hunt' replay '{"schema":"ringprobe.verdict/1"}'
expect 2 'it is no line of a hunt' replay "$(printf '{\033[2J')"
sed 's/"outcome":"retired"/"outcome":"hung"/' whole.jsonl >edited
run replay -q edited
[[ $status -eq 2 && $(wc -l <err) -eq 1 && $(<err) = "ringprobe: edited:"*"outcome is not that"* ]] || fail "edited: $(cat err)"
head -c 4500 whole.jsonl | tr '\n' ' ' >long
expect 2 'long:1: it is too long' replay long
rm edited long

# Shards: together they find what the whole finds. A cell's neighbours may be met in another shard too.
ids() { grep -h -o '"id":"rp-[0-9a-f]*"' "$@" | sort -u; }
for shard in 0 1; do
    run hunt -q -x unicorn -m compat32 --search cells --shard $shard/2 -o shard$shard.jsonl
    [ "$status" -eq 0 ] || fail "shard $shard: $status, $(cat err)"
done
run hunt -q -x unicorn -m compat32 --search cells -o cells.jsonl
diff <(ids shard0.jsonl shard1.jsonl) <(ids cells.jsonl) >/dev/null || fail 'shards are not the whole'
[ "$(ids shard0.jsonl | wc -l)" -lt "$(ids cells.jsonl | wc -l)" ] || fail 'a shard is the whole'
expect 2 "'shard0.jsonl' is of another hunt, its shard is not the same" \
    hunt -o shard0.jsonl --resume -q -x unicorn -m compat32 --search cells --shard 1/2

# The same again, as lines; the same seed finds the same.
run hunt -f json "${few[@]}"
diff out <(grep '"ringprobe.hunt/1"' whole.jsonl) >/dev/null || fail 'lines on standard output differ from the file'
run hunt -o quiet.jsonl -q "${few[@]}"
{ [ ! -s out ] && [ ! -s err ]; } || fail 'quiet'
cmp -s whole.jsonl quiet.jsonl || fail 'the same seed gives another file'

# Killed and resumed, several times; half a line behind it.
: >half
: >broken
for n in 1 2 3; do
    "$RINGPROBE" hunt -o half --resume -q "${few[@]}" >out 2>err &
    pid=$!
    while kill -0 $pid 2>/dev/null && [ "$(wc -l <half)" -lt $((n * 8)) ]; do :; done
    kill -9 $pid 2>/dev/null || :
    wait $pid 2>/dev/null || :
    printf '{"schema":"ringprobe.hunt/1","id":' >>half
done
run hunt -o half --resume "${few[@]}"
[ "$status" -eq 0 ] || fail "resumed: $status, $(cat err)"
cmp -s whole.jsonl half || fail "a resumed hunt's file differs: $(cmp whole.jsonl half || :)"
grep -q "^$findings findings among" out || fail "the summary forgets earlier sittings: $(head -n 1 out)"
expect 2 "'half' is of another hunt, its seed is not the same" hunt -o half --resume --seed 2 "${few[@]}"

# ^C: 130, and the file can be gone on with.
"$RINGPROBE" hunt -o broken -x unicorn -m compat32 -j 1 >out 2>err &
pid=$!
while kill -0 $pid 2>/dev/null && [ "$(wc -l <broken)" -lt 5 ]; do :; done
kill -INT $pid
status=0
wait $pid || status=$?
[ "$status" -eq 130 ] || fail "interrupted: $status"
grep -q -- '--resume goes on' err || fail "interrupted: $(cat err)"
run hunt -o broken --resume --runs 1 -x unicorn -m compat32 -j 1
[ "$status" -eq 0 ] || fail "behind ^C: $status, $(cat err)"

# News: exit status 1 with a baseline that lacks one.
run hunt --baseline whole.jsonl "${few[@]}"
[ "$status" -eq 0 ] || fail "nothing new: $status"
grep -v "$(grep -m 1 '"ringprobe.hunt/1"' whole.jsonl | cut -c 1-60)" whole.jsonl >less
run hunt --baseline less "${few[@]}"
[ "$status" -eq 1 ] || fail "news: $status"
grep -q "1 findings are not in 'less'" err || fail "news: $(cat err)"
finish
