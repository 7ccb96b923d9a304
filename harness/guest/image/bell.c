/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transport: how an order is waited for and answered. Orders and answers stand in memory (contract.h);
 * what tells each side to look there is a byte on COM1, or a stop from which the guest is let go on. Another
 * machine needs another one of this file alone. */
#include "guest/image/cpu.h"
#include "guest/image/image.h"

/* 16550 registers. */
enum { DATA = 0, INTERRUPTS = 1, FIFO = 2, LINE = 3, MODEM = 4, STATUS = 5 };
#define RECEIVED  1
#define DTR_RTS_2 0x0b /* OUT2 lets the interrupt out */

static bool stops(void)
{
    return RP_GUEST_SHARED_AT->bell == RP_GUEST_BELL_BREAK;
}

static void empty(void)
{
    while (rp_guest_in(RP_GUEST_BELL_PORT + STATUS) & RECEIVED)
        (void)rp_guest_in(RP_GUEST_BELL_PORT + DATA);
}

void rp_guest_bell_open(void)
{
    if (stops())
        return;
    rp_guest_out(RP_GUEST_BELL_PORT + LINE, 0x80);
    rp_guest_out(RP_GUEST_BELL_PORT + DATA, 1);
    rp_guest_out(RP_GUEST_BELL_PORT + INTERRUPTS, 0);
    rp_guest_out(RP_GUEST_BELL_PORT + LINE, 3);
    rp_guest_out(RP_GUEST_BELL_PORT + FIFO, 1);
    rp_guest_out(RP_GUEST_BELL_PORT + MODEM, DTR_RTS_2);
    empty();
}

/* Emptied before each halt: only the first byte of a queue makes an interrupt. One that arrives between the
 * look and the halt is noticed with the guard's next tick. */
void rp_guest_bell_wait(const struct rp_guest_shared *shared)
{
    if (stops()) {
        while (shared->ordered == shared->answered)
            __asm__ volatile("xchg %%bx, %%bx" : : : "memory");
        return;
    }
    rp_guest_out(RP_GUEST_BELL_PORT + INTERRUPTS, 1);
    for (;;) {
        empty();
        if (shared->ordered != shared->answered)
            break;
        __asm__ volatile("hlt" : : : "memory");
    }
    rp_guest_out(RP_GUEST_BELL_PORT + INTERRUPTS, 0);
}

void rp_guest_bell_ring(void)
{
    if (!stops()) /* the next wait does it */
        rp_guest_out(RP_GUEST_BELL_PORT + DATA, 1);
}
