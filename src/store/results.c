/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What owns a scan's verdicts takes and lets go of them; see results.h. */
#include "store/results.h"

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
    rp_results_cut(results, 0);
    free(results->verdict);
    results->verdict = NULL;
    results->capacity = 0;
}
