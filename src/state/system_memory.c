/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GDT, LDT, IDT, TSS: what a machine puts there, and what is there under every machine; see system_memory.h.
 * Every table is written twice, where it stands and into its copy, so that moving its register changes no
 * view. */
#include "state/system_memory.h"

#include "state/descriptor.h"

#include <string.h>

/* What decides a word's fate differs: the base writes it, a pre-state keeps it if it is not the base's. */
struct sink {
    void (*word)(struct sink *sink, uint32_t address, uint64_t value);
};

static void put_descriptor(struct sink *sink, uint32_t address, const struct rp_descriptor *d, uint32_t copy)
{
    uint64_t words[2];
    rp_descriptor_pack(d, words);
    for (unsigned i = 0; i < (d->wide ? 2u : 1u); i++) {
        sink->word(sink, address + 8 * i, words[i]);
        sink->word(sink, address + copy + 8 * i, words[i]);
    }
}

/* A selector's place in the GDT or, with TI = 1, in the LDT. */
static uint32_t slot_address(uint64_t selector)
{
    return (selector & 4 ? RP_ARENA_LDT : RP_ARENA_GDT) + ((uint32_t)selector & 0xfff8);
}

/* Selectors that a probe can be placed at: all but NULL and the last slot's second half. What stands there
 * gives way, in memory only: segment registers keep what they have loaded, as they do when a system rewrites
 * its table. */
static bool placeable(uint32_t selector, bool wide)
{
    return selector >= 8 && selector + (wide ? 8 : 0) <= UINT16_MAX;
}

static void put_probes(struct sink *sink, enum rp_mode mode, const struct rp_machine *machine)
{
    for (unsigned i = 0; i < RP_PROBE_VECTOR; i++) {
        struct rp_descriptor d = rp_descriptor_probe(mode, machine, (enum rp_probe)i);
        put_descriptor(sink, slot_address(rp_probe_selector((enum rp_probe)i)), &d, RP_ARENA_TABLE_SIZE);
    }
}

static void put_placed(struct sink *sink, enum rp_mode mode, const struct rp_machine *machine)
{
    static const uint8_t slots[] = {RP_RESOURCE_PROBE_DATA_SLOT,       RP_RESOURCE_PROBE_CODE_SLOT,
                                    RP_RESOURCE_PROBE_CONFORMING_SLOT, RP_RESOURCE_PROBE_LDT_DATA_SLOT,
                                    RP_RESOURCE_PROBE_LDT_CODE_SLOT,   RP_RESOURCE_PROBE_GATE_SLOT,
                                    RP_RESOURCE_PROBE_TSS_SLOT,        RP_RESOURCE_PROBE_LDT_SLOT};
    _Static_assert(sizeof slots == RP_PROBE_VECTOR, "one slot a probe");
    for (unsigned i = 0; i < RP_PROBE_VECTOR; i++) {
        struct rp_descriptor d = rp_descriptor_probe(mode, machine, (enum rp_probe)i);
        uint32_t slot = (uint32_t)machine->value[slots[i]] & 0xffff;
        if (placeable(slot, d.wide))
            put_descriptor(sink, slot_address(slot), &d, RP_ARENA_TABLE_SIZE);
    }
}

static void put_in_use(struct sink *sink, enum rp_mode mode, const struct rp_machine *machine)
{
    static const uint16_t selectors[] = {RP_SELECTOR_TSS, RP_SELECTOR_LDT, RP_SELECTOR_TSS_TWIN,
                                         RP_SELECTOR_LDT_TWIN};
    for (size_t i = 0; i < sizeof selectors / sizeof selectors[0]; i++) {
        struct rp_descriptor d;
        rp_descriptor_at(mode, machine, selectors[i], &d);
        put_descriptor(sink, slot_address(selectors[i]), &d, RP_ARENA_TABLE_SIZE);
    }
}

static void put_gate(struct sink *sink, enum rp_mode mode, const struct rp_machine *machine, unsigned vector)
{
    if (mode == RP_MODE_REAL16)
        return; /* its table of far pointers never changes */
    struct rp_descriptor d = rp_descriptor_vector(mode, machine, vector);
    put_descriptor(sink, RP_ARENA_IDT + vector * (d.wide ? 16 : 8), &d, RP_ARENA_IDT_SIZE);
}

