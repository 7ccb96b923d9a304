/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run on a machine: load, start, classify, compare, clean up; see machine.h. The only hot path of this
 * room. */
#include "unicorn/calibrate.h"
#include "unicorn/machine.h"
#include "unicorn/machine_internal.h"
#include "x86/vector.h"

#include <signal.h>
#include <string.h>

#define CR0_PE      UINT64_C(1)
#define CR0_PG      UINT64_C(0x80000000)
#define CR4_PAE     UINT64_C(0x20)
#define EFER_LMA    UINT64_C(0x400)
#define FLAG_L      UINT32_C(0x200000) /* in the second dword of a code descriptor */
#define PKRU_KEY0   UINT32_C(3)
#define DR7_ENABLES UINT64_C(0xff)
/* A REP that counts from far more than its segment holds is cut off here; it shows what it did until then. */
#define REPETITIONS_MAX 0x100
/* Memory grows by some 0.4 KB a translation; opening anew costs some 3 ms. */
#define TRANSLATIONS_MAX 4000
#define BLOCK_FLAGS      (RP_FLAG_TF | RP_FLAG_IOPL | RP_FLAG_RF | RP_FLAG_VM | RP_FLAG_AC)

static uint64_t host_ticks(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return 0;
#endif
}

static void load_cpu(struct rp_uc_machine *machine, struct rp_uc_prepared *prepared)
{
    if (!machine->view_known || memcmp(&machine->view, &prepared->view, sizeof machine->view) != 0) {
        rp_uc_machine_flush(machine);
        machine->view = prepared->view;
        machine->view_known = true;
    }
    /* Unicorn's time-stamp counter is the host's: the offset makes it start at the state's value. */
    prepared->context.cpu.tsc_offset = prepared->reg[RP_REG_TSC] - host_ticks();
    rp_uc_restore(machine->uc, &prepared->context);
    if (machine->stale) {
        /* Both look the code up through the page tables, so a state has to be loaded in which they are whole.
         * unicorn #1148, #1561, #2258: without the second the old code runs on. */
        rp_uc_machine_watch(machine, !machine->traits.may_loop,
                            machine->extent < RP_UC_PADDED ? machine->extent : RP_UC_PADDED);
        uc_ctl_remove_cache(machine->uc, (uint64_t)RP_ARENA_INSTRUCTION,
                            (uint64_t)RP_ARENA_INSTRUCTION + machine->stale_bytes + 1);
        machine->stale = false;
    }
}

/* True if the instruction has retired: another one began, or the CPU stands elsewhere and what would have
 * come next could not be fetched. */
static bool moved(const struct rp_uc_machine *machine, const struct rp_uc_prepared *prepared)
{
    const struct rp_uc_cpu *before = &prepared->context.cpu, *after = &machine->after.cpu;
    bool elsewhere = after->segment[1].base != before->segment[1].base;
    /* A task switch that fails in the new task stands at the old instruction. */
    if (machine->interrupted && machine->vector != RP_VECTOR_PF && machine->vector != RP_VECTOR_DB)
        elsewhere = false;
    uint64_t advance = after->rip - before->rip;
    bool behind = machine->sequence.count ? advance >= machine->extent : advance != 0;
    return machine->followed || behind || elsewhere;
}

/* What stopped the run after the instruction had retired (a fetch from nowhere, a single step) left its
 * marks. */
static void undo_what_followed(struct rp_uc_machine *machine, const struct rp_uc_prepared *prepared)
{
    if (machine->vector == RP_VECTOR_PF)
        machine->after.cpu.cr[2] = prepared->reg[RP_REG_CR2];
    if (machine->vector == RP_VECTOR_DB)
        machine->after.cpu.dr[6] = prepared->reg[RP_REG_DR6];
}

static void classify_interrupt(struct rp_uc_machine *machine, const struct rp_uc_prepared *prepared,
                               struct rp_outcome *outcome)
{
    const struct rp_uc_cpu *after = &machine->after.cpu;
    outcome->vector = (uint8_t)machine->vector;
    if (after->exception_is_int) {
        outcome->kind = RP_OUTCOME_ENTERED;
        return;
    }
    /* A step inside a sequence ends it. */
    if (moved(machine, prepared) || (machine->sequence.count && machine->vector == RP_VECTOR_DB)) {
        undo_what_followed(machine, prepared);
        outcome->vector = 0;
        return;
    }
    const struct rp_vector_info *info = rp_vector_info(machine->vector);
    outcome->kind = RP_OUTCOME_TRAPPED;
    /* Real mode pushes no error code, SDM Vol. 3A 20.1.4. */
    outcome->has_error_code = info && info->has_error_code && machine->mode != RP_MODE_REAL16;
    outcome->error_code = outcome->has_error_code ? after->error_code : 0;
    outcome->cr2 = machine->vector == RP_VECTOR_PF ? after->cr[2] : 0;
}

