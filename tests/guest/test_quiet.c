/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which jobs are not looked at, and what comes of one that stores all the same: by a driver that
 * is no machine, but answers as a guest would. */
#include "guest/quiet.h"
#include "support/suite.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY 0x40000

struct machine {
    struct rp_guest_shared *shared;
    unsigned char memory[MEMORY];
    bool strays;    /* counts so itself, in an order of which a job is not looked at */
    uint32_t store; /* where such an order leaves a byte; 0: nowhere */
    unsigned orders, strayed, not_looked_at, restarts;
    bool dies; /* in its first order */
    bool dies_always, killed;
};

static struct machine machine;

static int open_machine(void *process, enum rp_guest_kind kind, const char *model, struct rp_error *error)
{
    (void)kind, (void)model, (void)error;
    if (!machine.shared) /* the guests of both kinds have one memory here */
        machine.shared = calloc(1, sizeof *machine.shared);
    struct rp_guest_shared *shared = machine.shared;
    assert_non_null(shared);
    shared->kept[0] = (struct rp_guest_kept){0x1000, 0x1000, 0x8000};
    shared->kept[1] = (struct rp_guest_kept){0x20000, 0x10000, 0};
    memset(machine.memory + 0x1000, 0x5a, 0x1000);
    memset(machine.memory + 0x8000, 0x5a, 0x1000);
    *(unsigned char *)process = 1;
    return RP_OK;
}

static void close_machine(void *process)
{
    (void)process;
    free(machine.shared);
    machine.shared = NULL;
}

static int restart(void *process, struct rp_error *error)
{
    (void)process, (void)error;
    machine.restarts++;
    return RP_OK;
}

/* A result's error code is how often its job has been run. */
static enum rp_guest_end give(void *process, int *signal)
{
    struct rp_guest_shared *shared = machine.shared;
    (void)process;
    *signal = 0;
    machine.orders++;
    if (machine.dies_always) {
        *signal = machine.killed ? SIGKILL : 0;
        shared->done = shared->current = shared->first;
        return RP_GUEST_DIED;
    }
    if (shared->strayed) { /* the image puts memory in order */
        machine.strayed++;
        memset(machine.memory + 0x1000, 0x5a, 0x1000);
        memset(machine.memory + 0x20000, 0, 0x10000);
    }
    shared->strayed = 0;
    for (uint32_t i = shared->first; i < shared->count; i++) {
        bool looked_at = shared->job[i].looked_at == RP_GUEST_LOOKED_AT;
        machine.not_looked_at += !looked_at;
        shared->strayed += machine.strays && !looked_at;
        if (machine.store && !looked_at)
            machine.memory[machine.store] ^= 1;
        shared->result[i] =
            (struct rp_guest_result){.kind = RP_OUTCOME_TRAPPED, .error_code = machine.orders};
    }
    shared->done = shared->current = shared->count;
    return machine.dies && machine.orders == 1 ? RP_GUEST_DIED : RP_GUEST_ANSWERED;
}

static bool intact(void *process)
{
    (void)process;
    return true;
}

static struct rp_guest_shared *shared_of(void *process)
{
    (void)process;
    return machine.shared;
}

static bool read_memory(void *process, uint32_t address, void *bytes, size_t size)
{
    (void)process;
    memcpy(bytes, machine.memory + address, size);
    return true;
}

static const struct rp_guest_driver driver = {
    .name = "none",
    .size = 1,
    .open = open_machine,
    .close = close_machine,
    .restart = restart,
    .order = give,
    .intact = intact,
    .shared = shared_of,
    .read = read_memory,
};

static const struct rp_encoding add = {{0x01, 0xd8}, 2}, store = {{0x89, 0x07}, 2};

/* In which order the one run was made that counts. */
static uint32_t run_one(enum rp_mode mode, const struct rp_encoding *encoding)
{
    static struct rp_prestate prestate;
    struct rp_outcomes outcomes = {0};
    struct rp_error error;
    void *instance;
    uint32_t index;
    prestate.mode = mode;
    prestate.ring = mode == RP_MODE_VM86 ? 3 : 0;
    assert_int_equal(rp_guest_face_open(&driver, NULL, NULL, &instance, &error), RP_OK);
    assert_int_equal(rp_guest_face_prepare(instance, &prestate, 1, &index, &error), RP_OK);
    const struct rp_job job = {.encoding = *encoding, .prestate = index};
    assert_int_equal(rp_guest_face_run(instance, &job, 1, &outcomes, &error), RP_OK);
    assert_int_equal(outcomes.count, 1);
    uint32_t made = outcomes.outcome[0].error_code;
    rp_outcomes_free(&outcomes);
    rp_guest_face_close(instance);
    return made;
}

