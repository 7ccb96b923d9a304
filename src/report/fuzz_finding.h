/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fuzz campaign finds: one line of JSON each ("ringprobe.fuzz/1", CLI.md), which is also how its
 * directory keeps it. */
#ifndef RP_REPORT_FUZZ_FINDING_H
#define RP_REPORT_FUZZ_FINDING_H

#include "report/finding.h"

/* Flat: workers send it as bytes. */
struct rp_fuzz_finding {
    char oracle[16];
    char name[RP_OPCODE_CELL_MAX]; /* the decoder's mnemonic; the opcode cell where it knows none */
    char detail[64];               /* what else tells it from others: a resource, a cell, how runs end */
    char cause[64];                /* what its instruction shares with others of its kind; "": nothing */
    char why[RP_FINDING_WHY_MAX];  /* a sentence for people */
    enum rp_mode mode;
    enum rp_policy policy;
    char executor[RP_WITNESS_EXECUTOR_MAX]; /* of a divergence two, '+' between */
    struct rp_encoding encoding;            /* as small as it became */
    struct rp_encoding found;               /* as it was met */
    unsigned confirmed;                     /* fresh processes in which it reproduced */
    uint64_t hole;                          /* rp_hole_id, of which it is an instance; 0: it is no hole */
    char before[RP_WITNESS_LINE_MAX + 1];   /* the witness as it was met; "" if it needs more than a line */
    char witness[RP_WITNESS_LINE_MAX + 1];
};

/* "rp-" and 16 hex digits of XXH64 over oracle, mode, name, detail and policy; with a cause, over oracle,
 * cause and policy: no machine, executor, seed or operand is in it. Returns `id`. */
const char *rp_fuzz_finding_id(const struct rp_fuzz_finding *finding, char id[RP_FINDING_ID_SIZE]);

/* Says of a finding with a cause which mnemonic shows it, in one number: whether two are equal, and to which
 * id it belongs. */
uint64_t rp_fuzz_sharer(const struct rp_fuzz_finding *finding);
bool rp_fuzz_sharer_is_of(uint64_t sharer, uint64_t id);

/* Appends the line, with its line feed. */
void rp_fuzz_finding_line(const struct rp_fuzz_finding *finding, struct rp_text *text);

#endif
