/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Baselines, M-IMPLICIT: what MOV with the same operand, FNOP, MOVAPS or VMOVAPS shows as well belongs to
 * every instruction of that kind, and is reported once. */
#include "judge/inquiry.h"

#include <string.h>

/* The instructions that stand for a kind. A resource is implicit for the unit that its row names. */
static const struct {
    const char *kind, *name;
    uint32_t bit; /* as in rp_resource_info.implicit */
    struct rp_encoding encoding;
    uint64_t flags; /* of RFLAGS that the program has set */
    bool own;       /* it is there for one control alone, `control` */
    enum rp_resource control;
} baselines[] = {
    {"memory operands", "mov from the same operand", RP_IMPLICIT_MEMORY, {{0x8b, 0x03}, 2}, 0, false, 0},
    {"x87 instructions", "fnop", 1u << RP_UNIT_X87, {{0xd9, 0xd0}, 2}, 0, false, 0},
    {"MMX instructions", "movq mm0, mm0", 1u << RP_UNIT_MMX, {{0x0f, 0x6f, 0xc0}, 3}, 0, false, 0},
    {"SSE instructions", "movaps xmm0, xmm0", 1u << RP_UNIT_SSE, {{0x0f, 0x28, 0xc0}, 3}, 0, false, 0},
    {"AVX instructions",
     "vmovaps xmm0, xmm0",
     1u << RP_UNIT_AVX | 1u << RP_UNIT_AVX512,
     {{0xc5, 0xf8, 0x28, 0xc0}, 4},
     0,
     false,
     0},
    {"WAIT", "fwait", 0, {{0x9b}, 1}, 0, false, 0}, /* by itself: TS and MP */
    /* SDM Vol. 3A 6.15, #AC: none but a program with AC set sees what CR0.AM traps. */
    {"misaligned operands",
     "mov from an odd address, rflags.ac=1",
     RP_IMPLICIT_MEMORY,
     {{0x8b, 0x43, 0x01}, 3},
     RP_FLAG_AC,
     true,
     RP_RESOURCE_CR0_AM},
};
_Static_assert(sizeof baselines / sizeof baselines[0] == RP_IMPLICIT_KINDS, "one baseline a kind");

/* MOV eax with the instruction's own memory operand: its address-size and segment prefixes, its ModRM, SIB
 * and displacement. False where it has none that a ModRM byte names, or is not legacy-encoded (then [rbx]).
 */
static bool move_same_operand(const struct rp_instruction *instruction, const struct rp_encoding *encoding,
                              struct rp_encoding *move)
{
    const struct rp_prefix_scan *scan = &instruction->prefixes;
    if (!instruction->memory.present || scan->class != RP_CLASS_LEGACY || !scan->has_modrm)
        return false;
    unsigned length = 0, end = instruction->length;
    for (unsigned i = 0; i < 2; i++)
        end -= instruction->immediate[i].bytes;
    for (unsigned i = 0; i < scan->prefix_length; i++) {
        uint8_t byte = encoding->bytes[i];
        bool keep = byte != 0xf0 && byte != 0xf2 && byte != 0xf3 && byte != 0x66;
        if (keep)
            move->bytes[length++] = byte;
    }
    move->bytes[length++] = 0x8b;
    if (length + end - scan->modrm_offset > RP_ENCODING_MAX)
        return false;
    memcpy(move->bytes + length, encoding->bytes + scan->modrm_offset, end - scan->modrm_offset);
    move->bytes[length] &= 0xc7; /* ModRM.reg: eax */
    move->length = (uint8_t)(length + end - scan->modrm_offset);
    return true;
}

/* True if the two states make the baseline trap or end differently. */
static int shows(struct rp_inquiry *inquiry, const struct rp_encoding *baseline, const uint32_t index[2],
                 bool *different, struct rp_error *error)
{
    struct rp_job jobs[2] = {{.encoding = *baseline, .prestate = index[0]},
                             {.encoding = *baseline, .prestate = index[1]}};
    rp_outcomes_clear(&inquiry->judge->extra);
    int result = rp_runner_run(&inquiry->judge->runner, jobs, 2, &inquiry->judge->extra, error);
    const struct rp_outcome *outcome = inquiry->judge->extra.outcome;
    *different = result == RP_OK && outcome[0].hash != outcome[1].hash;
    return result;
}

