/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Status flags that instructions leave undefined: reader of corpus/undefined-flags.tsv. */
#ifndef RP_GOLDEN_UNDEFINED_H
#define RP_GOLDEN_UNDEFINED_H

#include "base/error.h"

#include <stdint.h>

#define RP_UNDEFINED_ROWS_MAX 64

struct rp_undefined_rows {
    struct {
        char opcodes[160];
        int vector; /* -1: of one that ends otherwise */
        uint32_t flags;
    } row[RP_UNDEFINED_ROWS_MAX];
    unsigned rows;
};

int rp_undefined_load(struct rp_undefined_rows *undefined, struct rp_error *error);

/* The bits of FLAGS that `opcode` (rp_recorded_opcode_name; size prefixes do not count) leaves undefined when
 * it ends with `vector`, -1: with none. */
uint32_t rp_undefined_flags(const struct rp_undefined_rows *undefined, const char *opcode, int vector);

#endif
