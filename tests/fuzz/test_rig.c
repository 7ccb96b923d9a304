/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rig keeps pre-states, and an input comes out the same whatever was run before it. */
#include "executor/registry.h"
#include "fuzz/mutate.h"
#include "fuzz/signature.h"
#include "fuzz/with_facts.h"
#include "support/suite.h"

#include <string.h>

static void take(void *context, size_t number, const struct seen *seen)
{
    struct seen *all = context;
    all[number] = *seen;
}

static const struct rp_encoding codes[] = {{.length = 1, .bytes = {0x90}},
                                           {.length = 2, .bytes = {0x28, 0x03}},        /* sub [rbx], al */
                                           {.length = 3, .bytes = {0x65, 0x28, 0x03}},  /* gs: */
                                           {.length = 3, .bytes = {0x67, 0x28, 0x03}},  /* [ebx] */
                                           {.length = 3, .bytes = {0x0f, 0x01, 0x03}}}; /* sgdt [rbx] */
enum { CODES = sizeof codes / sizeof codes[0] };

/* Pairs of encodings with and without an operand, from each seed, in both orders. What is fitted to the one
 * is not what the other begins with. */
static void what_was_run_before_does_not_matter(void **state)
{
    (void)state;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        for (unsigned s = 0; s < facts->mode[mode].seeds; s++) {
            struct rp_fuzz_input inputs[CODES];
            struct seen forth[CODES], back[CODES];
            for (unsigned way = 0; way < 2; way++) {
                for (unsigned i = 0; i < CODES; i++) {
                    inputs[i] =
                        (struct rp_fuzz_input){.mode = (uint8_t)mode, .seed = facts->mode[mode].seed[s]};
                    inputs[i].encoding = codes[way ? CODES - 1 - i : i];
                }
                assert_int_equal(signature_run(facts, inputs, CODES, 1, take, way ? back : forth, NULL),
                                 RP_OK);
            }
            for (unsigned i = 0; i < CODES; i++) {
                if (forth[i].signature != back[CODES - 1 - i].signature)
                    print_error("%s, seed %s, encoding %u: %s, %s; %s, %s\n",
                                rp_mode_info((enum rp_mode)mode)->name,
                                facts->seeds.seed[facts->mode[mode].seed[s]].name, i, forth[i].ring[0],
                                forth[i].ring[1], back[CODES - 1 - i].ring[0], back[CODES - 1 - i].ring[1]);
                assert_true(forth[i].signature == back[CODES - 1 - i].signature);
            }
        }
}

static void is_as_built(const struct rp_fuzz_shot *shot, unsigned side, const struct rp_capabilities *can)
{
    static struct rp_recipe recipe;
    static struct rp_prestate built;
    const struct rp_prestate *ran = shot->view[side].prestate;
    assert_int_equal(rp_fuzz_input_recipe(facts, shot->input, shot->decoded ? &shot->instruction : NULL,
                                          RP_POLICY_LEGACY, &recipe, NULL),
                     RP_OK);
    assert_int_equal(rp_prestate_build(&built, ran->mode, ran->ring, &recipe.user, &recipe.machine, NULL),
                     RP_OK);
    rp_prestate_reduce(&built, can->lacks);
    assert_memory_equal(&ran->state, &built.state, sizeof built.state);
    assert_int_equal(ran->memory.count, built.memory.count);
    assert_memory_equal(ran->memory.word, built.memory.word,
                        built.memory.count * sizeof built.memory.word[0]);
}

/* From each seed, with tweaks and without: copies that were put right are what a campaign's judge builds. */
static void pre_states_are_those_of_the_recipe(void **state)
{
    enum { COUNT = 2 * CODES };
    static struct rp_fuzz_shot shots[COUNT];
    struct rp_fuzz_input inputs[COUNT];
    struct rp_random random = rp_random_make(3, 1);
    struct rp_fuzz_rig_options options = {
        .facts = facts,
        .member = {{.executor = rp_executor_find("unicorn")->executor, .name = "unicorn"}},
        .members = 1,
        .policy = RP_POLICY_LEGACY};
    struct rp_fuzz_rig *rig;
    unsigned compared = 0;
    (void)state;
    assert_int_equal(rp_fuzz_rig_open(&options, &rig, NULL), RP_OK);
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        for (unsigned s = 0; s < facts->mode[mode].seeds; s++) {
            for (unsigned i = 0; i < COUNT; i++) {
                inputs[i] = (struct rp_fuzz_input){
                    .mode = (uint8_t)mode, .seed = facts->mode[mode].seed[s], .encoding = codes[i / 2]};
                for (unsigned tweak = 0; tweak < i % 2 * 3; tweak++)
                    rp_fuzz_add_tweak(facts, &random, &inputs[i]);
            }
            assert_int_equal(rp_fuzz_rig_run(rig, inputs, COUNT, NULL, shots, NULL), RP_OK);
            for (unsigned i = 0; i < 2 * COUNT; i++)
                if (shots[i / 2].view[i % 2].outcome) {
                    is_as_built(&shots[i / 2], i % 2, rp_fuzz_rig_can(rig, 0));
                    compared++;
                }
        }
    assert_in_range(compared, 1000, 1000000);
    rp_fuzz_rig_close(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_run_before_does_not_matter),
                                       cmocka_unit_test(pre_states_are_those_of_the_recipe)};
    return cmocka_run_group_tests(tests, open_facts, close_facts);
}
