/* SPDX-License-Identifier: GPL-2.0-or-later */
/* corpus/robin-irvine.tsv: complete, and each row finds the forms it means and no others. */
#include "report/robin_irvine.h"

#include "support/made.h"
#include "support/suite.h"

#include <string.h>

static struct rp_robin_irvine list;

static void the_list_has_six_and_twelve(void **state)
{
    (void)state;
    size_t protection = 0;
    assert_int_equal(rp_robin_irvine_load(&list, NULL), RP_OK);
    for (size_t i = 0; i < list.count; i++)
        protection += list.row[i].protection;
    assert_int_equal(list.count, 18);
    assert_int_equal(protection, 12);
}

/* The mnemonic of the row that `hex` belongs to in prot32; "-" if none. */
static const char *row_of(const char *hex)
{
    struct made made;
    made_init(&made);
    size_t row = rp_robin_irvine_find(&list, made_add(&made, RP_MODE_PROT32, hex, RP_VERDICT_HOLE));
    made_free(&made);
    return row < list.count ? list.row[row].mnemonic : "-";
}

static void each_row_finds_its_own_encoding(void **state)
{
    (void)state;
    assert_int_equal(rp_robin_irvine_load(&list, NULL), RP_OK);
    for (size_t i = 0; i < list.count; i++)
        assert_string_equal(row_of(list.row[i].encoding), list.row[i].mnemonic);
}

static void namesakes_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(rp_robin_irvine_load(&list, NULL), RP_OK);
    assert_string_equal(row_of("8ed8"), "MOV");
    assert_string_equal(row_of("89d8"), "-"); /* mov eax, ebx */
    assert_string_equal(row_of("58"), "-");   /* pop eax */
    assert_string_equal(row_of("669d"), "POPF");
    assert_string_equal(row_of("e800000000"), "-"); /* a near call */
    assert_string_equal(row_of("c3"), "-");
    assert_string_equal(row_of("cc"), "-"); /* INT3 is not INT n */
    assert_string_equal(row_of("d6"), "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_has_six_and_twelve),
        cmocka_unit_test(each_row_finds_its_own_encoding),
        cmocka_unit_test(namesakes_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
