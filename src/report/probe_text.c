/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One verdict as text; see probe.h. */
#include "report/probe.h"

#include "base/hex.h"
#include "report/inert.h"
#include "report/json.h"
#include "report/words.h"
#include "x86/decode.h"

#include <ctype.h>
#include <string.h>

#define LABEL 14 /* columns of the names on the left */

static void add_label(struct rp_text *text, const char *name)
{
    rp_text_add(text, "  %-*s", LABEL, name);
}

/* Appends words that lines may be broken between, indented behind a label. */
static void add_wrapped(struct rp_text *text, const char *words, size_t indent, unsigned columns)
{
    size_t used = indent, room = columns > indent + 20 ? columns : indent + 20;
    for (const char *at = words; *at;) {
        size_t length = strcspn(at, " ");
        if (used > indent && used + 1 + length > room) {
            rp_text_add(text, "\n%*s", (int)indent, "");
            used = indent;
        }
        rp_text_add(text, "%s%.*s", used > indent ? " " : "", (int)length, at);
        used += length + (used > indent);
        at += length;
        at += strspn(at, " ");
    }
    rp_text_add(text, "\n");
}

/* "  name          words words" */
static void add_line(const char *name, struct rp_text *words, const struct rp_style *style,
                     struct rp_text *text)
{
    add_label(text, name);
    add_wrapped(text, rp_text_string(words), LABEL + 2, style->columns);
    text->failed |= words->failed;
    rp_text_free(words);
}

static void add_title(const struct rp_verdict *verdict, const struct rp_style *style, struct rp_text *text)
{
    char hex[2 * RP_ENCODING_MAX + 1], source[128], word[16];
    const char *judgement = rp_judgement_name(verdict->judgement);
    size_t i = 0;
    for (; judgement[i] && i + 1 < sizeof word; i++)
        word[i] = (char)toupper((unsigned char)judgement[i]);
    word[i] = '\0';
    enum rp_tone tone = rp_judgement_tone(verdict->judgement);
    rp_disassemble(verdict->mode, verdict->encoding.bytes, verdict->encoding.length, source, sizeof source);
    rp_text_add(text, "%s", rp_style_on(style, RP_TONE_STRONG));
    rp_inert_plain(text, source);
    rp_text_add(text, "%s  (%s)  %s, policy %s: %s%s%s\n", rp_style_off(style, RP_TONE_STRONG),
                rp_hex_print(hex, verdict->encoding.bytes, verdict->encoding.length),
                rp_mode_info(verdict->mode)->name, rp_policy_name(verdict->policy), rp_style_on(style, tone),
                word, rp_style_off(style, tone));
}

static void add_sentence(const struct rp_verdict *verdict, const struct rp_style *style, struct rp_text *text)
{
    struct rp_text sentence = {0}, clean = {0};
    rp_words_verdict(verdict, &sentence);
    rp_inert_plain(&clean, rp_text_string(&sentence));
    add_wrapped(text, rp_text_string(&clean), 0, style->columns);
    text->failed |= sentence.failed || clean.failed;
    rp_text_free(&sentence);
    rp_text_free(&clean);
}

static void add_theorems(const struct rp_verdict *verdict, struct rp_text *words)
{
    rp_text_add(words, "refutes Theorem 1 (virtual machine monitor)%s",
                verdict->user_sensitive ? " and Theorem 3 (hybrid monitor)"
                                        : ", not Theorem 3 (hybrid monitor): it takes ring 0 to begin with");
}

static void add_policies(const struct rp_verdict *verdict, struct rp_text *words)
{
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++) {
        enum rp_policy_answer answer = verdict->by_policy[i];
        if (i == verdict->policy || answer == RP_ANSWER_NOT_ASKED)
            continue;
        rp_text_add(words, "%s%s: %s", words->length ? ", " : "", rp_policy_name((enum rp_policy)i),
                    answer == RP_ANSWER_UNKNOWN ? "not answered here" : rp_answer_word(answer));
    }
}

