/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One job: load, enter, classify, read back, compare, clean up. Where it ended tells what it came to: a fault
 * of the instruction names its first byte, everything that has retired faults or traps elsewhere. */
#include "guest/image/cpu.h"
#include "guest/image/image.h"
#if !RP_GUEST_LONG
#include "guest/image/cross32.h"
#endif
#include "guest/image/wide.h"
#include "x86/vector.h"

#include <string.h>

#define CR0_PE       UINT64_C(1)
#define CR0_PG       UINT64_C(0x80000000)
#define CR4_PAE      UINT64_C(0x20)
#define ENTRIES_SIZE UINT64_C(0x1000) /* arena.h */
#define DR7_LOCAL    UINT64_C(0x155)  /* L0 to L3 and LE: a task switch clears them, SDM Vol. 3A 7.3 */
#define DR6_STEP     UINT64_C(0x4000)

#define ENTERS_NOT 256 /* no vector */

struct run {
    const struct rp_guest_slot *slot;
    const uint64_t *before;
    struct rp_encoding encoding;
    struct rp_prefix_scan scan;
    struct rp_guest_epilogue epilogue;
    enum rp_mode mode;
    bool stepped, loads_flags;  /* by TF of ours; TF afterwards is its own */
    unsigned enters;            /* by this vector of its own accord, INT n and its kin; ENTERS_NOT */
    uint64_t entry_length;      /* and is that long */
    bool wide;                  /* it may reach AVX-512's state */
    uint64_t *after;            /* what can be read, and the hidden parts of segment registers */
    struct rp_guest_area *area; /* x87 and vector registers afterwards */
    struct rp_guest_exit exit;
    bool halted;
    unsigned ticks;
    uint64_t tick_rip;
};

static struct run run = {.mode = RP_MODE_COUNT};

static bool is(const struct rp_prefix_scan *scan, uint8_t map, uint8_t opcode)
{
    return scan->class == RP_CLASS_LEGACY && scan->map == map && scan->opcode == opcode;
}

/* What may leave the code page, where other memory would run on: single step ends it at its target. Not what
 * pushes flags or keeps them (INT n, SYSCALL), which would show it. */
static bool branches(const struct rp_prefix_scan *scan)
{
    static const uint8_t one[] = {0x9a, 0xc2, 0xc3, 0xca, 0xcb, 0xcf, 0xe0, 0xe1,
                                  0xe2, 0xe3, 0xe8, 0xe9, 0xea, 0xeb, 0xff};
    if (scan->class == RP_CLASS_XOP) /* an emulator that knows none takes it for POP, and runs what is left */
        return true;
    if (scan->class != RP_CLASS_LEGACY)
        return false;
    if (scan->map == 1)
        return (scan->opcode & 0xf0) == 0x80 || scan->opcode == 0x07 || scan->opcode == 0x35;
    for (unsigned i = 0; i < sizeof one && scan->map == 0; i++)
        if (scan->opcode == one[i])
            return true;
    return scan->map == 0 && (scan->opcode & 0xf0) == 0x70;
}

/* Only VEX, EVEX and XOP know more than 128 bits of a vector register, and masks (SDM Vol. 1 14.1.1); and
 * XSAVE and XRSTOR (0F AE, 0F C7), and XGETBV, which tells whether they are in use (0F 01). */
static bool is_wide(const struct rp_prefix_scan *scan)
{
    return scan->class != RP_CLASS_LEGACY || is(scan, 1, 0xae) || is(scan, 1, 0xc7) || is(scan, 1, 0x01);
}

static void find_entry(const struct rp_prefix_scan *scan)
{
    unsigned length = scan->opcode_offset + 1u;
    bool number = is(scan, 0, 0xcd) && length < run.encoding.length;
    run.entry_length = number ? length + 1 : length;
    run.enters = is(scan, 0, 0xcc)   ? RP_VECTOR_BP
                 : is(scan, 0, 0xce) ? RP_VECTOR_OF
                 : is(scan, 0, 0xf1) ? RP_VECTOR_DB
                 : number            ? run.encoding.bytes[length]
                                     : ENTERS_NOT;
}

