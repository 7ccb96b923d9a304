/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arena's descriptors; see descriptor.h. */
#include "state/descriptor.h"

#include <stddef.h>

/* Types, SDM Vol. 3A tables 3-1 and 3-2; A is preset (M-ACCESSED). */
enum { DATA_RW = 0x3, CODE_READ = 0xb, SYSTEM_LDT = 0x2, SYSTEM_TSS = 0x9, SYSTEM_TSS_BUSY = 0xb };

/* A selector of the arena that no resource changes. */
struct fixed {
    uint16_t selector;
    uint8_t type, dpl, bits; /* D/B and L: 16, 32 or 64 */
    uint32_t base, limit;
    bool absent;
};

static const struct fixed fixed[] = {
    {RP_SELECTOR_CODE32_RING0, CODE_READ, 0, 32, 0, RP_ARENA_LIMIT, false},
    {RP_SELECTOR_CODE64_RING0, CODE_READ, 0, 64, 0, RP_ARENA_LIMIT, false},
    {RP_SELECTOR_DATA_RING0, DATA_RW, 0, 32, 0, RP_ARENA_LIMIT, false},
    {RP_SELECTOR_CODE32, CODE_READ, 3, 32, 0, RP_ARENA_LIMIT, false},
    {RP_SELECTOR_DATA, DATA_RW, 3, 32, 0, RP_ARENA_LIMIT, false},
    {RP_SELECTOR_CODE64, CODE_READ, 3, 64, 0, RP_ARENA_LIMIT, false},
    {RP_SELECTOR_CODE16_RING0, CODE_READ, 0, 16, RP_ARENA_CODE, 0xffff, false},
    {RP_SELECTOR_CODE16, CODE_READ, 3, 16, RP_ARENA_CODE, 0xffff, false},
    {RP_SELECTOR_DATA16, DATA_RW, 3, 16, RP_ARENA_DATA, 0xffff, false},
    {RP_SELECTOR_STACK16, DATA_RW, 3, 0, RP_ARENA_STACK, 0xffff, false},
    {RP_SELECTOR_STACK16_RING0, DATA_RW, 0, 0, RP_ARENA_STACK, 0xffff, false},
    {RP_SELECTOR_DATA_TWIN, DATA_RW, 3, 32, 0, RP_ARENA_LIMIT, false},
    {RP_SELECTOR_DATA16_TWIN, DATA_RW, 3, 16, RP_ARENA_DATA, 0xffff, false},
    {RP_SELECTOR_DATA_TWIN_LDT, DATA_RW, 3, 32, 0, RP_ARENA_LIMIT, false},
    {RP_SELECTOR_DATA16_TWIN_LDT, DATA_RW, 3, 16, RP_ARENA_DATA, 0xffff, false},
    {RP_SELECTOR_ABSENT, DATA_RW, 3, 32, 0, RP_ARENA_LIMIT, true},
};

static struct rp_descriptor from_fixed(enum rp_mode mode, const struct fixed *f)
{
    unsigned bits = f->bits ? f->bits : rp_mode_info(mode)->stack_bits;
    return (struct rp_descriptor){.base = f->base,
                                  .limit = f->limit,
                                  .type = f->type,
                                  .dpl = f->dpl,
                                  .s = true,
                                  .present = !f->absent,
                                  .l = bits == 64,
                                  .db = bits == 32};
}

/* Where the probes stand, and the rows that describe each. */
#define ROW(id, field) RP_RESOURCE_PROBE_##id##_##field
#define PROBE(id, where)                                                                                     \
    .selector = (where), .p = ROW(id, P), .dpl = ROW(id, DPL), .s = ROW(id, S), .type = ROW(id, TYPE),       \
    .avl = ROW(id, AVL)
