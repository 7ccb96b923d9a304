/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registry: every executor has a name, and one that is not here says why. */
#include "executor/registry.h"
#include "support/suite.h"

#include <string.h>

static void each_entry_is_an_executor_or_says_why_not(void **state)
{
    (void)state;
    assert_true(rp_executor_entry_count > 0);
    for (size_t i = 0; i < rp_executor_entry_count; i++) {
        const struct rp_executor_entry *entry = &rp_executor_entries[i];
        assert_true((entry->executor == NULL) == (entry->missing != NULL));
        if (entry->executor)
            assert_string_equal(entry->executor->name, entry->name);
        if (entry->missing)
            assert_true(strlen(entry->missing) > 10);
    }
}

static void names_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < rp_executor_entry_count; i++) {
        assert_null(strchr(rp_executor_entries[i].name, ':'));
        assert_ptr_equal(rp_executor_find(rp_executor_entries[i].name), &rp_executor_entries[i]);
    }
}

static void every_name_of_the_manual_is_there(void **state)
{
    (void)state;
    static const char *const names[] = {"unicorn", "native", "kvm", "bochs", "qemu"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(rp_executor_find(names[i]));
}

static void what_follows_a_colon_is_a_model(void **state)
{
    (void)state;
    assert_ptr_equal(rp_executor_find("bochs:tigerlake"), rp_executor_find("bochs"));
    assert_ptr_equal(rp_executor_find("bochs:"), rp_executor_find("bochs"));
    assert_string_equal(rp_executor_model("bochs:tigerlake"), "tigerlake");
    assert_null(rp_executor_model("bochs"));
    assert_null(rp_executor_model(NULL));
}

static void other_names_are_not_found(void **state)
{
    (void)state;
    static const char *const names[] = {"", ":", "boch", "bochss", "BOCHS", "unicorn ", "all", ":bochs"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_null(rp_executor_find(names[i]));
}

/* What the build has is what the table has: RP_WITH_UNICORN comes from CMakeLists.txt. */
static void an_executor_that_was_built_can_be_had(void **state)
{
    (void)state;
    assert_int_equal(rp_executor_find("unicorn")->executor != NULL, RP_WITH_UNICORN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_entry_is_an_executor_or_says_why_not),
        cmocka_unit_test(names_are_told_apart),
        cmocka_unit_test(every_name_of_the_manual_is_there),
        cmocka_unit_test(what_follows_a_colon_is_a_model),
        cmocka_unit_test(other_names_are_not_found),
        cmocka_unit_test(an_executor_that_was_built_can_be_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
