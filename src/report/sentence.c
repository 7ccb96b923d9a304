/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict in a sentence; see words.h. METHOD's asymmetry is in the wording: a hole is shown, its absence
 * is only not found. */
#include "report/words.h"

#define NAMES_MOST 8

/* What a witness of each kind shows; the names of what it shows follow. */
static const char *shows(enum rp_sensitivity kind)
{
    switch (kind) {
    case RP_SENSITIVE_CONTROL:
        return "ring 3 retires and changes ";
    case RP_SENSITIVE_MODE:
        return "from the same state the two rings come to different ends, in ";
    case RP_SENSITIVE_RESOURCE:
        return "ring 3 retires and its result depends on ";
    default:
        return "it involves ";
    }
}

static void hole(const struct rp_verdict *verdict, struct rp_text *text)
{
    char name[RP_COMPONENT_NAME_MAX];
    rp_text_add(text, "Sensitive, and it does not trap: %s", shows(verdict->witness_kind));
    if (rp_resource_set_empty(&verdict->resources))
        rp_text_add(text, "%s", rp_witness_component_name(verdict->component, verdict->field, name));
    else
        rp_words_resources(&verdict->resources, NAMES_MOST, text);
    if (verdict->owner == RP_OWNER_DELEGATED)
        rp_text_add(text, " (delegated to the program by its system)");
}

static void privileged(const struct rp_verdict *verdict, struct rp_text *text)
{
    const struct rp_shown *ring3 = NULL;
    for (unsigned i = verdict->opinions; i-- > 0;)
        if (verdict->opinion[i].decides || i == 0)
            ring3 = &verdict->opinion[i].ring[1];
    rp_text_add(text, "Privileged: wherever ring 0 retires, ring 3 traps because of the ring");
    if (ring3 && ring3->present && ring3->kind == RP_OUTCOME_TRAPPED) {
        rp_text_add(text, ", with ");
        rp_words_shown(ring3, text);
    }
}

void rp_words_verdict(const struct rp_verdict *verdict, struct rp_text *text)
{
    if (verdict->judgement == RP_VERDICT_HOLE)
        hole(verdict, text);
    else if (verdict->judgement == RP_VERDICT_PRIVILEGED)
        privileged(verdict, text);
    else if (verdict->judgement == RP_VERDICT_INNOCUOUS)
        rp_text_add(text, "Innocuous as far as was tried: no witness in %u runs", verdict->runs);
    else
        rp_text_add(text, "Not decided: %s", verdict->unknown_reason);
    rp_text_add(text, ".");
}
