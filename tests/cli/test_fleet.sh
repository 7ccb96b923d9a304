#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# merge of the answers of many machines: formats, exit codes, and what is refused.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

run errata -q -f json -x unicorn --id intel-fdiv </dev/null
cp out n1.jsonl
grep -q '^{"schema":"ringprobe.errata/1","machine":{"host":' n1.jsonl || fail "no machine in: $(cat n1.jsonl)"
sed 's/"host":"[^"]*"/"host":"b"/' n1.jsonl >n2.jsonl
sed 's/"answer":"absent"/"answer":"present"/' n1.jsonl >n3.jsonl
printf '\033[2J' | sed 's/.*/x/' >text

run merge n1.jsonl n2.jsonl </dev/null
[ "$status" -eq 0 ] || fail "a fleet without an odd one exits with $status: $(cat err)"
run merge n1.jsonl n2.jsonl n3.jsonl </dev/null
[ "$status" -eq 1 ] || fail "an odd one exits with $status: $(cat err)"
grep -qE '^  n3 +1 +errata intel-fdiv +present +absent \(2 of 3\)$' out || fail "the table: $(cat out)"
run merge -f markdown n1.jsonl n2.jsonl n3.jsonl </dev/null
grep -qE '^\| n3 \| 1 \| errata intel-fdiv \|' out || fail "Markdown: $(cat out)"
run merge -f json -o table.json n1.jsonl n2.jsonl n3.jsonl </dev/null
grep -q '"machine":"n3",.*"odd":true,"alone":false,"not_as_recorded":false,"cells":\[{"asked":"errata intel-fdiv","says":"present","most":"absent","of_most":2}\]}$' \
    table.json || fail "JSON: $(cat table.json)"
grep -q '^{"schema":"ringprobe.fleet/1","what":"summary","machines":3,"kinds":1,"answers":2,"asked":1,"odd":1,"not_as_recorded":0}$' \
    table.json || fail "JSON's summary: $(cat table.json)"
expect 2 "'text' is no JSON" merge n1.jsonl text
expect 2 "'canonical' is a format of reports" merge -f canonical n1.jsonl
expect 2 "-f is for answers" merge -f json -o o.db text
printf '{"schema":"ringprobe.golden/1","kind":"summary","same":false,"complete":true,"here":{"vendor":"x"}}\n' >u1.jsonl
cp u1.jsonl u2.jsonl
run merge u1.jsonl u2.jsonl n1.jsonl </dev/null
[ "$status" -eq 1 ] || fail "machines that are not as recorded exit with $status: $(cat out)"
grep -q 'not as recorded: u1 u2$' out || fail "not as recorded: $(cat out)"
grep -q 'so that none can be odd: n1$' out || fail "alone: $(cat out)"
expect 2 "--output 'n1.jsonl' is what is read" merge -o n1.jsonl n2.jsonl n1.jsonl
grep -q '^{"schema":"ringprobe.errata/1"' n1.jsonl || fail 'answers were written over'
expect 2 "two files are named like" merge n1.jsonl n1.jsonl
finish
