#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The campaign of the whole form space in seven modes: how large it is, and that its canonical report is small enough to
# be kept beside sources.
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
run report all.db -f canonical
cmp out all.canonical || fail 'the report of the campaign is not that of the scan'
finish
