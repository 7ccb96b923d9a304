#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A banned function is a compile error, called or taken by its address; exit and getenv only outside the front
# end. Also: STYLE's list is banned in full.
set -eu
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

# compile NAME OPTION...: a file that uses the function, with what the build gives each C file.
compile() {
    local name=$1
    shift
    printf '%s\n' '#include <stdio.h>' '#include <stdlib.h>' '#include <string.h>' '#include <time.h>' \
        'extern void *p;' 'void *p;' 'void use(void);' "void use(void) { p = (void *)$name; }" |
        "${CC:-cc}" -std=gnu17 -O2 -D_GNU_SOURCE -Wall -Werror "$@" -include src/base/banned.h -fsyntax-only -x c - 2>&1
}
banned=$(awk '/ RP_BANNED\(/ && !/define/ { sub(/\(.*/, ""); sub(/.*[ *]/, ""); print }' src/base/banned.h | xargs)
for name in exit getenv rand time sprintf strcpy atoi; do
    [[ " $banned " == *" $name "* ]] || complain "src/base/banned.h: $name is not banned"
done
for name in $banned; do
    if output=$(compile "$name"); then
        complain "$name compiles"
    elif ! grep -q "banned: " <<<"$output"; then
        complain "$name fails for another reason: $(grep -m 1 error <<<"$output")"
    fi
done
for name in snprintf strtol; do
    compile $name >/dev/null || complain "$name does not compile, which nobody banned"
done
for name in exit getenv; do
    compile $name -DRP_FRONT_END >/dev/null || complain "$name does not compile in the front end"
done
grep -rnE 'Wno-(error=)?deprecated|diagnostic ignored "-Wdeprecated' CMakeLists.txt CMakePresets.json src harness \
    --include='*.[ch]' --include='CMake*' | complain_all 'lifts the ban'
finish
