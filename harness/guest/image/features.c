/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this CPU has of the registers that pre-states set, by CPUID (SDM Vol. 2A "CPUID", APM Vol. 3 appendix
 * E) and, for MSRs that it does not speak of, by trying. */
#include "guest/image/cpu.h"
#include "guest/image/image.h"

#define CR4_OSFXSR   UINT64_C(0x200)
#define CR4_OSXSAVE  UINT64_C(0x40000)
#define CR4_PCE      UINT64_C(0x100) /* no bit of CPUID: every CPU with RDPMC has it */
#define EFER_LME_LMA UINT64_C(0x500)
#define XCR0_KNOWN   (UINT64_C(7) | RP_XCR0_AVX512)

uint64_t rp_guest_features, rp_guest_cr4_fit, rp_guest_cr4_known;

enum { ONE, SEVEN, EXTENDED, LEAVES };
enum { B = 1, C, D };
static const uint32_t leaves[LEAVES] = {1, 7, 0x80000001};

/* A bit of CPUID, and the bit of a register that there is with it. */
static const struct {
    uint8_t leaf, word, bit, reg, control;
} table[] = {
    {ONE, D, 1, RP_REG_CR4, 0},        {ONE, D, 1, RP_REG_CR4, 1},        {ONE, D, 4, RP_REG_CR4, 2},
    {ONE, D, 2, RP_REG_CR4, 3},        {ONE, D, 3, RP_REG_CR4, 4},        {ONE, D, 6, RP_REG_CR4, 5},
    {ONE, D, 7, RP_REG_CR4, 6},        {ONE, D, 13, RP_REG_CR4, 7},       {ONE, D, 24, RP_REG_CR4, 9},
    {ONE, D, 25, RP_REG_CR4, 10},      {SEVEN, C, 2, RP_REG_CR4, 11},     {SEVEN, B, 0, RP_REG_CR4, 16},
    {ONE, C, 26, RP_REG_CR4, 18},      {SEVEN, B, 7, RP_REG_CR4, 20},     {SEVEN, B, 20, RP_REG_CR4, 21},
    {SEVEN, C, 3, RP_REG_CR4, 22},     {EXTENDED, D, 11, RP_REG_EFER, 0}, {EXTENDED, D, 20, RP_REG_EFER, 11},
    {EXTENDED, C, 2, RP_REG_EFER, 12}, {EXTENDED, D, 25, RP_REG_EFER, 14}};

static struct rp_guest_cpuid ask(uint32_t leaf)
{
    bool there = rp_guest_cpuid(leaf & 0x80000000, 0).a >= leaf;
    return there ? rp_guest_cpuid(leaf, 0) : (struct rp_guest_cpuid){0};
}

/* Bits of `reg` that CPUID tells. */
static uint64_t told(enum rp_reg reg)
{
    uint64_t bits = 0;
    for (unsigned leaf = 0; leaf < LEAVES; leaf++) {
        struct rp_guest_cpuid r = ask(leaves[leaf]);
        const uint32_t word[] = {r.a, r.b, r.c, r.d};
        for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++)
            if (table[i].leaf == leaf && table[i].reg == reg)
                bits |= (uint64_t)(word[table[i].word] >> table[i].bit & 1) << table[i].control;
    }
    return bits;
}

/* AVX-512 is had whole or not at all (SDM Vol. 1 13.3). */
static uint64_t find_features(void)
{
    struct rp_guest_cpuid leaf = ask(0xd);
    uint64_t features = ((uint64_t)leaf.d << 32 | leaf.a) & XCR0_KNOWN;
    bool whole =
        (features & RP_XCR0_AVX512) == RP_XCR0_AVX512 && features & RP_XCR0_AVX && rp_guest_vector_fits();
    return whole ? features : features & ~RP_XCR0_AVX512;
}

void rp_guest_features_find(void)
{
    rp_guest_cr4_known = told(RP_REG_CR4) | CR4_PCE;
    rp_guest_cr4_fit = rp_guest_cr4_known & (CR4_OSFXSR | CR4_OSXSAVE | RP_GUEST_CR4_PKE);
    rp_guest_set_cr4(rp_guest_cr4() | rp_guest_cr4_fit);
    if (!(rp_guest_cr4_fit & CR4_OSXSAVE))
        return;
    rp_guest_features = find_features();
    rp_guest_xsetbv(rp_guest_features);
}

/* QEMU's IRET loads them on its way to vm86 alone. */
static uint64_t find_unloadable_flags(void)
{
    unsigned long both = RP_FLAG_VIF | RP_FLAG_VIP;
    rp_guest_load_flags(both | RP_FLAG_ONE);
    unsigned long loaded = rp_guest_flags() & both;
    rp_guest_load_flags(RP_FLAG_ONE);
    return loaded == both && !(rp_guest_flags() & both) ? 0 : both;
}

void rp_guest_features_tell(uint64_t *lacks)
{
    lacks[RP_REG_RFLAGS] = find_unloadable_flags();
    lacks[RP_REG_CR4] = ~rp_guest_cr4_known;
    lacks[RP_REG_XCR0] = ~rp_guest_features;
    lacks[RP_REG_PKRU] = rp_guest_cr4_known & RP_GUEST_CR4_PKE ? 0 : UINT64_MAX;
    for (unsigned i = 0; i < RP_GUEST_MSRS; i++)
        lacks[rp_guest_msrs[i].reg] = rp_guest_msr_absent[i] ? UINT64_MAX : 0;
    lacks[RP_REG_EFER] |= ~(told(RP_REG_EFER) | EFER_LME_LMA);
}
