/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map at the head of arena.h is the arena: its addresses, sizes and selectors are those of the constants,
 * of the compared windows and of the descriptors that pre-states put there. */
#include "state/arena.h"
#include "state/descriptor.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *header; /* arena.h */

static int read_header(void **state)
{
    (void)state;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/src/state/arena.h", getenv("RP_SOURCE"));
    header = scratch_read(path);
    return 0;
}

static int free_header(void **state)
{
    (void)state;
    free(header);
    return 0;
}

/* A row of the map: "844000-846100     2101h  TSS, then ...". */
struct row {
    uint64_t first, last, bytes;
    char text[120]; /* from the content on */
};

/* Reads the row that begins at `line`; false if it is none. */
static bool read_row(const char *line, struct row *row)
{
    char *end = NULL;
    const char *at = line + strspn(line, " *");
    *row = (struct row){.first = strtoul(at, &end, 16)};
    if (end != at + 6 || *end != '-')
        return false;
    row->last = strtoul(end + 1, &end, 16);
    row->bytes = strtoul(end, &end, 16);
    if (*end != 'h')
        return false;
    at = end + 1 + strspn(end + 1, " ");
    snprintf(row->text, sizeof row->text, "%.*s", (int)strcspn(at, "\n"), at);
    return true;
}

/* The row whose address is `address`; fails if there is none. */
static struct row row_at(uint64_t address)
{
    struct row row;
    for (const char *line = header; line; line = strchr(line + 1, '\n'))
        if (read_row(line + (*line == '\n'), &row) && row.first == address)
            return row;
    fail_msg("the map of arena.h has no row at %lx", (unsigned long)address);
    return row;
}

static void the_map_adds_up(void **state)
{
    (void)state;
    struct row row;
    uint64_t end = 0;
    unsigned rows = 0;
    for (const char *line = header; line; line = strchr(line + 1, '\n')) {
        if (!read_row(line + (*line == '\n'), &row))
            continue;
        assert_int_equal(row.last - row.first + 1, row.bytes);
        assert_true(row.first >= end); /* ascending, without overlap */
        end = row.last + 1;
        rows++;
    }
    assert_int_equal(rows, 18);
}

static void the_map_has_the_constants_of_the_header(void **state)
{
    (void)state;
    static const struct {
        uint64_t address, bytes;
        const char *content;
    } places[] = {{RP_ARENA_CODE, RP_ARENA_CODE_SIZE, "code"},
                  {RP_ARENA_DATA, RP_ARENA_DATA_SIZE, "data"},
                  {RP_ARENA_STACK, RP_ARENA_STACK_SIZE, "the program's stack"},
                  {0, RP_ARENA_DATA_SIZE, "alias of the data"},
                  {RP_ARENA_ALIAS_SUM, RP_ARENA_DATA_SIZE, "alias of the data"},
                  {RP_ARENA_ALIAS_BASE, RP_ARENA_DATA_SIZE, "alias of the data"},
                  {RP_ARENA_GDT, RP_ARENA_TABLE_SIZE, "GDT"},
                  {RP_ARENA_GDT + RP_ARENA_TABLE_SIZE, RP_ARENA_TABLE_SIZE, "GDT, second copy"},
                  {RP_ARENA_LDT, RP_ARENA_TABLE_SIZE, "LDT"},
                  {RP_ARENA_LDT + RP_ARENA_TABLE_SIZE, RP_ARENA_TABLE_SIZE, "LDT, second copy"},
                  {RP_ARENA_IDT, RP_ARENA_IDT_SIZE, "IDT"},
                  {RP_ARENA_IDT + RP_ARENA_IDT_SIZE, RP_ARENA_IDT_SIZE, "IDT, second copy"},
                  {RP_ARENA_VECTORS, RP_ARENA_VECTORS_SIZE, "vm86: the program's own vector table"},
                  {RP_ARENA_TSS, RP_ARENA_TSS_LIMIT + 1, "TSS"},
                  {RP_ARENA_TSS + RP_ARENA_TSS_STRIDE, RP_ARENA_TSS_LIMIT + 1, "TSS, second copy"},
                  {RP_ARENA_ENTRIES, 0x1000, "entry points"},
                  {RP_ARENA_TABLES, RP_ARENA_TABLES_SIZE, "page tables"}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct row row = row_at(places[i].address);
        assert_int_equal(row.bytes, places[i].bytes);
        if (strncmp(row.text, places[i].content, strlen(places[i].content)) != 0)
            fail_msg("%lx: '%s' is not %s", (unsigned long)row.first, row.text, places[i].content);
    }
    assert_int_equal(row_at(0x84e000).last + 1, RP_ARENA_STACK0_TOP);
}

