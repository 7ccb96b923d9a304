/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's memory inside of a Bochs, as a debugger of processes reaches it: process_vm_readv(2) and its
 * twin. Bochs has no way to load memory but at its start, and writes it to files only. Private to
 * harness/bochs. */
#ifndef RP_HARNESS_BOCHS_MEMORY_H
#define RP_HARNESS_BOCHS_MEMORY_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Between these addresses it has none. */
#define RP_BOCHS_HOLE     0xa0000u
#define RP_BOCHS_HOLE_END 0x100000u

struct rp_bochs_memory {
    pid_t bochs;     /* 0: closed */
    uint64_t base;   /* of the guest's address 0, in Bochs */
    uint64_t offset; /* of it in its mapping, where it was last found: tried first the next time */
};

/* Finds it by the marks of the ROM, which has just stopped. RP_EENVIRONMENT: it can't be reached or found. */
int rp_bochs_memory_open(struct rp_bochs_memory *memory, pid_t bochs, struct rp_error *error);
void rp_bochs_memory_close(struct rp_bochs_memory *memory);

/* By the guest's physical address; false if Bochs has ended. */
bool rp_bochs_memory_read(const struct rp_bochs_memory *memory, uint32_t address, void *bytes, size_t size);
bool rp_bochs_memory_write(const struct rp_bochs_memory *memory, uint32_t address, const void *bytes,
                           size_t size);

/* Several parts by one system call, since an order of one job takes less than a dozen of them. */
#define RP_BOCHS_PARTS 32
struct rp_bochs_parts {
    unsigned count;
    struct iovec own[RP_BOCHS_PARTS], guest[RP_BOCHS_PARTS];
    size_t size;
};
void rp_bochs_parts_begin(struct rp_bochs_parts *parts);
/* There has to be room for it. */
void rp_bochs_parts_add(struct rp_bochs_parts *parts, const struct rp_bochs_memory *memory, uint32_t address,
                        void *bytes, size_t size);
/* `parts` are none afterwards. */
bool rp_bochs_parts_read(struct rp_bochs_parts *parts, const struct rp_bochs_memory *memory);
bool rp_bochs_parts_write(struct rp_bochs_parts *parts, const struct rp_bochs_memory *memory);

#endif
