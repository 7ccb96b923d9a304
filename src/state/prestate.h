/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pre-states: mode, ring, user state and machine made into registers and memory, the same bytes for every
 * executor. Only states that architectural loads can reach: hidden parts agree with the descriptors in
 * memory. */
#ifndef RP_STATE_PRESTATE_H
#define RP_STATE_PRESTATE_H

#include "base/error.h"
#include "state/arena.h"
#include "state/registers.h"
#include "state/resources.h"

/* Memory that differs from the fill: aligned 64-bit words at physical addresses, ascending, each once. */
#define RP_MEMORY_WORDS_MAX 192
struct rp_memory_word {
    uint32_t address;
    uint64_t value;
};
struct rp_memory {
    uint32_t count;
    struct rp_memory_word word[RP_MEMORY_WORDS_MAX];
};

/* What a word of the program's memory holds where nothing was set: small numbers that are legal as divisors,
 * MXCSR images, selectors (NULL with RPL 1) and counts. System memory is zero but for rp_prestate_base. */
#define RP_MEMORY_FILL UINT64_C(0x0000000100000001)

/* The word at `address` (aligned down), the fill if none is set. */
uint64_t rp_memory_get(const struct rp_memory *memory, uint32_t address);
/* Sets it. RP_EINPUT if the list is full. */
int rp_memory_set(struct rp_memory *memory, uint32_t address, uint64_t value, struct rp_error *error);
/* Writes `length` bytes at any address, keeping what surrounds them. */
int rp_memory_write(struct rp_memory *memory, uint32_t address, const void *bytes, size_t length,
                    struct rp_error *error);

/* A user state. Of `state` only the bits that belong to the program count (rp_register_user_mask); `memory`
 * holds words of RP_WINDOW_DATA and RP_WINDOW_STACK. */
struct rp_user {
    struct rp_state state;
    struct rp_memory memory;
};

/* The fixed default user state of `mode`: pointers where implicit operands need them (rax rbx rsi rdi into
 * the data, rsp rbp into the stack), 1 in rcx, 0 in rdx, small numbers elsewhere; x87 as FNINIT leaves it.
 * Replay lines name differences from it, so a change here is a new version of their format. */
void rp_user_init(struct rp_user *user, enum rp_mode mode);

struct rp_prestate {
    enum rp_mode mode;
    uint8_t ring; /* 0 or 3: CPL */
    struct rp_state state;
    struct rp_memory memory; /* system part included: what differs from rp_prestate_base */
};

/* Builds the pre-state. `ring` must be one that the mode has; an executor that cannot hold a value says so
 * itself. RP_EINPUT: memory of `user` overfull. */
int rp_prestate_build(struct rp_prestate *prestate, enum rp_mode mode, unsigned ring,
                      const struct rp_user *user, const struct rp_machine *machine, struct rp_error *error);

/* Leaves out the bits of registers that a CPU does not have. */
void rp_prestate_reduce(struct rp_prestate *prestate, const uint64_t lacks[RP_REG_COUNT]);

/* Memory under every pre-state of `mode`: calls `put` for each run of bytes to write into zeroed memory, page
 * tables, default descriptors, IDT, TSS and fill. An executor does this once a mode, then applies `memory`.
 */
typedef void rp_memory_put(void *context, uint32_t address, const void *bytes, size_t length);
void rp_prestate_base(enum rp_mode mode, rp_memory_put *put, void *context);

#endif
