/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All entries, in worker processes; see experiment.h. A run that takes its worker with it is not made a
 * second time: it is what the experiment came to. */
#include "errata/experiment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

struct work {
    const struct rp_errata_options *options;
    const struct rp_erratum *const *entries;
    rp_errata_done *done;
    void *context;
};

struct worker {
    const struct work *work;
    void *instance;
};

static int open_worker(void *context, volatile uint64_t *run_counter, void **opaque, struct rp_error *error)
{
    const struct work *work = context;
    const struct rp_executor_options options = {.run_counter = run_counter, .model = work->options->model};
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a worker");
    worker->work = work;
    int result = work->options->executor->open(&options, &worker->instance, error);
    if (result)
        free(worker);
    else
        *opaque = worker;
    return result;
}

static void close_worker(void *opaque)
{
    struct worker *worker = opaque;
    worker->work->options->executor->close(worker->instance);
    free(worker);
}

static int run_item(void *opaque, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                    struct rp_error *error)
{
    struct worker *worker = opaque;
    const struct work *work = worker->work;
    struct rp_experiment experiment = {.made = true, .runs = 1};
    int code = RP_OK;
    if (deaths->count) {
        const struct rp_death *death = &deaths->death[0];
        experiment.other = (struct rp_shown){.present = true,
                                             .kind = death->hung ? RP_OUTCOME_HUNG : RP_OUTCOME_DIED,
                                             .vector = (uint8_t)death->signal};
        experiment.first = experiment.other;
    } else {
        code = rp_errata_experiment(work->entries[item], work->options, worker->instance, &experiment, error);
    }
    if (code == RP_OK)
        rp_text_add_bytes(result, (const char *)&experiment, sizeof experiment);
    return code;
}

/* The line of Linux' file about an entry; NULL if there is none. */
static const char *ask_kernel(const struct rp_erratum *erratum, char line[200])
{
    char path[160];
    if (!erratum->linux_name)
        return NULL;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/vulnerabilities/%.80s", erratum->linux_name);
    FILE *file = fopen(path, "re");
    bool there = file && fgets(line, 200, file);
    if (file)
        fclose(file);
    if (there)
        line[strcspn(line, "\n")] = '\0';
    return there ? line : NULL;
}

static uint32_t find_release(void)
{
    struct utsname names;
    bool linux_runs = uname(&names) == 0 && strcmp(names.sysname, "Linux") == 0;
    return linux_runs ? rp_linux_release(names.release) : 0;
}

/* The CPU that an entry is about where tables have to answer; NULL: none. An executor that is no CPU may have
 * this one execute, as KVM does. */
static const struct rp_cpu *find_cpu(const struct work *work, const struct rp_experiment *experiment)
{
    static struct rp_cpu here;
    if (work->options->cpu || !experiment->on_cpu)
        return work->options->cpu;
    return here.vendor[0] || rp_cpu_read(&here, NULL) == RP_OK ? &here : NULL;
}

static int take_item(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    const struct work *work = context;
    struct rp_experiment experiment;
    struct rp_errata_result result;
    char line[200];
    if (length != sizeof experiment)
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    memcpy(&experiment, bytes, length);
    const struct rp_errata_system system = {ask_kernel(work->entries[item], line), find_release()};
    rp_errata_decide(work->entries[item], find_cpu(work, &experiment), &system, &experiment, &result);
    return work->done(work->context, &result, error);
}

static void name_item(void *context, size_t item, char *text, size_t size)
{
    const struct work *work = context;
    snprintf(text, size, "%s", work->entries[item]->id);
}

/* Nothing is run. */
static int answer_by_tables(struct work *work, size_t count, struct rp_error *error)
{
    struct rp_experiment none = {0};
    int result = RP_OK;
    snprintf(none.why_not, sizeof none.why_not, "%s", work->options->why_not);
    for (size_t i = 0; i < count && result == RP_OK; i++)
        result = take_item(work, i, (const char *)&none, sizeof none, error);
    return result;
}

int rp_errata_answer_all(const struct rp_errata_options *options, const struct rp_erratum *const *entries,
                         size_t count, rp_errata_done *done, void *context, struct rp_error *error)
{
    struct work work = {options, entries, done, context};
    if (!options->executor)
        return answer_by_tables(&work, count, error);
    struct rp_pool_work pool_work = {.items = count,
                                     .context = &work,
                                     .open = open_worker,
                                     .item = run_item,
                                     .close = close_worker,
                                     .done = take_item,
                                     .name = name_item};
    struct rp_pool_options pool = {
        .workers = options->workers, .stop = options->stop, .log_descriptor = options->log_descriptor};
    struct rp_pool_status status = {0};
    return rp_pool_run(&pool_work, &pool, &status, error);
}
