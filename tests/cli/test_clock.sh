#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A calendar that goes backwards, an hour with each look: scans end, go on, merge, and find the same; a budget of
# seconds counts seconds that passed.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
small=(-q -m 'prot32,real16' --limit 300)

cat >clock.c <<'TXT'
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static atomic_long looks;
static long calendar(void)
{
    long n = ++looks;
    if (n == 1)
        (void)!write(9, "looked\n", 7);
    return 1900000000 - 3600 * n;
}
time_t time(time_t *t)
{
    long now = calendar();
    if (t)
        *t = now;
    return now;
}
int clock_gettime(clockid_t clock, struct timespec *t)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)
        return (int)syscall(SYS_clock_gettime, clock, t);
    *t = (struct timespec){.tv_sec = calendar()};
    return 0;
}
int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
    (void)zone;
    *t = (struct timeval){.tv_sec = calendar()};
    return 0;
}
TXT
"${CC:-cc}" -shared -fPIC -o clock.so clock.c || { fail 'the clock does not compile'; finish; }

# backwards ARGUMENT...: the program under that clock, which must have been looked at.
backwards() {
    status=0
    : >looks
    env LD_PRELOAD="$work/clock.so" ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" "$RINGPROBE" "$@" \
        >out 2>err 9>looks || status=$?
    [ "$status" -eq 0 ] || fail "'$*': exit status $status: $(head -c 300 err)"
}

"$RINGPROBE" scan "${small[@]}" -o whole.db --report whole.canonical 2>err || fail "undisturbed: $(cat err)"
backwards scan "${small[@]}" -o c.db --runs 5000
[ -s looks ] || fail 'nobody looked at the calendar: this test shows nothing'
"$RINGPROBE" report c.db -f canonical >half.canonical
! cmp -s half.canonical whole.canonical || fail 'the budget ended nothing'
backwards scan "${small[@]}" -o c.db --time 600
cmp <("$RINGPROBE" report c.db -f canonical) whole.canonical || fail 'another calendar, other verdicts'
backwards report c.db -f canonical
cmp out whole.canonical || fail 'the report depends on the calendar'
for i in 0 1; do
    backwards scan "${small[@]}" --shard $i/2 -o s$i.db
done
backwards merge -o m.db s1.db s0.db
cmp <("$RINGPROBE" report m.db -f canonical) whole.canonical || fail 'merged backwards'
finish