static void scan_encoding(enum rp_mode mode, const struct rp_encoding *encoding)
{
    if (run.mode == mode && __builtin_memcmp(&run.encoding, encoding, sizeof *encoding) == 0)
        return;
    run.mode = mode;
    run.encoding = *encoding;
    memset(&run.scan, 0, sizeof run.scan);
    bool whole = rp_prefix_scan(mode, encoding->bytes, encoding->length, &run.scan);
    run.stepped = whole && branches(&run.scan);
    run.epilogue.length = 0;
    if (whole)
        rp_guest_epilogue_make(mode, &run.scan, &run.epilogue);
    find_entry(&run.scan);
    run.wide = !whole || is_wide(&run.scan);
    run.loads_flags = whole && (is(&run.scan, 0, 0xcf) || is(&run.scan, 1, 0x07));
}

bool rp_guest_run_enters(unsigned vector, uint64_t rip)
{
    return vector == run.enters && rip == run.before[RP_REG_RIP] + run.entry_length;
}

/* What stopped the run after the instruction had retired has left its marks. */
static void retire(struct rp_guest_result *result)
{
    uint64_t start = run.before[RP_REG_RIP], advance = run.after[RP_REG_RIP] - start;
    result->kind = RP_OUTCOME_RETIRED;
    if (run.exit.vector == RP_VECTOR_PF || run.exit.by_task)
        run.after[RP_REG_CR2] = run.before[RP_REG_CR2];
    if (run.exit.vector == RP_VECTOR_DB)
        run.after[RP_REG_DR6] = run.before[RP_REG_DR6];
    if (advance == run.encoding.length && run.after[RP_REG_CS] == run.before[RP_REG_CS])
        result->length = run.encoding.length;
    if (run.halted)
        run.after[RP_REG_ACTIVITY] = 1;
}

static void trap(struct rp_guest_result *result)
{
    result->kind = RP_OUTCOME_TRAPPED;
    result->vector = run.exit.vector;
    result->has_error_code = run.exit.has_error_code;
    result->error_code = run.exit.error_code;
    result->cr2 = run.exit.vector == RP_VECTOR_PF ? run.after[RP_REG_CR2] : 0;
    if (run.stepped)
        run.after[RP_REG_RFLAGS] &= ~RP_FLAG_TF | run.before[RP_REG_RFLAGS];
}

static void enter_by_msr(struct rp_guest_result *result)
{
    bool sysenter = is(&run.scan, 1, 0x34);
    result->kind = RP_OUTCOME_ENTERED;
    result->gate = sysenter ? RP_GATE_SYSENTER : RP_GATE_SYSCALL;
    run.after[RP_REG_RIP] = run.exit.entry;
}

/* With CR4.VME INT n may leave by the program's own vectors, of which the code page has no more than the
 * first byte, #UD. */
static bool enter_redirected(struct rp_guest_result *result)
{
#if !RP_GUEST_LONG
    uint64_t offset = run.after[RP_REG_RIP] - RP_ARENA_CODE_ENTRIES;
    uint64_t vector = offset / RP_ARENA_ENTRY_STRIDE;
    if (run.mode == RP_MODE_VM86 && is(&run.scan, 0, 0xcd) && offset % RP_ARENA_ENTRY_STRIDE == 0 &&
        run.after[RP_REG_CS] == RP_ARENA_CODE >> 4 && vector == run.enters) {
        rp_guest_cross_unwind(run.before, run.after);
        run.after[RP_REG_RIP] = RP_ARENA_CODE_ENTRIES + offset;
        result->kind = RP_OUTCOME_ENTERED;
        result->vector = (uint8_t)vector;
        return true;
    }
#endif
    (void)result;
    return false;
}

