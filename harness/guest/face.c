/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pre-states into slots, jobs into orders, results into outcomes; who takes a guest with it is named and its
 * machine started again. See face.h. */
#include "guest/face.h"

#include "executor/capabilities.h"
#include "guest/quiet.h"
#include "guest/turns.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct instance {
    const struct rp_guest_driver *driver;
    const char *model;
    volatile uint64_t *run_counter;
    uint64_t own_counter;
    void *process[RP_GUEST_KIND_COUNT]; /* NULL until the first pre-state that needs it */
    struct rp_guest_turns turns;
    struct rp_outcomes parts; /* in the order of turns */
    uint32_t count, serial;
    struct rp_prestate reduced;         /* to what the CPU has */
    uint32_t last[RP_GUEST_KIND_COUNT]; /* the slot that was filled last */
    bool suspected;                     /* the job at which the last order ended has had its second chance */
    struct culprit {                    /* the last that had none left */
        struct rp_encoding encoding;
        uint8_t mode, ring;
    } culprit;
    struct rp_capabilities capabilities;
};

static struct rp_capabilities make_capabilities(const struct rp_guest_driver *driver)
{
    struct rp_capabilities table = {.slots = RP_GUEST_SLOTS};
    for (unsigned i = 0; i < RP_RESOURCE_COUNT; i++)
        table.resource[i] =
            driver->not_held_count == 0 || memchr(driver->not_held, (int)i, driver->not_held_count) == NULL;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        table.ring[mode][0] = rp_mode_info((enum rp_mode)mode)->has_ring0;
        table.ring[mode][3] = rp_mode_info((enum rp_mode)mode)->has_ring3;
        table.stack_lost[mode] = rp_mode_info((enum rp_mode)mode)->long_mode ? 0 : RP_GUEST_STACK_LOST;
    }
    memset(table.descriptor, true, sizeof table.descriptor);
    return table;
}

const struct rp_capabilities *rp_guest_face_capabilities(void *opaque)
{
    return &((struct instance *)opaque)->capabilities;
}

void rp_guest_face_close(void *opaque)
{
    struct instance *instance = opaque;
    for (unsigned kind = 0; instance && kind < RP_GUEST_KIND_COUNT; kind++) {
        if (instance->process[kind])
            instance->driver->close(instance->process[kind]);
        free(instance->process[kind]);
    }
    if (instance) {
        rp_outcomes_free(&instance->parts);
        rp_guest_turns_free(&instance->turns);
    }
    free(instance);
}

/* From what the guest has found. */
static void learn(struct rp_capabilities *can, const uint64_t lacks[RP_REG_COUNT])
{
    rp_capabilities_lack(can, lacks);
    can->vector_masks = !(lacks[RP_REG_XCR0] & RP_XCR0_AVX512);
    can->vector_registers = can->vector_masks ? 32 : 16;
    can->vector_words = can->vector_masks ? 8 : lacks[RP_REG_XCR0] & RP_XCR0_AVX ? 2 : 4;
}

static int need(struct instance *instance, enum rp_guest_kind kind, struct rp_error *error)
{
    const struct rp_guest_driver *driver = instance->driver;
    if (instance->process[kind])
        return RP_OK;
    void *process = calloc(1, driver->size);
    if (!process)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for %s", driver->name);
    int result = driver->open(process, kind, instance->model, error);
    if (result) {
        free(process);
        return result;
    }
    instance->process[kind] = process;
    if (kind == RP_GUEST_KIND_LONG) /* Intel's CPUs tell SYSCALL in 64-bit mode alone */
        learn(&instance->capabilities, driver->shared(process)->lacks);
    return RP_OK;
}

int rp_guest_face_open(const struct rp_guest_driver *driver, const char *model,
                       const struct rp_executor_options *options, void **opaque, struct rp_error *error)
{
    struct instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for %s", driver->name);
    instance->driver = driver;
    instance->model = model;
    instance->run_counter = options && options->run_counter ? options->run_counter : &instance->own_counter;
    instance->capabilities = make_capabilities(driver);
    int result = need(instance, RP_GUEST_KIND_LONG, error);
    if (result) {
        rp_guest_face_close(instance);
        return result;
    }
    *opaque = instance;
    return RP_OK;
}

/* True if both have the same x87 and vector registers. */
static bool same_extended(const struct rp_state *a, const struct rp_state *b)
{
    return memcmp(a->reg + RP_REG_FCW, b->reg + RP_REG_FCW, (RP_REG_COUNT - RP_REG_FCW) * sizeof a->reg[0]) ==
               0 &&
           memcmp(a->vector, b->vector, sizeof a->vector) == 0;
}

/* Numbers what the guest need not make anew: most pre-states that follow each other have it in common. */
static void fill_slot(struct instance *instance, struct rp_guest_shared *shared, enum rp_guest_kind kind,
                      const struct rp_prestate *prestate)
{
    struct rp_guest_slot *slot = &shared->slot[instance->count];
    const struct rp_guest_slot *last = &shared->slot[instance->last[kind]];
    uint32_t serial = ++instance->serial;
    bool same = last->extended && same_extended(&last->state, &prestate->state);
    slot->extended = same ? last->extended : serial;
    instance->reduced = *prestate;
    rp_prestate_reduce(&instance->reduced, instance->capabilities.lacks);
    rp_guest_slot_fill(shared, &instance->reduced, slot);
    slot->serial = serial;
    instance->last[kind] = instance->count;
}

