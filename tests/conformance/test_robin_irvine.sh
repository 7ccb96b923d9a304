#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Robin and Irvine's list on guests that have an IDT: in prot32 all 18 mnemonics are holes, INT n by its gate's DPL, each
# with a witness that a fresh machine reproduces; and robin-irvine.tsv for other modes.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/../cli/lib.sh"

# check EXECUTOR: judges all rows that name it and writes the witnesses of holes to `replays`.
check() {
    python3 - "$RP_SOURCE" "$1" >lines <<'P'
import sys
source, executor = sys.argv[1:]
def rows(path):
    return [line.rstrip("\n").split("\t") for line in open(f"{source}/{path}") if line[0] != "#"][1:]
for row in rows("corpus/robin-irvine.tsv"):
    closed = {"gdtr": "cr4.umip=1", "idtr": "cr4.umip=1", "ldtr": "cr4.umip=1", "cr0": "cr4.umip=1",
              "tr": "cr4.umip=1", "idt": "idt.gate.dpl=0"}.get(row[4], "-")
    print("prot32", row[3], "#", row[0], "hole", closed, row[4].replace(" ", ","), sep="\t")
for row in rows("tests/conformance/robin-irvine.tsv"):
    if executor in row[5].split():
        print(row[1], row[2], "#", row[0], row[3], row[4], "", sep="\t")
P
    run probe -q -x "$1" -f json - <lines
    [ "$status" -eq 0 ] || fail "-x $1: exit status $status, $(head -c 300 err)"
    python3 - <<'P' >replays || fail "-x $1"
import json, re, sys
def group(name):
    return "descriptor" if re.match(r"(gdt|ldt)\.[a-z]+\.", name) else name.split(".")[0]
bad = 0
rows = [line.rstrip("\n").split("\t") for line in open("lines")]
answers = [json.loads(line) for line in open("out")]
if len(rows) != len(answers) or len(rows) < 40: bad = 1
for (mode, encoding, _, name, verdict, closed, groups), v in zip(rows, answers):
    wrong = []
    if v["verdict"] != verdict: wrong.append(f"{v['verdict']} {v['unknown_reason'] or ''}, not {verdict}")
    found = ["+".join(f"{c}={n}" for c, n in x["controls"].items()) for x in v["closed_by"]]
    if closed != "*" and sorted(found) != ([] if closed == "-" else sorted(closed.split(" or "))): wrong.append(f"closed by {found}, not {closed}")
    if closed == "*" and (len(found) != 1 or not found[0].startswith("rflags.iopl=0")): wrong.append(f"kept by {found}")
    if groups and not {group(r) for r in v["resources"]} & set(groups.split(",")):
        wrong.append(f"shows {v['resources']}, not {groups}")
    if name == "INT n" and verdict == "hole" and "mode" not in v["sensitivity"]: wrong.append(str(v["sensitivity"]))
    if verdict == "hole" and not v["witness"]: wrong.append("no witness")
    if wrong: print(f"FAIL {mode} {encoding} ({name}): " + "; ".join(wrong), file=sys.stderr)
    elif verdict == "hole": print(v["witness"]["replay"])
    bad += bool(wrong)
sys.exit(bad > 0)
P
    run replay -q - <replays
    [ "$status" -eq 0 ] || fail "-x $1: replay: exit status $status, $(head -c 300 err)"
    [ "$(grep -cx reproduces out)" -eq "$(wc -l <replays)" ] ||
        fail "-x $1: $(grep -cx reproduces out) of $(wc -l <replays) witnesses reproduce"
    [ "$(wc -l <replays)" -ge 36 ] || fail "-x $1: $(wc -l <replays) witnesses"
}

missing=0
for executor in qemu bochs; do
    run executors -f json
    why=$(python3 - "$executor" <<'P'
import json, sys
facts = {e["name"]: e for e in map(json.loads, open("out"))}[sys.argv[1]]
print("" if facts["runs"] else facts["missing"])
P
    )
    if [ -n "$why" ]; then
        echo "SKIP $executor: $why"
        missing=1
    else
        check "$executor"
    fi
done
[ "$missing" -eq 0 ] || [ "$failures" -gt 0 ] || exit 77
finish
