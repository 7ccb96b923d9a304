/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AFL++ against the novelty loop, by coarse behaviours (fuzz/behaviour.h, the one counting function) after
 * equally many executions: with our mutator and feedback, all mutants by afl_custom_fuzz; the same where the
 * target derives 16 mutants of each test case; and plain, with its own havoc on the same target. Then the
 * same for a time, and the planted bugs. The same executors, seeds 1 to 5, medians.
 *
 * fuzz_afl [EXECUTIONS [SEEDS [SECONDS [ROWS]]]]: the default is what ends in two minutes; the goals are for
 * 1000000 executions and 5 seeds, the times for 60. For parts of a long run SEEDS may be a range, "2-3", each
 * of EXECUTIONS and SECONDS 0, which leaves it out, and ROWS letters of n(ovelty), a(fl), d(erived), h(avoc)
 * and p(lanted bugs, in half the executions, not of 0); "nadhp" is all. */
#include "campaign/fuzz_afl.h"
#include "executor/registry.h"
#include "fuzz/afl_target.h"
#include "support/bench.h"
#include "support/planted.h"
#include "support/planted_bugs.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXECUTIONS 5000
#define SEEDS      1
#define SEEDS_MAX  5
#define SECONDS    5
#define MODES      ((1u << RP_MODE_COUNT) - 1)
#define PLANTED    "planted" /* the word that makes this program a target with the planted executors */

enum row { NOVELTY, AFL, DERIVED, HAVOC, ROWS };

struct wish {
    uint64_t executions, seconds; /* 0: not by these */
    unsigned first, last;         /* seeds */
    bool row[ROWS], planted;
};

static const char *const names[ROWS] = {"novelty loop", "AFL++, our mutator", "the same, 16 derived",
                                        "AFL++, its havoc"};

static char program[PATH_MAX], mutator[PATH_MAX];

static void find_files(void)
{
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        bench_give_up("no /proc/self/exe");
    program[length] = '\0';
    int folder = (int)(strrchr(program, '/') - program);
    snprintf(mutator, sizeof mutator, "%.*s/../../ringprobe-mutator.so", folder, program);
}

/* This program as afl-fuzz's target. */
static int serve(bool planted)
{
    struct rp_error error = {0};
    const struct rp_fuzz_rig_options rig = {
        .member = {{planted ? &planted_executor : rp_executor_find("unicorn")->executor,
                    planted ? "planted" : "unicorn"},
                   {planted ? &planted_true : rp_executor_find("native")->executor,
                    planted ? "true" : "native"}},
        .members = 2,
        .policy = planted ? RP_POLICY_LINUX : RP_POLICY_LEGACY};
    return rp_afl_target(&rig, planted ? 1u << RP_MODE_LONG64 | 1u << RP_MODE_PROT32 : MODES, getenv, &error)
               ? 1
               : 0;
}

static struct rp_afl *open_afl(enum row row, uint64_t seed, bool planted)
{
    static char *target[3], word[] = PLANTED;
    struct rp_error error;
    struct rp_afl *afl;
    target[0] = program;
    target[1] = planted ? word : NULL;
    const struct rp_afl_options options = {.temporary = "/tmp",
                                           .target = target,
                                           .mutator = row == HAVOC ? NULL : mutator,
                                           .instances = 1,
                                           .derived = row == DERIVED ? 16 : 0,
                                           .milliseconds = planted ? 200 : 0,
                                           .seed = seed,
                                           .modes =
                                               planted ? 1u << RP_MODE_LONG64 | 1u << RP_MODE_PROT32 : MODES};
    if (rp_afl_open(&options, &afl, &error))
        bench_give_up(error.line);
    return afl;
}

static void print_row(const char *name, double executions, double coarse, double whole, double seconds)
{
    printf("  %-22s %9.0f executions %7.0f coarse %8.0f whole %7.1f s\n", name, executions, coarse, whole,
           seconds);
    fflush(stdout);
}

/* Until so many executions or seconds are over; 0: that does not count. */
static double run_afl(enum row row, uint64_t seed, uint64_t executions, double seconds)
{
    struct rp_error error;
    struct rp_fuzz_facts *facts;
    struct rp_afl *afl = open_afl(row, seed, false);
    const struct rp_fuzz_board *board = rp_afl_board(afl);
    struct rp_fuzz_fed fed = {.max = 65536};
    double coarse = 0, whole = 0, made = 0, begun = bench_seconds(CLOCK_MONOTONIC), took = 0;
    fed.input = calloc(fed.max, sizeof *fed.input);
    if (!fed.input || rp_fuzz_facts_open(MODES, &facts, &error))
        bench_give_up("out of memory");
    while (!fed.ended) {
        fed.count = 0;
        if (rp_afl_next(afl, facts, &fed, &error))
            bench_give_up(error.line);
        took = bench_seconds(CLOCK_MONOTONIC) - begun;
        if (!fed.enough &&
            ((executions && board->executions >= executions) || (seconds > 0 && took >= seconds))) {
            fed.enough = true;
            coarse = (double)board->coarse.count;
            whole = (double)board->whole.count;
            made = (double)board->executions;
            print_row(names[row], made, coarse, whole, took);
        }
    }
    rp_afl_close(afl);
    rp_fuzz_facts_close(facts);
    free(fed.input);
    return coarse;
}

