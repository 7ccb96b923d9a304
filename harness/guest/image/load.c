/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a pre-state into the CPU. Segments are loaded from tables of the image's own, made from their hidden
 * parts, because the arena's may hold something else by now (a placed probe). What the CPU has already is not
 * written again: most of these writes cost more than a run. */
#include "guest/image/cpu.h"
#include "guest/image/image.h"
#include "guest/image/wide.h"
#if !RP_GUEST_LONG
#include "guest/image/cross32.h"
#endif

#define CR0_PE         UINT64_C(1)
#define LDT_OF_LOADS   0xffe0 /* a selector */
#define STACK_OF_LOADS 0xffc0
#define ATTRIBUTE_LDT  UINT64_C(0x82)
#define ATTRIBUTE_TSS  UINT64_C(0x89)

uint64_t rp_guest_now[RP_REG_COUNT];

/* The GDT, and behind it the LDT. */
static uint64_t gdt[2 * RP_GUEST_TABLE_WORDS] __attribute__((aligned(16)));
#define LDT        (gdt + RP_GUEST_TABLE_WORDS)
#define TABLE_SIZE (RP_GUEST_TABLE_WORDS * sizeof gdt[0])

static void put_wide(uint64_t selector, uint64_t base, uint64_t descriptor)
{
    gdt[selector >> 3 & 0x1fff] = descriptor;
    if (RP_GUEST_LONG)
        gdt[(selector >> 3 & 0x1fff) + 1] = base >> 32;
}

struct rp_guest_table rp_guest_load_gdtr;
#if !RP_GUEST_LONG
struct rp_guest_table rp_guest_load_idtr;
/* Vectors while the image runs, whose own are the arena's otherwise: of real mode's table entry 2 stands at
 * 8, of protected mode's at 16, so that one table serves a tick in both. */
static uint32_t vectors[6] __attribute__((aligned(8)));
/* The same for protected mode alone, with #DB. */
static uint32_t vectors_detect[6] __attribute__((aligned(8)));
#endif

static void lgdt(const void *base, uint64_t limit)
{
    struct rp_guest_table table = {(uint16_t)limit, (unsigned long)base};
    __asm__ volatile("lgdt %0" : : "m"(table) : "memory");
}

static void lidt(uint64_t base, uint64_t limit)
{
    struct rp_guest_table table = {(uint16_t)limit, (unsigned long)base};
    __asm__ volatile("lidt %0" : : "m"(table));
}

static void lldt(uint64_t selector)
{
    __asm__ volatile("lldt %w0" : : "r"((uint32_t)selector) : "memory");
}

/* The segments that the image and its vectors run in, which a guard's tick needs at any time. */
static void put_own(void)
{
    gdt[RP_SELECTOR_CODE32_RING0 >> 3] = rp_guest_pack(0, UINT32_MAX, 0xc09b);
    gdt[RP_SELECTOR_CODE64_RING0 >> 3] = rp_guest_pack(0, UINT32_MAX, 0xa09b);
    gdt[RP_GUEST_CODE >> 3] = gdt[RP_SELECTOR_CODE32_RING0 >> 3];
    gdt[RP_SELECTOR_DATA_RING0 >> 3] = gdt[RP_GUEST_DATA >> 3] = rp_guest_pack(0, UINT32_MAX, 0xc093);
}

/* TR, then a table of segments, then LDTR. */
static void load_tables(const uint64_t *reg, uint64_t tss)
{
    put_own();
    rp_guest_load_gdtr = (struct rp_guest_table){TABLE_SIZE - 1, (unsigned long)gdt};
    lgdt(gdt, TABLE_SIZE - 1);
    if (reg[RP_REG_TR] & 0xfffc) {
        put_wide(reg[RP_REG_TR], reg[RP_REG_TR_BASE], tss);
        __asm__ volatile("ltr %w0" : : "r"((uint32_t)reg[RP_REG_TR]) : "memory");
    }
    put_wide(LDT_OF_LOADS, (unsigned long)LDT,
             rp_guest_pack((unsigned long)LDT, TABLE_SIZE - 1, ATTRIBUTE_LDT));
    lldt(LDT_OF_LOADS);
}

