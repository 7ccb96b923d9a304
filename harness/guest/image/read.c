/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the CPU into a state. Hidden parts of segment registers can't be read: where the selector is still the
 * pre-state's, so is the rest; else it is what the descriptor says (SDM Vol. 3A 3.4.3). */
#include "guest/image/cpu.h"
#include "guest/image/image.h"
#include "guest/image/wide.h"
#if !RP_GUEST_LONG
#include "guest/image/cross32.h"
#endif

#define CR0_PE          UINT64_C(1)
#define CR0_TS_EM       UINT64_C(0xc)
#define ATTRIBUTES_VM86 UINT64_C(0xf3)
#define CR4_OSXSAVE     UINT64_C(0x40000)
#define DR7_NOTHING     UINT64_C(0x400)
#define DR7_GD          UINT64_C(0x2000)
#define DR6_BD          UINT64_C(0x2000)
#define SELECTOR_LDT    4
#define MSR_EFER        0xc0000080
#define EFER_FFXSR      UINT64_C(0x4000)
#define SYSTEM_TYPES    UINT64_C(0x10) /* S = 0 */

bool rp_guest_msr_absent[RP_GUEST_MSRS];
static uint8_t absent[RP_GUEST_MSRS]; /* those registers */
static unsigned absent_count;

volatile uint32_t rp_guest_general_detect;

static uint64_t read_control(void)
{
    rp_guest_general_detect = 0;
#if RP_GUEST_LONG
    return rp_guest_dr7();
#else
    rp_guest_load_detect(true);
    uint64_t value = rp_guest_dr7();
    rp_guest_load_detect(false);
    return value;
#endif
}

void rp_guest_read_first(uint64_t *after)
{
    uint64_t *now = rp_guest_now;
    now[RP_REG_DR7] = after[RP_REG_DR7] = read_control();
    if (rp_guest_general_detect) /* the CPU has cleared GD to let #DB's handler work */
        after[RP_REG_DR7] |= DR7_GD;
    if (now[RP_REG_DR7] != DR7_NOTHING) {
        rp_guest_set_dr7(DR7_NOTHING);
        now[RP_REG_DR7] = DR7_NOTHING;
    }
    now[RP_REG_CR0] = after[RP_REG_CR0] = rp_guest_cr0();
    if (now[RP_REG_CR0] & CR0_TS_EM) {
        now[RP_REG_CR0] &= ~CR0_TS_EM;
        rp_guest_set_cr0(now[RP_REG_CR0]);
    }
    now[RP_REG_CR3] = after[RP_REG_CR3] = rp_guest_cr3();
    now[RP_REG_CR4] = after[RP_REG_CR4] = rp_guest_cr4();
}

/* XCR0 can't be read or changed without CR4.OSXSAVE, PKRU not without CR4.PKE. */
static void read_extended(const uint64_t *before, uint64_t *after)
{
    uint64_t *now = rp_guest_now, features = rp_guest_features;
    after[RP_REG_XCR0] = before[RP_REG_XCR0];
    after[RP_REG_PKRU] = before[RP_REG_PKRU];
    if (features && after[RP_REG_CR4] & CR4_OSXSAVE)
        after[RP_REG_XCR0] = rp_guest_xgetbv();
    if (after[RP_REG_CR4] & RP_GUEST_CR4_PKE)
        after[RP_REG_PKRU] = rp_guest_rdpkru();
    now[RP_REG_XCR0] = after[RP_REG_XCR0];
    uint64_t fit = now[RP_REG_CR4] | rp_guest_cr4_fit;
    if (fit != now[RP_REG_CR4])
        rp_guest_set_cr4(fit);
    now[RP_REG_CR4] = fit;
    if (features && now[RP_REG_XCR0] != features) {
        rp_guest_xsetbv(features);
        now[RP_REG_XCR0] = features;
    }
}

static void read_debug(const uint64_t *before, uint64_t *after)
{
    after[RP_REG_DR0] = rp_guest_dr0();
    after[RP_REG_DR1] = rp_guest_dr1();
    after[RP_REG_DR2] = rp_guest_dr2();
    after[RP_REG_DR3] = rp_guest_dr3();
    uint64_t own = rp_guest_general_detect ? DR6_BD : 0;
    uint64_t dr6 = rp_guest_dr6();
    after[RP_REG_DR6] = (dr6 & ~own) | (before[RP_REG_DR6] & own);
#pragma GCC unroll 4
    for (unsigned i = RP_REG_DR0; i < RP_REG_DR6; i++)
        rp_guest_now[i] = after[i];
    rp_guest_now[RP_REG_DR6] = dr6;
}