/* The bit of the probe port; every other one denies. */
static void put_iomap(struct sink *sink, const struct rp_machine *machine)
{
    uint32_t port = (uint32_t)machine->value[RP_RESOURCE_TSS_PORT] & 0xffff;
    uint32_t at = RP_ARENA_TSS + RP_ARENA_IOMAP_OFFSET + (port >> 6) * 8;
    /* A wide port access tests the bits of all its bytes (SDM Vol. 1 19.5.2): four are opened. */
    uint64_t open = UINT64_C(0xf) << (port & 63);
    uint64_t word = machine->value[RP_RESOURCE_TSS_IOMAP] ? UINT64_MAX : ~open;
    sink->word(sink, at, word);
    sink->word(sink, at + RP_ARENA_TSS_STRIDE, word);
}

/* The bit of the vector that INT n of vm86 names (SDM Vol. 3A 20.3.3); every other one redirects. */
static void put_redirection(struct sink *sink, enum rp_mode mode, const struct rp_machine *machine)
{
    unsigned vector = (unsigned)machine->value[RP_RESOURCE_IDT_GATE_VECTOR] & 0xff;
    uint32_t at = RP_ARENA_TSS + RP_ARENA_REDIRECTION_OFFSET + (vector >> 6) * 8;
    uint64_t word = machine->value[RP_RESOURCE_TSS_REDIRECTION] ? UINT64_C(1) << (vector & 63) : 0;
    if (mode != RP_MODE_VM86)
        return;
    sink->word(sink, at, word);
    sink->word(sink, at + RP_ARENA_TSS_STRIDE, word);
}

/* Everything that a machine decides. */
static void put_machine(struct sink *sink, enum rp_mode mode, const struct rp_machine *machine)
{
    put_probes(sink, mode, machine);
    put_in_use(sink, mode, machine);
    put_placed(sink, mode, machine);
    for (unsigned vector = 3; vector <= 4; vector++)
        put_gate(sink, mode, machine, vector);
    put_gate(sink, mode, machine, (unsigned)machine->value[RP_RESOURCE_IDT_GATE_VECTOR] & 0xff);
    put_iomap(sink, machine);
    put_redirection(sink, mode, machine);
}

/* A list of words; the base's, and what a pre-state adds to it. */
struct list_sink {
    struct sink sink;
    const struct rp_memory *base; /* NULL: keep every word */
    struct rp_memory *memory;
    struct rp_error *error;
    int result;
};

static void list_word(struct sink *sink, uint32_t address, uint64_t value)
{
    struct list_sink *list = (struct list_sink *)sink;
    uint64_t listed = rp_memory_get(list->memory, address);
    bool is_base = list->base && rp_memory_get(list->base, address) == value;
    if (list->result == RP_OK &&
        (!is_base || (listed && listed != value))) /* a placed word gives way again */
        list->result = rp_memory_set(list->memory, address, value, list->error);
}

int rp_system_memory(enum rp_mode mode, const struct rp_machine *machine, struct rp_memory *memory,
                     struct rp_error *error)
{
    struct rp_machine standard;
    struct rp_memory base = {0};
    rp_machine_init(&standard, mode, RP_POLICY_LEGACY);
    struct list_sink list = {{list_word}, NULL, &base, error, RP_OK};
    put_machine(&list.sink, mode, &standard);
    struct list_sink difference = {{list_word}, &base, memory, error, list.result};
    put_machine(&difference.sink, mode, machine);
    return difference.result;
}

struct put_sink {
    struct sink sink;
    rp_memory_put *put;
    void *context;
};

static void put_word(struct sink *sink, uint32_t address, uint64_t value)
{
    struct put_sink *p = (struct put_sink *)sink;
    p->put(p->context, address, &value, sizeof value);
}

