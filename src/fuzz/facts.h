/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What inputs of a fuzz campaign are made of: modes, user-state seeds, the registers and the resources that
 * may be away from their seed's value, and with which values. Made once, then only read. */
#ifndef RP_FUZZ_FACTS_H
#define RP_FUZZ_FACTS_H

#include "state/seeds.h"

#define RP_FUZZ_SEEDS_MAX     64
#define RP_FUZZ_REGISTERS_MAX 48
#define RP_FUZZ_VALUES_MAX    6

/* A register of the program, and the bits of it that a load can set. */
struct rp_fuzz_register {
    uint8_t reg;
    uint64_t mask;
};

/* A resource of privileged state, and the values other than its default that its row gives. */
struct rp_fuzz_resource {
    uint16_t resource;
    uint8_t count;
    bool traps; /* a control, or a value that makes loads trap: what ring 3 then does proves nothing */
    uint64_t value[RP_FUZZ_VALUES_MAX];
};

/* By mode. */
struct rp_fuzz_mode {
    uint8_t seed[RP_FUZZ_SEEDS_MAX], seeds; /* numbers in struct rp_seeds */
    struct rp_fuzz_register reg[RP_FUZZ_REGISTERS_MAX];
    unsigned regs;
    struct rp_fuzz_resource resource[RP_RESOURCE_COUNT];
    unsigned resources;
};

struct rp_fuzz_facts {
    struct rp_seeds seeds;
    uint32_t seed_name[RP_FUZZ_SEEDS_MAX]; /* rp_fuzz_name of each */
    uint8_t modes[RP_MODE_COUNT], mode_count;
    struct rp_fuzz_mode mode[RP_MODE_COUNT];
};

/* `modes` are bits of 1 << enum rp_mode, at least one. The facts live on the heap; close them. RP_EINPUT: a
 * line of corpus/seeds.tsv. */
int rp_fuzz_facts_open(uint8_t modes, struct rp_fuzz_facts **facts, struct rp_error *error);
void rp_fuzz_facts_close(struct rp_fuzz_facts *facts); /* NULL is fine */

/* The number that stands for a name in serialised inputs: names outlast the order of tables. */
uint32_t rp_fuzz_name(const char *name);

/* The register's, or the resource's, row in `mode`; NULL: it may not be changed there. */
const struct rp_fuzz_register *rp_fuzz_register(const struct rp_fuzz_facts *facts, enum rp_mode mode,
                                                unsigned reg);
const struct rp_fuzz_resource *rp_fuzz_resource(const struct rp_fuzz_facts *facts, enum rp_mode mode,
                                                unsigned resource);

#endif
