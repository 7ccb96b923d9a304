/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the image adds to the arena's tables: its own mappings under every root, dirty bits cleared, entry
 * points that lead into it, and in long mode stacks for all vectors. Nothing of it lies where a test is
 * compared. */
#include "guest/image/image.h"
#include "x86/vector.h"

#include <string.h>

#define ENTRY_SMALL UINT32_C(0x63) /* present, writable, supervisor, A, D */
#define WRITABLE    UINT32_C(0x02)
#define DIRTY       UINT32_C(0x40)
#define ADDRESS     UINT64_C(0xfffff000)
#define ENTRIES     512

/* The image's own part of linear memory: from, to, and the physical address of the first byte. */
static const struct {
    uint32_t linear, size, physical;
} mapped[] = {{RP_GUEST_IMAGE, RP_GUEST_IMAGE_SIZE, RP_GUEST_IMAGE},
              {RP_GUEST_LOW, RP_GUEST_LOW_SIZE, 0},
              {RP_GUEST_SHARED, RP_GUEST_SHARED_SIZE, RP_GUEST_SHARED}};

#if RP_GUEST_LONG
typedef uint64_t page_entry;
#define LARGE 21 /* the bits of an address within a table of pages, and of a page's number in it */
#define SMALL 9
#else
typedef uint32_t page_entry;
#define LARGE 22
#define SMALL 10
#endif
/* Tables of them, which all roots share. */
static page_entry pages[(RP_GUEST_SHARED + RP_GUEST_SHARED_SIZE) >> LARGE][1 << SMALL]
    __attribute__((aligned(4096)));

extern const unsigned char rp_guest_constant_end[];

/* Once. What no run may change is clean, and stays so. */
static void fill_pages(void)
{
    if (pages[RP_GUEST_IMAGE >> LARGE][0])
        return;
    for (unsigned i = 0; i < sizeof mapped / sizeof mapped[0]; i++) {
        for (uint32_t at = 0; at < mapped[i].size; at += 0x1000) {
            uint32_t linear = mapped[i].linear + at;
            bool constant = linear >= RP_GUEST_IMAGE && linear < (unsigned long)rp_guest_constant_end;
            pages[linear >> LARGE][linear >> 12 & ((1 << SMALL) - 1)] =
                (mapped[i].physical + at) | (constant ? ENTRY_SMALL & ~DIRTY : ENTRY_SMALL);
        }
    }
}

struct rp_guest_kept rp_guest_tables_constant(void)
{
    uint32_t count = (uint32_t)(unsigned long)rp_guest_constant_end - RP_GUEST_IMAGE;
    return (struct rp_guest_kept){.address = (uint32_t)(unsigned long)pages[RP_GUEST_IMAGE >> LARGE],
                                  .size = count / 0x1000 * sizeof(page_entry)};
}

/* A table of `system`, which holds the arena's system part. */
static void *table(unsigned char *system, uint64_t entry)
{
    return system + ((uint32_t)(entry & ADDRESS) - RP_ARENA_SYSTEM);
}

#if RP_GUEST_LONG
/* TSS, SDM Vol. 3A 7.7. */
enum { IST1 = 0x24 };

static uint64_t *directory(unsigned char *system, unsigned ring, unsigned copy)
{
    uint64_t *root = table(system, rp_arena_root(RP_MODE_LONG64, ring, copy));
    uint64_t *top = table(system, root[0]);
    return table(system, top[0]);
}

static void *entry(unsigned char *system, unsigned ring, uint32_t linear)
{
    uint64_t *low = table(system, directory(system, ring, 0)[linear >> LARGE]);
    return &low[linear >> 12 & 511];
}

static void add_stacks(unsigned char *system)
{
    volatile uint64_t *top[RP_GUEST_STACKS];
    for (unsigned i = 0; i < RP_GUEST_STACKS; i++)
        top[i] = rp_guest_stacks[i] + RP_GUEST_STACK_WORDS;
    for (uint32_t tss = RP_ARENA_TSS; tss <= RP_ARENA_TSS + RP_ARENA_TSS_STRIDE; tss += RP_ARENA_TSS_STRIDE)
        memcpy(system + (tss - RP_ARENA_SYSTEM) + IST1, top, sizeof top);
}

