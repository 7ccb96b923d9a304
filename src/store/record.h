/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of a verdict's tables, each walked once (row.h), in the order of schema.c. Private to
 * src/store; digest.h has what others need. */
#ifndef RP_STORE_RECORD_H
#define RP_STORE_RECORD_H

#include "store/digest.h"
#include "store/row.h"

/* What a row of `verdict` has beside the verdict. */
struct rp_record_key {
    uint64_t mode, place; /* place: index of the encoding in the mode's form space */
    uint64_t behaviour;   /* digest */
};

void rp_record_verdict(struct rp_row *row, struct rp_record_key *key, struct rp_verdict *verdict);
/* All that many encodings have alike: what was found, without its witness. */
void rp_record_behaviour(struct rp_row *row, uint64_t *digest, struct rp_verdict *verdict);
void rp_record_opinion(struct rp_row *row, uint64_t *digest, uint64_t *number, struct rp_opinion *opinion);
void rp_record_closer(struct rp_row *row, uint64_t *digest, uint64_t *number, struct rp_closer *closer);
void rp_record_witness(struct rp_row *row, struct rp_record_key *key, struct rp_verdict *verdict);
void rp_record_divergence(struct rp_row *row, struct rp_record_key *key, uint64_t *number,
                          struct rp_divergence *divergence);
/* Answer number `place` of divergence `number`. */
void rp_record_answer(struct rp_row *row, struct rp_record_key *key, uint64_t *number, uint64_t *place,
                      struct rp_answer *answer);

#endif
