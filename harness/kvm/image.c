/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers to and from KVM's structures; see image.h. */
#include "kvm/image.h"

#include <string.h>

/* SDM Vol. 4 table 2-2; APM Vol. 2 appendix A. */
const struct rp_kvm_msr rp_kvm_msrs[RP_KVM_MSRS] = {
    {RP_REG_STAR, 0xc0000081},
    {RP_REG_LSTAR, 0xc0000082},
    {RP_REG_CSTAR, 0xc0000083},
    {RP_REG_SFMASK, 0xc0000084},
    {RP_REG_KERNEL_GS_BASE, 0xc0000102},
    {RP_REG_SYSENTER_CS, 0x174},
    {RP_REG_SYSENTER_ESP, 0x175},
    {RP_REG_SYSENTER_EIP, 0x176},
    {RP_REG_MISC_ENABLE, 0x1a0},
    {RP_REG_MISC_FEATURES, 0x140},
    {RP_REG_PAT, 0x277},
    {RP_REG_TSC_AUX, 0xc0000103},
    {RP_REG_TSC, 0x10},
};

/* Registers that are a 64-bit field of one structure. */
struct field {
    uint8_t reg;
    uint16_t offset;
};
#define FIELD(id, member)                                                                                    \
    {                                                                                                        \
        RP_REG_##id, offsetof(struct rp_kvm_image, member)                                                   \
    }
static const struct field fields[] = {
    FIELD(RAX, regs.rax),
    FIELD(RCX, regs.rcx),
    FIELD(RDX, regs.rdx),
    FIELD(RBX, regs.rbx),
    FIELD(RSP, regs.rsp),
    FIELD(RBP, regs.rbp),
    FIELD(RSI, regs.rsi),
    FIELD(RDI, regs.rdi),
    FIELD(R8, regs.r8),
    FIELD(R9, regs.r9),
    FIELD(R10, regs.r10),
    FIELD(R11, regs.r11),
    FIELD(R12, regs.r12),
    FIELD(R13, regs.r13),
    FIELD(R14, regs.r14),
    FIELD(R15, regs.r15),
    FIELD(RIP, regs.rip),
    FIELD(RFLAGS, regs.rflags),
    FIELD(GDTR_BASE, sregs.gdt.base),
    FIELD(IDTR_BASE, sregs.idt.base),
    FIELD(CR0, sregs.cr0),
    FIELD(CR2, sregs.cr2),
    FIELD(CR3, sregs.cr3),
    FIELD(CR4, sregs.cr4),
    FIELD(CR8, sregs.cr8),
    FIELD(EFER, sregs.efer),
    FIELD(XCR0, xcr0),
    FIELD(DR0, debugregs.db[0]),
    FIELD(DR1, debugregs.db[1]),
    FIELD(DR2, debugregs.db[2]),
    FIELD(DR3, debugregs.db[3]),
    FIELD(DR6, debugregs.dr6),
    FIELD(DR7, debugregs.dr7),
};
#undef FIELD
#define FIELDS (sizeof fields / sizeof fields[0])

static const struct {
    uint8_t reg;
    uint16_t offset;
} segments[] = {
    {RP_REG_ES, offsetof(struct kvm_sregs, es)},    {RP_REG_CS, offsetof(struct kvm_sregs, cs)},
    {RP_REG_SS, offsetof(struct kvm_sregs, ss)},    {RP_REG_DS, offsetof(struct kvm_sregs, ds)},
    {RP_REG_FS, offsetof(struct kvm_sregs, fs)},    {RP_REG_GS, offsetof(struct kvm_sregs, gs)},
    {RP_REG_LDTR, offsetof(struct kvm_sregs, ldt)}, {RP_REG_TR, offsetof(struct kvm_sregs, tr)},
};
#define SEGMENTS (sizeof segments / sizeof segments[0])

/* Selector, base, limit, attributes as registers.def has them. */
static struct kvm_segment make_segment(const uint64_t *reg)
{
    uint64_t a = reg[3];
    return (struct kvm_segment){.selector = (uint16_t)reg[0],
                                .base = reg[1],
                                .limit = (uint32_t)reg[2],
                                .type = a & 15,
                                .s = a >> 4 & 1,
                                .dpl = a >> 5 & 3,
                                .present = a >> 7 & 1,
                                .avl = a >> 12 & 1,
                                .l = a >> 13 & 1,
                                .db = a >> 14 & 1,
                                .g = a >> 15 & 1,
                                .unusable = !(a >> 7 & 1)};
}

