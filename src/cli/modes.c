/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modes and the executors that can run them; see modes.h. */
#include "cli/modes.h"

#include "campaign/scan.h"
#include "cli/output.h"

#include <stdio.h>

#define WHY_MAX (RP_REFUSED_MAX + 64)

struct asked {
    struct rp_capabilities can[RP_OPINIONS_MAX];
    const char *name[RP_OPINIONS_MAX];
    unsigned count;
};

/* What an executor that sets controls can run does not depend on the machine, and asking it takes time. */
static bool depends_on_machine(const struct rp_options *options)
{
    for (unsigned i = 0; i < options->executor_count; i++)
        if (options->executor[i].entry.executor->as_found || options->executor[i].entry.executor->by_machine)
            return true;
    return false;
}

static int ask(const struct rp_options *options, struct asked *asked, struct rp_error *error)
{
    static struct rp_executor_report report;
    for (unsigned i = 0; i < options->executor_count; i++) {
        int result = rp_executor_need(&options->executor[i].entry, options->executor[i].name, &report, error);
        if (result)
            return result;
        asked->can[i] = report.capabilities;
        asked->name[i] = options->executor[i].name;
    }
    asked->count = options->executor_count;
    return RP_OK;
}

/* Ring 0 of vm86 is real16's, ring 3 alone makes it worth a run. */
static bool runs(const struct rp_capabilities *can, enum rp_mode mode)
{
    return can->ring[mode][0] || can->ring[mode][3];
}

/* True if nobody runs the mode; *why is then the first one's reason. */
static bool is_refused(const struct asked *asked, enum rp_mode mode, char *why, size_t size)
{
    for (unsigned i = 0; i < asked->count; i++)
        if (runs(&asked->can[i], mode))
            return false;
    snprintf(why, size, "%s can't run %s here: %s", asked->name[0], rp_mode_info(mode)->name,
             asked->can[0].refused[mode]);
    return true;
}

/* What is left out, and of what is left who is missing. */
static void note(const struct asked *asked, enum rp_mode mode)
{
    char why[WHY_MAX];
    if (is_refused(asked, mode, why, sizeof why)) {
        rp_note("%s", why);
        return;
    }
    for (unsigned i = 0; i < asked->count; i++)
        if (!runs(&asked->can[i], mode) && asked->can[i].missing[mode])
            rp_note("%s without %s: %s", rp_mode_info(mode)->name, asked->name[i],
                    asked->can[i].refused[mode]);
}

int rp_modes_settle(const struct rp_options *options, uint8_t *modes, struct rp_error *error)
{
    static struct asked asked;
    char why[WHY_MAX], first[WHY_MAX] = "";
    uint8_t left = 0, wanted = *modes;
    int result = depends_on_machine(options) ? ask(options, &asked, error) : RP_OK;
    if (result || asked.count == 0)
        return result;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        if (!(wanted >> mode & 1))
            continue;
        if (!is_refused(&asked, (enum rp_mode)mode, why, sizeof why))
            left |= (uint8_t)(1u << mode);
        else if (!first[0])
            snprintf(first, sizeof first, "%s", why);
    }
    if (left == 0)
        return rp_error_set(error, RP_EENVIRONMENT, "%s", first);
    for (unsigned i = 0; i < asked.count && !options->quiet; i++)
        if (asked.can[i].remark[0])
            rp_note("%s: %s", asked.name[i], asked.can[i].remark);
    for (unsigned mode = 0; mode < RP_MODE_COUNT && !options->quiet; mode++)
        if (wanted >> mode & 1)
            note(&asked, (enum rp_mode)mode);
    *modes = left;
    return RP_OK;
}