static void add_opinion(const struct rp_opinion *opinion, struct rp_text *words)
{
    rp_inert_plain(words, opinion->executor);
    rp_text_add(words, " (%s) says %s", rp_provenance_name(opinion->provenance),
                rp_judgement_name(opinion->judgement));
    rp_text_add(words, ": ring 0 ");
    rp_words_shown(&opinion->ring[0], words);
    rp_text_add(words, ", ring 3 ");
    rp_words_shown(&opinion->ring[1], words);
    const char *silicon = rp_silicon_sentence(rp_silicon(opinion));
    if (silicon)
        rp_text_add(words, "; it %s", silicon);
    if (opinion->virtualised)
        rp_text_add(words, "; virtualised: suspect");
    if (opinion->decides)
        return;
    rp_text_add(words, "; does not decide: ");
    rp_inert_plain(words, opinion->limit);
}

/* Where executors part, and the line that runs it on both. */
static void add_divergence(const struct rp_verdict *verdict, const struct rp_divergence *divergence,
                           const struct rp_style *style, struct rp_text *text)
{
    struct rp_text words = {0};
    rp_words_cell(divergence, &words);
    rp_text_add(&words, " differs: ");
    rp_words_answers(verdict, divergence, &words);
    if (divergence->known[0]) {
        rp_text_add(&words, "; known, ");
        rp_inert_plain(&words, divergence->known);
    }
    add_line("divergence", &words, style, text);
    add_label(text, "");
    rp_inert_plain(text, divergence->replay);
    rp_text_add(text, "\n");
}

static void add_closers(const struct rp_verdict *verdict, const struct rp_style *style, struct rp_text *text)
{
    struct rp_text words = {0};
    rp_words_closers(verdict, &words);
    add_line("closed by", &words, style, text);
}

/* Not what would close it, but what does. */
static void add_keepers(const struct rp_verdict *verdict, const struct rp_style *style, struct rp_text *text)
{
    struct rp_text words = {0};
    rp_words_closers(verdict, &words);
    add_line("kept closed", &words, style, text);
}

static bool has_closing(const struct rp_verdict *verdict)
{
    for (unsigned i = 0; i < verdict->opinions; i++)
        if (verdict->opinion[i].closes)
            return true;
    return false;
}

/* What a hole is made of; nothing for the rest. */
static void add_hole(const struct rp_verdict *verdict, const struct rp_style *style, struct rp_text *text)
{
    struct rp_text words = {0};
    add_closers(verdict, style, text);
    if (!rp_resource_set_empty(&verdict->not_testable)) {
        rp_words_resources(&verdict->not_testable, 16, &words);
        rp_text_add(&words, ": ignored by what decides here, so whether it closes this is not known");
        add_line("not testable", &words, style, text);
    }
    add_policies(verdict, &words);
    if (words.length)
        add_line("policies", &words, style, text);
    add_theorems(verdict, &words);
    add_line("theorems", &words, style, text);
}

static void add_facts(const struct rp_verdict *verdict, const struct rp_style *style, struct rp_text *text)
{
    struct rp_text words = {0}, sides = {0};
    if (verdict->sensitivity) {
        rp_words_sensitivity(verdict->sensitivity, &words);
        rp_text_add(&words, ": ");
        rp_words_resources(&verdict->resources, 24, &words);
        add_line("sensitive", &words, style, text);
    }
    if (verdict->judgement == RP_VERDICT_HOLE)
        add_hole(verdict, style, text);
    else if (verdict->closers && verdict->judgement == RP_VERDICT_PRIVILEGED)
        add_keepers(verdict, style, text);
    else if (verdict->closers && has_closing(verdict))
        add_closers(verdict, style, text); /* what of ring 3 is known all the same */
    for (unsigned i = 0; i < verdict->opinions; i++) {
        add_opinion(&verdict->opinion[i], &words);
        add_line("executor", &words, style, text);
    }
    for (unsigned i = 0; i < verdict->divergences; i++)
        add_divergence(verdict, &verdict->divergence[i], style, text);
    if (verdict->disagreement) {
        rp_verdict_sides(verdict->opinion, verdict->opinions, &sides);
        rp_inert_plain(&words, rp_text_string(&sides));
        rp_text_free(&sides);
        rp_text_add(&words, " (a finding of its own)");
        add_line("disagreement", &words, style, text);
    }
    rp_text_add(&words, "%u", verdict->runs);
    add_line("runs", &words, style, text);
}

