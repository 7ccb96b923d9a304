#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# fuzz --engine afl: an afl-fuzz that is not there or too old; what one saved becomes findings and exit status.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
some=(--engine afl -x unicorn -m long64 -j 1 --progress never)

expect 2 "'radamsa' is no engine, choose novelty or afl" fuzz --engine radamsa

# Not there, not AFL++, too old; the loop needs none of them.
mkdir bin
program=$RINGPROBE
# shellcheck disable=SC2016 # for the script
printf '#!/bin/sh\nPATH=$STRIPPED exec "%s" "$@"\n' "$program" >stripped
chmod +x stripped
export STRIPPED=$PWD/bin RINGPROBE=$PWD/stripped
expect 2 'no afl-fuzz: install the package afl\+\+, or leave out --engine afl' fuzz "${some[@]}" --runs 10
fake() {
    printf '#!/bin/sh\necho "%s"\nexit 1\n' "$1" >bin/afl-fuzz
    chmod +x bin/afl-fuzz
}
fake 'afl-fuzz 2.52b by <lcamtuf@google.com>'
expect 2 'the afl-fuzz in PATH is no AFL\+\+' fuzz "${some[@]}" --runs 10
fake 'afl-fuzz++3.14c based on afl by Michal Zalewski'
expect 2 'afl-fuzz is AFL\+\+ 3.14; 4.00 or later is needed' fuzz "${some[@]}" --runs 10
# One that says it is new enough, and then ends: its reason is the error.
fake '[-] PROGRAM ABORT : no room for afl-fuzz++4.04c'
expect 2 'afl-fuzz \(main\) has ended with 1: no room' fuzz "${some[@]}" --runs 10
run fuzz -x unicorn -m long64 -j 1 --runs 1000
[ "$status" -le 1 ] || fail "novelty without afl-fuzz: $status, $(cat err)"

RINGPROBE=$program

needs_afl

# What afl-fuzz saved is examined, and decides the exit status. Targets run every executor that the campaign does.
! native_runs || some=(--engine afl -x 'unicorn,native' -m long64 -j 1 --progress never)
ids() { sed 's/.*"id":"\([^"]*\)".*/\1/' "$1"; }
run fuzz "${some[@]}" --runs 1000 -o whole
[ "$status" -le 1 ] || fail "whole: $status, $(cat err)"
[ "$status" -eq "$([ -s whole/findings.jsonl ] && echo 1 || echo 0)" ] || fail "exit status $status, $(wc -l <whole/findings.jsonl) findings"
grep -aq "fuzz --engine afl -x ${some[3]} -m long64" whole/afl/main/fuzzer_stats || fail "the target's command is $(grep -a command whole/afl/main/fuzzer_stats)"
[ -n "$(ls whole/afl/main/queue)" ] || fail 'afl-fuzz has saved nothing'
[ "$(stat -c %s whole/corpus)" -gt 4000 ] || fail 'the campaign has taken nothing of what afl-fuzz saved'
expect 2 "'whole' is of another campaign, its engine is not the same \(afl\)" fuzz "${some[@]:2}" --runs 100 -o whole
[ "$(ids whole/findings.jsonl | sort -u | wc -l)" -eq "$(wc -l <whole/findings.jsonl)" ] || fail 'an id twice'

finish