/* The last column says "no", "yes: U" or "first 200h: P". */
static void what_the_map_calls_compared_is_a_window(void **state)
{
    (void)state;
    unsigned windows = 0;
    struct row row;
    for (const char *line = header; line; line = strchr(line + 1, '\n')) {
        if (!read_row(line + (*line == '\n'), &row))
            continue;
        unsigned long bytes = row.bytes;
        const char *first = strstr(row.text, "first "), *yes = strstr(row.text, "yes: U");
        if (!first && !yes)
            continue;
        if (first)
            bytes = strtoul(first + strlen("first "), NULL, 16);
        const struct rp_window_info *window = rp_window_info((enum rp_window)windows++);
        assert_int_equal(window->address, row.first);
        assert_int_equal(window->size, bytes);
        assert_int_equal(window->user, yes != NULL);
    }
    assert_int_equal(windows, RP_WINDOW_COUNT);
}

static void constants_agree_with_each_other(void **state)
{
    (void)state;
    assert_true(RP_ARENA_INSTRUCTION > RP_ARENA_CODE);
    assert_true(RP_ARENA_INSTRUCTION + 0x20 < RP_ARENA_CODE + RP_ARENA_CODE_SIZE);
    assert_true(RP_ARENA_LIMIT < RP_ARENA_SYSTEM);
    assert_true(RP_ARENA_SYSTEM > 0x10ffef); /* what vm86 and real16 can address */
    assert_int_equal(RP_ARENA_TABLES + RP_ARENA_TABLES_SIZE, RP_ARENA_SYSTEM + RP_ARENA_SYSTEM_SIZE);
    /* SDM Vol. 1 19.5.2: 2000h bytes of bits, one of ones, the limit is the last of them. */
    assert_int_equal(RP_ARENA_IOMAP_OFFSET + 0x2000, RP_ARENA_TSS_LIMIT);
    assert_int_equal(RP_ARENA_REDIRECTION_OFFSET + 0x20, RP_ARENA_IOMAP_OFFSET); /* SDM Vol. 3A 20.3.3 */
    assert_true(RP_ARENA_TSS_STRIDE > RP_ARENA_TSS_LIMIT);
    assert_true(RP_ARENA_ENTRIES + 256 * RP_ARENA_ENTRY_STRIDE <= RP_ARENA_ENTRIES + 0x1000);
    assert_int_equal(RP_ARENA_ALIAS_BASE - RP_ARENA_DATA, 0x40000);
    assert_int_equal(RP_ARENA_ALIAS_SUM, 2 * RP_ARENA_DATA);
    /* What 16-bit code touches: above page 0, which cannot be mapped, below A0000h. */
    assert_true(RP_ARENA_CODE >= 0x10000 && RP_ARENA_ALIAS_BASE + RP_ARENA_DATA_SIZE <= 0xa0000);
}

static void windows_lie_in_regions_that_are_written(void **state)
{
    (void)state;
    for (unsigned w = 0; w < RP_WINDOW_COUNT; w++) {
        const struct rp_window_info *window = rp_window_info((enum rp_window)w);
        bool inside = false;
        for (unsigned i = 0; i < RP_ARENA_REGIONS; i++) {
            const struct rp_arena_region *region = &rp_arena_regions[i];
            inside |= region->writable && window->address >= region->address &&
                      window->address + window->size <= region->address + region->size;
        }
        assert_true(inside);
        assert_int_equal(window->size % 8, 0);
    }
}