static void classify(struct rp_guest_result *result)
{
    uint64_t start = run.before[RP_REG_RIP], rip = run.after[RP_REG_RIP];
    bool moved = rip != start || run.after[RP_REG_CS] != run.before[RP_REG_CS];
    bool step = run.exit.vector == RP_VECTOR_DB && run.after[RP_REG_DR6] & DR6_STEP;
    if (!run.exit.by_gate) {
        enter_by_msr(result);
    } else if (moved && enter_redirected(result)) {
        return;
    } else if (moved && rp_guest_run_enters(run.exit.vector, rip) && !step) {
        result->kind = RP_OUTCOME_ENTERED;
        result->vector = run.exit.vector;
        run.after[RP_REG_RIP] = run.exit.entry;
    } else if (run.exit.vector == RP_VECTOR_NMI && !moved) {
        result->kind = RP_OUTCOME_HUNG;
    } else if (moved || step) {
        if (run.stepped && !run.loads_flags)
            run.after[RP_REG_RFLAGS] &= ~RP_FLAG_TF | run.before[RP_REG_RFLAGS];
        retire(result);
    } else {
        trap(result);
    }
}

/* The epilogue has run: the instruction has retired and made of its register what stands in memory. */
static void take_epilogue(void)
{
    uint64_t end = run.before[RP_REG_RIP] + run.encoding.length;
    if (run.after[RP_REG_RIP] == end + run.epilogue.length) {
        rp_guest_epilogue_after(&run.epilogue, run.after);
        run.after[RP_REG_RIP] = end;
    }
    rp_guest_epilogue_forget();
}

static void attempt(void)
{
    const struct rp_guest_slot *slot = run.slot;
    rp_guest_wide.copy(run.after + RP_REG_ES, run.before + RP_REG_ES,
                       RP_GUEST_HIDDEN_WORDS * sizeof run.after[0]);
    run.exit = (struct rp_guest_exit){0};
    if (run.epilogue.length)
        rp_guest_epilogue_before(&run.epilogue, run.before);
    rp_guest_load(run.slot, run.wide);
    rp_guest_load_last(run.before);
    rp_guest_cross_into(slot, run.stepped ? RP_FLAG_TF : 0, run.after, &run.exit);
    if (run.exit.vector == RP_VECTOR_NMI || run.exit.by_task) /* a tick may have met a stack that is none */
        rp_guest_unblock();
    rp_guest_read(run.before, run.after);
    run.after[RP_REG_ACTIVITY] = run.before[RP_REG_ACTIVITY];
    if (run.exit.by_task) {
        run.after[RP_REG_LDTR] = run.before[RP_REG_LDTR];
        run.after[RP_REG_TR] = run.before[RP_REG_TR];
        run.after[RP_REG_CR3] = run.before[RP_REG_CR3];
        run.after[RP_REG_DR7] |= run.before[RP_REG_DR7] & DR7_LOCAL;
    }
    rp_guest_vector_save(run.area, run.wide);
    rp_guest_read_rest(run.before, run.after);
#if !RP_GUEST_LONG
    rp_guest_cross_lose(slot->mode, run.after);
#endif
    if (run.epilogue.length)
        take_epilogue();
}

/* The tick met HLT's end, not the way to it: on that the rest of the state is the image's own. */
static bool behind_hlt(void)
{
    return is(&run.scan, 0, 0xf4) && run.after[RP_REG_CS] == run.before[RP_REG_CS] &&
           run.after[RP_REG_RIP] == run.before[RP_REG_RIP] + run.encoding.length;
}

/* True if a tick of the guard came in between and the run has to be made again. Behind the instruction, where
 * nothing can stand still but a CPU that halts, one tick is enough for HLT and two for all else; but not on
 * the way out, where a vector is entered that it then hides. */