static double run_novelty(uint64_t seed, uint64_t executions, uint64_t seconds)
{
    struct rp_error error;
    struct rp_fuzz_status status;
    struct rp_fuzz_options options = {
        .campaign = {.executors = 2, .policy = RP_POLICY_LEGACY, .random_seed = seed, .workers = 1},
        .modes = MODES,
        .executions = executions,
        .seconds = seconds,
        .suspicions_only = true};
    for (unsigned i = 0; i < 2; i++)
        options.campaign.executor[i] = (struct rp_campaign_executor){
            rp_executor_find(i ? "native" : "unicorn"), i ? "native" : "unicorn"};
    if (rp_fuzz(&options, &status, &error))
        bench_give_up(error.line);
    print_row(names[NOVELTY], (double)status.executions, (double)status.coarse, (double)status.behaviours,
              status.seconds);
    return (double)status.coarse;
}

static void compare(const struct wish *wish, uint64_t executions, uint64_t seconds, double median[ROWS])
{
    double coarse[ROWS][SEEDS_MAX];
    for (unsigned seed = wish->first; seed <= wish->last; seed++)
        for (unsigned row = 0; row < ROWS; row++)
            if (wish->row[row])
                coarse[row][seed - wish->first] =
                    row == NOVELTY ? run_novelty(seed, executions, seconds)
                                   : run_afl((enum row)row, seed, executions, (double)seconds);
    for (unsigned row = 0; row < ROWS; row++)
        median[row] = wish->row[row] ? bench_median(coarse[row], wish->last - wish->first + 1) : 0;
}

static void print_ratio(const char *name, const double median[ROWS], enum row of, enum row to,
                        const char *goal)
{
    if (median[of] > 0 && median[to] > 0)
        printf("ratio %s %.2f goal %s\n", name, median[of] / median[to], goal);
}

/* Executions after which a campaign on the planted executors reports each bug. */
static void find_planted(uint64_t executions)
{
    printf("planted bugs, found after executions (0: not in %" PRIu64 ")\n", executions);
    for (unsigned i = 0; i < 2; i++) {
        static struct planted_found found;
        const enum row row = i ? DERIVED : AFL;
        struct rp_error error;
        struct rp_afl *afl = open_afl(row, 1, true);
        const struct rp_fuzz_feed feed = {rp_afl_next, afl, "afl"};
        found = (struct planted_found){0};
        struct rp_fuzz_options options = planted_campaign(executions, &found);
        options.feed = &feed;
        if (rp_fuzz(&options, &found.status, &error))
            bench_give_up(error.line);
        rp_afl_close(afl);
        for (size_t bug = 0; bug < PLANTED_BUGS; bug++)
            printf("  %-22s %8" PRIu64 "  %s\n", names[row], found.after[bug], planted_bug_name(bug));
        fflush(stdout);
    }
}

static bool read_seeds(const char *text, struct wish *wish)
{
    char *end;
    wish->first = 1;
    wish->last = (unsigned)strtoul(text, &end, 10);
    if (*end == '-') {
        wish->first = wish->last;
        wish->last = (unsigned)strtoul(end + 1, &end, 10);
    }
    return !*end && wish->first && wish->first <= wish->last && wish->last - wish->first < SEEDS_MAX;
}

static bool read_rows(const char *text, struct wish *wish)
{
    static const char letters[] = "nadhp";
    for (; *text; text++) {
        const char *at = strchr(letters, *text);
        if (!at)
            return false;
        if (at - letters < ROWS)
            wish->row[at - letters] = true;
        else
            wish->planted = true;
    }
    return true;
}

static bool has_row(const struct wish *wish)
{
    return wish->row[NOVELTY] || wish->row[AFL] || wish->row[DERIVED] || wish->row[HAVOC];
}

static void read_wish(int argc, char **argv, struct wish *wish)
{
    *wish = (struct wish){EXECUTIONS, SECONDS, 1, SEEDS, {false}, false};
    if (argc > 1)
        wish->executions = strtoull(argv[1], NULL, 10);
    if (argc > 3)
        wish->seconds = strtoull(argv[3], NULL, 10);
    if (!read_rows(argc > 4 ? argv[4] : "nadhp", wish) || (argc > 2 && !read_seeds(argv[2], wish)) ||
        argc > 5)
        bench_give_up("fuzz_afl [EXECUTIONS [SEEDS, 5 at most [SECONDS [ROWS, of nadhp]]]]");
    if (wish->planted && wish->executions < 2)
        bench_give_up(
            "planted bugs are looked for in half of EXECUTIONS: give two or more, or ROWS without p");
}

int main(int argc, char **argv)
{
    struct wish wish;
    unsigned version;
    double by_count[ROWS] = {0}, by_time[ROWS] = {0};
    struct rp_error error;
    if (getenv(RP_AFL_MAP_VARIABLE))
        return serve(argc > 1 && strcmp(argv[1], PLANTED) == 0);
    read_wish(argc, argv, &wish);
    find_files();
    if (rp_afl_find(&version, &error))
        bench_give_up(error.line);
    if (wish.executions && has_row(&wish)) {
        printf("%" PRIu64 " executions each, seeds %u to %u\n", wish.executions, wish.first, wish.last);
        compare(&wish, wish.executions, 0, by_count);
    }
    if (wish.seconds && has_row(&wish)) {
        printf("%" PRIu64 " seconds each\n", wish.seconds);
        compare(&wish, 0, wish.seconds, by_time);
    }
    if (wish.planted)
        find_planted(wish.executions / 2);
    print_ratio("afl-to-novelty", by_count, AFL, NOVELTY, "0.7");
    print_ratio("afl-derived-to-novelty", by_count, DERIVED, NOVELTY, "0.7");
    print_ratio("afl-to-havoc", by_count, AFL, HAVOC, "3");
    print_ratio("afl-to-novelty-by-time", by_time, AFL, NOVELTY, "0.7");
    print_ratio("afl-derived-to-novelty-by-time", by_time, DERIVED, NOVELTY, "0.7");
    return 0;
}
