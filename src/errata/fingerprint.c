/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fingerprints; see fingerprint.h. */
#include "errata/fingerprint.h"

#include <stdio.h>
#include <string.h>

/* CPUs to be told apart: families of a vendor, in the order in which they came. */
static const struct candidate {
    const char *vendor;
    uint16_t family;
} candidates[] = {
    {"intel", 0x04}, {"intel", 0x05}, {"intel", 0x06},  {"intel", 0x0f},   {"amd", 0x05},
    {"amd", 0x06},   {"amd", 0x0f},   {"amd", 0x10},    {"amd", 0x11},     {"amd", 0x12},
    {"amd", 0x14},   {"amd", 0x15},   {"amd", 0x16},    {"amd", 0x17},     {"amd", 0x19},
    {"amd", 0x1a},   {"cyrix", 0x06}, {"nexgen", 0x05}, {"centaur", 0x06}, {"zhaoxin", 0x07},
};
#define CANDIDATES (sizeof candidates / sizeof candidates[0])

/* So many must agree for each that does not, or it is not like that CPU. */
#define AGAINST_EACH 4

struct score {
    unsigned agree, against;
};

bool rp_errata_variant_agrees(const struct rp_errata_result *result, const char *vendor, unsigned family,
                              bool *says)
{
    const struct rp_erratum *erratum = result->erratum;
    bool agrees = false;
    *says = false;
    for (unsigned i = 0; i < erratum->variants; i++) {
        bool follows = rp_variant_follows(&erratum->variant[i], vendor, family);
        *says = *says || follows;
        agrees = agrees || (follows && result->experiment.variants_met >> i & 1);
    }
    return agrees;
}

static bool is_shown(const struct rp_errata_result *result)
{
    const struct rp_experiment *e = &result->experiment;
    return result->erratum->kind == RP_ERRATUM_VARIANT && e->made && e->variants_met && !e->other.present;
}

static struct score score_of(const struct candidate *candidate, const struct rp_errata_result *results,
                             size_t count)
{
    struct score score = {0};
    for (size_t i = 0; i < count; i++) {
        bool says, agrees;
        if (!is_shown(&results[i]))
            continue;
        agrees = rp_errata_variant_agrees(&results[i], rp_vendor_long(candidate->vendor), candidate->family,
                                          &says);
        score.agree += agrees;
        score.against += says && !agrees;
    }
    return score;
}

/* Who is hardly spoken of can't be told from others, and who is mostly contradicted is not near. */
static bool is_known(struct score score, unsigned shown)
{
    return score.agree > score.against && 2 * (score.agree + score.against) >= shown;
}

static bool is_better(struct score a, struct score b)
{
    int net_a = (int)a.agree - (int)a.against, net_b = (int)b.agree - (int)b.against;
    return net_a != net_b ? net_a > net_b : a.against < b.against;
}

void rp_errata_fingerprint(const struct rp_errata_result *results, size_t count,
                           struct rp_fingerprint *fingerprint)
{
    struct score score[CANDIDATES];
    size_t best = CANDIDATES;
    *fingerprint = (struct rp_fingerprint){0};
    for (size_t i = 0; i < count; i++)
        fingerprint->shown += is_shown(&results[i]);
    for (size_t i = 0; i < CANDIDATES; i++) {
        score[i] = score_of(&candidates[i], results, count);
        if (is_known(score[i], fingerprint->shown) &&
            (best == CANDIDATES || is_better(score[i], score[best])))
            best = i;
    }
    if (best == CANDIDATES)
        return;
    size_t last = best;
    while (last + 1 < CANDIDATES && strcmp(candidates[last + 1].vendor, candidates[best].vendor) == 0 &&
           !is_better(score[best], score[last + 1]))
        last++;
    fingerprint->agree = score[best].agree;
    fingerprint->against = score[best].against;
    fingerprint->alike = AGAINST_EACH * score[best].against <= score[best].agree;
    snprintf(fingerprint->vendor, sizeof fingerprint->vendor, "%s", rp_vendor_long(candidates[best].vendor));
    fingerprint->family[0] = candidates[best].family;
    fingerprint->family[1] = candidates[last].family;
    fingerprint->or_later =
        last + 1 == CANDIDATES || strcmp(candidates[last + 1].vendor, candidates[best].vendor) != 0;
}