static void what_may_store_is_looked_at(void **state)
{
    (void)state;
    static const struct rp_encoding others[] = {
        {{0x50}, 1},             /* push ax */
        {{0xaa}, 1},             /* stosb */
        {{0x0f, 0x01, 0x07}, 3}, /* sgdt [bx] */
        {{0xcd, 0x21}, 2},       /* int 21h */
        {{0x0f, 0x0a}, 2},       /* nobody knows it */
        {{0x90, 0x90}, 2},       /* two */
    };
    assert_int_equal(rp_guest_looked_at(RP_MODE_REAL16, 0, &add), RP_GUEST_NOT_LOOKED_AT);
    assert_int_equal(rp_guest_looked_at(RP_MODE_REAL16, 0, &store), RP_GUEST_LOOKED_AT_BUT_UD);
    assert_int_equal(rp_guest_looked_at(RP_MODE_PROT32, 0, &add), RP_GUEST_NOT_LOOKED_AT);
    assert_int_equal(rp_guest_looked_at(RP_MODE_PROT16, 0, &store), RP_GUEST_LOOKED_AT_BUT_UD);
    assert_int_equal(rp_guest_looked_at(RP_MODE_PROT32, 3, &add), RP_GUEST_LOOKED_AT);
    assert_int_equal(rp_guest_looked_at(RP_MODE_LONG64, 0, &add), RP_GUEST_LOOKED_AT);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(rp_guest_looked_at(RP_MODE_REAL16, 0, &others[i]), RP_GUEST_LOOKED_AT_BUT_UD);
}

static void an_order_that_has_kept_its_memory_is_given_once(void **state)
{
    (void)state;
    machine = (struct machine){0};
    assert_int_equal(run_one(RP_MODE_REAL16, &add), 1);
    assert_int_equal(machine.not_looked_at, 1);
}

static void behind_ring_0_of_protected_mode_the_windows_are_looked_at(void **state)
{
    (void)state;
    machine = (struct machine){.store = 0x20000};
    assert_int_equal(run_one(RP_MODE_PROT32, &add), 2);
    assert_int_equal(machine.strayed, 1);
}

static void where_pages_tell_every_job_is_looked_at(void **state)
{
    (void)state;
    machine = (struct machine){.strays = true, .store = 0x1fff};
    assert_int_equal(run_one(RP_MODE_VM86, &add), 1);
    assert_int_equal(machine.not_looked_at, 0);
}

static void what_was_written_unseen_is_seen_and_run_again(void **state)
{
    (void)state;
    static const uint32_t stores[] = {0x1000, 0x1fff, 0x20000, 0x2ffff};
    for (size_t i = 0; i < sizeof stores / sizeof stores[0]; i++) {
        machine = (struct machine){.store = stores[i]};
        assert_int_equal(run_one(RP_MODE_REAL16, i & 1 ? &store : &add), 2);
        assert_int_equal(machine.not_looked_at, 1);
        assert_int_equal(machine.strayed, 1);
        assert_int_equal(machine.restarts, 0);
    }
}

/* XCHG of the stack pointer has each end pushed elsewhere, whatever the decoder says: one order too many. */
static void what_has_stored_unseen_is_looked_at_from_then_on(void **state)
{
    (void)state;
    static struct rp_prestate prestate = {.mode = RP_MODE_REAL16};
    static const struct rp_encoding nop = {{0x90}, 1};
    const struct rp_encoding *const encoding[] = {&add, &add, &nop};
    static const unsigned orders[] = {2, 3, 5};
    struct rp_outcomes outcomes = {0};
    struct rp_error error;
    void *instance;
    uint32_t index;
    machine = (struct machine){.strays = true};
    assert_int_equal(rp_guest_face_open(&driver, NULL, NULL, &instance, &error), RP_OK);
    assert_int_equal(rp_guest_face_prepare(instance, &prestate, 1, &index, &error), RP_OK);
    for (unsigned i = 0; i < 3; i++) {
        const struct rp_job job = {.encoding = *encoding[i], .prestate = index};
        assert_int_equal(rp_guest_face_run(instance, &job, 1, &outcomes, &error), RP_OK);
        assert_int_equal(machine.orders, orders[i]);
    }
    rp_outcomes_free(&outcomes);
    rp_guest_face_close(instance);
}

