/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wide space of a mode: behind the pass over its forms each encoding is held against the one that stands
 * for its form (judge/likeness.h). What shows the same is counted, what does not is judged like any other,
 * and counted if its verdict says the same after all. The parent knows of each form how many encodings it
 * has, and no more; a worker makes them opcode by opcode. */
#include "campaign/scan_range.h"

#include "base/rows.h"
#include "x86/wide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct rp_verdict *rp_wide_form(const struct rp_scan_work *scan, uint32_t form)
{
    return &scan->results->verdict[scan->results->mode[scan->mode].first + form];
}

const struct rp_wide_range *rp_wide_item(const struct rp_wide_work *work, size_t item)
{
    return work->by_ones ? &work->single[item] : &work->range[item];
}

/* A list that grows. */
static int append(struct rp_wide_range **list, size_t *count, size_t *capacity, struct rp_wide_range range,
                  struct rp_error *error)
{
    struct rp_wide_range *row = rp_rows_add((void **)list, count, capacity, sizeof *row);
    if (!row)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the wide space");
    *row = range;
    return RP_OK;
}

static int defer(struct rp_wide_work *work, const struct rp_wide_range *range, struct rp_error *error)
{
    int result = RP_OK;
    for (uint32_t i = 0; i < range->count && result == RP_OK; i++)
        result = append(&work->single, &work->singles, &work->singles_capacity,
                        (struct rp_wide_range){range->form, range->first + i, 1}, error);
    return result;
}

/* Appends the exceptions to the scan's verdicts, and what is known of them besides to work->exception. */
static int take_exceptions(struct rp_wide_work *work, uint32_t count, const char *bytes,
                           struct rp_error *error)
{
    struct rp_scan_work *scan = work->scan;
    struct rp_results *results = scan->results;
    struct rp_mode_results *mode = &results->mode[scan->mode];
    struct rp_range_exception *exception =
        realloc(work->exception, (work->exceptions + count + 1) * sizeof *exception);
    if (!exception)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for verdicts");
    work->exception = exception;
    int result = RP_OK;
    if (results->capacity - results->count < count)
        result = rp_results_reserve(results, count + mode->exceptions / 4 + 64, error);
    if (result)
        return result;
    memcpy(exception + work->exceptions, bytes, count * sizeof *exception);
    bytes += count * sizeof *exception;
    for (uint32_t i = 0; i < count && result == RP_OK; i++) {
        uint32_t length;
        bool has_detail;
        struct rp_verdict *verdict = &results->verdict[results->count];
        memcpy(&length, bytes, sizeof length);
        bytes += sizeof length;
        result = rp_wire_get(bytes, length, verdict, NULL, &has_detail, error);
        bytes += length;
        if (result)
            break;
        work->taken.encodings += 1 + exception[work->exceptions].followers;
        mode->otherwise += 1 + exception[work->exceptions++].followers;
        results->count++;
        mode->count++;
        mode->exceptions++;
        results->runs += verdict->runs;
        scan->runs += verdict->runs;
        scan->holes += verdict->judgement == RP_VERDICT_HOLE;
    }
    return result;
}

static int store_range(struct rp_wide_work *work, struct rp_error *error)
{
    struct rp_scan_work *scan = work->scan;
    const struct rp_results *results = scan->results;
    const struct rp_range *range = &work->taken;
    scan->results->mode[scan->mode].compared += range->encodings;
    int result = RP_OK;
    if (scan->options->store)
        result = rp_store_put_range(scan->options->store, range,
                                    results->verdict + results->count - work->exceptions, work->exception,
                                    work->exceptions, error);
    work->exceptions = 0;
    return result ? result : rp_scan_spent(scan, error);
}

