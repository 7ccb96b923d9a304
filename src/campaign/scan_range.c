/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparing the encodings of a range; see scan_range.h. Each is held against what stands for its form, and
 * then against those of the range that were judged before it: what shows the same as one of them is counted
 * with that one (METHOD, "The wide space"). */
#include "campaign/scan_range.h"

#include "x86/wide.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define PORTRAITS_MAX 32 /* some 6 KB each */
#define AS_THE_FORM   UINT32_MAX

/* What a worker keeps. */
struct worker {
    void *panel; /* struct rp_worker */
    struct rp_wide_work *work;
    struct rp_wide *wide;
    unsigned opcode; /* that the encodings are of; RP_WIDE_OPCODES: none yet */
    const struct rp_wide_encoding *encoding;
    size_t count;
    /* Of the range: what stands for the form, and those that were judged; each with the exception that what
     * is alike to it is counted with. */
    struct rp_portrait portrait[PORTRAITS_MAX];
    uint32_t counts_as[PORTRAITS_MAX];
    unsigned portraits;
};

/* What a range comes to. */
struct tally {
    struct rp_wide_answer answer;
    uint64_t judged; /* runs of the exceptions' verdicts */
    struct rp_range_exception exception[RP_RANGE_MAX];
    struct rp_text verdicts;
};

static int close_worker_after(struct worker *w, int result)
{
    if (w->panel)
        rp_worker_close(w->panel);
    rp_wide_close(w->wide);
    free(w);
    return result;
}

void rp_wide_close_worker(void *worker)
{
    close_worker_after(worker, RP_OK);
}

int rp_wide_open_worker(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    struct rp_wide_work *work = context;
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a worker");
    w->work = work;
    w->opcode = RP_WIDE_OPCODES;
    int result = rp_wide_open(work->scan->mode, &w->wide, error);
    if (result == RP_OK)
        result = rp_worker_open(context, run_counter, &w->panel, error);
    if (result)
        return close_worker_after(w, result);
    *worker = w;
    return RP_OK;
}

/* The encodings of a form, which follow each other. */
static int find_encodings(struct worker *w, const struct rp_verdict *form,
                          const struct rp_wide_encoding **first, struct rp_error *error)
{
    unsigned opcode = rp_wide_opcode_of(form->mode, &form->encoding);
    int result = RP_OK;
    if (opcode != w->opcode)
        result = rp_wide_read(w->wide, opcode, &w->encoding, &w->count, error);
    w->opcode = result ? RP_WIDE_OPCODES : opcode;
    size_t i = 0;
    while (result == RP_OK && i < w->count && w->encoding[i].form != form->form)
        i++;
    *first = result == RP_OK ? &w->encoding[i] : NULL;
    return result;
}

static bool is_sampled(const struct rp_scan_options *options, const struct rp_encoding *encoding)
{
    return options->sample < 2 || XXH64(encoding->bytes, encoding->length, 1) % options->sample == 0;
}

static struct rp_panel *panel_of(const struct worker *w)
{
    return ((struct rp_worker *)w->panel)->panel;
}

bool rp_wide_kills(const struct rp_verdict *verdict)
{
    for (unsigned i = 0; i < verdict->opinions; i++)
        for (unsigned ring = 0; ring < 2; ring++)
            if (verdict->opinion[i].ring[ring].kind == RP_OUTCOME_DIED ||
                verdict->opinion[i].ring[ring].kind == RP_OUTCOME_HUNG)
                return true;
    return false;
}

static void add_exception(struct tally *tally, uint32_t number, const struct rp_verdict *verdict)
{
    struct rp_text bytes = {0};
    rp_wire_put(&bytes, verdict, NULL);
    uint32_t length = (uint32_t)bytes.length;
    rp_text_add_bytes(&tally->verdicts, (const char *)&length, sizeof length);
    rp_text_add_bytes(&tally->verdicts, rp_text_string(&bytes), bytes.length);
    tally->verdicts.failed |= bytes.failed;
    rp_text_free(&bytes);
    tally->exception[tally->answer.exceptions++] = (struct rp_range_exception){.number = number};
    tally->judged += verdict->runs;
}

static void count_as(struct tally *tally, uint32_t exception)
{
    if (exception == AS_THE_FORM)
        tally->answer.alike++;
    else
        tally->exception[exception].followers++;
}

/* Those behind `verdict` may be alike to it; not where its runs died, which is found out by number, nor where
 * they tell nothing. */
static void keep_portrait(struct worker *w, const struct rp_verdict *verdict, uint32_t counts_as)
{
    const struct rp_portrait *own = &w->portrait[w->portraits];
    if (w->portraits == PORTRAITS_MAX - 1 || rp_wide_kills(verdict) || own->signs == 0 ||
        !rp_panel_is_of(panel_of(w), own, verdict))
        return;
    w->counts_as[w->portraits++] = counts_as;
}

