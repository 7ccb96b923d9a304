/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words about CPUs, and about where executors part; see words.h. */
#include "report/words.h"

#include "judge/divergence.h"
#include "x86/vector.h"

#include <string.h>

enum rp_silicon rp_silicon(const struct rp_opinion *opinion)
{
    const struct rp_shown *shown = &opinion->ring[1];
    if (opinion->provenance != RP_PROVENANCE_SILICON || !shown->present)
        return RP_SILICON_NOTHING;
    if (shown->kind == RP_OUTCOME_RETIRED || shown->kind == RP_OUTCOME_ENTERED)
        return RP_SILICON_RETIRES;
    if (shown->kind != RP_OUTCOME_TRAPPED)
        return RP_SILICON_NOTHING;
    return shown->kernel_emulated ? RP_SILICON_KERNEL_EMULATES : RP_SILICON_TRAPS;
}

const char *rp_silicon_sentence(enum rp_silicon silicon)
{
    static const char *const sentences[] = {
        [RP_SILICON_NOTHING] = NULL,
        [RP_SILICON_RETIRES] = "retires in ring 3 on this CPU",
        [RP_SILICON_TRAPS] = "traps on this CPU",
        [RP_SILICON_KERNEL_EMULATES] = "traps on this CPU and the kernel emulates it",
    };
    _Static_assert(sizeof sentences / sizeof sentences[0] == RP_SILICON_COUNT, "one sentence each");
    return sentences[silicon];
}

void rp_words_cell(const struct rp_divergence *d, struct rp_text *text)
{
    char name[RP_COMPONENT_NAME_MAX];
    const char *class = rp_divergence_class(d->cell);
    rp_text_add(text, "%s", class);
    if (d->cell == RP_REG_RFLAGS) {
        rp_text_add(text, " (");
        rp_words_bits(d->cell, d->bits, text);
        rp_text_add(text, ")");
        return;
    }
    if (d->cell >= RP_CELL_OUTCOME)
        return;
    rp_component_name(d->cell, name);
    if (strcmp(name, class) != 0)
        rp_text_add(text, " (%s)", name);
}

static void add_answer(uint32_t cell, const struct rp_answer *answer, struct rp_text *text)
{
    if (cell == RP_CELL_LENGTH)
        rp_text_add(text, "%u bytes", (unsigned)answer->value);
    else if (cell < RP_CELL_OUTCOME)
        rp_words_value(cell, answer->value, text);
    else if (answer->shown.kind == RP_OUTCOME_RETIRED)
        rp_text_add(text, "retires");
    else
        rp_words_shown(&answer->shown, text);
}

void rp_words_answers(const struct rp_verdict *verdict, const struct rp_divergence *d, struct rp_text *text)
{
    for (unsigned i = 0; i < d->answers; i++) {
        rp_text_add(text, "%s", i ? "; " : "");
        rp_words_executors(verdict, d->answer[i].executors, text);
        rp_text_add(text, ": ");
        add_answer(d->cell, &d->answer[i], text);
    }
}