static void read_segment(const struct kvm_segment *s, uint64_t *reg)
{
    reg[0] = s->selector;
    reg[1] = s->base;
    reg[2] = s->limit;
    reg[3] = (uint64_t)s->type | (uint64_t)s->s << 4 | (uint64_t)s->dpl << 5 | (uint64_t)s->present << 7 |
             (uint64_t)s->avl << 12 | (uint64_t)s->l << 13 | (uint64_t)s->db << 14 | (uint64_t)s->g << 15;
}

/* The legacy part of the area, SDM Vol. 1 table 13-1 and 10-2. */
enum {
    AT_FCW = 0,
    AT_FSW = 2,
    AT_FTW = 4,
    AT_FOP = 6,
    AT_FIP = 8,
    AT_FDP = 16,
    AT_MXCSR = 24,
    AT_ST = 32,
    AT_XMM = 160,
    AT_XSTATE_BV = 512
};
enum { STATE_AVX = 2, STATE_MASKS = 5, STATE_ZMM_HIGH = 6, STATE_ZMM_MORE = 7, STATE_PKRU = 9 };

static const struct {
    uint8_t reg, at, size;
} x87[] = {
    {RP_REG_FCW, AT_FCW, 2}, {RP_REG_FSW, AT_FSW, 2}, {RP_REG_FTW, AT_FTW, 1},     {RP_REG_FOP, AT_FOP, 2},
    {RP_REG_FIP, AT_FIP, 8}, {RP_REG_FDP, AT_FDP, 8}, {RP_REG_MXCSR, AT_MXCSR, 4},
};
#define X87 (sizeof x87 / sizeof x87[0])

unsigned rp_kvm_vector_words(const struct rp_kvm_device *device)
{
    bool wide = device->component[STATE_ZMM_HIGH].size && device->component[STATE_ZMM_MORE].size;
    return wide ? 8 : device->component[STATE_AVX].size ? 4 : 2;
}

unsigned rp_kvm_vector_registers(const struct rp_kvm_device *device)
{
    return rp_kvm_vector_words(device) == 8 ? 32 : 16;
}

/* Where word `word` of vector register `i` stands. */
static uint32_t vector_at(const struct rp_kvm_device *device, unsigned i, unsigned word)
{
    if (i >= 16)
        return device->component[STATE_ZMM_MORE].offset + (i - 16) * 64 + word * 8;
    if (word >= 4)
        return device->component[STATE_ZMM_HIGH].offset + i * 32 + (word - 4) * 8;
    if (word >= 2)
        return device->component[STATE_AVX].offset + i * 16 + (word - 2) * 8;
    return AT_XMM + i * 16 + word * 8;
}

static void load_vectors(struct rp_kvm_image *image, const struct rp_kvm_device *device,
                         const uint64_t *vector)
{
    unsigned words = rp_kvm_vector_words(device);
    for (unsigned i = 0; i < rp_kvm_vector_registers(device); i++)
        for (unsigned word = 0; word < words; word++)
            memcpy(image->xsave + vector_at(device, i, word),
                   &vector[(size_t)i * RP_VECTOR_WORDS_EACH + word], 8);
    if (words == 8)
        memcpy(image->xsave + device->component[STATE_MASKS].offset, &vector[(size_t)RP_VECTOR_MASKS], 64);
}

void rp_kvm_image_read_vectors(const struct rp_kvm_image *image, const struct rp_kvm_device *device,
                               uint64_t vector[RP_VECTOR_WORDS])
{
    unsigned words = rp_kvm_vector_words(device);
    for (unsigned i = 0; i < rp_kvm_vector_registers(device); i++)
        for (unsigned word = 0; word < words; word++)
            memcpy(&vector[(size_t)i * RP_VECTOR_WORDS_EACH + word],
                   image->xsave + vector_at(device, i, word), 8);
    if (words == 8)
        memcpy(&vector[(size_t)RP_VECTOR_MASKS], image->xsave + device->component[STATE_MASKS].offset, 64);
}

