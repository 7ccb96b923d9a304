/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transport: how an order is waited for and answered. Orders and answers stand in memory (contract.h); a
 * byte on COM1 tells each side to look there. Another machine needs another one of this file alone. */
#include "guest/image/cpu.h"
#include "guest/image/image.h"

/* 16550 registers. */
enum { DATA = 0, INTERRUPTS = 1, FIFO = 2, LINE = 3, MODEM = 4, STATUS = 5 };
#define RECEIVED  1
#define DTR_RTS_2 0x0b /* OUT2 lets the interrupt out */

static void empty(void)
{
    while (rp_guest_in(RP_GUEST_BELL_PORT + STATUS) & RECEIVED)
        (void)rp_guest_in(RP_GUEST_BELL_PORT + DATA);
}

void rp_guest_bell_open(void)
{
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
    rp_guest_out(RP_GUEST_BELL_PORT + DATA, 1);
}
