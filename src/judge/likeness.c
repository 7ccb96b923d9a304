/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Likeness; see likeness.h. */
#include "judge/likeness.h"

#include "judge/signs.h"

#include <string.h>
#include <xxhash.h>

static bool same_by_seed(const struct rp_portrait *portrait, unsigned a, unsigned b)
{
    bool same = true;
    for (unsigned i = 0; i < portrait->judges; i++)
        same &= portrait->by_seed[i][a] == portrait->by_seed[i][b];
    return same;
}

/* The first seeds, and each that shows what none before it does. */
static void choose(struct rp_portrait *portrait)
{
    portrait->chosen_count = 0;
    for (unsigned s = 0; s < portrait->all; s++) {
        bool is_new = true;
        for (unsigned k = 0; k < s; k++)
            is_new &= !same_by_seed(portrait, k, s);
        if (is_new || s < RP_SCREEN_SHORTLY)
            portrait->chosen[portrait->chosen_count++] = (uint8_t)s;
    }
}

/* What the seeds of a sitting in which all were asked for show. Its judges and members are the caller's. */
static void portray(struct rp_sitting *sitting, struct rp_portrait *portrait)
{
    static struct rp_signs signs, parting;
    portrait->all = (uint8_t)sitting->seeds;
    for (unsigned i = 0; i < sitting->judges; i++)
        for (size_t s = 0; s < sitting->seeds; s++)
            portrait->by_seed[i][s] = rp_sitting_hash(sitting, i, s);
    choose(portrait);
    rp_sitting_signs(sitting, &signs, &parting);
    memcpy(portrait->sign, signs.sign, signs.count * sizeof signs.sign[0]);
    memcpy(portrait->parting, parting.sign, parting.count * sizeof parting.sign[0]);
    portrait->signs = (uint16_t)signs.count;
    portrait->partings = (uint16_t)parting.count;
    if (signs.overflow || parting.overflow)
        portrait->judges = 0;
}

int rp_likeness_portray(struct rp_judge *const judge[], enum rp_policy policy, enum rp_mode mode,
                        const struct rp_encoding *encoding, struct rp_portrait *portrait,
                        struct rp_error *error)
{
    static struct rp_sitting sitting;
    int result = rp_sitting_begin(&sitting, judge, portrait->judges, policy, mode, encoding, error);
    if (result == RP_OK)
        result = rp_sitting_run(&sitting, rp_sitting_seeds(&sitting), error);
    if (result == RP_OK)
        portray(&sitting, portrait);
    return result;
}

static uint64_t seeds_to_try(const struct rp_portrait *portrait, const struct rp_encoding *encoding)
{
    uint64_t wanted = 0;
    for (unsigned i = 0; i < portrait->chosen_count; i++)
        wanted |= UINT64_C(1) << portrait->chosen[i];
    return wanted | UINT64_C(1) << XXH64(encoding->bytes, encoding->length, 0) % portrait->all;
}

/* Executors part only where they do in the portrait. */
static bool parts_likewise(const struct rp_signs *parting, const struct rp_portrait *portrait)
{
    unsigned k = 0;
    for (unsigned i = 0; i < parting->count; i++) {
        while (k < portrait->partings && portrait->parting[k] < parting->sign[i])
            k++;
        if (k == portrait->partings || portrait->parting[k] != parting->sign[i])
            return false;
    }
    return !parting->overflow;
}

/* True if each seed that was tried shows what it does of the portrait's encoding, and nothing where that one
 * tells nothing. */
static bool like_by_seed(struct rp_sitting *sitting, const struct rp_portrait *portrait)
{
    static struct rp_signs parting;
    for (size_t s = 0; s < sitting->seeds; s++)
        for (unsigned i = 0; i < sitting->judges && sitting->tried >> s & 1; i++)
            if (rp_sitting_hash(sitting, i, s) != portrait->by_seed[i][s])
                return false;
    parting.count = 0;
    parting.overflow = false;
    for (size_t s = 0; s < sitting->seeds; s++)
        if (sitting->tried >> s & 1)
            rp_sitting_parting(sitting, s, &parting);
    return parts_likewise(&parting, portrait);
}

/* True if of each judge a seed is chosen that tells something: what is like it in these tells as much. Where
 * the chosen ones tell nothing, no other one does, and that an encoding tells nothing in a few says nothing
 * of those that were not tried. */
static bool tells_by_seed(const struct rp_portrait *portrait)
{
    bool tells = true;
    for (unsigned i = 0; i < portrait->judges; i++) {
        uint64_t any = 0;
        for (unsigned k = 0; k < portrait->chosen_count; k++)
            any |= portrait->by_seed[i][portrait->chosen[k]];
        tells &= any != 0;
    }
    return tells;
}

/* Tries one portrait after the other, each only as long as nothing speaks against it. */
static int compare_by_seed(struct rp_sitting *sitting, const struct rp_encoding *encoding,
                           const struct rp_portrait *portrait, unsigned count, unsigned *which,
                           struct rp_error *error)
{
    int result = RP_OK;
    for (*which = 0; *which < count; ++*which) {
        const struct rp_portrait *p = &portrait[*which];
        if (!tells_by_seed(p) || !like_by_seed(sitting, p))
            continue;
        result = rp_sitting_run(sitting, seeds_to_try(p, encoding), error);
        if (result || like_by_seed(sitting, p))
            break;
    }
    return result;
}

static void compare_together(const struct rp_sitting *sitting, const struct rp_portrait *portrait,
                             unsigned count, unsigned *which)
{
    static struct rp_signs signs, parting;
    rp_sitting_signs(sitting, &signs, &parting);
    for (*which = 0; *which < count; ++*which) {
        const struct rp_portrait *p = &portrait[*which];
        if (!signs.overflow && signs.count == p->signs &&
            memcmp(signs.sign, p->sign, signs.count * sizeof signs.sign[0]) == 0 &&
            parts_likewise(&parting, p))
            return;
    }
}

int rp_likeness_compare(struct rp_judge *const judge[], enum rp_policy policy, enum rp_mode mode,
                        const struct rp_encoding *encoding, const struct rp_portrait *portrait,
                        unsigned count, unsigned *which, struct rp_portrait *own, struct rp_error *error)
{
    static struct rp_sitting sitting;
    *which = count;
    int result = rp_sitting_begin(&sitting, judge, portrait->judges, policy, mode, encoding, error);
    if (result == RP_OK)
        result = compare_by_seed(&sitting, encoding, portrait, count, which, error);
    if (result || *which < count)
        return result;
    result = rp_sitting_run(&sitting, rp_sitting_seeds(&sitting), error);
    if (result)
        return result;
    compare_together(&sitting, portrait, count, which);
    if (*which == count) {
        own->judges = portrait->judges;
        memcpy(own->member, portrait->member, sizeof own->member);
        portray(&sitting, own);
    }
    return RP_OK;
}
