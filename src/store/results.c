/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What owns a scan's verdicts takes and lets go of them; see results.h. */
#include "store/results.h"

#include "store/stream.h"

#include <stdlib.h>

int rp_results_reserve(struct rp_results *results, size_t more, struct rp_error *error)
{
    size_t capacity = results->count + more;
    if (capacity <= results->capacity)
        return RP_OK;
    struct rp_verdict *grown = realloc(results->verdict, capacity * sizeof *grown);
    if (!grown)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for verdicts");
    results->verdict = grown;
    results->capacity = capacity;
    return RP_OK;
}

void rp_results_cut(struct rp_results *results, size_t first)
{
    while (results->count > first)
        rp_verdict_free(&results->verdict[--results->count]);
}

void rp_results_free(struct rp_results *results)
{
    if (results->stream)
        results->count = 0;
    rp_results_cut(results, 0);
    free(results->verdict);
    rp_stream_close(results->stream);
    results->stream = NULL;
    results->verdict = NULL;
    results->capacity = 0;
}

bool rp_results_limited(const struct rp_results *results)
{
    size_t limit = results->configuration.limit;
    bool limited = false;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        limited |= limit && results->mode[mode].scanned && results->mode[mode].encodings > limit;
    return limited;
}

const struct rp_verdict *rp_results_at(const struct rp_results *results, size_t i)
{
    return results->stream ? rp_stream_at(results->stream, results, i) : &results->verdict[i];
}

const struct rp_verdict *rp_results_keep(const struct rp_results *results, const struct rp_verdict *verdict)
{
    return results->stream ? rp_stream_keep(results->stream, verdict) : verdict;
}

const char *rp_results_name(const struct rp_results *results, const char *name)
{
    return results->stream ? rp_stream_name(results->stream, name) : name;
}

int rp_results_told(const struct rp_results *results, struct rp_error *error)
{
    return results->stream ? rp_stream_told(results->stream, error) : RP_OK;
}
