/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lacking bits and what depends on them; see capabilities.h. */
#include "executor/capabilities.h"

#include <string.h>

/* Every value that anybody sets the resource to. */
static unsigned list_values(const struct rp_resource_info *info, uint64_t *value)
{
    unsigned count = 0;
    value[count++] = info->open;
    for (unsigned i = 0; i < info->perturb.count; i++)
        value[count++] = info->perturb.value[i];
    for (unsigned i = 0; i < info->flip.count; i++)
        value[count++] = info->flip.value[i];
    if (info->traps != RP_TRAPS_NOTHING)
        value[count++] = info->traps == RP_TRAPS_OPENS ? !info->trap : info->trap;
    return count;
}

/* True if values that differ still do without the field's lacking bits. */
static bool tells_apart(const struct rp_resource_info *info, uint64_t lacking)
{
    uint64_t value[2 + 2 * RP_RESOURCE_VALUES_MAX];
    unsigned count = list_values(info, value);
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < i; k++)
            if (value[i] != value[k] && !((value[i] ^ value[k]) & ~lacking))
                return false;
    return true;
}

void rp_capabilities_lack(struct rp_capabilities *can, const uint64_t lacks[RP_REG_COUNT])
{
    for (unsigned i = 0; i < RP_REG_COUNT; i++)
        can->lacks[i] |= lacks[i];
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        const struct rp_resource_info *info = rp_resource_info((enum rp_resource)r);
        const struct rp_place *place = &info->place;
        if (place->kind != RP_PLACE_BITS || info->fixed)
            continue;
        uint64_t width = place->width == 64 ? UINT64_MAX : (UINT64_C(1) << place->width) - 1;
        uint64_t lacking = can->lacks[place->reg] >> place->shift & width;
        can->resource[r] = can->resource[r] && (!lacking || tells_apart(info, lacking));
    }
}

/* What the registers have by default, under any policy that sets nothing to trap, in any mode. */
static uint64_t standard(enum rp_reg reg)
{
    uint64_t word = 0;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        const struct rp_resource_info *info = rp_resource_info((enum rp_resource)r);
        if (info->place.kind == RP_PLACE_BITS && info->place.reg == reg)
            word |= info->open << info->place.shift;
    }
    return word;
}

bool rp_capabilities_refuse(const struct rp_capabilities *can, const struct rp_prestate *prestate)
{
    for (unsigned i = 0; i < RP_REG_COUNT; i++) {
        uint64_t asked = prestate->state.reg[i] & can->lacks[i];
        if (asked && asked & ~standard((enum rp_reg)i))
            return true;
    }
    return false;
}
