/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Models of Bochs: those that it says it has, no other, and each is what it is called. */
#include "executor/registry.h"
#include "support/suite.h"

#include <string.h>

static const struct rp_executor *bochs;
static bool runs;

static int find(void **state)
{
    struct rp_error error = {0};
    (void)state;
    bochs = rp_executor_find("bochs")->executor;
    runs = bochs && bochs->check_model("tigerlake", &error) == RP_OK;
    if (!runs)
        print_message("bochs does not run here: %s\n", bochs ? error.line : "not built");
    return 0;
}

static void a_model_of_another_name_is_refused_with_a_list(void **state)
{
    static const char *const names[] = {"", "z80", "tigerlak", "tigerlake ", "TIGERLAKE"};
    (void)state;
    if (!runs)
        skip();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct rp_error error = {0};
        assert_int_equal(bochs->check_model(names[i], &error), RP_EINPUT);
        assert_non_null(strstr(error.line, " choose among bx_generic "));
    }
}

static void opening_looks_at_the_model_too(void **state)
{
    struct rp_error error = {0};
    struct rp_executor_options options = {.model = "z80"};
    void *instance = NULL;
    (void)state;
    if (!runs)
        skip();
    assert_int_equal(bochs->open(&options, &instance, &error), RP_EINPUT);
    assert_null(instance);
}

static void the_version_names_its_release(void **state)
{
    (void)state;
    if (!runs)
        skip();
    assert_int_equal(strncmp(bochs->version(), "bochs 2.", 8), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_of_another_name_is_refused_with_a_list),
        cmocka_unit_test(opening_looks_at_the_model_too),
        cmocka_unit_test(the_version_names_its_release),
    };
    return cmocka_run_group_tests(tests, find, NULL);
}
