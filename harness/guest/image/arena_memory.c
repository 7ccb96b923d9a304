/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arena's memory and what should be in it. Dirty bits of page tables tell which pages a run has written
 * (SDM Vol. 3A 4.8): cleared before it, and put back with the page. Without paging everything that a test
 * reaches is compared. */
#include "guest/image/cpu.h"
#include "guest/image/image.h"

#include <string.h>

#define CR4_PSE      UINT64_C(0x10)
#define DIRTY        UINT32_C(0x40)
#define PAGE         UINT32_C(0x1000)
#define FILL_CODE    0xff /* FF /7, at any alignment: #UD at its first byte (SDM Vol. 2D A.4 table A-6) */
#define SYSTEM_PAGES (RP_ARENA_SYSTEM_SIZE / PAGE)
#define USER_PAGES   10

#define PLACED_MAX 48 /* bytes of an instruction and its epilogue */

enum { REGION_DATA, REGION_STACK, REGION_SYSTEM, REGIONS };
static const struct {
    uint32_t address, size;
} regions[REGIONS] = {{RP_ARENA_DATA, RP_ARENA_DATA_SIZE},
                      {RP_ARENA_STACK, RP_ARENA_STACK_SIZE},
                      {RP_ARENA_SYSTEM, RP_ARENA_SYSTEM_SIZE}};
#define TOTAL (RP_ARENA_DATA_SIZE + RP_ARENA_STACK_SIZE + RP_ARENA_SYSTEM_SIZE)

#define PAGES (TOTAL / PAGE)
#define MODES 4 /* of one image, at most */
#define FIRST (RP_GUEST_LONG ? RP_MODE_LONG64 : RP_MODE_PROT32)

/* What each mode has under every pre-state, made when it is first needed, and which pages of it differ from
 * one mode to another: vm86 and its partner real16 take turns. */
static unsigned char bases[MODES][TOTAL] __attribute__((aligned(8)));
static bool known[MODES];
static enum { UNKNOWN, SAME, OTHER } pages[MODES][MODES][PAGES];
static unsigned char *base;
static unsigned char expected[TOTAL] __attribute__((aligned(8)));

/* Where the pages of a test are mapped, and which memory that is; the aliases of arena.h among them. */
static const struct {
    uint32_t linear, physical;
} user_pages[USER_PAGES] = {{RP_ARENA_DATA, RP_ARENA_DATA},
                            {RP_ARENA_DATA + PAGE, RP_ARENA_DATA + PAGE},
                            {RP_ARENA_STACK, RP_ARENA_STACK},
                            {RP_ARENA_STACK + PAGE, RP_ARENA_STACK + PAGE},
                            {0, RP_ARENA_DATA},
                            {PAGE, RP_ARENA_DATA + PAGE},
                            {RP_ARENA_ALIAS_SUM, RP_ARENA_DATA},
                            {RP_ARENA_ALIAS_SUM + PAGE, RP_ARENA_DATA + PAGE},
                            {RP_ARENA_ALIAS_BASE, RP_ARENA_DATA},
                            {RP_ARENA_ALIAS_BASE + PAGE, RP_ARENA_DATA + PAGE}};

static enum rp_mode mode = RP_MODE_COUNT;
static uint32_t applied[RP_MEMORY_WORDS_MAX], applied_count, applied_serial;
static const struct rp_guest_slot *applied_slot;
static struct rp_encoding placed;
static uint8_t placed_epilogue; /* its length */
static bool code_known;         /* the code page is what code_expected says */
static unsigned char code_expected[RP_ARENA_CODE_SIZE] __attribute__((aligned(8)));

/* Low bytes of page-table entries: all that is ever looked at. */
static uint32_t *user_entry[2][USER_PAGES], *code_entry[2], *system_entry[SYSTEM_PAGES];

static unsigned char *expected_at(uint32_t address)
{
    unsigned char *at = expected;
    for (unsigned i = 0; i < REGIONS; i++) {
        if (address - regions[i].address < regions[i].size)
            return at + (address - regions[i].address);
        at += regions[i].size;
    }
    return NULL;
}

static void put_base(void *context, uint32_t address, const void *bytes, size_t length)
{
    unsigned char *at = expected_at(address);
    (void)context;
    if (at)
        memcpy(base + (at - expected), bytes, length);
}

