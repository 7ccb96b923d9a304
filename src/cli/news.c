/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is new; see news.h. */
#include "cli/news.h"

#include "base/path.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "report/baseline.h"
#include "report/hole_class.h"

int rp_news_begin(const struct rp_options *options, enum rp_policy policy, struct rp_baseline *baseline,
                  struct rp_results *results, struct rp_error *error)
{
    const char *path = options->baseline;
    if (!path)
        return RP_OK;
    if ((options->output && rp_path_same(options->output, path)) ||
        (options->report && rp_path_same(options->report, path)))
        return rp_error_set(error, RP_EINPUT, "'%s' cannot be both the baseline and what is written", path);
    int result = rp_baseline_read(baseline, path, policy, error);
    results->baseline = result == RP_OK ? baseline : NULL;
    return result;
}

int rp_news_end(const struct rp_options *options, const struct rp_results *results, struct rp_error *error)
{
    struct rp_hole_classes classes;
    struct rp_text text = {0};
    if (!results->baseline)
        return RP_EXIT_DONE;
    int result = rp_hole_classes_make(&classes, results, error);
    if (result == RP_OK)
        result = rp_results_told(results, error);
    bool news = result == RP_OK && rp_hole_classes_any_news(&classes);
    if (result == RP_OK && (news || !options->quiet)) { /* a status has its reason beside it */
        rp_words_news_counts(&classes, &text);
        rp_note("holes against '%s': %s", results->baseline->path, rp_text_string(&text));
        rp_text_free(&text);
        rp_words_unlike(results, &text);
        if (text.length)
            rp_note("%s", rp_text_string(&text));
    }
    if (news)
        result = RP_EXIT_NEWS;
    rp_text_free(&text);
    rp_hole_classes_free(&classes);
    return result;
}