#define SEGMENT(id, where) PROBE(id, where), .a = ROW(id, A), .base = ROW(id, BASE), .limit = ROW(id, LIMIT)
static const struct {
    uint16_t selector;
    uint8_t p, dpl, s, type, avl;
    uint8_t a, base, limit; /* 0 (a row that no probe has) where there is none */
} probes[] = {
    [RP_PROBE_DATA] = {SEGMENT(DATA, RP_SELECTOR_PROBE_DATA)},
    [RP_PROBE_CODE] = {SEGMENT(CODE, RP_SELECTOR_PROBE_CODE)},
    [RP_PROBE_CONFORMING] = {SEGMENT(CONFORMING, RP_SELECTOR_PROBE_CONFORMING)},
    [RP_PROBE_LDT_DATA] = {SEGMENT(LDT_DATA, 0x04)},
    [RP_PROBE_LDT_CODE] = {SEGMENT(LDT_CODE, 0x0c)},
    [RP_PROBE_GATE] = {PROBE(GATE, RP_SELECTOR_PROBE_GATE)},
    [RP_PROBE_TSS] = {PROBE(TSS, RP_SELECTOR_PROBE_TSS), .limit = ROW(TSS, LIMIT)},
    [RP_PROBE_LDT] = {PROBE(LDT, RP_SELECTOR_PROBE_LDT), .limit = ROW(LDT, LIMIT)},
};
#undef ROW
#undef PROBE
#undef SEGMENT
_Static_assert(sizeof probes / sizeof probes[0] == RP_PROBE_VECTOR, "one row a probe that has a descriptor");

uint16_t rp_probe_selector(enum rp_probe probe)
{
    return probes[probe].selector;
}

/* Base and limit that a segment of this kind has in `mode` before its row moves them. */
static void place_segment(enum rp_mode mode, enum rp_probe probe, struct rp_descriptor *d)
{
    bool code = probe == RP_PROBE_CODE || probe == RP_PROBE_CONFORMING || probe == RP_PROBE_LDT_CODE;
    unsigned bits = rp_mode_info(mode)->code_bits;
    d->base = bits != 16 ? 0 : code ? RP_ARENA_CODE : RP_ARENA_DATA;
    d->limit = bits == 16 && !code ? 0xffff : RP_ARENA_LIMIT; /* any 32-bit offset may be jumped to */
    /* Linux lets no program have 64-bit code in its LDT; 32-bit code stands there in 64-bit mode too. */
    d->l = code && bits == 64 && probe != RP_PROBE_LDT_CODE;
    d->db = bits == 32 || (bits == 64 && !d->l);
}

static void place_gate(enum rp_mode mode, const struct rp_machine *machine, struct rp_descriptor *d)
{
    const struct rp_mode_info *info = rp_mode_info(mode);
    uint64_t selector = machine->value[RP_RESOURCE_PROBE_GATE_SELECTOR];
    enum rp_selector code = info->long_mode         ? RP_SELECTOR_CODE64_RING0
                            : info->code_bits == 32 ? RP_SELECTOR_CODE32_RING0
                                                    : RP_SELECTOR_CODE16_RING0;
    bool flat = info->long_mode || info->code_bits == 32;
    d->gate = true;
    d->wide = info->long_mode;
    d->selector = selector ? (uint16_t)selector : (uint16_t)code;
    d->base = (flat ? RP_ARENA_CODE : 0) + machine->value[RP_RESOURCE_PROBE_GATE_OFFSET];
}

struct rp_descriptor rp_descriptor_probe(enum rp_mode mode, const struct rp_machine *machine,
                                         enum rp_probe probe)
{
    const uint64_t *value = machine->value;
    struct rp_descriptor d = {.type = (uint8_t)value[probes[probe].type],
                              .dpl = (uint8_t)value[probes[probe].dpl],
                              .s = value[probes[probe].s] != 0,
                              .present = value[probes[probe].p] != 0,
                              .avl = value[probes[probe].avl] != 0};
    if (probe == RP_PROBE_GATE) {
        place_gate(mode, machine, &d);
        d.avl = false; /* a gate has no such bit */
    } else if (probe == RP_PROBE_TSS || probe == RP_PROBE_LDT) {
        d.wide = rp_mode_info(mode)->long_mode;
        d.base =
            probe == RP_PROBE_TSS ? RP_ARENA_TSS + RP_ARENA_TSS_STRIDE : RP_ARENA_LDT + RP_ARENA_TABLE_SIZE;
        d.limit = probe == RP_PROBE_TSS ? RP_ARENA_TSS_LIMIT : RP_ARENA_TABLE_SIZE - 1;
    } else {
        place_segment(mode, probe, &d);
        d.base += value[probes[probe].base];
        d.type |= value[probes[probe].a] != 0;
    }
    if (probes[probe].limit)
        d.limit -= (uint32_t)value[probes[probe].limit];
    return d;
}

