#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# OSS-Fuzz and ClusterFuzzLite: what runs goes to $OUT, the fuzzer with its options, dictionary and seeds, and the
# libraries that the machine which runs it may not have. Without CFLAGS nothing of ours is instrumented: behaviours are
# libFuzzer's counters (src/cli/libfuzzer.c). A compiler that warns of more than ours is no reason to fail.
set -euo pipefail
: "${OUT:?}" "${WORK:?}" "${CXX:?}" "${LIB_FUZZING_ENGINE:?}"
source=${SRC:+$SRC/ringprobe}
[ -d "${source:-/nowhere}" ] || source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

CFLAGS='' cmake -S "$source" -B "$WORK/ringprobe" -G Ninja -DCMAKE_BUILD_TYPE=Release --compile-no-warning-as-error \
    "-DRP_LIBFUZZER=$LIB_FUZZING_ENGINE"
cmake --build "$WORK/ringprobe" --target ringprobe-libfuzzer ringprobe
fuzzer=$OUT/ringprobe-libfuzzer
cp "$WORK/ringprobe/ringprobe-libfuzzer" "$OUT/"
mkdir -p "$OUT/lib"
ldd "$fuzzer" | awk '$1 ~ /^lib(unicorn|Zydis|Zycore|jansson|sqlite3|xxhash)\./ { print $3 }' | xargs -r cp -L -t "$OUT/lib"

# Inputs have 134 bytes at most; one that takes longer than 25 s hangs.
printf '[libfuzzer]\nmax_len = 134\ntimeout = 25\n' >"$fuzzer.options"
printf '# how each input begins, and prefixes\n"rpf1"\n"\\x66"\n"\\xf2"\n"\\xf3"\n"\\xf0"\n"\\x67"\n"\\x0f"\n"\\x0f\\x38"\n"\\x0f\\x3a"\n"\\xc4\\xe2"\n"\\xc4\\xe3"\n"\\x62\\xf1"\n' >"$fuzzer.dict"
seeds=$(mktemp -d)
"$WORK/ringprobe/ringprobe" fuzz --seed-corpus "$seeds"
python3 -m zipfile -c "${fuzzer}_seed_corpus.zip" "$seeds"/*
rm -rf "$seeds"
