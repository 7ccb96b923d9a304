#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# golden: a record is made, verified, refused; exit codes, formats. What is compared is tested in tests/campaign.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

expect 2 'golden needs record' golden
expect 2 "'frobnicate' is nothing that golden does" golden frobnicate
expect 2 'golden record needs a file to write: -o FILE' golden record -x unicorn
expect 2 "takes no file but that of --output, not 'x'" golden record x -o y -x unicorn
expect 2 'golden verify needs a FILE' golden verify -x unicorn
expect 2 'golden asks one executor, not 2' golden record -o y -x unicorn,bochs
expect 2 'for golden verify' golden record -o y -x unicorn --loop
expect 2 'not of wide' golden record -o y -x unicorn -s wide
expect 2 "'0' for --seeds|--seeds" golden record -o y -x unicorn --seeds 0
expect 2 "cannot (write|read) 'no/such/y|no/such" golden record -o no/such/y -x unicorn -m long64 --limit 10
only ''

# An emulator does the same each time.
shows '^  runs +800: [0-9]+ compared' golden record -o g -x unicorn -m long64,real16 --limit 100 --seeds 4
only 'g'
expect 2 "'g' is there" golden record -o g -x unicorn
shows 'differences +0: the same as recorded' golden verify g -x unicorn
shows '^- \*\*differences\*\*: 0: the same as recorded$' golden verify g -x unicorn -f markdown
run golden verify g -x unicorn -f json
[ "$status" -eq 0 ] || fail "verify exits with $status"
[ "$(wc -l <out)" -eq 1 ] || fail 'a summary is not all there is to say'
grep -q '^{"schema":"ringprobe.golden/1","kind":"summary","record":"g","same":true,"complete":true,' out || fail 'no summary'
shows '"kind":"record","record":"h"' golden record -o h -x unicorn -m long64 --limit 20 -f json
run golden record -q -o i -x unicorn -m long64 --limit 20 -j 1
cmp -s h i || fail 'two recordings of the same are not the same file'

# Bad input: one line, 2, and nothing claimed.
head -c 1000 g >'cut'
expect 2 "'cut' is damaged or cut short" golden verify cut -x unicorn
: >empty
expect 2 "'empty' is neither a golden record" golden verify empty -x unicorn
{ head -c 2000 g; printf 'edited'; tail -c +2007 g; } >edited
expect 2 "'edited' is damaged or cut short .*\(checksum\)" golden verify edited -x unicorn
{ printf 'ringprobe golden\n9\n'; tail -c +20 g; } >version
expect 2 "version '9', this program reads [0-9]+; record it again" golden verify version -x unicorn
expect 2 "cannot read 'nothing'" golden verify nothing -x unicorn
expect 2 "is for golden record; a record is verified whole" golden verify g -x unicorn --limit 5
expect 2 "'frob' is no list of processors" golden verify g -x unicorn --cpus frob
expect 2 "'0,' is no list of processors" golden verify g -x unicorn --cpus 0,
expect 2 "processor '4095' is not there" golden verify g -x unicorn --cpus 4095

# Each processor by itself, in a bounded rate, again and again.
shows '^  processor [0-9]+ +[0-9]+ runs, 0 differences' golden verify g -x unicorn --cpus all
shows '^  runs +[0-9]+ in [0-9.]+ s, [0-9]+ a second' golden verify g -x unicorn --loop --time 3 --max-rate 400 -q
sed -n 's/^  runs *\([0-9]*\) in \([0-9.]*\) s.*/\1 \2/p' out | awk '{ exit !($1 > 0 && $1 <= 400 * $2 + 400) }' ||
    fail "--max-rate 400 made $(cat out)"

# What was not compared is not the same: a part of a pass, and nothing at all.
for seconds in 3 12 48; do # a busy machine has made nothing in three
    run golden verify g -x unicorn -j1 --max-rate 2 --time "$seconds"
    grep -q 'the same as recorded' out && fail 'six runs are the whole record'
    [ "$status" -ne 0 ] || break
    [ "$status" -eq 2 ] || fail "a part of a pass exits with $status"
    grep -q "^ringprobe: no run of 'g' was compared: the time was over" err || fail "nothing compared: $(cat err)"
done
grep -qE 'differences +no difference in [1-9][0-9]* of [78][0-9][0-9] runs' out || fail "a part of a pass: $(cat out)"

# The answer is not written over what is read, by whatever name.
ln g link
expect 2 "--output 'g' is what is read, 'g'" golden verify -o g g -x unicorn
expect 2 "--output 'link' is what is read, 'g'" golden verify -o link i g -x unicorn
cmp -s g link || fail 'the record was written over'
shows 'the same as recorded' golden verify g -x unicorn

# Several: all are read before the first runs, and each has its answer.
expect 2 "'cut' is damaged or cut short" golden verify g cut -x unicorn
run golden verify g h -x unicorn -f json
[ "$(grep -c '"same":true' out)" -eq 2 ] || fail "two records: $(cat out err)"
expect 2 '--loop has no end' golden verify g h -x unicorn --loop

# interrupt SECONDS ARGUMENT...: SIGINT behind so many.
interrupt() {
    local seconds=$1
    shift
    status=0
    "$RINGPROBE" "$@" >out 2>err &
    local pid=$!
    sleep "$seconds"
    kill -INT "$pid"
    wait "$pid" || status=$?
}
set -m # else what runs in the background ignores SIGINT
for seconds in 2 8 20; do
    interrupt "$seconds" golden verify g -q -x unicorn -j1 --max-rate 20 -f json
    [ "$status" -eq 130 ] || fail "SIGINT exits with $status: $(cat err)"
    grep -q '"held":0' out || break
done
grep -q '"kind":"summary","record":"g","same":null,"complete":false,"held":[1-9]' out || fail "SIGINT leaves no answer: $(cat out err)"
for seconds in 2 8 20; do
    interrupt "$seconds" golden verify i -q -x unicorn -j1 --loop
    grep -q '0 whole passes' out || break
done
[ "$status" -eq 0 ] || fail "SIGINT ends a loop with $status: $(cat err)"
grep -q 'differences *0: the same as recorded' out || fail "SIGINT ends a loop with: $(cat out err)"
set +m

# An executor that does otherwise, and has no real mode: what it can't hold is no part of the answer.
"$RINGPROBE" golden record -q -x unicorn -m real16 --limit 20 -o real
run golden verify g -x native -f json
if grep -q 'can.t run here\|native is not built' err; then
    echo 'native cannot run here: executors are not compared'
else
    [ "$status" -le 1 ] || fail "a record of Unicorn on native: $(cat err)"
    grep -q '"declared":"unheld"' out || fail 'real16 of Unicorn is held by native'
    grep '"declared":"' out | grep '"replay":"' && fail 'what is declared has a line for replay'
    run golden verify real -x native
    [ "$status" -eq 2 ] || fail "a record of which nothing is held exits with $status: $(cat err)"
    grep -q 'unknown: 0 of [1-9][0-9]* runs compared' out || fail "nothing held: $(cat out)"
    grep -q "^ringprobe: no run of 'real' was compared" err || fail "nothing held: $(cat err)"
fi
finish
