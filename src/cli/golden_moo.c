/* SPDX-License-Identifier: GPL-2.0-or-later */
/* golden verify of MOO files: recorded hardware tests on an executor. */
#include "cli/golden.h"

#include "cli/campaign.h"
#include "cli/cli.h"
#include "cli/moo_files.h"
#include "cli/progress.h"
#include "cli/values.h"
#include "report/moo.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct verifying {
    const struct rp_moo_format *format;
    struct rp_moo_report report;
    struct rp_moo_tally tally;
    struct rp_site site;
    struct rp_output *output;
    bool in_detail;
};

/* The executor of -x; without it Unicorn, for native has no real mode. */
static int choose_executor(const struct rp_options *options, struct rp_options *mine, struct rp_error *error)
{
    struct rp_text notes = {0};
    *mine = *options;
    int result = RP_OK;
    if (!options->executors)
        result = rp_value_executors("unicorn", mine, &notes, error);
    rp_text_free(&notes);
    return result;
}

/* What of the options tests have no use for. */
static int check_useless(const struct rp_options *options, struct rp_error *error)
{
    const struct {
        bool given;
        const char *name;
    } useless[] = {{options->modes != 0, "--mode"},
                   {options->seeds != 0, "--seeds"},
                   {options->cpus != NULL, "--cpus"},
                   {options->loop, "--loop"},
                   {options->max_rate != 0, "--max-rate"},
                   {options->common, "--common"},
                   {options->wide, "--space"}};
    for (size_t i = 0; i < sizeof useless / sizeof useless[0]; i++)
        if (useless[i].given)
            return rp_error_set(error, RP_EINPUT,
                                "%s is for golden records, these are recorded hardware tests",
                                useless[i].name);
    return RP_OK;
}

static int check_real_mode(const struct rp_options *options, struct rp_error *error)
{
    static struct rp_executor_report report;
    const char *name = options->executor[0].name;
    int result = rp_executor_need(&options->executor[0].entry, name, &report, error);
    if (result)
        return result;
    if (!report.capabilities.ring[RP_MODE_REAL16][0])
        return rp_error_set(error, RP_EINPUT,
                            "%s has no real mode, in which these tests were recorded (%s); -x unicorn, bochs "
                            "or qemu has",
                            name, report.capabilities.refused[RP_MODE_REAL16]);
    return RP_OK;
}

/* "3,14": indices of tests. */
static int parse_only(const char *text, struct rp_moo_options *how, struct rp_error *error)
{
    size_t most = 1;
    for (const char *at = text; *at; at++)
        most += *at == ',';
    uint32_t *only = calloc(most, sizeof only[0]);
    if (!only)
        return rp_error_set(error, RP_EENVIRONMENT, "no memory for %zu tests", most);
    how->only = only;
    while (text) {
        char *end;
        unsigned long index = strtoul(text, &end, 10);
        if (end == text || (*end && *end != ',') || index > UINT32_MAX)
            return rp_error_set(error, RP_EINPUT, "--only takes numbers of tests, such as 3,14, not '%s'",
                                text);
        only[how->only_count++] = (uint32_t)index;
        text = *end ? end + 1 : NULL;
    }
    return RP_OK;
}

static int take(void *context, const struct rp_moo_source *source, const struct rp_moo_result *result,
                const char *detail, struct rp_error *error)
{
    struct verifying *v = context;
    if (v->in_detail) {
        v->format->test(source, result, detail, &v->report, &v->output->text);
        int code = rp_output_line(v->output, error);
        if (code)
            return code;
    }
    return rp_moo_tally_add(&v->tally, source, result, error);
}