static int prepare_one(struct instance *instance, const struct rp_prestate *prestate, struct rp_error *error)
{
    enum rp_guest_kind kind = rp_guest_kind_of(prestate->mode);
    const struct rp_capabilities *can = &instance->capabilities;
    bool runs = can->ring[prestate->mode][prestate->ring] && !rp_capabilities_refuse(can, prestate);
    rp_guest_turns_note(&instance->turns, instance->count, prestate, runs);
    int result = runs ? need(instance, kind, error) : RP_OK;
    if (result)
        return result;
    if (runs)
        fill_slot(instance, instance->driver->shared(instance->process[kind]), kind, prestate);
    instance->count++;
    return RP_OK;
}

int rp_guest_face_prepare(void *opaque, const struct rp_prestate *prestates, size_t count, uint32_t *first,
                          struct rp_error *error)
{
    struct instance *instance = opaque;
    uint32_t start = *first = instance->count;
    int result = RP_OK;
    if (count > RP_GUEST_SLOTS - instance->count)
        return rp_error_set(error, RP_EENVIRONMENT, "%s holds at most %d pre-states", instance->driver->name,
                            RP_GUEST_SLOTS);
    for (size_t i = 0; i < count && result == RP_OK; i++)
        result = prepare_one(instance, &prestates[i], error);
    if (result)
        instance->count = start;
    return result;
}

void rp_guest_face_forget(void *opaque, uint32_t first)
{
    struct instance *instance = opaque;
    if (first < instance->count)
        instance->count = first;
}

static int append_unsupported(struct rp_outcomes *outcomes, struct rp_error *error)
{
    struct rp_outcome outcome = {.kind = RP_OUTCOME_UNSUPPORTED, .provenance = RP_PROVENANCE_EMULATED};
    return rp_outcomes_add(outcomes, &outcome, NULL, 0, error);
}

/* Hands on the results of jobs [*at, end) of the order. */
static int collect(struct instance *instance, struct rp_guest_shared *shared, uint32_t *at, uint32_t end,
                   struct rp_outcomes *outcomes, struct rp_error *error)
{
    int result = RP_OK;
    for (; *at < end && result == RP_OK; ++*at) {
        ++*instance->run_counter;
        result = rp_guest_append(shared, *at, RP_PROVENANCE_EMULATED, outcomes, error);
    }
    return result;
}

/* The machine ended in job `at`. A signal may have come from anybody, and a guest that shuts down may have
 * done so by a tick at a bad moment (Bochs, legacy modes), so that the job is made once more by a fresh one,
 * unless another of its encoding has come to that already: one that loads the stack pointer does so from
 * every state. True if it is the culprit: its result then says so. */
static bool blame(struct instance *instance, struct rp_guest_shared *shared, uint32_t at,
                  enum rp_guest_end end, int signal)
{
    const struct rp_guest_job *job = &shared->job[at];
    const struct culprit one = {job->encoding, instance->turns.mode[job->slot],
                                instance->turns.ring[job->slot]};
    bool known = signal != SIGKILL && memcmp(&one, &instance->culprit, sizeof one) == 0;
    if (end == RP_GUEST_DIED && !instance->suspected && !known) {
        instance->suspected = true;
        return false;
    }
    instance->suspected = false;
    bool hung = end == RP_GUEST_STUCK;
    if (!hung)
        instance->culprit = one;
    shared->result[at] = (struct rp_guest_result){.kind = hung ? RP_OUTCOME_HUNG : RP_OUTCOME_DIED,
                                                  .vector = hung ? 0 : (uint8_t)signal};
    return true;
}

static int order_once(struct instance *instance, void *process, uint32_t *at, uint32_t end,
                      struct rp_outcomes *outcomes, struct rp_error *error);

/* Behind an order of which a job may have written that was not looked at: all of it once more, see quiet.h.
 * `runs`: the guest does. */
static int order_again(struct instance *instance, void *process, uint32_t *at, uint32_t end, bool runs,
                       struct rp_outcomes *outcomes, struct rp_error *error)
{
    struct rp_guest_shared *shared = instance->driver->shared(process);
    instance->turns.strayer = shared->job[*at].encoding;
    shared->strayed = runs;
    int result = runs ? RP_OK : instance->driver->restart(process, error);
    return result ? result : order_once(instance, process, at, end, outcomes, error);
}