/* Unicorn found no memory, or not the right to use it, where the instruction wanted to read or write. */
static bool no_memory(uc_err err)
{
    return err == UC_ERR_READ_UNMAPPED || err == UC_ERR_WRITE_UNMAPPED || err == UC_ERR_READ_PROT ||
           err == UC_ERR_WRITE_PROT;
}

/* True if the run has left its mode in a way that the manuals answer with #GP or never do, and that Unicorn
 * does without a word: PE cleared under paging, PG from 64-bit code, PAE in long mode (SDM Vol. 2B "MOV CR"),
 * VM set by IRET or SYSRET in long mode (SDM Vol. 2A "IRET", 2B "SYSRET"). What it shows then is no CPU's. */
static bool left_mode(const struct rp_uc_cpu *before, const struct rp_uc_cpu *after)
{
    bool unprotected = before->cr[0] & CR0_PE && !(after->cr[0] & CR0_PE) && after->cr[0] & CR0_PG;
    if (!(before->efer & EFER_LMA))
        return unprotected;
    bool code64 = before->segment[1].flags & FLAG_L;
    bool unpaged = code64 && !(after->cr[0] & CR0_PG);
    return unprotected || unpaged || !(after->cr[4] & CR4_PAE) || after->eflags & RP_FLAG_VM;
}

static void classify(struct rp_uc_machine *machine, const struct rp_uc_prepared *prepared, uc_err err,
                     struct rp_outcome *outcome)
{
    outcome->kind = RP_OUTCOME_RETIRED;
    if (machine->sequence.count && machine->begun > machine->repetitions)
        outcome->kind = RP_OUTCOME_HUNG;
    else if (machine->interrupted)
        classify_interrupt(machine, prepared, outcome);
    else if (err == UC_ERR_OK || (moved(machine, prepared) && !no_memory(err)))
        return;
    else if (err == UC_ERR_INSN_INVALID) {
        outcome->kind = RP_OUTCOME_TRAPPED;
        outcome->vector = RP_VECTOR_UD;
    } else
        outcome->kind = RP_OUTCOME_UNSUPPORTED;
}

uint64_t rp_uc_flags(const struct rp_uc_machine *machine)
{
    const struct rp_uc_cpu *cpu = &machine->after.cpu;
    uint64_t flags = 0;
    if (cpu->cc_op == RP_UC_CC_EFLAGS)
        return cpu->eflags | cpu->cc_src | (cpu->df < 0 ? RP_FLAG_DF : 0);
    uc_reg_read(machine->uc, UC_X86_REG_RFLAGS, &flags);
    return flags;
}

struct list {
    struct rp_change *change;
    size_t count;
};

static void compare(struct list *list, const uint64_t *before, const uint64_t *after, const uint64_t *ignored,
                    size_t count, uint32_t component)
{
    list->count += rp_diff(before, after, ignored, count, component, list->change + list->count, count);
}

/* Registers `first` up to `end`, if any of the bytes of the image that hold them differ. */
static void compare_registers(struct list *list, const struct rp_uc_machine *machine,
                              const struct rp_uc_prepared *prepared, unsigned first, unsigned end)
{
    static const uint64_t *ignored = NULL;
    static uint64_t bits[RP_REG_COUNT];
    if (!ignored) {
        rp_registers_ignored(bits);
        ignored = bits;
    }
    uint64_t reg[RP_REG_COUNT];
    memcpy(reg + first, prepared->reg + first, (end - first) * sizeof *reg);
    rp_uc_read(&machine->after.cpu, first, end, reg);
    compare(list, prepared->reg + first, reg + first, ignored + first, end - first, first);
}

#define DIFFER(from, to)                                                                                     \
    (memcmp((const unsigned char *)a + offsetof(struct rp_uc_cpu, from),                                     \
            (const unsigned char *)b + offsetof(struct rp_uc_cpu, from),                                     \
            offsetof(struct rp_uc_cpu, to) - offsetof(struct rp_uc_cpu, from)) != 0)

