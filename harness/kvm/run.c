/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run on a machine: load, run, classify, compare, clean up; see machine.h. */
#include "kvm/frame.h"
#include "kvm/machine.h"
#include "x86/hazards.h"
#include "x86/vector.h"

#include <string.h>

#define DR6_BS UINT64_C(0x4000)
#define SPAN   ((RP_SEQUENCE_MAX + 1) * RP_ENCODING_MAX) /* of a sequence, and a hazard that begins in it */

static bool is_among(const char *mnemonic, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(mnemonic, names[i]) == 0)
            return true;
    return false;
}

#define AMONG(mnemonic, ...)                                                                                 \
    is_among(mnemonic, (const char *const[]){__VA_ARGS__},                                                   \
             sizeof(const char *const[]){__VA_ARGS__} / sizeof(const char *))

static struct rp_kvm_traits find_traits(enum rp_mode mode, const struct rp_encoding *encoding)
{
    struct rp_instruction i;
    struct rp_kvm_traits traits = {0};
    if (rp_decode(mode, encoding->bytes, encoding->length, &i, NULL) != RP_OK)
        return traits;
    traits.halts = AMONG(i.mnemonic, "hlt");
    traits.interrupts = AMONG(i.mnemonic, "int", "int1", "int3", "into");
    traits.syscall = AMONG(i.mnemonic, "syscall");
    traits.sysenter = AMONG(i.mnemonic, "sysenter");
    traits.branches = i.branch != RP_BRANCH_NONE;
    traits.writes_msr = AMONG(i.mnemonic, "wrmsr");
    traits.unsteppable = traits.interrupts || traits.syscall || traits.sysenter ||
                         AMONG(i.category, "stringop", "iostringop") ||
                         AMONG(i.mnemonic, "pushf", "pushfd", "pushfq", "popf", "popfd", "popfq");
    return traits;
}

/* Writes the instruction where it is not there yet, halts behind it. False: it is a hazard, which stands
 * nowhere that a CPU might run; ports are nobody's here. */
static bool place_code(struct rp_kvm_machine *machine, const struct rp_encoding *encoding)
{
    const struct rp_encoding *old = &machine->encoding;
    if (old->length == encoding->length && memcmp(old->bytes, encoding->bytes, encoding->length) == 0)
        return true;
    unsigned char bytes[2 * RP_ENCODING_MAX];
    size_t count;
    const struct rp_hazard *rules = rp_hazards(&count);
    memset(bytes, 0xf4, sizeof bytes);
    memcpy(bytes, encoding->bytes, encoding->length);
    if (rp_hazard_match_inside(rules, count, machine->mode, bytes, 0, encoding->length))
        return false;
    rp_kvm_memory_write(&machine->memory, RP_ARENA_INSTRUCTION, bytes, RP_ENCODING_MAX + 1);
    machine->encoding = *encoding;
    machine->traits = find_traits(machine->mode, encoding);
    return true;
}

/* The run in work. */
struct turn {
    struct rp_kvm_machine *machine;
    const struct rp_kvm_prepared *prepared;
    struct rp_kvm_image *after; /* the machine's, put right */
    struct rp_outcome *outcome;
    uint64_t end; /* of the instruction: RIP if it goes on behind itself */
    bool stepping, halted;
    bool sequence; /* of instructions, any of which may trap */
};

/* Behind what was to be run. */
static bool moved(const struct turn *turn)
{
    uint64_t start = turn->prepared->image.regs.rip, rip = turn->after->regs.rip;
    return turn->sequence ? rip - start >= turn->end - start : rip != start;
}

static void undo_single_step(const struct turn *turn)
{
    uint64_t before = turn->prepared->image.debugregs.dr6;
    turn->after->debugregs.dr6 = (turn->after->debugregs.dr6 & ~DR6_BS) | (before & DR6_BS);
}

/* What trapped after the instruction had retired (a fetch from nowhere, a halt in ring 3, a single step) left
 * its marks. */
static void undo_what_followed(const struct turn *turn, unsigned vector)
{
    if (vector == RP_VECTOR_PF)
        turn->after->sregs.cr2 = turn->prepared->image.sregs.cr2;
    if (vector == RP_VECTOR_DB)
        undo_single_step(turn);
}