/* Holds one encoding against those before it; what is alike to none is judged. */
static int compare(struct worker *w, const struct rp_verdict *form, const struct rp_encoding *encoding,
                   uint32_t number, const struct rp_deaths *deaths, struct tally *tally,
                   struct rp_error *error)
{
    static struct rp_verdict verdict;
    struct rp_portrait *own = &w->portrait[w->portraits];
    unsigned which = w->portraits;
    int result = RP_OK;
    own->judges = 0;
    if (w->portraits)
        result = rp_panel_compare(panel_of(w), form->mode, encoding, deaths, w->portrait, w->portraits,
                                  &which, own, error);
    if (result == RP_OK && which < w->portraits)
        count_as(tally, w->counts_as[which]);
    if (result || which < w->portraits)
        return result;
    result = rp_panel_judge(panel_of(w), form->mode, encoding, deaths, &verdict, error);
    if (result)
        return result;
    bool alike = rp_verdict_like(&verdict, form);
    uint32_t counts_as = alike ? AS_THE_FORM : tally->answer.exceptions;
    if (alike)
        count_as(tally, AS_THE_FORM);
    else
        add_exception(tally, number, &verdict);
    keep_portrait(w, &verdict, counts_as);
    rp_verdict_free(&verdict);
    return RP_OK;
}

/* Anew for each item: its runs must be the same each time. */
static int portray_form(struct worker *w, const struct rp_verdict *form, const struct rp_deaths *deaths,
                        struct rp_error *error)
{
    w->portraits = 0;
    w->portrait[0].judges = 0;
    if (rp_wide_kills(form))
        return RP_OK;
    int result = rp_panel_portray(panel_of(w), form, deaths, &w->portrait[0], error);
    w->counts_as[0] = AS_THE_FORM;
    w->portraits = w->portrait[0].judges > 0;
    return result;
}

static int compare_all(struct worker *w, const struct rp_wide_range *range, const struct rp_deaths *deaths,
                       struct tally *tally, struct rp_error *error)
{
    const struct rp_scan_work *scan = w->work->scan;
    const struct rp_verdict *form = rp_wide_form(scan, range->form);
    const struct rp_wide_encoding *encoding;
    int result = find_encodings(w, form, &encoding, error);
    if (result == RP_OK)
        result = portray_form(w, form, deaths, error);
    for (uint32_t i = range->first; result == RP_OK && i < range->first + range->count; i++)
        if (is_sampled(scan->options, &encoding[i].encoding))
            result = compare(w, form, &encoding[i].encoding, i, deaths, tally, error);
    return result;
}

int rp_wide_compare_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                         struct rp_error *error)
{
    static struct tally tally;
    struct worker *w = worker;
    uint64_t before = rp_panel_runs(panel_of(w));
    int code = RP_OK;
    tally.answer = (struct rp_wide_answer){.dead = deaths && deaths->outs && !w->work->by_ones};
    tally.judged = 0;
    tally.verdicts = (struct rp_text){0};
    if (!tally.answer.dead)
        code = compare_all(w, rp_wide_item(w->work, item), deaths, &tally, error);
    tally.answer.runs = rp_panel_runs(panel_of(w)) - before - tally.judged;
    rp_text_add_bytes(result, (const char *)&tally.answer, sizeof tally.answer);
    rp_text_add_bytes(result, (const char *)tally.exception,
                      tally.answer.exceptions * sizeof tally.exception[0]);
    rp_text_add_bytes(result, rp_text_string(&tally.verdicts), tally.verdicts.length);
    result->failed |= tally.verdicts.failed;
    rp_text_free(&tally.verdicts);
    return code;
}

/* What is left of an answer. */
struct rest {
    const char *bytes;
    size_t length;
};

static bool take(struct rest *rest, void *to, size_t size)
{
    if (rest->length < size)
        return false;
    memcpy(to, rest->bytes, size);
    rest->bytes += size;
    rest->length -= size;
    return true;
}

static bool skip(struct rest *rest, size_t size)
{
    bool there = rest->length >= size;
    rest->bytes += there ? size : rest->length;
    rest->length -= there ? size : rest->length;
    return there;
}

/* The numbers of exceptions ascend within the range, and every encoding is counted once, or of a sample at
 * most once. */
static bool counts_fit(const struct rp_wide_range *range, bool sampled, const struct rp_wide_answer *answer,
                       struct rest *rest)
{
    uint64_t counted = answer->alike, next = range->first, end = next + range->count;
    struct rp_range_exception exception;
    for (uint32_t i = 0; i < answer->exceptions; i++) {
        if (!take(rest, &exception, sizeof exception) || exception.number < next || exception.number >= end)
            return false;
        next = (uint64_t)exception.number + 1;
        counted += 1 + (uint64_t)exception.followers;
    }
    return sampled ? counted <= range->count : counted == range->count;
}

int rp_wide_check_answer(const struct rp_wide_range *range, bool sampled, const char *bytes, size_t length,
                         struct rp_error *error)
{
    struct rest rest = {bytes, length};
    struct rp_wide_answer answer;
    uint32_t size;
    bool fits = take(&rest, &answer, sizeof answer);
    if (fits && !answer.dead)
        fits = counts_fit(range, sampled, &answer, &rest);
    for (uint32_t i = 0; fits && !answer.dead && i < answer.exceptions; i++)
        fits = take(&rest, &size, sizeof size) && skip(&rest, size);
    return fits && rest.length == 0
               ? RP_OK
               : rp_error_set(error, RP_EENVIRONMENT,
                              "a worker's answer about encodings from %u is cut short or does not add up",
                              range->first);
}
