/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which instructions a limit is about: terms such as "mnemonic=in|out", each of which an instruction has to
 * meet. Private to src/executor. */
#ifndef RP_EXECUTOR_LIMIT_TERMS_H
#define RP_EXECUTOR_LIMIT_TERMS_H

#include "base/tsv.h"
#include "x86/decode.h"

#include <stdbool.h>

struct rp_limit_terms;

/* Reads `text`, of a row that complaints name, into a new `*terms`; RP_EINPUT: a line that cannot be meant.
 * Whatever it returns, rp_limit_terms_free is for the caller. */
int rp_limit_terms_read(const struct rp_tsv_row *row, const char *text, struct rp_limit_terms **terms,
                        struct rp_error *error);
void rp_limit_terms_free(struct rp_limit_terms *terms); /* NULL is fine */

/* True if the instruction meets all of them. */
bool rp_limit_terms_met(const struct rp_limit_terms *terms, const struct rp_instruction *instruction);

#endif