static void find_entries(void)
{
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned k = 0; k < USER_PAGES; k++)
            user_entry[i][k] = rp_guest_tables_entry(3 * i, user_pages[k].linear);
        code_entry[i] = rp_guest_tables_entry(3 * i, RP_ARENA_CODE);
        *code_entry[i] &= ~DIRTY;
    }
    for (unsigned i = 0; i < SYSTEM_PAGES; i++)
        system_entry[i] = rp_guest_tables_entry(0, RP_ARENA_SYSTEM + i * PAGE);
}

static void make_base(unsigned number)
{
    base = bases[number];
    if (known[number])
        return;
    rp_prestate_base(mode, put_base, NULL);
    rp_guest_tables_extend(mode, base + (expected_at(RP_ARENA_SYSTEM) - expected));
    known[number] = true;
}

/* Where byte `offset` of the images stands. */
static uint32_t address_of(uint32_t offset)
{
    unsigned i = 0;
    for (; offset >= regions[i].size; i++)
        offset -= regions[i].size;
    return regions[i].address + offset;
}

/* True if page `page` is another one in mode `to` than in `from`. */
static bool page_differs(unsigned from, unsigned to, unsigned page)
{
    if (pages[from][to][page] == UNKNOWN) {
        bool same = memcmp(bases[from] + page * PAGE, bases[to] + page * PAGE, PAGE) == 0;
        pages[from][to][page] = same ? SAME : OTHER;
    }
    return pages[from][to][page] == OTHER;
}

static void forget_applied(void);

void rp_guest_memory_enter(enum rp_mode new_mode)
{
    if (mode == new_mode)
        return;
    unsigned to = new_mode - FIRST, from = mode == RP_MODE_COUNT ? to : mode - FIRST;
    bool first = mode == RP_MODE_COUNT;
    forget_applied();
    rp_guest_now[RP_REG_CR4] = rp_guest_cr4() | CR4_PSE; /* which the boot root of 32-bit code needs */
    rp_guest_set_cr4(rp_guest_now[RP_REG_CR4]);
    rp_guest_set_cr3((unsigned long)rp_guest_boot_root);
    mode = new_mode;
    make_base(to);
    for (unsigned page = 0; page < PAGES; page++) {
        if (!first && !page_differs(from, to, page))
            continue;
        memcpy(expected + page * PAGE, base + page * PAGE, PAGE);
        memcpy(rp_guest_low(address_of(page * PAGE)), base + page * PAGE, PAGE);
    }
    /* Where a task switch to the arena's other TSS finds its CR3, 0: a root like all others. */
    memcpy(rp_guest_low(0), rp_guest_low((uint32_t)rp_arena_root(mode, 3, 0)), PAGE);
    rp_guest_now[RP_REG_CR3] = rp_arena_root(mode, 0, 0);
    rp_guest_set_cr3(rp_guest_now[RP_REG_CR3]);
    find_entries();
    memset(code_expected, FILL_CODE, sizeof code_expected);
    rp_guest_tables_code(mode, code_expected);
    code_known = false;
}

static void put_word(uint32_t address, uint64_t value)
{
    memcpy(expected_at(address), &value, sizeof value);
    memcpy(rp_guest_low(address), &value, sizeof value);
}

/* Takes the words of the pre-state back that stand there. */
static void forget_applied(void)
{
    for (uint32_t i = 0; i < applied_count; i++) {
        uint64_t value;
        memcpy(&value, base + (expected_at(applied[i]) - expected), sizeof value);
        put_word(applied[i], value);
    }
    applied_count = 0;
    applied_slot = NULL;
}

void rp_guest_memory_apply(const struct rp_guest_slot *slot)
{
    const struct rp_memory *memory = &slot->prestate.memory;
    if (slot == applied_slot && slot->serial == applied_serial)
        return;
    forget_applied();
    for (uint32_t i = 0; i < memory->count; i++) {
        uint32_t address = memory->word[i].address;
        applied[i] = address;
        put_word(address, rp_guest_tables_gate(address, memory->word[i].value));
    }
    applied_count = memory->count;
    applied_slot = slot;
    applied_serial = slot->serial;
}

