/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wide space of a mode: behind the pass over its forms each encoding is held against the one that stands
 * for its form (judge/likeness.h). What shows the same is counted, what does not is judged like any other,
 * and counted if its verdict says the same after all. The parent knows of each form how many encodings it
 * has, and no more; a worker makes them opcode by opcode. */
#include "campaign/scan_work.h"

#include "x86/wide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define RANGE_MAX 512 /* encodings: some 50 ms, what a death costs others */

/* Encodings `first` up to `first + count` of the form whose representative is scan->index[form]. */
struct range {
    uint32_t form, first, count;
};

struct work {
    struct rp_worker_setup setup; /* first: what workers are opened with */
    struct rp_scan_work *scan;
    struct range *range; /* what is to be done */
    size_t ranges, capacity;
    struct range *single; /* of those that died: one encoding each, by range and number */
    size_t singles, singles_capacity;
    bool by_ones;          /* the items are singles */
    struct rp_range taken; /* the range that singles add up to */
    uint32_t *number;      /* of its exceptions */
    size_t numbers;
};

/* What a worker keeps. */
struct worker {
    void *panel; /* struct rp_worker */
    struct work *work;
    struct rp_wide *wide;
    unsigned opcode; /* that the encodings are of; RP_WIDE_OPCODES: none yet */
    const struct rp_wide_encoding *encoding;
    size_t count;
    struct rp_portrait portrait;
};

/* The answer to an item; behind it each exception: its number, the length of its bytes, its bytes. */
struct answer {
    bool dead; /* too many runs of the range took their process with them: one by one, please */
    uint32_t alike, exceptions;
    uint64_t runs;
};

static const struct rp_verdict *verdict_of(const struct rp_scan_work *scan, uint32_t form)
{
    return &scan->results->verdict[scan->results->mode[scan->mode].first + form];
}

static const struct range *item_of(const struct work *work, size_t item)
{
    return work->by_ones ? &work->single[item] : &work->range[item];
}

static int close_worker_after(struct worker *w, int result)
{
    if (w->panel)
        rp_worker_close(w->panel);
    rp_wide_close(w->wide);
    free(w);
    return result;
}

static void close_worker(void *worker)
{
    close_worker_after(worker, RP_OK);
}

