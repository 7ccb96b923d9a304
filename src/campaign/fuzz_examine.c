/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A closer look at suspicions; see fuzz_examine.h. */
#include "campaign/fuzz_examine.h"

#include "campaign/minimize.h"
#include "campaign/shrink.h"
#include "campaign/work.h"
#include "judge/divergence.h"
#include "judge/explain.h"
#include "x86/form.h"
#include "x86/vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPEATS 16 /* runs among which a nondeterministic one shows itself */

struct worker {
    const struct rp_fuzz_examiner *examiner;
    struct rp_judge *judge[2];
};

static int open_worker(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    const struct rp_fuzz_examiner *examiner = context;
    const struct rp_campaign_options *o = examiner->options;
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a worker");
    w->examiner = examiner;
    int result = RP_OK;
    for (unsigned i = 0; i < o->executors && result == RP_OK; i++) {
        const struct rp_executor *executor = o->executor[i].entry->executor;
        const struct rp_judge_options options = {.executor = executor,
                                                 .executor_name = o->executor[i].name,
                                                 .policy =
                                                     executor->as_found ? RP_POLICY_AS_FOUND : o->policy,
                                                 .random_seed = 1,
                                                 .run_counter = run_counter};
        result = rp_judge_open(&options, &w->judge[i], error);
    }
    *worker = w;
    return result;
}

static void close_worker(void *worker)
{
    struct worker *w = worker;
    for (unsigned i = 0; i < 2; i++)
        rp_judge_close(w->judge[i]);
    free(w);
}

/* The judges that the witness's runs are made by. */
static void choose_judges(const struct worker *w, const struct rp_fuzz_suspicion *s,
                          struct rp_judge *chosen[2])
{
    bool second = s->side == RP_FUZZ_SECOND3 && s->oracle != RP_FUZZ_DIVERGENCE;
    chosen[0] = w->judge[second ? 1 : 0];
    chosen[1] = s->oracle == RP_FUZZ_DIVERGENCE ? w->judge[1] : NULL;
}

static const struct rp_instruction *decode(const struct rp_witness *w, struct rp_instruction *instruction)
{
    return rp_decode(w->mode, w->encoding.bytes, w->encoding.length, instruction, NULL) == RP_OK ? instruction
                                                                                                 : NULL;
}

static void name_finding(const struct rp_witness *w, struct rp_fuzz_finding *f)
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