static void what_the_image_has_seen_is_run_again(void **state)
{
    (void)state;
    machine = (struct machine){.strays = true};
    assert_int_equal(run_one(RP_MODE_REAL16, &add), 2);
    assert_int_equal(machine.strayed, 1);
}

static void a_death_is_blamed_on_nobody_before_all_are_looked_at(void **state)
{
    (void)state;
    machine = (struct machine){.dies = true};
    assert_int_equal(run_one(RP_MODE_REAL16, &add), 2);
    assert_int_equal(machine.restarts, 1);
    assert_int_equal(machine.strayed, 0);
}

/* A first death may be an accident; a second of the same job is not, nor another job's of its encoding,
 * unless somebody else may have killed it. */
static void assert_deaths(bool killed, const unsigned restarts[3])
{
    static struct rp_prestate prestate[2] = {{.mode = RP_MODE_VM86, .ring = 3},
                                             {.mode = RP_MODE_VM86, .ring = 3}};
    const struct rp_encoding encoding[3] = {add, add, store};
    struct rp_outcomes outcomes = {0};
    struct rp_error error;
    void *instance;
    uint32_t index;
    machine = (struct machine){.dies_always = true, .killed = killed};
    assert_int_equal(rp_guest_face_open(&driver, NULL, NULL, &instance, &error), RP_OK);
    assert_int_equal(rp_guest_face_prepare(instance, prestate, 2, &index, &error), RP_OK);
    for (unsigned i = 0; i < 3; i++) {
        const struct rp_job job = {.encoding = encoding[i], .prestate = index + i % 2};
        assert_int_equal(rp_guest_face_run(instance, &job, 1, &outcomes, &error), RP_OK);
        assert_int_equal(outcomes.outcome[i].kind, RP_OUTCOME_DIED);
        assert_int_equal(machine.restarts, restarts[i]);
    }
    rp_outcomes_free(&outcomes);
    rp_guest_face_close(instance);
}

static void who_has_taken_a_machine_along_is_known_again(void **state)
{
    (void)state;
    assert_deaths(false, (const unsigned[]){2, 3, 5});
    assert_deaths(true, (const unsigned[]){2, 4, 6});
}

