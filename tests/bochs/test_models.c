/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Models of Bochs: which there are, what they have, and what they lack. */
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
    static const char *const names[] = {"",          "z80",  "tigerlak", "tigerlake ",
                                        "TIGERLAKE", "ryze", "Supported"};
    (void)state;
    if (!runs)
        skip();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct rp_error error = {0};
        assert_int_equal(bochs->check_model(names[i], &error), RP_EINPUT);
        assert_non_null(strstr(error.line, " choose among bx_generic "));
    }
}

/* What would be refused for want of long mode is not in the list. */
static void models_without_long_mode_are_not_offered(void **state)
{
    static const char *const names[] = {" pentium ", " p4_willamette ", " atom_n270 "};
    struct rp_error error = {0};
    (void)state;
    if (!runs)
        skip();
    assert_int_equal(bochs->check_model("z80", &error), RP_EINPUT);
    assert_non_null(strstr(error.line, " ryzen "));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_null(strstr(error.line, names[i]));
}

/* An instance of a model, asked one thing after the other. */
static void *instance;
static struct rp_outcomes outcomes;

static void open_model(const char *model)
{
    struct rp_error error;
    struct rp_executor_options options = {.model = model};
    if (bochs->open(&options, &instance, &error) != RP_OK)
        fail_msg("%s: %s", model, error.line);
}

static void close_model(void)
{
    bochs->close(instance);
    rp_outcomes_free(&outcomes);
}

static const struct rp_outcome *run_in(enum rp_mode mode, const char *machine, struct rp_encoding encoding)
{
    static struct rp_recipe recipe;
    static struct rp_prestate prestate;
    struct rp_error error;
    struct rp_job job = {.encoding = encoding};
    unsigned ring;
    rp_recipe_init(&recipe, mode, RP_POLICY_LEGACY);
    assert_int_equal(rp_machine_parse(machine, mode, RP_POLICY_LEGACY, &recipe.machine, &ring, &error),
                     RP_OK);
    assert_int_equal(rp_prestate_build(&prestate, mode, ring, &recipe.user, &recipe.machine, &error), RP_OK);
    assert_int_equal(bochs->prepare(instance, &prestate, 1, &job.prestate, &error), RP_OK);
    rp_outcomes_clear(&outcomes);
    assert_int_equal(bochs->run(instance, &job, 1, &outcomes, &error), RP_OK);
    bochs->forget(instance, job.prestate);
    return &outcomes.outcome[0];
}

static const struct rp_encoding nop = {{0x90}, 1};

/* Whatever the model lacks, it runs in every mode. */
static void each_model_runs_every_mode(void **state)
{
    static const char *const models[] = {"tigerlake", "trinity_apu", "athlon64_clawhammer"};
    (void)state;
    if (!runs)
        skip();
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        open_model(models[i]);
        for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
            const struct rp_outcome *o =
                run_in((enum rp_mode)mode, mode == RP_MODE_REAL16 ? "ring=0" : "ring=3", nop);
            if (o->kind != RP_OUTCOME_RETIRED || o->count != 1)
                fail_msg("%s: %s: %s", models[i], rp_mode_info((enum rp_mode)mode)->name,
                         rp_outcome_kind_name((enum rp_outcome_kind)o->kind));
        }
        close_model();
    }
}

/* No model has everything: what each of the three is there for retires on it alone. */
static void models_have_what_others_lack(void **state)
{
    static const struct rp_encoding vaddps_zmm = {{0x62, 0xf1, 0x7c, 0x48, 0x58, 0xc1}, 6},
                                    vpcmov = {{0x8f, 0xe8, 0x78, 0xa2, 0xc1, 0xd0}, 6},
                                    vfmaddsd_4 = {{0xc4, 0xe3, 0x69, 0x6b, 0xc1, 0x40}, 6},
                                    pswapd = {{0x0f, 0x0f, 0xc1, 0xbb}, 4};
    static const struct {
        const char *model;
        bool zmm, xop, now;
    } rows[] = {{"tigerlake", true, false, false},
                {"trinity_apu", false, true, false},
                {"athlon64_clawhammer", false, false, true}};
    (void)state;
    if (!runs)
        skip();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        open_model(rows[i].model);
        const struct {
            struct rp_encoding encoding;
            bool there;
        } asked[] = {{vaddps_zmm, rows[i].zmm},
                     {vpcmov, rows[i].xop},
                     {vfmaddsd_4, rows[i].xop},
                     {pswapd, rows[i].now}};
        for (size_t k = 0; k < sizeof asked / sizeof asked[0]; k++) {
            const struct rp_outcome *o = run_in(RP_MODE_LONG64, "ring=3", asked[k].encoding);
            bool right = asked[k].there ? o->kind == RP_OUTCOME_RETIRED
                                        : o->kind == RP_OUTCOME_TRAPPED && o->vector == 6;
            if (!right)
                fail_msg("%s, number %zu: %s %u", rows[i].model, k,
                         rp_outcome_kind_name((enum rp_outcome_kind)o->kind), o->vector);
        }
        close_model();
    }
}

static void what_a_model_lacks_is_no_resource_and_cannot_be_asked_for(void **state)
{
    (void)state;
    if (!runs)
        skip();
    open_model("tigerlake");
    assert_true(bochs->capabilities(instance)->resource[RP_RESOURCE_CR4_UMIP]);
    assert_true(bochs->capabilities(instance)->vector_masks);
    assert_false(bochs->capabilities(instance)->resource[RP_RESOURCE_EFER_FFXSR]);
    close_model();
    open_model("trinity_apu");
    const struct rp_capabilities *can = bochs->capabilities(instance);
    assert_false(can->resource[RP_RESOURCE_CR4_UMIP] || can->resource[RP_RESOURCE_CR4_PKE] ||
                 can->resource[RP_RESOURCE_CR4_SMAP] || can->vector_masks);
    assert_true(can->resource[RP_RESOURCE_XCR0] && can->resource[RP_RESOURCE_CR4_TSD] &&
                can->resource[RP_RESOURCE_EFER_FFXSR]);
    assert_int_equal(run_in(RP_MODE_LONG64, "ring=3,cr4.umip=1", nop)->kind, RP_OUTCOME_UNSUPPORTED);
    assert_int_equal(run_in(RP_MODE_LONG64, "ring=3,cr4.pke=0", nop)->kind, RP_OUTCOME_RETIRED);
    close_model();
}

/* The guest is of 64-bit code, and saves what FXSAVE knows. */
static void a_model_without_long_mode_is_refused_in_a_line(void **state)
{
    struct rp_error error = {0};
    struct rp_executor_options options = {.model = "pentium"};
    (void)state;
    if (!runs)
        skip();
    instance = NULL;
    assert_int_equal(bochs->open(&options, &instance, &error), RP_EENVIRONMENT);
    assert_non_null(strstr(error.line, "long mode"));
    assert_null(instance);
}

static void opening_looks_at_the_model_too(void **state)
{
    struct rp_error error = {0};
    struct rp_executor_options options = {.model = "z80"};
    (void)state;
    instance = NULL;
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
        cmocka_unit_test(models_without_long_mode_are_not_offered),
        cmocka_unit_test(each_model_runs_every_mode),
        cmocka_unit_test(models_have_what_others_lack),
        cmocka_unit_test(what_a_model_lacks_is_no_resource_and_cannot_be_asked_for),
        cmocka_unit_test(a_model_without_long_mode_is_refused_in_a_line),
        cmocka_unit_test(opening_looks_at_the_model_too),
        cmocka_unit_test(the_version_names_its_release),
    };
    return cmocka_run_group_tests(tests, find, NULL);
}