static void unsupported(const struct turn *turn)
{
    *turn->outcome = (struct rp_outcome){.kind = RP_OUTCOME_UNSUPPORTED};
}

/* kvm_pvm lets the guest have the #DB of a step in ring 3 that KVM asked for. */
static bool is_step(const struct turn *turn, unsigned vector)
{
    return vector == RP_VECTOR_DB && turn->stepping &&
           turn->after->debugregs.dr6 & DR6_BS & ~turn->prepared->image.debugregs.dr6;
}

/* SYSCALL and SYSENTER lead where MSRs say, in the page of entry points (resources.def). `rip`: where the CPU
 * stands, or stood when something trapped there. */
static bool classify_call(const struct turn *turn, uint64_t rip)
{
    const struct rp_kvm_traits *traits = &turn->machine->traits;
    const uint64_t *reg = turn->prepared->reg;
    bool syscall = traits->syscall && (rip == reg[RP_REG_LSTAR] || rip == reg[RP_REG_CSTAR]);
    bool sysenter = traits->sysenter && rip == reg[RP_REG_SYSENTER_EIP];
    if (!syscall && !sysenter)
        return false;
    turn->after->regs.rip = rip;
    turn->outcome->kind = RP_OUTCOME_ENTERED;
    turn->outcome->gate = syscall ? RP_GATE_SYSCALL : RP_GATE_SYSENTER;
    return true;
}

/* The CPU stands behind gate `vector`. */
static void classify_entry(const struct turn *turn, unsigned vector)
{
    struct rp_kvm_machine *machine = turn->machine;
    struct rp_outcome *outcome = turn->outcome;
    struct rp_kvm_frame frame;
    bool good = rp_kvm_frame_read(&machine->memory, turn->after, vector, turn->end,
                                  machine->traits.interrupts, &frame);
    good = good && rp_kvm_frame_undo(&frame, machine->mode, &turn->prepared->image, turn->after);
    if (!good) {
        unsupported(turn);
        return;
    }
    rp_kvm_memory_undo(&machine->memory, frame.linear, frame.bytes);
    if (turn->stepping) /* KVM steps by TF, which a gate saves */
        turn->after->regs.rflags &= ~RP_FLAG_TF;
    unsigned own; /* behind which a HLT stands, #GP in vm86 */
    if (machine->traits.interrupts &&
        rp_kvm_frame_redirected(&machine->memory, turn->end, turn->after, &own)) {
        outcome->kind = RP_OUTCOME_ENTERED;
        outcome->vector = (uint8_t)own;
        return;
    }
    bool stepped = is_step(turn, vector) || (turn->sequence && vector == RP_VECTOR_DB);
    if (stepped || (moved(turn) && !machine->traits.interrupts)) {
        undo_what_followed(turn, vector);
        classify_call(turn, frame.rip);
        return;
    }
    outcome->kind = moved(turn) ? RP_OUTCOME_ENTERED : RP_OUTCOME_TRAPPED;
    outcome->vector = (uint8_t)vector;
    outcome->has_error_code = frame.has_error_code;
    outcome->error_code = frame.error_code;
    bool page_fault = vector == RP_VECTOR_PF && outcome->kind == RP_OUTCOME_TRAPPED;
    outcome->cr2 = page_fault ? turn->after->sregs.cr2 : 0;
}

static void classify(const struct turn *turn)
{
    turn->outcome->kind = RP_OUTCOME_RETIRED;
    if (classify_call(turn, turn->after->regs.rip - turn->halted))
        return;
    int vector = rp_kvm_entry(turn->machine->mode, turn->after);
    if (vector >= 0)
        classify_entry(turn, (unsigned)vector);
    else if (turn->halted && !turn->machine->traits.halts) {
        turn->after->regs.rip--; /* the halt behind it, which is a step where TF was loaded */
        undo_single_step(turn);
    }
}

/* Ends that show nothing of the state. */
static void classify_end(const struct turn *turn, enum rp_kvm_end end)
{
    const struct kvm_run *run = turn->machine->vcpu.run;
    *turn->outcome = (struct rp_outcome){.kind = RP_OUTCOME_VM_EXIT, .vector = (uint8_t)run->exit_reason};
    if (end == RP_KVM_UNEMULATED)
        unsupported(turn);
    else if (end == RP_KVM_EXPIRED)
        *turn->outcome = (struct rp_outcome){.kind = RP_OUTCOME_HUNG};
}

