#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Baselines on the command line, and the one that this project keeps of Unicorn (results/baseline-unicorn.json): a
# shard of all modes finds nothing that it does not have. cli/ci_whole scans everything.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$RP_SOURCE/tests/cli/lib.sh"
cp "$RP_SOURCE/results/baseline-unicorn.json" known.json

# says PATTERN: the last run said so on standard error.
says() {
    grep -qE "$1" err || fail "no '$1' in: $(cat err)"
}

expect 0 '' scan -m all --shard 11/60 -o c.db --baseline known.json --report r.json
says "holes against 'known.json': 0 new, 0 opened under another policy, [1-9][0-9]* unchanged, 0 gone"

# The same without one of the holes that it found, and with one that was closed.
id=$(grep -oE '"id":"rp-[0-9a-f]{16}","encoding":"[^"]*","mode":"prot32"' r.json | head -n 1 | cut -d '"' -f 4)
grep -q "$id" known.json || fail "'$id' is not in the baseline"
grep -v "$id" known.json >less.json
expect 1 '' report c.db --baseline less.json -f canonical
says '1 new, 0 opened'
sed "/$id/s/,\"hardened\"\]/]/" known.json >closed.json
cmp -s known.json closed.json && fail "'$id' is not open when hardened: take another shard"
expect 1 '' report c.db --baseline closed.json -q -f canonical
says "holes against 'closed.json': 0 new, 1 opened" # with -q too: a status has its reason beside it
expect 0 '' report c.db --baseline known.json -q -f canonical
[ ! -s err ] || fail "-q: $(cat err)"

# Whatever holds holes is a baseline.
expect 0 '' report c.db -f baseline -o mine.json
expect 0 '' report c.db -f json -o report.json
status=0
"$RINGPROBE" scan -m all --shard 11/60 -f json >lines.json 2>err || status=$?
cp c.db old.db
for file in mine.json report.json lines.json old.db; do
    expect 0 '' report c.db --baseline "$file" -f canonical
    says "holes against '$file': 0 new, 0 opened under another policy, [1-9][0-9]* unchanged, 0 gone"
done

# What is none, or cannot be compared, costs no scan.
echo '{"schema":"ringprobe.hunt-start/1"}' >hunt.jsonl
expect 2 "'hunt.jsonl' is no baseline" scan -m all --baseline hunt.jsonl
expect 2 "cannot read the baseline 'none.json'" scan -m all --baseline none.json
expect 2 "is of policy legacy and cannot be compared with one of hardened" scan -m all -p hardened --baseline known.json
expect 2 "'mine.json' cannot be both the baseline and what is written" report c.db --baseline mine.json -o mine.json
expect 2 "'c.db' cannot be both the baseline and what is written" scan -m all -o c.db --baseline c.db
expect 2 "cannot read '.': Is a directory" report c.db --baseline .
expect 2 'probe has no option' probe popf --baseline known.json
expect 2 "'sarif' is a format of reports, and probe makes none" probe popf -f sarif
expect 2 'choose among text markdown json' report c.db -f xml
finish
