#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The campaign of the whole form space in seven modes: how large it is, and that its canonical report is small enough to
# be kept beside sources, and that a report of it does not hold all verdicts in memory.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
run scan -q -m all -o all.db --report all.canonical
[ "$status" -eq 0 ] || fail "scan: $(cat err)"
cat err
size=$(stat -c %s all.db) canonical=$(stat -c %s all.canonical)
echo "$size bytes, $((size >> 20)) MiB; canonical: $canonical bytes"
[ "$size" -le $((100 << 20)) ] || fail 'the campaign is larger than 100 MiB'
[ "$canonical" -le $((4 << 20)) ] || fail 'the canonical report is larger than 4 MiB'
# The report of a campaign reads its verdicts from the file: what it takes grows with what there is to tell.
for format in text json canonical; do
    peak=$(python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)' "$RINGPROBE" report all.db -f "$format")
    echo "report -f $format: $peak MiB"
    [ "$peak" -le 96 ] || fail "the report as $format takes $peak MiB"
done
run report all.db -f canonical
cmp out all.canonical || fail 'the report of the campaign is not that of the scan'
finish
