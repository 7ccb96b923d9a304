/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the guest image know of each other. Freestanding; two images are made of it, one of
 * 64-bit code for the modes of IA-32e and one of 32-bit code for the others. None of it uses x87 or vector
 * registers: they are the test's. States are arrays of RP_REG_COUNT words, indexed by enum rp_reg. */
#ifndef RP_HARNESS_GUEST_IMAGE_IMAGE_H
#define RP_HARNESS_GUEST_IMAGE_IMAGE_H

#include "guest/gate.h"
#include "x86/prefix.h"

#include <stdbool.h>

#if defined(__x86_64__)
#define RP_GUEST_LONG 1
#else
#define RP_GUEST_LONG 0
#endif

#define RP_GUEST_SHARED_AT ((struct rp_guest_shared *)(unsigned long)RP_GUEST_SHARED)

/* The physical address `address` of the arena, as the image reaches it. */
static inline void *rp_guest_low(uint32_t address)
{
    return (unsigned char *)(unsigned long)RP_GUEST_LOW + address;
}

/* System registers and MSRs as the CPU has them now, so that none is written that has its value already. */
extern uint64_t rp_guest_now[RP_REG_COUNT];

struct rp_guest_changes {
    struct rp_change *list;
    uint32_t count;
};

/* arena_memory.c. Fills the arena with what `mode` has under every pre-state. */
void rp_guest_memory_enter(enum rp_mode mode);
/* Replaces the words of the pre-state before by those of `slot`, which is the job's. */
void rp_guest_memory_apply(const struct rp_guest_job *job, const struct rp_guest_slot *slot);
/* Writes the instruction where it is to run, its epilogue, and what ends every run behind them. */
struct rp_guest_epilogue;
void rp_guest_memory_place(const struct rp_encoding *encoding, const struct rp_guest_epilogue *epilogue);
/* Turns what the run wrote into changes of the compared windows, and puts all of the arena back; what a quiet
 * run wrote is not looked at where no dirty bit tells, nor what stands `beyond` the windows unless that is
 * said. */
void rp_guest_memory_settle(struct rp_guest_changes *changes, bool quiet, bool beyond);
/* For contract.h's `kept`. */
void rp_guest_memory_kept(struct rp_guest_kept kept[RP_GUEST_KEPT]);
/* Before an order. */
void rp_guest_memory_begin(bool strayed, struct rp_guest_changes *changes);
/* Behind it: slots may be filled anew then. */
void rp_guest_memory_end(void);
/* beyond.c. Empties what real mode reaches besides; true if it was not empty. */
#define RP_GUEST_BEYOND 3
_Static_assert(3 + RP_GUEST_BEYOND == RP_GUEST_KEPT, "contract.h");
bool rp_guest_beyond_settle(void);
void rp_guest_beyond_kept(struct rp_guest_kept kept[RP_GUEST_BEYOND]);
/* Makes the `length` bytes from `address` on what they were: pushed by what ended the run. */
void rp_guest_memory_forget(uint32_t address, uint32_t length);
/* The word at `address` of the arena, as it is now; 0 outside. */
uint64_t rp_guest_memory_word(uint64_t address);

/* tables.c: what the image adds to the arena's system part, RP_ARENA_SYSTEM_SIZE bytes at `system`. */
void rp_guest_tables_extend(enum rp_mode mode, unsigned char *system);
/* The page-table entries of the image's constant part. */
struct rp_guest_kept rp_guest_tables_constant(void);
/* The page-table entry (its low half) for the page at `linear` in `ring`. */
uint32_t *rp_guest_tables_entry(unsigned ring, uint32_t linear);
/* Where linear address `linear` of the arena is, as the image reaches it, and back; NULL: in none of its
 * pages. */
void *rp_guest_tables_physical(uint32_t linear);
uint32_t rp_guest_tables_address(const void *low);
/* 32-bit image: the selectors by which a vector's handler reaches the image's data, and a tick on the way
 * into a test its code, in the test's table. */