static void compare_condition(struct list *list, const struct rp_uc_machine *machine,
                              const struct rp_uc_prepared *prepared, const struct rp_outcome *outcome)
{
    uint64_t reg[2] = {prepared->reg[RP_REG_ACTIVITY], prepared->reg[RP_REG_SHADOW]};
    if (outcome->kind == RP_OUTCOME_RETIRED && machine->traits.opcode == 0xf4)
        reg[0] = 1;
    if (machine->after.cpu.hflags & RP_UC_H_INHIBIT)
        reg[1] = machine->traits.opcode == 0xfb ? 1 : 2;
    compare(list, &prepared->reg[RP_REG_ACTIVITY], reg, NULL, 2, RP_REG_ACTIVITY);
}

static void compare_vectors(struct list *list, const struct rp_uc_cpu *a, const struct rp_uc_cpu *b)
{
    for (unsigned i = 0; i < 16; i++)
        compare(list, a->zmm[i], b->zmm[i], NULL, 2, RP_COMPONENT_VECTOR + i * RP_VECTOR_WORDS_EACH);
}

static void compare_state(struct list *list, const struct rp_uc_machine *machine,
                          const struct rp_uc_prepared *prepared, const struct rp_outcome *outcome)
{
    const struct rp_uc_cpu *a = &prepared->context.cpu, *b = &machine->after.cpu;
    uint64_t flags = rp_uc_flags(machine), rf = RP_FLAG_RF;
    compare(list, prepared->reg, b->gpr, NULL, RP_REG_RIP + 1, 0);
    compare(list, &prepared->reg[RP_REG_RFLAGS], &flags, &rf, 1, RP_REG_RFLAGS);
    if (DIFFER(segment, a20_mask))
        compare_registers(list, machine, prepared, RP_REG_ES, RP_REG_CR8);
    if (DIFFER(efer, marker) || DIFFER(sysenter_cs, msr_2) || DIFFER(dr, breakpoint))
        compare_registers(list, machine, prepared, RP_REG_XCR0, RP_REG_ACTIVITY);
    compare_condition(list, machine, prepared, outcome);
    if (DIFFER(x87_top, x87_mode) || DIFFER(mxcsr, unused_3))
        compare_registers(list, machine, prepared, RP_REG_FCW, RP_REG_COUNT);
    if (DIFFER(zmm, zmm[16]))
        compare_vectors(list, a, b);
}

/* Leaves nothing of this run to the next one beyond what loading a pre-state replaces. */
static int clean_up(struct rp_uc_machine *machine, const struct rp_uc_prepared *prepared,
                    struct rp_error *error)
{
    const struct rp_uc_cpu *a = &prepared->context.cpu, *b = &machine->after.cpu;
    if (a->cr[0] != b->cr[0] || DIFFER(cr[3], a20_mask) || a->efer != b->efer ||
        (a->pkru ^ b->pkru) & PKRU_KEY0 || machine->memory.tables_written)
        machine->view_known = false;
    if (a->cr[3] != b->cr[3] || machine->memory.tables_written)
        rp_uc_memory_restore(&machine->memory);
    if (machine->memory.code_written)
        machine->encoding.length = machine->sequence.count = 0;
    if (machine->traits.writes_msr)
        rp_uc_restore(machine->uc, &machine->pristine.context);
    /* A breakpoint lives in a list outside of the context, unicorn #2001. */
    if (b->dr[7] & DR7_ENABLES || machine->translations > TRANSLATIONS_MAX)
        return rp_uc_machine_reopen(machine, error);
    return RP_OK;
}

/* True if the run would set a breakpoint on instructions. Unicorn frees the block that runs and clears a
 * buffer of 1 GiB (unicorn #2001): a segmentation fault, or seconds of stall and all that memory. So it is
 * answered and not made; with that issue solved, this function can go. */
static bool would_break(const struct rp_uc_machine *machine, const struct rp_uc_prepared *prepared)
{
    if (machine->traits.dr7_source < 0 || prepared->ring != 0)
        return false;
    uint64_t dr7 = prepared->context.cpu.gpr[machine->traits.dr7_source];
    for (unsigned i = 0; i < 4; i++)
        if (dr7 >> 2 * i & 3 && (dr7 >> (16 + 4 * i) & 3) == 0)
            return true;
    return false;
}

/* One for each value of what QEMU keys its blocks by beside the address; in the end one too many, never too
 * few. */
