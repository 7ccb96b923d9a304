/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What closes the holes of a group; see closed.h. */
#include "report/closed.h"

#include "report/inert.h"
#include "report/words.h"

#include <string.h>

#define RESOURCES_SHOWN 5 /* of more, their groups */

static bool same_closer(const struct rp_closer *a, const struct rp_closer *b)
{
    return a->control[0] == b->control[0] && a->control[1] == b->control[1] && a->value[0] == b->value[0] &&
           a->value[1] == b->value[1] && a->all == b->all;
}

static void add_name(const char *names[RP_OPINIONS_MAX], unsigned *count, const char *name,
                     const struct rp_results *results)
{
    for (unsigned i = 0; i < *count; i++)
        if (strcmp(names[i], name) == 0)
            return;
    if (*count < RP_OPINIONS_MAX)
        names[(*count)++] = rp_results_name(results, name);
}

static void add_closer(struct rp_closed *closed, const struct rp_verdict *verdict,
                       const struct rp_closer *closer, const struct rp_results *results)
{
    unsigned i = 0;
    while (i < closed->closers && !same_closer(&closed->by[i].closer, closer))
        i++;
    if (i == RP_CLOSERS_MAX)
        return;
    if (i == closed->closers) {
        closed->by[closed->closers++].closer = *closer;
        closed->by[i].encodings = closed->by[i].executors = 0;
    }
    closed->by[i].encodings++;
    for (unsigned k = 0; k < verdict->opinions; k++)
        if (closer->showed >> k & 1)
            add_name(closed->by[i].executor, &closed->by[i].executors, verdict->opinion[k].executor, results);
}

void rp_closed_add(struct rp_closed *closed, const struct rp_verdict *verdict,
                   const struct rp_results *results)
{
    for (unsigned i = 0; i < RP_RESOURCE_SET_WORDS; i++)
        closed->not_testable.word[i] |= verdict->not_testable.word[i];
    for (unsigned i = 0; i < verdict->closers; i++)
        add_closer(closed, verdict, &verdict->closer[i], results);
}

void rp_words_closed(const struct rp_closed *closed, size_t encodings, bool several, struct rp_text *text)
{
    bool known = rp_resource_set_empty(&closed->not_testable);
    for (unsigned i = 0; i < closed->closers; i++) {
        rp_text_add(text, "%s", i ? "; " : "");
        rp_words_closer(&closed->by[i].closer, text);
        if (closed->by[i].encodings < encodings)
            rp_text_add(text, " (%zu of %zu)", closed->by[i].encodings, encodings);
        for (unsigned k = 0; several && k < closed->by[i].executors; k++) {
            rp_text_add(text, "%s", k ? ", " : " by ");
            rp_inert_plain(text, closed->by[i].executor[k]);
        }
    }
    if (!closed->closers && known)
        rp_text_add(text, "nothing");
    if (!known) {
        rp_text_add(text, "%s", closed->closers ? "; " : "");
        rp_words_resources_brief(&closed->not_testable, RESOURCES_SHOWN, text);
        rp_text_add(text, " not testable");
    }
}
