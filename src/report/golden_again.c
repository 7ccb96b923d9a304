/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Differences that come again in each pass of a loop, which without end would be lines without end; see
 * golden_internal.h. */
#include "report/golden_internal.h"

#include "base/rows.h"

#include <stdlib.h>
#include <xxhash.h>

struct rp_golden_lasting {
    uint64_t key, count;
    struct rp_golden_difference first;
};

/* The run, the processor, and what was seen. */
static uint64_t key_of(const struct rp_golden_difference *d)
{
    const uint64_t numbers[] = {d->ordinal,       (uint64_t)(int64_t)d->cpu, d->cells,
                                d->shown[1].kind, d->shown[1].vector,        d->shown[1].error_code,
                                d->cell[0].cell,  d->cell[0].value[1],       d->constancy};
    return XXH64(numbers, sizeof numbers, 0);
}

static size_t find_place(const struct rp_golden_report *report, uint64_t key)
{
    size_t place = key & (report->places - 1);
    while (report->place[place] && report->lasting[report->place[place] - 1].key != key)
        place = (place + 1) & (report->places - 1);
    return place;
}

static bool reserve(struct rp_golden_report *report)
{
    if (2 * (report->lastings + 1) <= report->places)
        return true;
    size_t places = report->places ? 2 * report->places : 256;
    size_t *place = calloc(places, sizeof place[0]);
    if (!place)
        return false;
    free(report->place);
    report->place = place;
    report->places = places;
    for (size_t i = 0; i < report->lastings; i++)
        place[find_place(report, report->lasting[i].key)] = i + 1;
    return true;
}

bool rp_golden_told(struct rp_golden_report *report, const struct rp_golden_difference *difference)
{
    if (difference->declared != RP_GOLDEN_UNDECLARED)
        return difference->pass > 0;
    if (difference->constancy != RP_GOLDEN_LASTING)
        return false;
    if (!reserve(report)) {
        report->failed = true;
        return false;
    }
    const uint64_t key = key_of(difference);
    size_t place = find_place(report, key);
    if (report->place[place]) {
        report->lasting[report->place[place] - 1].count++;
        return true;
    }
    struct rp_golden_lasting *row =
        rp_rows_add((void **)&report->lasting, &report->lastings, &report->lasting_capacity, sizeof *row);
    if (!row) {
        report->failed = true;
        return false;
    }
    *row = (struct rp_golden_lasting){key, 1, *difference};
    report->place[place] = report->lastings;
    return false;
}

void rp_golden_tell_again(struct rp_golden_report *report, struct rp_text *text)
{
    for (size_t i = 0; i < report->lastings; i++)
        if (report->lasting[i].count > 1)
            rp_golden_json_again(&report->lasting[i].first, report->lasting[i].count, text);
    free(report->lasting);
    free(report->place);
    report->lasting = NULL;
    report->place = NULL;
    report->lastings = report->lasting_capacity = report->places = 0;
}
