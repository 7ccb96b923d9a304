/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fleets as JSON lines; see fleet.h. */
#include "report/fleet.h"

#include "base/json.h"

static void begin(struct rp_json *json, const char *what)
{
    rp_json_begin(json);
    rp_json_string(json, "schema", "ringprobe.fleet/1");
    rp_json_string(json, "what", what);
}

static const char *or_null(const char *value)
{
    return value && value[0] ? value : NULL;
}

static void add_machine(const struct rp_fleet *fleet, size_t machine, struct rp_text *text)
{
    const struct rp_fleet_machine *m = &fleet->machine[machine];
    struct rp_json json;
    begin(&json, "machine");
    rp_json_string(&json, "machine", m->name);
    rp_json_string(&json, "host", or_null(m->host));
    rp_json_number(&json, "kind", (int64_t)m->kind + 1);
    rp_json_string(&json, "identity", or_null(m->identity));
    rp_json_number(&json, "answers", (int64_t)m->answers + 1);
    rp_json_bool(&json, "odd", m->odd > 0);
    rp_json_bool(&json, "alone", fleet->kind[m->kind].machines == 1);
    rp_json_bool(&json, "not_as_recorded", m->unlike);
    rp_json_open_array(&json, "cells");
    for (size_t cell = 0; cell < fleet->cells; cell++) {
        const struct rp_fleet_most *most = &fleet->kind[m->kind].most[cell];
        if (!rp_fleet_is_odd(fleet, machine, cell))
            continue;
        rp_json_open_object(&json, NULL);
        rp_json_string(&json, "asked", fleet->cell[cell].name);
        rp_json_string(&json, "says", or_null(rp_fleet_value(fleet, machine, cell)));
        rp_json_string(&json, "most", or_null(most->value));
        rp_json_number(&json, "of_most", (int64_t)most->count);
        rp_json_close(&json);
    }
    rp_json_close(&json);
    rp_json_end(&json, text);
}

static void add_difference(const struct rp_fleet *fleet, size_t cell, struct rp_text *text)
{
    struct rp_json json;
    begin(&json, "kinds-differ");
    rp_json_string(&json, "asked", fleet->cell[cell].name);
    rp_json_open_array(&json, "most");
    for (size_t kind = 0; kind < fleet->kinds; kind++)
        rp_json_string(&json, NULL, or_null(fleet->kind[kind].most[cell].value));
    rp_json_close(&json);
    rp_json_end(&json, text);
}

void rp_fleet_json(const struct rp_fleet *fleet, const struct rp_style *style, struct rp_text *text)
{
    struct rp_json json;
    (void)style;
    for (size_t i = 0; i < fleet->machines; i++)
        add_machine(fleet, i, text);
    for (size_t cell = 0; cell < fleet->cells; cell++)
        if (rp_fleet_kinds_differ(fleet, cell))
            add_difference(fleet, cell, text);
    begin(&json, "summary");
    rp_json_number(&json, "machines", (int64_t)fleet->machines);
    rp_json_number(&json, "kinds", (int64_t)fleet->kinds);
    rp_json_number(&json, "answers", (int64_t)fleet->answers);
    rp_json_number(&json, "asked", (int64_t)fleet->cells);
    rp_json_number(&json, "odd", (int64_t)fleet->odd);
    rp_json_number(&json, "not_as_recorded", (int64_t)fleet->unlike);
    rp_json_end(&json, text);
}
