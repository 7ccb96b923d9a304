#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A control bit is added in one row of resources.def: UMIP's row is the only place in src that knows its number,
# or anything about it.
set -eu
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/../structure/lib.sh"

grep -rniE '\bumip|_umip' --include='*.[chS]' --include='*.def' src | grep -vE '^src/state/resources\.def:|:[^:]*/?\*.*"' |
    complain_all 'only src/state/resources.def may know UMIP'
grep -rnE '\b1(u|ul|ull)? *<< *11\b|BIT\(11\)|UINT64_C\(0x800\)' src |
    complain_all 'bit 11 by number: is it CR4.UMIP?'
[ "$(grep -c 'RP_BITS(CR4, 11, 1)' src/state/resources.def)" = 1 ] || complain 'UMIP has not exactly one row'
finish
