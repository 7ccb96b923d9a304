#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# errata: the catalogue, one entry, answers on this CPU and of an emulator, exit codes.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# count PATTERN: lines of the answer.
count() {
    grep -cE "$1" out || true
}

run errata --list -f json
[ "$status" -eq 0 ] || fail "the list exits with $status"
[ "$(count '^\{"schema":"ringprobe.erratum/1","id":"[a-z0-9-]+","kind":"(erratum|leak|variant)",.*\}$')" -eq \
    "$(wc -l <out)" ] || fail 'the list is not one object an entry'
[ "$(count '"kind":"(erratum|leak)"')" -ge 45 ] || fail 'fewer than 45 errata and leaks'
[ "$(count '"kind":"variant"')" -ge 20 ] || fail 'fewer than 20 variants'
[ -z "$(sed 's/.*"id":"\([^"]*\)".*/\1/' out | sort | uniq -d)" ] || fail 'an id comes twice'
shows '^  amd-zenbleed +leak +leaks +no +Zenbleed; CVE-2023-20593' errata --list
shows '^\| `?amd-zenbleed' errata --list -f markdown
run errata --list --id 'Zenbleed,f00f,zenbleed' -f json
[ "$(wc -l <out)" -eq 2 ] || fail 'the list of two names, one twice, is not two entries'

shows '^  what  .*VZEROUPPER' errata --explain CVE-2023-20593
grep -q 'never (leaks)' out || fail 'what is never run does not say so'
shows '"danger":"leaks".*"source":"CVE-2023-20593' errata --explain amd-zenbleed -f json

expect 2 "'frobnicate' is no entry; .*--list" errata --id frobnicate
expect 2 "'' is no entry" errata --id fdiv,
expect 2 "'frobnicate' is no entry" errata --explain frobnicate
expect 2 'leave out --list and --id' errata --explain fdiv --list
expect 2 "errata are asked of one executor, not of 2" errata -x unicorn,native
expect 2 "'vmware' is no executor" errata -x vmware
expect 2 "errata does not know what to do with 'fdiv'" errata fdiv
expect 2 "errata are written as text markdown json sarif junit, not as 'canonical'" errata -f canonical
expect 2 "'sarif' is a format of answers" errata --list -f sarif
expect 2 "no option '--run-dangerous'" errata --run-dangerous

# An emulator, which no table names: what is run says all.
expect 2 "'386-mul' is no entry" errata -x unicorn --id 386-mul
expect 0 '' errata -x unicorn --id intel-386-mul -f json
grep -q '"answer":"absent".*"executor":"unicorn","provenance":"emulated","experiment":{"mode":"long64","runs":6905,' out ||
    fail "not absent in so many runs: $(cat out)"
expect 1 '' errata -x unicorn --id intel-vcvt-l -f json
grep -q '"answer":"present".*"news":true' out || fail "not present: $(cat out)"
run errata -x unicorn -f json
[ "$(count '"answer":"affected"')" -eq 0 ] || fail 'an emulator is affected by table'
[ "$(count '^\{"schema":"ringprobe.fingerprint/1".*"line":"behaves like')" -eq 1 ] || fail 'no fingerprint'
mv out first
run errata -x unicorn -f json -j 1
cmp -s first out || fail 'two runs differ, or one worker differs from several'

run errata -x unicorn -f sarif --id intel-vcvt-l,intel-386-mul
[ "$status $(count '"ruleId":')" = '1 1' ] || fail "SARIF has not one result: $(cat out)"
grep -q '"ruleId":"errata/intel-vcvt-l","ruleIndex":0,"level":"error"' out || fail "the SARIF result: $(cat out)"
run errata -x unicorn -f junit --id intel-vcvt-l,intel-386-mul,salc
[ "$(count '^ *<testcase ') $(count '<failure ')" = '2 1' ] || fail "JUnit's cases: $(cat out)"
grep -q '<testsuite name="ringprobe errata" tests="2" failures="1" errors="0" skipped="0"' out || fail 'JUnit counts'

# This CPU, or its tables where nothing can be run.
run errata -f json
[ "$status" -le 1 ] || fail "errata exits with $status: $(cat err)"
entries=$(count '"schema":"ringprobe.errata/1"')
[ "$entries" -eq "$("$RINGPROBE" errata --list -f json | wc -l)" ] || fail 'not one answer an entry'
[ "$(count '"answer":"(present|absent|fixed|not-applicable|affected|unknown|shown)"')" -eq "$entries" ] ||
    fail 'an answer that is none of the list'
[ "$(grep -E '"danger":"(may-hang|may-crash|leaks|needs-kernel)"' out | grep -vc '"experiment":null')" -eq 0 ] ||
    fail 'a dangerous entry has been run'
news=$(count '"news":true')
[ "$status" -eq "$((news > 0))" ] || fail "exit status $status with $news entries present or affected"
if "$RINGPROBE" executors | grep -qx 'NATIVE: RUNS HERE'; then
    [ "$(count '"experiment":\{')" -ge 40 ] || fail 'hardly anything has been run'
    grep -v fingerprint out | sed 's/"runs":[0-9]*,"good":[0-9]*,"bad":0,"idle":[0-9]*/RUNS/' >first
    run errata -f json
    grep -v fingerprint out | sed 's/"runs":[0-9]*,"good":[0-9]*,"bad":0,"idle":[0-9]*/RUNS/' >second
    cmp -s first second || fail "two runs disagree: $(diff first second | head -n 4)"
    if grep -q 'flags.* hypervisor' /proc/cpuinfo; then
        run errata
        grep -q '^  virtualised  *table answers are only as good as the identity' out ||
            fail 'under a hypervisor it does not say so'
    fi
fi
finish
