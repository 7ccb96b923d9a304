/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What owns a scan's verdicts lets go of them; see results.h. */
#include "report/results.h"

#include <stdlib.h>

void rp_results_free(struct rp_results *results)
{
    for (size_t i = 0; i < results->count; i++)
        rp_verdict_free(&results->verdict[i]);
    free(results->verdict);
    results->verdict = NULL;
    results->count = results->capacity = 0;
}
