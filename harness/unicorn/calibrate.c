/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Magic values in, fields out; see calibrate.h. */
#include "unicorn/calibrate.h"

#include <string.h>

void rp_uc_context_init(struct rp_uc_context *context, size_t cpu_bytes)
{
    context->size = cpu_bytes;
    context->mode = UC_MODE_64;
    context->arch = UC_ARCH_X86;
}

static int unknown_layout(struct rp_error *error, const char *what)
{
    unsigned major, minor;
    uc_version(&major, &minor);
    unsigned patch = uc_version(NULL, NULL) >> 8 & 0xff;
    return rp_error_set(error, RP_EENVIRONMENT,
                        "unicorn %u.%u.%u has an unknown context layout (%s is not where it should be); use "
                        "libunicorn 2.0.1, or leave unicorn out with -x",
                        major, minor, patch, what);
}

/* A register of the API and the field that must then hold what was written. */
struct probe {
    const char *name;
    int id; /* UC_X86_REG_*; 0: the MSR `msr` */
    uint32_t msr;
    uint16_t offset;
    uint8_t size;
};

#define AT(member) offsetof(struct rp_uc_cpu, member), sizeof(((struct rp_uc_cpu *)0)->member)
static const struct probe probes[] = {
    {"rax", UC_X86_REG_RAX, 0, AT(gpr[0])},
    {"rcx", UC_X86_REG_RCX, 0, AT(gpr[1])},
    {"rdx", UC_X86_REG_RDX, 0, AT(gpr[2])},
    {"rbx", UC_X86_REG_RBX, 0, AT(gpr[3])},
    {"rsp", UC_X86_REG_RSP, 0, AT(gpr[4])},
    {"rbp", UC_X86_REG_RBP, 0, AT(gpr[5])},
    {"rsi", UC_X86_REG_RSI, 0, AT(gpr[6])},
    {"rdi", UC_X86_REG_RDI, 0, AT(gpr[7])},
    {"r8", UC_X86_REG_R8, 0, AT(gpr[8])},
    {"r15", UC_X86_REG_R15, 0, AT(gpr[15])},
    {"rip", UC_X86_REG_RIP, 0, AT(rip)},
    {"cr0", UC_X86_REG_CR0, 0, AT(cr[0])},
    {"cr2", UC_X86_REG_CR2, 0, AT(cr[2])},
    {"cr3", UC_X86_REG_CR3, 0, AT(cr[3])},
    {"cr4", UC_X86_REG_CR4, 0, AT(cr[4])},
    {"dr0", UC_X86_REG_DR0, 0, AT(dr[0])},
    {"dr3", UC_X86_REG_DR3, 0, AT(dr[3])},
    {"dr6", UC_X86_REG_DR6, 0, AT(dr[6])},
    {"dr7", UC_X86_REG_DR7, 0, AT(dr[7])},
    {"fpcw", UC_X86_REG_FPCW, 0, AT(x87_control)},
    {"mxcsr", UC_X86_REG_MXCSR, 0, AT(mxcsr)},
    {"fop", UC_X86_REG_FOP, 0, AT(fop)},
    {"fcs", UC_X86_REG_FCS, 0, AT(fcs)},
    {"fds", UC_X86_REG_FDS, 0, AT(fds)},
    {"fip", UC_X86_REG_FIP, 0, AT(fip)},
    {"fdp", UC_X86_REG_FDP, 0, AT(fdp)},
    {"xmm0", UC_X86_REG_XMM0, 0, offsetof(struct rp_uc_cpu, zmm[0]), 16},
    {"xmm7", UC_X86_REG_XMM7, 0, offsetof(struct rp_uc_cpu, zmm[7]), 16},
    {"fp0", UC_X86_REG_FP0, 0, offsetof(struct rp_uc_cpu, x87[0]), 10},
    {"fp7", UC_X86_REG_FP7, 0, offsetof(struct rp_uc_cpu, x87[7]), 10},
    {"sysenter_cs", 0, 0x174, AT(sysenter_cs)},
    {"sysenter_esp", 0, 0x175, AT(sysenter_esp)},
    {"sysenter_eip", 0, 0x176, AT(sysenter_eip)},
    {"misc_enable", 0, 0x1a0, AT(misc_enable)},
    {"pat", 0, 0x277, AT(pat)},
    {"star", 0, 0xc0000081, AT(star)},
    {"lstar", 0, 0xc0000082, AT(lstar)},
    {"cstar", 0, 0xc0000083, AT(cstar)},
    {"sfmask", 0, 0xc0000084, AT(sfmask)},
    {"fs base", 0, 0xc0000100, AT(segment[4].base)},
    {"gs base", 0, 0xc0000101, AT(segment[5].base)},
    {"kernel_gs_base", 0, 0xc0000102, AT(kernel_gs_base)},
    {"tsc_aux", 0, 0xc0000103, AT(tsc_aux)},
};
#undef AT

/* Each has a value of its own; MXCSR and FCW have reserved bits, SYSENTER_CS 16. */
static uint64_t magic(size_t i)
{
    return UINT64_C(0x1100000000000000) + (uint64_t)(i + 1) * UINT64_C(0x010101) + (i << 40);
}

static void write_probe(uc_engine *uc, const struct probe *probe, const uint64_t value[2])
{
    uc_x86_msr msr = {probe->msr, value[0]};
    if (probe->id)
        uc_reg_write(uc, probe->id, value);
    else
        uc_reg_write(uc, UC_X86_REG_MSR, &msr);
}

