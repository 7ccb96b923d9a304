/* SPDX-License-Identifier: GPL-2.0-or-later */
/* errata: does this CPU have them, and whose behaviour does an executor follow? */
#include "cli/cli.h"

#include "cli/errata.h"
#include "cli/output.h"

#include <unistd.h>

static int check(const struct rp_options *options, const struct rp_errata_format *format,
                 struct rp_error *error)
{
    if (!format)
        return rp_error_set(error, RP_EINPUT,
                            "errata are written as text markdown json sarif junit, not as '%s'",
                            options->format->name);
    if (!format->list && (options->list || options->explain))
        return rp_error_set(error, RP_EINPUT,
                            "'%s' is a format of answers; the catalogue is text markdown json", format->name);
    if (options->explain && (options->list || options->ids))
        return rp_error_set(error, RP_EINPUT,
                            "--explain names its entries itself; leave out --list and --id");
    return RP_OK;
}

static int write_answer(const struct rp_options *options, const struct rp_errata_format *format,
                        struct rp_errata_asking *asking, struct rp_output *output, struct rp_error *error)
{
    struct rp_errata_report report = {0};
    struct rp_style style = rp_output_style(options, STDOUT_FILENO, output->path);
    if (options->list)
        format->list(asking->entry, asking->entries, &style, &output->text);
    for (size_t i = 0; i < asking->entries && options->explain; i++)
        format->explain(asking->entry[i], &style, &output->text);
    if (options->list || options->explain)
        return RP_OK;
    int result = rp_errata_ask(options, asking, &report, error);
    if (result == RP_OK)
        format->report(&report, &style, &output->text);
    return result;
}

static bool has_news(const struct rp_errata_asking *asking)
{
    for (size_t i = 0; i < asking->results; i++)
        if (rp_errata_is_news(&asking->result[i]))
            return true;
    return false;
}

int rp_cmd_errata(const struct rp_options *options, struct rp_error *error)
{
    const struct rp_errata_format *format = rp_errata_format_find(options->format->name);
    struct rp_errata_asking asking = {0};
    struct rp_output output = {0};
    int result = check(options, format, error);
    if (result == RP_OK)
        result = rp_errata_choose(options->explain ? options->explain : options->ids, &asking, error);
    if (result == RP_OK)
        result = rp_output_begin(&output, options->output, error);
    if (result == RP_OK)
        result = rp_output_end(&output, write_answer(options, format, &asking, &output, error), error);
    bool news = result == RP_OK && has_news(&asking);
    rp_errata_free(&asking);
    return news ? RP_EXIT_NEWS : result;
}
