/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arena's tables and its page tables; see arena.h. */
#include "state/arena.h"

#include <string.h>

static const struct rp_window_info windows[] = {
    [RP_WINDOW_DATA] = {"data", RP_ARENA_DATA, RP_ARENA_DATA_SIZE, true},
    [RP_WINDOW_STACK] = {"stack", RP_ARENA_STACK, RP_ARENA_STACK_SIZE, true},
    [RP_WINDOW_GDT] = {"gdt", RP_ARENA_GDT, 0x200, false},
    [RP_WINDOW_GDT_COPY] = {"gdt-copy", RP_ARENA_GDT + RP_ARENA_TABLE_SIZE, 0x200, false},
    [RP_WINDOW_LDT] = {"ldt", RP_ARENA_LDT, 0x40, false},
    [RP_WINDOW_LDT_COPY] = {"ldt-copy", RP_ARENA_LDT + RP_ARENA_TABLE_SIZE, 0x40, false},
    [RP_WINDOW_TSS] = {"tss", RP_ARENA_TSS, 0x80, false},
};
_Static_assert(sizeof windows / sizeof windows[0] == RP_WINDOW_COUNT, "one row a window");

const struct rp_window_info *rp_window_info(enum rp_window window)
{
    return &windows[window];
}

const struct rp_arena_region rp_arena_regions[RP_ARENA_REGIONS] = {
    {RP_ARENA_CODE, RP_ARENA_CODE_SIZE, .executable = true, .writable = false},
    {RP_ARENA_DATA, RP_ARENA_DATA_SIZE, .executable = false, .writable = true},
    {RP_ARENA_STACK, RP_ARENA_STACK_SIZE, .executable = false, .writable = true},
    {RP_ARENA_SYSTEM, RP_ARENA_SYSTEM_SIZE, .executable = true, .writable = true},
};

static const struct rp_arena_view flat = {
    .instruction = RP_ARENA_INSTRUCTION, .data = RP_ARENA_DATA, .stack = RP_ARENA_STACK};
static const struct rp_arena_view segmented = {.code_base = RP_ARENA_CODE,
                                               .data_base = RP_ARENA_DATA,
                                               .stack_base = RP_ARENA_STACK,
                                               .instruction = RP_ARENA_INSTRUCTION - RP_ARENA_CODE};

const struct rp_arena_view *rp_arena_view(enum rp_mode mode)
{
    return rp_mode_info(mode)->code_bits == 16 ? &segmented : &flat;
}

/* Paging entries, SDM Vol. 3A 4.3 and 4.5: present, writable, user, accessed, dirty. */
#define ENTRY_SYSTEM UINT64_C(0x63)
#define ENTRY_USER   UINT64_C(0x67)
/* Pages of RP_ARENA_TABLES: for each ring a root with its copy, then the tables below it. */
enum { ROOT, ROOT_COPY, LOW, MIDDLE, TOP, RING_PAGES };

static uint64_t page(unsigned ring, unsigned number)
{
    return RP_ARENA_TABLES + ((ring ? RING_PAGES : 0) + (uint64_t)number) * 0x1000;
}

/* The table that maps the system part is shared by both rings: supervisor in either. */
#define SYSTEM_TABLE (RP_ARENA_TABLES + UINT64_C(15) * 0x1000)

uint64_t rp_arena_root(enum rp_mode mode, unsigned ring, unsigned copy)
{
    (void)mode; /* the same place under both kinds of paging */
    return page(ring, copy ? ROOT_COPY : ROOT);
}

struct tables {
    unsigned char *bytes;
    unsigned entry_size; /* 8, or 4 in legacy paging */
};

static void set(const struct tables *t, uint64_t table, uint64_t index, uint64_t entry)
{
    memcpy(t->bytes + (table - RP_ARENA_TABLES) + index * t->entry_size, &entry, t->entry_size);
}

static void map(const struct tables *t, uint64_t table, uint64_t linear, uint64_t physical, uint64_t size,
                uint64_t flags)
{
    uint64_t entries = 0x1000 / t->entry_size;
    for (uint64_t offset = 0; offset < size; offset += 0x1000)
        set(t, table, ((linear + offset) >> 12) & (entries - 1), (physical + offset) | flags);
}

/* The aliases are for flat segments and moved bases; in vm86, whose partner has no paging, they would show
 * one ring memory that the other does not have. What it has at 0 instead no data segment of 16 bits reaches.
 */
static void map_test_pages(const struct tables *t, unsigned ring, bool aliases)
{
    uint64_t flags = ring ? ENTRY_USER : ENTRY_SYSTEM, low = page(ring, LOW);
    map(t, low, RP_ARENA_CODE, RP_ARENA_CODE, RP_ARENA_CODE_SIZE, flags & ~UINT64_C(2));
    map(t, low, RP_ARENA_DATA, RP_ARENA_DATA, RP_ARENA_DATA_SIZE, flags);
    map(t, low, RP_ARENA_STACK, RP_ARENA_STACK, RP_ARENA_STACK_SIZE, flags);
    if (!aliases) {
        map(t, low, 0, RP_ARENA_VECTORS, RP_ARENA_VECTORS_SIZE, flags & ~UINT64_C(2));
        return;
    }
    map(t, low, 0, RP_ARENA_DATA, RP_ARENA_DATA_SIZE, flags);
    map(t, low, RP_ARENA_ALIAS_SUM, RP_ARENA_DATA, RP_ARENA_DATA_SIZE, flags);
    map(t, low, RP_ARENA_ALIAS_BASE, RP_ARENA_DATA, RP_ARENA_DATA_SIZE, flags);
}

static void build_long(const struct tables *t, unsigned ring)
{
    for (unsigned copy = ROOT; copy <= ROOT_COPY; copy++)
        set(t, page(ring, copy), 0, page(ring, TOP) | ENTRY_USER);
    set(t, page(ring, TOP), 0, page(ring, MIDDLE) | ENTRY_USER);
    set(t, page(ring, MIDDLE), 0, page(ring, LOW) | ENTRY_USER);
    set(t, page(ring, MIDDLE), RP_ARENA_SYSTEM >> 21, SYSTEM_TABLE | ENTRY_USER);
}

static void build_legacy(const struct tables *t, unsigned ring)
{
    for (unsigned copy = ROOT; copy <= ROOT_COPY; copy++) {
        set(t, page(ring, copy), 0, page(ring, LOW) | ENTRY_USER);
        set(t, page(ring, copy), RP_ARENA_SYSTEM >> 22, SYSTEM_TABLE | ENTRY_USER);
    }
}

void rp_arena_page_tables(enum rp_mode mode, void *tables)
{
    bool long_mode = rp_mode_info(mode)->long_mode;
    struct tables t = {tables, long_mode ? 8 : 4};
    memset(tables, 0, RP_ARENA_TABLES_SIZE);
    for (unsigned ring = 0; ring <= 3; ring += 3) {
        map_test_pages(&t, ring, rp_mode_info(mode)->protected_mode);
        (long_mode ? build_long : build_legacy)(&t, ring);
    }
    map(&t, SYSTEM_TABLE, RP_ARENA_SYSTEM, RP_ARENA_SYSTEM, RP_ARENA_SYSTEM_SIZE, ENTRY_SYSTEM);
}
