/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of a suspicion; see fuzz_look.h. */
#include "campaign/fuzz_look.h"

#include "campaign/shrink.h"
#include "judge/divergence.h"
#include "judge/explain.h"
#include "x86/vector.h"

#include <stdio.h>
#include <string.h>

#define REPEATS 16 /* runs among which a nondeterministic one shows itself */

static const struct rp_instruction *decode(const struct rp_witness *w, struct rp_instruction *instruction)
{
    return rp_decode(w->mode, w->encoding.bytes, w->encoding.length, instruction, NULL) == RP_OK ? instruction
                                                                                                 : NULL;
}

void rp_fuzz_look_title(const struct rp_witness *w, struct rp_fuzz_finding *f)
{
    struct rp_instruction instruction;
    const char *name = decode(w, &instruction) ? instruction.mnemonic
                                               : rp_opcode_cell(w->mode, w->encoding.bytes,
                                                                w->encoding.length, f->name, sizeof f->name);
    if (name != f->name)
        snprintf(f->name, sizeof f->name, "%s", name);
}

static void name_end(const struct rp_witness_end *end, char *text, size_t size)
{
    const char *kind = rp_outcome_kind_name((enum rp_outcome_kind)end->kind);
    if (end->kind == RP_OUTCOME_RETIRED)
        snprintf(text, size, "%s", kind);
    else
        snprintf(text, size, "%s.%u", kind, end->vector);
}

/* RINGS: the verdict of the form is what may be expected. */
static int look_at_rings(const struct rp_fuzz_suspicion *s, struct rp_judge *judge,
                         const struct rp_witness *witness, struct rp_fuzz_finding *f, bool *explained,
                         struct rp_error *error)
{
    struct rp_encoding form;
    struct rp_verdict verdict;
    char component[RP_COMPONENT_NAME_MAX];
    const char *group = s->resource < RP_RESOURCE_COUNT
                            ? rp_resource_info((enum rp_resource)s->resource)->group
                            : rp_divergence_class(s->component);
    rp_form_representative(witness->mode, &witness->encoding, &form);
    int result = rp_judge_encoding(judge, witness->mode, &form, NULL, &verdict, error);
    if (result)
        return result;
    *explained = verdict.judgement == RP_VERDICT_HOLE || verdict.judgement == RP_VERDICT_UNKNOWN ||
                 (verdict.judgement == RP_VERDICT_PRIVILEGED && s->traps);
    snprintf(f->detail, sizeof f->detail, "%s %s%s", rp_sensitivity_name((enum rp_sensitivity)s->kind), group,
             s->traps ? " traps" : "");
    if (!s->traps)
        f->hole = rp_hole_id(witness->mode, f->name, rp_sensitivity_name((enum rp_sensitivity)s->kind),
                             s->resource < RP_RESOURCE_COUNT ? group : "-", witness->policy);
    rp_witness_component_name(witness->component, witness->field, component);
    snprintf(f->why, sizeof f->why, "%s in this state, by %s; its form is %s",
             s->traps                          ? "ring 3 traps because of the ring"
             : s->kind == RP_SENSITIVE_CONTROL ? "ring 3 changes privileged state"
                                               : "ring 3 retires and differs from ring 0",
             component, rp_judgement_name(verdict.judgement));
    rp_verdict_free(&verdict);
    return RP_OK;
}

/* #UD is what an instruction means to a CPU that says it lacks it; that an emulator has it is no mistake. */
static bool is_lacking(const struct rp_fuzz_examiner *examiner, const struct rp_witness *witness,
                       const struct rp_replay *replay)
{
    struct rp_instruction instruction;
    const char *flag = examiner->cpu && decode(witness, &instruction)
                           ? rp_leads_feature(examiner->leads, &instruction)
                           : NULL;
    const struct rp_campaign_options *o = examiner->options;
    for (unsigned i = 0; i < 2 && flag && !rp_cpu_has(examiner->cpu, flag); i++)
        if (o->executor[i].entry->executor->provenance == RP_PROVENANCE_SILICON &&
            replay->shown[i].kind == RP_OUTCOME_TRAPPED && replay->shown[i].vector == RP_VECTOR_UD)
            return true;
    return false;
}

/* Of what answers another thing each time executors may differ as they like, also in how it ends (XGETBV of
 * what is in use). */
static bool is_declared(const struct rp_witness *witness)
{
    struct rp_instruction instruction;
    return decode(witness, &instruction) && rp_fuzz_nondeterministic(&instruction);
}

/* One fault too many or too few of a unit is one cause, whatever instruction of the unit shows it: that
 * Unicorn does not check SSE's alignment, say, of which hundreds of instructions tell. General instructions
 * have little in common. */
static void name_cause(const struct rp_witness *witness, struct rp_fuzz_finding *f)
{
    struct rp_instruction instruction;
    const struct rp_instruction *i = decode(witness, &instruction);
    static const char *const units[RP_UNIT_COUNT] = {
        [RP_UNIT_X87] = "x87", [RP_UNIT_MMX] = "mmx",       [RP_UNIT_SSE] = "sse",
        [RP_UNIT_AVX] = "avx", [RP_UNIT_AVX512] = "avx512", [RP_UNIT_AMX] = "amx"};
    if (i && units[i->unit])
        snprintf(f->cause, sizeof f->cause, "%.40s, %s, %s", f->detail, units[i->unit],
                 i->memory.present ? "memory" : "registers");
}