/* Orders jobs from *at on and collects what comes back; *at moves on. `end` is where the order ends. */
static int order_once(struct instance *instance, void *process, uint32_t *at, uint32_t end,
                      struct rp_outcomes *outcomes, struct rp_error *error)
{
    const struct rp_guest_driver *driver = instance->driver;
    struct rp_guest_shared *shared = driver->shared(process);
    uint32_t first = *at;
    int signal = 0;
    shared->first = *at;
    shared->count = end;
    enum rp_guest_end how = driver->order(process, &signal);
    bool intact = driver->intact(process);
    intact = intact && shared->done >= first && shared->done <= end;
    bool kept =
        intact && how == RP_GUEST_ANSWERED && rp_guest_have_kept(driver, process, first, shared->done);
    if (!kept && rp_guest_look_at_all(shared, first, end))
        return order_again(instance, process, at, end, intact && how == RP_GUEST_ANSWERED, outcomes, error);
    if (!intact && end - *at > 1) { /* nothing of it can be trusted: one by one, from the start */
        int result = driver->restart(process, error);
        for (uint32_t next = *at; next < end && result == RP_OK; next = *at)
            result = order_once(instance, process, at, next + 1, outcomes, error);
        return result;
    }
    int result = intact ? collect(instance, shared, at, shared->done, outcomes, error) : RP_OK;
    if (result || (intact && how == RP_GUEST_ANSWERED)) {
        instance->suspected = instance->suspected && *at == first;
        return result;
    }
    if (*at > first)
        instance->suspected = false;
    if (*at == end && intact) /* all of it is there: it ended between orders */
        return driver->restart(process, error);
    bool guilty = blame(instance, shared, *at, intact ? how : RP_GUEST_DIED, signal);
    result = driver->restart(process, error);
    if (result == RP_OK && guilty)
        result = collect(instance, shared, at, *at + 1, outcomes, error);
    return result;
}

/* `count` turns, which are of one kind. */
static int run_stretch(struct instance *instance, const struct rp_job *jobs,
                       const struct rp_guest_turn *turns, size_t count, struct rp_error *error)
{
    void *process = instance->process[rp_guest_kind_of((enum rp_mode)turns[0].mode)];
    struct rp_guest_shared *shared = instance->driver->shared(process);
    for (size_t i = 0; i < count; i++) {
        const struct rp_job *job = &jobs[turns[i].job];
        const struct rp_guest_slot *slot = &shared->slot[job->prestate], *last = slot;
        if (i > 0)
            last = &shared->slot[jobs[turns[i - 1].job].prestate];
        bool behind = last != slot && last->mode == slot->mode && last->count <= RP_GUEST_STALE;
        shared->job[i] = (struct rp_guest_job){
            .encoding = job->encoding,
            .slot = job->prestate,
            .looked_at = turns[i].looked_at,
            .operand = rp_guest_loaded_operand((enum rp_mode)turns[i].mode, slot->state.reg, &job->encoding),
            .behind = behind ? last->serial : 0,
            .stale = behind ? rp_guest_slot_stale(last, slot) : 0};
    }
    int result = RP_OK;
    instance->suspected = false;
    for (uint32_t at = 0; at < count && result == RP_OK;)
        result = order_once(instance, process, &at, (uint32_t)count, &instance->parts, error);
    return result;
}

/* Runs them by turns; outcomes stand in that order. */
static int run_turns(struct instance *instance, const struct rp_job *jobs, size_t count,
                     struct rp_error *error)
{
    const struct rp_guest_turn *turns = instance->turns.turn;
    int result = RP_OK;
    for (size_t i = 0, stretch; i < count && result == RP_OK; i += stretch) {
        stretch = 1;
        if (turns[i].mode == RP_MODE_COUNT) {
            ++*instance->run_counter;
            result = append_unsupported(&instance->parts, error);
            continue;
        }
        enum rp_guest_kind kind = rp_guest_kind_of((enum rp_mode)turns[i].mode);
        while (i + stretch < count && stretch < RP_GUEST_JOBS && turns[i + stretch].mode != RP_MODE_COUNT &&
               rp_guest_kind_of((enum rp_mode)turns[i + stretch].mode) == kind)
            stretch++;
        result = run_stretch(instance, jobs, turns + i, stretch, error);
    }
    return result;
}

/* Brings the outcomes into the order of their jobs. */
static int join(struct instance *instance, size_t count, struct rp_outcomes *outcomes, struct rp_error *error)
{
    const struct rp_outcomes *parts = &instance->parts;
    int result = rp_outcomes_reserve(outcomes, count, parts->change_count, error);
    if (result)
        return result;
    for (size_t i = 0; i < count; i++)
        outcomes->outcome[outcomes->count + instance->turns.turn[i].job] = parts->outcome[i];
    for (size_t i = 0; i < count; i++) {
        struct rp_outcome *outcome = &outcomes->outcome[outcomes->count++];
        const struct rp_change *from = parts->change + outcome->first;
        outcome->first = (uint32_t)outcomes->change_count;
        if (outcome->count)
            memcpy(outcomes->change + outcomes->change_count, from, outcome->count * sizeof *from);
        outcomes->change_count += outcome->count;
    }
    return RP_OK;
}

int rp_guest_face_run(void *opaque, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
                      struct rp_error *error)
{
    struct instance *instance = opaque;
    rp_outcomes_clear(&instance->parts);
    int result = rp_guest_turns_take(&instance->turns, jobs, count, error);
    if (result == RP_OK)
        result = run_turns(instance, jobs, count, error);
    if (result == RP_OK)
        result = join(instance, count, outcomes, error);
    return result;
}
