#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Flaky sources make no news: of campaigns with different seeds, by Unicorn alone and against the CPU, each finding
# reproduces in three fresh processes of three, and none is of an instruction that corpus/nondeterministic.tsv declares.
# RP_SEEDS (default 10) of each, RP_RUNS (default 200000) of each campaign; results/fuzz-flaky.txt is one outcome.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$RP_SOURCE/tests/cli/lib.sh"
executors=(unicorn)
if native_runs; then
    executors+=('unicorn,native')
else
    echo 'native does not run here: campaigns by unicorn alone'
fi
declared=$(grep -v '^#' "$RP_SOURCE/corpus/nondeterministic.tsv" | tail -n +2 | cut -f 1 | xargs)

# met DIR: how many of a campaign's kept inputs run a flaky source; without any, the campaign shows nothing of them.
met() {
    python3 - "$1/corpus" <<'PY'
import sys

data, at, count = open(sys.argv[1], "rb").read(), 0, {}
while at < len(data):
    assert data[at:at + 4] == b"rpf1", at
    length = data[at + 5]
    code = data[at + 6:at + 6 + length].lstrip(b"\x66\xf2\xf3\x2e\x36\x3e\x26\x64\x65\x67\xf0")
    if data[at + 4] == 0 and code and code[0] >> 4 == 4: # a REX prefix, in long64
        code = code[1:]
    name = "rdtsc" if code[:2] == b"\x0f\x31" else "rdtscp" if code[:3] == b"\x0f\x01\xf9" else None
    if code[:2] == b"\x0f\xc7" and len(code) > 2 and code[2] >= 0xf0:
        name = "rdseed/rdpid" if code[2] >= 0xf8 else "rdrand"
    if name:
        count[name] = count.get(name, 0) + 1
    tweaks = data[at + 6 + length + 4]
    at += 6 + length + 5 + 13 * tweaks + 4
print(*(f"{name} {count.get(name, 0)}" for name in ("rdtsc", "rdtscp", "rdrand", "rdseed/rdpid")), sep=", ")
sys.exit(not count)
PY
}

campaigns=0 pieces=0 exceptions=0
for executor in "${executors[@]}"; do
    for ((seed = 1; seed <= ${RP_SEEDS:-10}; seed++)); do
        rm -rf campaign
        run fuzz -q -x "$executor" --seed "$seed" -j 1 --runs "${RP_RUNS:-200000}" -o campaign
        [ "$status" -le 1 ] || fail "seed $seed: status $status: $(cat err)"
        campaigns=$((campaigns + 1))
        inputs=$(met campaign) || fail "seed $seed, $executor: no flaky source was met"
        before=$exceptions
        while IFS= read -r line; do
            name=${line#*\"mnemonic\":\"} id=${line#*\"id\":\"}
            name=${name%%\"*} id=${id%%\"*}
            pieces=$((pieces + 1))
            again=0
            for _ in 1 2 3; do
                run replay "$line"
                [ "$status" -ne 0 ] || again=$((again + 1))
            done
            case " $declared " in *" $name "*) flaky=1 ;; *) flaky=0 ;; esac
            if [ "$again" -ne 3 ] || [ "$flaky" -ne 0 ]; then
                exceptions=$((exceptions + 1))
                fail "seed $seed, $executor: $id $name: $again of 3, declared $flaky: $line"
            fi
        done <campaign/findings.jsonl
        echo "$executor, seed $seed: $(wc -l <campaign/findings.jsonl) findings, $((exceptions - before)) exceptions; inputs kept of $inputs"
    done
done
echo "$campaigns campaigns, $pieces findings, each replayed in 3 fresh processes: $exceptions exceptions"
finish
