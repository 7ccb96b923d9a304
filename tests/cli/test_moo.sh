#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# golden verify of MOO files: formats, exit codes, folders, --only, --limit, bad files.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# number VALUE BYTES: little-endian.
number() {
    local value=$1 i
    for ((i = 0; i < $2; i++)); do
        # shellcheck disable=SC2059
        printf "\\x$(printf %02x $((value & 255)))"
        value=$((value >> 8))
    done
}

# chunk NAME FILE: with the content of FILE.
chunk() {
    printf '%s' "$1"
    number "$(stat -c %s "$2")" 4
    cat "$2"
}

# A 286's INC AX of AX = 1 at 1234:5678, which leaves AX = $2; the test's number is $1.
test_of() {
    {
        number 16383 2
        for reg in 1 0 0 0 4660 8192 12288 36864 2048 0 0 0 22136 2; do number "$reg" 2; done
    } >regs
    {
        number 2 4
        number $((0x12340 + 0x5678)) 4
        number 64 1
        number $((0x12340 + 0x5679)) 4
        number 244 1
    } >ram
    [ -z "${entries:-}" ] || { number "$entries" 4; head -c $((5 * entries)) /dev/zero; } >ram
    { chunk REGS regs; chunk 'RAM ' ram; } >init
    { number 4097 2; number "$2" 2; number 22138 2; } >regs
    number 0 4 >ram
    { chunk REGS regs; chunk 'RAM ' ram; } >fina
    { number 6 4; printf 'inc ax'; } >name
    { number 2 4; number 64 1; number 244 1; } >bytes
    { number "$1" 4; chunk NAME name; chunk BYTS bytes; chunk INIT init; chunk FINA fina; } >one
    chunk TEST one
}

# file AX...: of one test for each.
file() {
    { number 1 1; number 0 3; number $# 4; printf C286; } >header
    chunk 'MOO ' header
    local index=0
    for ax in "$@"; do
        test_of "$index" "$ax"
        index=$((index + 1))
    done
}

mkdir moo moo/below empty
file 2 2 2 >moo/right.moo
file 2 7 2 | gzip >moo/below/wrong.MOO.gz
echo 'no test' >moo/README

run golden verify -q -x unicorn moo/right.moo </dev/null
[ "$status" -eq 0 ] || fail "what agrees exits with $status: $(cat err)"
grep -qE '^  C286 +40 +3 +3 +3 +0 +100.00 %$' out || fail "no row of the opcode in: $(cat out)"
[ ! -s err ] || fail "not quiet: $(cat err)"
run golden verify moo </dev/null # Unicorn, for native has no real mode
[ "$status" -eq 1 ] || fail "what disagrees exits with $status: $(cat err)"
grep -qE '^6 tests of 2 files: 6 run, 5 agree \(83.33 %\), 1 differ; 0 not runnable$' out || fail "counts: $(cat out)"
grep -qE '^  1 +ax +40 1$' out || fail "no cause in: $(cat out)"
grep -qE '6 tests in [0-9.]+ s, [0-9]+ a second' err || fail "no rate in: $(cat err)"
replay=$(grep -oE 'ringprobe golden verify .*' out)
[ "$replay" = "ringprobe golden verify -x unicorn --only 1 'moo/below/wrong.MOO.gz'" ] || fail "replay line: $replay"
status=0
eval "\"\$RINGPROBE\" ${replay#ringprobe }" >out 2>err || status=$?
[ "$status" -eq 1 ] || fail "the replay line exits with $status"
grep -qE '^  \* ax +1 +7 +2$' out || fail "no detail in: $(cat out)"
run golden verify -q -j 1 --limit 1 moo </dev/null
[ "$status" -eq 0 ] || fail "--limit 1 exits with $status"
grep -q '^2 tests of 2 files' out || fail "--limit 1: $(cat out)"
run golden verify -q -f markdown moo </dev/null
grep -qE '^\| 1 \| ax \|' out || fail "no table in: $(cat out)"
run golden verify -q -f json -o answer moo </dev/null
grep -q '"what":"cause".*"count":1,.*"differs":\["ax"\].*"file":"moo/below/wrong.MOO.gz","test":1,' answer ||
    fail "no cause in: $(cat answer)"
grep -q '"what":"summary".*"files":2,"wanted":6,"tests":6,"run":6,"agree":5,"differ":1,"not_runnable":0}' answer ||
    fail "no summary in: $(cat answer)"
[ "$(grep -c '^{"schema":"ringprobe.golden/1","kind":"moo",.*"machine":{"host":' answer)" -eq "$(wc -l <answer)" ] ||
    fail "lines of another kind in: $(cat answer)"

for option in '-m real16' '--seeds 3' '--cpus all' --loop '--max-rate 5' --common; do
    # shellcheck disable=SC2086
    expect 2 "${option%% *}.* is for golden records|--mode is for golden records" golden verify -x unicorn $option moo
done
run golden verify -q -x unicorn --time 60 moo/right.moo </dev/null
[ "$status" -eq 0 ] || fail "--time 60 exits with $status: $(cat err)"
grep -q '^stopped after' out && fail "--time 60 stopped: $(cat out)"
expect 2 "--output 'moo/right.moo' is what is read" golden verify -x unicorn -o moo/right.moo moo
[ "$(head -c 4 moo/right.moo)" = 'MOO ' ] || fail 'tests were written over'
entries=4096 file 2 >large.moo
entries=4097 file 2 >huge.moo
expect 2 "test 0 has a chunk 'INIT' that is not valid" golden verify -x unicorn huge.moo
run golden verify -q -x unicorn large.moo </dev/null
[[ "$(<err)" != *'not valid'* ]] || fail "4096 bytes are no memory: $(cat err)"
expect 2 "'empty' has no file whose name ends in .moo" golden verify -x unicorn empty
expect 2 "none of the 1 files has a test 99" golden verify -x unicorn --only 99 moo/right.moo
expect 2 "not 'x'" golden verify -x unicorn --only x moo/right.moo
expect 2 "'sarif' is a format of reports" golden verify -x unicorn -f sarif moo/right.moo
head -c 300 moo/right.moo >cut.moo
expect 2 "'cut.moo' is cut off" golden verify -x unicorn moo/right.moo cut.moo
head -c 90 moo/below/wrong.MOO.gz >cut.moo.gz
expect 2 "'cut.moo.gz' is cut off" golden verify -x unicorn cut.moo.gz
{ head -c -8 moo/below/wrong.MOO.gz; printf 'checksum'; } >sum.moo.gz
expect 2 "'sum.moo.gz' is damaged: gzip: incorrect data check" golden verify -x unicorn sum.moo.gz
{ printf 'MOO '; number 12 4; number 3 4; number 0 4; printf C286; } >version.moo
expect 2 "version 3.0" golden verify -x unicorn version.moo

# An executor that is not there at all is said to be that, not to have no real mode.
printf '#!/bin/sh\nPATH=/nowhere exec "%s" "$@"\n' "$RINGPROBE" >stripped
chmod +x stripped
RINGPROBE=$PWD/stripped
expect 2 bochs golden verify -x bochs moo/right.moo
! grep 'real mode' err || fail 'it is not asked whether bochs is there'
finish
