/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contract between the native executor and its runner, the program that executes test bytes.
 * Freestanding.
 *
 * Start. The executor fills in `parent`, `layout` and the hazards' place, and executes the runner from a
 * sealed memory file with five descriptors: 0, orders (a byte each) come from here; 1, answers go there; 2,
 * its parent's standard error; 3, the memory of its struct rp_native_shared; 4, that of the slots, which all
 * runners of an executor share. It has no argument and no environment. The runner sets itself up as its
 * `configuration` says, closes 2 to 4, locks itself in and answers with one byte: `ready` then says whether
 * it can run, `missing` and `refused` what it can't and why.
 *
 * An order. The executor writes jobs 0 to `count` - 1 and `first`, then one byte. The runner makes them from
 * `first` on, sets `current` before each and `done` behind it, and answers with one byte, and with `answered`
 * as `ordered`, once all are done or no room is left for the changes of one more. Slots are written by the
 * executor between orders, results and changes by the runner; nobody else writes either.
 *
 * What passes the runner's filter after the first answer: read(0, its byte, 1), write(1, its byte, 1),
 * timer_settime(its timer, 0, its time, NULL), exit_group(RP_NATIVE_EXIT_LEFT), each from one instruction.
 * Any other system call, from anywhere, in any mode, is SIGSYS and an outcome. A test that jumps there, with
 * the same registers, waits for an order until it is killed, sends a byte that answers nothing, sets its tick
 * anew, or leaves.
 *
 * Exit codes: RP_NATIVE_EXIT_LEFT: its orders ended, or it found itself in a state that it can't go on from.
 * RP_NATIVE_EXIT_SETUP: before the first answer; `refused` says why.
 *
 * A crash, seen from outside: the end of file on the answers. `current` is the job in flight; if it is not
 * below `done`, that job took the runner with it. A runner that does not answer: `beat` counts what is
 * entered, which a tick ends. Ticks come of processor time, so what waits in the kernel meets none: if `beat`
 * stands still for seconds, kill it. It dies with its parent. */
#ifndef RP_HARNESS_NATIVE_CONTRACT_H
#define RP_HARNESS_NATIVE_CONTRACT_H

#include "executor/outcome.h"
#include "executor/sequence.h"
#include "state/arena.h"
#include "state/component.h"
#include "x86/encoding.h"
#include "x86/hazards.h"
#include "x86/mode.h"

#include <stddef.h>

#define RP_NATIVE_EXIT_LEFT  3
#define RP_NATIVE_EXIT_SETUP 4

#define RP_NATIVE_MODES   3 /* long64, compat32, compat16 are the first of enum rp_mode */
#define RP_NATIVE_JOBS    1024
#define RP_NATIVE_SLOTS   16384
#define RP_NATIVE_CHANGES 32768
/* A tick ends a run, which is made again: so often in a row, then it hangs. The first comes whenever a
 * millisecond of processor time is over, whatever runs then; each further one says that this run has had one
 * to itself, where the longest that end, REP over all of the data, take some microseconds. Two would do but
 * for a hypervisor, which takes time from a guest that goes on counting it. The kernel looks at such timers
 * when its clock ticks (CONFIG_HZ): what hangs takes so many times 4 ms at 250 Hz, 2 at 1000, 10 at 100. */
#define RP_NATIVE_TICKS_HUNG 4

/* What one run may change: registers, vectors, data and stack. */
#define RP_NATIVE_CHANGES_EACH                                                                               \
    (RP_REG_COUNT + RP_VECTOR_WORDS + (RP_ARENA_DATA_SIZE + RP_ARENA_STACK_SIZE) / 8)

/* Selectors that the kernel has or is asked for. 63h of the arena is the first of Linux' three slots for
 * threads, which take no code: 16-bit code stands in the LDT. */
#define RP_NATIVE_CS64        0x33
#define RP_NATIVE_CS32        0x23
#define RP_NATIVE_CS16        0x17 /* LDT, slot 2 */
#define RP_NATIVE_DATA_TWIN   0x27 /* LDT, slot 4 */
#define RP_NATIVE_DATA16_TWIN 0x2f /* LDT, slot 5, base RP_ARENA_DATA */
#define RP_NATIVE_DATA        0x2b
#define RP_NATIVE_DATA16      0x6b /* slot 13, base RP_ARENA_DATA */
#define RP_NATIVE_STACK16     0x73 /* slot 14, base RP_ARENA_STACK */

/* Components of XCR0 that are loaded and compared, and where they stand in an XSAVE area of the standard
 * format; 0: this CPU has none. */
#define RP_NATIVE_X87    UINT64_C(0x1)
#define RP_NATIVE_SSE    UINT64_C(0x2)
#define RP_NATIVE_AVX    UINT64_C(0x4)
#define RP_NATIVE_OPMASK UINT64_C(0x20)
#define RP_NATIVE_UPPER  UINT64_C(0x40) /* upper halves of ZMM0 to 15 */
#define RP_NATIVE_HIGH   UINT64_C(0x80) /* ZMM16 to 31 */
#define RP_NATIVE_PKRU   UINT64_C(0x200)

#define RP_NATIVE_AREA_SIZE 4096

