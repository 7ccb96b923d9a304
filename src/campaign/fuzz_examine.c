/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A closer look at suspicions; see fuzz_examine.h. */
#include "campaign/fuzz_examine.h"

#include "campaign/fuzz_look.h"
#include "campaign/minimize.h"
#include "campaign/shrink.h"
#include "campaign/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* *look: FOUND where `f` holds what may be a finding. */
static int examine(struct worker *w, const struct rp_fuzz_suspicion *s, bool small, struct rp_fuzz_finding *f,
                   uint8_t *look, struct rp_error *error)
{
    static struct rp_witness witness;
    struct rp_judge *judge[2];
    struct rp_replay replay;
    char id[RP_FINDING_ID_SIZE];
    bool explained = false, deadly = is_deadly(s);
    choose_judges(w, s, judge);
    int result = rp_fuzz_witness(w->examiner, s, judge, &witness, error);
    *f = (struct rp_fuzz_finding){.mode = witness.mode, .policy = witness.policy, .found = witness.encoding};
    snprintf(f->oracle, sizeof f->oracle, "%s", rp_fuzz_oracle_name((enum rp_fuzz_oracle)s->oracle));
    snprintf(f->executor, sizeof f->executor, "%s", witness.executor);
    rp_fuzz_look_title(&witness, f);
    *look = RP_FUZZ_UNREPRODUCED;
    if (deadly) {
        rp_fuzz_look_at_death(judge[0], &witness, f, &explained);
    } else {
        if (result == RP_OK)
            result = rp_judge_replay(judge, &witness, &replay, error);
        if (result || (!replay.reproduced && s->oracle != RP_FUZZ_NONDETERMINISM))
            return result;
        if (s->oracle == RP_FUZZ_NONDETERMINISM) /* what it leaves varies; how it ends is its witness */
            witness.end = (struct rp_witness_end){
                replay.shown[0].kind, replay.shown[0].kind == RP_OUTCOME_RETIRED ? 0 : replay.shown[0].vector,
                replay.shown[0].length};
        result = rp_fuzz_look_closer(w->examiner, s, judge, &witness, f, &explained, error);
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