static bool again(void)
{
    uint64_t rip = run.after[RP_REG_RIP];
    bool tick =
        run.exit.by_gate && run.exit.vector == RP_VECTOR_NMI && !rp_guest_run_enters(RP_VECTOR_NMI, rip);
    if (!tick)
        return false;
    RP_GUEST_SHARED_AT->ticks++;
    bool leaving = rip - RP_ARENA_ENTRIES < ENTRIES_SIZE;
    if (rip != run.before[RP_REG_RIP] && !leaving) {
        run.halted = behind_hlt() || run.tick_rip == rip;
        run.tick_rip = rip;
        return !run.halted;
    }
    return ++run.ticks < RP_GUEST_TICKS_HUNG;
}

/* The register that MOV to a control register reads, or LTR. */
static uint64_t control_source(void)
{
    unsigned rex_b = run.scan.rex & 1;
    return run.before[(run.scan.modrm & 7u) | rex_b << 3];
}

static bool is_root(uint64_t value)
{
    uint64_t base = value & ~UINT64_C(0xfff);
    bool found = base == 0; /* see arena_memory.c */
    for (unsigned i = 0; i < 4; i++)
        found = found || base == rp_arena_root(run.slot->mode, i & 1 ? 3 : 0, i >> 1);
    return found;
}

/* LMSW, of a register or of memory. */
static bool loads_pe(const struct rp_guest_job *job)
{
    if (run.scan.modrm >= 0xc0)
        return run.before[run.scan.modrm & 7] & CR0_PE;
    return job->operand != RP_GUEST_NO_OPERAND && *(const unsigned char *)rp_guest_low(job->operand) & CR0_PE;
}

/* LTR of a NULL selector: #GP(0), but where nobody checks it there is no TSS left to take a stack from. */
static bool loads_no_tss(const struct rp_guest_job *job)
{
    uint16_t selector = 0xffff;
    if (run.scan.modrm >= 0xc0)
        selector = (uint16_t)control_source();
    else if (job->operand != RP_GUEST_NO_OPERAND)
        selector = *(const uint16_t *)rp_guest_low(job->operand);
    return selector < 4;
}

/* True if the run would leave the mode or the paging that the image comes back by: into real mode, out of
 * long mode, to page tables that are none. The illegal among these values are #GP (SDM Vol. 2B "MOV - Move
 * to/from Control Registers"), but not where nobody checks them. */
static bool would_be_lost(const struct rp_guest_job *job)
{
    const struct rp_guest_slot *slot = run.slot;
    const struct rp_mode_info *info = rp_mode_info(slot->mode);
    if (slot->mode == RP_MODE_REAL16 && is(&run.scan, 1, 0x01) && (run.scan.modrm >> 3 & 7) == 6)
        return loads_pe(job);
    bool unchecked = RP_GUEST_SHARED_AT->unchecked;
    if (RP_GUEST_LONG && unchecked && slot->ring == 0 && is(&run.scan, 1, 0x00) &&
        (run.scan.modrm >> 3 & 7) == 3)
        return loads_no_tss(job);
    if (!is(&run.scan, 1, 0x22) || slot->ring != 0 || run.scan.rex & 4)
        return false;
    uint64_t value = control_source(), pe = value & CR0_PE, pg = value & CR0_PG;
    unsigned number = run.scan.modrm >> 3 & 7;
    if (number == 0 && slot->mode == RP_MODE_REAL16)
        return pe != 0;
    if (number == 0 && info->long_mode)
        return !(pe && pg) && (unchecked || info->code_bits != 64);
    if (number == 0)
        return !pe && (!pg || unchecked);
    if (number == 3)
        return slot->mode != RP_MODE_REAL16 && !is_root(value);
    if (number == 4 && unchecked && value & ~rp_guest_cr4_known)
        return true;
    if (number == 4)
        return info->long_mode ? unchecked && !(value & CR4_PAE) : (value & CR4_PAE) != 0;
    return false;
}

