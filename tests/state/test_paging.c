/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page tables, walked as a CPU does: both rings see the same memory under roots that differ in U/S of the
 * test's pages alone, and nothing is there that the arena does not have. SDM Vol. 3A 4.3 and 4.5. */
#include "state/arena.h"
#include "state/image.h"
#include "state/recipe.h"
#include "support/suite.h"

#include <string.h>

/* What a walk finds: the page, and the rights of all levels taken together. */
struct mapping {
    bool present, user, writable;
    bool accessed, dirty; /* A on each level; D in the last entry */
    uint64_t physical;
};

/* One level: follows `entry`, whose rights restrict those found so far. */
static void follow(struct mapping *m, uint64_t entry, bool last)
{
    m->present &= entry & 1;
    m->writable &= entry >> 1 & 1;
    m->user &= entry >> 2 & 1;
    m->accessed &= entry >> 5 & 1;
    m->dirty = last && (entry >> 6 & 1);
    m->physical = entry & UINT64_C(0x000ffffffffff000);
}

static struct mapping walk(const struct image *image, enum rp_mode mode, uint64_t root, uint64_t linear)
{
    bool long_mode = rp_mode_info(mode)->long_mode;
    unsigned levels = long_mode ? 4 : 2, bits = long_mode ? 9 : 10, size = long_mode ? 8 : 4;
    struct mapping m = {true, true, true, true, false, root};
    for (unsigned level = levels; level-- > 0 && m.present;) {
        uint64_t index = linear >> (12 + bits * level) & ((1u << bits) - 1);
        follow(&m, image_read(image, m.physical + index * size, size), level == 0);
    }
    return m;
}

static const struct {
    uint64_t linear, physical, size;
    bool user, writable;
} map[] = {{RP_ARENA_CODE, RP_ARENA_CODE, RP_ARENA_CODE_SIZE, true, false},
           {RP_ARENA_DATA, RP_ARENA_DATA, RP_ARENA_DATA_SIZE, true, true},
           {RP_ARENA_STACK, RP_ARENA_STACK, RP_ARENA_STACK_SIZE, true, true},
           {0, RP_ARENA_DATA, RP_ARENA_DATA_SIZE, true, true},
           {RP_ARENA_ALIAS_SUM, RP_ARENA_DATA, RP_ARENA_DATA_SIZE, true, true},
           {RP_ARENA_ALIAS_BASE, RP_ARENA_DATA, RP_ARENA_DATA_SIZE, true, true},
           {RP_ARENA_SYSTEM, RP_ARENA_SYSTEM, RP_ARENA_SYSTEM_SIZE, false, true}};
#define ROWS (sizeof map / sizeof map[0])

/* The row of the map that `linear` lies in; ROWS if none. */
static size_t row_of(uint64_t linear)
{
    size_t i = 0;
    while (i < ROWS && linear - map[i].linear >= map[i].size)
        i++;
    return i;
}

static bool is_alias(size_t i)
{
    return map[i].linear != map[i].physical;
}

/* SDM Vol. 3A 20.3.3: the program's own vectors, where real mode has them. */
static void check_vectors(unsigned ring, struct mapping m)
{
    assert_true(m.present && !m.writable && m.accessed);
    assert_int_equal(m.physical, RP_ARENA_VECTORS);
    assert_int_equal(m.user, ring == 3);
}

static void check_page(enum rp_mode mode, unsigned ring, uint64_t linear, struct mapping m)
{
    if (mode == RP_MODE_VM86 && linear == 0) {
        check_vectors(ring, m);
        return;
    }
    size_t i = row_of(linear);
    if (i < ROWS && is_alias(i) && !rp_mode_info(mode)->protected_mode)
        i = ROWS; /* a vm86 program's partner in real16 has no paging: neither has aliases */
    if (m.present != (i < ROWS))
        fail_msg("%s, ring %u: %lx is %smapped", rp_mode_info(mode)->name, ring, (unsigned long)linear,
                 m.present ? "" : "not ");
    if (!m.present)
        return;
    assert_int_equal(m.physical, map[i].physical + (linear - map[i].linear));
    assert_int_equal(m.user, map[i].user && ring == 3);
    assert_int_equal(m.writable, map[i].writable);
    assert_true(m.accessed && m.dirty); /* M-ACCESSED: preset, so that no walk writes them */
}

/* The first 16 MB page by page, and then a page of each megabyte. */
static void walk_all(enum rp_mode mode, unsigned ring, unsigned copy)
{
    const struct image *image = image_make(mode, NULL);
    uint64_t root = rp_arena_root(mode, ring, copy);
    for (uint64_t linear = 0; linear < UINT64_C(0x100000000);
         linear += linear < 0x1000000 ? 0x1000 : 0x100000)
        check_page(mode, ring, linear, walk(image, mode, root, linear));
}

static void each_root_maps_the_arena_and_nothing_else(void **state)
{
    (void)state;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        for (unsigned copy = 0; copy < 2 && m != RP_MODE_REAL16; copy++) {
            walk_all((enum rp_mode)m, 3, copy);
            walk_all((enum rp_mode)m, 0, copy);
        }
}

/* M-VIEW: what CR3 = 0 and 1 of a machine mean. */
static void the_four_roots_are_four_pages(void **state)
{
    (void)state;
    uint64_t roots[4];
    for (unsigned i = 0; i < 4; i++) {
        roots[i] = rp_arena_root(RP_MODE_LONG64, i & 1 ? 3 : 0, i >> 1);
        assert_int_equal(roots[i] & 0xfff, 0);
        assert_true(roots[i] >= RP_ARENA_TABLES && roots[i] < RP_ARENA_TABLES + RP_ARENA_TABLES_SIZE);
        for (unsigned j = 0; j < i; j++)
            assert_int_not_equal(roots[i], roots[j]);
    }
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) /* one value of CR3 does for every mode */
        assert_int_equal(rp_arena_root((enum rp_mode)m, 3, 1), roots[3]);
}

static void nothing_is_mapped_above_four_gigabytes_in_long_mode(void **state)
{
    (void)state;
    const struct image *image = image_make(RP_MODE_LONG64, NULL);
    for (unsigned bit = 32; bit < 48; bit++)
        assert_false(walk(image, RP_MODE_LONG64, rp_arena_root(RP_MODE_LONG64, 3, 0),
                          UINT64_C(1) << bit | RP_ARENA_DATA)
                         .present);
}

static void a_programs_linear_address_is_translated_as_the_tables_do(void **state)
{
    (void)state;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        for (uint64_t linear = 0; linear < 0x900000; linear += 0x800) {
            size_t i = row_of(linear);
            uint32_t physical = 0;
            bool data = i < ROWS && map[i].user && map[i].writable;
            if (!rp_mode_info((enum rp_mode)m)->protected_mode)
                data = data && !is_alias(i);
            assert_int_equal(rp_arena_physical((enum rp_mode)m, linear, &physical), data);
            if (data)
                assert_int_equal(physical, map[i].physical + (linear - map[i].linear));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_root_maps_the_arena_and_nothing_else),
        cmocka_unit_test(the_four_roots_are_four_pages),
        cmocka_unit_test(nothing_is_mapped_above_four_gigabytes_in_long_mode),
        cmocka_unit_test(a_programs_linear_address_is_translated_as_the_tables_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
