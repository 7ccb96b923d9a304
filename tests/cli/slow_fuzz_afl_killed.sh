#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# fuzz --engine afl goes on; kill -9 leaves no afl-fuzz behind and loses nothing that was saved.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
some=(--engine afl -x unicorn -m long64 -j 1 --progress never)

if ! command -v afl-fuzz >/dev/null; then
    echo 'SKIP no afl-fuzz: the package afl++ is not installed'
    exit 77
fi
if grep -q __asan_init "$RP_BUILD/ringprobe-mutator.so"; then
    echo 'SKIP afl-fuzz cannot load a mutator with AddressSanitizer in it'
    exit 77
fi

# The same command goes on.
run fuzz "${some[@]}" --runs 1000 -o whole
[ "$status" -le 1 ] || fail "begun: $status, $(cat err)"
before=$(stat -c %s whole/corpus)
run fuzz "${some[@]}" --runs 3000 -o whole
[ "$status" -le 1 ] || fail "going on: $status, $(cat err)"
[ "$(stat -c %s whole/corpus)" -gt "$before" ] || fail 'going on brought nothing'

# Killed: nobody is left. Begun again: what was saved is taken.
"$RINGPROBE" fuzz "${some[@]}" -o killed >/dev/null 2>&1 &
pid=$!
until [ "$(find killed/afl/main/queue -name 'id:*' 2>/dev/null | wc -l)" -gt 100 ]; do
    kill -0 "$pid" 2>/dev/null || fail 'it has ended before it was killed'
    sleep 0.1
done
children=$(pgrep -P "$pid" -x afl-fuzz) || fail 'no afl-fuzz is there'
targets=$(pgrep -P "$children") || fail 'no target is there'
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
left() {
    local each
    for each in $children $targets; do
        case $(ps -o stat= -p "$each" || true) in
        '' | Z*) ;;
        *) return 0 ;;
        esac
    done
    return 1
}
while left; do sleep 0.1; done # a process that stays is a test that hangs
saved=$(find killed/afl/main/queue -name 'id:*' -size +0 | wc -l)
run fuzz "${some[@]}" --runs 1000 -o killed
[ "$status" -le 1 ] || fail "behind kill -9: $status, $(cat err)"
[ "$(($(stat -c %s killed/afl.taken) / 8))" -ge "$((saved * 9 / 10))" ] || fail "of $saved saved, $(($(stat -c %s killed/afl.taken) / 8)) were taken"
finish
