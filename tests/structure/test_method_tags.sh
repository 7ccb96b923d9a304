#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each tag that METHOD.md defines (- `M-NAME` ...) is cited by code under src and by a test, and none is cited
# that METHOD.md does not define.
set -eu
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"
method=src/judge/METHOD.md
[ -e $method ] || { echo "no $method yet"; exit 77; }

# shellcheck disable=SC2016 # the back-quotes are Markdown's
defined=$(sed -n 's/^- `\(M-[A-Z]*\)`.*/\1/p' $method | sort -u)
[ -n "$defined" ] || complain "$method: defines no tag"
cited() {
    grep -rhoE --include='*.[chS]' --include='*.def' '\bM-[A-Z]{3,}\b' "$@" | sort -u
}
comm -23 <(echo "$defined") <(cited src) | complain_all 'no code under src cites it'
comm -23 <(echo "$defined") <(cited tests) | complain_all 'no test cites it'
comm -13 <(echo "$defined") <(cited src harness tests) | complain_all "cited, but $method does not define it"
finish
