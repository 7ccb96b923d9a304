/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contract between a driver (harness/qemu, harness/bochs) and the guest image. Freestanding.
 *
 * Start. The driver lays the image at RP_GUEST_IMAGE in zeroed memory and starts it as multiboot does: 32-bit
 * protected mode without paging, flat segments. The image sets `ready` to its version, rings, and waits.
 *
 * An order. The driver writes slots, jobs 0 to `count` - 1 and `first`, counts `ordered` up, then rings (as
 * `bell` says). The image makes the jobs from `first` on, sets `current` before each and `done` behind it,
 * sets `answered` to `ordered` once all are done or no room is left for the changes of one more, and rings
 * back. Slots are written by the driver between orders, everything else by who is named here.
 *
 * A death, seen from outside: a triple fault or an error of the emulator ends its process. `current` is the
 * job in flight; if it is not below `done`, that job took the guest with it. A hang: the image's own timer
 * (PIT through the I/O APIC, as NMI) ends a run that takes longer than RP_GUEST_TICKS_HUNG ticks; where a
 * test has broken that, `beat` stands still. A test of ring 0 may overwrite the image: the driver compares
 * its constant part after each order, or the page-table entries by which alone a test can have reached it. */
#ifndef RP_HARNESS_GUEST_CONTRACT_H
#define RP_HARNESS_GUEST_CONTRACT_H

#include "executor/outcome.h"
#include "guest/area.h"
#include "guest/places.h"
#include "state/component.h"
#include "state/prestate.h"
#include "x86/encoding.h"

#define RP_GUEST_VERSION 0x52500001
#define RP_GUEST_JOBS    1024
#define RP_GUEST_SLOTS   8192
#define RP_GUEST_CHANGES 131072
/* What one run may change in memory. */
#define RP_GUEST_CHANGES_EACH RP_IMAGE_WORDS
/* Words of registers but x87's, up to where the area of these has to begin. */
#define RP_GUEST_AFTER_WORDS 88
/* A tick of 4 ms ends a run, which is made again: so often in a row, then it hangs. One would do on a machine
 * of one's own; on a busy one the guest is kept from the CPU for longer than a tick. */
#define RP_GUEST_TICKS_HUNG 8

struct rp_guest_job {
    struct rp_encoding encoding;
    uint32_t slot;
    uint32_t looked_at; /* RP_GUEST_LOOKED_AT... */
    uint32_t operand;   /* where real mode's LMSW, or long mode's LTR, finds what it loads */
    /* Of the words of the slot of serial `behind`, those that this job's has no other value for; 0: no slot.
     * The driver's job before is of that one, so that the image need not take back what it overwrites. */
    uint32_t behind, stale;
};

#define RP_GUEST_NO_OPERAND UINT32_MAX /* it is another instruction, loads a register, or traps */

/* Whether the image looks, where no dirty bit tells, at what a run may have written (guest/quiet.h). Where it
 * does not, the driver does so once for the order, see `kept`. */
#define RP_GUEST_NOT_LOOKED_AT    0 /* the decoder knows the encoding, and of no store */
#define RP_GUEST_LOOKED_AT_BUT_UD 1 /* unless it is #UD; and not beyond real mode's windows */
#define RP_GUEST_LOOKED_AT        2

/* `size` bytes at the physical address `address` have to be those at `like`, 0: zeroes. */
struct rp_guest_kept {
    uint32_t address, size, like;
};
#define RP_GUEST_KEPT       6
#define RP_GUEST_KEPT_PAGED 2 /* those of them that other modes than real mode reach so */

/* What a result has besides memory. */
#define RP_GUEST_SAVED_NOTHING 0
#define RP_GUEST_SAVED_COMMON  1 /* registers, x87, SSE, AVX */
#define RP_GUEST_SAVED_ALL     2 /* AVX-512 too */

struct rp_guest_result {
    uint8_t kind; /* enum rp_outcome_kind */
    uint8_t vector, gate, length;
    uint8_t has_error_code;
    uint8_t saved; /* RP_GUEST_SAVED_... */
    uint8_t unused[2];
    uint32_t error_code;
    uint32_t first, count; /* of `change` */
    uint32_t unused_2;
    uint64_t cr2;
};