static void a_mode_addresses_the_same_bytes_by_its_own_offsets(void **state)
{
    (void)state;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
        const struct rp_arena_view *view = rp_arena_view((enum rp_mode)m);
        assert_int_equal(view->code_base + view->instruction, RP_ARENA_INSTRUCTION);
        assert_int_equal(view->data_base + view->data, RP_ARENA_DATA);
        assert_int_equal(view->stack_base + view->stack, RP_ARENA_STACK);
        if (rp_mode_info((enum rp_mode)m)->code_bits == 16)
            assert_true(view->instruction < 0x10000 && view->data == 0 && view->stack == 0);
    }
}

/* A cell of the table of selectors: "08h       0    code, 32 bits, DPL 0". */
struct cell {
    unsigned long selector[2]; /* the second one is 0 if there is none */
    long rpl;                  /* -1 where the table leaves it out */
    char text[64];
};

/* Reads the cell at `at`, which ends at '|' or with the line; false if none begins there. */
static bool read_cell(const char *at, struct cell *cell)
{
    char *end;
    *cell = (struct cell){.rpl = -1};
    at += strspn(at, " *|");
    if (!isxdigit((unsigned char)*at))
        return false;
    cell->selector[0] = strtoul(at, &end, 16);
    if (*end++ != 'h')
        return false;
    if (*end == ',')
        cell->selector[1] = strtoul(end + 1, &end, 16), end++;
    at = end + strspn(end, " ");
    if (isdigit((unsigned char)at[0]) && at[1] == ' ')
        cell->rpl = strtol(at, &end, 10), at = end + strspn(end, " ");
    snprintf(cell->text, sizeof cell->text, "%.*s", (int)strcspn(at, "|\n"), at);
    return true;
}

/* The number behind `word` in the cell; `otherwise` if it isn't there. */
static unsigned long said(const struct cell *cell, const char *word, unsigned long otherwise, int base)
{
    const char *at = strstr(cell->text, word);
    return at ? strtoul(at + strlen(word), NULL, base) : otherwise;
}

static void check_segment(const struct cell *cell, const struct rp_descriptor *d)
{
    bool code = strstr(cell->text, "code") != NULL;
    assert_true(d->s);
    assert_int_equal(d->type & 1, 1); /* M-ACCESSED: preset */
    assert_int_equal((d->type & 8) != 0, code);
    assert_int_equal(d->dpl, said(cell, "DPL ", (unsigned long)cell->rpl, 10));
    assert_int_equal(d->base, said(cell, "base ", 0, 16));
    if (!strstr(cell->text, "bits, base"))
        assert_int_equal(d->limit, said(cell, "limit ", RP_ARENA_LIMIT, 16));
    if (code) {
        assert_int_equal(d->l, strstr(cell->text, "64 bits") != NULL);
        assert_int_equal(d->db, strstr(cell->text, "32 bits") != NULL);
    }
    assert_int_equal(d->present, strstr(cell->text, "not present") == NULL);
}

static void check_probe(const struct cell *cell, const struct rp_descriptor *d)
{
    static const struct {
        const char *word;
        uint8_t type;
        bool s;
    } kinds[] = {{"data, read-write", 3, true},   {"code, readable", 0xb, true},
                 {"code, conforming", 0xf, true}, {"call gate", 0xc, false},
                 {"available TSS", 9, false},     {"LDT", 2, false}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strstr(cell->text, kinds[i].word)) {
            assert_int_equal(d->type, kinds[i].type);
            assert_int_equal(d->s, kinds[i].s);
            return;
        }
    fail_msg("'%s' is no probe that this test knows", cell->text);
}

