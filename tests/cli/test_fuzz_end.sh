#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How fuzz ends: findings of a campaign that fails, suspicions that nobody examined, what -q silences; and that none of what
# afl-fuzz saved is lost. In its place stands a script that saves what a campaign has met before.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
native_runs || skip 'native does not run here'
needs_loadable_mutator
some=(-x "unicorn,native" -m long64 -j 1 --progress never)

# Only text is silenced by -q, and the answer is the same.
run fuzz "${some[@]}" --runs 24000 -o whole
[ "$status" -eq 1 ] || fail "whole: $status, $(cat err)"
run fuzz -q "${some[@]}" --runs 24000 -f json
[ "$status" -eq 1 ] || fail "-q -f json: $status, $(cat err)"
cmp out whole/findings.jsonl || fail '-q -f json: other lines'
for format in sarif junit baseline markdown; do
    run fuzz -q "${some[@]}" --runs 500 -f $format
    [ "$status" -le 1 ] || fail "-q -f $format: $status, $(cat err)"
    [ -s out ] || fail "-q -f $format: nothing on standard output"
done
run fuzz -q "${some[@]}" --runs 500
[ "$status" -le 1 ] || fail "-q: $status"
[ -z "$(cat out err)" ] || fail "-q: $(cat out err)"

# What is still to be examined is said, whatever is silenced.
run fuzz -q "${some[@]}" --time 1 -o timed
[ "$status" -le 1 ] || fail "--time: $status, $(cat err)"
"$RINGPROBE" report timed -f json >report.json
pending=$(grep -o '"pending":[0-9]*' report.json | cut -d : -f 2)
said=$(sed -n 's/^ringprobe: \([0-9]*\) suspicions are still to be examined.*/\1/p' err)
[ "${said:-0}" = "$pending" ] || fail "--time: '$said' are to be examined, the report has $pending"

# Files as afl-fuzz saves them: of each finding's input, and some others before them.
split_inputs whole/corpus
mkdir some
cp inputs/000[0-9]* some
run replay -f json some
python3 - <<'PY'
import json, shutil, os

# An input's line comes first, its findings behind it; the first that has one is saved as the last of its folder.
number, first = -1, None
for line in open("out"):
    row = json.loads(line)
    number += row["schema"] == "ringprobe.input/1"
    if row["schema"] == "ringprobe.fuzz/1" and first is None and number >= 40:
        first = number
        open("id", "w").write(row["id"])
quiet = [f"inputs/{i:06}" for i in range(first - 40, first)]
for folder, count, last in (("queue", 30, None), ("crashes.2026-11-28-12:00:00", 5, None), ("crashes", 5, f"inputs/{first:06}")):
    os.makedirs(f"saved/{folder}")
    for i in range(count):
        shutil.copy(quiet.pop(), f"saved/{folder}/id:{i:06}")
    if last:
        shutil.copy(last, f"saved/{folder}/id:{count:06}")
PY
count=$(find saved -type f | wc -l)
mkdir bin
cat >bin/afl-fuzz <<'A'
#!/bin/sh
[ "$1" != -h ] || { echo 'afl-fuzz++4.04c'; exit 0; }
while [ "$1" != -o ]; do shift; done
[ -z "${AFL_MAP_SIZE:-}${AFL_BENCH_UNTIL_CRASH:-}" ] || { echo 'PROGRAM ABORT : foreign settings'; exit 1; }
mkdir -p "$2/main"
cp -r saved/. "$2/main"
[ "$FAKE_STATUS" -eq 0 ] || echo '[-] PROGRAM ABORT : no room'
exit "$FAKE_STATUS"
A
chmod +x bin/afl-fuzz
export FAKE_STATUS=0 AFL_MAP_SIZE=8 AFL_BENCH_UNTIL_CRASH=1 PATH=$PWD/bin:$PATH
afl=(--engine afl "${some[@]}")
run fuzz "${afl[@]}" -o saved-whole
[ "$status" -eq 1 ] || fail "what afl-fuzz saved: $status, $(cat err)"
grep -q "\"id\":\"$(<id)\"" saved-whole/findings.jsonl || fail "the finding of the last file is lost: $(<id)"
taken=$(($(stat -c %s saved-whole/afl.taken) / 8))
[ "$taken" -eq "$count" ] || fail "of $count files $taken were taken"

# It goes on: its folder is another one now, and begins with number 0 again.
rm -r saved-whole/afl saved
mkdir -p saved/queue
cp inputs/000000 saved/queue/id:000000
run fuzz "${afl[@]}" -o saved-whole
[ "$(($(stat -c %s saved-whole/afl.taken) / 8))" -eq "$((count + 1))" ] || fail 'a folder that begins again is not read'

# It fails behind a finding: what was found is shown, as incomplete, and the status is that of the failure.
rm -r saved
mkdir -p saved/queue
cp inputs/0[0-4]* saved/queue
(cd saved/queue && for file in *; do mv "$file" "id:$file"; done)
export FAKE_STATUS=1
reason='afl-fuzz (main) has ended with 1: no room'
run fuzz "${afl[@]}" -o failed --report failed.sarif
[ "$status" -eq 2 ] || fail "failed: $status, $(cat err)"
[ "$(cat err)" = "ringprobe: $reason" ] || fail "failed: $(cat err)"
found=$(wc -l <failed/findings.jsonl)
[ "$found" -ge 1 ] || fail 'failed: nothing was found before'
grep -q "^$found findings; " out || fail "failed: the answer is $(head -c 300 out)"
grep -qF "incomplete: the campaign has failed: $reason" out || fail "failed: the answer is not said to be incomplete"
python3 - "$found" "$reason" <<'PY' || fail 'failed: SARIF'
import json, sys

run, = json.load(open("failed.sarif"))["runs"]
assert len(run["results"]) == int(sys.argv[1]), len(run["results"])
invocation, = run["invocations"]
assert invocation["executionSuccessful"] is False
said = invocation["toolExecutionNotifications"][0]["message"]["text"]
assert sys.argv[2] in said, said
PY
run fuzz "${afl[@]}" --report failed.xml -f json
[ "$status $(wc -l <out)" = "2 $found" ] || fail "failed, JSON lines: $status, $(wc -l <out) of $found"
grep -q 'errors="1"' failed.xml || fail "failed, JUnit: $(head -c 300 failed.xml)"
finish
