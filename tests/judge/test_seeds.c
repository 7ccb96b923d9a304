/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each row of corpus/seeds.tsv says which signature it is there to raise: judged with that seed alone, the
 * encoding shows it. */
#include "base/hex.h"
#include "judge/inquiry.h"
#include "support/suite.h"
#include "unicorn/unicorn.h"

#include <stdio.h>
#include <string.h>

static struct rp_judge *judge;

static int open_judge(void **state)
{
    (void)state;
    struct rp_judge_options options = {.executor = &rp_executor_unicorn, .random_seed = 1};
    struct rp_error error = {0};
    if (rp_judge_open(&options, &judge, &error))
        fail_msg("%s", error.line);
    return 0;
}

static int close_judge(void **state)
{
    (void)state;
    rp_judge_close(judge);
    return 0;
}

/* HEX@MODE:KIND:RESOURCE, as the head of seeds.tsv explains. */
struct claim {
    struct rp_encoding encoding;
    enum rp_mode mode;
    enum rp_sensitivity kind;    /* NONE: the verdict is claimed */
    enum rp_judgement judgement; /* then */
    enum rp_resource resource;
};

static struct claim parse(const struct rp_seed *seed)
{
    char hex[40], mode[20], kind[20], resource[40];
    struct claim claim = {.kind = RP_SENSITIVE_NONE, .resource = RP_RESOURCE_NONE};
    size_t length = 0;
    if (sscanf(seed->raises, "%39[^@]@%19[^:]:%19[^:]:%39s", hex, mode, kind, resource) != 4 ||
        rp_hex_parse(hex, claim.encoding.bytes, RP_ENCODING_MAX, &length, NULL) ||
        !rp_mode_find(mode, &claim.mode))
        fail_msg("%s: '%s' is not HEX@MODE:KIND:RESOURCE", seed->name, seed->raises);
    claim.encoding.length = (uint8_t)length;
    while (!rp_sensitivity_find(kind, &claim.kind) && strcmp(rp_judgement_name(claim.judgement), kind) != 0)
        if (++claim.judgement == RP_VERDICT_COUNT)
            fail_msg("%s: '%s' is no kind and no verdict", seed->name, kind);
    claim.resource = rp_resource_find(resource);
    if (strcmp(resource, "-") != 0 && claim.resource == RP_RESOURCE_NONE)
        fail_msg("%s: '%s' is no resource", seed->name, resource);
    assert_true(seed->modes >> claim.mode & 1);
    return claim;
}

/* The evidence of that kind and resource that seed `s` alone gives. */
static bool raises(size_t s, const struct claim *claim, struct rp_verdict *verdict)
{
    struct rp_seeds all = judge->seeds;
    struct rp_error error = {0};
    judge->seeds = (struct rp_seeds){&all.seed[s], 1};
    rp_judge_enter(judge, RP_MODE_COUNT); /* no plan of other seeds is left */
    int result = rp_judge_encoding(judge, claim->mode, &claim->encoding, NULL, verdict, &error);
    judge->seeds = all;
    if (result)
        fail_msg("%s: %s", all.seed[s].name, error.line);
    if (claim->kind == RP_SENSITIVE_NONE)
        return verdict->judgement == claim->judgement;
    return verdict->sensitivity & claim->kind &&
           (claim->resource == RP_RESOURCE_NONE || rp_resource_set_has(&verdict->resources, claim->resource));
}

static void each_seed_alone_raises_what_it_is_there_for(void **state)
{
    (void)state;
    unsigned silent = 0;
    for (size_t s = 0; s < judge->seeds.count; s++) {
        const struct rp_seed *seed = &judge->seeds.seed[s];
        struct claim claim = parse(seed);
        struct rp_verdict verdict;
        if (!raises(s, &claim, &verdict)) {
            print_message("%s: '%s' is not raised: %s, sensitivity %u, resources", seed->name, seed->raises,
                          rp_judgement_name(verdict.judgement), verdict.sensitivity);
            for (unsigned r = rp_resource_set_next(&verdict.resources, 0); r < RP_RESOURCE_COUNT;
                 r = rp_resource_set_next(&verdict.resources, r + 1))
                print_message(" %s", rp_resource_info(r)->name);
            print_message("\n");
            silent++;
        }
        rp_verdict_free(&verdict);
    }
    assert_int_equal(silent, 0);
}

/* A seed that raises what the default state raises too would not be missed. */
static void most_claims_are_not_raised_by_the_plain_seed(void **state)
{
    (void)state;
    unsigned needed = 0, count = 0;
    for (size_t s = 1; s < judge->seeds.count; s++) {
        struct claim claim = parse(&judge->seeds.seed[s]);
        struct rp_verdict verdict;
        needed += !raises(0, &claim, &verdict);
        count++;
        rp_verdict_free(&verdict);
    }
    assert_true(3 * needed > 2 * count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_seed_alone_raises_what_it_is_there_for),
        cmocka_unit_test(most_claims_are_not_raised_by_the_plain_seed),
    };
    return cmocka_run_group_tests(tests, open_judge, close_judge);
}
