/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One QEMU with one guest image in it (guest/supervisor.h). Private to harness/qemu.
 *
 * The guest's COM1 is the doorbell, on descriptors 0 and 1; 3 is the memory file that is the guest's RAM, 4
 * the image. It has no other device that leads out; it exits by itself when the guest has shut down (triple
 * fault), by a signal when QEMU itself has failed. */
#ifndef RP_HARNESS_QEMU_PROCESS_H
#define RP_HARNESS_QEMU_PROCESS_H

#include "guest/face.h"
#include "guest/supervisor.h"

#define RP_QEMU_PROGRAM "qemu-system-x86_64"
#define RP_QEMU_MODEL   "max" /* all that the emulator can do */

/* "qemu 7.2.22, -cpu max", as the program says; static storage. */
const char *rp_qemu_version(void);

struct rp_qemu_process {
    struct rp_guest_image image;
    char model[64];        /* of -cpu */
    unsigned char *memory; /* the guest's, from address 0; NULL: not open */
    struct rp_guest_shared *shared;
    struct rp_guest_child child;
};

/* What struct rp_guest_driver (guest/face.h) says of them; `opaque` is a struct rp_qemu_process.
 * Starts QEMU and waits until its guest is ready. RP_EENVIRONMENT: it can't run here, the line says why. */
int rp_qemu_process_open(void *opaque, enum rp_guest_kind kind, const char *model, struct rp_error *error);
void rp_qemu_process_close(void *opaque); /* one that is not open is fine */

/* Starts another one in place of the one that ended or runs; slots and jobs are kept. */
int rp_qemu_process_restart(void *opaque, struct rp_error *error);

/* Lets the guest make jobs shared->first to shared->count - 1. Behind anything but ANSWERED no QEMU runs. */
enum rp_guest_end rp_qemu_process_order(void *opaque, int *signal);

bool rp_qemu_process_intact(void *opaque);

#endif
