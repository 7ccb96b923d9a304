/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inputs of fuzz campaigns: what is written is read back, what is damaged is not. */
#include "fuzz/mutate.h"
#include "fuzz/with_facts.h"
#include "judge/witness.h"
#include "support/suite.h"

#include <string.h>

static int read_one(const uint8_t *bytes, size_t length, struct rp_fuzz_input *input, bool *cut,
                    struct rp_error *error)
{
    size_t used;
    return rp_fuzz_input_read(facts, bytes, length, input, &used, cut, error);
}

static void what_is_written_is_read_back(void **state)
{
    struct rp_random random = rp_random_make(7, 0);
    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        struct rp_fuzz_input input, again;
        uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
        struct rp_error error;
        size_t used;
        bool cut;
        rp_fuzz_generate(facts, &random, &input);
        size_t length = rp_fuzz_input_write(facts, &input, bytes);
        assert_true(length <= sizeof bytes);
        assert_int_equal(rp_fuzz_input_read(facts, bytes, length, &again, &used, &cut, &error), RP_OK);
        assert_int_equal(used, length);
        again.cell = input.cell; /* it is not serialised */
        assert_memory_equal(&again, &input, sizeof input);
    }
}

static void each_flipped_bit_is_noticed(void **state)
{
    struct rp_random random = rp_random_make(8, 0);
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        struct rp_fuzz_input input, again;
        uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
        struct rp_error error;
        bool cut;
        rp_fuzz_generate(facts, &random, &input);
        size_t length = rp_fuzz_input_write(facts, &input, bytes);
        for (size_t bit = 0; bit < 8 * length; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(read_one(bytes, length, &again, &cut, &error), RP_EINPUT);
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void a_cut_input_says_that_it_is_cut(void **state)
{
    struct rp_random random = rp_random_make(9, 0);
    struct rp_fuzz_input input, again;
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
    struct rp_error error;
    bool cut;
    (void)state;
    rp_fuzz_generate(facts, &random, &input);
    size_t length = rp_fuzz_input_write(facts, &input, bytes);
    for (size_t part = 0; part < length; part++) {
        assert_int_equal(read_one(bytes, part, &again, &cut, &error), RP_EINPUT);
        assert_true(cut);
    }
    bytes[3] = '2';
    assert_int_equal(read_one(bytes, length, &again, &cut, &error), RP_EINPUT);
    assert_false(cut);
    assert_non_null(strstr(error.line, "another version"));
}

/* A value that no row of resources.def gives is refused though the checksum is right. */
static void a_resource_has_only_the_values_of_its_row(void **state)
{
    struct rp_fuzz_input input = {
        .mode = RP_MODE_LONG64,
        .encoding = {{0x90}, 1},
        .tweaks = 1,
        .tweak = {{.place = RP_FUZZ_RESOURCE, .index = RP_RESOURCE_CR4_UMIP, .value = 1}}};
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
    struct rp_fuzz_input again;
    struct rp_error error;
    bool cut;
    (void)state;
    assert_int_equal(read_one(bytes, rp_fuzz_input_write(facts, &input, bytes), &again, &cut, &error), RP_OK);
    input.tweak[0].value = 2;
    assert_int_equal(read_one(bytes, rp_fuzz_input_write(facts, &input, bytes), &again, &cut, &error),
                     RP_EINPUT);
    input.tweak[0].value = 1;
    assert_false(rp_fuzz_input_is_open(facts, &input));
    input.tweaks = 0;
    assert_true(rp_fuzz_input_is_open(facts, &input));
}

static void tweaks_are_what_the_run_begins_with(void **state)
{
    static struct rp_recipe recipe;
    struct rp_fuzz_input input = {
        .mode = RP_MODE_LONG64,
        .encoding = {{0x90}, 1},
        .tweaks = 4,
        .tweak = {{.place = RP_FUZZ_REGISTER, .index = RP_REG_RDX, .value = 0x1234},
                  {.place = RP_FUZZ_VECTOR, .index = 9, .value = 77},
                  {.place = RP_FUZZ_STACK, .index = 0x200, .value = 88},
                  {.place = RP_FUZZ_RESOURCE, .index = RP_RESOURCE_CR4_UMIP, .value = 1}}};
    struct rp_error error;
    (void)state;
    assert_int_equal(rp_fuzz_input_recipe(facts, &input, NULL, RP_POLICY_LEGACY, &recipe, &error), RP_OK);
    assert_int_equal(recipe.user.state.reg[RP_REG_RDX], 0x1234);
    assert_int_equal(recipe.user.state.vector[9], 77);
    assert_int_equal(rp_memory_get(&recipe.user.memory, RP_ARENA_STACK + 0x1000), 88);
    assert_int_equal(recipe.machine.value[RP_RESOURCE_CR4_UMIP], 1);
    assert_int_equal(recipe.user.state.reg[RP_REG_RFLAGS], RP_FLAG_ONE);
    input.tweak[0] =
        (struct rp_fuzz_tweak){.place = RP_FUZZ_REGISTER, .index = RP_REG_RFLAGS, .value = RP_FLAG_CF};
    assert_int_equal(rp_fuzz_input_recipe(facts, &input, NULL, RP_POLICY_LEGACY, &recipe, &error), RP_OK);
    assert_int_equal(recipe.user.state.reg[RP_REG_RFLAGS], RP_FLAG_ONE | RP_FLAG_CF);
}

/* The short way to a pre-state ends where the long one does. */
static void a_patched_state_is_the_built_one(void **state)
{
    static struct rp_prestate patched, built;
    static struct rp_recipe recipe;
    struct rp_random random = rp_random_make(6, 1);
    struct rp_fuzz_input input, plain;
    struct rp_error error;
    unsigned compared = 0;
    (void)state;
    for (unsigned i = 0; i < 4000; i++) {
        rp_fuzz_generate(facts, &random, &input);
        const enum rp_mode mode = (enum rp_mode)input.mode;
        unsigned ring = i & 1 && rp_mode_info(mode)->has_ring3 ? 3 : 0;
        plain = input;
        plain.tweaks = 0;
        assert_int_equal(rp_fuzz_input_recipe(facts, &plain, NULL, RP_POLICY_LEGACY, &recipe, &error), RP_OK);
        if (rp_prestate_build(&patched, rp_ring_mode(mode, ring), ring, &recipe.user, &recipe.machine,
                              &error) ||
            !rp_fuzz_input_patch(facts, &input, &patched))
            continue;
        assert_int_equal(rp_fuzz_input_recipe(facts, &input, NULL, RP_POLICY_LEGACY, &recipe, &error), RP_OK);
        assert_int_equal(
            rp_prestate_build(&built, rp_ring_mode(mode, ring), ring, &recipe.user, &recipe.machine, &error),
            RP_OK);
        assert_memory_equal(&patched.state, &built.state, sizeof built.state);
        assert_int_equal(patched.memory.count, built.memory.count);
        assert_memory_equal(patched.memory.word, built.memory.word,
                            built.memory.count * sizeof built.memory.word[0]);
        compared += input.tweaks > 0;
    }
    assert_in_range(compared, 500, 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(each_flipped_bit_is_noticed),
        cmocka_unit_test(a_cut_input_says_that_it_is_cut),
        cmocka_unit_test(a_resource_has_only_the_values_of_its_row),
        cmocka_unit_test(tweaks_are_what_the_run_begins_with),
        cmocka_unit_test(a_patched_state_is_the_built_one),
    };
    return cmocka_run_group_tests(tests, open_facts, close_facts);
}
