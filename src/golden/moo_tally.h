/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of MOO files came to: agreement by CPU and opcode, disagreements by cause, what could not be
 * run by reason. Rows keep the order in which they were met. */
#ifndef RP_GOLDEN_MOO_TALLY_H
#define RP_GOLDEN_MOO_TALLY_H

#include "golden/moo_verify.h"

#define RP_MOO_EXAMPLES_MAX 3

struct rp_moo_example {
    const char *path; /* of a source */
    uint32_t index;
};

struct rp_moo_opcode {
    char cpu[5], opcode[RP_RECORDED_OPCODE_MAX]; /* opcode "": not decoded */
    uint64_t answer[RP_MOO_PENDING];             /* by enum rp_moo_answer */
};

/* Disagreements of one kind: how the run ended, and in what. */
struct rp_moo_cause {
    struct rp_moo_result like; /* of which wanted, got, differs and flags are the cause's */
    uint64_t count;
    struct rp_moo_example example[RP_MOO_EXAMPLES_MAX];
    struct rp_moo_cause_opcode {
        char opcode[RP_RECORDED_OPCODE_MAX];
        uint64_t count;
    } * opcode;
    size_t opcodes, opcode_capacity;
};

struct rp_moo_reason {
    const char *text;
    uint64_t count;
    struct rp_moo_example example[RP_MOO_EXAMPLES_MAX];
};

/* Zeroed is empty. */
struct rp_moo_tally {
    struct rp_moo_opcode *opcode;
    size_t opcodes, opcode_capacity, opcode_last;
    struct rp_moo_cause *cause;
    size_t causes, cause_capacity;
    struct rp_moo_reason *reason;
    size_t reasons, reason_capacity;
    uint64_t tests, answer[RP_MOO_PENDING];
};

int rp_moo_tally_add(struct rp_moo_tally *tally, const struct rp_moo_source *source,
                     const struct rp_moo_result *result, struct rp_error *error);

/* The most frequent causes and reasons first. */
void rp_moo_tally_sort(struct rp_moo_tally *tally);

void rp_moo_tally_free(struct rp_moo_tally *tally);

#endif
