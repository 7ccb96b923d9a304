/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One Bochs with one guest image in it: started, asked, watched over, started again. Private to
 * harness/bochs.
 *
 * The guest's memory is Bochs' own. What guest and driver share is mirrored here: an order's slots and jobs
 * are copied in before it, its results out behind it; so is the constant part of the image, where a page of
 * it is dirty. A guest that shuts down (triple fault) resets the CPU, at which Bochs stops with its memory as
 * it is, so that `current` names the culprit and the ROM starts the image anew. Where Bochs itself ends, its
 * memory is gone with all that the order has done: nothing of it can be trusted.
 */
#ifndef RP_HARNESS_BOCHS_PROCESS_H
#define RP_HARNESS_BOCHS_PROCESS_H

#include "bochs/debugger.h"
#include "bochs/memory.h"
#include "guest/face.h"

#define RP_BOCHS_MODEL     "tigerlake" /* AVX-512, CET, PKU */
#define RP_BOCHS_MODEL_MAX 48

struct rp_bochs_process {
    struct rp_guest_image image;
    unsigned char *copy;           /* of its constant part, as it stands in the guest */
    struct rp_guest_kept constant; /* where its page-table entries are */
    unsigned char entries[512];    /* which are these as long as no page of it is dirty */
    unsigned char now[512];        /* and these behind the last order */
    uint32_t after_size;           /* as the guest said when it was started */
    struct rp_guest_shared *shared;
    struct rp_bochs_debugger debugger;
    struct rp_bochs_memory memory;
    struct rp_bochs_parts parts;
    bool reset;                       /* it stands before a new start */
    bool lost;                        /* what the last order did */
    uint32_t written[RP_GUEST_SLOTS]; /* serials of slots that the guest has; 0: none */
};

/* What struct rp_guest_driver (guest/face.h) says of them; `opaque` is a struct rp_bochs_process. */
int rp_bochs_process_open(void *opaque, enum rp_guest_kind kind, const char *model, struct rp_error *error);
void rp_bochs_process_close(void *opaque);
int rp_bochs_process_restart(void *opaque, struct rp_error *error);
enum rp_guest_end rp_bochs_process_order(void *opaque, int *signal);
bool rp_bochs_process_intact(void *opaque);

#endif