int rp_inquiry_is_implicit(struct rp_inquiry *inquiry, enum rp_resource resource, const uint32_t index[2],
                           bool *implicit, struct rp_error *error)
{
    uint32_t candidates = rp_resource_info(resource)->implicit, kinds = 0;
    *implicit = false;
    if (!inquiry->decoded)
        return RP_OK;
    if (inquiry->instruction.memory.present || inquiry->instruction.implicit_memory)
        kinds |= RP_IMPLICIT_MEMORY;
    kinds |= 1u << inquiry->instruction.unit;
    for (unsigned i = 0; i < RP_IMPLICIT_KINDS && !*implicit; i++) {
        struct rp_encoding baseline = baselines[i].encoding;
        if (!(baselines[i].bit & kinds & candidates) || baselines[i].own)
            continue;
        if (baselines[i].bit == RP_IMPLICIT_MEMORY)
            move_same_operand(&inquiry->instruction, &inquiry->encoding, &baseline);
        int result = shows(inquiry, &baseline, index, implicit, error);
        if (result)
            return result;
    }
    return RP_OK;
}

/* How baseline `number` ends on `machine` in ring index `ring`. */
static int run_baseline(struct rp_inquiry *inquiry, unsigned number, const struct rp_machine *machine,
                        unsigned ring, enum rp_outcome_kind *end, struct rp_error *error)
{
    static _Thread_local struct rp_prestate prestate;
    static _Thread_local struct rp_user user;
    struct rp_runner *runner = &inquiry->judge->runner;
    uint32_t index;
    user = inquiry->plan->seed[0].user;
    user.state.reg[RP_REG_RFLAGS] |= baselines[number].flags;
    int result = rp_plan_prepare(inquiry->plan, &user, machine, ring, runner, &prestate, &index, error);
    if (result)
        return result;
    result = rp_inquiry_run(inquiry, &index, 1, error);
    runner->executor->forget(runner->instance, index);
    *end = result == RP_OK ? inquiry->judge->extra.outcome[0].kind : RP_OUTCOME_UNSUPPORTED;
    return result;
}

/* Whether it traps there; true for a ring that is not run. */
static int find_traps(struct rp_inquiry *inquiry, unsigned number, const struct rp_machine *machine,
                      bool trapped[RP_RINGS], struct rp_error *error)
{
    int result = RP_OK;
    for (unsigned ring = 0; ring < RP_RINGS && result == RP_OK; ring++) {
        enum rp_outcome_kind end = RP_OUTCOME_TRAPPED;
        if (inquiry->plan->ring[ring])
            result = run_baseline(inquiry, number, machine, ring, &end, error);
        trapped[ring] = end == RP_OUTCOME_TRAPPED;
    }
    return result;
}

/* Flips one control in both rings under one baseline. */
static int flip_baseline(struct rp_inquiry *inquiry, unsigned number, enum rp_resource control,
                         struct rp_implicit *kind, struct rp_error *error)
{
    struct rp_machine machine = inquiry->plan->seed[0].machine[RP_STATE_A];
    bool trapped[RP_RINGS];
    uint64_t value;
    if ((baselines[number].own && baselines[number].control != control) ||
        !rp_judge_honours(inquiry->judge, inquiry->mode, control) ||
        !rp_plan_flip_value(inquiry->plan, &machine, control, RP_FLIP_CONTROL, &value))
        return RP_OK;
    machine.value[control] = value;
    int result = find_traps(inquiry, number, &machine, trapped, error);
    if (result == RP_OK && trapped[0] && trapped[1])
        rp_resource_set_add(&kind->all, control);
    else if (result == RP_OK && trapped[1] && inquiry->plan->ring[1])
        rp_resource_set_add(&kind->ring3, control);
    return result;
}

