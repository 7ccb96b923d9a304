#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# replay and minimize take a fuzz campaign's directory, one finding of it, its corpus, and folders as AFL leaves them; what is
# damaged or foreign there costs itself alone; the same again says the same.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
native_runs || skip 'native does not run here'
run fuzz -q -o whole -x unicorn,native -m long64 -j 1 --runs 24000
[ "$status" -eq 1 ] || fail "the campaign: $status, $(cat err)"
total=$(wc -l <whole/findings.jsonl)
id=$(head -n 1 whole/findings.jsonl | grep -oE 'rp-[0-9a-f]{16}' | head -n 1)

# A directory, a finding of it, from elsewhere and from within.
run replay whole
[ "$status $(grep -cx reproduces out)" = "0 $total" ] || fail "replay whole: $status, $(cat err)"
shows '^reproduces$' replay "whole/$id"
(cd whole && "$RINGPROBE" replay "$id") >out 2>err || fail "replay within: $(cat err)"
shows '^before  long64' minimize "whole/$id"
expect 2 "'whole' has no finding rp-0000000000000000" replay whole/rp-0000000000000000
expect 2 "'.' is no directory of a fuzz campaign, in which 'rp-0000000000000000'" replay rp-0000000000000000

# Its corpus: one file, and a folder of files as AFL's queue is, one of which is cut and one foreign.
python3 - <<'PY'
import os

data, at, files = open("whole/corpus", "rb").read(), 0, []
while at < len(data):
    length = data[at + 5]
    size = 6 + length + 4 + 1 + 13 * data[at + 6 + length + 4] + 4
    files.append(data[at:at + size])
    at += size
files = files[:600]
open("corpus", "wb").write(b"".join(files))
open("holed", "wb").write(b"".join(files[:3]) + files[3][:-1] + b"\xff" + b"".join(files[4:]))
os.makedirs("queue/.state")
os.mkdir("foreign")
for number, content in enumerate(files):
    open(f"queue/id:{number:06},src:000000,op:ringprobe", "wb").write(content)
open("queue/README.txt", "w").write("of AFL\n")
open("foreign/id:000000", "w").write("GET / HTTP/1.0\n")
PY
run replay corpus
cp out corpus.out
[ "$(grep -c '^long64 ' out)" -eq 600 ] || fail "corpus: $(grep -c '^long64 ' out) inputs"
shown=$(grep -c ': finding rp-' out || true)
[ "$shown" -ge 1 ] || fail 'no input of the corpus shows a finding'
[ "$status" -eq 1 ] || fail "corpus: status $status: $(cat err)"
run replay queue
[ "$status" -eq 1 ] || fail "queue: $status, $(cat err)"
cmp -s out corpus.out || fail 'the same inputs in files, and replayed twice, come to something else'
grep -oE ': finding rp-[0-9a-f]{16}' out | cut -d ' ' -f 3 | sort -u >shown
grep -oE '"id":"[^"]*' whole/findings.jsonl | cut -d '"' -f 4 | sort >found
[ -n "$(comm -12 shown found)" ] || fail 'none of the campaign'\''s findings is shown by its corpus'
run replay -f json corpus
python3 - <<'PY' || fail 'json'
import json

rows = [json.loads(line) for line in open("out")]
inputs = [row for row in rows if row["schema"] == "ringprobe.input/1"]
findings = [row for row in rows if row["schema"] == "ringprobe.fuzz/1"]
assert len(inputs) == 600 and len(inputs) + len(findings) == len(rows)
looks = [look["look"] for row in inputs for look in row["looks"]]
assert looks.count("finding") == len(findings) >= 1, looks
PY
run minimize corpus
[ "$status" -eq 1 ] || fail "minimize: $status, $(cat err)"
[ "$(grep -c '^before ' out) $(grep -c '^after ' out)" = "$shown $shown" ] || fail "minimize: $(grep -c '^before ' out) of $shown"

# Of damaged and foreign files the rest goes on, with one line and exit status 2.
cp foreign/id:000000 queue/id:foreign
head -c 12 queue/id:000003,src:000000,op:ringprobe >short
mv short queue/id:000003,src:000000,op:ringprobe
for damaged in holed queue; do
    run replay $damaged
    [ "$status" -eq 2 ] || fail "$damaged: $status"
    [ "$(grep -c '^long64 ' out)" -eq 599 ] || fail "$damaged: $(grep -c '^long64 ' out) inputs"
    [ "$(grep -c 'are damaged or no inputs' err)" -eq 1 ] || fail "$damaged: $(cat err)"
done
expect 2 "'foreign' holds no input of a fuzz campaign; 'foreign/id:000000': .* does not begin with rpf1" replay foreign
mkdir empty
run fuzz --seed-corpus seeds -m long64,real16
[ "$status $(find seeds -type f | wc -l)" = "0 $(grep -cE '^(long64|real16)' "$RP_SOURCE/corpus/fuzz-corpus.tsv")" ] ||
    fail "seed corpus: $status, $(cat err)"
run replay -x unicorn seeds
[ "$status" -le 1 ] || fail "replay of the seed corpus: $status, $(cat err)"
[ "$(grep -cE '^(long64|real16) ' out)" -eq "$(find seeds -type f | wc -l)" ] || fail 'not every seed was run'
expect 2 "'seeds' is not empty" fuzz --seed-corpus seeds
expect 2 "cannot make the folder 'none/seeds'" fuzz --seed-corpus none/seeds
expect 2 "'empty' holds no input of a fuzz campaign" replay empty
expect 2 "'empty' holds no input of a fuzz campaign" minimize empty
expect 2 'inputs are shown as text or json' replay -f markdown corpus
expect 2 'compares two executors at most' replay -x unicorn,bochs,qemu corpus
finish