/* RINGS: the verdict of the form is what may be expected. True if it accounts for what was seen. */
static int look_at_rings(struct worker *w, const struct rp_fuzz_suspicion *s,
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
    int result = rp_judge_encoding(w->judge[0], witness->mode, &form, NULL, &verdict, error);
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
static void look_at_length(const struct worker *w, const struct rp_fuzz_suspicion *s, struct rp_judge *judge,
                           const struct rp_witness *witness, struct rp_fuzz_finding *f, bool *explained)
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
    rp_leads_classify(w->examiner->leads, w->examiner->cpu, &lead);
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

static int look_closer(struct worker *w, const struct rp_fuzz_suspicion *s, struct rp_judge *const judge[2],
                       const struct rp_witness *witness, struct rp_fuzz_finding *f, bool *explained,
                       struct rp_error *error)
{
    switch (s->oracle) {
    case RP_FUZZ_RINGS:
        return look_at_rings(w, s, witness, f, explained, error);
    case RP_FUZZ_DIVERGENCE:
        return look_at_divergence(w->examiner, judge, witness, f, explained, error);
    case RP_FUZZ_NONDETERMINISM:
        return look_at_noise(judge, witness, f, explained, error);
    default:
        look_at_length(w, s, judge[0], witness, f, explained);
        return RP_OK;
    }
}

static void write_line(const struct rp_witness *witness, char line[RP_WITNESS_LINE_MAX + 1])
{
    struct rp_text text = {0};
    line[0] = '\0';
    if (rp_witness_print(witness, &text, NULL) == RP_OK)
        snprintf(line, RP_WITNESS_LINE_MAX + 1, "%s", rp_text_string(&text));
    rp_text_free(&text);
}

static bool is_deadly(const struct rp_fuzz_suspicion *s)
{
    return s->oracle == RP_FUZZ_DIED || s->oracle == RP_FUZZ_HUNG;
}

/* A run that is known to kill is not made here. */
static void describe_death(const struct rp_witness *witness, struct rp_fuzz_finding *f)
{
    name_end(&witness->end, f->detail, sizeof f->detail);
    if (witness->end.kind == RP_OUTCOME_HUNG)
        snprintf(f->why, sizeof f->why, "%.30s does not come back from it", witness->executor);
    else
        snprintf(f->why, sizeof f->why, "%.30s dies of it: %.60s", witness->executor,
                 witness->end.vector ? strsignal(witness->end.vector) : "it exits");
}

/* *look: FOUND where `f` holds what may be a finding. */
static int examine(struct worker *w, const struct rp_fuzz_suspicion *s, bool small, struct rp_fuzz_finding *f,
                   uint8_t *look, struct rp_error *error)
{
    static struct rp_witness witness;
    struct rp_judge *judge[2];
    struct rp_replay replay;
    struct rp_instruction instruction;
    char id[RP_FINDING_ID_SIZE];
    bool explained = false, deadly = is_deadly(s);
    choose_judges(w, s, judge);
    int result = rp_fuzz_witness(w->examiner, s, judge, &witness, error);
    *f = (struct rp_fuzz_finding){.mode = witness.mode, .policy = witness.policy, .found = witness.encoding};
    snprintf(f->oracle, sizeof f->oracle, "%s", rp_fuzz_oracle_name((enum rp_fuzz_oracle)s->oracle));
    snprintf(f->executor, sizeof f->executor, "%s", witness.executor);
    name_finding(&witness, f);
    *look = RP_FUZZ_UNREPRODUCED;
    if (deadly) {
        describe_death(&witness, f);
        explained = rp_divergence_limit(judge[0], witness.mode, decode(&witness, &instruction)) != NULL;
    } else {
        if (result == RP_OK)
            result = rp_judge_replay(judge, &witness, &replay, error);
        if (result || (!replay.reproduced && s->oracle != RP_FUZZ_NONDETERMINISM))
            return result;
        if (s->oracle == RP_FUZZ_NONDETERMINISM) /* what it leaves varies; how it ends is its witness */
            witness.end = (struct rp_witness_end){
                replay.shown[0].kind, replay.shown[0].kind == RP_OUTCOME_RETIRED ? 0 : replay.shown[0].vector,
                replay.shown[0].length};
        result = look_closer(w, s, judge, &witness, f, &explained, error);
    }
    bool known = rp_hunt_ids_has(w->examiner->known, rp_fuzz_finding_id(f, id));
    *look = explained ? RP_FUZZ_EXPLAINED : known ? RP_FUZZ_KNOWN : RP_FUZZ_FOUND;
    if (result || *look != RP_FUZZ_FOUND)
        return result;
    write_line(&witness, f->before);
    if (small && !deadly && s->oracle != RP_FUZZ_NONDETERMINISM)
        result = rp_judge_minimize(judge, &witness, rp_shrink_encoding, NULL, error);
    write_line(&witness, f->witness);
    f->encoding = witness.encoding;
    if (!f->witness[0]) /* its state takes more than a line, so no fresh process can be asked */
        *look = RP_FUZZ_UNREPRODUCED;
    return result;
}

/* The look died, and no run of it is made again. Which state its run had nobody knows; the suspicion's own
 * sides are what may reproduce. */
static int examine_death(struct worker *w, const struct rp_fuzz_suspicion *s, const struct rp_death *death,
                         struct rp_text *result, struct rp_error *error)
{
    static struct rp_fuzz_finding finding;
    struct rp_fuzz_suspicion killer = *s;
    unsigned sides = w->judge[1] ? RP_FUZZ_SIDES : RP_FUZZ_SECOND3;
    uint8_t look = RP_FUZZ_KILLED;
    int code = RP_OK;
    rp_text_add_bytes(result, (const char *)&look, 1);
    killer.oracle = death->hung ? RP_FUZZ_HUNG : RP_FUZZ_DIED;
    killer.end =
        (struct rp_witness_end){death->hung ? RP_OUTCOME_HUNG : RP_OUTCOME_DIED, (uint8_t)death->signal, 0};
    for (unsigned i = 0; i < sides && code == RP_OK; i++) {
        killer.side = (uint8_t)((s->side + i) % sides);
        code = examine(w, &killer, false, &finding, &look, error);
        if (code == RP_OK && look == RP_FUZZ_FOUND)
            rp_text_add_bytes(result, (const char *)&finding, sizeof finding);
        else if (code == RP_OK && !result->failed && look != RP_FUZZ_UNREPRODUCED) /* explained, or known */
            result->data[0] = (char)look;
    }
    return code;
}

/* The result: enum rp_fuzz_look, a byte, and what may be findings. */
static int examine_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                        struct rp_error *error)
{
    static struct rp_fuzz_finding finding;
    struct worker *w = worker;
    const struct rp_fuzz_suspicion *s = &w->examiner->suspicion[item];
    uint8_t look;
    if (deaths->count)
        return examine_death(w, s, &deaths->death[0], result, error);
    int code = examine(w, s, true, &finding, &look, error);
    rp_text_add_bytes(result, (const char *)&look, 1);
    if (code == RP_OK && (look == RP_FUZZ_FOUND || (look == RP_FUZZ_KNOWN && finding.cause[0])))
        rp_text_add_bytes(result, (const char *)&finding, sizeof finding);
    return code;
}

