/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Architectural registers to and from Unicorn's CPU; see cpu_image.h. */
#include "unicorn/cpu_image.h"

#include <string.h>

#define CR0_PE     UINT64_C(1)
#define CR4_OSFXSR UINT64_C(0x200)
#define CR4_SMAP   UINT64_C(0x200000)
#define EFER_LMA   UINT64_C(0x400)
#define FLAG_L     UINT32_C(0x200000) /* of a descriptor's second dword */
#define FLAG_DB    UINT32_C(0x400000)
#define ATTRIBUTES UINT32_C(0xf0ff) /* what registers.def keeps of it, shifted right by 8 */
#define TSS_BUSY   UINT64_C(2)
#define X87_TOP    UINT64_C(0x3800)

/* Registers that are one word of the image as it stands. */
struct field {
    uint8_t reg, size;
    uint16_t offset;
};

#define FIELD(id, member)                                                                                    \
    {                                                                                                        \
        RP_REG_##id, sizeof(((struct rp_uc_cpu *)0)->member), offsetof(struct rp_uc_cpu, member)             \
    }
static const struct field fields[] = {
    FIELD(RAX, gpr[0]),
    FIELD(RCX, gpr[1]),
    FIELD(RDX, gpr[2]),
    FIELD(RBX, gpr[3]),
    FIELD(RSP, gpr[4]),
    FIELD(RBP, gpr[5]),
    FIELD(RSI, gpr[6]),
    FIELD(RDI, gpr[7]),
    FIELD(R8, gpr[8]),
    FIELD(R9, gpr[9]),
    FIELD(R10, gpr[10]),
    FIELD(R11, gpr[11]),
    FIELD(R12, gpr[12]),
    FIELD(R13, gpr[13]),
    FIELD(R14, gpr[14]),
    FIELD(R15, gpr[15]),
    FIELD(RIP, rip),
    FIELD(GDTR_BASE, gdt.base),
    FIELD(GDTR_LIMIT, gdt.limit),
    FIELD(IDTR_BASE, idt.base),
    FIELD(IDTR_LIMIT, idt.limit),
    FIELD(CR0, cr[0]),
    FIELD(CR2, cr[2]),
    FIELD(CR3, cr[3]),
    FIELD(CR4, cr[4]),
    FIELD(XCR0, xcr0),
    FIELD(DR0, dr[0]),
    FIELD(DR1, dr[1]),
    FIELD(DR2, dr[2]),
    FIELD(DR3, dr[3]),
    FIELD(DR6, dr[6]),
    FIELD(DR7, dr[7]),
    FIELD(EFER, efer),
    FIELD(STAR, star),
    FIELD(LSTAR, lstar),
    FIELD(CSTAR, cstar),
    FIELD(SFMASK, sfmask),
    FIELD(KERNEL_GS_BASE, kernel_gs_base),
    FIELD(SYSENTER_CS, sysenter_cs),
    FIELD(SYSENTER_ESP, sysenter_esp),
    FIELD(SYSENTER_EIP, sysenter_eip),
    FIELD(MISC_ENABLE, misc_enable),
    FIELD(PAT, pat),
    FIELD(TSC_AUX, tsc_aux),
    FIELD(PKRU, pkru),
    FIELD(FCW, x87_control),
    FIELD(FOP, fop),
    FIELD(FIP, fip),
    FIELD(FDP, fdp),
    FIELD(FCS, fcs),
    FIELD(FDS, fds),
    FIELD(MXCSR, mxcsr),
};
#undef FIELD
#define FIELD_COUNT (sizeof fields / sizeof fields[0])

static void store_fields(struct rp_uc_cpu *cpu, const uint64_t *reg)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        memcpy((unsigned char *)cpu + fields[i].offset, &reg[fields[i].reg], fields[i].size);
}

static void read_fields(const struct rp_uc_cpu *cpu, unsigned first, unsigned end, uint64_t *reg)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (fields[i].reg < first || fields[i].reg >= end)
            continue;
        reg[fields[i].reg] = 0;
        memcpy(&reg[fields[i].reg], (const unsigned char *)cpu + fields[i].offset, fields[i].size);
    }
}

/* `reg` points at selector, base, limit, attributes. */
static void store_segment(struct rp_uc_segment *segment, const uint64_t *reg)
{
    segment->selector = (uint32_t)reg[0];
    segment->base = reg[1];
    segment->limit = (uint32_t)reg[2];
    segment->flags = (uint32_t)reg[3] << 8;
}

static void read_segment(const struct rp_uc_segment *segment, uint64_t *reg)
{
    reg[0] = segment->selector;
    reg[1] = segment->base;
    reg[2] = segment->limit;
    reg[3] = segment->flags >> 8 & ATTRIBUTES;
}

static void store_x87(struct rp_uc_cpu *cpu, const uint64_t *reg)
{
    cpu->x87_top = (uint32_t)(reg[RP_REG_FSW] & X87_TOP) >> 11;
    cpu->x87_status = (uint16_t)(reg[RP_REG_FSW] & ~X87_TOP);
    for (unsigned i = 0; i < 8; i++) {
        struct rp_uc_x87_register *r = &cpu->x87[(cpu->x87_top + i) & 7];
        r->mantissa = reg[RP_REG_ST0 + 2 * i];
        r->exponent = (uint16_t)reg[RP_REG_ST0_EXPONENT + 2 * i];
        cpu->x87_empty[i] = !(reg[RP_REG_FTW] >> i & 1);
    }
}