static void lmsw_loads_where_real_mode_addresses(void **state)
{
    (void)state;
    static const struct {
        struct rp_encoding encoding;
        uint32_t address;
    } cases[] = {
        {{{0x0f, 0x01, 0x37}, 3}, 0x20000 + 0x0400},                        /* [bx] */
        {{{0x0f, 0x01, 0x70, 0xfe}, 4}, 0x20000 + 0x2e},                    /* [bx+si-2]: FC30h wraps */
        {{{0x0f, 0x01, 0x76, 0x02}, 4}, 0x30000 + 0x0102},                  /* [bp+2]: by SS */
        {{{0x26, 0x0f, 0x01, 0x36, 0x34, 0x12}, 6}, 0x40000 + 0x1234},      /* es:[1234h] */
        {{{0x67, 0x0f, 0x01, 0x34, 0x4b}, 5}, 0x20000 + 0x0400 + 2 * 0x10}, /* [ebx+2*ecx] */
        {{{0x0f, 0x01, 0x36, 0xff, 0xff}, 5}, RP_GUEST_NO_OPERAND}, /* its second byte is beyond the limit */
        {{{0x0f, 0x01, 0xf0}, 3}, RP_GUEST_NO_OPERAND},             /* ax */
        {{{0x0f, 0x01, 0x27}, 3}, RP_GUEST_NO_OPERAND},             /* smsw [bx] */
        {{{0x0f, 0x00, 0x37}, 3}, RP_GUEST_NO_OPERAND},             /* another group */
        {{{0x0f, 0x01}, 2}, RP_GUEST_NO_OPERAND},
    };
    static const uint64_t reg[RP_REG_COUNT] = {
        [RP_REG_RBX] = 0x400,       [RP_REG_RCX] = 0x10,        [RP_REG_RBP] = 0x100,
        [RP_REG_RSI] = 0xfc30,      [RP_REG_DS_BASE] = 0x20000, [RP_REG_SS_BASE] = 0x30000,
        [RP_REG_ES_BASE] = 0x40000,
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(rp_guest_loaded_operand(RP_MODE_REAL16, reg, &cases[i].encoding), cases[i].address);
    assert_int_equal(rp_guest_loaded_operand(RP_MODE_VM86, reg, &cases[0].encoding), RP_GUEST_NO_OPERAND);
}

/* What a job's pre-state will overwrite the image need not take back. */
static void words_that_the_next_pre_state_has_none_for_are_stale(void **state)
{
    (void)state;
    static struct rp_guest_slot slot, next;
    static const uint32_t before[] = {0x10, 0x18, 0x20, 0x40, 0x48}, behind[] = {0x08, 0x18, 0x28, 0x48};
    for (unsigned i = 0; i < 5; i++)
        slot.word[slot.count++].address = before[i];
    assert_int_equal(rp_guest_slot_stale(&slot, &next), 0x1f);
    for (unsigned i = 0; i < 4; i++)
        next.word[next.count++].address = behind[i];
    assert_int_equal(rp_guest_slot_stale(&slot, &next), 0x0d);
    assert_int_equal(rp_guest_slot_stale(&slot, &slot), 0);
}

static void ltr_loads_where_long_mode_addresses(void **state)
{
    (void)state;
    static const struct {
        enum rp_mode mode;
        struct rp_encoding encoding;
        uint32_t address;
    } cases[] = {
        {RP_MODE_LONG64, {{0x0f, 0x00, 0x1b}, 3}, RP_ARENA_DATA + 0x400},              /* [rbx] */
        {RP_MODE_LONG64, {{0x48, 0x0f, 0x00, 0x1b}, 4}, RP_ARENA_DATA + 0x400},        /* with REX.W */
        {RP_MODE_LONG64, {{0x64, 0x0f, 0x00, 0x19}, 4}, RP_ARENA_DATA + 0x30},         /* fs:[rcx] */
        {RP_MODE_LONG64, {{0x36, 0x0f, 0x00, 0x1b}, 4}, RP_ARENA_DATA + 0x400},        /* ss has no base */
        {RP_MODE_COMPAT32, {{0x0f, 0x00, 0x19}, 3}, RP_ARENA_DATA + 0x10},             /* [ecx]: by DS */
        {RP_MODE_LONG64, {{0x0f, 0x00, 0xdb}, 3}, RP_GUEST_NO_OPERAND},                /* ltr bx */
        {RP_MODE_LONG64, {{0x0f, 0x00, 0x13}, 3}, RP_GUEST_NO_OPERAND},                /* lldt [rbx] */
        {RP_MODE_LONG64, {{0x0f, 0x00, 0x1d, 0, 0, 0, 0x7f}, 7}, RP_GUEST_NO_OPERAND}, /* not of the arena */
        {RP_MODE_PROT32, {{0x0f, 0x00, 0x1b}, 3}, RP_GUEST_NO_OPERAND},
    };
    static const uint64_t reg[RP_REG_COUNT] = {
        [RP_REG_RBX] = RP_ARENA_DATA + 0x400,
        [RP_REG_RCX] = 0x10,
        [RP_REG_FS_BASE] = RP_ARENA_DATA + 0x20,
        [RP_REG_DS_BASE] = RP_ARENA_DATA,
        [RP_REG_SS_BASE] = 0x1000,
        [RP_REG_RIP] = RP_ARENA_CODE,
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(rp_guest_loaded_operand(cases[i].mode, reg, &cases[i].encoding), cases[i].address);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_store_is_looked_at),
        cmocka_unit_test(an_order_that_has_kept_its_memory_is_given_once),
        cmocka_unit_test(behind_ring_0_of_protected_mode_the_windows_are_looked_at),
        cmocka_unit_test(where_pages_tell_every_job_is_looked_at),
        cmocka_unit_test(what_was_written_unseen_is_seen_and_run_again),
        cmocka_unit_test(what_has_stored_unseen_is_looked_at_from_then_on),
        cmocka_unit_test(what_the_image_has_seen_is_run_again),
        cmocka_unit_test(a_death_is_blamed_on_nobody_before_all_are_looked_at),
        cmocka_unit_test(who_has_taken_a_machine_along_is_known_again),
        cmocka_unit_test(lmsw_loads_where_real_mode_addresses),
        cmocka_unit_test(ltr_loads_where_long_mode_addresses),
        cmocka_unit_test(words_that_the_next_pre_state_has_none_for_are_stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