static void put_fixed_descriptors(struct put_sink *p, enum rp_mode mode, const struct rp_machine *machine)
{
    for (unsigned ti = 0; ti <= 4; ti += 4) {
        for (unsigned selector = ti ? ti : 8; selector < RP_SELECTOR_FREE; selector += 8) {
            struct rp_descriptor d;
            if (rp_descriptor_at(mode, machine, (uint16_t)selector, &d)) {
                put_descriptor(&p->sink, slot_address(selector), &d, RP_ARENA_TABLE_SIZE);
                selector += 8u * d.wide;
            }
        }
    }
}

/* The TSS fields that a change of ring reads: stack of ring 0, place of the bitmap (SDM Vol. 3A 7.2.1, 7.7).
 */
static void put_tss(struct put_sink *p, enum rp_mode mode)
{
    bool long_mode = rp_mode_info(mode)->long_mode;
    uint16_t iomap = RP_ARENA_IOMAP_OFFSET;
    uint32_t legacy[2] = {RP_ARENA_STACK0_TOP, RP_SELECTOR_DATA_RING0};
    uint64_t rsp0 = RP_ARENA_STACK0_TOP;
    uint8_t denied[64];
    memset(denied, 0xff, sizeof denied);
    for (uint32_t base = RP_ARENA_TSS; base <= RP_ARENA_TSS + RP_ARENA_TSS_STRIDE;
         base += RP_ARENA_TSS_STRIDE) {
        p->put(p->context, base + 4, long_mode ? (const void *)&rsp0 : (const void *)legacy, 8);
        p->put(p->context, base + 0x66, &iomap, sizeof iomap);
        for (uint32_t at = RP_ARENA_IOMAP_OFFSET; at <= RP_ARENA_TSS_LIMIT; at += sizeof denied)
            p->put(p->context, base + at, denied, sizeof denied);
    }
}

/* Far pointers into the code segment, where 16 bits reach. */
static void put_far_pointers(struct put_sink *p, uint32_t table)
{
    for (unsigned vector = 0; vector < 256; vector++) {
        uint16_t entry[2] = {(uint16_t)(RP_ARENA_CODE_ENTRIES + vector * RP_ARENA_ENTRY_STRIDE),
                             RP_ARENA_CODE >> 4};
        p->put(p->context, table + 4 * vector, entry, sizeof entry);
    }
}

static void put_vectors(struct put_sink *p, enum rp_mode mode, const struct rp_machine *machine)
{
    const uint8_t hlt[8] = {0xf4, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4};
    for (uint32_t at = 0; at < 0x1000; at += sizeof hlt)
        p->put(p->context, RP_ARENA_ENTRIES + at, hlt, sizeof hlt);
    for (unsigned vector = 0; vector < 256; vector++)
        put_gate(&p->sink, mode, machine, vector);
    if (mode == RP_MODE_REAL16) {
        put_far_pointers(p, RP_ARENA_IDT);
        put_far_pointers(p, RP_ARENA_IDT + RP_ARENA_IDT_SIZE);
    }
    if (mode == RP_MODE_VM86)
        put_far_pointers(p, RP_ARENA_VECTORS);
}

static void put_fill(struct put_sink *p, uint32_t address, uint32_t size)
{
    for (uint32_t at = 0; at < size; at += 8)
        put_word(&p->sink, address + at, RP_MEMORY_FILL);
}

/* Page tables come page by page, so that no caller's stack has to hold them all. */
static void put_page_tables(struct put_sink *p, enum rp_mode mode)
{
    static _Thread_local uint64_t tables[RP_ARENA_TABLES_SIZE / 8];
    rp_arena_page_tables(mode, tables);
    p->put(p->context, RP_ARENA_TABLES, tables, sizeof tables);
}

void rp_prestate_base(enum rp_mode mode, rp_memory_put *put, void *context)
{
    struct put_sink p = {{put_word}, put, context};
    struct rp_machine standard;
    rp_machine_init(&standard, mode, RP_POLICY_LEGACY);
    put_fill(&p, RP_ARENA_DATA, RP_ARENA_DATA_SIZE);
    put_fill(&p, RP_ARENA_STACK, RP_ARENA_STACK_SIZE);
    put_fixed_descriptors(&p, mode, &standard);
    put_tss(&p, mode);
    put_vectors(&p, mode, &standard);
    put_machine(&p.sink, mode, &standard);
    put_page_tables(&p, mode);
}
