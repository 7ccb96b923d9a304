#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A campaign that breaks between the scan and what is made of it: one line and exit status 2, whatever was asked for, and
# no verdict that nobody reached.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
small=(-x unicorn -m prot32 --limit 300 --progress never)

# Cuts the file off when verdicts are about to be read a second time, which is after the scan has counted them.
cat >break.c <<'TXT'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>
int sqlite3_step(sqlite3_stmt *statement)
{
    static const char verdicts[] = "SELECT * FROM verdict WHERE";
    static int rows, passes;
    int (*step)(sqlite3_stmt *) = (int (*)(sqlite3_stmt *))dlsym(RTLD_NEXT, "sqlite3_step");
    const char *sql = sqlite3_sql(statement);
    if (!sql || strncmp(sql, verdicts, sizeof verdicts - 1) != 0)
        return step(statement);
    if (passes == 1 && truncate(sqlite3_db_filename(sqlite3_db_handle(statement), "main"), 4096) == 0) {
        sqlite3_db_release_memory(sqlite3_db_handle(statement));
        passes++;
        (void)!write(9, "broken\n", 7);
    }
    int code = step(statement);
    rows += code == SQLITE_ROW;
    passes += code == SQLITE_DONE && rows > 0;
    return code;
}
TXT
"${CC:-cc}" -shared -fPIC -o break.so break.c || { fail 'the fault does not compile'; finish; }

"$RINGPROBE" scan "${small[@]}" -f baseline >base.json 2>err || fail "undisturbed: $(cat err)"
# breaks ARGUMENT...: a scan whose file breaks.
breaks() {
    status=0
    rm -f c.db
    env LD_PRELOAD="$work/break.so" ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" "$RINGPROBE" scan \
        "${small[@]}" -o c.db "$@" >out 2>err 9>broken || status=$?
    [ -s broken ] || fail "'$*': nothing broke, and this shows nothing"
    [ "$status" -eq 2 ] || fail "'$*': exit status $status: $(head -c 300 err)"
    grep -q "^ringprobe: .*'c.db'" err || fail "'$*': no line about the campaign: $(cat err)"
    [ ! -s out ] || fail "'$*': an answer: $(head -c 300 out)"
}
breaks -f json
breaks -f text
breaks -q --baseline base.json
breaks -q --report r.md
[ ! -e r.md ] || fail 'a report of what could not be read'
finish
