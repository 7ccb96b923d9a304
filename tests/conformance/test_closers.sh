#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Closing conditions from end to end: each row of closers.tsv, asked of unicorn and qemu alone and of both with bochs
# (which alone takes longest, and is named together with the others where it shows the same). Together they find what the
# manuals say even where the executor that leads ignores the control, and say who showed it.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/../cli/lib.sh"

table=$RP_SOURCE/tests/conformance/closers.tsv
awk -F '\t' '!/^#/ && seen++ { print $1, $2 }' "$table" >lines

runs_here() {
    run executors -f json
    python3 - "$1" <<'P'
import json, sys
facts = {e["name"]: e for e in map(json.loads, open("out"))}[sys.argv[1]]
if not facts["runs"]:
    print(f"SKIP {sys.argv[1]}: {facts['missing']}")
sys.exit(not facts["runs"])
P
}

# check EXECUTORS: what they find, against the table.
check() {
    run probe -q -x "$1" -f json - <lines
    [ "$status" -eq 0 ] || fail "-x $1: exit status $status, $(head -c 300 err)"
    python3 - "$table" "$1" <<'P' || fail "-x $1"
import json, sys
table, executors = sys.argv[1], sys.argv[2].split(",")
rows = [line.rstrip("\n").split("\t") for line in open(table) if line[0] != "#"][1:]
answers = [json.loads(line) for line in open("out")]
column = {"unicorn": 4, "qemu": 5, "bochs": 6}
bad = 0
def complain(row, text):
    global bad
    bad += 1
    print(f"FAIL -x {sys.argv[2]}: {row[0]} {row[1]} ({row[7]}): {text}", file=sys.stderr)
def words(closer):
    return "+".join(f"{c}={v}" for c, v in closer["controls"].items()) + " " + closer["scope"]
if len(rows) != len(answers) or not rows:
    print(f"FAIL {len(rows)} rows, {len(answers)} answers", file=sys.stderr)
    bad += 1
for row, answer in zip(rows, answers):
    found = sorted(words(c) for c in answer["closed_by"])
    if len(executors) == 1:
        said = row[column[executors[0]]]
        due = row[3] if said == "y" else said
    else:
        due = row[3]
        if answer["verdict"] != row[2]:
            complain(row, f"{answer['verdict']}, {answer['unknown_reason']}; {row[2]} was due")
        ignored = [c for c in row[3].replace("+", " ").split() if c.split("=")[0] in answer["not_testable"]]
        if ignored:
            complain(row, f"{ignored} not testable")
        for closer in answer["closed_by"]:
            who = [e for e in executors if row[column[e]] == "y"]
            if closer["executors"] != who:
                complain(row, f"{words(closer)} is shown by {closer['executors']}, not {who}")
    if found != ([] if due == "-" else sorted(due.split(" or "))):
        complain(row, f"closed by {found}, not {due}")
sys.exit(bad > 0)
P
}

check unicorn
missing=0
runs_here qemu || missing=1
[ "$missing" -eq 1 ] || check qemu
runs_here bochs || missing=1
[ "$missing" -eq 1 ] || check unicorn,qemu,bochs
[ "$missing" -eq 0 ] || [ "$failures" -gt 0 ] || exit 77
finish
