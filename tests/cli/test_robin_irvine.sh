#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Robin and Irvine's list, row by row of corpus/robin-irvine.tsv: in prot32 each of 17 mnemonics is a hole with a witness
# that a fresh process reproduces, and what gives it away is in a group of resources that their row names. INT n needs
# the IDT, which Unicorn never consults: it is unknown, and says so.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

awk -F '\t' '!/^#/ && seen++ { print "prot32 " $4 }' "$RP_SOURCE/corpus/robin-irvine.tsv" >lines
run probe -q -x unicorn -f json - <lines
[ "$status" -eq 0 ] || fail "probe: exit status $status, $(cat err)"
python3 - "$RP_SOURCE" >replays <<'P' || fail 'the list'
import json, re, sys
source = sys.argv[1]
rows = [line.rstrip("\n").split("\t") for line in open(f"{source}/corpus/robin-irvine.tsv") if line[0] != "#"][1:]
verdicts = [json.loads(line) for line in open("out")]
# A resource's group by its name, as resources.def has it; rows made by macros have the name's first part, or
# `descriptor` for what lies in the tables.
def group(name):
    if re.match(r"(gdt|ldt)\.[a-z]+\.", name): return "descriptor"
    return name.split(".")[0]
bad = 0
def complain(text):
    global bad
    bad += 1
    print("FAIL " + text, file=sys.stderr)
if len(rows) != 18 or len(verdicts) != 18: complain(f"{len(rows)} rows, {len(verdicts)} answers, 18 of each were due")
for row, v in zip(rows, verdicts):
    mnemonic, groups = row[0], row[4].split()
    if mnemonic == "INT n":
        if v["verdict"] != "unknown" or "IDT" not in (v["unknown_reason"] or ""):
            complain(f"INT n: {v['verdict']}, {v['unknown_reason']}")
        continue
    w = v["witness"]
    if v["verdict"] != "hole" or not w: complain(f"{mnemonic}: {v['verdict']}")
    elif group(w["resource"] or "") not in groups: complain(f"{mnemonic}: the witness shows {w['resource']}, not {groups}")
    elif not {group(r) for r in v["resources"]} & set(groups): complain(f"{mnemonic}: {v['resources']}, not {groups}")
    else: print(w["replay"])
sys.exit(bad > 0)
P
[ "$(wc -l <replays)" -eq 17 ] || fail "$(wc -l <replays) of 17 shown"
while read -r witness; do
    expect 0 '' replay "$witness"
    grep -qx reproduces out || fail "does not reproduce: $witness"
done <replays

# The report's own walk over the list: a scan counts what it shows.
run scan -m prot32 --time 1 -q --report report.json
python3 -c 'import json; d = json.load(open("report.json")); assert d["schema"] == "ringprobe.report/1"' ||
    fail 'the report document'
finish
