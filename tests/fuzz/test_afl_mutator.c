/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mutator as afl-fuzz loads and asks it. */
#include "fuzz/mutate.h"
#include "fuzz/with_facts.h"
#include "support/suite.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUTANTS 5000

static struct {
    void *library;
    void *(*init)(void *afl, unsigned seed);
    void (*deinit)(void *data);
    size_t (*fuzz)(void *data, uint8_t *bytes, size_t length, uint8_t **out, uint8_t *other,
                   size_t other_length, size_t max_length);
    size_t (*post_process)(void *data, uint8_t *bytes, size_t length, uint8_t **out);
    const char *(*describe)(void *data, size_t max_length);
    uint32_t (*fuzz_count)(void *data, const uint8_t *bytes, size_t length);
} api;

static void find(const char *name, void *function)
{
    void *symbol = dlsym(api.library, name);
    memcpy(function, &symbol, sizeof symbol);
    assert_non_null(symbol);
}

static int open_library(void **state)
{
    char path[4096];
    const char *build = getenv("RP_BUILD");
    snprintf(path, sizeof path, "%s/ringprobe-mutator.so", build ? build : "build/release");
    /* What it keeps as long as the program lives would seem lost to who looks for leaks, were it unloaded. */
    api.library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!api.library)
        printf("%s\n", dlerror());
    assert_non_null(api.library);
    find("afl_custom_init", &api.init);
    find("afl_custom_deinit", &api.deinit);
    find("afl_custom_fuzz", &api.fuzz);
    find("afl_custom_post_process", &api.post_process);
    find("afl_custom_describe", &api.describe);
    find("afl_custom_fuzz_count", &api.fuzz_count);
    return open_facts(state);
}

static int close_library(void **state)
{
    close_facts(state);
    return dlclose(api.library);
}

/* Strictly: what afl-fuzz saves is what a campaign reads. */
static void read_whole(const uint8_t *bytes, size_t length, struct rp_fuzz_input *input)
{
    struct rp_error error;
    size_t used;
    bool cut;
    assert_int_equal(rp_fuzz_input_read(facts, bytes, length, input, &used, &cut, &error), RP_OK);
    assert_int_equal(used, length);
    assert_false(rp_fuzz_is_hazard(input));
}

static void mutants_are_legal_and_follow_from_the_seed(void **state)
{
    void *one = api.init(NULL, 7), *two = api.init(NULL, 7);
    uint8_t parent[RP_FUZZ_INPUT_BYTES_MAX] = "anything", *a, *b;
    size_t length = 8;
    unsigned modes = 0;
    (void)state;
    assert_non_null(one);
    assert_non_null(two);
    assert_int_equal(api.fuzz_count(one, parent, length), 16);
    for (unsigned i = 0; i < MUTANTS; i++) {
        struct rp_fuzz_input input;
        size_t made = api.fuzz(one, parent, length, &a, i % 2 ? parent : NULL, length, 1048576);
        assert_int_equal(api.fuzz(two, parent, length, &b, i % 2 ? parent : NULL, length, 1048576), made);
        assert_memory_equal(a, b, made);
        read_whole(a, made, &input);
        modes |= 1u << input.mode;
        memcpy(parent, a, made);
        length = made;
    }
    assert_int_equal(modes, (1u << RP_MODE_COUNT) - 1);
    api.deinit(one);
    api.deinit(two);
}

static void lengths_are_kept(void **state)
{
    void *mutator = api.init(NULL, 1);
    uint8_t parent[] = "x", *made;
    (void)state;
    for (size_t max = 1; max < RP_FUZZ_INPUT_BYTES_MAX; max++)
        assert_in_range(api.fuzz(mutator, parent, 1, &made, NULL, 0, max), 0, max);
    api.fuzz(mutator, parent, 1, &made, NULL, 0, 1000);
    for (size_t max = 1; max < 40; max++)
        assert_in_range(strlen(api.describe(mutator, max)), 1, max);
    api.deinit(mutator);
}

static void what_others_made_is_mended(void **state)
{
    void *mutator = api.init(NULL, 1);
    struct rp_random random = rp_random_make(1, 1);
    struct rp_fuzz_input input, mended;
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX], *out;
    (void)state;
    for (unsigned i = 0; i < MUTANTS; i++) {
        rp_fuzz_generate(facts, &random, &input);
        size_t length = rp_fuzz_input_write(facts, &input, bytes);
        assert_int_equal(api.post_process(mutator, bytes, length, &out), length);
        assert_memory_equal(out, bytes, length); /* it was right */
        bytes[rp_random_below(&random, length)] ^= (uint8_t)(1 + rp_random_below(&random, 255));
        length -= rp_random_below(&random, length);
        size_t made = api.post_process(mutator, bytes, length, &out);
        read_whole(out, made, &mended);
    }
    api.deinit(mutator);
}

static void modes_are_those_of_the_environment(void **state)
{
    uint8_t parent[] = "x", *made = NULL;
    struct rp_fuzz_input input;
    (void)state;
    setenv("RINGPROBE_AFL_MODES", "8", 1); /* prot32 */
    void *mutator = api.init(NULL, 1);
    assert_non_null(mutator);
    for (unsigned i = 0; i < 200; i++) {
        size_t length = api.fuzz(mutator, parent, 1, &made, NULL, 0, 1000);
        read_whole(made, length, &input);
        assert_int_equal(input.mode, RP_MODE_PROT32);
    }
    api.deinit(mutator);
    setenv("RINGPROBE_AFL_MODES", "128", 1);
    assert_null(api.init(NULL, 1));
    unsetenv("RINGPROBE_AFL_MODES");
    setenv("RINGPROBE_AFL_BOARD", "0x", 1); /* no number: one of its own */
    mutator = api.init(NULL, 1);
    assert_non_null(mutator);
    api.deinit(mutator);
    setenv("RINGPROBE_AFL_BOARD", "1", 1); /* standard output is no board */
    assert_null(api.init(NULL, 1));
    unsetenv("RINGPROBE_AFL_BOARD");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutants_are_legal_and_follow_from_the_seed), cmocka_unit_test(lengths_are_kept),
        cmocka_unit_test(what_others_made_is_mended), cmocka_unit_test(modes_are_those_of_the_environment)};
    return cmocka_run_group_tests(tests, open_library, close_library);
}
