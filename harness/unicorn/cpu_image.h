/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a saved Unicorn context holds: the CPU of libunicorn 2.0.1 field by field, and how an architectural
 * state is written into it and read back. Private to harness/unicorn and its tests. The layout is known, not
 * discovered: rp_uc_calibrate refuses a build of Unicorn in which a field does not stand where this says. */
#ifndef RP_HARNESS_UNICORN_CPU_IMAGE_H
#define RP_HARNESS_UNICORN_CPU_IMAGE_H

#include "state/prestate.h"

#include <stddef.h>

struct rp_uc_segment {
    uint32_t selector, unused;
    uint64_t base;
    uint32_t limit;
    uint32_t flags; /* the descriptor's second dword: attributes << 8 */
};

struct rp_uc_x87_register {
    uint64_t mantissa;
    uint16_t exponent, unused[3];
};

struct rp_uc_cpu {
    uint64_t gpr[16];
    uint64_t rip;
    uint64_t eflags; /* CF PF AF ZF SF OF DF stand in the next six words too, while code runs only there */
    uint64_t cc_dst, cc_src, cc_src2;
    uint32_t cc_op;
    int32_t df;      /* 1 or, with DF set, -1 */
    uint32_t hflags; /* RP_UC_H_*: what translation depends on */
    uint32_t hflags2;
    struct rp_uc_segment segment[6]; /* ES CS SS DS FS GS */
    struct rp_uc_segment ldt, tr, gdt, idt;
    uint64_t cr[5];
    uint64_t a20_mask;
    uint64_t mpx[11];
    uint64_t efer;
    uint32_t marker;
    uint32_t x87_top;
    uint16_t x87_status; /* TOP is not kept in it */
    uint16_t x87_control;
    uint8_t x87_empty[8]; /* by register, not by stack position */
    uint32_t unused_1;
    struct rp_uc_x87_register x87[8];
    uint16_t fop, fcs, fds, unused_2;
    uint64_t fip, fdp;
    uint64_t x87_mode; /* follows from x87_control; the API computes it */
    uint64_t in_flight_1[3];
    uint64_t sse_mode; /* follows from mxcsr, likewise */
    uint32_t mxcsr, unused_3;
    uint64_t zmm[32][8]; /* only words 0 and 1 of the first 16 are in use */
    uint64_t in_flight_2[9];
    uint64_t upper[232]; /* AVX parts that no instruction of this version touches */
    uint32_t sysenter_cs, unused_4;
    uint64_t sysenter_esp, sysenter_eip;
    uint64_t star, vm_hsave;
    uint64_t lstar, cstar, sfmask, kernel_gs_base;
    uint64_t tsc[3];
    uint64_t tsc_aux, xcr0, mcg_status, misc_enable, msr[44];
    uint64_t pat;
    uint64_t smm[2];
    uint32_t pkru, tsx_control;
    uint64_t msr_2[9];
    uint32_t error_code;
    int32_t exception_is_int;
    uint64_t exception_next_rip;
    uint64_t dr[8];
    uint64_t breakpoint[4];
    uint64_t old_exception;
    uint64_t vm_vmcb;
    uint64_t tsc_offset;
    uint64_t intercept[5];
};

/* Fields behind those that Unicorn's own contexts hold: features, MTRRs, machine-check banks. */
#define RP_UC_FEATURE_WORDS 23
struct rp_uc_tail {
    uint64_t internal[9];
    uint64_t
        feature[RP_UC_FEATURE_WORDS]; /* by QEMU's numbering: 0 leaf 1 EDX, 1 leaf 1 ECX, 2 leaf 7 EBX ... */
    uint64_t rest[148];
};

/* A context as uc_context_save and uc_context_restore take it. */
struct rp_uc_context {
    size_t size;
    uint32_t mode, arch;
    struct rp_uc_cpu cpu;
};

/* One that covers the tail too. */
struct rp_uc_full_context {
    struct rp_uc_context context;
    struct rp_uc_tail tail;
};

#define RP_UC_AT(member, offset)                                                                             \
    _Static_assert(offsetof(struct rp_uc_cpu, member) == (offset), #member " of libunicorn 2.0.1")
RP_UC_AT(rip, 128);
RP_UC_AT(hflags, 176);
RP_UC_AT(segment, 184);
RP_UC_AT(ldt, 328);
RP_UC_AT(cr, 424);
RP_UC_AT(efer, 560);
RP_UC_AT(x87_status, 576);
RP_UC_AT(x87, 592);
RP_UC_AT(fop, 720);
RP_UC_AT(mxcsr, 784);
RP_UC_AT(zmm, 792);
RP_UC_AT(sysenter_cs, 4768);
RP_UC_AT(star, 4792);
RP_UC_AT(kernel_gs_base, 4832);
RP_UC_AT(tsc_aux, 4864);
RP_UC_AT(misc_enable, 4888);
RP_UC_AT(pat, 5248);
RP_UC_AT(pkru, 5272);
RP_UC_AT(error_code, 5352);
RP_UC_AT(dr, 5368);
RP_UC_AT(tsc_offset, 5480);
#undef RP_UC_AT
_Static_assert(sizeof(struct rp_uc_cpu) == 5528, "a context of libunicorn 2.0.1");
_Static_assert(offsetof(struct rp_uc_tail, feature) + sizeof(struct rp_uc_cpu) == 5600, "features");
_Static_assert(sizeof(struct rp_uc_cpu) + sizeof(struct rp_uc_tail) == 6968,
               "up to the pointer behind the CPU");

/* hflags, as QEMU 5.0 numbers them. */
#define RP_UC_H_CPL     UINT32_C(0x000003)
#define RP_UC_H_INHIBIT UINT32_C(0x000008) /* interrupts blocked for one instruction */
#define RP_UC_H_CS32    UINT32_C(0x000010)
#define RP_UC_H_SS32    UINT32_C(0x000020)
#define RP_UC_H_ADDSEG  UINT32_C(0x000040)
#define RP_UC_H_PE      UINT32_C(0x000080)
#define RP_UC_H_MP      UINT32_C(0x000200)
#define RP_UC_H_TS      UINT32_C(0x000800)
#define RP_UC_H_LMA     UINT32_C(0x004000)
#define RP_UC_H_CS64    UINT32_C(0x008000)
#define RP_UC_H_OSFXSR  UINT32_C(0x400000)
#define RP_UC_H_SMAP    UINT32_C(0x800000)

#define RP_UC_CC_EFLAGS 1 /* cc_op: all flags stand in cc_src */

/* Writes the registers of a pre-state into `cpu`, which holds a context just saved after x87 control word and
 * MXCSR were written through the API (x87_mode, sse_mode). hflags are made to agree. */
void rp_uc_load(struct rp_uc_cpu *cpu, const struct rp_state *state);

/* The hflags that follow from everything else in `cpu`. */
uint32_t rp_uc_hflags(const struct rp_uc_cpu *cpu);

/* Reads registers `first` up to and without `end` into reg[first] and so on. Registers that this executor
 * does not hold keep what is there; so do RFLAGS, ACTIVITY and SHADOW, which need more than the image. */
void rp_uc_read(const struct rp_uc_cpu *cpu, unsigned first, unsigned end, uint64_t reg[RP_REG_COUNT]);

#endif
