#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A record of Unicorn, verified on this CPU, has the divergences that a scan with both finds: of each instruction
# in the same class of cell, for which no limit accounts; and what it declares is what a scan leaves out.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

"$RINGPROBE" scan -q -x unicorn,native -m long64 --limit 3000 -o c.db 2>err || {
    grep -E 'native|long64' err && exit 77
    fail "no scan: $(cat err)"
}
"$RINGPROBE" report -f json -o scan.json c.db
"$RINGPROBE" golden record -q -x unicorn -m long64 --limit 3000 --seeds 32 -o u.gold
run golden verify -q -x native -f json u.gold
[ "$status" -eq 1 ] || fail "verify exits with $status: $(cat err)"
python3 - <<'PYTHON' || failures=$((failures + 1))
import json
import re

def class_of(name):
    if re.fullmatch(r'(st|zmm)\d.*|k\d', name):
        return 'x87 registers' if name.startswith('st') else 'vector registers'
    if re.match(r'(data|stack)\+', name):
        return 'memory'
    return 'general registers' if re.fullmatch(r'r([a-ds][ixp]|[abcd]x|\d+|[sb]p)', name) else name.replace('_', ' ')

scan = {(name.split()[0], d['class']) for d in json.load(open('scan.json'))['divergences'] if not d['known']
        for name in d['instructions']}
golden, replays = set(), {}
for line in open('out'):
    d = json.loads(line)
    if d['kind'] == 'difference' and d['declared'] is None:
        for cell in d['cells']:
            golden.add((d['mnemonic'], class_of(cell['component'])))
        replays.setdefault((d['mnemonic'], d['cells'][0]['component']), d['replay'])
missing, more = sorted(scan - golden), sorted(golden - scan)
if missing or len(scan) < 20:
    print('FAIL the scan has', len(scan), 'divergences, of which the record lacks', missing)
if len(more) > len(scan) // 20:
    print('FAIL the scan has not', more)
open('replays', 'w').write('\n'.join(list(filter(None, replays.values()))[::25]) + '\n')
raise SystemExit(bool(missing) or len(scan) < 20 or len(more) > len(scan) // 20)
PYTHON
run replay - <replays
[ "$status" -eq 0 ] || fail "a line does not make its run again: $(grep -m 3 'does not reproduce' out)"
finish