/* Only words that differ are written: where code is translated, each write throws translations away. */
static void settle_code(void)
{
    uint64_t *have = rp_guest_low(RP_ARENA_CODE);
    const uint64_t *want = (const uint64_t *)(const void *)code_expected;
    for (unsigned i = 0; i < RP_ARENA_CODE_SIZE / 8; i++)
        if (have[i] != want[i])
            have[i] = want[i];
}

void rp_guest_memory_place(const struct rp_encoding *encoding, const struct rp_guest_epilogue *epilogue)
{
    unsigned char *at = code_expected + (RP_ARENA_INSTRUCTION - RP_ARENA_CODE);
    if (code_known && memcmp(&placed, encoding, sizeof placed) == 0 && epilogue->length == placed_epilogue)
        return;
    memset(at, FILL_CODE, PLACED_MAX);
    memcpy(at, encoding->bytes, encoding->length);
    memcpy(at + encoding->length, epilogue->bytes, epilogue->length);
    placed = *encoding;
    if (code_known)
        memcpy(rp_guest_low(RP_ARENA_INSTRUCTION), at,
               epilogue->length || placed_epilogue ? PLACED_MAX : RP_ENCODING_MAX + 1);
    else
        settle_code();
    placed_epilogue = epilogue->length;
    code_known = true;
}

/* The component of a compared word; 0 (no memory's) outside the windows. */
static uint32_t component_of(uint32_t address)
{
    uint32_t component = RP_COMPONENT_MEMORY;
    for (unsigned i = 0; i < RP_WINDOW_COUNT; i++) {
        const struct rp_window_info *window = rp_window_info((enum rp_window)i);
        if (address - window->address < window->size)
            return component + (address - window->address) / 8;
        component += window->size / 8;
    }
    return 0;
}

static void settle_page(uint32_t address, struct rp_guest_changes *changes)
{
    uint64_t *want = (uint64_t *)(void *)expected_at(address), *have = rp_guest_low(address);
    for (unsigned i = 0; i < PAGE / 8; i++) {
        if (have[i] == want[i])
            continue;
        uint32_t component = component_of(address + 8 * i);
        if (component)
            changes->list[changes->count++] = (struct rp_change){component, have[i]};
        have[i] = want[i];
    }
}

/* True if the page was written; then it is clean again. */
static bool take_dirty(uint32_t *entry, uint32_t linear)
{
    if (!(*entry & DIRTY))
        return false;
    *entry &= ~DIRTY;
    rp_guest_invlpg(linear);
    return true;
}

static void settle_user(struct rp_guest_changes *changes)
{
    bool dirty[4] = {false};
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned k = 0; k < USER_PAGES; k++) {
            unsigned page = k < 4 ? k : k & 1;
            if (user_entry[i][k])
                dirty[page] |= take_dirty(user_entry[i][k], user_pages[k].linear);
        }
        if (take_dirty(code_entry[i], RP_ARENA_CODE))
            settle_code();
    }
    for (unsigned k = 0; k < 4; k++)
        if (dirty[k])
            settle_page(user_pages[k].physical, changes);
}

static void settle_system(struct rp_guest_changes *changes)
{
    for (unsigned i = 0; i < SYSTEM_PAGES; i++)
        if (take_dirty(system_entry[i], RP_ARENA_SYSTEM + i * PAGE))
            settle_page(RP_ARENA_SYSTEM + i * PAGE, changes);
}

void rp_guest_memory_settle(struct rp_guest_changes *changes)
{
    if (mode == RP_MODE_REAL16) {
        for (unsigned k = 0; k < 4; k++)
            settle_page(user_pages[k].physical, changes);
        settle_code();
        return;
    }
    settle_user(changes);
    settle_system(changes);
}

void rp_guest_memory_forget(uint32_t start, uint32_t length)
{
    const unsigned char *whole = expected_at(start);
    if (whole && expected_at(start + length - 1) == whole + length - 1) {
        memcpy(rp_guest_low(start), whole, length);
        return;
    }
    for (uint32_t address = start; address != start + length; address++) {
        unsigned char *want = expected_at(address);
        if (want)
            *(unsigned char *)rp_guest_low(address) = *want;
    }
}

uint64_t rp_guest_memory_word(uint64_t address)
{
    uint64_t value = 0;
    if (address < RP_GUEST_LOW_SIZE - sizeof value)
        memcpy(&value, rp_guest_low((uint32_t)address), sizeof value);
    return value;
}