/* In the parent: does it reproduce in fresh processes? Those that kill are made small there too. */
static int confirm(struct rp_fuzz_examiner *e, struct rp_fuzz_finding *finding, uint8_t *look,
                   struct rp_error *error)
{
    static struct rp_witness witness;
    char id[RP_FINDING_ID_SIZE];
    *look = RP_FUZZ_KNOWN;
    if (rp_hunt_ids_has(e->known, rp_fuzz_finding_id(finding, id)))
        return finding->cause[0] && e->shared ? e->shared(e->context, finding, error) : RP_OK;
    int result = rp_witness_parse(finding->witness, &witness, error);
    if (result == RP_OK && (witness.end.kind == RP_OUTCOME_DIED || witness.end.kind == RP_OUTCOME_HUNG)) {
        bool reproduced;
        result = rp_minimize(e->options, &witness, &reproduced, error);
        write_line(&witness, finding->witness);
        finding->encoding = witness.encoding;
    }
    if (result == RP_OK)
        result = rp_fuzz_confirm(e->options, &witness, &finding->confirmed, error);
    if (result)
        return result;
    *look = finding->confirmed < RP_FUZZ_CONFIRMATIONS ? RP_FUZZ_UNREPRODUCED : RP_FUZZ_FOUND;
    if (*look == RP_FUZZ_UNREPRODUCED && e->options->log_descriptor > 0)
        dprintf(e->options->log_descriptor, "%s, seen once, did not reproduce: %s\n", finding->oracle,
                finding->witness);
    return *look == RP_FUZZ_FOUND ? e->take(e->context, finding, error) : RP_OK;
}

/* In the parent: the first of each id is confirmed. */
static int take_item(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    static struct rp_fuzz_finding finding;
    struct rp_fuzz_examiner *e = context;
    int result = RP_OK;
    (void)item;
    if (length % sizeof finding != 1 || (uint8_t)bytes[0] >= RP_FUZZ_LOOKS)
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    uint8_t look = (uint8_t)bytes[0], one = look;
    for (size_t at = 1; at < length && result == RP_OK; at += sizeof finding) {
        memcpy(&finding, bytes + at, sizeof finding);
        result = confirm(e, &finding, &one, error);
        if (look != RP_FUZZ_KILLED || one != RP_FUZZ_UNREPRODUCED)
            look = one;
        if (one != RP_FUZZ_UNREPRODUCED) /* all sides have the same id */
            break;
    }
    return result ? result : e->looked(e->context, (enum rp_fuzz_look)look, error);
}

static void name_item(void *context, size_t item, char *text, size_t size)
{
    const struct rp_fuzz_examiner *e = context;
    rp_encoding_name((enum rp_mode)e->suspicion[item].input.mode, &e->suspicion[item].input.encoding, text,
                     size);
}

static void report_progress(void *context, const struct rp_pool_status *status)
{
    const struct rp_fuzz_examiner *e = context;
    (void)status; /* counts this pool alone */
    if (e->progress)
        e->progress(e->context);
}

int rp_fuzz_examine(struct rp_fuzz_examiner *examiner, struct rp_error *error)
{
    const struct rp_campaign_options *o = examiner->options;
    struct rp_pool_work work = {.items = examiner->count,
                                .context = examiner,
                                .open = open_worker,
                                .item = examine_item,
                                .close = close_worker,
                                .done = take_item,
                                .name = name_item};
    struct rp_pool_options pool = rp_pool_of(o);
    pool.progress = report_progress;
    pool.progress_context = examiner;
    struct rp_pool_status status = {0};
    return examiner->count ? rp_pool_run(&work, &pool, &status, error) : RP_OK;
}
