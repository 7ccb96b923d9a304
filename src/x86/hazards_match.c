/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matching encodings against hazards; see hazards.h. Freestanding: no libc, no memory. */
#include "x86/hazards.h"

/* An access to I/O ports. */
struct port_access {
    bool in;
    uint16_t port;
    uint8_t width; /* bytes */
};

/* Fits `field` where the rule asks for it. */
static bool fits(int field, int value)
{
    return field == RP_HAZARD_ANY || field == value;
}

static bool fits_modrm(const struct rp_hazard *rule, const struct rp_prefix_scan *scan)
{
    if (rule->reg == RP_HAZARD_ANY && rule->mod == RP_HAZARD_ANY)
        return true;
    return scan->has_modrm && fits(rule->reg, scan->modrm >> 3 & 7) &&
           fits(rule->mod, scan->modrm >= 0xc0 ? 3 : 0);
}

static bool fits_encoding(const struct rp_hazard *rule, const struct rp_prefix_scan *scan)
{
    return fits(rule->class, (int)scan->class) && fits(rule->map, scan->map) &&
           scan->opcode >= rule->opcode_first && scan->opcode <= rule->opcode_last &&
           fits_modrm(rule, scan) && (!rule->needs_lock || scan->lock > 0) &&
           (!rule->needs_repeat || scan->repeat != 0) &&
           (!rule->needs_redundant || rp_prefix_redundant(scan));
}

/* Odd opcodes of INS, OUTS, IN, OUT have the operand size, 64 bits counting as 32 (SDM Vol. 2A "IN"). */
static uint8_t width_of(enum rp_mode mode, const struct rp_prefix_scan *scan)
{
    bool is_16 = (rp_mode_info(mode)->code_bits == 16) != (scan->operand_size > 0);

    if ((scan->opcode & 1) == 0)
        return 1;
    return is_16 && scan->w == 0 ? 2 : 4;
}

/* Fills `access` if the instruction accesses a port whose number is known. */
static bool port_access(enum rp_mode mode, const struct rp_prefix_scan *scan, const uint8_t *bytes,
                        size_t length, const uint16_t *dx, struct port_access *access)
{
    uint8_t opcode = scan->opcode;
    size_t immediate = (size_t)scan->opcode_offset + 1;
    bool by_dx = (opcode >= 0xec && opcode <= 0xef) || (opcode >= 0x6c && opcode <= 0x6f);

    if (scan->class != RP_CLASS_LEGACY || scan->map != 0)
        return false;
    if (by_dx && dx != NULL)
        access->port = *dx;
    else if (opcode >= 0xe4 && opcode <= 0xe7 && immediate < length)
        access->port = bytes[immediate];
    else
        return false;
    access->in = (opcode & 2) == 0;
    access->width = width_of(mode, scan);
    return true;
}

/* The ports accessed are `width` neighbours; one that is dangerous is enough. */
static bool fits_port(const struct rp_hazard *rule, const struct port_access *access)
{
    unsigned last = access->port + access->width - 1u;

    return (access->in ? rule->in : rule->out) && access->port <= rule->port_last && last >= rule->port_first;
}

const struct rp_hazard *rp_hazard_match(const struct rp_hazard *rules, size_t count, enum rp_mode mode,
                                        const uint8_t *bytes, size_t length, const uint16_t *dx)
{
    struct rp_prefix_scan scan;
    struct port_access access;
    bool has_port;

    if (!rp_prefix_scan(mode, bytes, length, &scan))
        return NULL;
    has_port = port_access(mode, &scan, bytes, length, dx, &access);
    for (size_t i = 0; i < count; i++) {
        if (rules[i].is_port ? has_port && fits_port(&rules[i], &access) : fits_encoding(&rules[i], &scan))
            return &rules[i];
    }
    return NULL;
}

const struct rp_hazard *rp_hazard_match_inside(const struct rp_hazard *rules, size_t count, enum rp_mode mode,
                                               const uint8_t *bytes, size_t first, size_t length)
{
    struct rp_prefix_scan scan;

    for (size_t at = first; at < length; at++) {
        if (!rp_prefix_scan(mode, bytes + at, RP_ENCODING_MAX, &scan))
            continue;
        for (size_t i = 0; i < count; i++)
            if (rules[i].danger == RP_HAZARD_CPU && !rules[i].is_port && fits_encoding(&rules[i], &scan))
                return &rules[i];
    }
    return NULL;
}
