/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports to compare; see canonical.h. */
#include "report/canonical.h"

#include "base/string_table.h"
#include "report/inert.h"
#include "report/words.h"
#include "store/digest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static void add_setting(struct rp_text *text, const char *name, const char *value)
{
    rp_text_add(text, "# %s: ", name);
    rp_inert_plain(text, value && *value ? value : "-");
    rp_text_add(text, "\n");
}

static void add_policies(struct rp_text *text, unsigned policies)
{
    rp_text_add(text, "# other policies:");
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++)
        if (policies >> i & 1)
            rp_text_add(text, " %s", rp_policy_name((enum rp_policy)i));
    rp_text_add(text, "\n");
}

static void add_configuration(struct rp_text *text, const struct rp_configuration *c)
{
    rp_text_add(text, "# ringprobe.canonical/1\n");
    add_setting(text, "ringprobe", c->version);
    add_setting(text, "corpus", c->corpus);
    add_setting(text, "executors", c->executors);
    add_setting(text, "CPU", c->cpu);
    add_setting(text, "hypervisor", c->hypervisor);
    add_setting(text, "kernel", c->kernel);
    add_setting(text, "policy", rp_policy_name(c->policy));
    add_policies(text, c->other_policies);
    rp_text_add(text, "# seed: %" PRIu64 "\n", c->random_seed);
    if (c->shards > 1)
        rp_text_add(text, "# shard: %u/%u\n", c->shard, c->shards);
    if (c->wide)
        rp_text_add(text, "# space: wide\n");
    if (c->limit)
        rp_text_add(text, "# limit: %zu\n", c->limit);
    rp_text_add(text, "# user states: %zu\n# resources: %zu\n# cannot set: ", c->seeds, c->resources);
    rp_words_resources(&c->beyond, RP_RESOURCE_COUNT, text);
    rp_text_add(text, "\n");
}

static void add_mode(struct rp_text *text, enum rp_mode mode, const struct rp_mode_results *m)
{
    rp_text_add(text, "# %s: %zu of %zu encodings, %zu forms, %zu undocumented\n", rp_mode_info(mode)->name,
                m->count - m->exceptions, m->encodings, m->forms, m->undocumented);
    if (m->wide)
        rp_text_add(text,
                    "# %s, wide space: %" PRIu64 " of %" PRIu64
                    " encodings, %zu exceptions that stand for %" PRIu64 "\n",
                    rp_mode_info(mode)->name, m->compared, m->wide, m->exceptions, m->otherwise);
    for (unsigned i = 0; i < RP_IMPLICIT_KINDS; i++) {
        const struct rp_implicit *implicit = &m->implicit[i];
        if (!implicit->kind)
            continue;
        rp_text_add(text, "# %s, %s", rp_mode_info(mode)->name, implicit->kind);
        rp_text_add(text, implicit->runs ? ": in ring 3 " : " (not shown): in ring 3 ");
        rp_words_resources(&implicit->ring3, RP_RESOURCE_COUNT, text);
        rp_text_add(text, "; in both ");
        rp_words_resources(&implicit->all, RP_RESOURCE_COUNT, text);
        rp_text_add(text, "; two in both ");
        rp_words_resources(&implicit->together, RP_RESOURCE_COUNT, text);
        rp_text_add(text, "\n");
    }
}

/* An encoding's line without the count, and what tells it from others with the same line. */
struct finding {
    const char *words;
    uint64_t digest;
};

/* Tens of thousands of opcode cells that no decoder knows stand together, unless they are holes. */
static const char *name_of(const struct rp_verdict *v, const char *name)
{
    return v->decoded || v->judgement == RP_VERDICT_HOLE ? name : "(no decoder knows it)";
}

static void add_answers(struct rp_text *text, const struct rp_verdict *v)
{
    size_t start = text->length;
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++)
        if (i != v->policy && v->by_policy[i] != RP_ANSWER_NOT_ASKED)
            rp_text_add(text, "%s%s=%s", text->length > start ? " " : "", rp_policy_name((enum rp_policy)i),
                        rp_answer_word(v->by_policy[i]));
    if (text->length == start)
        rp_text_add(text, "-");
}

static void describe(struct rp_text *text, const struct rp_verdict *v)
{
    text->length = 0;
    rp_text_add(text, "%s\t", rp_mode_info(v->mode)->name);
    rp_inert_plain(text, name_of(v, v->name));
    rp_text_add(text, "\t");
    rp_inert_plain(text, name_of(v, v->mnemonic));
    rp_text_add(text, "\t%s\t", rp_judgement_name(v->judgement));
    rp_words_sensitivity(v->sensitivity, text);
    rp_text_add(text, "\t");
    rp_words_resources(&v->resources, RP_RESOURCE_COUNT, text);
    rp_text_add(text, "\t%s\t", v->owner == RP_OWNER_DELEGATED ? "delegated" : "system");
    rp_words_closers(v, text);
    rp_text_add(text, "\t");
    add_answers(text, v);
    rp_text_add(text, "\t");
    rp_inert_plain(text, v->unknown_reason[0] ? v->unknown_reason : "-");
    rp_text_add(text, "%s", v->disagreement ? "\tdisagreement" : "");
}

static int by_words(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    int order = strcmp(x->words, y->words);
    return order ? order : x->digest < y->digest ? -1 : x->digest > y->digest;
}

/* One line for all that share their words; digests are sorted, so that the order of encodings does not
 * matter. */
static void add_lines(struct rp_text *text, const struct finding *finding, size_t count)
{
    for (size_t first = 0, end; first < count; first = end) {
        uint64_t sum = 0;
        for (end = first; end < count && strcmp(finding[end].words, finding[first].words) == 0; end++)
            sum = XXH64(&finding[end].digest, sizeof finding[end].digest, sum);
        rp_text_add(text, "%s\t%zu\t%016" PRIx64 "\n", finding[first].words, end - first, sum);
    }
}

/* Tens of thousands of encodings share some thousand lines. False without memory. */
static bool add_verdicts(struct rp_text *text, const struct rp_results *results,
                         const struct rp_mode_results *mode)
{
    struct finding *finding = calloc(mode->count + 1, sizeof *finding);
    struct rp_string_table lines = {0};
    struct rp_text words = {0};
    for (size_t i = 0; finding && i < mode->count && !words.failed && !lines.failed; i++) {
        const struct rp_verdict *v = rp_results_at(results, mode->first + i);
        describe(&words, v);
        size_t line = rp_string_table_add(&lines, rp_text_string(&words));
        if (!lines.failed)
            finding[i] = (struct finding){lines.string[line], rp_verdict_digest(v)};
    }
    bool whole = finding && !words.failed && !lines.failed;
    if (whole) {
        qsort(finding, mode->count, sizeof *finding, by_words);
        add_lines(text, finding, mode->count);
    }
    free(finding);
    rp_string_table_free(&lines);
    rp_text_free(&words);
    return whole;
}

void rp_canonical_report(const struct rp_results *results, const struct rp_style *style, struct rp_text *text)
{
    (void)style;
    add_configuration(text, &results->configuration);
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        if (results->mode[m].scanned)
            add_mode(text, (enum rp_mode)m, &results->mode[m]);
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
        const struct rp_mode_results *mode = &results->mode[m];
        if (mode->scanned && !add_verdicts(text, results, mode))
            text->failed = true;
    }
}