/* Registers as a run has left them: the image stores them as they come, since an emulator takes far longer to
 * compare than this machine. */
struct rp_guest_after {
    uint64_t reg[RP_GUEST_AFTER_WORDS]; /* of the first RP_REG_FCW those that it can read */
    struct rp_guest_area area;
};

/* A word of memory: where it stands in the arena and in what the image keeps of it (guest/gate.h). */
struct rp_guest_word {
    uint32_t address, offset;
    uint64_t value;
};

/* A pre-state, ready to be loaded (guest/slot.c). */
#define RP_GUEST_SEGMENTS 6
struct rp_guest_slot {
    uint32_t serial;   /* another one means: other contents */
    uint32_t extended; /* the same one means: the same x87 and vector registers; 0: nobody knows */
    uint32_t mode, ring;
    uint64_t segment[RP_GUEST_SEGMENTS], ldtr, tr; /* descriptors, of the hidden parts */
    uint32_t place[RP_GUEST_SEGMENTS];             /* of `segment` in the image's GDT and, behind it, LDT */
    struct rp_state state;
    uint32_t count, unused;
    struct rp_guest_word word[RP_MEMORY_WORDS_MAX]; /* ascending by address */
};

struct rp_guest_shared {
    volatile uint32_t ready;
    uint32_t bits; /* 32 or 64: which image it is */
    /* The driver's word: this CPU takes illegal values of control registers, and does not look at limits of
     * segments. */
    uint32_t unchecked;
    uint32_t bell; /* its word too: how it rings, RP_GUEST_BELL_... */
    uint32_t first, count;
    volatile uint32_t ordered, answered;
    volatile uint32_t current, done;
    volatile uint64_t beat;
    uint64_t lacks[RP_REG_COUNT]; /* bits of registers that this CPU does not have, from the start on */
    uint32_t changes;
    uint32_t ticks;    /* taken in tests, since the start */
    uint64_t panic[3]; /* the image has failed: 1 + vector, RIP, error code; 0: it has not */
    /* What holds behind jobs that were not looked at. If it does not hold, or the image has counted `strayed`
     * up, one has written that was not looked at: the order is given once more, all of them looked at, with
     * `strayed` set, by which the image knows that memory has to be put in order first. */
    struct rp_guest_kept kept[RP_GUEST_KEPT];
    uint32_t strayed;
    struct rp_guest_kept constant; /* the image's word: where these entries stand, with all pages clean */
    /* Its word too: bytes from one of `after` to the next, of which what AVX-512 would have at its end is
     * left out where the CPU has none. */
    uint32_t after_size;
    uint32_t
        stack0; /* its word too: where the stack ends on which vectors from ring 3 come in, legacy modes */
    struct rp_guest_job job[RP_GUEST_JOBS];
    struct rp_guest_result result[RP_GUEST_JOBS];
    struct rp_change change[RP_GUEST_CHANGES];
    struct rp_guest_after after[RP_GUEST_JOBS];
    struct rp_guest_slot slot[RP_GUEST_SLOTS];
};

/* What job `number` has left. */
static inline struct rp_guest_after *rp_guest_after(struct rp_guest_shared *shared, uint32_t number)
{
    return (struct rp_guest_after *)(void *)((unsigned char *)shared->after +
                                             (size_t)number * shared->after_size);
}

/* Both images and the driver agree about these. */
_Static_assert(offsetof(struct rp_guest_result, cr2) == 24, "the layout of 32-bit code");
_Static_assert(offsetof(struct rp_guest_shared, lacks) == 48, "the layout of 32-bit code");
_Static_assert(offsetof(struct rp_guest_word, value) == 8, "the layout of 32-bit code");
_Static_assert(offsetof(struct rp_guest_slot, segment) == 16, "the layout of 32-bit code");
_Static_assert(RP_GUEST_AFTER_WORDS >= RP_REG_FCW, "all that is read has a place");
_Static_assert(offsetof(struct rp_guest_shared, after) % RP_GUEST_AREA_ALIGNED == 0 &&
                   offsetof(struct rp_guest_after, area) % RP_GUEST_AREA_ALIGNED == 0,
               "XSAVE wants that");
_Static_assert(RP_GUEST_SHARED_SIZE / sizeof(struct rp_guest_shared) == 1, "it fits its place");

#endif
