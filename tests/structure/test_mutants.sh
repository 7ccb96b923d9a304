#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each mutant applies to the tree as it is and names a test that exists, and each room has three of them. Whether
# tests notice them is shown by tests/mutants/run, which takes longer.
set -eu
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

for patch in tests/mutants/*.patch; do
    IFS=: read -r test why <"$patch"
    [ -n "$why" ] || complain "$patch: its first line is not 'TEST: what must be noticed'"
    git apply --check "$patch" || complain "$patch: does not apply; make it again (CONTRIBUTING.md)"
    compgen -G "tests/${test%%/*}/*_${test#*/}.*" >/dev/null || complain "$patch: no test '$test'"
done
for room in src/*/ harness/*/; do
    name=$(basename "$room")
    count=$(find tests/mutants -name "$name-*.patch" | wc -l)
    [ "$count" -ge 3 ] || complain "tests/mutants: $count of $room, not three"
done
finish