static void put_ldtr(const uint64_t *reg, uint64_t descriptor)
{
    if (reg[RP_REG_LDTR] & 0xfffc)
        put_wide(reg[RP_REG_LDTR], reg[RP_REG_LDTR_BASE], descriptor);
}

/* Segment `i`, ES first, to be loaded from there. */
static inline void put(const struct rp_guest_slot *slot, unsigned i)
{
    gdt[slot->place[i]] = slot->segment[i];
}

#if RP_GUEST_LONG
#define LOAD(name, id)                                                                                       \
    static void load_##name(const struct rp_guest_slot *slot)                                                \
    {                                                                                                        \
        put(slot, (RP_REG_##id - RP_REG_ES) / 4);                                                            \
        __asm__ volatile("mov %0, %%" #name : : "r"((uint32_t)slot->state.reg[RP_REG_##id]));                \
    }
LOAD(es, ES)
LOAD(ds, DS)
LOAD(fs, FS)
LOAD(gs, GS)
#undef LOAD

/* A base that no descriptor can give. */
static void load_base(uint32_t msr, const uint64_t *r)
{
    if (r[1] && (r[1] >> 32 || !(r[0] & 0xfffc)))
        rp_guest_wrmsr(msr, r[1]);
}

static void load_segments(const uint64_t *reg, const struct rp_guest_slot *slot)
{
    load_es(slot);
    load_ds(slot);
    load_fs(slot);
    load_gs(slot);
    load_base(RP_GUEST_MSR_FS_BASE, reg + RP_REG_FS);
    load_base(RP_GUEST_MSR_GS_BASE, reg + RP_REG_GS);
    put_ldtr(reg, slot->ldtr);
    lldt(reg[RP_REG_LDTR] & 0xfffc);
    lgdt((void *)(unsigned long)reg[RP_REG_GDTR_BASE], reg[RP_REG_GDTR_LIMIT]);
    lidt(reg[RP_REG_IDTR_BASE], reg[RP_REG_IDTR_LIMIT]);
}
#else
/* cross32.S loads them, so late that nothing of the image runs in them. */
static void load_segments(const uint64_t *reg, const struct rp_guest_slot *slot)
{
#pragma GCC unroll 6
    for (unsigned i = 0; i < RP_GUEST_SEGMENTS; i++)
        put(slot, i);
    put_ldtr(reg, slot->ldtr);
}

uint32_t rp_guest_load_stack(unsigned long base)
{
    gdt[STACK_OF_LOADS >> 3] = rp_guest_pack(base, UINT32_MAX, 0xc093);
    return STACK_OF_LOADS;
}

uint32_t rp_guest_load_real(void)
{
    gdt[RP_GUEST_REAL_CS >> 3] = rp_guest_pack(RP_GUEST_REAL_BASE, 0xffff, 0x9b);
    gdt[RP_GUEST_REAL_SS >> 3] = rp_guest_pack(RP_GUEST_REAL_SS << 4, 0xffff, 0x93);
    gdt[STACK_OF_LOADS >> 3] = rp_guest_pack(0, 0xffff, 0x93);
    return STACK_OF_LOADS;
}
#endif

/* 32-bit code has no more of a register, MSRs apart. */
#define OTHER(id) ((unsigned long)rp_guest_now[RP_REG_##id] != (unsigned long)reg[RP_REG_##id])
#define LOAD_IF_OTHER(id, set)                                                                               \
    if (OTHER(id)) {                                                                                         \
        set(reg[RP_REG_##id]);                                                                               \
        rp_guest_now[RP_REG_##id] = reg[RP_REG_##id];                                                        \
    }

static void load_debug(const uint64_t *reg)
{
    LOAD_IF_OTHER(DR0, rp_guest_set_dr0)
    LOAD_IF_OTHER(DR1, rp_guest_set_dr1)
    LOAD_IF_OTHER(DR2, rp_guest_set_dr2)
    LOAD_IF_OTHER(DR3, rp_guest_set_dr3)
    LOAD_IF_OTHER(DR6, rp_guest_set_dr6)
}

static void set_pkru(uint64_t value)
{
    if (rp_guest_now[RP_REG_CR4] & RP_GUEST_CR4_PKE)
        rp_guest_wrpkru((uint32_t)value);
}

static inline __attribute__((always_inline)) void load_msr(const uint64_t *reg, unsigned number)
{
    const struct rp_guest_msr *msr = &rp_guest_msrs[number];
    if (rp_guest_now[msr->reg] != reg[msr->reg] && !rp_guest_msr_absent[number]) {
        rp_guest_wrmsr(msr->number, reg[msr->reg]);
        rp_guest_now[msr->reg] = reg[msr->reg];
    }
}

static void load_msrs(const uint64_t *reg)
{
#pragma GCC unroll 12
    for (unsigned i = 0; i < RP_GUEST_MSRS; i++)
        load_msr(reg, i);
    /* There are none, so that they are the same. */
    rp_guest_now[RP_REG_MISC_FEATURES] = reg[RP_REG_MISC_FEATURES];
    rp_guest_now[RP_REG_PMC] = reg[RP_REG_PMC];
    /* It counts on from there; perturbations are far larger (M-NOISE). */
    if (rp_guest_now[RP_REG_TSC] != reg[RP_REG_TSC]) {
        rp_guest_wrmsr(RP_GUEST_MSR_TSC, reg[RP_REG_TSC]);
        rp_guest_now[RP_REG_TSC] = reg[RP_REG_TSC];
    }
}

void rp_guest_load(const struct rp_guest_slot *slot, bool all)
{
    const uint64_t *reg = slot->state.reg;
    bool same = rp_guest_wide.same(rp_guest_now + RP_GUEST_ROW, reg + RP_GUEST_ROW, RP_GUEST_ROW_WORDS * 8);
    rp_guest_vector_load(slot, all);
    LOAD_IF_OTHER(PKRU, set_pkru)
    if (rp_guest_features)
        LOAD_IF_OTHER(XCR0, rp_guest_xsetbv)
    LOAD_IF_OTHER(CR4, rp_guest_set_cr4)
    if (!same)
        load_msrs(reg);
    load_debug(reg);
    LOAD_IF_OTHER(CR2, rp_guest_set_cr2)
    LOAD_IF_OTHER(CR3, rp_guest_set_cr3)
#if RP_GUEST_LONG
    LOAD_IF_OTHER(CR8, rp_guest_set_cr8)
#endif
    load_tables(reg, slot->tr);
    load_segments(reg, slot);
}

void rp_guest_load_vectors(void)
{
    uint64_t reg[RP_REG_COUNT] = {[RP_REG_TR] = RP_SELECTOR_TSS,
                                  [RP_REG_TR_BASE] = RP_ARENA_TSS,
                                  [RP_REG_TR_LIMIT] = RP_ARENA_TSS_LIMIT,
                                  [RP_REG_TR_ATTRIBUTES] = ATTRIBUTE_TSS};
    load_tables(reg, rp_guest_pack_tss(reg));
#if RP_GUEST_LONG
    lidt(RP_ARENA_IDT, RP_ARENA_IDT_SIZE - 1);
#else
    uint32_t tick = (uint32_t)(unsigned long)rp_guest_tick;
    vectors[2] = (uint32_t)RP_GUEST_REAL_CS << 16 | (uint32_t)(unsigned long)rp_guest_real_tick;
    vectors[4] = rp_guest_handler_code << 16 | (tick & 0xffff); /* the test's table may be loaded already */
    vectors[5] = (tick & 0xffff0000) | 0x8e00;
    uint32_t detect = (uint32_t)(unsigned long)rp_guest_detect;
    vectors_detect[2] = (uint32_t)RP_SELECTOR_CODE32_RING0 << 16 | (detect & 0xffff);
    vectors_detect[3] = (detect & 0xffff0000) | 0x8e00;
    vectors_detect[4] = vectors[4];
    vectors_detect[5] = vectors[5];
    rp_guest_load_idtr = (struct rp_guest_table){sizeof vectors - 1, (unsigned long)vectors};
    lidt((unsigned long)vectors, sizeof vectors - 1);
#endif
}

#if !RP_GUEST_LONG
void rp_guest_load_detect(bool detect)
{
    lidt((unsigned long)(detect ? vectors_detect : vectors), sizeof vectors - 1);
}
#endif

void rp_guest_load_last(const uint64_t *reg)
{
    if (reg[RP_REG_CR0] & CR0_PE) /* else real32.S does */
        LOAD_IF_OTHER(CR0, rp_guest_set_cr0)
    LOAD_IF_OTHER(DR7, rp_guest_set_dr7)
}
