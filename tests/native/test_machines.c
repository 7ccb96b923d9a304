/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machines that lack something (harness/native/MACHINES.md): each is made here by a filter on this process'
 * system calls. A mode is refused with the reason and the mend, the rest works. */
#include "native/native.h"
#include "support/suite.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
#define ALL    UINT32_MAX /* system calls of a table */

/* What the machine is like, and what native says of it. */
struct lack {
    const char *name;
    uint32_t arch, number;
    int error;                          /* that the call gives */
    const char *opened;                 /* "": it can be opened; else part of the line that says why not */
    const char *refused[RP_MODE_COUNT]; /* "": runs; else part of the reason */
};

#define RUNS ""
static const struct lack lacks[] = {
    {"nothing", AUDIT_ARCH_X86_64, 9999, ENOSYS, "", {RUNS, RUNS, RUNS}},
    {"modify_ldt, left out of the kernel",
     AUDIT_ARCH_X86_64,
     SYS_modify_ldt,
     ENOSYS,
     "",
     {RUNS, RUNS, "CONFIG_MODIFY_LDT_SYSCALL"}},
    {"modify_ldt, denied by a sandbox",
     AUDIT_ARCH_X86_64,
     SYS_modify_ldt,
     EPERM,
     "",
     {RUNS, RUNS, "allow modify_ldt"}},
    {"16-bit segments", AUDIT_ARCH_X86_64, SYS_modify_ldt, EINVAL, "", {RUNS, RUNS, "CONFIG_X86_16BIT"}},
    {"ia32_emulation", AUDIT_ARCH_I386, ALL, ENOSYS, "", {RUNS, RUNS, "ia32_emulation"}},
    {"memory files", AUDIT_ARCH_X86_64, SYS_memfd_create, EPERM, "memory file", {0}},
    {"execution of memory files", AUDIT_ARCH_X86_64, SYS_execveat, EACCES, "vm.memfd_noexec", {0}},
    {"timers", AUDIT_ARCH_X86_64, SYS_timer_create, ENOSYS, "timer of its processor time", {0}},
    {"filters of its own", AUDIT_ARCH_X86_64, SYS_seccomp, EINVAL, "CONFIG_SECCOMP_FILTER", {0}},
};

static bool can_run_here(void)
{
    struct rp_error error;
    void *instance;
    if (rp_executor_native.open(NULL, &instance, &error) != RP_OK)
        return false;
    rp_executor_native.close(instance);
    return true;
}

static bool take_away(const struct lack *lack)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, lack->arch, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, lack->number == ALL ? 0 : lack->number, 0, 1),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, lack->number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)lack->error),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* NOP in long64, which no machine here lacks. */
static bool nop_retires(void *instance)
{
    static struct rp_user user;
    static struct rp_machine machine;
    static struct rp_prestate prestate;
    struct rp_outcomes outcomes = {0};
    struct rp_job job = {.encoding = {.bytes = {0x90}, .length = 1}};
    struct rp_error error;
    rp_user_init(&user, RP_MODE_LONG64);
    rp_machine_init(&machine, RP_MODE_LONG64, RP_POLICY_LINUX);
    bool well = rp_prestate_build(&prestate, RP_MODE_LONG64, 3, &user, &machine, &error) == RP_OK &&
                rp_executor_native.prepare(instance, &prestate, 1, &job.prestate, &error) == RP_OK &&
                rp_executor_native.run(instance, &job, 1, &outcomes, &error) == RP_OK &&
                outcomes.count == 1 && outcomes.outcome[0].kind == RP_OUTCOME_RETIRED &&
                outcomes.outcome[0].length == 1;
    rp_outcomes_free(&outcomes);
    return well;
}

static bool fits(const struct lack *lack, const struct rp_capabilities *can, unsigned mode)
{
    const char *wanted = lack->refused[mode];
    bool fit = wanted[0] ? can->missing[mode] && !can->ring[mode][3] && strstr(can->refused[mode], wanted)
                         : can->ring[mode][3] && !can->missing[mode];
    if (!fit)
        print_error("without %s, %s: '%s'\n", lack->name, rp_mode_info((enum rp_mode)mode)->name,
                    can->refused[mode]);
    return fit;
}

/* In a child, which is not as others any more. 0: as it must be. */
static int live_without(const struct lack *lack)
{
    struct rp_error error = {0};
    void *instance;
    bool fit = true;
    if (!take_away(lack))
        return 2;
    int result = rp_executor_native.open(NULL, &instance, &error);
    if (lack->opened[0] || result) {
        fit = result == RP_EENVIRONMENT && lack->opened[0] && strstr(error.line, lack->opened);
        if (!fit)
            print_error("without %s: %d '%s'\n", lack->name, result, error.line);
        return !fit;
    }
    for (unsigned mode = RP_MODE_LONG64; mode <= RP_MODE_COMPAT16; mode++)
        fit = fits(lack, rp_executor_native.capabilities(instance), mode) && fit;
    fit = nop_retires(instance) && fit;
    rp_executor_native.close(instance);
    return !fit;
}

static int in_child(int (*body)(const struct lack *lack), const struct lack *lack)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(body(lack));
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void what_a_machine_lacks_is_said_and_the_rest_works(void **state)
{
    (void)state;
    if (!can_run_here() || in_child(live_without, &lacks[0]) == 2)
        skip();
    for (size_t i = 0; i < sizeof lacks / sizeof lacks[0]; i++)
        if (in_child(live_without, &lacks[i]) != 0)
            fail_msg("without %s", lacks[i].name);
}

static int live_as_nobody(const struct lack *lack)
{
    if (getuid() == 0 && (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY)))
        return 2;
    return getuid() == 0 ? 1 : live_without(lack);
}

static void it_needs_no_rights(void **state)
{
    (void)state;
    if (!can_run_here())
        skip();
    assert_int_equal(in_child(live_as_nobody, &lacks[0]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_machine_lacks_is_said_and_the_rest_works),
        cmocka_unit_test(it_needs_no_rights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