/* Two controls at once, in each ring. */
static int flip_two(struct rp_inquiry *inquiry, unsigned number, const enum rp_resource control[2],
                    struct rp_implicit *kind, struct rp_error *error)
{
    struct rp_machine machine = inquiry->plan->seed[0].machine[RP_STATE_A];
    bool trapped[RP_RINGS];
    for (unsigned i = 0; i < 2; i++)
        machine.value[control[i]] = rp_resource_info(control[i])->trap;
    int result = find_traps(inquiry, number, &machine, trapped, error);
    for (unsigned i = 0; i < 2 && result == RP_OK && trapped[0] && trapped[1]; i++)
        rp_resource_set_add(&kind->together, control[i]);
    return result;
}

/* Where no control of the x87 traps it alone: the pairs of them. */
static int flip_pairs(struct rp_inquiry *inquiry, unsigned number, struct rp_implicit *kind,
                      struct rp_error *error)
{
    int result = RP_OK;
    for (unsigned a = 0; a < RP_RESOURCE_COUNT && result == RP_OK; a++) {
        for (unsigned b = a + 1; b < RP_RESOURCE_COUNT && result == RP_OK; b++) {
            const enum rp_resource control[2] = {(enum rp_resource)a, (enum rp_resource)b};
            bool both = rp_resource_info((enum rp_resource)a)->implicit & 1u << RP_UNIT_X87 &&
                        rp_resource_info((enum rp_resource)b)->implicit & 1u << RP_UNIT_X87;
            if (both && rp_judge_honours(inquiry->judge, inquiry->mode, (enum rp_resource)a) &&
                rp_judge_honours(inquiry->judge, inquiry->mode, (enum rp_resource)b) &&
                rp_resource_set_empty(&kind->together))
                result = flip_two(inquiry, number, control, kind, error);
        }
    }
    return result;
}

/* False where a limit of the executor stands against what the baseline shows, or against the control that it
 * is there for. */
static bool decides(const struct rp_inquiry *inquiry, unsigned number)
{
    struct rp_instruction instruction;
    const struct rp_encoding *encoding = &inquiry->encoding;
    if (baselines[number].own && !rp_judge_honours(inquiry->judge, inquiry->mode, baselines[number].control))
        return false;
    return rp_decode(inquiry->mode, encoding->bytes, encoding->length, &instruction, NULL) != RP_OK ||
           !rp_limits_find(inquiry->judge->limits, inquiry->mode, &instruction);
}

static int judge_kind(struct rp_inquiry *inquiry, unsigned number, struct rp_implicit *kind,
                      struct rp_error *error)
{
    *kind = (struct rp_implicit){
        .kind = baselines[number].kind, .baseline = baselines[number].name, .runs = true};
    inquiry->encoding = baselines[number].encoding;
    kind->runs = decides(inquiry, number);
    for (unsigned ring = 0; ring < RP_RINGS && kind->runs; ring++) {
        enum rp_outcome_kind end = RP_OUTCOME_RETIRED;
        const struct rp_machine *machine = &inquiry->plan->seed[0].machine[RP_STATE_A];
        int result =
            inquiry->plan->ring[ring] ? run_baseline(inquiry, number, machine, ring, &end, error) : RP_OK;
        if (result)
            return result;
        kind->runs = end == RP_OUTCOME_RETIRED;
    }
    int result = RP_OK;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT && kind->runs && result == RP_OK; r++)
        result = flip_baseline(inquiry, number, (enum rp_resource)r, kind, error);
    bool none = rp_resource_set_empty(&kind->all) && rp_resource_set_empty(&kind->ring3);
    return result == RP_OK && kind->runs && none && !baselines[number].bit
               ? flip_pairs(inquiry, number, kind, error)
               : result;
}

int rp_judge_implicit(struct rp_judge *judge, enum rp_mode mode, struct rp_implicit kinds[RP_IMPLICIT_KINDS],
                      struct rp_error *error)
{
    struct rp_inquiry inquiry = {.judge = judge, .mode = mode};
    rp_judge_enter(judge, mode);
    int result =
        rp_judge_plan(judge, judge->options.policy, rp_mode_info(mode)->code_bits, &inquiry.plan, error);
    for (unsigned i = 0; i < RP_IMPLICIT_KINDS && result == RP_OK; i++)
        result = judge_kind(&inquiry, i, &kinds[i], error);
    return result;
}
