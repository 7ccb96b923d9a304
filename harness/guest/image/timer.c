/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guard: PIT channel 0 through the I/O APIC, as NMI, so that no IF and no priority of a test keeps it
 * out. COM1's interrupt, which ends the wait for an order, is an NMI too: nothing maskable is left that could
 * come into a test. Intel 8254, 82093AA and SDM Vol. 3A 10.4, 10.5. */
#include "guest/image/cpu.h"
#include "guest/image/image.h"

#define PIT_HZ  1193182
#define TICK_HZ 250

#define IO_APIC      0xfec00000
#define LOCAL_APIC   0xfee00000
#define LVT_LINT0    0x350
#define LVT_MASKED   0x10000
#define SPURIOUS     0xf0
#define SPURIOUS_ON  0x1ff
#define DELIVER_NMI  0x400
#define PIN_PIT      2 /* where an ISA machine's IRQ 0 arrives (ACPI 5.2.12.5) */
#define PIN_COM1     4
#define PORT_PIT     0x40
#define PORT_PIT_CTL 0x43
#define PORT_PIC     0x21
#define PORT_PIC2    0xa1

static volatile uint32_t *at(uint32_t address)
{
    return (volatile uint32_t *)(unsigned long)address;
}

static void redirect(unsigned pin, uint32_t low, uint32_t high)
{
    *at(IO_APIC) = 0x10 + 2 * pin + 1;
    *at(IO_APIC + 0x10) = high;
    *at(IO_APIC) = 0x10 + 2 * pin;
    *at(IO_APIC + 0x10) = low;
}

/* Also between orders: a test may have written its ports. */
void rp_guest_timer_set(void)
{
    rp_guest_out(PORT_PIT_CTL, 0x34); /* channel 0, both bytes, rate generator */
    rp_guest_out(PORT_PIT, (PIT_HZ / TICK_HZ) & 0xff);
    rp_guest_out(PORT_PIT, (PIT_HZ / TICK_HZ) >> 8);
}

/* Needs the boot root, which maps the devices, and vectors: firmware has left the timer ticking. */
void rp_guest_timer_open(void)
{
    rp_guest_timer_set();
    rp_guest_out(PORT_PIC, 0xff);
    rp_guest_out(PORT_PIC2, 0xff);
    *at(LOCAL_APIC + SPURIOUS) = SPURIOUS_ON;
    *at(LOCAL_APIC + LVT_LINT0) = LVT_MASKED;
    uint32_t self = *at(LOCAL_APIC + 0x20) & 0xff000000;
    redirect(PIN_COM1, DELIVER_NMI, self);
    redirect(PIN_PIT, DELIVER_NMI, self);
}