static void read_x87(const struct rp_uc_cpu *cpu, uint64_t *reg)
{
    reg[RP_REG_FSW] = (cpu->x87_status & ~X87_TOP) | (uint64_t)(cpu->x87_top & 7) << 11;
    reg[RP_REG_FTW] = 0;
    for (unsigned i = 0; i < 8; i++) {
        const struct rp_uc_x87_register *r = &cpu->x87[(cpu->x87_top + i) & 7];
        reg[RP_REG_ST0 + 2 * i] = r->mantissa;
        reg[RP_REG_ST0_EXPONENT + 2 * i] = r->exponent;
        reg[RP_REG_FTW] |= (uint64_t)!cpu->x87_empty[i] << i;
    }
}

static void store_flags(struct rp_uc_cpu *cpu, uint64_t rflags)
{
    cpu->eflags = rflags; /* uc_emu_start takes the status flags from here, whatever cc_op says */
    cpu->cc_op = RP_UC_CC_EFLAGS;
    cpu->cc_src = rflags & RP_FLAGS_STATUS & ~RP_FLAG_DF;
    cpu->cc_dst = cpu->cc_src2 = 0;
    cpu->df = rflags & RP_FLAG_DF ? -1 : 1;
}

static uint32_t code_hflags(const struct rp_uc_cpu *cpu)
{
    uint32_t code = cpu->segment[1].flags;
    uint32_t hflags = cpu->segment[2].flags & FLAG_DB ? RP_UC_H_SS32 : 0;
    bool protected_mode = cpu->cr[0] & CR0_PE && !(cpu->eflags & RP_FLAG_VM);
    if (cpu->efer & EFER_LMA && code & FLAG_L)
        return RP_UC_H_CS32 | RP_UC_H_SS32 | RP_UC_H_CS64;
    if (code & FLAG_DB)
        hflags |= RP_UC_H_CS32;
    if (!protected_mode || !(code & FLAG_DB) ||
        (cpu->segment[0].base | cpu->segment[2].base | cpu->segment[3].base))
        hflags |= RP_UC_H_ADDSEG;
    return hflags;
}

uint32_t rp_uc_hflags(const struct rp_uc_cpu *cpu)
{
    uint32_t hflags = code_hflags(cpu);
    hflags |= cpu->segment[2].flags >> 13 & RP_UC_H_CPL; /* SS.DPL is CPL, SDM Vol. 3A 5.5 */
    hflags |= (uint32_t)(cpu->cr[0] & 0xe) << 8;         /* MP EM TS */
    if (cpu->cr[0] & CR0_PE)
        hflags |= RP_UC_H_PE;
    if (cpu->efer & EFER_LMA)
        hflags |= RP_UC_H_LMA;
    if (cpu->cr[4] & CR4_OSFXSR)
        hflags |= RP_UC_H_OSFXSR;
    if (cpu->cr[4] & CR4_SMAP)
        hflags |= RP_UC_H_SMAP;
    return hflags;
}

void rp_uc_load(struct rp_uc_cpu *cpu, const struct rp_state *state)
{
    const uint64_t *reg = state->reg;
    store_fields(cpu, reg);
    for (unsigned i = 0; i < 6; i++)
        store_segment(&cpu->segment[i], &reg[RP_REG_ES + 4 * i]);
    store_segment(&cpu->ldt, &reg[RP_REG_LDTR]);
    store_segment(&cpu->tr, &reg[RP_REG_TR]);
    /* Unicorn keeps the type as the descriptor had it before LTR set the busy bit; with it, a ring change
     * aborts. */
    if (cpu->cr[0] & CR0_PE)
        cpu->tr.flags &= ~(uint32_t)(TSS_BUSY << 8);
    store_x87(cpu, reg);
    store_flags(cpu, reg[RP_REG_RFLAGS]);
    for (size_t i = 0; i < 16; i++)
        memcpy(cpu->zmm[i], &state->vector[i * RP_VECTOR_WORDS_EACH], 16);
    cpu->hflags = rp_uc_hflags(cpu);
    /* Unicorn's far RET, IRET and CALL use the stack with supervisor rights, so that SMAP would stop them in
     * ring 3; nothing else of ring 3 is subject to it (SDM Vol. 3A 4.6.1). */
    if ((cpu->hflags & RP_UC_H_CPL) == 3)
        cpu->hflags &= ~RP_UC_H_SMAP;
    /* MP asks FWAIT to look at TS. Without TS it is left out, so that states with and without it share
     * blocks. */
    if (!(cpu->hflags & RP_UC_H_TS))
        cpu->hflags &= ~RP_UC_H_MP;
}

void rp_uc_read(const struct rp_uc_cpu *cpu, unsigned first, unsigned end, uint64_t reg[RP_REG_COUNT])
{
    read_fields(cpu, first, end, reg);
    if (first <= RP_REG_ES && end > RP_REG_TR) {
        for (unsigned i = 0; i < 6; i++)
            read_segment(&cpu->segment[i], &reg[RP_REG_ES + 4 * i]);
        read_segment(&cpu->ldt, &reg[RP_REG_LDTR]);
        read_segment(&cpu->tr, &reg[RP_REG_TR]);
        if (cpu->tr.flags & 0x8000 && (cpu->tr.flags & 0x500) == 0x100)
            reg[RP_REG_TR_ATTRIBUTES] |= TSS_BUSY;
    }
    if (first <= RP_REG_FCW && end > RP_REG_MXCSR)
        read_x87(cpu, reg);
}