extern uint32_t rp_guest_handler_data, rp_guest_handler_code;
/* What stands in the code page besides the instruction. */
void rp_guest_tables_code(enum rp_mode mode, unsigned char *code);

/* load.c. Loads all of a pre-state but what rp_guest_load_last and the jump into the test do; AVX-512's state
 * if `all`. */
void rp_guest_load(const struct rp_guest_slot *slot, bool all);
/* So that vectors come in at all, before the first pre-state. */
void rp_guest_load_vectors(void);
/* CR0 and DR7, which the image can't run with. */
void rp_guest_load_last(const uint64_t *reg);

struct rp_guest_msr {
    uint8_t reg;
    uint32_t number;
};
#define RP_GUEST_MSRS        12 /* for GCC's unroll below, too */
#define RP_GUEST_MSR_TSC     0x10
#define RP_GUEST_MSR_FS_BASE 0xc0000100
#define RP_GUEST_MSR_GS_BASE 0xc0000101
static const struct rp_guest_msr rp_guest_msrs[RP_GUEST_MSRS] = {
    {RP_REG_EFER, 0xc0000080},   {RP_REG_STAR, 0xc0000081},    {RP_REG_LSTAR, 0xc0000082},
    {RP_REG_CSTAR, 0xc0000083},  {RP_REG_SFMASK, 0xc0000084},  {RP_REG_KERNEL_GS_BASE, 0xc0000102},
    {RP_REG_SYSENTER_CS, 0x174}, {RP_REG_SYSENTER_ESP, 0x175}, {RP_REG_SYSENTER_EIP, 0x176},
    {RP_REG_MISC_ENABLE, 0x1a0}, {RP_REG_PAT, 0x277},          {RP_REG_TSC_AUX, 0xc0000103},
};
extern bool rp_guest_msr_absent[RP_GUEST_MSRS]; /* reads 0 and keeps nothing */
/* All of them stand in a row, with PKRU, TSC and PMC, and are looked at together. */
#define RP_GUEST_ROW       RP_REG_EFER
#define RP_GUEST_ROW_WORDS 16
_Static_assert(RP_REG_PMC == RP_GUEST_ROW + RP_GUEST_ROW_WORDS - 1, "the row");

/* read.c. Makes the CPU fit for the image, then reads all system registers. */
void rp_guest_read_first(uint64_t *after);
/* Set by #DB in the image, which is a MOV of a debug register under DR7.GD. */
extern volatile uint32_t rp_guest_general_detect;
void rp_guest_read(const uint64_t *before, uint64_t *after);
/* Hidden parts of segment registers can't be read, so that they are as they were until something tells; ES to
 * TR stand in a row. */
#define RP_GUEST_HIDDEN_WORDS (RP_REG_TR_ATTRIBUTES + 1 - RP_REG_ES)
_Static_assert(RP_GUEST_HIDDEN_WORDS * 8 % 128 == 0, "wide.h");
/* What can wait until the test's vector registers are saved: what is known of MSRs from now on, and the
 * hidden parts of segment registers, of which `after` has those of `before`. */
void rp_guest_read_rest(const uint64_t *before, uint64_t *after);
void rp_guest_read_tables(uint64_t *after); /* the part of it that says where tables are */
/* Fills in rp_guest_now, once. */
void rp_guest_read_all(void);
/* Fills in the hidden part of segment register `reg` from its selector in `after`. */
void rp_guest_read_hidden(const uint64_t *before, uint64_t *after, unsigned reg);

/* features.c: what this CPU has, and CR4 and XCR0 as the image works with them. */
#define RP_GUEST_CR4_PKE UINT64_C(0x400000)
void rp_guest_features_find(void);
void rp_guest_features_tell(uint64_t *lacks);         /* once MSRs are known too */
extern uint64_t rp_guest_features;                    /* of XCR0; 0: no XSAVE */
extern uint64_t rp_guest_cr4_fit, rp_guest_cr4_known; /* bits that the image works with, that the CPU has */