static void count_translation(struct rp_uc_machine *machine, const struct rp_uc_cpu *cpu)
{
    uint64_t key = cpu->hflags | (uint64_t)(cpu->eflags & BLOCK_FLAGS) << 32;
    unsigned i = 0;
    while (i < machine->keys && machine->key[i] != key)
        i++;
    if (i < machine->keys)
        return;
    machine->translations += machine->sequence.count ? machine->sequence.count : 1;
    if (i < RP_UC_KEYS_MAX)
        machine->key[machine->keys++] = key;
}

static uc_err start(struct rp_uc_machine *machine, const struct rp_uc_prepared *prepared)
{
    machine->interrupted = false;
    machine->followed = false;
    machine->begun = 0;
    machine->own = 1;
    machine->repetitions = machine->traits.repeats ? REPETITIONS_MAX : 1;
    if (machine->sequence.count) {
        machine->own = machine->extent;
        machine->repetitions = RP_SEQUENCE_MAX * REPETITIONS_MAX;
    }
    uc_err err = uc_emu_start(machine->uc, prepared->context.cpu.rip, 0, 0, 0);
    rp_uc_save(machine->uc, &machine->after);
    if (machine->followed)
        machine->after.cpu.rip -= machine->after.cpu.segment[1].base;
    return err;
}

/* Of a sequence, the opcode of the one that has ended where the CPU stands. */
static void find_last(struct rp_uc_machine *machine, const struct rp_uc_prepared *prepared)
{
    const struct rp_sequence *sequence = &machine->sequence;
    uint64_t advance = machine->after.cpu.rip - prepared->context.cpu.rip, at = 0;
    for (unsigned i = 0; i < sequence->count; i++) {
        at += sequence->encoding[i].length;
        if (at == advance)
            machine->traits.opcode = rp_uc_traits(machine->mode, &sequence->encoding[i]).opcode;
    }
}

static int run_placed(struct rp_uc_machine *machine, struct rp_uc_prepared *prepared,
                      struct rp_outcome *outcome, size_t *count, struct rp_error *error)
{
    load_cpu(machine, prepared);
    count_translation(machine, &prepared->context.cpu);
    uc_err err = start(machine, prepared);
    find_last(machine, prepared);
    classify(machine, prepared, err, outcome);
    if (outcome->kind == RP_OUTCOME_RETIRED && left_mode(&prepared->context.cpu, &machine->after.cpu))
        outcome->kind = RP_OUTCOME_UNSUPPORTED;
    struct list list = {machine->changes, 0};
    compare_state(&list, machine, prepared, outcome);
    list.count += rp_uc_memory_settle(&machine->memory, list.change + list.count);
    if (outcome->kind == RP_OUTCOME_UNSUPPORTED || outcome->kind == RP_OUTCOME_HUNG)
        list.count = 0;
    *count = list.count;
    return clean_up(machine, prepared, error);
}

int rp_uc_machine_run(struct rp_uc_machine *machine, struct rp_uc_prepared *prepared,
                      const struct rp_encoding *encoding, struct rp_outcome *outcome, size_t *count,
                      struct rp_error *error)
{
    *count = 0;
    outcome->kind = RP_OUTCOME_UNSUPPORTED;
    if (!prepared->held)
        return RP_OK;
    int result = rp_uc_memory_apply(&machine->memory, &prepared->words, error);
    if (result != RP_OK)
        return result;
    rp_uc_code_place(machine, encoding);
    if (would_break(machine, prepared)) {
        outcome->kind = RP_OUTCOME_DIED;
        outcome->vector = SIGSEGV;
        return RP_OK;
    }
    result = run_placed(machine, prepared, outcome, count, error);
    if (outcome->kind == RP_OUTCOME_RETIRED &&
        machine->after.cpu.rip - prepared->context.cpu.rip == encoding->length)
        outcome->length = encoding->length;
    return result;
}

int rp_uc_machine_run_sequence(struct rp_uc_machine *machine, struct rp_uc_prepared *prepared,
                               const struct rp_sequence *sequence, struct rp_outcome *outcome, size_t *count,
                               struct rp_error *error)
{
    *count = 0;
    outcome->kind = RP_OUTCOME_UNSUPPORTED;
    if (!prepared->held || sequence->count == 0 || sequence->count > RP_SEQUENCE_MAX)
        return RP_OK;
    int result = rp_uc_memory_apply(&machine->memory, &prepared->words, error);
    if (result != RP_OK)
        return result;
    rp_uc_code_place_sequence(machine, sequence);
    if (machine->traits.dr7_source >= 0 && prepared->ring == 0) /* of whatever value, see would_break */
        return RP_OK;
    return run_placed(machine, prepared, outcome, count, error);
}