struct rp_native_layout {
    uint64_t mask; /* what XRSTOR and XSAVE are asked for */
    uint32_t size;
    uint32_t avx, opmask, upper, high, pkru;
    uint32_t mxcsr_mask;
    bool fsgsbase;    /* the kernel lets programs have the instructions */
    uint32_t compare; /* bytes that memory is compared by: 64 with AVX-512, 32 with AVX2, else 8 */
};

/* What of P a runner has been given before its filter was loaded: all that Linux lets a program set.
 * Compared as bytes. */
#define RP_NATIVE_DESCRIPTORS 4
#define RP_NATIVE_ANY_CPU     UINT32_MAX
enum rp_native_setting {
    RP_NATIVE_AS_FOUND,
    RP_NATIVE_OPEN,
    RP_NATIVE_TRAPS,
};
struct rp_native_configuration {
    uint64_t descriptor[RP_NATIVE_DESCRIPTORS]; /* as the CPU reads them (SDM Vol. 3A 3.4.5); 0: none */
    uint32_t entry[RP_NATIVE_DESCRIPTORS];      /* where they stand in the LDT */
    uint32_t cpu;                               /* the one it may run on, of node 0 */
    uint16_t tsd, cpuid_fault;                  /* enum rp_native_setting */
};

/* What runner and kernel have been found able to do, and what they were found to have set. */
struct rp_native_offer {
    bool ldt, tsd, cpuid_fault;
    bool cpu[2]; /* 0 and 1 of node 0 are there, and it may run on them */
    bool tsd_found, cpuid_fault_found;
};

/* A pre-state made ready. */
struct rp_native_slot {
    uint64_t reg[RP_REG_RFLAGS + 1];
    uint64_t segment[24]; /* ES to GS, as the rows of registers.def, selectors as they are loaded */
    uint32_t pkru;
    uint8_t mode;
    uint32_t words;
    /* From this slot to the XSAVE area to load: its own, or that of the mode's default state where the two
     * are alike. What many states have in common stays in the nearest cache. */
    int32_t area_at;
    struct {
        uint32_t address; /* in data or stack */
        uint64_t value;
    } word[192];
    uint8_t area[RP_NATIVE_AREA_SIZE] __attribute__((aligned(64)));
} __attribute__((aligned(64)));

/* No rule of the table: what a sequence may not be made of (runner/sequence.c). */
#define RP_NATIVE_HAZARD_SEQUENCE 255

enum rp_native_way {
    /* Leave by a jump behind it. Where that must stand the runner finds out, and says so in `length`; the
     * encoding's own length is the first guess, and cheapest where it is right. */
    RP_NATIVE_JUMP,
    RP_NATIVE_STEP,   /* by single step, ten times as slow: a second opinion */
    RP_NATIVE_CANARY, /* as JUMP, and see whether the kernel was there */
    RP_NATIVE_BRIEF,  /* as JUMP, but only the length is asked, and whether it is #UD */
};

struct rp_native_job {
    struct rp_encoding encoding;
    uint8_t way;      /* enum rp_native_way */
    bool is_sequence; /* the order's, instead of `encoding`; left by a jump */
    uint32_t slot;
};

struct rp_native_result {
    uint8_t kind;   /* enum rp_outcome_kind */
    uint8_t vector; /* trapped, entered */
    uint8_t length;
    uint8_t gate;   /* enum rp_gate */
    uint8_t kernel; /* canary: the kernel returned to the program during the run */
    uint8_t hazard; /* refused: 1 + the number of the rule, or RP_NATIVE_HAZARD_SEQUENCE */
    uint32_t error_code;
    uint64_t cr2;
    uint32_t first, count; /* of `change` */
};

struct rp_native_shared {
    int32_t parent;
    struct rp_native_layout layout;
    struct rp_native_configuration configuration;

    volatile uint32_t ready;
    struct rp_native_offer offer;
    char refused[160];                  /* why it can't run at all */
    char missing[RP_NATIVE_MODES][120]; /* why not in this mode; "": it can */

    /* For tests of containment: behind its instructions for read, write, timer_settime, exit_group. */
    uint64_t site[4];

    uint32_t first, count;
    volatile uint32_t current, done;
    volatile uint64_t beat;
    /* Orders given, orders answered. A test that jumps to the runner's own write(1) sends a byte too: no
     * answer. */
    uint64_t ordered;
    volatile uint64_t answered;
    uint64_t settled; /* runs made again by single step, since the start */
    bool bare;        /* for tests/bench: nothing is compared and nothing put back */
    uint32_t changes;
    struct rp_sequence sequence;                  /* of those jobs of the order that are one */
    struct rp_native_job job[RP_NATIVE_JOBS + 1]; /* the last is the runner's own, for trial runs */
    struct rp_native_result result[RP_NATIVE_JOBS + 1];
    struct rp_change change[RP_NATIVE_CHANGES];
    struct rp_native_slot slot[] __attribute__((aligned(4096))); /* other memory, mapped behind the rest */
};

#define RP_NATIVE_CONTROL_SIZE offsetof(struct rp_native_shared, slot)
#define RP_NATIVE_SLOTS_SIZE   (RP_NATIVE_SLOTS * sizeof(struct rp_native_slot))

#endif