/* Writes one register and looks at the whole context: the field holds the value. */
static int check_probe(uc_engine *uc, size_t i, struct rp_error *error)
{
    struct rp_uc_context context;
    rp_uc_context_init(&context, sizeof context.cpu);
    const struct probe *probe = &probes[i];
    uint64_t value[2] = {magic(i), ~magic(i)};
    if (probe->size <= 4)
        value[0] = 0x1f80 ^ ((i & 0xf) << 7);
    write_probe(uc, probe, value);
    rp_uc_save(uc, &context);
    if (memcmp((unsigned char *)&context.cpu + probe->offset, value, probe->size) != 0)
        return unknown_layout(error, probe->name);
    return RP_OK;
}

static bool mmr_at(const struct rp_uc_segment *segment, const uc_x86_mmr *mmr, bool whole)
{
    return segment->base == mmr->base && segment->limit == mmr->limit &&
           (!whole || (segment->selector == mmr->selector && segment->flags == mmr->flags));
}

/* System segments, selectors, and what UC_MODE_64 starts with. */
static int check_segments(uc_engine *uc, const struct rp_uc_cpu *fresh, struct rp_error *error)
{
    static const int selectors[] = {UC_X86_REG_ES, UC_X86_REG_CS, UC_X86_REG_SS, UC_X86_REG_DS};
    static const int tables[] = {UC_X86_REG_LDTR, UC_X86_REG_TR, UC_X86_REG_GDTR, UC_X86_REG_IDTR};
    struct rp_uc_context context;
    uc_x86_mmr mmr[4];
    rp_uc_context_init(&context, sizeof context.cpu);
    for (unsigned i = 0; i < 4; i++) {
        uint64_t selector = 0x1110u + i * 8;
        mmr[i] = (uc_x86_mmr){(uint16_t)(0x2220 + i * 8), 0x33440000 + i, 0x5550 + i, 0x8200 + (i << 12)};
        uc_reg_write(uc, selectors[i], &selector);
        uc_reg_write(uc, tables[i], &mmr[i]);
    }
    rp_uc_save(uc, &context);
    for (unsigned i = 0; i < 4; i++)
        if (context.cpu.segment[i].selector != 0x1110u + i * 8)
            return unknown_layout(error, "a selector");
    if (!mmr_at(&context.cpu.ldt, &mmr[0], true) || !mmr_at(&context.cpu.tr, &mmr[1], true) ||
        !mmr_at(&context.cpu.gdt, &mmr[2], false) || !mmr_at(&context.cpu.idt, &mmr[3], false))
        return unknown_layout(error, "a table register");
    uint32_t hflags = RP_UC_H_CS32 | RP_UC_H_SS32 | RP_UC_H_CS64 | RP_UC_H_LMA | RP_UC_H_OSFXSR | RP_UC_H_PE;
    if (fresh->hflags != hflags || fresh->cc_op != RP_UC_CC_EFLAGS || fresh->df != 1 || fresh->efer != 0x500)
        return unknown_layout(error, "hflags");
    return RP_OK;
}

/* Flags written through the API come apart as the image says. */
static int check_flags(uc_engine *uc, struct rp_error *error)
{
    struct rp_uc_context context;
    uint64_t flags = RP_FLAG_CF | RP_FLAG_ZF | RP_FLAG_OF | RP_FLAG_DF | RP_FLAG_IOPL | RP_FLAG_AC;
    rp_uc_context_init(&context, sizeof context.cpu);
    uc_reg_write(uc, UC_X86_REG_RFLAGS, &flags);
    rp_uc_save(uc, &context);
    const struct rp_uc_cpu *cpu = &context.cpu;
    if (cpu->cc_op != RP_UC_CC_EFLAGS || cpu->cc_src != (RP_FLAG_CF | RP_FLAG_ZF | RP_FLAG_OF) ||
        cpu->df != -1 || (cpu->eflags & ~(RP_FLAGS_STATUS | RP_FLAG_ONE)) != (RP_FLAG_IOPL | RP_FLAG_AC))
        return unknown_layout(error, "rflags");
    return RP_OK;
}

/* Behind what contexts hold: the features as Unicorn's reset leaves them, and at the very end its own handle.
 */
static int check_tail(uc_engine *uc, struct rp_error *error)
{
    struct {
        struct rp_uc_full_context full;
        uc_engine *handle;
    } all = {0};
    rp_uc_context_init(&all.full.context, sizeof all - offsetof(struct rp_uc_context, cpu));
    rp_uc_save(uc, &all.full.context);
    const uint64_t *feature = all.full.tail.feature;
    if (all.handle != uc)
        return unknown_layout(error, "its end");
    if (feature[0] != 0x07088100 || feature[1] != 0x02182200 || feature[2] != 0x00180108 ||
        feature[7] != 0x1031)
        return unknown_layout(error, "the list of features");
    return RP_OK;
}

int rp_uc_calibrate(uc_engine *uc, struct rp_error *error)
{
    struct rp_uc_context fresh, header;
    uc_context *own;
    if (uc_context_alloc(uc, &own) != UC_ERR_OK)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a context of unicorn");
    memcpy(&header, own, offsetof(struct rp_uc_context, cpu));
    bool known = uc_context_size(uc) == sizeof fresh && header.size == sizeof fresh.cpu &&
                 header.mode == UC_MODE_64 && header.arch == UC_ARCH_X86;
    uc_context_free(own);
    if (!known)
        return unknown_layout(error, "its size");
    rp_uc_context_init(&fresh, sizeof fresh.cpu);
    rp_uc_save(uc, &fresh);
    int result = RP_OK;
    for (size_t i = 0; i < sizeof probes / sizeof probes[0] && result == RP_OK; i++)
        result = check_probe(uc, i, error);
    if (result == RP_OK)
        result = check_segments(uc, &fresh.cpu, error);
    if (result == RP_OK)
        result = check_flags(uc, error);
    if (result == RP_OK)
        result = check_tail(uc, error);
    rp_uc_restore(uc, &fresh);
    return result;
}