static size_t compare_registers(const struct turn *turn, struct rp_change *changes)
{
    static _Thread_local uint64_t ignored[RP_REG_COUNT], reg[RP_REG_COUNT];
    const struct rp_kvm_prepared *prepared = turn->prepared;
    rp_registers_ignored(ignored);
    rp_kvm_image_read(turn->after, turn->machine->vcpu.device, reg);
    if (turn->outcome->kind == RP_OUTCOME_RETIRED && turn->machine->traits.halts)
        reg[RP_REG_ACTIVITY] = 1;
    /* What KVM cannot hold of the pre-state has not changed. */
    for (unsigned i = 0; i < RP_REG_COUNT; i++)
        reg[i] ^= prepared->reg[i] ^ prepared->shown[i];
    return rp_diff(prepared->reg, reg, ignored, RP_REG_COUNT, 0, changes, RP_REG_COUNT);
}

static size_t compare_vectors(const struct turn *turn, struct rp_change *changes)
{
    static _Thread_local uint64_t vector[RP_VECTOR_WORDS];
    const struct rp_kvm_image *before = &turn->prepared->image;
    if (memcmp(before->xsave, turn->after->xsave, sizeof before->xsave) == 0)
        return 0;
    memcpy(vector, turn->prepared->vector, sizeof vector);
    rp_kvm_image_read_vectors(turn->after, turn->machine->vcpu.device, vector);
    return rp_diff(turn->prepared->vector, vector, NULL, RP_VECTOR_WORDS, RP_COMPONENT_VECTOR, changes,
                   RP_VECTOR_WORDS);
}

static size_t compare(const struct turn *turn)
{
    struct rp_change *changes = turn->machine->changes;
    size_t count = compare_registers(turn, changes);
    count += compare_vectors(turn, changes + count);
    count += rp_kvm_memory_settle(&turn->machine->memory, changes + count);
    bool shown = rp_outcome_retired(turn->outcome) || turn->outcome->kind == RP_OUTCOME_TRAPPED;
    return shown ? count : 0;
}

static int make_run(struct turn *turn, struct rp_error *error)
{
    struct rp_kvm_vcpu *vcpu = &turn->machine->vcpu;
    unsigned devices;
    enum rp_kvm_end end = rp_kvm_vcpu_run(vcpu, &devices);
    turn->halted = end == RP_KVM_HALTED;
    bool ended = end == RP_KVM_STEPPED || end == RP_KVM_HALTED;
    if (!ended)
        classify_end(turn, end);
    if (!ended || devices)
        rp_kvm_vcpu_recover(vcpu);
    int result = ended ? rp_kvm_vcpu_read(vcpu, error) : RP_OK;
    if (result != RP_OK || !ended)
        return result;
    static _Thread_local struct rp_kvm_image after;
    after = vcpu->now;
    turn->after = &after;
    /* A step that took the halt behind it as well: kvm_pvm has SWAPGS done without a look at who steps. */
    bool twice = !turn->machine->traits.branches && after.regs.rip == turn->end + 1;
    bool stepped = end == RP_KVM_STEPPED;
    if (stepped && (twice || turn->machine->traits.halts || rp_kvm_entry(turn->machine->mode, &after) >= 0))
        result = rp_kvm_vcpu_forget_halt(vcpu, error);
    turn->halted = turn->halted || (stepped && twice);
    if (devices) /* memory that the arena does not have */
        *turn->outcome = (struct rp_outcome){.kind = RP_OUTCOME_VM_EXIT, .vector = KVM_EXIT_MMIO};
    else
        classify(turn);
    return result;
}

/* WRMSR reaches what no image holds (MTRRs, KVM's own): the one it is about is read before. */
static int run_between_msrs(struct turn *turn, struct rp_error *error)
{
    struct rp_kvm_vcpu *vcpu = &turn->machine->vcpu;
    uint32_t number = (uint32_t)turn->prepared->reg[RP_REG_RCX];
    uint64_t value;
    bool there = turn->machine->traits.writes_msr && rp_kvm_vcpu_get_msr(vcpu, number, &value);
    int result = make_run(turn, error);
    if (there)
        rp_kvm_vcpu_set_msr(vcpu, number, value);
    vcpu->known = vcpu->known && !there;
    return result;
}

