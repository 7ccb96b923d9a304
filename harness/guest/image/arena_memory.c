/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arena's memory and what should be in it. Dirty bits of page tables tell which pages a run has written
 * (SDM Vol. 3A 4.8): cleared before it, and put back with the page. Without paging the pages of the arena are
 * compared, and what else a test's segments reach is emptied. */
#include "guest/image/cpu.h"
#include "guest/image/image.h"
#include "guest/image/wide.h"

#include <string.h>

#define CR4_PSE    UINT64_C(0x10)
#define DIRTY      UINT32_C(0x40)
#define PAGE       UINT32_C(0x1000)
#define FILL_CODE  0xff /* FF /7, at any alignment: #UD at its first byte (SDM Vol. 2D A.4 table A-6) */
#define ENTRY_SIZE (RP_GUEST_LONG ? 8 : 4) /* of a page table */
/* Of entries that stand in a word: a bit each. */
#define DIRTY_OF_WORD (RP_GUEST_LONG ? UINT64_C(1) : UINT64_C(0x100000001))
#define SYSTEM_PAGES  (RP_ARENA_SYSTEM_SIZE / PAGE)
#define USER_PAGES    10

#define PLACED_MAX 48 /* bytes of an instruction and its epilogue */

#define PAGES (RP_GUEST_REGIONS_SIZE / PAGE)
#define MODES 4 /* of one image, at most */
#define FIRST (RP_GUEST_LONG ? RP_MODE_LONG64 : RP_MODE_PROT32)

/* What each mode has under every pre-state, made when it is first needed, and which pages of it differ from
 * one mode to another: vm86 and its partner real16 take turns. */
static unsigned char bases[MODES][RP_GUEST_REGIONS_SIZE] __attribute__((aligned(8)));
static bool known[MODES];
static struct {
    bool known;
    uint8_t count, page[PAGES];
} others[MODES][MODES];
_Static_assert(PAGES <= UINT8_MAX, "a page's number is a byte");
static unsigned char *base;
static unsigned char expected[RP_GUEST_REGIONS_SIZE] __attribute__((aligned(8)));

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
/* The words of a pre-state that stand there. */
static struct applied {
    uint32_t serial; /* 0: of none */
    const struct rp_guest_word *word, *end;
} applied;
static struct rp_encoding placed;
static uint8_t placed_epilogue; /* its length */
static bool code_known;         /* the code page is what code_expected says */
static bool unsettled;          /* quiet runs' memory has not been looked at since */
static unsigned char code_pages[2][RP_ARENA_CODE_SIZE]
    __attribute__((aligned(8))); /* the second: real mode's */
static unsigned char *code_expected = code_pages[0];

/* The page tables that map a test's pages in ring 0 and 3, and the one that maps the system part. */
static unsigned char *user_table[2], *system_table;

/* The entry for page `number` of a table, its low bytes: all that is ever looked at. */
static inline uint32_t *entry_of(unsigned char *table, uint32_t number)
{
    return (uint32_t *)(void *)(table + number * ENTRY_SIZE);
}

static inline uint32_t *user_entry(unsigned ring, uint32_t linear)
{
    return entry_of(user_table[ring], linear / PAGE);
}

static void put_base(void *context, uint32_t address, const void *bytes, size_t length)
{
    uint32_t offset = rp_guest_offset(address);
    (void)context;
    if (offset < RP_GUEST_REGIONS_SIZE)
        memcpy(base + offset, bytes, length);
}

static void find_entries(void)
{
    for (unsigned i = 0; i < 2; i++) {
        user_table[i] = (unsigned char *)rp_guest_tables_entry(3 * i, 0);
        *user_entry(i, RP_ARENA_CODE) &= ~DIRTY;
    }
    system_table = (unsigned char *)rp_guest_tables_entry(0, RP_ARENA_SYSTEM);
}

static void make_base(unsigned number)
{
    base = bases[number];
    if (known[number])
        return;
    rp_prestate_base(mode, put_base, NULL);
    rp_guest_tables_extend(mode, base + rp_guest_offset(RP_ARENA_SYSTEM));
    known[number] = true;
}

/* Where byte `offset` of the images stands. */
static uint32_t address_of(uint32_t offset)
{
    unsigned i = 0;
    for (; offset >= rp_guest_regions[i].size; i++)
        offset -= rp_guest_regions[i].size;
    return rp_guest_regions[i].address + offset;
}

/* Finds the pages that are others in mode `to` than in `from`. */
static void find_others(unsigned from, unsigned to)
{
    others[from][to].known = true;
    for (unsigned page = 0; page < PAGES; page++)
        if (memcmp(bases[from] + page * PAGE, bases[to] + page * PAGE, PAGE) != 0)
            others[from][to].page[others[from][to].count++] = (uint8_t)page;
}

static void forget_applied(void);

static void stray(void)
{
    RP_GUEST_SHARED_AT->strayed++;
}

/* Page `page` of the images, from base and with nothing applied. What a quiet run has written there would be
 * lost. */
