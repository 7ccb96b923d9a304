/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of registers; see registers.h. */
#include "state/registers.h"

static const struct rp_register_info registers[] = {
#define RP_REGISTER(id, ...) [RP_REG_##id] = {__VA_ARGS__},
#include "state/registers.def"
#undef RP_REGISTER
};
_Static_assert(sizeof registers / sizeof registers[0] == RP_REG_COUNT, "one row a register");

const struct rp_register_info *rp_register_info(enum rp_reg reg)
{
    return &registers[reg];
}

uint64_t rp_register_user_mask(enum rp_reg reg, enum rp_mode mode)
{
    if (registers[reg].segment && !rp_mode_info(mode)->protected_mode)
        return UINT64_MAX;
    return registers[reg].user;
}