/* What stands there is run from `prepared`. */
static int run_placed(struct turn *turn, size_t *count, struct rp_error *error)
{
    struct rp_kvm_vcpu *vcpu = &turn->machine->vcpu;
    turn->stepping = !turn->machine->traits.unsteppable && !(turn->prepared->reg[RP_REG_RFLAGS] & RP_FLAG_TF);
    int result = rp_kvm_vcpu_step(vcpu, turn->stepping, error);
    if (result == RP_OK)
        result = rp_kvm_vcpu_load(vcpu, &turn->prepared->image, error);
    if (result == RP_OK)
        result = run_between_msrs(turn, error);
    if (result == RP_OK)
        *count = compare(turn);
    return result;
}

static struct turn make_turn(struct rp_kvm_machine *machine, const struct rp_kvm_prepared *prepared,
                             unsigned length, struct rp_outcome *outcome)
{
    static _Thread_local struct rp_kvm_image nothing;
    outcome->kind = RP_OUTCOME_UNSUPPORTED;
    return (struct turn){.machine = machine,
                         .prepared = prepared,
                         .after = &nothing,
                         .outcome = outcome,
                         .end = prepared->image.regs.rip + length};
}

int rp_kvm_machine_run(struct rp_kvm_machine *machine, struct rp_kvm_prepared *prepared,
                       const struct rp_encoding *encoding, struct rp_outcome *outcome, size_t *count,
                       struct rp_error *error)
{
    struct turn turn = make_turn(machine, prepared, encoding->length, outcome);
    *count = 0;
    if (!prepared->held)
        return RP_OK;
    rp_kvm_memory_apply(&machine->memory, &prepared->memory);
    if (!place_code(machine, encoding))
        return RP_OK;
    int result = run_placed(&turn, count, error);
    if (result == RP_OK && outcome->kind == RP_OUTCOME_RETIRED && turn.after->regs.rip == turn.end)
        outcome->length = encoding->length;
    return result;
}

/* Writes it, halts behind it; false: there is a hazard in it, or no end to it. */
static bool place_sequence(struct rp_kvm_machine *machine, const struct rp_sequence *sequence)
{
    unsigned char bytes[SPAN] = {0};
    size_t count, at = 0;
    const struct rp_hazard *rules = rp_hazards(&count);
    memset(bytes, 0xf4, sizeof bytes);
    for (unsigned i = 0; i < sequence->count; i++) {
        memcpy(bytes + at, sequence->encoding[i].bytes, sequence->encoding[i].length);
        at += sequence->encoding[i].length;
    }
    if (at == 0 || rp_hazard_match_inside(rules, count, machine->mode, bytes, 0, at))
        return false;
    rp_kvm_memory_write(&machine->memory, RP_ARENA_INSTRUCTION, bytes, sizeof bytes);
    machine->encoding.length = 0; /* it is no encoding */
    machine->traits = find_traits(machine->mode, &sequence->encoding[sequence->count - 1]);
    machine->traits.unsteppable = true; /* the halt ends it */
    return true;
}

int rp_kvm_machine_run_sequence(struct rp_kvm_machine *machine, struct rp_kvm_prepared *prepared,
                                const struct rp_sequence *sequence, struct rp_outcome *outcome, size_t *count,
                                struct rp_error *error)
{
    unsigned char halts[SPAN];
    struct turn turn = make_turn(machine, prepared, rp_sequence_length(sequence), outcome);
    *count = 0;
    if (!prepared->held || sequence->count == 0 || sequence->count > RP_SEQUENCE_MAX)
        return RP_OK;
    rp_kvm_memory_apply(&machine->memory, &prepared->memory);
    if (!place_sequence(machine, sequence))
        return RP_OK;
    turn.sequence = true;
    int result = run_placed(&turn, count, error);
    memset(halts, 0xf4, sizeof halts);
    rp_kvm_memory_write(&machine->memory, RP_ARENA_INSTRUCTION, halts, sizeof halts);
    return result;
}
