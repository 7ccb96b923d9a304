/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for classes of holes; see hole_class.h. */
#include "base/hex.h"
#include "report/hole_class.h"
#include "report/words.h"

#include <string.h>

void rp_words_rule(const struct rp_hole_class *one, struct rp_text *text)
{
    rp_text_add(text, "%s/%s", one->kind, one->group);
}

void rp_words_hole_class(const struct rp_hole_class *one, struct rp_text *text)
{
    const struct rp_verdict *v = one->example;
    char hex[2 * RP_ENCODING_MAX + 1];
    unsigned others = one->open & ~(1u << v->policy), unanswered = one->unanswered & ~one->open;
    rp_text_add(text, "%s in %s, policy %s: ", v->mnemonic, rp_mode_info(v->mode)->name,
                rp_policy_name(v->policy));
    rp_words_verdict(v, text);
    rp_text_add(text, " Closed by: ");
    rp_words_closed(&one->closed, one->encodings, v->opinions > 1, text);
    if (others) {
        rp_text_add(text, ". Also open under: ");
        rp_words_policies(others, text);
    }
    if (unanswered) {
        rp_text_add(text, ". No answer under: ");
        rp_words_policies(unanswered, text);
    }
    rp_text_add(text, ". Encodings: %zu, one of them %s.", one->encodings,
                rp_hex_print(hex, v->encoding.bytes, v->encoding.length));
}

void rp_words_news(const struct rp_hole_class *one, const struct rp_baseline *baseline, struct rp_text *text)
{
    if (one->news == RP_NEWS_HOLE) {
        rp_text_add(text, "new: not in '%s'", baseline->path);
    } else if (one->news == RP_NEWS_OPENED) {
        rp_text_add(text, "opened: '%s' does not have it open under ", baseline->path);
        rp_words_policies(one->opened, text);
    }
}

void rp_words_unlike(const struct rp_results *results, struct rp_text *text)
{
    const struct rp_baseline *baseline = results->baseline;
    uint8_t missing = results->configuration.modes & (uint8_t)~baseline->modes;
    struct rp_text names = {0};
    if (missing) {
        rp_text_add(text, "'%s' has no ", baseline->path);
        rp_words_modes(missing, text);
        rp_text_add(text, ": all holes there count as new.");
    }
    rp_words_executor_names(results->configuration.executors, &names);
    if (baseline->executors.length &&
        strcmp(rp_text_string(&names), rp_text_string(&baseline->executors)) != 0)
        rp_text_add(text, "%s'%s' is of other executors: %s, this is of %s.", missing ? " " : "",
                    baseline->path, rp_text_string(&baseline->executors), rp_text_string(&names));
    text->failed |= names.failed;
    rp_text_free(&names);
}

void rp_words_news_counts(const struct rp_hole_classes *classes, struct rp_text *text)
{
    rp_text_add(text, "%zu new, %zu opened under another policy, %zu unchanged, %zu gone",
                classes->news[RP_NEWS_HOLE], classes->news[RP_NEWS_OPENED], classes->news[RP_NEWS_KNOWN],
                classes->gone);
}
