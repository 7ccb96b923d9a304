/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's memory of one mode: what KVM maps, and what should be in it. KVM's log of dirty pages says
 * where to look for what a run wrote; those words become changes and are put back. Private to harness/kvm. */
#ifndef RP_HARNESS_KVM_MEMORY_H
#define RP_HARNESS_KVM_MEMORY_H

#include "state/component.h"
#include "state/prestate.h"

#define RP_KVM_SLOTS RP_ARENA_REGIONS

struct rp_kvm_memory {
    int vm; /* KVM's descriptor */
    enum rp_mode mode;
    unsigned char *guest;              /* the arena's regions, one behind the other, page by page */
    unsigned char *expected;           /* as the pre-state has it */
    unsigned char *base;               /* as it is under every pre-state */
    const struct rp_memory *applied;   /* whose words stand in it; NULL: nobody's */
    bool tables_written, code_written; /* set by rp_kvm_memory_settle */
};

/* Makes the memory of `mode` and gives it to the virtual machine `vm`. RP_EENVIRONMENT: no memory, or KVM
 * refuses it. */
int rp_kvm_memory_open(struct rp_kvm_memory *memory, int vm, enum rp_mode mode, struct rp_error *error);
void rp_kvm_memory_close(struct rp_kvm_memory *memory);

/* Replaces the words of the pre-state applied before by these, which stay where they are until the next call
 * or rp_kvm_memory_forget. */
void rp_kvm_memory_apply(struct rp_kvm_memory *memory, const struct rp_memory *words);
void rp_kvm_memory_forget(struct rp_kvm_memory *memory, const struct rp_memory *words);

/* Writes bytes where no pre-state has words: the code. */
void rp_kvm_memory_write(struct rp_kvm_memory *memory, uint32_t address, const void *bytes, size_t length);

/* Puts back `length` bytes at a linear address without telling: the frame that an exception pushed. */
void rp_kvm_memory_undo(struct rp_kvm_memory *memory, uint64_t linear, size_t length);

/* Reads up to 8 bytes at a linear address as the run left them; false where the arena has no memory. */
bool rp_kvm_memory_read(const struct rp_kvm_memory *memory, uint64_t linear, unsigned bytes, uint64_t *value);

/* Turns all that the run wrote into changes of the compared windows, ascending, and puts every word back.
 * `changes` has room for RP_IMAGE_WORDS; returns how many there are. */
size_t rp_kvm_memory_settle(struct rp_kvm_memory *memory, struct rp_change *changes);

/* Compares all of it with what should be in it; for tests. */
bool rp_kvm_memory_clean(const struct rp_kvm_memory *memory);

#endif
