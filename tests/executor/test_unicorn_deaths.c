/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encodings that take Unicorn's process with them: each becomes `died` (or `hung`, where it stalls), and the
 * next one is run as if nothing had happened. Upstream: unicorn #1716, #1869, #1842, #2001. */
#include "executor/pool.h"
#include "executor/registry.h"
#include "executor/runner.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

struct culprit {
    const char *what;
    struct rp_encoding encoding;
    uint8_t ring;
};

/* All but the last are #UD by SDM Vol. 2 ("CALL", "JMP", "LOCK"). */
static const struct culprit culprits[] = {
    {"FF /3 with a register", {{0xff, 0xd8}, 2}, 3},
    {"FF /5 with a register", {{0xff, 0xe8}, 2}, 0},
    {"LOCK CMP", {{0xf0, 0x38, 0x03}, 3}, 3},
    {"LOCK CMPSB", {{0xf0, 0xa6}, 2}, 0},
    {"LOCK BT with a register", {{0xf0, 0x0f, 0xa3, 0xc0}, 4}, 3},
    {"MOV DR7 that enables a breakpoint", {{0x0f, 0x23, 0xf8}, 3}, 0},
};
#define CULPRITS (sizeof culprits / sizeof culprits[0])
#define ANSWERED 1 /* the executor knows the last one, and says `died` without making the run */

static const struct rp_encoding nop = {{0x90}, 1};
static const struct rp_encoding set_carry = {{0xf9}, 1};

struct worker {
    struct rp_runner runner;
    struct rp_outcomes outcomes;
    uint32_t prestate[4]; /* by ring */
};

static int prepare(struct worker *worker, unsigned ring, struct rp_error *error)
{
    static struct rp_user user;
    static struct rp_machine machine;
    static struct rp_prestate prestate;
    rp_user_init(&user, RP_MODE_LONG64);
    user.state.reg[RP_REG_RAX] = 0x402; /* as DR7: breakpoint 0, global */
    rp_machine_init(&machine, RP_MODE_LONG64, RP_POLICY_LEGACY);
    int code = rp_prestate_build(&prestate, RP_MODE_LONG64, ring, &user, &machine, error);
    if (code != RP_OK)
        return code;
    return worker->runner.executor->prepare(worker->runner.instance, &prestate, 1, &worker->prestate[ring],
                                            error);
}

static int open_worker(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    (void)context;
    static struct worker made;
    const struct rp_executor_options options = {.run_counter = run_counter};
    made.runner =
        (struct rp_runner){.executor = rp_executor_find("unicorn")->executor, .run_counter = run_counter};
    *worker = &made;
    int code = made.runner.executor->open(&options, &made.runner.instance, error);
    for (unsigned ring = 0; ring <= 3 && code == RP_OK; ring += 3)
        code = prepare(&made, ring, error);
    return code;
}

/* NOP, the culprit, NOP, STC: letters of what became of them. */
static int do_item(void *context, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                   struct rp_error *error)
{
    struct worker *worker = context;
    const struct culprit *culprit = &culprits[item];
    uint32_t prestate = worker->prestate[culprit->ring];
    const struct rp_job jobs[] = {{.encoding = nop, .prestate = prestate},
                                  {.encoding = culprit->encoding, .prestate = prestate},
                                  {.encoding = nop, .prestate = prestate},
                                  {.encoding = set_carry, .prestate = prestate}};
    worker->runner.deaths = deaths;
    rp_outcomes_clear(&worker->outcomes);
    int code = rp_runner_run(&worker->runner, jobs, 4, &worker->outcomes, error);
    for (size_t i = 0; i < worker->outcomes.count && code == RP_OK; i++)
        rp_text_add(result, "%s%s", i ? " " : "",
                    rp_outcome_kind_name((enum rp_outcome_kind)worker->outcomes.outcome[i].kind));
    return code;
}

static void close_worker(void *context)
{
    struct worker *worker = context;
    rp_outcomes_free(&worker->outcomes);
    worker->runner.executor->close(worker->runner.instance);
}

static int check_result(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    static const char died[] = "retired died retired retired", hung[] = "retired hung retired retired";
    (void)length;
    if (strcmp(bytes, died) != 0 && strcmp(bytes, hung) != 0)
        return rp_error_set(error, RP_EINPUT, "%s: %s", culprits[item].what, bytes);
    ++*(size_t *)context;
    return RP_OK;
}

static void each_is_an_outcome_and_the_next_encoding_is_run(void **state)
{
    (void)state;
    size_t seen = 0;
    struct rp_error error = {0};
    struct rp_pool_status status;
    const struct rp_pool_work work = {.items = CULPRITS,
                                      .context = &seen,
                                      .open = open_worker,
                                      .item = do_item,
                                      .close = close_worker,
                                      .done = check_result};
    if (!rp_executor_find("unicorn")->executor)
        skip(); /* not in this build */
    int code = rp_pool_run(&work, &(struct rp_pool_options){.workers = 2}, &status, &error);
    assert_string_equal(error.line, "");
    assert_int_equal(code, RP_OK);
    assert_int_equal(seen, CULPRITS);
    assert_int_equal(status.deaths + status.hangs, CULPRITS - ANSWERED);
    assert_int_equal(status.restarts, CULPRITS - ANSWERED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_is_an_outcome_and_the_next_encoding_is_run)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
