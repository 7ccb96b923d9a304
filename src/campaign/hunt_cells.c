/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands for an opcode cell in a hunt; see hunt_worker.h. */
#include "campaign/hunt_worker.h"

#include <string.h>

struct variants {
    uint8_t (*bytes)[RP_ENCODING_MAX];
    unsigned count;
};

/* Unless it is there already. */
static void add(struct variants *variants, const uint8_t bytes[RP_ENCODING_MAX])
{
    for (unsigned i = 0; i < variants->count; i++)
        if (memcmp(variants->bytes[i], bytes, RP_ENCODING_MAX) == 0)
            return;
    if (variants->count < RP_HUNT_VARIANTS)
        memcpy(variants->bytes[variants->count++], bytes, RP_ENCODING_MAX);
}

/* REX.W directly before the opcode. */
static void add_rex(struct variants *variants, const uint8_t *base, const struct rp_prefix_scan *scan)
{
    uint8_t bytes[RP_ENCODING_MAX];
    memcpy(bytes, base, scan->prefix_length);
    bytes[scan->prefix_length] = 0x48;
    memcpy(bytes + scan->prefix_length + 1, base + scan->prefix_length,
           (size_t)(RP_ENCODING_MAX - 1 - scan->prefix_length));
    add(variants, bytes);
}

static void add_modrm(struct variants *variants, const uint8_t *base, const struct rp_prefix_scan *scan,
                      uint8_t modrm)
{
    uint8_t bytes[RP_ENCODING_MAX];
    memcpy(bytes, base, sizeof bytes);
    bytes[scan->modrm_offset] = modrm;
    add(variants, bytes);
}

/* [rbx], [bx]; other register operands: 0, and 7 with 7. The cell's own part of ModRM may differ then, which
 * makes it a neighbour that has a turn of its own, and does no harm. */
static void add_operands(struct variants *variants, enum rp_mode mode, const uint8_t *base,
                         const struct rp_prefix_scan *scan)
{
    uint8_t memory_rm = rp_mode_info(mode)->code_bits == 16 ? 7 : 3;
    if (!scan->has_modrm)
        return;
    add_modrm(variants, base, scan, (uint8_t)((scan->modrm & 0x38) | memory_rm));
    add_modrm(variants, base, scan, (uint8_t)((scan->modrm & 0x38) | 0xc0));
    add_modrm(variants, base, scan,
              (uint8_t)((scan->modrm & 0xc0) | (scan->modrm & 0xc0 ? 0x3f : memory_rm)));
}

/* The other W is a cell of its own; vvvv is stored inverted (SDM Vol. 2A section 2.3.5.6). */
static void add_fields(struct variants *variants, const uint8_t *base, const struct rp_prefix_scan *scan)
{
    bool evex = scan->class == RP_CLASS_EVEX;
    uint8_t at = (uint8_t)(scan->prefix_length + 2), bytes[RP_ENCODING_MAX];
    memcpy(bytes, base, sizeof bytes);
    bytes[at + (evex ? 1 : 0)] |= evex ? 0x40 : 0x04;
    add(variants, bytes);
    bytes[at] = (uint8_t)((bytes[at] & ~0x78u) | 0x68);
    add(variants, bytes);
    memcpy(bytes, base, sizeof bytes);
    bytes[at] = (uint8_t)((bytes[at] & ~0x78u) | 0x68);
    add(variants, bytes);
}

unsigned rp_hunt_variants(enum rp_mode mode, const struct rp_encoding *encoding,
                          uint8_t bytes[RP_HUNT_VARIANTS][RP_ENCODING_MAX])
{
    struct variants variants = {.bytes = bytes};
    struct rp_prefix_scan scan;
    uint8_t base[RP_ENCODING_MAX] = {0};
    memcpy(base, encoding->bytes, encoding->length);
    add(&variants, base);
    if (!rp_prefix_scan(mode, base, sizeof base, &scan))
        return variants.count;
    if (scan.class == RP_CLASS_LEGACY || scan.class == RP_CLASS_3DNOW) {
        if (mode == RP_MODE_LONG64)
            add_rex(&variants, base, &scan);
    } else {
        add_fields(&variants, base, &scan);
    }
    if (scan.class != RP_CLASS_3DNOW) /* there the opcode stands behind the operands */
        add_operands(&variants, mode, base, &scan);
    return variants.count;
}
