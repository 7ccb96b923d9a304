#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# hunt on the CPU: its default, what is known of every CPU comes out explained, and a finding's line runs it again.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

missing=$("$RINGPROBE" executors -f json | grep '"name":"native"')
case $missing in
*'"runs":true'*) ;;
*)
    printf 'skipped: native does not run here: %s\n' "$missing"
    exit 77
    ;;
esac

# The cells that begin with 0F 18 to 0F 1F are no-operations on every CPU, and Zydis rejects some of them.
run hunt -m long64,compat32,compat16 --search cells --limit 12000 -j 2 -o found.jsonl
[ "$status" -eq 0 ] || fail "native: $status, $(cat err)"
grep -q '^hint-nop' out || fail "the reserved NOPs: $(cat out)"
grep -qE '^unexplained' out && fail "unexplained: $(cat out)"
grep -q "an emulator's own" out && fail 'the CPU is called an emulator'
python3 - <<'P' || fail 'the file'
import json
found = [row for row in map(json.loads, open("found.jsonl")) if row["schema"] == "ringprobe.hunt/1"]
modes = {row["mode"] for row in found}
assert modes and modes <= {"long64", "compat32", "compat16"}, modes
for row in found:
    assert row["executor"] == "native" and row["provenance"] == "silicon", row
    if row["ring3"]["outcome"] == "retired":
        assert 2 * row["ring3"]["length"] == len(row["encoding"]), row
P
replay=$(grep -m 1 '"class":"hint-nop"' found.jsonl | sed 's/.*"replay":"ringprobe \([^"]*\)".*/\1/')
# shellcheck disable=SC2086 # words of a command
shows '"ring3":{"outcome":"retired","length":3}' $replay -f json -q

run replay found.jsonl
[ "$status" -eq 0 ] || fail "replay: $status, $(grep -B 8 'does not' out | head -n 9)"

# A later sitting goes on, and the tunnel knows each length.
run hunt -m compat32 --search tunnel --limit 20000 --runs 9000 -j 1 -o tunnel.jsonl
[ "$status" -eq 0 ] || fail "tunnel: $status, $(cat err)"
grep -q '; incomplete' err || fail 'a budget ends it'
run hunt -m compat32 --search tunnel --limit 20000 -j 1 -o tunnel.jsonl --resume
[ "$status" -eq 0 ] || fail "resumed: $status, $(cat err)"
grep -q '; incomplete' err && fail 'it is through'
finish
