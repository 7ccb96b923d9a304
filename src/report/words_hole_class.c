/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for classes of holes; see hole_class.h. */
#include "base/hex.h"
#include "report/hole_class.h"
#include "report/words.h"

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
        rp_text_add(text, "opened: '%s' has it closed under ", baseline->path);
        rp_words_policies(one->opened, text);
    }
}

void rp_words_news_counts(const struct rp_hole_classes *classes, struct rp_text *text)
{
    rp_text_add(text, "%zu new, %zu opened under another policy, %zu unchanged, %zu gone",
                classes->news[RP_NEWS_HOLE], classes->news[RP_NEWS_OPENED], classes->news[RP_NEWS_KNOWN],
                classes->gone);
}
