/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is odd; see fleet.h. */
#include "golden/fleet.h"

#include <stdlib.h>
#include <string.h>

const char *rp_fleet_value(const struct rp_fleet *fleet, size_t machine, size_t cell)
{
    const char *value = fleet->cell[cell].value[machine];
    return value ? value : "";
}

static size_t count_same(const struct rp_fleet *fleet, size_t kind, size_t cell, const char *value)
{
    size_t count = 0;
    for (size_t i = 0; i < fleet->machines; i++)
        count += fleet->machine[i].kind == kind && strcmp(rp_fleet_value(fleet, i, cell), value) == 0;
    return count;
}

static struct rp_fleet_most find_most(const struct rp_fleet *fleet, size_t kind, size_t cell)
{
    for (size_t i = fleet->kind[kind].first; i < fleet->machines; i++) {
        if (fleet->machine[i].kind != kind)
            continue;
        const char *value = rp_fleet_value(fleet, i, cell);
        size_t count = count_same(fleet, kind, cell, value);
        if (2 * count > fleet->kind[kind].machines)
            return (struct rp_fleet_most){value, count};
    }
    return (struct rp_fleet_most){0};
}

bool rp_fleet_is_odd(const struct rp_fleet *fleet, size_t machine, size_t cell)
{
    const char *most = fleet->kind[fleet->machine[machine].kind].most[cell].value;
    return !most || strcmp(most, rp_fleet_value(fleet, machine, cell)) != 0;
}

static bool same_answers(const struct rp_fleet *fleet, size_t a, size_t b)
{
    for (size_t cell = 0; cell < fleet->cells; cell++)
        if (strcmp(rp_fleet_value(fleet, a, cell), rp_fleet_value(fleet, b, cell)) != 0)
            return false;
    return true;
}

static bool find_kind(struct rp_fleet *fleet, size_t machine)
{
    struct rp_fleet_machine *m = &fleet->machine[machine];
    for (m->kind = 0; m->kind < fleet->kinds; m->kind++)
        if (strcmp(fleet->machine[fleet->kind[m->kind].first].identity, m->identity) == 0)
            break;
    if (m->kind == fleet->kinds) {
        struct rp_fleet_kind *grown = realloc(fleet->kind, (fleet->kinds + 1) * sizeof grown[0]);
        if (!grown)
            return false;
        fleet->kind = grown;
        fleet->kind[fleet->kinds++] = (struct rp_fleet_kind){.first = machine};
    }
    fleet->kind[m->kind].machines++;
    return true;
}

/* The number of answers that equal machines have in common; a new one counts for its kind too. */
static void find_answers(struct rp_fleet *fleet, size_t machine)
{
    struct rp_fleet_machine *m = &fleet->machine[machine];
    bool new_of_kind = true;
    size_t like = machine;
    for (size_t i = 0; i < machine; i++) {
        if (!same_answers(fleet, i, machine))
            continue;
        like = like == machine ? i : like;
        new_of_kind = new_of_kind && fleet->machine[i].kind != m->kind;
    }
    m->answers = like == machine ? fleet->answers++ : fleet->machine[like].answers;
    fleet->kind[m->kind].answers += new_of_kind;
}

int rp_fleet_compare(struct rp_fleet *fleet, struct rp_error *error)
{
    for (size_t i = 0; i < fleet->machines; i++) {
        if (!find_kind(fleet, i))
            return rp_error_set(error, RP_EENVIRONMENT, "no memory for kinds of %zu machines",
                                fleet->machines);
        find_answers(fleet, i);
    }
    for (size_t kind = 0; kind < fleet->kinds; kind++) {
        struct rp_fleet_most *most = calloc(fleet->cells + 1, sizeof most[0]);
        if (!most)
            return rp_error_set(error, RP_EENVIRONMENT, "no memory for %zu answers", fleet->cells);
        fleet->kind[kind].most = most;
        for (size_t cell = 0; cell < fleet->cells; cell++)
            most[cell] = find_most(fleet, kind, cell);
    }
    for (size_t i = 0; i < fleet->machines; i++) {
        for (size_t cell = 0; cell < fleet->cells; cell++)
            fleet->machine[i].odd += rp_fleet_is_odd(fleet, i, cell);
        fleet->odd += fleet->machine[i].odd > 0;
        fleet->unlike += fleet->machine[i].unlike;
    }
    return RP_OK;
}

void rp_fleet_free(struct rp_fleet *fleet)
{
    for (size_t cell = 0; cell < fleet->cells; cell++) {
        for (size_t i = 0; i < fleet->machines && fleet->cell[cell].value; i++)
            free(fleet->cell[cell].value[i]);
        free(fleet->cell[cell].value);
        free(fleet->cell[cell].name);
    }
    for (size_t i = 0; i < fleet->machines; i++) {
        free(fleet->machine[i].name);
        free(fleet->machine[i].host);
        free(fleet->machine[i].identity);
    }
    for (size_t kind = 0; kind < fleet->kinds; kind++)
        free(fleet->kind[kind].most);
    free(fleet->place);
    free(fleet->machine);
    free(fleet->cell);
    free(fleet->kind);
    *fleet = (struct rp_fleet){0};
}
