/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layout of Unicorn's CPU: calibration accepts this build and refuses another layout in one line; patched
 * contexts are what guest instructions make of the CPU; flags that Unicorn keeps lazily are read exactly. */
#include "unicorn/calibrate.h"
#include "unicorn/machine.h"

#include "state/recipe.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void calibration_accepts_this_build_and_leaves_no_trace(void **state)
{
    struct rp_uc_context before, after;
    struct rp_error error;
    uc_engine *uc;
    (void)state;
    assert_int_equal(uc_open(UC_ARCH_X86, UC_MODE_64, &uc), UC_ERR_OK);
    rp_uc_context_init(&before, sizeof before.cpu);
    rp_uc_context_init(&after, sizeof after.cpu);
    rp_uc_save(uc, &before);
    if (rp_uc_calibrate(uc, &error) != RP_OK)
        fail_msg("%s", error.line);
    rp_uc_save(uc, &after);
    assert_memory_equal(&before, &after, sizeof before);
    uc_close(uc);
}

/* In a child, so that the limit ends with it. Unicorn itself would exit. */
static void too_little_address_space_is_an_error_and_no_exit(void **state)
{
    int status = 0;
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rp_error error = {0};
        setrlimit(RLIMIT_AS, &(struct rlimit){900000000, 900000000});
        _exit(rp_uc_machine_check(&error) == RP_EENVIRONMENT && strstr(error.line, "ulimit -v") ? 42 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
}

static void calibration_refuses_another_layout_and_names_it(void **state)
{
    struct rp_error error;
    uc_engine *uc;
    (void)state;
    /* Contexts of this kind say another mode in their header: as good as another build. */
    assert_int_equal(uc_open(UC_ARCH_X86, UC_MODE_32, &uc), UC_ERR_OK);
    assert_int_equal(rp_uc_calibrate(uc, &error), RP_EENVIRONMENT);
    assert_non_null(strstr(error.line, "unknown context layout"));
    assert_non_null(strstr(error.line, "use libunicorn 2.0.1"));
    uc_close(uc);
}

/* A machine that stays open over a test. */
static struct rp_uc_machine *machine;

static void open_machine(enum rp_mode mode)
{
    struct rp_error error;
    machine = calloc(1, sizeof *machine);
    assert_non_null(machine);
    if (rp_uc_machine_open(machine, mode, &error) != RP_OK)
        fail_msg("%s", error.line);
}

static void close_machine(void)
{
    rp_uc_machine_close(machine);
    free(machine);
}

/* Runs `encoding` in `ring` from the default state but for `user`; the CPU afterwards is machine->after. */
static struct rp_outcome run(unsigned ring, const char *user, struct rp_encoding encoding)
{
    static struct rp_recipe recipe;
    static struct rp_prestate prestate;
    static struct rp_uc_prepared prepared;
    struct rp_outcome outcome = {0};
    struct rp_error error;
    size_t changes;
    rp_recipe_init(&recipe, machine->mode, RP_POLICY_LEGACY);
    if (rp_user_parse(user, machine->mode, &recipe.user, &error) != RP_OK)
        fail_msg("%s", error.line);
    assert_int_equal(rp_prestate_build(&prestate, machine->mode, ring, &recipe.user, &recipe.machine, &error),
                     RP_OK);
    assert_int_equal(rp_uc_machine_prepare(machine, &prestate, &prepared, &error), RP_OK);
    assert_true(prepared.held);
    assert_int_equal(rp_uc_machine_run(machine, &prepared, &encoding, &outcome, &changes, &error), RP_OK);
    rp_uc_machine_release(machine, &prepared);
    return outcome;
}

/* Instructions that change ring or mode inside the guest: what they make of hflags is what a patched context
 * has. */
static const struct {
    enum rp_mode mode;
    unsigned ring;
    const char *user;
    struct rp_encoding encoding;
    uint32_t cpl;
} crossings[] = {
    /* IRETD to ring 3, to 16-bit code, to vm86; far RET to ring 3 */
    {RP_MODE_PROT32, 0, "stack+1000=00050100230000000200000000100300 2b000000", {{0xcf}, 1}, 3},
    {RP_MODE_PROT32, 0, "stack+1000=00050000630000000200000000100000 73000000", {{0xcf}, 1}, 3},
    {RP_MODE_PROT32, 0, "stack+1000=0005010023000000001003002b000000", {{0xcb}, 1}, 3},
    {RP_MODE_PROT32,
     0,
     "stack+1000=00050000001000000200020000100000 00300000002000000020000000200000 00200000",
     {{0xcf}, 1},
     3},
    /* far CALL through a gate from ring 3 to ring 0 */
    {RP_MODE_PROT32, 3, "-", {{0x9a, 0, 0, 0, 0, 0x98, 0}, 7}, 0},
    /* IRETQ to 64-bit and to 32-bit code of ring 3; SYSRET; far RET into compatibility mode of ring 0 */
    {RP_MODE_LONG64,
     0,
     "stack+1000=0005010000000000330000000000000002000000000000000010030000000000 2b00000000000000",
     {{0x48, 0xcf}, 2},
     3},
    {RP_MODE_LONG64,
     0,
     "stack+1000=0005010000000000230000000000000002000000000000000010030000000000 2b00000000000000",
     {{0x48, 0xcf}, 2},
     3},
    {RP_MODE_LONG64, 0, "rcx=10500", {{0x48, 0x0f, 0x07}, 3}, 3},
    {RP_MODE_LONG64, 0, "stack+1000=0005010008000000", {{0xcb}, 1}, 0},
    /* MOV to CR0: TS set, and protection left */
    {RP_MODE_PROT32, 0, "rax=80010039", {{0x0f, 0x22, 0xc0}, 3}, 0},
    {RP_MODE_REAL16, 0, "rax=11", {{0x0f, 0x22, 0xc0}, 3}, 0},
    {RP_MODE_PROT32, 0, "rax=220", {{0x0f, 0x22, 0xe0}, 3}, 0},
    /* a data segment with a base */
    {RP_MODE_PROT32, 3, "rax=6b", {{0x8e, 0xd8}, 2}, 3},
};

static void patched_contexts_equal_what_the_guest_itself_makes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof crossings / sizeof crossings[0]; i++) {
        char user[160];
        size_t length = 0;
        for (const char *from = crossings[i].user; *from; from++)
            if (*from != ' ')
                user[length++] = *from;
        user[length] = '\0';
        open_machine(crossings[i].mode);
        struct rp_outcome outcome = run(crossings[i].ring, user, crossings[i].encoding);
        if (outcome.kind != RP_OUTCOME_RETIRED)
            fail_msg("row %zu: %s %u", i, rp_outcome_kind_name(outcome.kind), outcome.vector);
        const uint32_t left_out = RP_UC_H_MP | RP_UC_H_SMAP;
        const struct rp_uc_cpu *cpu = &machine->after.cpu;
        if ((cpu->hflags & RP_UC_H_CPL) != crossings[i].cpl)
            fail_msg("row %zu: cpl %u", i, cpu->hflags & RP_UC_H_CPL);
        if ((cpu->hflags & ~left_out) != (rp_uc_hflags(cpu) & ~left_out))
            fail_msg("row %zu: hflags %x, expected %x", i, cpu->hflags, rp_uc_hflags(cpu));
        close_machine();
    }
}

