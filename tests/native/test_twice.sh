#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The CPU gives the same verdicts twice for one seed, however the work is divided: a part of each mode, judged by two
# workers and by one, line by line. Only what corpus/machine-bound.tsv calls the machine's own may differ.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/../cli/lib.sh"

missing=$("$RINGPROBE" executors -f json | grep '"name":"native"')
case $missing in
*'"runs":true'*) ;;
*)
    printf 'skipped: native does not run here: %s\n' "$missing"
    exit 77
    ;;
esac
modes=$(python3 -c 'import json, sys
print(",".join(mode for mode, rings in json.loads(sys.argv[1])["rings"].items() if rings))' "$missing")

for workers in 2 1; do
    run scan -x native -m "$modes" --shard 3/20 --seed 1 -f json --progress never -j "$workers"
    [ "$status" -eq 0 ] || fail "with $workers: $status, $(cat err)"
    mv out "by-$workers"
done
python3 - "$RP_SOURCE/corpus/machine-bound.tsv" <<'P' || fail 'other verdicts'
import csv, json, sys
rows = csv.DictReader((line for line in open(sys.argv[1]) if not line.startswith("#")), delimiter="\t")
own = {row["mnemonic"] for row in rows if row["own"] != "no"}
first, second = (list(map(json.loads, open(name))) for name in ("by-2", "by-1"))
assert len(first) == len(second) > 1000, (len(first), len(second))
assert any(row["verdict"] == "hole" for row in first)
bad = [(a, b) for a, b in zip(first, second) if a != b and a["mnemonic"] not in own]
for a, b in bad[:5]:
    print(a["mode"], a["encoding"], {key: (a[key], b.get(key)) for key in a if a[key] != b.get(key)})
sys.exit(bool(bad))
P
finish
