/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hosted side of a guest, whoever runs it: the images, and how orders are written and results read in the
 * memory that driver and guest share (guest/contract.h). */
#ifndef RP_HARNESS_GUEST_GUEST_H
#define RP_HARNESS_GUEST_GUEST_H

#include "executor/executor.h"
#include "guest/contract.h"

struct rp_guest_image {
    const unsigned char *bytes;
    size_t size;
    size_t memory;   /* bytes that it takes, zeroes behind `size` */
    size_t constant; /* bytes from the start that no run may change */
};

enum rp_guest_kind {
    RP_GUEST_KIND_LONG,   /* long64, compat32, compat16 */
    RP_GUEST_KIND_LEGACY, /* prot32, prot16, vm86, real16 */
    RP_GUEST_KIND_COUNT,
};

enum rp_guest_kind rp_guest_kind_of(enum rp_mode mode);
struct rp_guest_image rp_guest_image(enum rp_guest_kind kind);

/* True if the constant part of the image is what stands at `memory`, a guest's RP_GUEST_IMAGE. */
bool rp_guest_intact(const struct rp_guest_image *image, const unsigned char *memory);

/* Fills in all of `slot` but its numbers; the guest has to be ready. */
void rp_guest_slot_fill(const struct rp_guest_shared *shared, const struct rp_prestate *prestate,
                        struct rp_guest_slot *slot);

/* Bytes of it that are in use. */
size_t rp_guest_slot_size(const struct rp_guest_slot *slot);

/* For struct rp_guest_job: the words of `last`, at most RP_GUEST_STALE of them, that `next` has none in the
 * place of. */
#define RP_GUEST_STALE 32
uint32_t rp_guest_slot_stale(const struct rp_guest_slot *last, const struct rp_guest_slot *next);

/* Writes the changes of registers that job `number`, which has saved them, has made to its pre-state, and
 * says how many; there is room for RP_GUEST_COMPARED. compare.c. */
#define RP_GUEST_COMPARED (RP_REG_COUNT + RP_VECTOR_WORDS)
size_t rp_guest_compare(struct rp_guest_shared *shared, uint32_t number, struct rp_change *changes);

/* Appends the outcome of job `number`. RP_EENVIRONMENT: no memory. */
int rp_guest_append(struct rp_guest_shared *shared, uint32_t number, enum rp_provenance provenance,
                    struct rp_outcomes *outcomes, struct rp_error *error);

#endif
