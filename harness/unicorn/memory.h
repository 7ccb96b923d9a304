/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest memory of one machine and what should be in it. Unicorn works on `guest`; `expected` is the same
 * memory as the pre-state has it. A hook notes each store, so that after a run only those words are looked
 * at: they become changes and are put back. Nothing else writes guest memory but a page walk that sets A and
 * D, which are preset (tests/unicorn compares all of it). Private to harness/unicorn. */
#ifndef RP_HARNESS_UNICORN_MEMORY_H
#define RP_HARNESS_UNICORN_MEMORY_H

#include "state/component.h"
#include "state/prestate.h"

#define RP_UC_STORES_MAX 512

struct rp_uc_store {
    uint64_t linear;
    uint32_t size;
};

/* A word of the images, as an offset into them. */
struct rp_uc_word {
    uint32_t offset;
    uint64_t value;
};

/* The words of a pre-state, and what it takes to come to them from another one: the same few pre-states
 * follow each other again and again, and two rings of one differ in nothing. */
struct rp_uc_words {
    uint64_t serial; /* no other has it, so that a freed one is never mistaken for another */
    uint32_t count;
    struct rp_uc_word *word; /* ascending */
    uint64_t from;           /* the serial of the one that `step` starts at; 0: none */
    uint32_t step_count, step_capacity;
    struct rp_uc_word *step;
};

struct rp_uc_memory {
    unsigned char *guest, *expected; /* the arena's regions, one behind the other */
    unsigned char *base;             /* as `expected` is without any pre-state's words */
    bool aliases;                    /* paging maps the data thrice more */
    uint32_t store_count;            /* may exceed RP_UC_STORES_MAX: then everything is looked at */
    struct rp_uc_store store[RP_UC_STORES_MAX];
    const struct rp_uc_words *applied; /* whose words stand in it; NULL: nobody's */
    uint64_t last_serial;
    bool code_written, tables_written; /* set by rp_uc_memory_settle */
};

/* Allocates the images and fills them with what `mode` has under every pre-state. RP_EENVIRONMENT: no
 * memory. */
int rp_uc_memory_open(struct rp_uc_memory *memory, enum rp_mode mode, struct rp_error *error);
void rp_uc_memory_close(struct rp_uc_memory *memory);

/* Where the bytes of region `region` of rp_arena_regions stand in the guest's memory. */
void *rp_uc_memory_region(const struct rp_uc_memory *memory, unsigned region);

/* Takes the words of a pre-state; rp_uc_words_free gives them back. RP_EENVIRONMENT: no memory. */
int rp_uc_words_init(struct rp_uc_words *words, struct rp_uc_memory *memory, const struct rp_memory *from,
                     struct rp_error *error);
void rp_uc_words_free(struct rp_uc_words *words, struct rp_uc_memory *memory);

/* Replaces the words of the pre-state applied before by those of `words`, which stays where it is until the
 * next call. RP_EENVIRONMENT: no memory; nothing is replaced. */
int rp_uc_memory_apply(struct rp_uc_memory *memory, struct rp_uc_words *words, struct rp_error *error);

/* Writes `length` bytes at `address`, where no pre-state has words. */
void rp_uc_memory_write(struct rp_uc_memory *memory, uint32_t address, const void *bytes, size_t length);

/* Notes a store of the guest, for the hook. */
static inline void rp_uc_memory_note(struct rp_uc_memory *memory, uint64_t linear, uint32_t size)
{
    uint32_t i = memory->store_count++;
    if (i < RP_UC_STORES_MAX)
        memory->store[i] = (struct rp_uc_store){linear, size};
}

/* Forgets the noted stores after turning them into changes of the compared windows, ascending, and putting
 * every word back, compared or not. `changes` has room for RP_IMAGE_WORDS. Returns how many there are. */
size_t rp_uc_memory_settle(struct rp_uc_memory *memory, struct rp_change *changes);

/* Puts everything back, whoever wrote it: page walks through other tables than the arena's set A and D bits
 * that no hook sees. Takes some 20 us. */
void rp_uc_memory_restore(struct rp_uc_memory *memory);

/* Compares all of the guest's memory with what should be in it; for tests. */
bool rp_uc_memory_clean(const struct rp_uc_memory *memory);

#endif