static void load_extended(struct rp_kvm_image *image, const struct rp_kvm_device *device,
                          const struct rp_state *state)
{
    uint64_t present = 3;
    memset(image->xsave, 0, sizeof image->xsave);
    for (size_t i = 0; i < X87; i++)
        memcpy(image->xsave + x87[i].at, &state->reg[x87[i].reg], x87[i].size);
    for (size_t i = 0; i < 8; i++) {
        memcpy(image->xsave + AT_ST + 16 * i, &state->reg[RP_REG_ST0 + 2 * i], 8);
        memcpy(image->xsave + AT_ST + 16 * i + 8, &state->reg[RP_REG_ST0_EXPONENT + 2 * i], 2);
    }
    load_vectors(image, device, state->vector);
    if (device->component[STATE_PKRU].size)
        memcpy(image->xsave + device->component[STATE_PKRU].offset, &state->reg[RP_REG_PKRU], 4);
    for (unsigned i = STATE_AVX; i <= STATE_PKRU; i++)
        if (device->component[i].size && i != 3 && i != 4 && i != 8)
            present |= UINT64_C(1) << i;
    memcpy(image->xsave + AT_XSTATE_BV, &present, sizeof present);
}

void rp_kvm_image_load(struct rp_kvm_image *image, const struct rp_kvm_device *device,
                       const struct rp_kvm_refused *refused, const struct rp_state *state)
{
    uint64_t reg[RP_REG_COUNT];
    for (unsigned i = 0; i < RP_REG_COUNT; i++)
        reg[i] = state->reg[i] & ~refused->reg[i];
    for (size_t i = 0; i < FIELDS; i++)
        memcpy((unsigned char *)image + fields[i].offset, &reg[fields[i].reg], 8);
    for (size_t i = 0; i < SEGMENTS; i++) {
        struct kvm_segment segment = make_segment(&reg[segments[i].reg]);
        memcpy((unsigned char *)&image->sregs + segments[i].offset, &segment, sizeof segment);
    }
    /* VT-x demands a busy TSS in TR in every mode (SDM Vol. 3C 26.3.1.2); real16 says nothing of it. */
    if (!image->sregs.tr.present)
        image->sregs.tr = (struct kvm_segment){.type = 11, .present = 1, .limit = 0xffff};
    image->sregs.gdt.limit = (uint16_t)reg[RP_REG_GDTR_LIMIT];
    image->sregs.idt.limit = (uint16_t)reg[RP_REG_IDTR_LIMIT];
    for (unsigned i = 0; i < RP_KVM_MSRS; i++)
        image->msr[i] = reg[rp_kvm_msrs[i].reg];
    image->shadow = 0;
    load_extended(image, device, state);
    if (refused->reg[RP_REG_XCR0])
        image->xcr0 |= 1; /* x87 is always on, SDM Vol. 1 13.3 */
}

void rp_kvm_image_read(const struct rp_kvm_image *image, const struct rp_kvm_device *device,
                       uint64_t reg[RP_REG_COUNT])
{
    memset(reg, 0, RP_REG_COUNT * sizeof *reg);
    for (size_t i = 0; i < FIELDS; i++)
        memcpy(&reg[fields[i].reg], (const unsigned char *)image + fields[i].offset, 8);
    for (size_t i = 0; i < SEGMENTS; i++) {
        struct kvm_segment segment;
        memcpy(&segment, (const unsigned char *)&image->sregs + segments[i].offset, sizeof segment);
        read_segment(&segment, &reg[segments[i].reg]);
    }
    reg[RP_REG_GDTR_LIMIT] = image->sregs.gdt.limit;
    reg[RP_REG_IDTR_LIMIT] = image->sregs.idt.limit;
    for (unsigned i = 0; i < RP_KVM_MSRS; i++)
        reg[rp_kvm_msrs[i].reg] = image->msr[i];
    /* registers.def: STI 1, MOV SS 2; KVM has them the other way round. */
    reg[RP_REG_SHADOW] = (image->shadow & KVM_X86_SHADOW_INT_STI ? 1u : 0u) |
                         (image->shadow & KVM_X86_SHADOW_INT_MOV_SS ? 2u : 0u);
    for (size_t i = 0; i < X87; i++)
        memcpy(&reg[x87[i].reg], image->xsave + x87[i].at, x87[i].size);
    for (size_t i = 0; i < 8; i++) {
        memcpy(&reg[RP_REG_ST0 + 2 * i], image->xsave + AT_ST + 16 * i, 8);
        memcpy(&reg[RP_REG_ST0_EXPONENT + 2 * i], image->xsave + AT_ST + 16 * i + 8, 2);
    }
    if (device->component[STATE_PKRU].size)
        memcpy(&reg[RP_REG_PKRU], image->xsave + device->component[STATE_PKRU].offset, 4);
}
