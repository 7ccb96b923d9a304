/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running blocks; see golden_work.h. */
#include "campaign/golden_work.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static cpu_set_t *allowed(void)
{
    static cpu_set_t set;
    static bool known;
    if (!known && sched_getaffinity(0, sizeof set, &set))
        CPU_ZERO(&set); /* more processors than a set has: none by number */
    known = true;
    return &set;
}

unsigned rp_golden_cpus(int *cpu, unsigned capacity)
{
    unsigned count = 0;
    for (int i = 0; i < CPU_SETSIZE && count < capacity; i++)
        if (CPU_ISSET((size_t)i, allowed()))
            cpu[count++] = i;
    return count;
}

int rp_golden_pin(int cpu, struct rp_error *error)
{
    cpu_set_t set = *allowed();
    if (cpu >= 0) {
        CPU_ZERO(&set);
        CPU_SET((size_t)cpu, &set);
    }
    if (CPU_COUNT(&set) && sched_setaffinity(0, sizeof set, &set))
        return rp_error_system(error, errno, "processor %d can't be run on; leave it out of --cpus", cpu);
    return RP_OK;
}

int rp_golden_runner_open(struct rp_golden_runner *r, const struct rp_golden_plan *plan,
                          const struct rp_campaign_options *options, int cpu, volatile uint64_t *run_counter,
                          struct rp_error *error)
{
    const struct rp_executor *executor = options->executor[0].entry->executor;
    const struct rp_executor_options how = {.run_counter = run_counter,
                                            .model = rp_executor_model(options->executor[0].name)};
    *r = (struct rp_golden_runner){.plan = plan,
                                   .policy = options->policy,
                                   .runner = {.executor = executor, .run_counter = run_counter}};
    int result = cpu >= 0 ? rp_golden_pin(cpu, error) : RP_OK;
    if (result == RP_OK)
        result = executor->open(&how, &r->runner.instance, error);
    if (result) {
        r->runner.executor = NULL;
        return result;
    }
    r->can = executor->capabilities(r->runner.instance);
    r->index = calloc(plan->states + (size_t)1, sizeof *r->index);
    if (r->index)
        return RP_OK;
    rp_golden_runner_close(r);
    return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a worker");
}

void rp_golden_runner_close(struct rp_golden_runner *r)
{
    if (r->runner.executor)
        r->runner.executor->close(r->runner.instance);
    free(r->index);
    free(r->jobs);
    free(r->run);
    *r = (struct rp_golden_runner){0};
}

int rp_golden_prestate(const struct rp_golden_plan *plan, uint32_t state, enum rp_policy policy,
                       struct rp_prestate *prestate, struct rp_machine *machine, struct rp_error *error)
{
    static _Thread_local struct rp_user user;
    static _Thread_local struct rp_machine own;
    const struct rp_golden_state *s = &plan->state[state];
    enum rp_mode mode = (enum rp_mode)s->mode;
    unsigned ring;
    machine = machine ? machine : &own;
    int result = rp_user_parse(s->user, mode, &user, error);
    if (result == RP_OK)
        result = rp_machine_parse(s->machine, mode, policy, machine, &ring, error);
    return result ? result : rp_prestate_build(prestate, mode, ring, &user, machine, error);
}

static void forget(struct rp_golden_runner *r)
{
    if (r->prepared)
        r->runner.executor->forget(r->runner.instance, r->first);
    memset(r->index, 0, r->plan->states * sizeof *r->index);
    r->prepared = 0;
}

static int prepare(struct rp_golden_runner *r, uint32_t state, struct rp_error *error)
{
    static _Thread_local struct rp_prestate prestate;
    uint32_t index;
    if (r->index[state])
        return RP_OK;
    int result = rp_golden_prestate(r->plan, state, r->policy, &prestate, NULL, error);
    if (result)
        return result;
    rp_prestate_reduce(&prestate, r->can->lacks);
    result = r->runner.executor->prepare(r->runner.instance, &prestate, 1, &index, error);
    if (result)
        return result;
    r->first = r->prepared ? r->first : index;
    r->index[state] = index + 1;
    r->prepared++;
    return RP_OK;
}

/* All states of a block have to be there together. */
static int prepare_block(struct rp_golden_runner *r, const struct rp_golden_block *block,
                         struct rp_error *error)
{
    size_t missing = 0;
    int result = RP_OK;
    for (uint32_t i = 0; i < block->runs; i++)
        missing += !r->index[block->state[i]];
    if (r->can->slots && r->prepared + missing > r->can->slots)
        forget(r);
    for (uint32_t i = 0; i < block->runs && result == RP_OK; i++)
        result = prepare(r, block->state[i], error);
    return result;
}

static int reserve(struct rp_golden_runner *r, size_t count, struct rp_error *error)
{
    if (count <= r->capacity)
        return RP_OK;
    struct rp_job *jobs = realloc(r->jobs, count * sizeof *jobs);
    if (jobs)
        r->jobs = jobs;
    uint32_t *run = realloc(r->run, count * sizeof *run);
    if (run)
        r->run = run;
    if (!jobs || !run)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for runs");
    r->capacity = count;
    return RP_OK;
}

int rp_golden_runner_jobs(struct rp_golden_runner *r, const struct rp_golden_block *block, bool all,
                          bool backwards, size_t *count, struct rp_error *error)
{
    int result = reserve(r, block->runs, error);
    if (result == RP_OK)
        result = prepare_block(r, block, error);
    *count = 0;
    for (uint32_t i = 0; i < block->encodings && result == RP_OK; i++) {
        uint32_t e = backwards ? block->encodings - 1 - i : i;
        for (uint32_t run = block->first[e]; run < block->first[e + 1]; run++) {
            if (!all && !rp_golden_is_compared(block->skip[run]))
                continue;
            r->run[*count] = run;
            r->jobs[(*count)++] = (struct rp_job){.encoding = block->encoding[e],
                                                  .prestate = r->index[block->state[run]] - 1,
                                                  .by_cpu = !all && block->skip[run] == RP_GOLDEN_COMPARED};
        }
    }
    return result;
}