static void add_gates(unsigned char *system)
{
    add_stacks(system);
    for (uint32_t address = RP_ARENA_IDT; address < RP_ARENA_IDT + 2 * RP_ARENA_IDT_SIZE; address += 8) {
        uint64_t word;
        memcpy(&word, system + (address - RP_ARENA_SYSTEM), sizeof word);
        word = rp_guest_gate(RP_GUEST_SHARED_AT, address, word);
        memcpy(system + (address - RP_ARENA_SYSTEM), &word, sizeof word);
    }
}
#endif

#if !RP_GUEST_LONG
/* Selectors of the GDT that no test is likely to name, and within its limit under every policy: the double
 * fault's task, and code that reaches the image. */
#define SELECTOR_DOUBLE 0xffd0
#define FLAT_CODE       UINT64_C(0x00cf9b000000ffff)
#define TSS_STACK0_SIZE 16 /* up to SS0, SDM Vol. 3A 7.2.1 */
#define FLAT_DATA       UINT64_C(0x00cf93000000ffff)
enum { TSS_CR3 = 7, TSS_EIP, TSS_EFLAGS, TSS_ESP = 14, TSS_ES = 18, TSS_CS, TSS_SS, TSS_DS, TSS_WORDS = 26 };

extern unsigned char rp_guest_double[], rp_guest_stack_double[];
static uint32_t double_tss[TSS_WORDS];
static uint32_t *directory(unsigned char *system, unsigned ring, unsigned copy)
{
    return table(system, rp_arena_root(RP_MODE_PROT32, ring, copy));
}

static void *entry(unsigned char *system, unsigned ring, uint32_t linear)
{
    uint32_t *low = table(system, directory(system, ring, 0)[linear >> LARGE]);
    return &low[linear >> 12 & 1023];
}

static void fill_double(void)
{
    double_tss[TSS_CR3] = (uint32_t)rp_arena_root(RP_MODE_PROT32, 0, 0);
    double_tss[TSS_EIP] = (uint32_t)(unsigned long)rp_guest_double;
    double_tss[TSS_EFLAGS] = (uint32_t)RP_FLAG_ONE;
    double_tss[TSS_ESP] = (uint32_t)(unsigned long)rp_guest_stack_double;
    double_tss[TSS_CS] = RP_GUEST_CODE;
    double_tss[TSS_ES] = double_tss[TSS_SS] = double_tss[TSS_DS] = RP_GUEST_DATA;
}

uint32_t rp_guest_handler_data = RP_GUEST_DATA, rp_guest_handler_code = RP_GUEST_CODE;

static void adjust(unsigned char *system, uint32_t address, uint32_t size)
{
    for (uint32_t at = address - RP_ARENA_SYSTEM; size >= 8; at += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, system + at, sizeof word);
        word = rp_guest_gate(RP_GUEST_SHARED_AT, at + RP_ARENA_SYSTEM, word);
        memcpy(system + at, &word, sizeof word);
    }
}

/* The double fault's task gate in both tables of vectors, its TSS in both of descriptors (SDM Vol. 3A 7.2.2).
 */
static void add_gates(unsigned char *system)
{
    if (RP_GUEST_SHARED_AT->unchecked) {
        rp_guest_handler_data = RP_SELECTOR_DATA_RING0;
        rp_guest_handler_code = RP_SELECTOR_CODE32_RING0;
    }
    adjust(system, RP_ARENA_IDT, 2 * RP_ARENA_IDT_SIZE);
    adjust(system, RP_ARENA_TSS, TSS_STACK0_SIZE);
    adjust(system, RP_ARENA_TSS + RP_ARENA_TSS_STRIDE, TSS_STACK0_SIZE);
    uint64_t gate = (uint64_t)SELECTOR_DOUBLE << 16 | UINT64_C(0x85) << 40;
    uint64_t base = (unsigned long)double_tss;
    uint64_t tss =
        (sizeof double_tss - 1) | (base & 0xffffff) << 16 | UINT64_C(0x89) << 40 | (base >> 24) << 56;
    uint64_t code = FLAT_CODE, data = FLAT_DATA;
    fill_double();
    for (unsigned copy = 0; copy < 2; copy++) {
        memcpy(system + (RP_ARENA_IDT - RP_ARENA_SYSTEM) + copy * RP_ARENA_IDT_SIZE + 8 * RP_VECTOR_DF, &gate,
               sizeof gate);
        memcpy(system + copy * RP_ARENA_TABLE_SIZE + SELECTOR_DOUBLE, &tss, sizeof tss);
        memcpy(system + copy * RP_ARENA_TABLE_SIZE + RP_GUEST_CODE, &code, sizeof code);
        memcpy(system + copy * RP_ARENA_TABLE_SIZE + RP_GUEST_DATA, &data, sizeof data);
    }
}