/* The line is never broken: it is there to be copied. */
static void add_witness(const struct rp_verdict *verdict, const struct rp_style *style, struct rp_text *text)
{
    if (!verdict->has_witness)
        return;
    add_label(text, "witness");
    rp_inert_plain(text, verdict->replay);
    rp_text_add(text, "\n");
    add_label(text, "");
    rp_text_add(text, "%s(to make its runs again: ringprobe replay WITNESS)%s\n",
                rp_style_on(style, RP_TONE_FAINT), rp_style_off(style, RP_TONE_FAINT));
}

void rp_probe_text(const struct rp_verdict *verdict, const struct rp_detail *detail,
                   const struct rp_style *style, struct rp_text *text)
{
    add_title(verdict, style, text);
    add_sentence(verdict, style, text);
    if (detail) {
        rp_text_add(text, "\n");
        rp_probe_runs(detail, style, text);
    }
    rp_text_add(text, "\n");
    add_facts(verdict, style, text);
    add_witness(verdict, style, text);
}

/* Colours would be markup of another sort. */
void rp_probe_markdown(const struct rp_verdict *verdict, const struct rp_detail *detail,
                       const struct rp_style *style, struct rp_text *text)
{
    struct rp_text page = {0};
    const struct rp_style plain = {.colour = false, .columns = style->columns};
    rp_probe_text(verdict, detail, &plain, &page);
    rp_text_add(text, "## ");
    rp_inert_markdown(text, verdict->name);
    rp_text_add(text, " in %s: %s\n\n", rp_mode_info(verdict->mode)->name,
                rp_judgement_name(verdict->judgement));
    rp_inert_markdown_block(text, &page);
    rp_text_free(&page);
}

void rp_probe_json(const struct rp_verdict *verdict, const struct rp_detail *detail,
                   const struct rp_style *style, struct rp_text *text)
{
    (void)detail, (void)style;
    rp_json_verdict_line(verdict, text);
}

void rp_probe_row_heading(const struct rp_style *style, struct rp_text *text)
{
    rp_text_add(text, "%s%-8s  %-20s  %-18s  %-10s  %-22s  %s%s\n", rp_style_on(style, RP_TONE_STRONG),
                "mode", "encoding", "instruction", "verdict", "sensitive", "what shows, or why not",
                rp_style_off(style, RP_TONE_STRONG));
}

void rp_probe_row(const struct rp_verdict *verdict, const struct rp_style *style, struct rp_text *text)
{
    char hex[2 * RP_ENCODING_MAX + 1];
    struct rp_text name = {0}, kinds = {0};
    enum rp_tone tone = rp_judgement_tone(verdict->judgement);
    rp_inert_plain(&name, verdict->name);
    if (verdict->sensitivity)
        rp_words_sensitivity(verdict->sensitivity, &kinds);
    rp_text_add(text, "%-8s  %-20s  %-18s  %s%-10s%s  %-22s  ", rp_mode_info(verdict->mode)->name,
                rp_hex_print(hex, verdict->encoding.bytes, verdict->encoding.length), rp_text_string(&name),
                rp_style_on(style, tone), rp_judgement_name(verdict->judgement), rp_style_off(style, tone),
                rp_text_string(&kinds));
    if (verdict->judgement == RP_VERDICT_UNKNOWN)
        rp_inert_plain(text, verdict->unknown_reason);
    else if (!rp_resource_set_empty(&verdict->resources))
        rp_words_resources(&verdict->resources, 4, text);
    while (text->length && text->data[text->length - 1] == ' ')
        text->length--;
    rp_text_add(text, "\n");
    rp_text_free(&name);
    rp_text_free(&kinds);
}
