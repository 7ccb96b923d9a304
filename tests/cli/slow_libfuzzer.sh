#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# .clusterfuzzlite/build.sh makes what ClusterFuzzLite wants, and libFuzzer then finds what behaves as nothing did.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
if ! command -v clang++ >/dev/null || ! echo 'int main;' | clang++ -x c++ -fsyntax-only -; then
    echo 'SKIP no clang++, which links libFuzzer in'
    exit 77
fi
mkdir out build
OUT=$work/out WORK=$work/build SRC='' CXX=clang++ LIB_FUZZING_ENGINE=-fsanitize=fuzzer \
    "$RP_SOURCE/.clusterfuzzlite/build.sh" >log 2>&1 || fail "build.sh: $(tail -n 3 log)"
for file in ringprobe-libfuzzer{,.options,.dict,_seed_corpus.zip}; do
    [ -s "out/$file" ] || fail "no $file"
done
mkdir seeds corpus
python3 -m zipfile -e out/ringprobe-libfuzzer_seed_corpus.zip seeds
[ "$(find seeds -type f | wc -l)" -gt 100 ] || fail 'fewer than 100 seeds: behaviours are not what libFuzzer keeps'

# The seeds replay, the dictionary is read, new behaviours are kept.
options=(-seed=1 -max_len=134 -dict=out/ringprobe-libfuzzer.dict)
RINGPROBE_FUZZ_FINDINGS=0 out/ringprobe-libfuzzer "${options[@]}" -runs=0 seeds >log 2>&1 || fail "replay: $(tail -n 3 log)"
RINGPROBE_FUZZ_FINDINGS=0 RINGPROBE_FUZZ_MODES=1 out/ringprobe-libfuzzer "${options[@]}" -runs=2000 corpus seeds >log 2>&1 ||
    fail "run: $(tail -n 3 log)"
[ "$(find corpus -type f | wc -l)" -gt 100 ] || fail "nothing new in 2000 runs: $(tail -n 3 log)"
RINGPROBE_FUZZ_EXECUTORS=none out/ringprobe-libfuzzer -runs=1 >log 2>&1 && fail 'an executor that is not there'
grep -q "ringprobe: 'none' is no executor, choose among" log || fail "$(tail -n 1 log)"
finish
