/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User states and machines as text: what is printed reads back as the same state, and what can't be read is
 * named. */
#include "base/random.h"
#include "state/seeds.h"
#include "support/suite.h"

#include <string.h>

/* Only the bits that belong to the program count. */
static void assert_same_user(const struct rp_user *a, const struct rp_user *b, enum rp_mode mode)
{
    for (unsigned reg = 0; reg < RP_REG_COUNT; reg++) {
        uint64_t mask = rp_register_user_mask(reg, mode);
        assert_int_equal(a->state.reg[reg] & mask, b->state.reg[reg] & mask);
    }
    assert_memory_equal(a->state.vector, b->state.vector, sizeof a->state.vector);
    for (uint32_t address = RP_ARENA_DATA; address < RP_ARENA_STACK + RP_ARENA_STACK_SIZE; address += 8)
        assert_int_equal(rp_memory_get(&a->memory, address), rp_memory_get(&b->memory, address));
}

static void check_user(const struct rp_user *user, enum rp_mode mode)
{
    static struct rp_user parsed;
    struct rp_text text = {0};
    struct rp_error error = {0};
    rp_user_print(user, mode, &text);
    if (rp_user_parse(rp_text_string(&text), mode, &parsed, &error))
        fail_msg("%s: %s", rp_text_string(&text), error.line);
    assert_same_user(user, &parsed, mode);
    rp_text_free(&text);
}

static void check_machine(const struct rp_machine *machine, unsigned ring, enum rp_mode mode,
                          enum rp_policy policy)
{
    struct rp_text text = {0};
    struct rp_machine parsed;
    struct rp_error error = {0};
    unsigned parsed_ring = 7;
    rp_machine_print(machine, ring, mode, policy, &text);
    if (rp_machine_parse(rp_text_string(&text), mode, policy, &parsed, &parsed_ring, &error))
        fail_msg("%s: %s", rp_text_string(&text), error.line);
    assert_memory_equal(machine, &parsed, sizeof parsed);
    assert_int_equal(parsed_ring, ring);
    rp_text_free(&text);
}

static void each_seed_round_trips_in_each_of_its_modes(void **state)
{
    (void)state;
    static struct rp_recipe recipe;
    struct rp_seeds seeds;
    assert_int_equal(rp_seeds_load(&seeds, NULL), RP_OK);
    for (size_t s = 0; s < seeds.count; s++)
        for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
            if (!(seeds.seed[s].modes >> m & 1))
                continue;
            assert_int_equal(rp_seed_build(&seeds.seed[s], m, RP_POLICY_LINUX, 64, NULL, &recipe, NULL),
                             RP_OK);
            check_user(&recipe.user, m);
            check_machine(&recipe.machine, 3, m, RP_POLICY_LINUX);
        }
    rp_seeds_free(&seeds);
}

static void random_states_round_trip(void **state)
{
    (void)state;
    static struct rp_user user;
    struct rp_random random = rp_random_make(11, 0);
    for (unsigned n = 0; n < 300; n++) {
        enum rp_mode mode = n % RP_MODE_COUNT;
        rp_user_init(&user, mode);
        for (unsigned i = 0; i < n % 40; i++) {
            user.state.reg[rp_random_below(&random, RP_REG_COUNT)] = rp_random_next(&random);
            user.state.vector[rp_random_below(&random, RP_VECTOR_WORDS)] = rp_random_next(&random);
            uint32_t offset = (uint32_t)rp_random_below(&random, RP_ARENA_DATA_SIZE / 8) * 8;
            rp_memory_set(&user.memory, (i & 1 ? RP_ARENA_DATA : RP_ARENA_STACK) + offset,
                          rp_random_next(&random), NULL);
        }
        check_user(&user, mode);
    }
}

static void random_machines_round_trip(void **state)
{
    (void)state;
    struct rp_random random = rp_random_make(12, 0);
    for (unsigned n = 0; n < 300; n++) {
        enum rp_mode mode = n % RP_MODE_COUNT;
        enum rp_policy policy = n % RP_POLICY_AS_FOUND;
        struct rp_machine machine;
        rp_machine_init(&machine, mode, policy);
        for (unsigned i = 0; i < n % 20; i++)
            machine.value[rp_random_below(&random, RP_RESOURCE_COUNT)] = rp_random_next(&random) >> (n % 60);
        check_machine(&machine, n & 1 ? 0 : 3, mode, policy);
    }
}

static void print_user(const struct rp_user *user, enum rp_mode mode, const char *wanted)
{
    struct rp_text text = {0};
    rp_text_add(&text, "before:"); /* it appends */
    rp_user_print(user, mode, &text);
    assert_string_equal(rp_text_string(&text) + 7, wanted);
    rp_text_free(&text);
}

