/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runner's parts, see native/contract.h for what it is. Freestanding, one thread, no libc.
 *
 *   main.c     set-up, in the order in which it must happen; orders
 *   memory.c   what is mapped: the test's pages and nothing else below 4 GiB
 *   perturb.c  what of P a program may set: LDT, CPU, traps of RDTSC and CPUID
 *   filter.c   the BPF filter, and giving up every right before it
 *   place.c    an encoding in the code page, and whether it may be there
 *   entry.S    into the test and out of it, by jump and by signal
 *   signal.c   what a signal says, copied before another one comes
 *   classify.c what a run came to
 *   length.c   how long the CPU finds the encoding
 *   brief.c    how it ends and its length, and no more
 *   branch.c   which branches come back to themselves
 *   sequence.c several instructions in the code page, and whether they may be there
 *   compare.c  whether anything has changed
 *   run.c      one job: place, load, enter, classify, compare, restore */
#ifndef RP_NATIVE_RUNNER_RUNNER_H
#define RP_NATIVE_RUNNER_RUNNER_H

#include "native/contract.h"
#include "state/prestate.h"
#include "x86/prefix.h"

/* How a run came back. */
enum end {
    END_JUMP,   /* through the stub: the next instruction was reached */
    END_SIGNAL, /* `signal`, `vector`, ... say which */
    END_TICK,   /* the timer found it running; it is made again */
};

/* What it came back with. entry.S writes `reg`, `area` and `end` by these offsets. */
struct back {
    uint8_t area[RP_NATIVE_AREA_SIZE];
    uint64_t reg[RP_REG_RFLAGS + 1]; /* RIP is not written by a jump */
    uint64_t end;
    uint64_t host_stack, entry, mask;
    uint64_t inside; /* a run is being entered, under way or being left */
    bool brief;      /* nobody asks for `area` */
    /* By a signal: */
    int signal;
    uint32_t vector, error_code;
    uint64_t cr2;
    uint16_t cs, ss, ds, es, fs, gs; /* both ways */
    uint64_t fs_base, gs_base;
} __attribute__((aligned(64)));
#define BACK_REG        4096
#define BACK_END        4240
#define BACK_HOST_STACK 4248
#define BACK_ENTRY      4256
#define BACK_MASK       4264
#define BACK_INSIDE     4272
#define SLOT_AREA_AT    348

extern struct back rp_native_back;
_Static_assert(END_TICK == 2, "entry.S knows it");
extern volatile uint32_t rp_native_ticked; /* the timer has expired and is to be set again */
extern struct rp_native_shared *rp_native_shared;

/* Where things are mapped. */
#define STUB_PAGE UINT64_C(0x7a000000)                 /* low: 32-bit code must reach it */
#define PAGE_END  (RP_ARENA_CODE + RP_ARENA_CODE_SIZE) /* behind it nothing is mapped */
extern uint8_t *rp_native_code;                        /* writable alias of the code page */

/* memory.c. Each returns 0 or a negative errno. */
long rp_native_map(void);
long rp_native_unmap_kernel_pages(void);
/* Descriptors; writes into shared->missing what can't be had. */
void rp_native_descriptors(void);
long rp_native_signals(void);

/* perturb.c. Writes shared->offer; leaves everything as it was. */
void rp_native_look_around(void);
/* Sets shared->configuration; 0 or a negative errno. */
long rp_native_configure(void);
/* The base that a program's selector loads outside of 64-bit mode. */
uint64_t rp_native_base_of(uint16_t selector);
/* Writes entry `entry` of the LDT, a descriptor as the CPU reads it; modify_ldt's answer. */
long rp_native_write_ldt(uint32_t entry, uint64_t descriptor);

/* filter.c: gives up rights and locks the runner in; an error's text goes to shared->refused. */
long rp_native_lock_in(const char **what);

/* place.c. The encoding that stands in the code page, and how. */
struct placed {
    struct rp_encoding encoding;
    enum rp_mode mode;
    uint8_t way;    /* enum rp_native_way */
    uint8_t length; /* behind so many bytes the way out stands: the encoding's, until the CPU's is found */
    bool found;     /* the CPU's has been looked for */
    bool endless;   /* and there is none */
    bool stands;    /* it has been written there */
    bool fresh;     /* since the last serializing instruction */
    bool sequence;  /* it is the order's sequence; `encoding` is empty */
    uint8_t hazard;
    struct rp_prefix_scan scan;
};
extern struct placed rp_native_placed;
/* Makes it the one that is placed; false if it is a hazard, `placed.hazard` says which. */
bool rp_native_place(const struct rp_encoding *encoding, enum rp_mode mode, uint8_t way,
                     const struct rp_native_slot *slot);

/* Writes it to the place where it is run, unless it stands there; false as above. */
bool rp_native_stand(const struct rp_native_slot *slot);

/* sequence.c. Places a sequence instead; false if it holds what it may not, `placed.hazard` says so. */
bool rp_native_place_sequence(const struct rp_sequence *sequence, enum rp_mode mode);
/* Takes what stands there away, so that nothing is left of it behind a shorter encoding. */
void rp_native_clear_sequence(void);
/* place.c: writes the jump to the stub page, to stand at `address`; returns its length. */
size_t rp_native_write_stub(uint8_t *to, enum rp_mode mode, uint64_t address);
/* The first rule that fits `bytes` (RP_ENCODING_MAX of them) with this DX, NULL for any, from 1 on; 0: none.
 */
