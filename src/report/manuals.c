/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What manuals say of evidence; see manuals.h. */
#include "report/manuals.h"

#include "base/tsv.h"

#include <stdio.h>
#include <string.h>

static int copy(const struct rp_tsv_row *row, unsigned column, char *to, size_t size, struct rp_error *error)
{
    if ((size_t)snprintf(to, size, "%s", row->column[column]) >= size || !*to)
        return rp_tsv_complain(row, error, "'%s' is empty or too long", row->column[column]);
    return RP_OK;
}

/* "hole", "privileged", or both with a '/' between. */
static uint8_t verdicts_of(const char *text)
{
    uint8_t verdicts = 0;
    for (unsigned i = 0; i < RP_VERDICT_COUNT; i++)
        if (strstr(text, rp_judgement_name((enum rp_judgement)i)))
            verdicts |= (uint8_t)(1u << i);
    return verdicts;
}

static int take_row(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    enum { INSTRUCTION, VERDICT, KIND, RESOURCE, SOURCE, WHY };
    struct rp_manuals *manuals = context;
    enum rp_sensitivity kind = RP_SENSITIVE_NONE;
    if (manuals->count == RP_MANUALS_MAX)
        return rp_tsv_complain(row, error, "more than %d rows", RP_MANUALS_MAX);
    struct rp_manual_row *entry = &manuals->row[manuals->count];
    entry->verdicts = verdicts_of(row->column[VERDICT]);
    if (strcmp(row->column[KIND], "-") != 0 && !rp_sensitivity_find(row->column[KIND], &kind))
        return rp_tsv_complain(row, error, "'%s' is no kind of evidence", row->column[KIND]);
    entry->kind = (uint8_t)kind;
    entry->resource = rp_resource_find(row->column[RESOURCE]);
    int result = copy(row, INSTRUCTION, entry->instruction, sizeof entry->instruction, error);
    if (result == RP_OK)
        result = copy(row, SOURCE, entry->source, sizeof entry->source, error);
    if (result == RP_OK)
        result = copy(row, WHY, entry->why, sizeof entry->why, error);
    manuals->count += result == RP_OK;
    return result;
}

int rp_manuals_load(struct rp_manuals *manuals, struct rp_error *error)
{
    manuals->count = 0;
    return rp_tsv_read("non-innocuous.tsv", "instruction\tverdict\tkind\tresource\tsource\twhy", take_row,
                       manuals, error);
}

/* How well a row fits: 0 not at all, most if it is about the witness. */
static unsigned fit(const struct rp_manual_row *row, const struct rp_verdict *verdict)
{
    if (!(row->verdicts >> verdict->judgement & 1))
        return 0;
    if (verdict->has_witness && row->kind == verdict->witness_kind && row->resource == verdict->resource)
        return 3;
    if (row->kind & verdict->sensitivity && rp_resource_set_has(&verdict->resources, row->resource))
        return 2;
    return row->kind == 0 && !verdict->has_witness;
}

const struct rp_manual_row *rp_manuals_find(const struct rp_manuals *manuals,
                                            const struct rp_verdict *verdict)
{
    const struct rp_manual_row *best = NULL;
    unsigned most = 0;
    for (size_t i = 0; i < manuals->count; i++) {
        if (strcmp(manuals->row[i].instruction, verdict->name) != 0)
            continue;
        unsigned fits = fit(&manuals->row[i], verdict);
        if (fits > most)
            best = &manuals->row[i];
        most = fits > most ? fits : most;
    }
    return best;
}
