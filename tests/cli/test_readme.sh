#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The session that README.md shows is one: each line of it comes, in this order, from the command above it.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$RP_SOURCE/tests/cli/lib.sh"

awk '/^\$ ringprobe probe popf$/ { on = 1; next } on && /^(```|\.\.\.)$/ { exit } on' "$RP_SOURCE/README.md" >shown
[ "$(wc -l <shown)" -ge 20 ] || fail "README.md shows no session of probe popf: $(head -n 3 shown)"
run probe popf
[ "$status" -eq 0 ] || fail "exit status $status"
head -n "$(wc -l <shown)" out | diff shown - >differ || fail "README.md shows another: $(cat differ)"
finish