/* Legacy modes: vectors come in by segments at the end of the GDT, see tables.c. */
static bool comes_back(const struct rp_guest_slot *slot)
{
    const uint64_t *reg = slot->state.reg;
    return RP_GUEST_LONG || RP_GUEST_SHARED_AT->unchecked || slot->mode == RP_MODE_REAL16 ||
           reg[RP_REG_GDTR_LIMIT] >= RP_GUEST_CODE + 7;
}

static bool holds(const uint64_t *reg)
{
    return (reg[RP_REG_CR4] & ~rp_guest_cr4_known) == 0 && (reg[RP_REG_XCR0] & ~rp_guest_features) == 0;
}

/* True if what ended the run was pushed where real mode has a window: there it is put back. */
static bool pushes_into_window(void)
{
    uint64_t sp = run.after[RP_REG_RSP] & 0xffff;
    uint64_t from = run.after[RP_REG_SS_BASE] + sp - RP_GUEST_STACK_LOST;
    return sp >= RP_GUEST_STACK_LOST && (from - RP_ARENA_STACK <= RP_ARENA_STACK_SIZE - RP_GUEST_STACK_LOST ||
                                         from - RP_ARENA_DATA <= RP_ARENA_DATA_SIZE - RP_GUEST_STACK_LOST);
}

/* True if the run has written nothing but what ended it, as far as can be told without looking. #UD comes
 * before any operand is looked at (SDM Vol. 3A 6.9, table 6-2). */
static bool is_quiet(const struct rp_guest_job *job, bool invalid)
{
    return job->looked_at < (invalid ? RP_GUEST_LOOKED_AT : RP_GUEST_LOOKED_AT_BUT_UD) &&
           (run.mode != RP_MODE_REAL16 || pushes_into_window());
}

static void settle(const struct rp_guest_job *job, bool invalid, struct rp_guest_changes *changes)
{
    rp_guest_memory_settle(changes, is_quiet(job, invalid), job->looked_at == RP_GUEST_LOOKED_AT);
}

/* By words: GCC makes a loop of what it knows to be a memset. */
static void begin(struct rp_guest_result *result, uint32_t first)
{
    typedef uint32_t __attribute__((may_alias)) word;
    word *words = (word *)(void *)result;
#pragma GCC unroll 8
    for (unsigned i = 0; i < sizeof *result / sizeof *words; i++)
        words[i] = 0;
    result->kind = RP_OUTCOME_UNSUPPORTED;
    result->first = first;
}

void rp_guest_run(uint32_t number, struct rp_guest_changes *changes)
{
    struct rp_guest_shared *shared = RP_GUEST_SHARED_AT;
    const struct rp_guest_job *job = &shared->job[number];
    struct rp_guest_result *result = &shared->result[number];
    struct rp_guest_after *after = rp_guest_after(shared, number);
    uint32_t first = changes->count;
    run.slot = &shared->slot[job->slot];
    run.before = run.slot->state.reg;
    run.after = after->reg;
    run.area = &after->area;
    begin(result, first);
    if (!holds(run.before) || !comes_back(run.slot))
        return;
    rp_guest_memory_enter(run.slot->mode);
    scan_encoding(run.slot->mode, &job->encoding);
    rp_guest_memory_apply(job, run.slot);
    if (would_be_lost(job)) {
        result->vector = RP_UNSUPPORTED_LOST;
        return;
    }
    rp_guest_memory_place(&job->encoding, &run.epilogue);
    run.halted = false;
    run.ticks = 0;
    run.tick_rip = 0;
    for (attempt(); again(); attempt()) {
        settle(job, false, changes);
        changes->count = first;
        rp_guest_memory_place(&job->encoding, &run.epilogue);
    }
    classify(result);
    bool invalid = result->kind == RP_OUTCOME_TRAPPED && result->vector == RP_VECTOR_UD;
    settle(job, invalid, changes);
    result->saved = run.wide ? RP_GUEST_SAVED_ALL : RP_GUEST_SAVED_COMMON;
    result->count = changes->count - first;
}
