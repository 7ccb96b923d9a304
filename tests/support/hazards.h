/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encodings that no executor on a CPU may run, with what only looks like them. */
#ifndef RP_TESTS_SUPPORT_HAZARDS_H
#define RP_TESTS_SUPPORT_HAZARDS_H

#include "x86/encoding.h"
#include "x86/mode.h"

struct hazard {
    const char *what;
    struct rp_encoding encoding;
    uint8_t modes; /* bits; REX is an instruction outside of long64 */
};

/* Dangerous to a CPU; then one that is to whoever reaches its port. */
extern const struct hazard hazards[], hazard_of_port, hazards_alike[];
extern const size_t hazards_count, hazards_alike_count;

#endif
