/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a signal says of a run, copied while its frame cannot be overwritten: entry.S leaves the signal stack
 * right behind, and the next one begins at the same place. Compiled for general registers only, because the
 * host that the timer interrupts must find its vectors as they were. */
#include "native/runner/runner.h"
#include "x86/vector.h"

#include <asm/errno.h>
#include <asm/sigcontext.h>
#include <asm/signal.h>
#include <asm/ucontext.h>

#define INT80_LENGTH 2

volatile uint32_t rp_native_ticked;

static bool in_host(const struct sigcontext_64 *c)
{
    return c->cs == RP_NATIVE_CS64 && c->ip >= (uint64_t)__executable_start && c->ip < (uint64_t)etext;
}

static void copy_registers(const struct sigcontext_64 *c)
{
    const uint64_t reg[RP_REG_RFLAGS + 1] = {c->ax,  c->cx,  c->dx,  c->bx,  c->sp,  c->bp,
                                             c->si,  c->di,  c->r8,  c->r9,  c->r10, c->r11,
                                             c->r12, c->r13, c->r14, c->r15, c->ip,  c->flags};
    for (unsigned i = 0; i <= RP_REG_RFLAGS; i++)
        rp_native_back.reg[i] = reg[i];
}

/* The frame has the standard format (SDM Vol. 1 13.4), as wide as the kernel lets a program see. */
static void copy_area(const struct sigcontext_64 *c)
{
    const void *from = (const void *)c->fpstate;
    void *to = rp_native_back.area;
    uint64_t words = rp_native_shared->layout.size / 8;
    __asm__ volatile("rep movsq" : "+S"(from), "+D"(to), "+c"(words) : : "memory");
}

/* A program that has denied itself key 0 by WRPKRU faults where it leaves: at the first store. That is a
 * jump. */
static bool left_without_rights(const struct sigcontext_64 *c)
{
    return c->ip == (uint64_t)rp_native_exit && c->trapno == RP_VECTOR_PF;
}

/* A tick comes once and the next run asks for another: a periodic one can come again before the signal stack
 * is left, and again, until that is full ("overflowed sigaltstack", and SIGSEGV that nothing can catch). That
 * takes a process kept from the CPU there, or a period of 20 us, with which it happens at once. So a run must
 * not begin once it has come, and one that is being entered or left is over too: what interrupts the host
 * elsewhere goes on. */
static bool tick(const struct sigcontext_64 *c)
{
    rp_native_ticked = 1;
    if (in_host(c) && !rp_native_back.inside)
        return false;
    rp_native_back.end = END_TICK;
    return true;
}

/* True if the run is over; false: the host goes on. Called by entry.S on the signal stack. */
bool rp_native_signal(int signal, const void *info, struct ucontext *context);
bool rp_native_signal(int signal, const void *info, struct ucontext *context)
{
    struct sigcontext_64 *c = (struct sigcontext_64 *)&context->uc_mcontext;
    struct back *back = &rp_native_back;
    (void)info;
    if (signal == SIGALRM)
        return tick(c);
    if (c->ip == (uint64_t)rp_native_int80) { /* the kernel has no 32-bit calls */
        c->ip += INT80_LENGTH;
        c->ax = (uint64_t)-ENOSYS;
        return false;
    }
    if (back->entry == 0) /* outside of a run: a mistake of ours */
        rp_native_leave();
    copy_registers(c);
    if (!back->brief)
        copy_area(c);
    back->end = left_without_rights(c) ? END_JUMP : END_SIGNAL;
    back->signal = signal;
    back->vector = (uint32_t)c->trapno;
    back->error_code = (uint32_t)c->err;
    back->cr2 = c->cr2;
    back->cs = c->cs;
    back->ss = c->ss;
    return true;
}