static int open_worker(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    struct work *work = context;
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

static void add_exception(struct rp_text *result, uint32_t number, const struct rp_verdict *verdict)
{
    struct rp_text bytes = {0};
    rp_wire_put(&bytes, verdict, NULL);
    uint32_t head[2] = {number, (uint32_t)bytes.length};
    rp_text_add_bytes(result, (const char *)head, sizeof head);
    rp_text_add_bytes(result, rp_text_string(&bytes), bytes.length);
    result->failed |= bytes.failed;
    rp_text_free(&bytes);
}

/* Holds one encoding against its form; what it then is goes into `answer` or behind it. */
static int compare(struct worker *w, const struct rp_verdict *form, const struct rp_encoding *encoding,
                   const struct rp_deaths *deaths, struct rp_verdict *verdict, bool *alike,
                   struct rp_error *error)
{
    struct rp_panel *panel = ((struct rp_worker *)w->panel)->panel;
    bool dead = deaths && deaths->exhausted;
    int result = RP_OK;
    *alike = false;
    if (!dead)
        result = rp_panel_compare(panel, form->mode, encoding, deaths, &w->portrait, alike, error);
    if (result || *alike)
        return result;
    result = rp_panel_judge(panel, form->mode, encoding, deaths, verdict, error);
    *alike = result == RP_OK && rp_verdict_like(verdict, form);
    if (*alike)
        rp_verdict_free(verdict);
    return result;
}

/* True if runs of the encoding that stands for the form took their process with them: so will the others. */
static bool kills(const struct rp_verdict *form)
{
    for (unsigned i = 0; i < form->opinions; i++)
        for (unsigned ring = 0; ring < 2; ring++)
            if (form->opinion[i].ring[ring].kind == RP_OUTCOME_DIED ||
                form->opinion[i].ring[ring].kind == RP_OUTCOME_HUNG)
                return true;
    return false;
}

static int compare_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                        struct rp_error *error)
{
    static struct rp_verdict verdict;
    struct worker *w = worker;
    const struct rp_scan_work *scan = w->work->scan;
    const struct range *range = item_of(w->work, item);
    const struct rp_verdict *form = verdict_of(scan, range->form);
    const struct rp_wide_encoding *encoding = NULL;
    struct rp_panel *panel = ((struct rp_worker *)w->panel)->panel;
    struct answer answer = {.dead = deaths && deaths->exhausted && !w->work->by_ones};
    struct rp_text exceptions = {0};
    uint64_t before = rp_panel_runs(panel), judged = 0;
    int code = answer.dead ? RP_OK : find_encodings(w, form, &encoding, error);
    w->portrait.judges = 0;
    if (code == RP_OK && !(deaths && deaths->exhausted) && !kills(form)) /* anew for each item: its runs must
                                                                            be the same each time */
        code = rp_panel_portray(panel, form, deaths, &w->portrait, error);
    for (uint32_t i = range->first; code == RP_OK && !answer.dead && i < range->first + range->count; i++) {
        bool alike;
        if (!is_sampled(scan->options, &encoding[i].encoding))
            continue;
        code = compare(w, form, &encoding[i].encoding, deaths, &verdict, &alike, error);
        if (code)
            break;
        answer.alike += alike;
        if (alike)
            continue;
        answer.exceptions++;
        judged += verdict.runs;
        add_exception(&exceptions, i, &verdict);
        rp_verdict_free(&verdict);
    }
    answer.runs = rp_panel_runs(panel) - before - judged;
    rp_text_add_bytes(result, (const char *)&answer, sizeof answer);
    rp_text_add_bytes(result, rp_text_string(&exceptions), exceptions.length);
    result->failed |= exceptions.failed;
    rp_text_free(&exceptions);
    return code;
}

/* A list that grows. */
static int append(struct range **list, size_t *count, size_t *capacity, struct range range,
                  struct rp_error *error)
{
    if (*count == *capacity) {
        size_t more = *capacity ? 2 * *capacity : 4096;
        struct range *grown = realloc(*list, more * sizeof *grown);
        if (!grown)
            return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the wide space");
        *list = grown;
        *capacity = more;
    }
    (*list)[(*count)++] = range;
    return RP_OK;
}

static int defer(struct work *work, const struct range *range, struct rp_error *error)
{
    int result = RP_OK;
    for (uint32_t i = 0; i < range->count && result == RP_OK; i++)
        result = append(&work->single, &work->singles, &work->singles_capacity,
                        (struct range){range->form, range->first + i, 1}, error);
    return result;
}

/* Appends the exceptions to the scan's verdicts, and their numbers to work->number. */
static int take_exceptions(struct work *work, uint32_t count, const char *bytes, struct rp_error *error)
{
    struct rp_scan_work *scan = work->scan;
    struct rp_results *results = scan->results;
    uint32_t *number = realloc(work->number, (work->numbers + count + 1) * sizeof *number);
    int result = number ? RP_OK : rp_error_set(error, RP_EENVIRONMENT, "out of memory for verdicts");
    work->number = number ? number : work->number;
    if (result == RP_OK && results->capacity - results->count < count)
        result = rp_results_reserve(results, count + results->mode[scan->mode].exceptions / 4 + 64, error);
    for (uint32_t i = 0; i < count && result == RP_OK; i++) {
        uint32_t head[2];
        bool has_detail;
        struct rp_verdict *verdict = &results->verdict[results->count];
        memcpy(head, bytes, sizeof head);
        bytes += sizeof head;
        result = rp_wire_get(bytes, head[1], verdict, NULL, &has_detail, error);
        bytes += head[1];
        if (result)
            break;
        work->number[work->numbers++] = head[0];
        results->count++;
        results->mode[scan->mode].count++;
        results->mode[scan->mode].exceptions++;
        results->runs += verdict->runs;
        scan->runs += verdict->runs;
        scan->holes += verdict->judgement == RP_VERDICT_HOLE;
    }
    return result;
}

