#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# .clusterfuzzlite/build.sh makes what ClusterFuzzLite wants, and libFuzzer then finds what behaves as nothing did.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
# As build.sh links it: a clang++ without its runtime, or without a C++ library, is not enough.
if ! echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char *, unsigned long) { return 0; }' |
    clang++ -x c++ -fsanitize=fuzzer -o probe - 2>/dev/null; then
    skip 'no clang++ that links libFuzzer in: the packages clang and libclang-rt-14-dev'
fi
mkdir made build
OUT=$work/made WORK=$work/build SRC='' CXX=clang++ LIB_FUZZING_ENGINE=-fsanitize=fuzzer \
    "$RP_SOURCE/.clusterfuzzlite/build.sh" >log 2>&1 || fail "build.sh: $(tail -n 3 log)"
for file in ringprobe-libfuzzer{,.options,.dict,_seed_corpus.zip}; do
    [ -s "made/$file" ] || fail "no $file"
done
mkdir seeds corpus
python3 -m zipfile -e made/ringprobe-libfuzzer_seed_corpus.zip seeds
run fuzz --seed-corpus written
diff -r seeds written >&2 || fail 'the seeds are not the seed corpus'

# The seeds replay, the dictionary is read, new behaviours are kept.
options=(-seed=1 -max_len=134 -dict=made/ringprobe-libfuzzer.dict)
RINGPROBE_FUZZ_FINDINGS=0 made/ringprobe-libfuzzer "${options[@]}" -runs=0 seeds >log 2>&1 || fail "replay: $(tail -n 3 log)"
RINGPROBE_FUZZ_FINDINGS=0 RINGPROBE_FUZZ_MODES=1 made/ringprobe-libfuzzer "${options[@]}" -runs=2000 corpus seeds >log 2>&1 ||
    fail "run: $(tail -n 3 log)"
[ "$(find corpus -type f | wc -l)" -gt 100 ] || fail "nothing new in 2000 runs: $(tail -n 3 log)"
RINGPROBE_FUZZ_EXECUTORS=none made/ringprobe-libfuzzer -runs=1 >log 2>&1 && fail 'an executor that is not there'
grep -q "ringprobe: 'none' is no executor, choose among" log || fail "$(tail -n 1 log)"

if ! native_runs; then
    echo 'findings of libFuzzer are left out: native does not run here'
    finish
    exit
fi

# A finding ends it as a crash, with its id and its input; not if the id stands in the baseline, nor if it is told to look at
# nothing. What a baseline names and cannot be read is no crash.
run fuzz -q -x unicorn,native -m long64 -j 1 --runs 24000 -o whole
[ "$status" -le 1 ] || fail "a campaign: $status, $(cat err)"
split_inputs whole/corpus
run replay -f json inputs
python3 - <<'PY'
import json, shutil

number = -1
for line in open("out"):
    row = json.loads(line)
    number += row["schema"] == "ringprobe.input/1"
    if row["schema"] == "ringprobe.fuzz/1" and row["oracle"] != "died":
        shutil.copy(f"inputs/{number:06}", "shows")
        open("id", "w").write(row["id"])
        break
PY
export RINGPROBE_FUZZ_MODES=1 RINGPROBE_FUZZ_EXECUTORS=unicorn,native
status=0
made/ringprobe-libfuzzer -runs=1 shows >log 2>&1 || status=$?
[ "$status" -eq 77 ] || fail "a finding: status $status instead of libFuzzer's 77, $(tail -n 3 log)"
grep -q "\"id\":\"$(<id)\"" log || fail "a finding without its line: $(tail -n 3 log)"
printf '{"id":"%s"}\n' "$(<id)" >baseline
RINGPROBE_FUZZ_BASELINE=baseline made/ringprobe-libfuzzer -runs=1 shows >log 2>&1 || fail "a known finding: $?, $(tail -n 3 log)"
RINGPROBE_FUZZ_FINDINGS=0 made/ringprobe-libfuzzer -runs=1 shows >log 2>&1 || fail "told not to look: $?, $(tail -n 3 log)"
status=0
RINGPROBE_FUZZ_BASELINE=. made/ringprobe-libfuzzer -runs=1 -artifact_prefix=artifact- shows >log 2>&1 || status=$?
[ "$status" -eq 2 ] || fail "a baseline that cannot be read: $status, $(tail -n 3 log)"
[ -z "$(find . -name 'artifact-*')" ] || fail 'a failure of the tool was saved as a crash'
finish
