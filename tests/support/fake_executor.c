/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor that makes up its outcomes; see fake_executor.h. */
#include "support/fake_executor.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#define PRESTATES_MAX 8192

struct instance {
    fake_answer *answer;
    void *context;
    volatile uint64_t *run_counter;
    const struct rp_capabilities *can;
    struct rp_prestate *prestate[PRESTATES_MAX];
    uint32_t count;
};

struct rp_capabilities fake_capabilities, fake_second_capabilities;
static fake_answer *next_answer[2]; /* of fake_executor; of the second, whatever its face */
static void *next_context[2];

void fake_executor_set(fake_answer *answer, void *context)
{
    next_answer[0] = answer;
    next_context[0] = context;
}

void fake_second_set(fake_answer *answer, void *context)
{
    next_answer[1] = answer;
    next_context[1] = context;
}

static const char *version(void)
{
    return "makes up its outcomes";
}

static void allow_everything(struct rp_capabilities *can)
{
    memset(can, true, sizeof *can);
    can->vector_registers = RP_VECTOR_REGISTERS;
    can->vector_words = RP_VECTOR_WORDS_EACH;
    can->slots = 0;
    memset(can->found_trapping, false, sizeof can->found_trapping);
    memset(can->lacks, 0, sizeof can->lacks);
    can->remark[0] = '\0';
}

__attribute__((constructor)) void fake_allow_everything(void)
{
    allow_everything(&fake_capabilities);
    allow_everything(&fake_second_capabilities);
}

void fake_second_like_silicon(void)
{
    fake_second_capabilities = (struct rp_capabilities){.vector_registers = 16, .vector_words = 4};
    memset(fake_second_capabilities.descriptor, true, sizeof fake_second_capabilities.descriptor);
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        fake_second_capabilities.ring[mode][3] =
            mode == RP_MODE_LONG64 || mode == RP_MODE_COMPAT32 || mode == RP_MODE_COMPAT16;
    fake_second_capabilities.resource[RP_RESOURCE_FS_BASE] = true;
}

static int open_number(unsigned number, const struct rp_executor_options *options, void **instance)
{
    struct instance *fake = calloc(1, sizeof *fake);
    assert_non_null(fake);
    *fake = (struct instance){.answer = next_answer[number],
                              .context = next_context[number],
                              .run_counter = options ? options->run_counter : NULL,
                              .can = number ? &fake_second_capabilities : &fake_capabilities};
    *instance = fake;
    return RP_OK;
}

static int open_instance(const struct rp_executor_options *options, void **instance, struct rp_error *error)
{
    (void)error;
    return open_number(0, options, instance);
}

static int open_second(const struct rp_executor_options *options, void **instance, struct rp_error *error)
{
    (void)error;
    return open_number(1, options, instance);
}

static void forget(void *instance, uint32_t first)
{
    struct instance *fake = instance;
    while (fake->count > first)
        free(fake->prestate[--fake->count]);
}

static void close_instance(void *instance)
{
    if (instance)
        forget(instance, 0);
    free(instance);
}

static const struct rp_capabilities *capabilities(void *instance)
{
    (void)instance;
    return &fake_capabilities;
}

static const struct rp_capabilities *second_capabilities(void *instance)
{
    (void)instance;
    return &fake_second_capabilities;
}

static int prepare(void *instance, const struct rp_prestate *prestates, size_t count, uint32_t *first,
                   struct rp_error *error)
{
    struct instance *fake = instance;
    size_t most = fake->can->slots ? fake->can->slots : PRESTATES_MAX;
    *first = fake->count;
    for (size_t i = 0; i < count; i++) {
        if (fake->count == most)
            return rp_error_set(error, RP_EENVIRONMENT, "a fake executor holds %zu pre-states", most);
        struct rp_prestate *copy = malloc(sizeof *copy);
        assert_non_null(copy);
        *copy = prestates[i];
        fake->prestate[fake->count++] = copy;
    }
    return RP_OK;
}

static int run(void *instance, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
               struct rp_error *error)
{
    (void)error;
    struct instance *fake = instance;
    for (size_t i = 0; i < count; i++) {
        if (fake->run_counter)
            ++*fake->run_counter;
        assert_true(jobs[i].prestate < fake->count);
        fake->answer(fake->context, fake->prestate[jobs[i].prestate], jobs[i].prestate, &jobs[i].encoding,
                     outcomes);
    }
    return RP_OK;
}

