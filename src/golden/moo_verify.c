/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of MOO files, in the pool; see moo_verify.h. */
#include "base/rows.h"
#include "golden/moo_worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 128 /* tests */
/* Each test is code of its own, which Unicorn translates and keeps, 0.4 KB each: what a worker grows by is
 * given back now and then. */
#define RECYCLE_RUNS UINT64_C(200000)

static int put_off(struct rp_moo_work *work, uint32_t source, uint32_t number, struct rp_error *error)
{
    struct rp_moo_piece *piece =
        rp_rows_add((void **)&work->pending, &work->pendings, &work->pending_capacity, sizeof *piece);
    if (!piece)
        return rp_error_set(error, RP_EENVIRONMENT, "no memory behind %zu tests", work->pendings);
    *piece = (struct rp_moo_piece){source, number, 1};
    return RP_OK;
}

static int take_piece(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    struct rp_moo_work *work = context;
    uint32_t source = work->piece[item].source;
    const char *at = bytes, *end = bytes + length;
    int code = RP_OK;
    while (at < end && code == RP_OK) {
        struct rp_moo_result result;
        uint32_t detail;
        memcpy(&result, at, sizeof result);
        memcpy(&detail, at + sizeof result, sizeof detail);
        at += sizeof result + sizeof detail;
        char *text = strndup(at, detail);
        at += detail;
        if (!text)
            return rp_error_set(error, RP_EENVIRONMENT, "no memory for %u bytes", detail);
        code = result.answer == RP_MOO_PENDING
                   ? put_off(work, source, result.number, error)
                   : work->done(work->context, &work->sources[source], &result, text, error);
        free(text);
    }
    return code;
}

static void name_piece(void *context, size_t item, char *text, size_t size)
{
    const struct rp_moo_work *work = context;
    const struct rp_moo_piece *piece = &work->piece[item];
    snprintf(text, size, "%s, tests from number %u on", work->sources[piece->source].path, piece->first);
}

static int run_pieces(struct rp_moo_work *work, size_t pieces, struct rp_error *error)
{
    const struct rp_moo_options *options = work->options;
    struct rp_pool_work pool_work = {.items = pieces,
                                     .context = work,
                                     .open = rp_moo_worker_open,
                                     .item = rp_moo_worker_item,
                                     .close = rp_moo_worker_close,
                                     .done = take_piece,
                                     .name = name_piece};
    struct rp_pool_options pool = {.workers = options->workers,
                                   .recycle_runs = RECYCLE_RUNS,
                                   .stop = options->stop,
                                   .deadline = options->deadline,
                                   .progress = options->progress,
                                   .progress_context = options->progress_context,
                                   .log_descriptor = options->log_descriptor};
    struct rp_pool_status status = {0};
    return pieces ? rp_pool_run(&pool_work, &pool, &status, error) : RP_OK;
}

/* The pieces of all sources, in order; NULL: no memory. */
static struct rp_moo_piece *part(const struct rp_moo_options *options, const struct rp_moo_source *sources,
                                 size_t count, size_t *pieces)
{
    size_t most = 1;
    for (size_t i = 0; i < count; i++)
        most += sources[i].tests / PIECE + 1;
    struct rp_moo_piece *piece = calloc(most, sizeof piece[0]);
    *pieces = 0;
    for (size_t i = 0; i < count && piece; i++) {
        size_t tests = sources[i].tests < options->limit ? sources[i].tests : options->limit;
        for (size_t first = 0; first < tests; first += PIECE) {
            size_t left = tests - first;
            piece[(*pieces)++] =
                (struct rp_moo_piece){(uint32_t)i, (uint32_t)first, (uint32_t)(left < PIECE ? left : PIECE)};
        }
    }
    return piece;
}

int rp_moo_verify(const struct rp_moo_options *options, const struct rp_moo_source *sources, size_t count,
                  rp_moo_done *done, void *context, struct rp_error *error)
{
    struct rp_moo_work work = {.options = options, .sources = sources, .done = done, .context = context};
    size_t pieces;
    struct rp_moo_piece *piece = part(options, sources, count, &pieces);
    if (!piece)
        return rp_error_set(error, RP_EENVIRONMENT, "no memory for the tests of %zu files", count);
    work.piece = piece;
    int result = run_pieces(&work, pieces, error);
    work.piece = work.pending; /* of one test each, none is left for later */
    if (result == RP_OK)
        result = run_pieces(&work, work.pendings, error);
    free(work.pending);
    free(piece);
    return result;
}