/* Arithmetic leaves flags in cc_op, cc_src and cc_dst; the executor's reading of them is the API's. */
static void lazy_flags_are_read_exactly(void **state)
{
    static const struct rp_encoding encodings[] = {{{0x01, 0xd8}, 2},
                                                   {{0x29, 0xd8}, 2},
                                                   {{0x11, 0xd8}, 2},
                                                   {{0x19, 0xd8}, 2},
                                                   {{0x21, 0xd8}, 2},
                                                   {{0x00, 0xd8}, 2},
                                                   {{0x66, 0x29, 0xd8}, 3},
                                                   {{0x48, 0x01, 0xd8}, 3},
                                                   {{0xff, 0xc0}, 2},
                                                   {{0xff, 0xc8}, 2},
                                                   {{0xd1, 0xe0}, 2},
                                                   {{0xd1, 0xf8}, 2},
                                                   {{0xd1, 0xd0}, 2},
                                                   {{0xf7, 0xd8}, 2},
                                                   {{0xf7, 0xe3}, 2},
                                                   {{0x0f, 0xaf, 0xc3}, 3},
                                                   {{0x0f, 0xbc, 0xc3}, 3},
                                                   {{0xf3, 0x0f, 0xb8, 0xc3}, 4},
                                                   {{0x66, 0x0f, 0x38, 0xf6, 0xc3}, 5},
                                                   {{0xf3, 0x0f, 0x38, 0xf6, 0xc3}, 5},
                                                   {{0xc4, 0xe2, 0x78, 0xf3, 0xcb}, 5},
                                                   {{0xf5}, 1},
                                                   {{0xfd}, 1},
                                                   {{0x0f, 0xa3, 0xd8}, 3},
                                                   {{0x0f, 0xc0, 0xd8}, 3},
                                                   {{0x0f, 0xb1, 0xd8}, 3},
                                                   {{0x9e}, 1},
                                                   {{0x90}, 1}};
    static const char *const users[] = {"rax=80000000,rbx=80000000", "rax=7f,rbx=ffffffff,rflags=8d7",
                                        "rax=0,rbx=0", "rax=fffffffffffffff0,rbx=10,rflags=403"};
    (void)state;
    open_machine(RP_MODE_LONG64);
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        for (size_t k = 0; k < sizeof users / sizeof users[0]; k++) {
            uint64_t api = 0, ours = 0;
            struct rp_outcome outcome = run(3, users[k], encodings[i]);
            assert_int_equal(outcome.kind, RP_OUTCOME_RETIRED);
            uc_reg_read(machine->uc, UC_X86_REG_RFLAGS, &api);
            ours = rp_uc_flags(machine);
            assert_int_equal(ours, api);
        }
    }
    close_machine();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calibration_accepts_this_build_and_leaves_no_trace),
        cmocka_unit_test(too_little_address_space_is_an_error_and_no_exit),
        cmocka_unit_test(calibration_refuses_another_layout_and_names_it),
        cmocka_unit_test(patched_contexts_equal_what_the_guest_itself_makes),
        cmocka_unit_test(lazy_flags_are_read_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