void rp_guest_read_tables(uint64_t *after)
{
    struct rp_guest_table gdtr, idtr;
    uint32_t ldtr, tr;
    __asm__ volatile("sgdt %0; sidt %1; sldt %k2; str %k3" : "=m"(gdtr), "=m"(idtr), "=r"(ldtr), "=r"(tr));
#if !RP_GUEST_LONG
    gdtr = rp_guest_back_gdtr; /* the image's own are loaded by now */
    idtr = rp_guest_back_idtr;
#else
    struct rp_guest_table own = {RP_ARENA_IDT_SIZE - 1, RP_ARENA_IDT};
    __asm__ volatile("lgdt %0; lidt %1" : : "m"(rp_guest_load_gdtr), "m"(own)); /* ticks come in by them */
#endif
    after[RP_REG_GDTR_BASE] = gdtr.base;
    after[RP_REG_GDTR_LIMIT] = gdtr.limit;
    after[RP_REG_IDTR_BASE] = idtr.base;
    after[RP_REG_IDTR_LIMIT] = idtr.limit;
    after[RP_REG_LDTR] = ldtr & 0xffff;
    after[RP_REG_TR] = tr & 0xffff;
}

/* By halves, as it comes: an emulator takes as long to put them together. */
static void read_msr(uint32_t number, uint64_t *to)
{
    struct halves {
        uint32_t low, high;
    } __attribute__((may_alias)) *half = (struct halves *)to;
    __asm__ volatile("rdmsr" : "=a"(half->low), "=d"(half->high) : "c"(number));
}

void rp_guest_read(const uint64_t *before, uint64_t *after)
{
    read_extended(before, after);
    read_debug(before, after);
    if (!(before[RP_REG_CR0] & CR0_PE)) { /* real mode has no way to load or show them */
        after[RP_REG_LDTR] = before[RP_REG_LDTR];
        after[RP_REG_TR] = before[RP_REG_TR];
    }
    after[RP_REG_CR2] = rp_guest_now[RP_REG_CR2] = rp_guest_cr2();
#if RP_GUEST_LONG
    after[RP_REG_CR8] = rp_guest_now[RP_REG_CR8] = rp_guest_cr8();
#endif
#pragma GCC unroll 12
    for (unsigned i = 0; i < RP_GUEST_MSRS; i++)
        read_msr(rp_guest_msrs[i].number, &after[rp_guest_msrs[i].reg]);
    for (unsigned i = 0; i < absent_count; i++)
        after[absent[i]] = before[absent[i]];
    if (after[RP_REG_EFER] & EFER_FFXSR) /* or FXSAVE would leave XMM out */
        rp_guest_wrmsr(MSR_EFER, after[RP_REG_EFER] & ~EFER_FFXSR);
}

/* 1 is legal in all of them, and not what an emulator takes that has none. */
static void find_msrs(void)
{
    for (unsigned i = 0; i < RP_GUEST_MSRS; i++) {
        uint32_t number = rp_guest_msrs[i].number;
        if (rp_guest_rdmsr(number))
            continue;
        rp_guest_wrmsr(number, 1);
        rp_guest_msr_absent[i] = rp_guest_rdmsr(number) != 1;
        rp_guest_wrmsr(number, 0);
        if (rp_guest_msr_absent[i])
            absent[absent_count++] = rp_guest_msrs[i].reg;
    }
}

static uint64_t descriptor_at(uint64_t selector, const uint64_t *after)
{
    uint64_t base = after[selector & SELECTOR_LDT ? RP_REG_LDTR_BASE : RP_REG_GDTR_BASE];
    return rp_guest_memory_word(base + (selector & 0xfff8));
}

static void unpack(uint64_t word, uint64_t *reg)
{
    uint64_t limit = (word & 0xffff) | (word >> 32 & 0xf0000);
    reg[1] = (word >> 16 & 0xffffff) | (word >> 32 & 0xff000000);
    reg[2] = word >> 55 & 1 ? limit << 12 | 0xfff : limit;
    reg[3] = word >> 40 & 0xf0ff;
}

