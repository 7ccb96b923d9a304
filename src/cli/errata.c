/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which entries, and their answers; see errata.h. */
#include "cli/errata.h"

#include "cli/campaign.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/values.h"
#include "errata/experiment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rp_errata_free(struct rp_errata_asking *asking)
{
    free(asking->entry);
    free(asking->result);
    rp_catalogue_free(&asking->catalogue);
    *asking = (struct rp_errata_asking){0};
}

/* Adds the entry that is named so, once. */
static int add(const char *name, struct rp_errata_asking *asking, struct rp_error *error)
{
    const struct rp_erratum *entry = rp_catalogue_find(&asking->catalogue, name);
    if (!entry)
        return rp_error_set(error, RP_EINPUT,
                            "'%s' is no entry; `ringprobe errata --list` lists them with all their names",
                            name);
    for (size_t i = 0; i < asking->entries; i++)
        if (asking->entry[i] == entry)
            return RP_OK;
    asking->entry[asking->entries++] = entry;
    return RP_OK;
}

int rp_errata_choose(const char *ids, struct rp_errata_asking *asking, struct rp_error *error)
{
    char name[128];
    int result = rp_catalogue_load(&asking->catalogue, error);
    size_t count = asking->catalogue.count;
    if (result)
        return result;
    asking->entry = calloc(count, sizeof(struct rp_erratum *));
    asking->result = calloc(count, sizeof *asking->result);
    if (!asking->entry || !asking->result)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for %zu entries", count);
    for (size_t i = 0; i < count && !ids; i++)
        asking->entry[asking->entries++] = &asking->catalogue.entry[i];
    for (bool more = ids != NULL; more && result == RP_OK;) {
        size_t length = strcspn(ids, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, ids);
        result = add(name, asking, error);
        more = ids[length] == ',';
        ids += length + more;
    }
    return result;
}

static int take(void *context, const struct rp_errata_result *result, struct rp_error *error)
{
    struct rp_errata_asking *asking = context;
    (void)error;
    asking->result[asking->results++] = *result;
    return RP_OK;
}

/* Who is asked: the executor of -x; else native, and where that can't run, nobody. */
static int find_executor(struct rp_options *options, struct rp_errata_options *how, struct rp_error *error)
{
    static struct rp_error why;
    struct rp_text notes = {0};
    int result =
        rp_value_executors(options->executors ? options->executors : "native", options, &notes, &why);
    rp_text_free(&notes);
    if (result == RP_OK && options->executor_count != 1)
        return rp_error_set(error, RP_EINPUT, "errata are asked of one executor, not of %u; name one with -x",
                            options->executor_count);
    if (result == RP_OK) {
        how->executor = options->executor[0].entry.executor;
        how->model = rp_executor_model(options->executor[0].name);
        return RP_OK;
    }
    if (options->executors)
        return rp_error_set(error, result, "%s", why.line);
    rp_note("%s; nothing is run, tables answer", why.line);
    how->why_not = "native can't run here";
    return RP_OK;
}

/* The tables speak of CPUs: of this one, unless an emulator is asked. */
static int identify(struct rp_errata_options *how, struct rp_errata_report *report, struct rp_error *error)
{
    static struct rp_cpu cpu;
    report->provenance = how->executor ? how->executor->provenance : RP_PROVENANCE_SILICON;
    if (report->provenance != RP_PROVENANCE_SILICON)
        return RP_OK;
    report->cpu = how->cpu = &cpu;
    int result = rp_cpu_read(&cpu, error);
    report->virtualised = cpu.hypervisor[0] != '\0';
    return result;
}

int rp_errata_ask(const struct rp_options *options, struct rp_errata_asking *asking,
                  struct rp_errata_report *report, struct rp_error *error)
{
    static struct rp_options mine;
    struct rp_campaign_options campaign;
    struct rp_errata_options how = {.workers = options->jobs, .stop = &rp_interrupted};
    mine = *options;
    int result = find_executor(&mine, &how, error);
    if (result == RP_OK)
        result = identify(&how, report, error);
    if (result == RP_OK)
        result = rp_campaign_begin(&mine, &campaign, error);
    if (result)
        return result;
    how.log_descriptor = campaign.log_descriptor;
    static struct rp_site site;
    struct rp_error ignored;
    if (rp_site_read(&site, &ignored) == RP_OK)
        report->site = &site;
    result = rp_errata_answer_all(&how, asking->entry, asking->entries, take, asking, error);
    rp_campaign_end(&campaign);
    report->version = RP_VERSION;
    report->executor = how.executor ? mine.executor[0].name : "tables";
    report->results = asking->result;
    report->count = asking->results;
    rp_errata_fingerprint(report->results, report->count, &report->fingerprint);
    return result;
}