static void put_page(unsigned page)
{
    void *low = rp_guest_low(address_of(page * PAGE));
    if (unsettled && page >= SYSTEM_PAGES && memcmp(low, expected + page * PAGE, PAGE) != 0)
        stray();
    rp_guest_wide.copy(expected + page * PAGE, base + page * PAGE, PAGE);
    rp_guest_wide.copy(low, base + page * PAGE, PAGE);
}

static void choose_code(void)
{
    static bool made[2];
    bool real = mode == RP_MODE_REAL16;
    code_expected = code_pages[real];
    code_known = false;
    if (made[real])
        return;
    made[real] = true;
    memset(code_expected, FILL_CODE, RP_ARENA_CODE_SIZE);
    rp_guest_tables_code(mode, code_expected);
}

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
    for (unsigned page = 0; first && page < PAGES; page++)
        put_page(page);
    if (!first && !others[from][to].known)
        find_others(from, to);
    for (unsigned i = 0; i < others[from][to].count; i++)
        put_page(others[from][to].page[i]);
    /* Where a task switch to the arena's other TSS finds its CR3, 0: a root like all others. */
    rp_guest_wide.copy(rp_guest_low(0), rp_guest_low((uint32_t)rp_arena_root(mode, 3, 0)), PAGE);
    rp_guest_now[RP_REG_CR3] = rp_arena_root(mode, 0, 0);
    rp_guest_set_cr3(rp_guest_now[RP_REG_CR3]);
    find_entries();
    choose_code();
}

/* What a quiet run has written where words are put would be lost. Of the system's words it has written none,
 * but the CPU marks page tables. */
static void check_words(const struct rp_guest_word *at, const struct rp_guest_word *end)
{
    for (; at != end && at->offset >= RP_ARENA_SYSTEM_SIZE; at++) /* ascending: the system's come last */
        if (*(const uint64_t *)rp_guest_low(at->address) !=
            *(const uint64_t *)(const void *)(expected + at->offset))
            stray();
}

/* Takes the words of the pre-state back that stand there. */
static void forget_applied(void)
{
    if (unsettled)
        check_words(applied.word, applied.end);
    rp_guest_wide.put_back(applied.word, applied.end, expected, base);
    applied = (struct applied){0};
}

/* The same, of those words that another pre-state's will not overwrite. */
static void forget_stale(uint32_t stale)
{
    if (unsettled)
        check_words(applied.word, applied.end);
    rp_guest_wide.put_back_some(applied.word, stale, expected, base);
}

void rp_guest_memory_apply(const struct rp_guest_job *job, const struct rp_guest_slot *slot)
{
    if (applied.serial == slot->serial)
        return;
    if (applied.serial && applied.serial == job->behind)
        forget_stale(job->stale);
    else
        forget_applied();
    struct applied next = {slot->serial, slot->word, slot->word + slot->count};
    if (unsettled)
        check_words(next.word, next.end);
    rp_guest_wide.put(next.word, next.end, expected);
    applied = next;
}

/* Only words that differ are written: where code is translated, each write throws translations away. True if
 * there were any. */
static bool settle_code(void)
{
    bool any = false;
    uint64_t *have = rp_guest_low(RP_ARENA_CODE);
    const uint64_t *want = (const uint64_t *)(const void *)code_expected;
    for (unsigned i = 0; i < RP_ARENA_CODE_SIZE / 8; i += RP_GUEST_WIDE_WORDS) {
        uint32_t mask = rp_guest_wide.differences(have + i, want + i);
        any = any || mask;
        for (; mask; mask &= mask - 1) {
            unsigned k = i + (unsigned)__builtin_ctz(mask);
            have[k] = want[k];
        }
    }
    return any;
}