static int run(const struct rp_options *options, const struct rp_moo_files *files, struct verifying *v,
               struct rp_error *error)
{
    struct rp_campaign_options campaign;
    struct rp_progress progress;
    struct rp_moo_options how = {.executor = options->executor[0].entry.executor,
                                 .model = rp_executor_model(options->executor[0].name),
                                 .workers = options->jobs,
                                 .limit = options->limit ? options->limit : SIZE_MAX,
                                 .stop = &rp_interrupted,
                                 .deadline = rp_golden_cli_deadline(options)};
    int result = options->only ? parse_only(options->only, &how, error) : RP_OK;
    if (result == RP_OK)
        result = rp_campaign_begin(options, &campaign, error);
    if (result) {
        free((void *)how.only);
        return result;
    }
    how.log_descriptor = campaign.log_descriptor;
    v->in_detail = how.only_count > 0;
    rp_progress_begin(&progress, isatty(STDERR_FILENO) == 1);
    if (options->progress == RP_ALWAYS || (options->progress == RP_AUTO && !options->quiet)) {
        how.progress = rp_progress_tests;
        how.progress_context = &progress;
    }
    result = rp_moo_verify(&how, files->source, files->count, take, v, error);
    if (result == RP_OK && how.progress && !v->in_detail)
        rp_progress_tests_done(&progress, v->tally.tests);
    rp_progress_end(&progress);
    rp_campaign_end(&campaign);
    free((void *)how.only);
    return result;
}

static int answer(const struct rp_options *options, const struct rp_moo_files *files, struct verifying *v,
                  struct rp_error *error)
{
    struct rp_style style = rp_output_style(options, STDOUT_FILENO, v->output->path);
    v->report = (struct rp_moo_report){.version = RP_VERSION,
                                       .executor = options->executor[0].name,
                                       .executor_version = options->executor[0].entry.executor->version(),
                                       .provenance = options->executor[0].entry.executor->provenance,
                                       .site = &v->site,
                                       .files = files->count,
                                       .tally = &v->tally};
    for (size_t i = 0; i < files->count; i++)
        v->report.wanted += options->limit && options->limit < files->source[i].tests
                                ? options->limit
                                : files->source[i].tests;
    int result = run(options, files, v, error);
    bool ended = result == RP_EINTERRUPTED && !v->output->closed; /* by --time or SIGINT: what ran is told */
    if (result && !ended)
        return result;
    result = rp_interrupted ? RP_EINTERRUPTED : RP_OK;
    if (v->in_detail && !v->tally.tests && !ended)
        return rp_error_set(error, RP_EINPUT, "none of the %zu files has a test %s", files->count,
                            options->only);
    rp_moo_tally_sort(&v->tally);
    if (!v->in_detail)
        v->format->report(&v->report, &style, &v->output->text);
    bool none = !v->tally.answer[RP_MOO_AGREES] && !v->tally.answer[RP_MOO_DIFFERS];
    if (result == RP_OK && none)
        return rp_error_set(error, RP_EINPUT, "no test was run: %s",
                            ended ? "the time was over before; give a longer --time"
                                  : "none is runnable, for the reasons in the answer");
    return result;
}

int rp_golden_cli_verify_moo(const struct rp_options *options, struct rp_output *output, bool *news,
                             struct rp_error *error)
{
    static struct rp_options mine;
    struct verifying v = {.format = rp_moo_format_find(options->format->name), .output = output};
    struct rp_moo_files files = {0};
    if (!v.format)
        return rp_error_set(error, RP_EINPUT, "tests are written as text markdown json, not as '%s'",
                            options->format->name);
    int result = check_useless(options, error);
    if (result == RP_OK)
        result = choose_executor(options, &mine, error);
    if (result == RP_OK)
        result = check_real_mode(&mine, error);
    if (result == RP_OK)
        result = rp_moo_files_find(options->operands + 1, &files, error);
    for (size_t i = 0; i < files.count && result == RP_OK; i++)
        result = rp_output_spares(output, (char *const[]){(char *)files.source[i].path, NULL}, error);
    if (result == RP_OK)
        result = rp_site_read(&v.site, error);
    if (result == RP_OK)
        result = answer(&mine, &files, &v, error);
    *news = result == RP_OK && v.tally.answer[RP_MOO_DIFFERS];
    rp_moo_tally_free(&v.tally);
    rp_moo_files_free(&files);
    return result;
}
