/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up every right, then the filter: written by hand, because what matters is which instruction makes a
 * call, and libraries have no match for that. */
#include "native/runner/runner.h"
#include "native/runner/system.h"

#include <asm/errno.h>
#include <asm/signal.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/seccomp.h>
#include <stddef.h>

#define NOBODY          65534
#define CAPABILITIES    64
#define DESCRIPTORS     1024
#define STACK_LIMIT     0x40000
#define INSTRUCTIONS    160
#define ARGUMENTS_BYTE  3
#define ARGUMENTS_TIMER 4

struct program {
    struct sock_filter instruction[INSTRUCTIONS];
    unsigned count;
};

static void add(struct program *program, uint16_t code, uint8_t yes, uint8_t no, uint32_t operand)
{
    program->instruction[program->count++] = (struct sock_filter){code, yes, no, operand};
}

/* Goes on if the word at `offset` of struct seccomp_data is `value`, else skips `skip` instructions. */
static void want_word(struct program *program, size_t offset, uint32_t value, uint8_t skip)
{
    add(program, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
    add(program, BPF_JMP | BPF_JEQ | BPF_K, 0, skip, value);
}

static void refuse(struct program *program)
{
    add(program, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRAP);
}

/* Both halves of a 64-bit value, little endian. */
static void want(struct program *program, size_t offset, uint64_t value, uint8_t skip)
{
    want_word(program, offset, (uint32_t)value, skip);
    want_word(program, offset + 4, (uint32_t)(value >> 32), (uint8_t)(skip - 2));
}

/* A call that passes: from one instruction, by one number, with these arguments. */
static void pass(struct program *program, const uint8_t *site, uint32_t number, const uint64_t *arguments,
                 unsigned count)
{
    /* Instructions from the first comparison on: two halves of two a value, the number's two, the answer. */
    uint8_t rest = (uint8_t)(4 * (1 + count) + 2 + 1);
    want(program, offsetof(struct seccomp_data, instruction_pointer), (uint64_t)site, (uint8_t)(rest - 2));
    want_word(program, offsetof(struct seccomp_data, nr), number, (uint8_t)(4 * count + 1));
    for (unsigned i = 0; i < count; i++)
        want(program, offsetof(struct seccomp_data, args) + 8 * i, arguments[i],
             (uint8_t)(4 * (count - i) - 2 + 1));
    add(program, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
}

static long install(void)
{
    static struct program program;
    const uint64_t in[ARGUMENTS_BYTE] = {0, (uint64_t)rp_native_byte, 1};
    const uint64_t out[ARGUMENTS_BYTE] = {1, (uint64_t)rp_native_byte, 1};
    const uint64_t timer[ARGUMENTS_TIMER] = {rp_native_timer_id, 0, (uint64_t)rp_native_ticking, 0};
    const uint64_t status = RP_NATIVE_EXIT_LEFT;
    want_word(&program, offsetof(struct seccomp_data, arch), AUDIT_ARCH_X86_64, 0);
    program.instruction[program.count - 1].jt = 1;
    refuse(&program);
    pass(&program, rp_native_read_site, __NR_read, in, ARGUMENTS_BYTE);
    pass(&program, rp_native_write_site, __NR_write, out, ARGUMENTS_BYTE);
    pass(&program, rp_native_timer_site, __NR_timer_settime, timer, ARGUMENTS_TIMER);
    pass(&program, rp_native_leave_site, __NR_exit_group, &status, 1);
    refuse(&program);
    struct sock_fprog whole = {(unsigned short)program.count, program.instruction};
    /* Without SPEC_ALLOW kernels before 5.16 slow the whole program down (speculative store bypass). */
    long result =
        system_call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, (long)&whole);
    if (result == -EINVAL)
        result = system_call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&whole);
    return result;
}

/* From 2 on. */
static void close_descriptors(void)
{
    if (system_call(__NR_close_range, 2, ~0u, 0) == 0)
        return;
    for (long i = 2; i < DESCRIPTORS; i++)
        system_call(__NR_close, i, 0, 0);
}

static long limit_resources(void)
{
    static const struct {
        int what;
        uint64_t most;
    } limits[] = {{RLIMIT_CORE, 0}, {RLIMIT_NOFILE, 0},  {RLIMIT_NPROC, 0},    {RLIMIT_FSIZE, 0},
                  {RLIMIT_DATA, 0}, {RLIMIT_MEMLOCK, 0}, {RLIMIT_MSGQUEUE, 0}, {RLIMIT_STACK, STACK_LIMIT}};
    for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        uint64_t both[2] = {limits[i].most, limits[i].most};
        long result = system_call6(__NR_prlimit64, 0, limits[i].what, (long)both, 0, 0, 0);
        if (result < 0)
            return result;
    }
    return 0;
}

/* Root becomes nobody. In a namespace without that user (EINVAL), or without the right to change (EPERM),
 * there is nothing to be changed to: what counts is that no capability is left. */
static long drop_user(void)
{
    system_call(__NR_setgroups, 0, 0, 0);
    system_call(__NR_setresgid, NOBODY, NOBODY, NOBODY);
    long result = system_call(__NR_setresuid, NOBODY, NOBODY, NOBODY);
    return result == -EPERM || result == -EINVAL ? 0 : result;
}

static long drop_capabilities(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    static const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
    for (long i = 0; i < CAPABILITIES; i++)
        system_call(__NR_prctl, PR_CAPBSET_DROP, i, 0);
    return system_call(__NR_capset, (long)&header, (long)none, 0);
}

/* Behind the change of user, which resets both. */
static long tie_to_parent(void)
{
    long result = system_call(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0);
    if (result == 0)
        result = system_call6(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0, 0);
    if (result == 0 && system_call(__NR_getppid, 0, 0, 0) != rp_native_shared->parent)
        return -ESRCH;
    return result;
}

long rp_native_lock_in(const char **what)
{
    static const struct {
        const char *what;
        long (*step)(void);
    } steps[] = {{"giving up root", drop_user},
                 {"giving up capabilities", drop_capabilities},
                 {"limiting resources", limit_resources},
                 {"staying with its parent", tie_to_parent}};
    close_descriptors();
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        long result = steps[i].step();
        *what = steps[i].what;
        if (result < 0)
            return result;
    }
    *what = "setting no_new_privs";
    long result = system_call6(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0);
    if (result < 0)
        return result;
    *what = "a seccomp filter (CONFIG_SECCOMP_FILTER)";
    return install();
}