static int store_range(struct work *work, struct rp_error *error)
{
    struct rp_scan_work *scan = work->scan;
    const struct rp_results *results = scan->results;
    const struct rp_range *range = &work->taken;
    scan->results->mode[scan->mode].compared += range->encodings;
    scan->results->mode[scan->mode].alike += range->alike;
    int result = RP_OK;
    if (scan->options->store)
        result = rp_store_put_range(scan->options->store, range,
                                    results->verdict + results->count - work->numbers, work->number, error);
    work->numbers = 0;
    return result ? result : rp_scan_spent(scan, error);
}

static int take_item(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    struct work *work = context;
    struct rp_scan_work *scan = work->scan;
    const struct range *range = item_of(work, item);
    struct answer answer;
    (void)length;
    memcpy(&answer, bytes, sizeof answer);
    if (answer.dead)
        return defer(work, range, error);
    bool begins = !work->by_ones || range->first % RANGE_MAX == 0;
    bool ends =
        !work->by_ones || item + 1 == work->singles || item_of(work, item + 1)->first % RANGE_MAX == 0;
    if (begins)
        work->taken = (struct rp_range){.mode = scan->mode,
                                        .place = scan->index[range->form],
                                        .form = verdict_of(scan, range->form)->form,
                                        .first = range->first};
    int result = take_exceptions(work, answer.exceptions, bytes + sizeof answer, error);
    work->taken.encodings += answer.alike + answer.exceptions;
    work->taken.alike += answer.alike;
    work->taken.runs += answer.runs;
    scan->results->runs += answer.runs;
    scan->runs += answer.runs;
    return result == RP_OK && ends ? store_range(work, error) : result;
}

static void name_item(void *context, size_t item, char *text, size_t size)
{
    const struct work *work = context;
    const struct range *range = item_of(work, item);
    char form[64];
    rp_encoding_name(work->scan->mode, &verdict_of(work->scan, range->form)->encoding, form, sizeof form);
    snprintf(text, size, "form of %s, encodings from %u", form, range->first);
}

/* The first representative of a form, wherever it is; `position` UINT32_MAX: of another shard. */
struct place {
    uint64_t form;
    uint32_t position;
};

static int by_form(const void *a, const void *b)
{
    uint64_t x = ((const struct place *)a)->form, y = ((const struct place *)b)->form;
    return x < y ? -1 : x > y;
}