void *rp_guest_tables_physical(uint32_t linear)
{
    static const struct {
        uint32_t linear, size, physical;
    } places[] = {{RP_ARENA_STACK, RP_ARENA_STACK_SIZE, RP_ARENA_STACK},
                  {RP_ARENA_DATA, RP_ARENA_DATA_SIZE, RP_ARENA_DATA},
                  {RP_ARENA_SYSTEM, RP_ARENA_SYSTEM_SIZE, RP_ARENA_SYSTEM},
                  {0, RP_ARENA_DATA_SIZE, RP_ARENA_DATA},
                  {RP_ARENA_ALIAS_SUM, RP_ARENA_DATA_SIZE, RP_ARENA_DATA},
                  {RP_ARENA_ALIAS_BASE, RP_ARENA_DATA_SIZE, RP_ARENA_DATA}};
#pragma GCC unroll 6
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++)
        if (linear - places[i].linear < places[i].size)
            return rp_guest_low(places[i].physical + (linear - places[i].linear));
    return NULL;
}

uint32_t rp_guest_tables_address(const void *low)
{
    return (uint32_t)((const unsigned char *)low - (const unsigned char *)rp_guest_low(0));
}
#endif

static void map(unsigned char *system, unsigned ring, unsigned copy)
{
    page_entry *large = directory(system, ring, copy);
    for (unsigned i = 0; i < sizeof mapped / sizeof mapped[0]; i++)
        for (uint32_t at = 0; at < mapped[i].size; at += UINT32_C(1) << LARGE) {
            uint32_t table = (mapped[i].linear + at) >> LARGE;
            large[table] = (page_entry)(unsigned long)pages[table] | ENTRY_SMALL;
        }
}

/* JMP rel32 to the image's stub of the same number. */
static void add_entries(unsigned char *system)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        uint32_t at = RP_ARENA_ENTRIES + i * RP_ARENA_ENTRY_STRIDE;
        uint32_t to = (uint32_t)(unsigned long)rp_guest_stubs + 16 * i - (at + 5);
        unsigned char *code = system + (at - RP_ARENA_SYSTEM);
        code[0] = 0xe9;
        memcpy(code + 1, &to, sizeof to);
    }
}

static void clear_bits(unsigned char *system, unsigned ring, uint32_t linear, uint32_t size, uint32_t bits)
{
    for (uint32_t at = 0; at < size; at += 0x1000) {
        uint32_t *low = entry(system, ring, linear + at);
        *low &= ~bits;
    }
}

/* A store into what the CPU needs to come back, and never writes itself, is a page fault and not the guest's
 * end.
 */
static void protect(unsigned char *system)
{
    clear_bits(system, 0, RP_ARENA_IDT, 2 * RP_ARENA_IDT_SIZE, WRITABLE);
    clear_bits(system, 0, RP_ARENA_ENTRIES, 0x1000, WRITABLE);
    clear_bits(system, 0, RP_ARENA_TABLES, RP_ARENA_TABLES_SIZE, WRITABLE);
}

void rp_guest_tables_extend(enum rp_mode mode, unsigned char *system)
{
    fill_pages();
    for (unsigned ring = 0; ring <= 3; ring += 3) {
        for (unsigned copy = 0; copy < 2; copy++)
            map(system, ring, copy);
        clear_bits(system, ring, 0, RP_ARENA_ALIAS_BASE + RP_ARENA_DATA_SIZE, DIRTY);
    }
    clear_bits(system, 0, RP_ARENA_SYSTEM, RP_ARENA_SYSTEM_SIZE, DIRTY);
    protect(system);
    add_entries(system);
    if (mode != RP_MODE_REAL16)
        add_gates(system);
}

uint32_t *rp_guest_tables_entry(unsigned ring, uint32_t linear)
{
    return entry(rp_guest_low(RP_ARENA_SYSTEM), ring, linear);
}

#if RP_GUEST_LONG
void rp_guest_tables_code(enum rp_mode mode, unsigned char *code)
{
    (void)mode, (void)code;
}
#endif
