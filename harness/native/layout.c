/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CPU's extended state; see layout.h. */
#include "native/layout.h"

#include <cpuid.h>
#include <string.h>
#include <sys/auxv.h>

#define CPUID_1_OSXSAVE (UINT32_C(1) << 27)
#define CPUID_7_AVX2    (UINT32_C(1) << 5)
#define CPUID_7_AVX512F (UINT32_C(1) << 16)
#define HWCAP2_FSGSBASE 2                   /* Linux Documentation/arch/x86/x86_64/fsgs.rst */
#define XCR0_ON_DEMAND  (UINT64_C(3) << 17) /* AMX: the runner does not ask */
#define LEGACY_SIZE     576                 /* x87, SSE and the header */
#define MXCSR_MASK      UINT32_C(0xffbf)    /* where FXSAVE gives none, SDM Vol. 1 11.6.6 */

enum { EAX, EBX, ECX, EDX };

static void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t abcd[4])
{
    abcd[EAX] = abcd[EBX] = abcd[ECX] = abcd[EDX] = 0;
    __get_cpuid_count(leaf, subleaf, &abcd[EAX], &abcd[EBX], &abcd[ECX], &abcd[EDX]);
}

static bool has_xsave(const struct rp_native_machine *machine)
{
    uint32_t abcd[4];
    machine->cpuid(1, 0, abcd);
    return abcd[ECX] & CPUID_1_OSXSAVE;
}

/* Where component `number` stands; 0 if it is not enabled, or left out. */
static uint32_t place_component(const struct rp_native_machine *machine, struct rp_native_layout *layout,
                                unsigned number)
{
    uint32_t abcd[4];
    if (!(layout->mask >> number & 1))
        return 0;
    machine->cpuid(0xd, number, abcd);
    uint32_t size = abcd[EAX], offset = abcd[EBX];
    if (offset == 0 || offset > RP_NATIVE_AREA_SIZE || size > RP_NATIVE_AREA_SIZE - offset) {
        layout->mask &= ~(UINT64_C(1) << number);
        return 0;
    }
    if (offset + size > layout->size)
        layout->size = offset + size;
    return offset;
}

int rp_native_layout_of(const struct rp_native_machine *machine, struct rp_native_layout *layout,
                        struct rp_error *error)
{
    uint32_t abcd[4], place[64] = {0};
    *layout = (struct rp_native_layout){.size = LEGACY_SIZE};
    if (!has_xsave(machine))
        return rp_error_set(error, RP_EENVIRONMENT,
                            "native can't run here: it needs XSAVE, which this CPU or its kernel lacks");
    layout->mask = machine->xcr0 & ~XCR0_ON_DEMAND;
    for (unsigned number = 2; number < 63; number++)
        place[number] = place_component(machine, layout, number);
    layout->size = (layout->size + 7) & ~7u;
    layout->avx = place[2];
    layout->opmask = place[5];
    layout->upper = place[6];
    layout->high = place[7];
    layout->pkru = place[9];
    layout->mxcsr_mask = machine->mxcsr_mask ? machine->mxcsr_mask : MXCSR_MASK;
    layout->fsgsbase = machine->fsgsbase;
    machine->cpuid(7, 0, abcd);
    layout->compare = 8;
    if (layout->avx && abcd[EBX] & CPUID_7_AVX2)
        layout->compare = 32;
    if (layout->high && abcd[EBX] & CPUID_7_AVX512F)
        layout->compare = 64;
    return RP_OK;
}

static uint64_t read_xcr0(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static uint32_t read_mxcsr_mask(void)
{
    static uint8_t area[512] __attribute__((aligned(16)));
    uint32_t mask;
    __asm__ volatile("fxsave64 %0" : "=m"(area));
    memcpy(&mask, area + 28, sizeof mask);
    return mask;
}

int rp_native_layout_find(struct rp_native_layout *layout, struct rp_error *error)
{
    struct rp_native_machine machine = {
        .cpuid = cpuid,
        .mxcsr_mask = read_mxcsr_mask(),
        .fsgsbase = (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE) != 0,
    };
    if (has_xsave(&machine))
        machine.xcr0 = read_xcr0();
    return rp_native_layout_of(&machine, layout, error);
}
