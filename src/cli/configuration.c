/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of a report; see configuration.h. */
#include "cli/configuration.h"

#include "base/corpus.h"
#include "executor/registry.h"
#include "x86/cpu.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

static void describe_machine(struct rp_configuration_strings *strings)
{
    static struct rp_cpu cpu;
    struct rp_text text = {0};
    struct utsname name;
    if (rp_cpu_read(&cpu, NULL) == RP_OK)
        rp_cpu_print(&cpu, &text);
    snprintf(strings->cpu, sizeof strings->cpu, "%s", text.length ? rp_text_string(&text) : "not known");
    snprintf(strings->hypervisor, sizeof strings->hypervisor, "%s",
             strcmp(cpu.hypervisor, "?") == 0 ? "one that gives no name" : cpu.hypervisor);
    rp_text_free(&text);
    if (uname(&name) == 0)
        snprintf(strings->kernel, sizeof strings->kernel, "%.100s %.100s", name.sysname, name.release);
}

static void add_list(struct rp_text *text, const char *option, unsigned bits, unsigned count,
                     const char *(*name)(unsigned))
{
    rp_text_add(text, " %s ", option);
    const char *separator = "";
    for (unsigned i = 0; i < count; i++) {
        if (!(bits >> i & 1))
            continue;
        rp_text_add(text, "%s%s", separator, name(i));
        separator = ",";
    }
}

static const char *mode_name(unsigned mode)
{
    return rp_mode_info((enum rp_mode)mode)->name;
}

/* As one could type it again: what decides the result, not where it goes. */
static void add_command(const struct rp_options *options, const struct rp_configuration *c,
                        struct rp_text *text)
{
    rp_text_add(text, "ringprobe %s", c->hunt ? "hunt" : c->fuzz ? "fuzz" : "scan");
    add_list(text, "-m", c->modes, RP_MODE_COUNT, mode_name);
    for (unsigned i = 0; i < options->executor_count; i++)
        rp_text_add(text, "%s%s", i ? "," : " -x ", options->executor[i].name);
    rp_text_add(text, " -p %s --seed %" PRIu64, rp_policy_name(options->policy), options->seed);
    if (options->wide)
        rp_text_add(text, " --space wide");
    for (unsigned s = 0; c->hunt && s < RP_HUNT_SEARCH_COUNT; s++)
        if (options->searches == 1u << s)
            rp_text_add(text, " --search %s", rp_hunt_search_name((enum rp_hunt_search)s));
    if (options->shards > 1)
        rp_text_add(text, " --shard %u/%u", options->shard, options->shards);
    if (options->limit)
        rp_text_add(text, " --limit %zu", options->limit);
    if (options->seconds)
        rp_text_add(text, " --time %" PRIu64, options->seconds);
    if (options->runs)
        rp_text_add(text, " --runs %" PRIu64, options->runs);
}

/* What none of the executors can set, from themselves. */
static int ask_executors(const struct rp_options *options, struct rp_resource_set *beyond,
                         struct rp_error *error)
{
    static struct rp_executor_report report;
    bool settable[RP_RESOURCE_COUNT] = {false};
    for (unsigned i = 0; i < options->executor_count; i++) {
        int result = rp_executor_need(&options->executor[i].entry, options->executor[i].name, &report, error);
        if (result)
            return result;
        for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
            settable[r] |= report.capabilities.resource[r];
    }
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        if (!settable[r])
            rp_resource_set_add(beyond, (enum rp_resource)r);
    return RP_OK;
}

/* "unicorn 2.0.1 (emulated)", joined by ", ". */
static void name_executors(const struct rp_options *options, struct rp_configuration_strings *strings)
{
    size_t length = 0, size = sizeof strings->executors;
    for (unsigned i = 0; i < options->executor_count && length < size; i++) {
        const struct rp_executor *executor = options->executor[i].entry.executor;
        const char *model = rp_executor_model(options->executor[i].name);
        length += (size_t)snprintf(strings->executors + length, size - length, "%s%.200s%s%.60s (%s)",
                                   i ? ", " : "", executor->version(), model ? " as " : "",
                                   model ? model : "", rp_provenance_name(executor->provenance));
    }
}

int rp_configuration_make(const struct rp_options *options, struct rp_configuration *configuration,
                          struct rp_configuration_strings *strings, struct rp_error *error)
{
    struct timespec now;
    struct tm day;
    memset(strings, 0, sizeof *strings);
    describe_machine(strings);
    rp_corpus_version(strings->corpus);
    clock_gettime(CLOCK_REALTIME, &now);
    strftime(strings->date, sizeof strings->date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now.tv_sec, &day));
    add_command(options, configuration, &strings->command);
    name_executors(options, strings);
    configuration->executors = strings->executors;
    configuration->version = RP_VERSION;
    configuration->corpus = strings->corpus;
    configuration->cpu = strings->cpu;
    configuration->hypervisor = strings->hypervisor;
    configuration->kernel = strings->kernel;
    configuration->date = strings->date;
    configuration->command = rp_text_string(&strings->command);
    configuration->policy = options->policy;
    configuration->random_seed = options->seed;
    return ask_executors(options, &configuration->beyond, error);
}