static void from_descriptor(const uint64_t *before, uint64_t *after, unsigned reg)
{
    if (after[reg] == before[reg]) {
        for (unsigned i = 1; i < 4; i++)
            after[reg + i] = before[reg + i];
        return;
    }
    after[reg + 1] = after[reg + 2] = after[reg + 3] = 0;
    if (!(after[reg] & 0xfffc))
        return;
    uint64_t word = descriptor_at(after[reg], after);
    unpack(word, after + reg);
    if (RP_GUEST_LONG && !(after[reg + 3] & SYSTEM_TYPES))
        after[reg + 1] |= rp_guest_memory_word(after[RP_REG_GDTR_BASE] + (after[reg] & 0xfff8) + 8) << 32;
}

/* vm86 and real mode: SDM Vol. 3A 20.1.1, 20.2. */
static void from_selector(const uint64_t *before, uint64_t *after, unsigned reg)
{
    bool vm = after[RP_REG_RFLAGS] & RP_FLAG_VM, was_vm = before[RP_REG_RFLAGS] & RP_FLAG_VM;
    bool same_mode = vm == was_vm && !((after[RP_REG_CR0] ^ before[RP_REG_CR0]) & CR0_PE);
    if (same_mode && after[reg] == before[reg])
        return;
    after[reg + 1] = after[reg] << 4;
    if (vm && !same_mode) {
        after[reg + 2] = 0xffff;
        after[reg + 3] = ATTRIBUTES_VM86;
    }
}

void rp_guest_read_hidden(const uint64_t *before, uint64_t *after, unsigned reg)
{
    bool table = reg == RP_REG_LDTR || reg == RP_REG_TR;
    if (!table && (after[RP_REG_RFLAGS] & RP_FLAG_VM || !(after[RP_REG_CR0] & CR0_PE)))
        from_selector(before, after, reg);
    else
        from_descriptor(before, after, reg);
}

static void read_all_hidden(const uint64_t *before, uint64_t *after)
{
    static const uint8_t table[] = {RP_REG_LDTR, RP_REG_TR, RP_REG_ES, RP_REG_CS,
                                    RP_REG_SS,   RP_REG_DS, RP_REG_FS, RP_REG_GS};
    bool same_mode = !((after[RP_REG_RFLAGS] ^ before[RP_REG_RFLAGS]) & RP_FLAG_VM) &&
                     !((after[RP_REG_CR0] ^ before[RP_REG_CR0]) & CR0_PE);
    if (same_mode && rp_guest_wide.same(before + RP_REG_ES, after + RP_REG_ES, RP_GUEST_HIDDEN_WORDS * 8))
        return;
#pragma GCC unroll 8
    for (unsigned i = 0; i < sizeof table; i++)
        if (after[table[i]] != before[table[i]] || !same_mode)
            rp_guest_read_hidden(before, after, table[i]);
}

void rp_guest_read_rest(const uint64_t *before, uint64_t *after)
{
    static const uint8_t unread[] = {RP_REG_MISC_FEATURES, RP_REG_TSC, RP_REG_PMC};
#pragma GCC unroll 3
    for (unsigned i = 0; i < sizeof unread; i++)
        after[unread[i]] = before[unread[i]];
    rp_guest_wide.copy(rp_guest_now + RP_GUEST_ROW, after + RP_GUEST_ROW, RP_GUEST_ROW_WORDS * 8);
    rp_guest_now[RP_REG_EFER] &= ~EFER_FFXSR;
    read_all_hidden(before, after);
#if RP_GUEST_LONG
    read_msr(RP_GUEST_MSR_FS_BASE, &after[RP_REG_FS_BASE]);
    read_msr(RP_GUEST_MSR_GS_BASE, &after[RP_REG_GS_BASE]);
#endif
}

void rp_guest_read_all(void)
{
    uint64_t after[RP_REG_COUNT] = {0};
    find_msrs();
    rp_guest_now[RP_REG_XCR0] = rp_guest_features;
    rp_guest_read_first(after);
    rp_guest_read_tables(after);
    rp_guest_read(after, after);
    rp_guest_read_rest(after, after);
}
