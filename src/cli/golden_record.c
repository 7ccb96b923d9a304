/* SPDX-License-Identifier: GPL-2.0-or-later */
/* golden record; see golden.h. */
#include "cli/golden.h"

#include "base/clock.h"
#include "cli/campaign.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "report/golden.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int check(const struct rp_options *options, struct rp_error *error)
{
    if (options->operand_count > 1)
        return rp_error_set(error, RP_EINPUT, "golden record takes no file but that of --output, not '%s'",
                            options->operands[1]);
    if (!options->output)
        return rp_error_set(error, RP_EINPUT, "golden record needs a file to write: -o FILE");
    if (options->only)
        return rp_error_set(error, RP_EINPUT, "--only is for golden verify of MOO files");
    if (options->wide)
        return rp_error_set(error, RP_EINPUT, "golden records are made of the space forms, not of wide");
    if (options->cpus || options->loop || options->max_rate || options->common)
        return rp_error_set(error, RP_EINPUT,
                            "--cpus, --loop, --max-rate and --common are for golden verify");
    return RP_OK;
}

/* The modes of programs that the executors run by themselves: others need to be named. */
static uint8_t usual_modes(const struct rp_options *options)
{
    return options->modes ? options->modes : (uint8_t)((1u << RP_MODE_COUNT) - 1);
}

uint64_t rp_golden_cli_deadline(const struct rp_options *options)
{
    return options->seconds ? rp_clock_now() + options->seconds * 1000 * RP_CLOCK_MILLISECOND : 0;
}

/* Adds first to last; each has to be among those that this process may run on. */
static int add_cpus(unsigned long first, unsigned long last, int *cpu, unsigned *count,
                    struct rp_error *error)
{
    int allowed[RP_GOLDEN_CPUS_MAX];
    unsigned all = rp_golden_cpus(allowed, RP_GOLDEN_CPUS_MAX);
    for (unsigned long wanted = first; wanted <= last; wanted++) {
        unsigned i = 0;
        while (i < all && (unsigned long)allowed[i] != wanted)
            i++;
        if (i == all)
            return rp_error_set(error, RP_EINPUT,
                                "processor '%lu' is not there, or not for this process; leave it out of "
                                "--cpus (nproc, taskset -p)",
                                wanted);
        bool twice = false;
        for (unsigned k = 0; k < *count; k++)
            twice = twice || cpu[k] == (int)wanted;
        if (twice)
            continue;
        if (*count == RP_GOLDEN_CPUS_MAX)
            return rp_error_set(error, RP_EINPUT, "--cpus takes at most %d processors", RP_GOLDEN_CPUS_MAX);
        cpu[(*count)++] = (int)wanted;
    }
    return RP_OK;
}

int rp_golden_cli_cpus(const char *list, int *cpu, unsigned *count, struct rp_error *error)
{
    const char *at = list;
    int result = RP_OK;
    *count = 0;
    if (strcmp(list, "all") == 0) {
        *count = rp_golden_cpus(cpu, RP_GOLDEN_CPUS_MAX);
        return *count ? RP_OK
                      : rp_error_set(error, RP_EENVIRONMENT, "the system does not tell its processors");
    }
    do {
        char *end;
        bool digit = *at >= '0' && *at <= '9';
        unsigned long first = strtoul(at, &end, 10), last = first;
        if (*end == '-' && end[1] >= '0' && end[1] <= '9')
            last = strtoul(end + 1, &end, 10);
        if (!digit || (*end && *end != ',') || last < first)
            return rp_error_set(error, RP_EINPUT, "'%s' is no list of processors, say all or 0,4-7", list);
        result = add_cpus(first, last, cpu, count, error);
        at = *end ? end + 1 : end;
        digit = *end == ',';
        if (digit && !*at)
            return rp_error_set(error, RP_EINPUT, "'%s' is no list of processors, say all or 0,4-7", list);
    } while (*at && result == RP_OK);
    return result;
}

int rp_golden_cli_record(const struct rp_options *options, struct rp_error *error)
{
    static struct rp_golden_identity identity;
    struct rp_golden_record_options what = {.ringprobe = RP_VERSION,
                                            .path = options->output,
                                            .modes = usual_modes(options),
                                            .all_modes_given =
                                                options->modes && options->modes != (1u << RP_MODE_COUNT) - 1,
                                            .seeds = (uint32_t)options->seeds,
                                            .limit = options->limit};
    struct rp_golden_totals totals;
    struct rp_progress progress;
    struct rp_output output = {0};
    int result = check(options, error);
    if (result == RP_OK)
        result = rp_campaign_begin(options, &what.campaign, error);
    if (result)
        return result;
    what.seeds = what.seeds ? what.seeds : RP_GOLDEN_SEEDS;
    what.campaign.deadline = rp_golden_cli_deadline(options);
    rp_progress_begin(&progress, isatty(STDERR_FILENO) == 1);
    if (options->progress == RP_ALWAYS || (options->progress == RP_AUTO && !options->quiet)) {
        what.progress = rp_progress_golden;
        what.campaign.progress_context = &progress;
    }
    result = rp_golden_record_make(&what, &identity, &totals, error);
    rp_progress_end(&progress);
    rp_campaign_end(&what.campaign);
    if (result == RP_EINTERRUPTED)
        return rp_error_set(error, result,
                            "interrupted; what is recorded stays in '%s.part', and the same command goes on",
                            options->output);
    if (result)
        return result;
    rp_campaign_note_seed(options);
    struct rp_style style = rp_output_style(options, STDOUT_FILENO, NULL);
    if (!options->quiet)
        rp_golden_report_recorded(options->format->name, options->output, &identity, &totals, &style,
                                  &output.text);
    return rp_output_end(&output, result, error);
}
