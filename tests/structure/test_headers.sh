#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each header compiles by itself, and twice in one file.
set -eu
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

# Without -Wmissing-prototypes and -Wunused: a header by itself uses little of what it declares.
compile() {
    printf '#include "%s"\n#include "%s"\n' "$PWD/$1" "$PWD/$1" |
        "${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -DRP_FRONT_END -Wall -Wextra -Wstrict-prototypes -Wno-unused -Werror \
            -include src/base/banned.h -iquote src -iquote harness -iquote tests -fsyntax-only -x c - 2>&1 |
        grep -E 'error|Error' | sed "s,^,$1: ,"
}
export -f compile
# shellcheck disable=SC2016 # the inner shell expands
find src harness tests -name '*.h' -print0 | xargs -0 -n 1 -P "$(nproc)" bash -c 'compile "$1" || true' _ |
    complain_all 'a header must compile by itself'
finish