/* extended.c: x87, SSE, AVX, AVX-512. */
/* Chooses the image's own vector instructions. */
void rp_guest_vector_find(void);
/* True if AVX-512 stands where this expects it. */
bool rp_guest_vector_fits(void);
/* `all`: AVX-512 as well. */
void rp_guest_vector_load(const struct rp_guest_slot *slot, bool all);
void rp_guest_vector_save(struct rp_guest_area *area, bool all);

/* cross64.c, cross32.c: how a test was left. */
struct rp_guest_exit {
    uint8_t vector;
    bool by_task; /* of the double fault: TR, LDTR and CR3 are its own */
    bool by_gate; /* else by SYSCALL or SYSENTER, and `after` has what they made */
    bool has_error_code;
    uint32_t error_code;
    uint64_t entry; /* where it came in */
};
/* Long mode: stacks for vectors. */
#define RP_GUEST_STACK_WORDS 64
extern volatile uint64_t rp_guest_stacks[RP_GUEST_STACKS][RP_GUEST_STACK_WORDS];

/* Legacy modes: the stack that vectors from ring 3 come in on. */
#define RP_GUEST_STACK0_WORDS 64
extern uint32_t rp_guest_stack0[RP_GUEST_STACK0_WORDS];

/* Enters the test with `flags` besides those of `before`, and comes back with its general registers, RIP,
 * RFLAGS and segments in `after`. */
void rp_guest_cross_into(const struct rp_guest_slot *slot, uint64_t flags, uint64_t *after,
                         struct rp_guest_exit *exit);

/* epilogue.c: what stands behind LGDT and LIDT; `length` 0: nothing. `before` prepares its memory, `after`
 * takes what it has stored, `forget` puts the memory back. */
struct rp_guest_epilogue {
    uint8_t length, reg;
    bool wide;
    uint8_t bytes[24];
};
void rp_guest_epilogue_make(enum rp_mode mode, const struct rp_prefix_scan *scan,
                            struct rp_guest_epilogue *epilogue);
void rp_guest_epilogue_before(const struct rp_guest_epilogue *epilogue, const uint64_t *before);
void rp_guest_epilogue_after(const struct rp_guest_epilogue *epilogue, uint64_t *after);
void rp_guest_epilogue_forget(void);

/* run.c: job `number`; what it has changed in memory is appended. */
void rp_guest_run(uint32_t number, struct rp_guest_changes *changes);
/* True if the instruction under test enters by `vector` of its own accord (INT n and its kin), and ends at
 * `rip`. */
bool rp_guest_run_enters(unsigned vector, uint64_t rip);

/* timer.c: the guard, and the doorbell's interrupt; both are NMI. */
void rp_guest_timer_open(void);
void rp_guest_timer_set(void);

/* bell.c: the transport. Waits until an order is there; says that it is done. */
void rp_guest_bell_open(void);
void rp_guest_bell_wait(const struct rp_guest_shared *shared);
void rp_guest_bell_ring(void);

/* main.c: the image itself has failed; drivers look for it in `panic`. */
_Noreturn void rp_guest_panic(uint32_t vector, uint64_t rip, uint64_t what);

/* Assembly. 32-bit code has its arguments on the stack there. */
#if RP_GUEST_LONG
#define RP_GUEST_BY_STACK
#else
#define RP_GUEST_BY_STACK __attribute__((regparm(0)))
#endif
void rp_guest_unblock(void); /* lets NMIs in again, which a test that one has ended left blocked */
RP_GUEST_BY_STACK void
rp_guest_load_flags(unsigned long flags); /* by IRET: VIF and VIP too, which POPF leaves alone */
extern uint32_t rp_guest_entry;
extern unsigned char rp_guest_stubs[], rp_guest_boot_root[];

#endif
