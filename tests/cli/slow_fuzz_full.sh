#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# fuzz --engine afl behind 22 million inputs, more than it can remember: it says so, and takes new ones all the same. In
# place of afl-fuzz stands a script that saves the seed corpus.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
some=(--engine afl -x unicorn -m long64 -j 1 --progress never -q)
full=$((3 * (7 << 22) / 4)) # RP_FUZZ_SET_SLOTS, RP_FUZZ_SET_PARTS

needs_loadable_mutator
mkdir bin
cat >bin/afl-fuzz <<'A'
#!/bin/sh
[ "$1" != -h ] || { echo 'afl-fuzz++4.04c'; exit 0; }
while [ "$1" != -o ]; do shift; done
mkdir -p "$2/main/queue"
number=0
for file in saved/*; do
    cp "$file" "$2/main/queue/id:$number"
    number=$((number + 1))
done
A
chmod +x bin/afl-fuzz
export PATH=$PWD/bin:$PATH
"$RINGPROBE" fuzz --seed-corpus seeds -m long64
mkdir saved
find seeds -type f | sort | head -n 20 | xargs cp -t saved
count=$(find saved -type f | wc -l)
[ "$count" -eq 20 ] || fail "$count seeds"

# take NAME HASHES: a campaign whose earlier sittings have taken so many others; $new are those of this one.
take() {
    mkdir "$1"
    rm -rf begun
    run fuzz "${some[@]}" -o begun --runs 1
    cp -r begun/. "$1"
    rm -rf "$1/afl"
    python3 - "$2" >"$1/afl.taken" <<'PY'
import array, sys

for at in range(0, int(sys.argv[1]), 1 << 16):
    end = min(at + (1 << 16), int(sys.argv[1]))
    array.array("Q", ((i + 1) * 0x9e3779b97f4a7c15 & 2**64 - 1 for i in range(at, end))).tofile(sys.stdout.buffer)
PY
    run fuzz "${some[@]}" -o "$1"
    [ "$status" -le 1 ] || fail "$1: $status, $(cat err)"
    new=$(($(stat -c %s "$1/afl.taken") / 8 - $2))
}
said='^ringprobe: 22 million behaviours, suspicions or inputs are known, and no more can be'
take some 1000
[ "$new" -eq "$count" ] || fail "some: of $count inputs $new were taken"
! grep -q "$said" err || fail "some: $(cat err)"
take full "$full"
[ "$new" -eq "$count" ] || fail "full: of $count inputs $new were taken"
grep -q "$said" err || fail "full: it does not say so: $(cat err)"
finish
