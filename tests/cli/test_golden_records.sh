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
shows '^\*\*differences\*\*|differences.*0' golden verify g -x unicorn -f markdown
run golden verify g -x unicorn -f json
[ "$status" -eq 0 ] || fail "verify exits with $status"
[ "$(wc -l <out)" -eq 1 ] || fail 'a summary is not all there is to say'
grep -q '^{"schema":"ringprobe.golden/1","kind":"summary","record":"g","same":true,' out || fail 'no summary'
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
expect 2 "version '9', this program reads 1; record it again" golden verify version -x unicorn
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

# An executor that does otherwise: real mode's AAM 0 and the like; each line makes its run again.
status=0
"$RINGPROBE" golden verify g -x native -f json >out 2>err || status=$?
if grep -q 'can.t run here\|native is not built' err; then
    echo 'native cannot run here: executors are not compared'
else
    [ "$status" -le 1 ] || fail "a record of Unicorn on native: $(cat err)"
    grep -q '"declared":"unheld"' out || fail 'real16 of Unicorn is held by native'
fi
finish