void rp_guest_memory_place(const struct rp_encoding *encoding, const struct rp_guest_epilogue *epilogue)
{
    unsigned char *at = code_expected + (RP_ARENA_INSTRUCTION - RP_ARENA_CODE);
    if (code_known && __builtin_memcmp(&placed, encoding, sizeof placed) == 0 &&
        epilogue->length == placed_epilogue)
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

static void settle_word(uint32_t address, uint64_t *have, uint64_t want, struct rp_guest_changes *changes)
{
    uint32_t component = rp_component_at(address);
    if (component)
        changes->list[changes->count++] = (struct rp_change){component, *have};
    *have = want;
}

/* First by large parts, most of which are the same. */
static void settle_page(uint32_t address, struct rp_guest_changes *changes)
{
    enum { PART = 1024 / 8 };
    const uint64_t *want = (const uint64_t *)(const void *)(expected + rp_guest_offset(address));
    uint64_t *have = rp_guest_low(address);
    for (unsigned i = 0; i < PAGE / 8; i += RP_GUEST_WIDE_WORDS) {
        if (i % PART == 0 && rp_guest_wide.same(have + i, want + i, PART * 8)) {
            i += PART - RP_GUEST_WIDE_WORDS;
            continue;
        }
        uint32_t mask = rp_guest_wide.differences(have + i, want + i);
        for (; mask; mask &= mask - 1) {
            unsigned k = i + (unsigned)__builtin_ctz(mask);
            settle_word(address + 8 * k, have + k, want[k], changes);
        }
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

/* True if one of the pages of a test has been written, which most runs don't. */
static bool is_user_dirty(void)
{
    uint32_t all = 0;
    for (unsigned i = 0; i < 2; i++) {
        all |= *user_entry(i, RP_ARENA_CODE);
#pragma GCC unroll 10
        for (unsigned k = 0; k < USER_PAGES; k++)
            all |= *user_entry(i, user_pages[k].linear);
    }
    return all & DIRTY;
}

/* A page that a quiet run has written is dirty still. */
static void settle_user(struct rp_guest_changes *changes)
{
    bool dirty[4] = {false};
    uint32_t count = changes->count;
    if (!is_user_dirty())
        return;
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned k = 0; k < USER_PAGES; k++)
            dirty[k < 4 ? k : k & 1] |= take_dirty(user_entry(i, user_pages[k].linear), user_pages[k].linear);
        if (take_dirty(user_entry(i, RP_ARENA_CODE), RP_ARENA_CODE))
            settle_code();
    }
    for (unsigned k = 0; k < 4; k++)
        if (dirty[k])
            settle_page(user_pages[k].physical, changes);
    if (unsettled && changes->count != count) /* whose doing it is nobody can tell */
        stray();
}

/* The stack is written by what ends the run; that code is, the driver does not see. */
static void settle_quiet(void)
{
    unsettled = true;
    for (unsigned i = 0; i < 2; i++)
        if (take_dirty(user_entry(i, RP_ARENA_CODE), RP_ARENA_CODE) && settle_code())
            stray();
}

static void settle_system(struct rp_guest_changes *changes)
{
    if (!(rp_guest_wide.any(system_table, SYSTEM_PAGES * ENTRY_SIZE) & DIRTY * DIRTY_OF_WORD))
        return;
    for (unsigned i = 0; i < SYSTEM_PAGES; i++)
        if (take_dirty(entry_of(system_table, i), RP_ARENA_SYSTEM + i * PAGE))
            settle_page(RP_ARENA_SYSTEM + i * PAGE, changes);
}

/* All that a test without paging can have written; true if any of it was no window's. What is `beyond` takes
 * longest, and is rarely written. */
static bool settle_all(struct rp_guest_changes *changes, bool beyond)
{
    bool any = beyond && rp_guest_beyond_settle();
    for (unsigned k = 0; k < 4; k++)
        settle_page(user_pages[k].physical, changes);
    return settle_code() || any;
}

void rp_guest_memory_kept(struct rp_guest_kept kept[RP_GUEST_KEPT])
{
    const void *like[] = {expected + rp_guest_offset(RP_ARENA_DATA),
                          expected + rp_guest_offset(RP_ARENA_STACK), code_pages[1]};
    kept[0] = (struct rp_guest_kept){RP_ARENA_DATA, RP_ARENA_DATA_SIZE, 0};
    kept[1] = (struct rp_guest_kept){RP_ARENA_STACK, RP_ARENA_STACK_SIZE, 0};
    kept[2] = (struct rp_guest_kept){RP_ARENA_CODE, RP_ARENA_CODE_SIZE, 0};
    for (unsigned i = 0; i < 3; i++)
        kept[i].like = (uint32_t)(unsigned long)like[i];
    rp_guest_beyond_kept(kept + 3);
}

void rp_guest_memory_begin(bool strayed, struct rp_guest_changes *changes)
{
    if (strayed)
        settle_all(changes, true);
    unsettled = false; /* else the driver has looked */
    changes->count = 0;
}

void rp_guest_memory_end(void)
{
    forget_applied();
}

void rp_guest_memory_settle(struct rp_guest_changes *changes, bool quiet, bool beyond)
{
    uint32_t count = changes->count;
    if (mode != RP_MODE_REAL16) {
        if (quiet)
            settle_quiet();
        else
            settle_user(changes);
        settle_system(changes);
    } else if (quiet) {
        unsettled = true;
    } else {
        bool any = settle_all(changes, beyond) || changes->count != count;
        if (any && unsettled)
            stray();
        unsettled = false;
    }
}

void rp_guest_memory_forget(uint32_t start, uint32_t length)
{
    while (length > 0) {
        uint32_t offset = rp_guest_offset(start), part = PAGE - start % PAGE;
        part = part < length ? part : length;
        if (offset < RP_GUEST_REGIONS_SIZE)
            memcpy(rp_guest_low(start), expected + offset, part);
        start += part;
        length -= part;
    }
}

uint64_t rp_guest_memory_word(uint64_t address)
{
    uint64_t value = 0;
    if (address < RP_GUEST_LOW_SIZE - sizeof value)
        memcpy(&value, rp_guest_low((uint32_t)address), sizeof value);
    return value;
}