/* TSS and LDT in use, and their twins: they describe what TR and LDTR hold. */
static bool in_use(enum rp_mode mode, const struct rp_machine *machine, uint16_t selector,
                   struct rp_descriptor *d)
{
    const uint64_t *value = machine->value;
    bool tss = selector == RP_SELECTOR_TSS || selector == RP_SELECTOR_TSS_TWIN;
    if (!tss && selector != RP_SELECTOR_LDT && selector != RP_SELECTOR_LDT_TWIN)
        return false;
    *d = (struct rp_descriptor){.base = value[tss ? RP_RESOURCE_TR_BASE : RP_RESOURCE_LDTR_BASE],
                                .limit = (uint32_t)value[tss ? RP_RESOURCE_TR_LIMIT : RP_RESOURCE_LDTR_LIMIT],
                                .type = tss ? SYSTEM_TSS_BUSY : SYSTEM_LDT,
                                .present = true,
                                .wide = rp_mode_info(mode)->long_mode};
    return true;
}

bool rp_descriptor_at(enum rp_mode mode, const struct rp_machine *machine, uint16_t selector,
                      struct rp_descriptor *descriptor)
{
    selector &= 0xfffc;
    *descriptor = (struct rp_descriptor){0};
    for (unsigned i = 0; i < RP_PROBE_VECTOR; i++) {
        if (probes[i].selector == selector) {
            *descriptor = rp_descriptor_probe(mode, machine, (enum rp_probe)i);
            return true;
        }
    }
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (fixed[i].selector == selector) {
            *descriptor = from_fixed(mode, &fixed[i]);
            return true;
        }
    }
    return in_use(mode, machine, selector, descriptor);
}

struct rp_descriptor rp_descriptor_vector(enum rp_mode mode, const struct rp_machine *machine,
                                          unsigned vector)
{
    const struct rp_mode_info *info = rp_mode_info(mode);
    const uint64_t *value = machine->value;
    bool probe = vector == 3 || vector == 4 || vector == value[RP_RESOURCE_IDT_GATE_VECTOR];
    struct rp_descriptor d = {.type = 0xe, .present = true, .gate = true, .wide = info->long_mode};
    d.selector = info->long_mode ? RP_SELECTOR_CODE64_RING0 : RP_SELECTOR_CODE32_RING0;
    d.base = RP_ARENA_ENTRIES + vector * RP_ARENA_ENTRY_STRIDE;
    if (probe) {
        d.base += value[RP_RESOURCE_IDT_GATE_OFFSET];
        d.dpl = (uint8_t)value[RP_RESOURCE_IDT_GATE_DPL];
        d.present = value[RP_RESOURCE_IDT_GATE_P] != 0;
    }
    return d;
}

static uint64_t access_byte(const struct rp_descriptor *d)
{
    return d->type | (uint64_t)d->s << 4 | (uint64_t)d->dpl << 5 | (uint64_t)d->present << 7;
}

void rp_descriptor_pack(const struct rp_descriptor *d, uint64_t words[2])
{
    uint64_t base = d->base;
    words[1] = d->wide ? base >> 32 : 0;
    if (d->gate) {
        words[0] = (base & 0xffff) | (uint64_t)d->selector << 16 | access_byte(d) << 40 |
                   (base >> 16 & 0xffff) << 48;
        return;
    }
    bool pages = d->limit > 0xfffff;
    uint64_t limit = pages ? d->limit >> 12 : d->limit;
    words[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | access_byte(d) << 40 | (limit >> 16) << 48 |
               (uint64_t)d->avl << 52 | (uint64_t)d->l << 53 | (uint64_t)d->db << 54 | (uint64_t)pages << 55 |
               (base >> 24 & 0xff) << 56;
}

uint64_t rp_descriptor_attributes(const struct rp_descriptor *d)
{
    uint64_t words[2];
    rp_descriptor_pack(d, words);
    return words[0] >> 40 & 0xf0ff;
}
