/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the machine's own state Linux lets a program choose for itself, chosen before the filter is loaded:
 * entries of the LDT, the CPU it runs on (which TSC_AUX and the limit of Linux' per-CPU descriptor name), and
 * whether RDTSC and CPUID trap. */
#include "native/runner/runner.h"
#include "native/runner/system.h"

#include <asm/errno.h>
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <linux/prctl.h>
#include <string.h>

#define NODE_SHIFT   12 /* Linux arch/x86/include/asm/segment.h, VDSO_CPUNODE_BITS */
#define CPUS_MAX     8192
#define WRITE_LDT    0x11
#define TYPE_WRITE   0x2 /* of data; of code: readable, SDM Vol. 3A 3.4.5.1 */
#define TYPE_CLASS   2   /* shift: expand-down or conforming, and code */
#define ACCESS_SHIFT 40
#define HIGH_SHIFT   48 /* of limit 19:16, AVL, L, D/B, G */

long rp_native_write_ldt(uint32_t entry, uint64_t descriptor)
{
    uint64_t access = descriptor >> ACCESS_SHIFT, high = descriptor >> HIGH_SHIFT;
    struct user_desc wanted = {
        .entry_number = entry,
        .base_addr = (uint32_t)((descriptor >> 16 & 0xffffff) | (descriptor >> 56) << 24),
        .limit = (uint32_t)((descriptor & 0xffff) | (high & 0xf) << 16),
        .seg_32bit = high >> 6 & 1,
        .contents = access >> TYPE_CLASS & 3,
        .read_exec_only = !(access & TYPE_WRITE),
        .limit_in_pages = high >> 7 & 1,
        .seg_not_present = !(access >> 7 & 1),
        .useable = high >> 4 & 1,
    };
    return system_call(__NR_modify_ldt, WRITE_LDT, (long)&wanted, sizeof wanted);
}

static bool failed(long result)
{
    return result < 0 && result > -4096;
}

/* Moves to a CPU and sees whether that is where it now is: TSC_AUX names the node too. */
static long move_to(uint32_t cpu)
{
    static uint64_t set[CPUS_MAX / 64];
    uint32_t now = 0, node = 0;
    memset(set, 0, sizeof set);
    if (cpu >= CPUS_MAX)
        return -EINVAL;
    set[cpu / 64] = UINT64_C(1) << cpu % 64;
    long result = system_call(__NR_sched_setaffinity, 0, sizeof set, (long)set);
    if (!failed(result))
        result = system_call(__NR_getcpu, (long)&now, (long)&node, 0);
    if (failed(result))
        return result;
    return (now | node << NODE_SHIFT) == cpu ? 0 : -ENODEV;
}

/* Only CPUs that it has been given: whoever started us may have meant it. */
static void look_for_cpus(struct rp_native_offer *offer)
{
    static uint64_t given[CPUS_MAX / 64];
    if (failed(system_call(__NR_sched_getaffinity, 0, sizeof given, (long)given)))
        return;
    for (uint32_t cpu = 0; cpu < 2; cpu++)
        offer->cpu[cpu] = (given[0] >> cpu & 1) && move_to(cpu) == 0;
    system_call(__NR_sched_setaffinity, 0, sizeof given, (long)given);
}

static long set_tsd(bool traps)
{
    return system_call(__NR_prctl, PR_SET_TSC, traps ? PR_TSC_SIGSEGV : PR_TSC_ENABLE, 0);
}

static long set_cpuid_fault(bool traps)
{
    return system_call(__NR_arch_prctl, ARCH_SET_CPUID, !traps, 0);
}

static void look_for_traps(struct rp_native_offer *offer)
{
    int tsc = PR_TSC_ENABLE;
    bool asked = !failed(system_call(__NR_prctl, PR_GET_TSC, (long)&tsc, 0));
    offer->tsd_found = asked && tsc == PR_TSC_SIGSEGV;
    offer->tsd = asked && !failed(set_tsd(true)) && !failed(set_tsd(offer->tsd_found));
    offer->cpuid_fault_found = system_call(__NR_arch_prctl, ARCH_GET_CPUID, 0, 0) == 0;
    offer->cpuid_fault = !failed(set_cpuid_fault(true)) && !failed(set_cpuid_fault(offer->cpuid_fault_found));
}

/* Only the runner with nothing set is asked. */
static bool is_plain(const struct rp_native_configuration *c)
{
    static const struct rp_native_configuration plain = {.cpu = RP_NATIVE_ANY_CPU};
    return memcmp(c, &plain, sizeof plain) == 0;
}

void rp_native_look_around(void)
{
    struct rp_native_offer *offer = &rp_native_shared->offer;
    if (!is_plain(&rp_native_shared->configuration))
        return;
    memset(offer, 0, sizeof *offer);
    offer->ldt = !failed(rp_native_write_ldt(RP_NATIVE_DATA_TWIN >> 3, UINT64_C(0x00c0f300000007ff)));
    look_for_cpus(offer);
    look_for_traps(offer);
}

long rp_native_configure(void)
{
    const struct rp_native_configuration *c = &rp_native_shared->configuration;
    long result = 0;
    for (unsigned i = 0; i < RP_NATIVE_DESCRIPTORS && !failed(result); i++)
        if (c->descriptor[i])
            result = rp_native_write_ldt(c->entry[i], c->descriptor[i]);
    if (c->cpu != RP_NATIVE_ANY_CPU && !failed(result))
        result = move_to(c->cpu);
    if (c->tsd != RP_NATIVE_AS_FOUND && !failed(result))
        result = set_tsd(c->tsd == RP_NATIVE_TRAPS);
    if (c->cpuid_fault != RP_NATIVE_AS_FOUND && !failed(result))
        result = set_cpuid_fault(c->cpuid_fault == RP_NATIVE_TRAPS);
    return result;
}

static uint64_t base_of_descriptor(uint64_t descriptor)
{
    return (descriptor >> 16 & 0xffffff) | (descriptor >> 56) << 24;
}

uint64_t rp_native_base_of(uint16_t selector)
{
    const struct rp_native_configuration *c = &rp_native_shared->configuration;
    for (unsigned i = 0; i < RP_NATIVE_DESCRIPTORS && selector & 4; i++)
        if (c->descriptor[i] && c->entry[i] == selector >> 3)
            return base_of_descriptor(c->descriptor[i]);
    if ((selector | 3) == RP_NATIVE_CS16)
        return RP_ARENA_CODE;
    if ((selector | 3) == RP_NATIVE_DATA16 || (selector | 3) == RP_NATIVE_DATA16_TWIN)
        return RP_ARENA_DATA;
    return (selector | 3) == RP_NATIVE_STACK16 ? RP_ARENA_STACK : 0;
}
