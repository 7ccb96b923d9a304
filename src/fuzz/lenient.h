/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inputs out of whatever a fuzzer that knows nothing of them made: what can be read is read, what can't is
 * taken for something that can. */
#ifndef RP_FUZZ_LENIENT_H
#define RP_FUZZ_LENIENT_H

#include "fuzz/input.h"

/* Reads the serialised form, also with fields and a checksum that are wrong; other bytes are a mode, a seed
 * and an encoding. The same bytes give the same input, always one of the facts' modes. False: nothing that
 * may be run: no byte, or a hazard for CPUs. */
bool rp_fuzz_input_take(const struct rp_fuzz_facts *facts, const uint8_t *bytes, size_t length,
                        struct rp_fuzz_input *input);

#endif
