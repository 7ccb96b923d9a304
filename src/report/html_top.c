/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first screen of a page: question, answer, and the answer for every mode and policy. METHOD, "The
 * theorems": a condition is refuted or not, and is sufficient, not necessary. */
#include "report/html_parts.h"

#include "report/inert.h"
#include "report/sections.h"
#include "report/words.h"

const char *rp_html_glyph(enum rp_judgement judgement)
{
    static const char *const glyphs[RP_VERDICT_COUNT] = {[RP_VERDICT_HOLE] = "●",
                                                         [RP_VERDICT_PRIVILEGED] = "▲",
                                                         [RP_VERDICT_UNKNOWN] = "?",
                                                         [RP_VERDICT_INNOCUOUS] = "·"};
    return glyphs[judgement];
}

static bool counts(const struct rp_summary *summary, unsigned mode)
{
    return rp_summary_modes(summary) >> mode & 1 && rp_mode_info((enum rp_mode)mode)->has_ring3;
}

enum rp_mode rp_html_first_mode(const struct rp_summary *summary)
{
    unsigned first = RP_MODE_COUNT;
    for (unsigned mode = RP_MODE_COUNT; mode-- > 0;)
        if (counts(summary, mode))
            first = mode;
    if (counts(summary, RP_MODE_PROT32))
        first = RP_MODE_PROT32;
    for (unsigned mode = 0; first == RP_MODE_COUNT && mode < RP_MODE_COUNT; mode++)
        if (summary->results->mode[mode].scanned)
            first = mode;
    return first == RP_MODE_COUNT ? RP_MODE_PROT32 : (enum rp_mode)first;
}

static void add_names(struct rp_text *text, const struct rp_name_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        rp_text_add(text, "%s", i ? ", " : "");
        rp_inert_html(text, set->name[i].name);
    }
}

/* The sentences below the answer; data-... tell the script what it may write anew. */
static void add_answer(struct rp_text *text, const struct rp_theorem *theorem, const char *executors,
                       enum rp_mode mode, enum rp_policy policy)
{
    const char *name = rp_mode_info(mode)->name;
    rp_text_add(text, "<p id=\"answer\">x86 as ");
    rp_inert_html(text, executors);
    if (theorem->holes.count) {
        rp_text_add(text,
                    " executes it does not meet Popek and Goldberg's condition in <b>%s</b> under policy "
                    "<b>%s</b>: <b>%zu</b> instructions are sensitive and do not trap in ring 3.</p>\n",
                    name, rp_policy_name(policy), theorem->holes.count);
        rp_text_add(text, "<p id=\"refuters\" class=\"names\">");
        add_names(text, &theorem->holes);
        rp_text_add(text, "</p>\n");
    } else {
        rp_text_add(text,
                    " executes it shows no sensitive instruction that does not trap in ring 3, in <b>%s</b> "
                    "under policy <b>%s</b>; %zu encodings are unknown.</p>\n"
                    "<p id=\"refuters\" class=\"names\"></p>\n",
                    name, rp_policy_name(policy), theorem->unknown);
    }
}

void rp_html_verdict(const struct rp_summary *summary, struct rp_text *text)
{
    const struct rp_configuration *c = &summary->results->configuration;
    enum rp_mode mode = rp_html_first_mode(summary);
    const struct rp_theorem *theorem = &summary->theorem[mode][c->policy];
    rp_text_add(text, "<h1>Virtualizable by trap-and-emulate? <b id=\"yes-no\" class=\"%s\">%s</b></h1>\n",
                theorem->holes.count ? "hole" : "doubt", theorem->holes.count ? "No." : "Not refuted.");
    add_answer(text, theorem, c->executors, mode, c->policy);
    struct rp_text incomplete = {0};
    rp_words_incomplete(summary->results, &incomplete);
    if (incomplete.length)
        rp_text_add(text, "<p class=\"doubt\">%s</p>\n", rp_text_string(&incomplete));
    text->failed |= incomplete.failed;
    rp_text_free(&incomplete);
}

static void board_cell(struct rp_text *text, const struct rp_summary *summary, unsigned mode, unsigned policy)
{
    const struct rp_theorem *theorem = &summary->theorem[mode][policy];
    bool refuted = theorem->holes.count > 0;
    rp_text_add(text, "<td class=\"%s\" data-mode=\"%s\" data-policy=\"%s\">", refuted ? "hole" : "doubt",
                rp_mode_info((enum rp_mode)mode)->name, rp_policy_name((enum rp_policy)policy));
    if (refuted)
        rp_text_add(text, "%s %zu", rp_html_glyph(RP_VERDICT_HOLE), theorem->holes.count);
    else
        rp_text_add(text, "%s none found", rp_html_glyph(RP_VERDICT_UNKNOWN));
    rp_text_add(text, "</td>");
}

void rp_html_board(const struct rp_summary *summary, struct rp_text *text)
{
    const struct rp_configuration *c = &summary->results->configuration;
    rp_text_add(
        text,
        "<div class=\"scroll\" tabindex=\"0\"><table id=\"board\"><caption>"
        "Instructions that are sensitive and do not trap</caption><thead><tr><th scope=\"col\">mode</th>");
    for (unsigned policy = 0; policy < RP_POLICY_COUNT; policy++)
        if (policy == c->policy || c->other_policies >> policy & 1)
            rp_text_add(text, "<th scope=\"col\">%s</th>", rp_policy_name((enum rp_policy)policy));
    rp_text_add(text, "</tr></thead><tbody>\n");
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        if (!counts(summary, mode))
            continue;
        rp_text_add(text, "<tr><th scope=\"row\">%s</th>", rp_mode_info((enum rp_mode)mode)->name);
        for (unsigned policy = 0; policy < RP_POLICY_COUNT; policy++)
            if (policy == c->policy || c->other_policies >> policy & 1)
                board_cell(text, summary, mode, policy);
        rp_text_add(text, "</tr>\n");
    }
    rp_text_add(text, "</tbody></table></div>\n");
}
