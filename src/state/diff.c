/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one differ; see component.h. Freestanding: no libc, no memory. */
#include "state/component.h"

size_t rp_diff(const uint64_t *before, const uint64_t *after, const uint64_t *ignored, size_t count,
               uint32_t component, struct rp_change *changes, size_t capacity)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        struct rp_change change;
        if (!rp_diff_word(before[i], after[i], ignored ? ignored[i] : 0, component + (uint32_t)i, &change))
            continue;
        if (found < capacity)
            changes[found] = change;
        found++;
    }
    return found;
}

void rp_registers_ignored(uint64_t ignored[RP_REG_COUNT])
{
    for (unsigned i = 0; i < RP_REG_COUNT; i++)
        ignored[i] = rp_register_info((enum rp_reg)i)->ignored;
}
