#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# fuzz --engine afl goes on; kill -9 leaves no afl-fuzz behind and loses nothing that its targets met or that it saved, no
# finding is lost and none is there twice. RP_SEED repeats the moments, RP_KILLS says how many.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
some=(--engine afl -x unicorn -m long64 -j 1 --progress never)
kills=${RP_KILLS:-12}

needs_afl

# The same command goes on.
run fuzz "${some[@]}" --runs 1000 -o whole
[ "$status" -le 1 ] || fail "begun: $status, $(cat err)"
before=$(stat -c %s whole/corpus)
run fuzz "${some[@]}" --runs 3000 -o whole
[ "$status" -le 1 ] || fail "going on: $status, $(cat err)"
[ "$(stat -c %s whole/corpus)" -gt "$before" ] || fail 'going on brought nothing'

# met DIR, taken DIR: hashes of what its targets told and afl-fuzz saved, and of what the campaign has run and committed.
# XXH64 with seed 0, as its specification has it (doc/xxhash_spec.md).
cat >hash.py <<'PY'
import glob, re, sys

P1, P2, P3, P4, P5 = (11400714785074694791, 14029467366897019727, 1609587929392839161, 9650029242287828579, 2870177450012600261)
M = 2**64 - 1
rotate = lambda x, n: (x << n | x >> 64 - n) & M
turn = lambda lane, word: rotate((lane + word * P2) & M, 31) * P1 & M
number = lambda data, at, size: int.from_bytes(data[at:at + size], "little")

def xxh64(data):
    at, end = 0, len(data)
    hash = P5
    if end >= 32:
        lanes = [(P1 + P2) & M, P2, 0, -P1 & M]
        while at + 32 <= end:
            lanes = [turn(lane, number(data, at + 8 * i, 8)) for i, lane in enumerate(lanes)]
            at += 32
        hash = sum(rotate(lane, n) for lane, n in zip(lanes, (1, 7, 12, 18))) & M
        for lane in lanes:
            hash = ((hash ^ turn(0, lane)) * P1 + P4) & M
    hash = hash + end & M
    while at + 8 <= end:
        hash, at = (rotate(hash ^ turn(0, number(data, at, 8)), 27) * P1 + P4) & M, at + 8
    if at + 4 <= end:
        hash, at = (rotate(hash ^ number(data, at, 4) * P1 & M, 23) * P2 + P3) & M, at + 4
    while at < end:
        hash, at = rotate(hash ^ data[at] * P5 & M, 11) * P1 & M, at + 1
    hash = (hash ^ hash >> 33) * P2 & M
    hash = (hash ^ hash >> 29) * P3 & M
    return hash ^ hash >> 32

what, folder = sys.argv[1:]
data = open(folder + ("/afl.taken" if what == "taken" else "/afl.met"), "rb").read()
if what == "taken":
    hashes = {number(data, at, 8) for at in range(0, len(data) - 7, 8)}
else: # a record's length stands in it; the last one may be cut off
    files = [open(name, "rb").read() for kind in ("queue", "crashes", "hangs") for name in glob.glob(f"{folder}/afl/main/{kind}*/id:*")]
    at = data.find(b"rpf1") % (len(data) + 1) # behind a hole
    while at + 5 < len(data):
        tweaks = at + 10 + data[at + 5]
        if tweaks >= len(data): break
        size = tweaks + 1 + 13 * data[tweaks] + 4 - at
        files.append(data[at:at + size])
        at += size
    hashes = {xxh64(file) for file in files if file and number(file, len(file) - 4, 4) == xxh64(file[:-4]) & 0xffffffff}
for hash in sorted(hashes): print(f"{hash:016x}")
PY
ids() { grep -o '"id":"rp-[0-9a-f]*"' "$1" || true; }

# Nobody is left: not afl-fuzz, and not its targets.
left() {
    local each
    for each in "$@"; do
        case $(ps -o stat= -p "$each" || true) in
        '' | Z*) ;;
        *) return 0 ;;
        esac
    done
    return 1
}

RANDOM=${RP_SEED:=$RANDOM}
echo "seed RP_SEED=$RP_SEED"
: >ever
: >seen
saved() { find killed/afl/main/queue -name 'id:*' 2>/dev/null | wc -l; }
for ((kill = 0; kill < kills; kill++)); do
    "$RINGPROBE" fuzz "${some[@]}" -o killed >/dev/null 2>err &
    pid=$!
    while [ "$kill" -eq 0 ] && [ "$(saved)" -lt 600 ]; do # behind the seeds
        kill -0 "$pid" 2>/dev/null || fail "it has ended before it was killed: $(cat err)"
        sleep 0.1
    done
    sleep "$((RANDOM % 4)).$((RANDOM % 10))"
    children=$(pgrep -P "$pid" -x afl-fuzz || true)
    # shellcheck disable=SC2046,SC2086 # a word each
    all="$children $([ -z "$children" ] || pgrep -P "$(echo $children | tr ' ' ,)" || true)"
    [ "$kill" -gt 0 ] || [ "$(echo "$all" | wc -w)" -gt 1 ] || fail 'no afl-fuzz is there, or no target'
    kill -9 "$pid"
    wait "$pid" 2>/dev/null || true
    # shellcheck disable=SC2086
    while left $all; do sleep 0.1; done # a process that stays is a test that hangs
    [ "$kill" -gt 0 ] || [ -s killed/afl.met ] || fail 'its targets have told nothing'
    python3 hash.py met killed | sort -u - ever >now
    mv now ever
    # The last line may be half of one: its writer was killed, and nobody was told.
    head -n "$(wc -l <killed/findings.jsonl)" killed/findings.jsonl >now
    [ "$(head -n "$(wc -l <seen)" now)" = "$(<seen)" ] || fail "a finding that was there is gone, after $((kill + 1)) kills"
    mv now seen
done
python3 hash.py taken killed | comm -23 ever - >open
[ -s open ] || fail 'all was taken when it was killed, so nothing can be lost'
run fuzz "${some[@]}" --runs 1 -o killed
[ "$status" -le 1 ] || fail "behind kill -9: $status, $(cat err)"
python3 hash.py taken killed | comm -23 ever - >lost
[ ! -s lost ] || fail "of $(wc -l <ever) inputs that were met or saved, $(wc -l <open) of them open, $(wc -l <lost) are lost"
[ "$(head -n "$(wc -l <seen)" killed/findings.jsonl)" = "$(<seen)" ] || fail 'a finding that was there is gone'
[ "$(ids killed/findings.jsonl | sort | uniq -d | wc -l)" -eq 0 ] || fail 'an id twice'
echo "$kills kills, $(wc -l <ever) inputs, $(wc -l <open) of them open at the end"
finish