static int by_position(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    if (x->form != y->form)
        return x->form < y->form ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* The forms within the limit, of all shards: they decide how large the wide space is. */
static struct place *find_places(const struct rp_scan_work *scan, size_t *count)
{
    size_t all = rp_form_space_encodings(scan->space), limit = scan->options->limit, next = 0;
    if (limit && limit < all)
        all = limit;
    struct place *place = malloc((all + 1) * sizeof *place);
    *count = 0;
    for (size_t i = 0; i < all && place; i++) {
        struct rp_form form;
        rp_form_space_get(scan->space, i, &form);
        bool ours = next < scan->count && scan->index[next] == i;
        if (!form.undocumented && form.representative == 0)
            place[(*count)++] = (struct place){form.id, ours ? (uint32_t)next : UINT32_MAX};
        next += ours;
    }
    if (place)
        qsort(place, *count, sizeof *place, by_form);
    return place;
}

static int add_form(struct work *work, uint32_t position, uint32_t count, struct rp_error *error)
{
    int result = RP_OK;
    for (uint32_t first = 0; first < count && result == RP_OK; first += RANGE_MAX) {
        uint32_t part = count - first < RANGE_MAX ? count - first : RANGE_MAX;
        result = append(&work->range, &work->ranges, &work->capacity, (struct range){position, first, part},
                        error);
    }
    return result;
}

/* Cuts the encodings of an opcode into ranges; *total counts those of all shards. */
static int add_opcode(struct work *work, const struct place *place, size_t places,
                      const struct rp_wide_encoding *encoding, size_t count, uint64_t *total,
                      struct rp_error *error)
{
    int result = RP_OK;
    for (size_t first = 0, end; first < count && result == RP_OK; first = end) {
        const struct place wanted = {.form = encoding[first].form};
        const struct place *found = bsearch(&wanted, place, places, sizeof wanted, by_form);
        for (end = first; end < count && encoding[end].form == wanted.form; end++)
            ;
        if (!found)
            continue;
        *total += end - first;
        if (found->position != UINT32_MAX)
            result = add_form(work, found->position, (uint32_t)(end - first), error);
    }
    return result;
}

static int make_ranges(struct work *work, uint64_t *total, struct rp_error *error)
{
    const struct rp_wide_encoding *encoding;
    struct rp_wide *wide;
    size_t places, count;
    struct place *place = find_places(work->scan, &places);
    if (!place)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the wide space");
    int result = rp_wide_open(work->scan->mode, &wide, error);
    for (unsigned opcode = 0; opcode < RP_WIDE_OPCODES && result == RP_OK; opcode++) {
        result = rp_wide_read(wide, opcode, &encoding, &count, error);
        if (result == RP_OK)
            result = add_opcode(work, place, places, encoding, count, total, error);
    }
    rp_wide_close(wide);
    free(place);
    if (result == RP_OK && work->ranges)
        qsort(work->range, work->ranges, sizeof *work->range, by_position);
    return result;
}

/* What the store has is not done again; both lists are in the same order. */
struct skip {
    struct work *work;
    size_t at, kept;
};

static void skip_range(void *context, size_t place, uint32_t first)
{
    struct skip *skip = context;
    struct work *work = skip->work;
    const size_t *index = work->scan->index;
    for (; skip->at < work->ranges; skip->at++) {
        const struct range *range = &work->range[skip->at];
        if (index[range->form] > place || (index[range->form] == place && range->first > first))
            return;
        if (index[range->form] == place && range->first == first) {
            skip->at++;
            return;
        }
        work->range[skip->kept++] = *range;
    }
}

static int resume(struct work *work, uint64_t total, struct rp_error *error)
{
    struct rp_store *store = work->scan->options->store;
    struct skip skip = {.work = work};
    int result = rp_store_begin_wide(store, work->scan->mode, total, skip_range, &skip, error);
    while (skip.at < work->ranges)
        work->range[skip.kept++] = work->range[skip.at++];
    work->ranges = skip.kept;
    return result;
}

static int defer_killers(struct work *work, struct rp_error *error)
{
    size_t kept = 0;
    int result = RP_OK;
    for (size_t i = 0; i < work->ranges && result == RP_OK; i++) {
        if (kills(verdict_of(work->scan, work->range[i].form)))
            result = defer(work, &work->range[i], error);
        else
            work->range[kept++] = work->range[i];
    }
    work->ranges = kept;
    return result;
}

static int run(struct work *work, struct rp_error *error)
{
    struct rp_pool_work pool = {.items = work->by_ones ? work->singles : work->ranges,
                                .context = work,
                                .open = open_worker,
                                .item = compare_item,
                                .close = close_worker,
                                .done = take_item,
                                .name = name_item};
    return pool.items ? rp_scan_pool(work->scan, &pool, error) : RP_OK;
}

int rp_scan_wide(struct rp_scan_work *scan, struct rp_error *error)
{
    struct work work = {.setup = scan->setup, .scan = scan};
    uint64_t total = 0;
    int result = make_ranges(&work, &total, error);
    scan->results->mode[scan->mode].wide = total;
    if (result == RP_OK && scan->options->store)
        result = resume(&work, total, error);
    if (result == RP_OK)
        result = defer_killers(&work, error);
    if (result == RP_OK)
        result = run(&work, error);
    work.by_ones = true;
    if (result == RP_OK)
        result = run(&work, error);
    free(work.range);
    free(work.single);
    free(work.number);
    return result;
}