uint8_t rp_native_find_hazard(const uint8_t *bytes, enum rp_mode mode, const uint16_t *dx);
/* A rule about the CPU that fits at some byte from `first` to before `length`; RP_ENCODING_MAX bytes behind
 * the last must be readable. */
uint8_t rp_native_find_inner_hazard(const uint8_t *bytes, size_t first, size_t length, enum rp_mode mode);

/* The CPU's length of the encoding that is placed, 0 for none: moves the way out behind it. False if it can't
 * stand there so, `placed.hazard` says why. */
bool rp_native_found(uint8_t length, const struct rp_native_slot *slot);
/* For tables of bytes. */
uint32_t rp_native_hash(const uint8_t *bytes, size_t count, enum rp_mode mode);
/* Places the first `count` bytes of encoding and fill a second time, up to the end of the code page; and fill
 * there again, which a run elsewhere must find. */
void rp_native_place_at_end(unsigned count);
void rp_native_clear_end(void);

/* entry.S. Loads the extended state from `slot`'s area and its registers, and enters by a jump (64-bit code)
 * or by IRETQ with `cs`, `ss` and `flags`. Returns when the run is over; rp_native_back says how. */
void rp_native_enter_jump(const struct rp_native_slot *slot);
void rp_native_enter_iret(const struct rp_native_slot *slot, uint64_t cs, uint64_t ss, uint64_t flags);
void rp_native_exit(void); /* what the stub jumps to */
void rp_native_exit_end(void);
void rp_native_handler(void);
void rp_native_restorer(void);
long rp_native_read(void);
long rp_native_write(void);
long rp_native_timer(void);
void rp_native_leave(void) __attribute__((noreturn));
/* Behind their system call instructions. */
extern const uint8_t rp_native_int80[]; /* an instruction that may fault in set-up */
extern const uint8_t rp_native_read_site[], rp_native_write_site[], rp_native_timer_site[],
    rp_native_leave_site[];
extern uint8_t rp_native_byte[];     /* for read and write */
extern uint64_t rp_native_ticking[]; /* struct itimerspec: interval and value, seconds and nanoseconds */
extern uint32_t rp_native_timer_id;
/* The linker's. */
extern const uint8_t __executable_start[] __attribute__((visibility("hidden")));
extern const uint8_t etext[] __attribute__((visibility("hidden")));

/* compare.c. `bytes` is a multiple of 64. */
bool rp_native_differ(const void *a, const void *b, size_t bytes);
/* A bit for each of `count` words, 64 at most, that differs. */
uint64_t rp_native_words_differ(const uint64_t *a, const uint64_t *b, size_t count);
/* Data and stack in blocks of so many words: a bit for each that has changed, in this order. Those in
 * `special` should be as in `expected`, all others hold the fill, which is known without reading it again. */
#define RP_NATIVE_BLOCK 64
uint32_t rp_native_blocks_changed(const uint64_t *expected, uint32_t special);
/* The components (RP_NATIVE_X87...) in which two XSAVE areas differ, FOP, FIP and FDP aside. */
uint64_t rp_native_areas_differ(const uint8_t *a, const uint8_t *b);

/* classify.c */
enum verdict {
    DONE,
    SETTLE, /* what it did can only be told by single step */
};
enum verdict rp_native_classify(const struct rp_native_slot *slot, bool stepping,
                                struct rp_native_result *result);
/* The linear address of the instruction, its offset in its segment. */
uint64_t rp_native_start_of(enum rp_mode mode);

/* branch.c. A relative branch of one known width, of which `bytes` has RP_ENCODING_MAX: its length, and how
 * far behind that it leads. False: it is none. */
bool rp_native_branch_relative(const struct rp_prefix_scan *scan, const uint8_t *bytes, enum rp_mode mode,
                               unsigned *length, int32_t *distance);
/* What is placed may lead into itself or into the way out: by jump it may be executed more than once. */
bool rp_native_branch_may_come_back(const struct placed *placed);

/* length.c: how long the CPU finds the encoding that is placed, in the state of `slot`. `fits`: a run has
 * shown that it is no longer than it is placed. 0: it wants more than RP_ENCODING_MAX bytes. */
uint8_t rp_native_find_length(const struct rp_native_slot *slot, bool fits);
/* Is it longer than `count` bytes? Runs it at the end of the page, or knows. */
bool rp_native_is_longer(const struct rp_native_slot *slot, unsigned count);
/* Runs its first `count` bytes there and returns where they begin, an offset in the code's segment; memory is
 * put back. */
uint64_t rp_native_enter_at_end(const struct rp_native_slot *slot, unsigned count);

/* brief.c: makes the job that is placed in few signals; false: it has to be made in full. */
bool rp_native_run_brief(const struct rp_native_slot *slot, struct rp_native_result *result);

/* run.c: runs what stands at `start` (an offset in the code's segment) from the state of `slot`, once. */
void rp_native_enter(const struct rp_native_slot *slot, uint64_t start, bool stepping, bool canary);
/* Puts data and stack back as the pre-state has them. */
void rp_native_restore_memory(void);

/* run.c: makes job number `job`; the other one fills data and stack anew, behind orders that may have changed
 * slots. */
void rp_native_run(uint32_t job);
void rp_native_forget_memory(void);

#endif
