/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probe: what happens in ring 0 and in ring 3. Few forms are told in full; of many, a table and the most
 * telling. */
#include "cli/cli.h"

#include "cli/campaign.h"
#include "cli/modes.h"
#include "cli/output.h"
#include "cli/records.h"
#include "cli/targets.h"
#include "report/matrix.h"
#include "report/probe.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FORMS_IN_FULL 16

struct probing {
    const struct rp_options *options;
    const struct rp_targets *targets;
    struct rp_output output;
    struct rp_style style;
    bool table;       /* rows instead of the whole story */
    bool shown_again; /* what comes has been in a row */
    size_t best;      /* number of the most telling verdict so far */
    int best_rank;
    size_t seen[RP_VERDICT_COUNT];
    struct rp_matrix matrix; /* of several executors */
    uint8_t modes;           /* that it has */
};

/* How much a verdict tells: a hole of the system's own resources first, what nothing is known of last. */
static int rank(const struct rp_verdict *verdict)
{
    static const int ranks[] = {[RP_VERDICT_HOLE] = 8,
                                [RP_VERDICT_PRIVILEGED] = 6,
                                [RP_VERDICT_INNOCUOUS] = 4,
                                [RP_VERDICT_UNKNOWN] = 2};
    return ranks[verdict->judgement] + (verdict->owner == RP_OWNER_SYSTEM);
}

static int take(void *context, size_t number, const struct rp_verdict *verdict,
                const struct rp_detail *detail, struct rp_error *error)
{
    struct probing *probing = context;
    struct rp_text *text = &probing->output.text;
    if (rank(verdict) > probing->best_rank) {
        probing->best_rank = rank(verdict);
        probing->best = number;
    }
    probing->seen[verdict->judgement]++;
    if (!probing->shown_again && verdict->opinions > 1)
        rp_matrix_add(&probing->matrix, verdict);
    if (verdict->opinions > 1)
        probing->modes |= (uint8_t)(1u << verdict->mode);
    if (probing->table)
        rp_probe_row(verdict, &probing->style, text);
    else
        probing->options->format->probe(verdict, detail, &probing->style, text);
    if (!probing->table && detail)
        rp_text_add(text, "\n");
    int result = rp_output_flush(&probing->output, error);
    return result == RP_OK && probing->output.closed ? RP_EINTERRUPTED : result;
}

static int judge(struct probing *probing, const struct rp_probe_target *targets, size_t count,
                 bool with_detail, struct rp_error *error)
{
    struct rp_campaign_options campaign;
    int result = rp_campaign_begin(probing->options, &campaign, error);
    if (result == RP_OK)
        result = rp_probe_targets(&campaign, targets, count, with_detail, take, probing, error);
    rp_campaign_end(&campaign);
    return result == RP_EINTERRUPTED && probing->output.closed ? RP_OK : result;
}

/* Many forms: a table, then the most telling one in full. */
static int judge_many(struct probing *probing, struct rp_error *error)
{
    const struct rp_targets *targets = probing->targets;
    probing->table = true;
    rp_probe_row_heading(&probing->style, &probing->output.text);
    int result = judge(probing, targets->target, targets->count, false, error);
    if (result || probing->output.closed)
        return result;
    struct rp_text *text = &probing->output.text;
    rp_text_add(text, "\n%zu forms:", targets->count);
    for (unsigned i = RP_VERDICT_COUNT; i-- > 0;)
        if (probing->seen[i])
            rp_text_add(text, " %zu %s", probing->seen[i], rp_judgement_name((enum rp_judgement)i));
    rp_text_add(text, ". The most telling one:\n\n");
    probing->table = false;
    probing->shown_again = true;
    return judge(probing, &targets->target[probing->best], 1, true, error);
}

/* METHOD, "Who decides": who said what of what, where there are several. */
static void write_matrix(struct probing *probing)
{
    struct rp_document document = {.markdown = strcmp(probing->options->format->name, "markdown") == 0,
                                   .style = probing->style,
                                   .text = &probing->output.text};
    if (!probing->matrix.rows)
        return;
    rp_matrix_sort(&probing->matrix);
    rp_document_heading(&document, 2, "Instructions by executor");
    rp_matrix_write(&probing->matrix, true, probing->modes, &document);
}

static int judge_all(const struct rp_options *options, const struct rp_targets *targets,
                     struct rp_error *error)
{
    struct probing probing = {.options = options, .targets = targets};
    int result = rp_output_begin(&probing.output, options->output, error);
    if (result)
        return result;
    probing.style = rp_output_style(options, STDOUT_FILENO, probing.output.path);
    bool json = strcmp(options->format->name, "json") == 0;
    if (targets->count > FORMS_IN_FULL && !json)
        result = judge_many(&probing, error);
    else
        result = judge(&probing, targets->target, targets->count, !json, error);
    if (result == RP_OK && !json)
        write_matrix(&probing);
    rp_matrix_free(&probing.matrix);
    return rp_output_end(&probing.output, result, error);
}

int rp_cmd_probe(const struct rp_options *options, struct rp_error *error)
{
    struct rp_targets targets = {0};
    uint8_t modes = options->modes ? options->modes : 1u << RP_MODE_LONG64;
    int result = RP_OK;
    for (int i = 0; i < options->operand_count; i++)
        if (strcmp(options->operands[i], "-") == 0)
            return rp_cmd_probe_records(options, error);
    result = rp_modes_settle(options, &modes, error);
    for (int i = 0; i < options->operand_count && result == RP_OK; i++)
        result = rp_targets_add(&targets, options->operands[i], modes, error);
    if (result == RP_OK)
        result = judge_all(options, &targets, error);
    if (result == RP_OK)
        rp_campaign_note_seed(options);
    rp_targets_free(&targets);
    return result;
}