static void only_differences_are_printed(void **state)
{
    (void)state;
    static struct rp_user user;
    rp_user_init(&user, RP_MODE_PROT32);
    print_user(&user, RP_MODE_PROT32, "-");
    user.state.reg[RP_REG_RFLAGS] |= RP_FLAG_CF | RP_FLAG_IF; /* IF is no user state */
    user.state.reg[RP_REG_CR0] = 99;
    print_user(&user, RP_MODE_PROT32, "rflags=3");
    user.state.vector[RP_VECTOR_WORDS_EACH] = 0xab;
    rp_memory_write(&user.memory, RP_ARENA_DATA + 0x404, "\x11\x22", 2, NULL);
    print_user(&user, RP_MODE_PROT32, "rflags=3,zmm1.0=ab,data+400=0100000011220000");
}

static void neighbouring_words_are_one_run_of_bytes(void **state)
{
    (void)state;
    static struct rp_user user;
    rp_user_init(&user, RP_MODE_PROT32);
    rp_memory_set(&user.memory, RP_ARENA_STACK + 8, 2, NULL);
    rp_memory_set(&user.memory, RP_ARENA_STACK, 1, NULL);
    rp_memory_set(&user.memory, RP_ARENA_STACK + 0x18, 3, NULL);
    print_user(&user, RP_MODE_PROT32, "stack+0=01000000000000000200000000000000,stack+18=0300000000000000");
}

static void complain_about_user(const char *text, enum rp_mode mode, const char *complaint)
{
    static struct rp_user user;
    struct rp_error error = {0};
    if (rp_user_parse(text, mode, &user, &error) != RP_EINPUT)
        fail_msg("'%s' is accepted", text);
    if (!strstr(error.line, complaint))
        fail_msg("'%s': '%s' does not say '%s'", text, error.line, complaint);
}

static void unreadable_user_states_are_named(void **state)
{
    (void)state;
    enum rp_mode m = RP_MODE_PROT32;
    complain_about_user("", m, "'' is not name=hex");
    complain_about_user("rax", m, "'rax' is not name=hex");
    complain_about_user("=5", m, "'=5' is not name=hex");
    complain_about_user("rax=1,,rbx=2", m, "'' is not name=hex");
    complain_about_user("rax=1,", m, "'' is not name=hex");
    complain_about_user("rax=1,rax=2", m, "'rax'");
    complain_about_user("eax=1", m, "'eax' is no register or memory");
    complain_about_user("cr0=1", m, "'cr0' does not belong to the user state in prot32");
    complain_about_user("ds.selector=1", m, "'ds.selector' does not belong");
    complain_about_user("gdt+0=00", m, "'gdt+0' does not belong");
    complain_about_user("rax=", m, "'rax=': the value is no hex number");
    complain_about_user("rax=10000000000000000", m, "rax=10000000000000000");
    complain_about_user("rax=xyz", m, "xyz");
    complain_about_user("data+400=1", m, "'data+400': '1' is no byte");
    complain_about_user("data+400=0g", m, "'data+400': '0g' is no byte");
    complain_about_user("data+1ff8=001122334455667788", m, "beyond the end of the data");
    complain_about_user("data+2000=00", m, "'data+2000'");
    complain_about_user("data+401=00", m, "'data+401'");
    complain_about_user("a_name_that_is_longer_than_any_register_could_be=1", m, "a_name_that_is_longer");
}

static void segments_can_be_set_where_they_are_the_programs(void **state)
{
    (void)state;
    static struct rp_user user;
    assert_int_equal(rp_user_parse("ds.selector=1000,ds.base=10000", RP_MODE_VM86, &user, NULL), RP_OK);
    assert_int_equal(user.state.reg[RP_REG_DS_BASE], 0x10000);
}

static void complain_about_machine(const char *text, const char *complaint)
{
    struct rp_machine machine;
    struct rp_error error = {0};
    unsigned ring;
    if (rp_machine_parse(text, RP_MODE_PROT32, RP_POLICY_LEGACY, &machine, &ring, &error) != RP_EINPUT)
        fail_msg("'%s' is accepted", text);
    if (!strstr(error.line, complaint))
        fail_msg("'%s': '%s' does not say '%s'", text, error.line, complaint);
}

static void unreadable_machines_are_named(void **state)
{
    (void)state;
    complain_about_machine("", "no 'ring=0'");
    complain_about_machine("cr4.umip=1", "no 'ring=0' or 'ring=3'");
    complain_about_machine("ring=1", "'ring=1'");
    complain_about_machine("ring=3,cr4.umpi=1", "'cr4.umpi=1' is no resource");
    complain_about_machine("ring=3,cr4.umip", "'cr4.umip' is not name=hex");
    complain_about_machine("ring=3,cr4.umip=", "cr4.umip=");
    complain_about_machine("ring=3,cr4.umip=1,cr4.umip=0", "'cr4.umip'");
    complain_about_machine("ring=3,", "'' is not name=hex");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_seed_round_trips_in_each_of_its_modes),
        cmocka_unit_test(random_states_round_trip),
        cmocka_unit_test(random_machines_round_trip),
        cmocka_unit_test(only_differences_are_printed),
        cmocka_unit_test(neighbouring_words_are_one_run_of_bytes),
        cmocka_unit_test(unreadable_user_states_are_named),
        cmocka_unit_test(segments_can_be_set_where_they_are_the_programs),
        cmocka_unit_test(unreadable_machines_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
