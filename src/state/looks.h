/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an instruction looks at besides its operands, as far as it is known: descriptors by selector, and
 * resources that nothing else shows (corpus/looks.tsv). An executor that sets up a machine of its own for
 * each such value asks here whether a run needs it; a comparison of two machines, whether they hold it. */
#ifndef RP_STATE_LOOKS_H
#define RP_STATE_LOOKS_H

#include "base/error.h"
#include "state/prestate.h"
#include "x86/decode.h"

/* Reads the file, once a process; everything below needs it. RP_EINPUT with file:line: a bad name, or a
 * resource that is none. */
int rp_looks_load(struct rp_error *error);
/* The same from a text that complaints call `label`, in place of what was read before. */
int rp_looks_parse(const char *label, const char *text, size_t length, struct rp_error *error);

/* True if the file says so, or `instruction` is NULL, which nobody knows. */
bool rp_looks_at(const struct rp_instruction *instruction, enum rp_resource resource);
/* True if it takes a selector to a descriptor: it loads a segment register or CS, or the file says so. */
bool rp_looks_at_descriptors(const struct rp_instruction *instruction);

/* Calls `visit` for each selector that `instruction` can find in a pre-state: the low half of the register
 * that its ModRM byte names, or any two bytes of `memory` where it touches memory, and the one inside of it.
 * Where it is NULL, all registers and all of memory. Some come more than once. */
typedef void rp_selector_visit(void *context, uint16_t selector);
void rp_selectors_visit(enum rp_mode mode, const struct rp_instruction *instruction, const uint64_t *reg,
                        const struct rp_memory *memory, rp_selector_visit *visit, void *context);

#endif