const struct rp_executor fake_executor = {
    .name = "fake",
    .provenance = RP_PROVENANCE_EMULATED,
    .version = version,
    .open = open_instance,
    .close = close_instance,
    .capabilities = capabilities,
    .prepare = prepare,
    .forget = forget,
    .run = run,
};

const struct rp_executor fake_second = {
    .name = "second",
    .provenance = RP_PROVENANCE_EMULATED,
    .version = version,
    .open = open_second,
    .close = close_instance,
    .capabilities = second_capabilities,
    .prepare = prepare,
    .forget = forget,
    .run = run,
};

const struct rp_executor fake_guest = {
    .name = "guest",
    .provenance = RP_PROVENANCE_KVM_EMULATED,
    .by_machine = true,
    .version = version,
    .open = open_second,
    .close = close_instance,
    .capabilities = second_capabilities,
    .prepare = prepare,
    .forget = forget,
    .run = run,
};

const struct rp_executor fake_silicon = {
    .name = "silicon",
    .provenance = RP_PROVENANCE_SILICON,
    .as_found = true,
    .version = version,
    .open = open_second,
    .close = close_instance,
    .capabilities = second_capabilities,
    .prepare = prepare,
    .forget = forget,
    .run = run,
};

/* Appends `outcome` with its changes, sealed. */
static struct rp_outcome *append(struct rp_outcomes *outcomes, struct rp_outcome outcome,
                                 const struct rp_change *changes, size_t count)
{
    outcome.provenance = RP_PROVENANCE_EMULATED;
    assert_int_equal(rp_outcomes_add(outcomes, &outcome, changes, count, NULL), RP_OK);
    return &outcomes->outcome[outcomes->count - 1];
}

void fake_play(void *context, const struct rp_prestate *prestate, uint32_t index,
               const struct rp_encoding *encoding, struct rp_outcomes *outcomes)
{
    (void)prestate;
    const struct fake_record *record = context;
    for (; record->encoding.length; record++) {
        if (record->prestate == index && record->encoding.length == encoding->length &&
            memcmp(record->encoding.bytes, encoding->bytes, encoding->length) == 0) {
            append(outcomes, record->outcome, record->change, record->outcome.count);
            return;
        }
    }
    fake_other(outcomes, RP_OUTCOME_UNSUPPORTED);
}

struct rp_outcome *fake_retire(struct rp_outcomes *outcomes, const struct rp_prestate *prestate,
                               const struct rp_state *after, uint8_t length)
{
    struct rp_change changes[RP_REG_COUNT + RP_VECTOR_WORDS];
    uint64_t ignored[RP_REG_COUNT];
    rp_registers_ignored(ignored);
    size_t count = rp_diff(prestate->state.reg, after->reg, ignored, RP_REG_COUNT, 0, changes, RP_REG_COUNT);
    count += rp_diff(prestate->state.vector, after->vector, NULL, RP_VECTOR_WORDS, RP_COMPONENT_VECTOR,
                     changes + count, RP_VECTOR_WORDS);
    return fake_retire_with(outcomes, changes, count, length);
}

struct rp_outcome *fake_retire_with(struct rp_outcomes *outcomes, const struct rp_change *changes,
                                    size_t count, uint8_t length)
{
    return append(outcomes, (struct rp_outcome){.kind = RP_OUTCOME_RETIRED, .length = length}, changes,
                  count);
}

struct rp_outcome *fake_trap(struct rp_outcomes *outcomes, uint8_t vector, int64_t error_code)
{
    struct rp_outcome outcome = {
        .kind = RP_OUTCOME_TRAPPED, .vector = vector, .has_error_code = error_code >= 0};
    outcome.error_code = outcome.has_error_code ? (uint32_t)error_code : 0;
    return append(outcomes, outcome, NULL, 0);
}

struct rp_outcome *fake_other(struct rp_outcomes *outcomes, enum rp_outcome_kind kind)
{
    return append(outcomes, (struct rp_outcome){.kind = (uint8_t)kind}, NULL, 0);
}