static int look_at_divergence(const struct rp_fuzz_examiner *examiner, struct rp_judge *const judge[2],
                              const struct rp_witness *witness, struct rp_fuzz_finding *f, bool *explained,
                              struct rp_error *error)
{
    struct rp_replay replay;
    char why[RP_REASON_MAX], end[2][24], component[RP_COMPONENT_NAME_MAX];
    int result = rp_judge_explain(judge, witness, why, error);
    if (result == RP_OK)
        result = rp_judge_replay(judge, witness, &replay, error);
    if (result)
        return result;
    *explained = why[0] != '\0' || is_lacking(examiner, witness, &replay) || is_declared(witness);
    for (unsigned i = 0; i < 2; i++) {
        const struct rp_witness_end e = {replay.shown[i].kind, replay.shown[i].vector, 0};
        name_end(&e, end[i], sizeof end[i]);
    }
    rp_witness_component_name(witness->component, witness->field, component);
    if (strcmp(end[0], end[1]) != 0) {
        snprintf(f->detail, sizeof f->detail, "%s %s %s", rp_divergence_class(witness->component), end[0],
                 end[1]);
        snprintf(f->why, sizeof f->why, "%.60s: %s against %s", witness->executor, end[0], end[1]);
        name_cause(witness, f);
    } else {
        snprintf(f->detail, sizeof f->detail, "%s", rp_divergence_class(witness->component));
        snprintf(f->why, sizeof f->why, "%.60s differ in %s", witness->executor, component);
    }
    return RP_OK;
}

/* LENGTH, UNDECODED: what hunts know, and what an emulator does not decide. */
static void look_at_length(const struct rp_fuzz_examiner *examiner, const struct rp_fuzz_suspicion *s,
                           struct rp_judge *judge, const struct rp_witness *witness,
                           struct rp_fuzz_finding *f, bool *explained)
{
    static struct rp_finding lead;
    struct rp_instruction instruction;
    const struct rp_instruction *decoded = decode(witness, &instruction);
    char end[24];
    name_end(&witness->end, end, sizeof end);
    lead = (struct rp_finding){.mode = witness->mode,
                               .encoding = witness->encoding,
                               .reason = decoded ? RP_FINDING_LENGTH : RP_FINDING_UNDECODED,
                               .decoded_length = decoded ? instruction.length : 0,
                               .shown = {.present = true,
                                         .kind = witness->end.kind,
                                         .vector = witness->end.vector,
                                         .length = witness->end.length}};
    rp_opcode_cell(witness->mode, witness->encoding.bytes, witness->encoding.length, lead.cell,
                   sizeof lead.cell);
    rp_leads_classify(examiner->leads, examiner->cpu, &lead);
    *explained =
        rp_divergence_limit(judge, witness->mode, decoded) != NULL ||
        (strcmp(lead.class, RP_FINDING_UNEXPLAINED) != 0 && strcmp(lead.class, RP_FINDING_HIDDEN) != 0);
    if (s->oracle == RP_FUZZ_LENGTH) {
        snprintf(f->detail, sizeof f->detail, "%s",
                 witness->end.length > instruction.length ? "longer" : "shorter");
        snprintf(f->why, sizeof f->why, "%.30s takes it for %u bytes, the decoder for %u", witness->executor,
                 witness->end.length, instruction.length);
    } else {
        snprintf(f->detail, sizeof f->detail, "%s", end);
        snprintf(f->why, sizeof f->why, "no decoder knows it, %.30s has it %s", witness->executor, end);
    }
}

/* Does another of many runs end in another way? */
static int look_at_noise(struct rp_judge *const judge[2], const struct rp_witness *witness,
                         struct rp_fuzz_finding *f, bool *explained, struct rp_error *error)
{
    uint64_t first = 0, hash;
    int result = RP_OK;
    *explained = true;
    for (unsigned i = 0; i < REPEATS && result == RP_OK; i++) {
        result = rp_judge_hash(judge[0], witness, &hash, error);
        if (i == 0)
            first = hash;
        else
            *explained &= hash == first;
    }
    struct rp_instruction instruction;
    *explained |= rp_divergence_limit(judge[0], witness->mode, decode(witness, &instruction)) != NULL;
    snprintf(f->detail, sizeof f->detail, "values");
    snprintf(f->why, sizeof f->why, "%.30s gives one answer now and another then", witness->executor);
    return result;
}

int rp_fuzz_look_closer(const struct rp_fuzz_examiner *examiner, const struct rp_fuzz_suspicion *s,
                        struct rp_judge *const judge[2], const struct rp_witness *witness,
                        struct rp_fuzz_finding *f, bool *explained, struct rp_error *error)
{
    switch (s->oracle) {
    case RP_FUZZ_RINGS:
        return look_at_rings(s, judge[0], witness, f, explained, error);
    case RP_FUZZ_DIVERGENCE:
        return look_at_divergence(examiner, judge, witness, f, explained, error);
    case RP_FUZZ_NONDETERMINISM:
        return look_at_noise(judge, witness, f, explained, error);
    default:
        look_at_length(examiner, s, judge[0], witness, f, explained);
        return RP_OK;
    }
}

/* A run that is known to kill is not made here. */
void rp_fuzz_look_at_death(const struct rp_judge *judge, const struct rp_witness *witness,
                           struct rp_fuzz_finding *f, bool *explained)
{
    struct rp_instruction instruction;
    *explained = rp_divergence_limit(judge, witness->mode, decode(witness, &instruction)) != NULL;
    name_end(&witness->end, f->detail, sizeof f->detail);
    if (witness->end.kind == RP_OUTCOME_HUNG)
        snprintf(f->why, sizeof f->why, "%.30s does not come back from it", witness->executor);
    else
        snprintf(f->why, sizeof f->why, "%.30s dies of it: %.60s", witness->executor,
                 witness->end.vector ? strsignal(witness->end.vector) : "it exits");
}