static void check_cell(const struct cell *cell, bool seen[0x20])
{
    struct rp_machine machine;
    struct rp_descriptor d;
    rp_machine_init(&machine, RP_MODE_PROT16, RP_POLICY_LEGACY); /* where all of them have their base */
    for (unsigned i = 0; i < 2 && (i == 0 || cell->selector[i]); i++)
        seen[cell->selector[i] >> 3] = true;
    if (cell->selector[0] == 0x100 || strstr(cell->text, "free"))
        return;
    assert_true(rp_descriptor_at(RP_MODE_PROT16, &machine, (uint16_t)cell->selector[0], &d));
    if (strstr(cell->text, "probe: "))
        check_probe(cell, &d);
    else if (strstr(cell->text, "TSS") || strstr(cell->text, "twin of 40h"))
        assert_true(!d.s && d.type == 0xb);
    else if (strstr(cell->text, "LDT") || strstr(cell->text, "twin of 50h"))
        assert_true(!d.s && d.type == 2);
    else if (!strstr(cell->text, "twin"))
        check_segment(cell, &d);
}

static void the_table_of_selectors_has_what_stands_in_the_gdt(void **state)
{
    (void)state;
    bool seen[0x21] = {false};
    struct cell cell;
    struct rp_machine machine;
    struct rp_descriptor d;
    const char *line = strstr(header, "selector  RPL");
    const char *end = strstr(line, "* LDT:");
    while ((line = strchr(line, '\n') + 1) < end) {
        if (read_cell(line, &cell))
            check_cell(&cell, seen);
        const char *bar = memchr(line, '|', strcspn(line, "\n"));
        if (bar && read_cell(bar, &cell))
            check_cell(&cell, seen);
    }
    rp_machine_init(&machine, RP_MODE_LONG64, RP_POLICY_LEGACY);
    for (unsigned selector = 8; selector < RP_SELECTOR_FREE; selector += 8)
        if (rp_descriptor_at(RP_MODE_LONG64, &machine, (uint16_t)selector, &d)) {
            if (!seen[selector >> 3] || (d.wide && !seen[(selector >> 3) + 1]))
                fail_msg("the table of arena.h lacks %xh, or its second half", selector);
        } else if (seen[selector >> 3] && !seen[(selector >> 3) - 1])
            fail_msg("nothing stands at %xh, which the table of arena.h has", selector);
}

static void a_twin_describes_the_same_segment(void **state)
{
    (void)state;
    static const uint16_t twins[][2] = {
        {RP_SELECTOR_DATA, RP_SELECTOR_DATA_TWIN},     {RP_SELECTOR_DATA16, RP_SELECTOR_DATA16_TWIN},
        {RP_SELECTOR_DATA, RP_SELECTOR_DATA_TWIN_LDT}, {RP_SELECTOR_DATA16, RP_SELECTOR_DATA16_TWIN_LDT},
        {RP_SELECTOR_TSS, RP_SELECTOR_TSS_TWIN},       {RP_SELECTOR_LDT, RP_SELECTOR_LDT_TWIN}};
    struct rp_machine machine;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        for (size_t i = 0; i < sizeof twins / sizeof twins[0]; i++) {
            struct rp_descriptor d[2];
            uint64_t words[2][2];
            rp_machine_init(&machine, (enum rp_mode)m, RP_POLICY_LEGACY);
            for (unsigned t = 0; t < 2; t++) {
                assert_true(rp_descriptor_at((enum rp_mode)m, &machine, twins[i][t], &d[t]));
                rp_descriptor_pack(&d[t], words[t]);
            }
            assert_memory_equal(words[0], words[1], sizeof words[0]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_map_adds_up),
        cmocka_unit_test(the_map_has_the_constants_of_the_header),
        cmocka_unit_test(what_the_map_calls_compared_is_a_window),
        cmocka_unit_test(constants_agree_with_each_other),
        cmocka_unit_test(windows_lie_in_regions_that_are_written),
        cmocka_unit_test(a_mode_addresses_the_same_bytes_by_its_own_offsets),
        cmocka_unit_test(the_table_of_selectors_has_what_stands_in_the_gdt),
        cmocka_unit_test(a_twin_describes_the_same_segment),
    };
    return cmocka_run_group_tests(tests, read_header, free_header);
}
