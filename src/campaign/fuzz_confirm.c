/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Witnesses in fresh processes: confirming findings, and minimising those that kill; see fuzz_examine.h. */
#include "campaign/fuzz_examine.h"
#include "campaign/minimize.h"
#include "campaign/shrink.h"
#include "campaign/work.h"

#include <string.h>

#define HANG_TRIES  12 /* a hang costs seconds */
#define DEATH_TRIES 400

/* The executors that the witness names, of those that the options have. RP_EINPUT: they have them not. */
static int choose(const struct rp_campaign_options *options, const struct rp_witness *w,
                  struct rp_campaign_options *chosen, struct rp_error *error)
{
    const char *at = w->executor;
    *chosen = *options;
    chosen->executors = 0;
    while (*at) {
        size_t length = strcspn(at, "+");
        unsigned i = 0;
        while (i < options->executors && (strlen(options->executor[i].name) != length ||
                                          strncmp(options->executor[i].name, at, length) != 0))
            i++;
        if (i == options->executors || chosen->executors == 2)
            return rp_error_set(error, RP_EINPUT, "'%s' is not among the executors that run", w->executor);
        chosen->executor[chosen->executors++] = options->executor[i];
        at += length + (at[length] == '+');
    }
    return RP_OK;
}

static int replay(const struct rp_campaign_options *options, const struct rp_witness *w, bool *shows,
                  struct rp_error *error)
{
    struct rp_campaign_options chosen;
    struct rp_replay replay = {0};
    struct rp_error inner = {0};
    int result = choose(options, w, &chosen, error);
    if (result)
        return result;
    result = rp_replay_witness(&chosen, w, &replay, &inner);
    *shows = result == RP_OK && replay.reproduced;
    if (result == RP_EINTERRUPTED)
        return rp_error_set(error, result, "%s", inner.line);
    return RP_OK; /* else it died of something, and so shows nothing */
}

int rp_fuzz_confirm(const struct rp_campaign_options *options, const struct rp_witness *witness,
                    unsigned *confirmed, struct rp_error *error)
{
    bool shows = true;
    int result = RP_OK;
    *confirmed = 0;
    while (*confirmed < RP_FUZZ_CONFIRMATIONS && shows && result == RP_OK) {
        result = replay(options, witness, &shows, error);
        *confirmed += result == RP_OK && shows;
    }
    return result;
}

struct asking {
    const struct rp_campaign_options *options;
    unsigned left; /* tries */
};

static int still_kills(void *context, const struct rp_witness *witness, bool *shows, struct rp_error *error)
{
    struct asking *asking = context;
    *shows = false;
    if (!asking->left)
        return RP_OK;
    asking->left--;
    return replay(asking->options, witness, shows, error);
}

int rp_minimize(const struct rp_campaign_options *options, struct rp_witness *witness, bool *reproduced,
                struct rp_error *error)
{
    bool hangs = witness->end.kind == RP_OUTCOME_HUNG, dies = witness->end.kind == RP_OUTCOME_DIED;
    struct asking asking = {options, hangs ? HANG_TRIES : DEATH_TRIES};
    struct rp_campaign_options chosen;
    int result = choose(options, witness, &chosen, error);
    if (result == RP_OK)
        result = replay(&chosen, witness, reproduced, error);
    if (result || !*reproduced)
        return result;
    if (witness->kind != RP_KIND_FINDING || !(hangs || dies))
        return rp_minimize_witness(&chosen, witness, error);
    result = rp_shrink_encoding(NULL, witness, still_kills, &asking, error);
    return result ? result : rp_witness_shrink(witness, still_kills, &asking, error);
}
