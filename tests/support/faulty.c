/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A CPU with a fault; see faulty.h. */
#include "support/faulty.h"

#include "executor/registry.h"
#include "support/suite.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct instance {
    void *inner;
    struct rp_prestate *prestate; /* that were prepared */
    uint32_t count;
    struct rp_outcomes raw;
};

struct faulty_plan *faulty;
struct rp_executor faulty_executor;
static const struct rp_executor *inner;

static int open_faulty(const struct rp_executor_options *options, void **instance, struct rp_error *error)
{
    struct instance *i = calloc(1, sizeof *i);
    assert_non_null(i);
    int result = inner->open(options, &i->inner, error);
    if (result)
        free(i);
    else
        *instance = i;
    return result;
}

static void close_faulty(void *instance)
{
    struct instance *i = instance;
    if (!i)
        return;
    inner->close(i->inner);
    rp_outcomes_free(&i->raw);
    free(i->prestate);
    free(i);
}

static const struct rp_capabilities *capabilities(void *instance)
{
    return inner->capabilities(((struct instance *)instance)->inner);
}

static int prepare(void *instance, const struct rp_prestate *prestates, size_t count, uint32_t *first,
                   struct rp_error *error)
{
    struct instance *i = instance;
    int result = inner->prepare(i->inner, prestates, count, first, error);
    if (result)
        return result;
    i->prestate = realloc(i->prestate, (*first + count) * sizeof *i->prestate);
    assert_non_null(i->prestate);
    memcpy(i->prestate + *first, prestates, count * sizeof *prestates);
    return RP_OK;
}

static void forget(void *instance, uint32_t first)
{
    inner->forget(((struct instance *)instance)->inner, first);
}

static bool strikes(const struct rp_job *job)
{
    if (!faulty->armed || (faulty->cpu >= 0 && sched_getcpu() != faulty->cpu))
        return false;
    if (faulty->lasting)
        return memcmp(&job->encoding, &faulty->encoding, sizeof job->encoding) == 0;
    return faulty->made++ == faulty->run;
}

static uint64_t value_before(const struct rp_prestate *prestate, uint32_t component)
{
    return component < RP_REG_COUNT ? prestate->state.reg[component]
                                    : prestate->state.vector[component - RP_COMPONENT_VECTOR];
}

/* Appends the outcome with the component's bit flipped, whether or not the run changed it. */
static void append_struck(const struct instance *i, const struct rp_job *job,
                          const struct rp_outcome *outcome, const struct rp_change *change,
                          struct rp_outcomes *outcomes)
{
    struct rp_outcome mine = *outcome;
    struct rp_error error;
    bool done = false;
    assert_int_equal(rp_outcomes_reserve(outcomes, 1, outcome->count + 1u, &error), RP_OK);
    size_t first = outcomes->change_count;
    const struct rp_change own = {faulty->component,
                                  value_before(&i->prestate[job->prestate], faulty->component) ^ faulty->bit};
    for (uint32_t k = 0; k < outcome->count; k++) {
        struct rp_change c = change[k];
        if (c.component > own.component && !done)
            outcomes->change[outcomes->change_count++] = own;
        done |= c.component >= own.component;
        if (c.component == own.component)
            c.value ^= faulty->bit;
        outcomes->change[outcomes->change_count++] = c;
    }
    if (!done)
        outcomes->change[outcomes->change_count++] = own;
    rp_outcome_seal(outcomes, &mine, first);
    outcomes->outcome[outcomes->count++] = mine;
    faulty->struck++;
}

static void append(const struct rp_outcome *outcome, const struct rp_change *change,
                   struct rp_outcomes *outcomes)
{
    struct rp_outcome mine = *outcome;
    struct rp_error error;
    assert_int_equal(rp_outcomes_reserve(outcomes, 1, outcome->count, &error), RP_OK);
    size_t first = outcomes->change_count;
    if (outcome->count) /* else there may be no memory for changes yet */
        memcpy(outcomes->change + first, change, outcome->count * sizeof *change);
    outcomes->change_count += outcome->count;
    rp_outcome_seal(outcomes, &mine, first);
    outcomes->outcome[outcomes->count++] = mine;
}

static int run(void *instance, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
               struct rp_error *error)
{
    struct instance *i = instance;
    rp_outcomes_clear(&i->raw);
    int result = inner->run(i->inner, jobs, count, &i->raw, error);
    for (size_t k = 0; k < count && result == RP_OK; k++) {
        const struct rp_outcome *o = &i->raw.outcome[k];
        if (strikes(&jobs[k]))
            append_struck(i, &jobs[k], o, i->raw.change + o->first, outcomes);
        else
            append(o, i->raw.change + o->first, outcomes);
    }
    return result;
}

void faulty_init(void)
{
    struct rp_error error;
    void *instance;
    faulty = mmap(NULL, sizeof *faulty, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(faulty != MAP_FAILED);
    const struct rp_executor_entry *entry = rp_executor_find("native");
    const struct rp_executor_options options = {0};
    inner = entry && entry->executor ? entry->executor : NULL;
    if (inner && inner->open(&options, &instance, &error) == RP_OK)
        inner->close(instance);
    else
        inner = rp_executor_find("unicorn")->executor;
    faulty_executor = *inner;
    faulty_executor.open = open_faulty;
    faulty_executor.close = close_faulty;
    faulty_executor.capabilities = capabilities;
    faulty_executor.prepare = prepare;
    faulty_executor.forget = forget;
    faulty_executor.run = run;
}
