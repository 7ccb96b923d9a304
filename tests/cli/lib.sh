# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests of the command line share. To be sourced by bash with `set -eu`; goes to an empty folder, which the
# end removes. A check that prints a failure is the one that counts it; end with `finish`.
# shellcheck shell=bash
: "${RINGPROBE:?ctest sets it: the program}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'echo "FAIL stopped at line $LINENO"' ERR
cd "$work" || exit
failures=0
fail() {
    printf 'FAIL %s\n' "$*"
    failures=$((failures + 1))
}

# run ARGUMENT...: runs the program; leaves $status, and the files out and err.
run() {
    status=0
    "$RINGPROBE" "$@" >out 2>err || status=$?
}

# expect STATUS PATTERN ARGUMENT...: the exit status; with 2 nothing but one line on standard error, which begins with
# `ringprobe: ` and in which the extended regular expression is found.
expect() {
    local wanted=$1 pattern=$2
    shift 2
    run "$@" </dev/null
    [ "$status" -eq "$wanted" ] || fail "'$*': exit status $status instead of $wanted: $(head -c 300 err)"
    [ "$wanted" -ne 2 ] || [ "$(wc -l <err)" -eq 1 ] || fail "'$*': more or less than one error line: $(cat err)"
    [ "$wanted" -ne 2 ] || [ ! -s out ] || fail "'$*': an answer on standard output: $(head -n 1 out)"
    [ "$wanted" -ne 2 ] || grep -qE "^ringprobe: .*($pattern)" err || fail "'$*': no '$pattern' in: $(cat err)"
}

# shows PATTERN ARGUMENT...: exit status 0, and a line of the answer fits the extended regular expression.
shows() {
    local pattern=$1
    shift
    run "$@" </dev/null
    [ "$status" -eq 0 ] || fail "'$*': exit status $status: $(head -c 300 err)"
    grep -qE "$pattern" out || fail "'$*': no '$pattern' in: $(head -c 300 out)"
}

# only 'NAME...': fails unless the folder holds these files and out and err alone.
only() {
    local there wanted
    there=$(find . -mindepth 1 ! -name out ! -name err -printf '%P\n' | sort | xargs)
    wanted=$1
    [ "$there" = "$wanted" ] || fail "files: '$there' instead of '$wanted'"
}

skip() { # CAUSE
    echo "SKIP $*"
    exit 77
}

native_runs() {
    [[ $("$RINGPROBE" executors -f json) == *'"name":"native","runs":true'* ]]
}

# Whether afl-fuzz is there is another question: some tests put a script in its place.
needs_loadable_mutator() {
    ! grep -q __asan_init "$RP_BUILD/ringprobe-mutator.so" || skip 'afl-fuzz cannot load a mutator with AddressSanitizer in it'
}
needs_afl() {
    command -v afl-fuzz >/dev/null || skip 'no afl-fuzz: the package afl++ is not installed'
    needs_loadable_mutator
}

# split_inputs CORPUS: each input that a campaign kept becomes a file of the new folder inputs, by its number: src/fuzz/input.h.
split_inputs() {
    mkdir inputs
    python3 - "$1" <<'PY'
import sys

data, at, number = open(sys.argv[1], "rb").read(), 0, 0
while at < len(data):
    size = 6 + data[at + 5] + 4 + 1 + 13 * data[at + 6 + data[at + 5] + 4] + 4
    open(f"inputs/{number:06}", "wb").write(data[at:at + size])
    at, number = at + size, number + 1
PY
}

finish() {
    [ "$failures" -eq 0 ] || printf '%d failed\n' "$failures"
    [ "$failures" -eq 0 ]
}
