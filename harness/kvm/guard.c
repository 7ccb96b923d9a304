/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timer and its handler; see guard.h. */
#include "kvm/guard.h"

#include <errno.h>
#include <linux/kvm.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TICK_NANOSECONDS 50000000
#define GUARD_SIGNAL     (SIGRTMIN + 4)

/* One a process; the handler reads what the thread wrote. */
static struct {
    unsigned users;
    timer_t timer;
    struct sigaction before;
    struct kvm_run *volatile run;
    volatile sig_atomic_t ticks; /* that this run has seen */
} guard;

static void on_tick(int number)
{
    (void)number;
    if (guard.run && ++guard.ticks >= 2)
        guard.run->immediate_exit = 1;
}

static void set_timer(long nanoseconds)
{
    struct itimerspec time = {.it_interval.tv_nsec = nanoseconds, .it_value.tv_nsec = nanoseconds};
    timer_settime(guard.timer, 0, &time, NULL);
}

int rp_kvm_guard_open(struct rp_error *error)
{
    if (guard.users++)
        return RP_OK;
    struct sigaction action = {.sa_handler = on_tick};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = GUARD_SIGNAL};
    event._sigev_un._tid = gettid();
    sigemptyset(&action.sa_mask);
    sigaction(GUARD_SIGNAL, &action, &guard.before);
    if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &guard.timer) == 0)
        return RP_OK;
    int cause = errno;
    sigaction(GUARD_SIGNAL, &guard.before, NULL);
    guard.users--;
    return rp_error_system(error, cause, "no timer for kvm's hang guard");
}

void rp_kvm_guard_close(void)
{
    if (--guard.users)
        return;
    timer_delete(guard.timer);
    sigaction(GUARD_SIGNAL, &guard.before, NULL);
}

void rp_kvm_guard_start(void)
{
    set_timer(TICK_NANOSECONDS);
}

void rp_kvm_guard_stop(void)
{
    set_timer(0);
    guard.run = NULL;
}

void rp_kvm_guard_watch(struct kvm_run *run)
{
    guard.ticks = 0;
    run->immediate_exit = 0;
    guard.run = run;
}

bool rp_kvm_guard_expired(void)
{
    return guard.ticks >= 2;
}
