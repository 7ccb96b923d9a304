/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Models of Bochs: those that can hold pre-states, and no other. */
#include "executor/registry.h"
#include "state/recipe.h"
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
    static const char *const names[] = {"", "z80", "tigerlak", "tigerlake ", "TIGERLAKE", "ryzen"};
    (void)state;
    if (!runs)
        skip();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct rp_error error = {0};
        assert_int_equal(bochs->check_model(names[i], &error), RP_EINPUT);
        assert_non_null(strstr(error.line, " choose among tigerlake "));
    }
}

static enum rp_outcome_kind run_nop(const char *model)
{
    static struct rp_recipe recipe;
    static struct rp_prestate prestate;
    struct rp_error error;
    struct rp_executor_options options = {.model = model};
    struct rp_outcomes outcomes = {0};
    const struct rp_job nop = {.encoding = {{0x90}, 1}};
    uint32_t first;
    void *instance = NULL;
    rp_recipe_init(&recipe, RP_MODE_LONG64, RP_POLICY_LEGACY);
    assert_int_equal(rp_prestate_build(&prestate, RP_MODE_LONG64, 3, &recipe.user, &recipe.machine, &error),
                     RP_OK);
    assert_int_equal(bochs->open(&options, &instance, &error), RP_OK);
    assert_int_equal(bochs->prepare(instance, &prestate, 1, &first, &error), RP_OK);
    assert_int_equal(bochs->run(instance, &nop, 1, &outcomes, &error), RP_OK);
    enum rp_outcome_kind kind = outcomes.outcome[0].kind;
    rp_outcomes_free(&outcomes);
    bochs->close(instance);
    return kind;
}

static void each_model_holds_what_pre_states_set(void **state)
{
    static const char *const capable[] = {"tigerlake", "corei7_icelake_u", "corei3_cnl"};
    (void)state;
    if (!runs)
        skip();
    for (size_t i = 0; i < sizeof capable / sizeof capable[0]; i++)
        assert_int_equal(run_nop(capable[i]), RP_OUTCOME_RETIRED);
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
        cmocka_unit_test(each_model_holds_what_pre_states_set),
        cmocka_unit_test(opening_looks_at_the_model_too),
        cmocka_unit_test(the_version_names_its_release),
    };
    return cmocka_run_group_tests(tests, find, NULL);
}