static int take_item(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    struct rp_wide_work *work = context;
    struct rp_scan_work *scan = work->scan;
    const struct rp_wide_range *range = rp_wide_item(work, item);
    struct rp_wide_answer answer;
    int result = rp_wide_check_answer(range, scan->options->sample > 1, bytes, length, error);
    if (result)
        return result;
    memcpy(&answer, bytes, sizeof answer);
    if (answer.dead)
        return defer(work, range, error);
    bool begins = !work->by_ones || range->first % RP_RANGE_MAX == 0;
    bool ends = !work->by_ones || item + 1 == work->singles ||
                rp_wide_item(work, item + 1)->first % RP_RANGE_MAX == 0;
    if (begins)
        work->taken = (struct rp_range){.mode = scan->mode,
                                        .place = scan->index[range->form],
                                        .form = rp_wide_form(scan, range->form)->form,
                                        .first = range->first};
    result = take_exceptions(work, answer.exceptions, bytes + sizeof answer, error);
    work->taken.encodings += answer.alike;
    work->taken.alike += answer.alike;
    work->taken.runs += answer.runs;
    scan->results->runs += answer.runs;
    scan->runs += answer.runs;
    return result == RP_OK && ends ? store_range(work, error) : result;
}

static void name_item(void *context, size_t item, char *text, size_t size)
{
    const struct rp_wide_work *work = context;
    const struct rp_wide_range *range = rp_wide_item(work, item);
    char form[64];
    rp_encoding_name(work->scan->mode, &rp_wide_form(work->scan, range->form)->encoding, form, sizeof form);
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
    const struct rp_wide_range *x = a, *y = b;
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

static int add_form(struct rp_wide_work *work, uint32_t position, uint32_t count, struct rp_error *error)
{
    int result = RP_OK;
    for (uint32_t first = 0; first < count && result == RP_OK; first += RP_RANGE_MAX) {
        uint32_t part = count - first < RP_RANGE_MAX ? count - first : RP_RANGE_MAX;
        result = append(&work->range, &work->ranges, &work->capacity,
                        (struct rp_wide_range){position, first, part}, error);
    }
    return result;
}

/* Cuts the encodings of an opcode into ranges; *total counts those of all shards. */
static int add_opcode(struct rp_wide_work *work, const struct place *place, size_t places,
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

static int make_ranges(struct rp_wide_work *work, uint64_t *total, struct rp_error *error)
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
    struct rp_wide_work *work;
    size_t at, kept;
};

static void skip_range(void *context, size_t place, uint32_t first)
{
    struct skip *skip = context;
    struct rp_wide_work *work = skip->work;
    const size_t *index = work->scan->index;
    for (; skip->at < work->ranges; skip->at++) {
        const struct rp_wide_range *range = &work->range[skip->at];
        if (index[range->form] > place || (index[range->form] == place && range->first > first))
            return;
        if (index[range->form] == place && range->first == first) {
            skip->at++;
            return;
        }
        work->range[skip->kept++] = *range;
    }
}

static int resume(struct rp_wide_work *work, uint64_t total, struct rp_error *error)
{
    struct rp_store *store = work->scan->options->store;
    struct skip skip = {.work = work};
    int result = rp_store_begin_wide(store, work->scan->mode, total, skip_range, &skip, error);
    while (skip.at < work->ranges)
        work->range[skip.kept++] = work->range[skip.at++];
    work->ranges = skip.kept;
    return result;
}

static int defer_killers(struct rp_wide_work *work, struct rp_error *error)
{
    size_t kept = 0;
    int result = RP_OK;
    for (size_t i = 0; i < work->ranges && result == RP_OK; i++) {
        if (rp_wide_kills(rp_wide_form(work->scan, work->range[i].form)))
            result = defer(work, &work->range[i], error);
        else
            work->range[kept++] = work->range[i];
    }
    work->ranges = kept;
    return result;
}

static int run(struct rp_wide_work *work, struct rp_error *error)
{
    struct rp_pool_work pool = {.items = work->by_ones ? work->singles : work->ranges,
                                .context = work,
                                .open = rp_wide_open_worker,
                                .item = rp_wide_compare_item,
                                .close = rp_wide_close_worker,
                                .done = take_item,
                                .name = name_item,
                                .party = rp_worker_party};
    return pool.items ? rp_scan_pool(work->scan, &pool, error) : RP_OK;
}

int rp_scan_wide(struct rp_scan_work *scan, struct rp_error *error)
{
    struct rp_wide_work work = {.setup = scan->setup, .scan = scan};
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
    free(work.exception);
    return result;
}
