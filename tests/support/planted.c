/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Executors with known mistakes; see planted.h. */
#include "support/planted.h"

#include "unicorn/unicorn.h"
#include "x86/prefix.h"
#include "x86/vector.h"

#include <stdlib.h>
#include <string.h>

#define STATES   8192
#define CR4_UMIP (UINT64_C(1) << 11)
#define REP      0xf3

unsigned planted_bugs = PLANTED_ALL;

/* What of a pre-state decides about a mistake. */
struct known {
    uint8_t ring, mode;
    bool umip;
    uint64_t rdx, rflags, rip;
};

struct instance {
    void *unicorn;
    bool is_planted;
    volatile uint64_t *run_counter;
    uint64_t uncounted;
    struct rp_capabilities can;
    struct known known[STATES];
    struct rp_outcomes raw;
};

static int open_either(const struct rp_executor_options *options, bool is_planted, void **instance,
                       struct rp_error *error)
{
    struct instance *i = calloc(1, sizeof *i);
    if (!i)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a planted executor");
    struct rp_executor_options mine = {.run_counter = NULL};
    int result = rp_executor_unicorn.open(&mine, &i->unicorn, error);
    if (result) {
        free(i);
        return result;
    }
    i->is_planted = is_planted;
    i->run_counter = options->run_counter ? options->run_counter : &i->uncounted;
    i->can = *rp_executor_unicorn.capabilities(i->unicorn);
    i->can.resource[RP_RESOURCE_CR4_UMIP] = true;
    i->can.lacks[RP_REG_CR4] &= ~CR4_UMIP;
    *instance = i;
    return RP_OK;
}

static int open_planted(const struct rp_executor_options *options, void **instance, struct rp_error *error)
{
    return open_either(options, true, instance, error);
}

static int open_true(const struct rp_executor_options *options, void **instance, struct rp_error *error)
{
    return open_either(options, false, instance, error);
}

static void close_either(void *instance)
{
    struct instance *i = instance;
    if (!i)
        return;
    rp_executor_unicorn.close(i->unicorn);
    rp_outcomes_free(&i->raw);
    free(i);
}

static const struct rp_capabilities *capabilities(void *instance)
{
    return &((struct instance *)instance)->can;
}

static int prepare(void *instance, const struct rp_prestate *prestates, size_t count, uint32_t *first,
                   struct rp_error *error)
{
    struct instance *i = instance;
    int result = RP_OK;
    for (size_t k = 0; k < count && result == RP_OK; k++) {
        static struct rp_prestate reduced;
        uint32_t index = 0;
        reduced = prestates[k];
        rp_prestate_reduce(&reduced, rp_executor_unicorn.capabilities(i->unicorn)->lacks);
        result = rp_executor_unicorn.prepare(i->unicorn, &reduced, 1, &index, error);
        if (result == RP_OK && index >= STATES)
            result = rp_error_set(error, RP_EENVIRONMENT, "more than %d pre-states", STATES);
        if (result)
            break;
        *first = k ? *first : index;
        i->known[index] = (struct known){.ring = prestates[k].ring,
                                         .mode = (uint8_t)prestates[k].mode,
                                         .umip = prestates[k].state.reg[RP_REG_CR4] & CR4_UMIP,
                                         .rdx = prestates[k].state.reg[RP_REG_RDX],
                                         .rflags = prestates[k].state.reg[RP_REG_RFLAGS],
                                         .rip = prestates[k].state.reg[RP_REG_RIP]};
    }
    return result;
}

static void forget(void *instance, uint32_t first)
{
    rp_executor_unicorn.forget(((struct instance *)instance)->unicorn, first);
}

static bool is_opcode(const struct rp_prefix_scan *scan, enum rp_encoding_class class, uint8_t map,
                      uint8_t opcode)
{
    return scan->class == class && scan->map == map && scan->opcode == opcode;
}

/* SLDT, STR (0F 00 /0, /1), SGDT, SIDT (0F 01 /0, /1 with memory), SMSW (0F 01 /4). */
static bool is_of_umip(const struct rp_prefix_scan *scan)
{
    unsigned reg = scan->modrm >> 3 & 7;
    if (is_opcode(scan, RP_CLASS_LEGACY, 1, 0x00))
        return reg < 2;
    return is_opcode(scan, RP_CLASS_LEGACY, 1, 0x01) && ((reg < 2 && scan->modrm < 0xc0) || reg == 4);
}

/* Appends a retired outcome that changed RIP, and RFLAGS if it has other bits. */
static int retire(const struct known *known, uint64_t rflags, uint8_t length, struct rp_outcomes *outcomes,
                  struct rp_error *error)
{
    int result = rp_outcomes_reserve(outcomes, 1, 2, error);
    if (result)
        return result;
    size_t first = outcomes->change_count;
    struct rp_outcome *outcome = &outcomes->outcome[outcomes->count++];
    *outcome = (struct rp_outcome){
        .kind = RP_OUTCOME_RETIRED, .length = length, .provenance = RP_PROVENANCE_EMULATED};
    outcomes->change[outcomes->change_count++] = (struct rp_change){RP_REG_RIP, known->rip + length};
    if (rflags != known->rflags)
        outcomes->change[outcomes->change_count++] = (struct rp_change){RP_REG_RFLAGS, rflags};
    rp_outcome_seal(outcomes, outcome, first);
    return RP_OK;
}

static int trap(uint8_t vector, bool has_error_code, struct rp_outcomes *outcomes, struct rp_error *error)
{
    int result = rp_outcomes_reserve(outcomes, 1, 0, error);
    if (result)
        return result;
    struct rp_outcome *outcome = &outcomes->outcome[outcomes->count++];
    *outcome = (struct rp_outcome){.kind = RP_OUTCOME_TRAPPED,
                                   .vector = vector,
                                   .has_error_code = has_error_code,
                                   .provenance = RP_PROVENANCE_EMULATED};
    rp_outcome_seal(outcomes, outcome, outcomes->change_count);
    return RP_OK;
}

/* Unicorn's outcome; where `lose_carry`, what it says of CF is turned into "it is clear". */
static int hand_on(const struct instance *i, const struct known *known, bool lose_carry,
                   struct rp_outcomes *outcomes, struct rp_error *error)
{
    struct rp_outcome outcome = i->raw.outcome[0];
    int result = rp_outcomes_reserve(outcomes, 1, outcome.count, error);
    if (result)
        return result;
    size_t first = outcomes->change_count;
    for (uint32_t k = 0; k < outcome.count; k++) {
        struct rp_change change = i->raw.change[outcome.first + k];
        if (lose_carry && outcome.kind == RP_OUTCOME_RETIRED && change.component == RP_REG_RFLAGS)
            change.value &= ~RP_FLAG_CF;
        if (change.component != RP_REG_RFLAGS || change.value != known->rflags)
            outcomes->change[outcomes->change_count++] = change;
    }
    struct rp_outcome *out = &outcomes->outcome[outcomes->count++];
    *out = outcome;
    rp_outcome_seal(outcomes, out, first);
    return RP_OK;
}

static int run_one(struct instance *i, const struct rp_job *job, struct rp_outcomes *outcomes,
                   struct rp_error *error)
{
    const struct known *known = &i->known[job->prestate];
    struct rp_prefix_scan scan;
    unsigned bugs = i->is_planted ? planted_bugs : 0;
    bool lose_carry = false;
    const uint8_t length = job->encoding.length;
    if (rp_prefix_scan((enum rp_mode)known->mode, job->encoding.bytes, length, &scan)) {
        if (scan.class == RP_CLASS_XOP) /* Unicorn takes it for POP */
            return trap(RP_VECTOR_UD, false, outcomes, error);
        if (known->ring == 3 && known->umip && is_of_umip(&scan) && !scan.lock && !(bugs & PLANTED_UMIP))
            return trap(RP_VECTOR_GP, true, outcomes, error);
        if (bugs & PLANTED_CLI && known->ring == 3 && scan.repeat == REP && !scan.lock &&
            is_opcode(&scan, RP_CLASS_LEGACY, 0, 0xfa))
            return retire(known, known->rflags & ~RP_FLAG_IF, length, outcomes, error);
        if (bugs & PLANTED_LENGTH && is_opcode(&scan, RP_CLASS_VEX, 3, 0x00) && scan.w &&
            scan.vector_length == 1 && scan.pp == 1 && scan.modrm >= 0xc0)
            return retire(known, known->rflags, (uint8_t)(length + 1), outcomes, error);
        if (bugs & PLANTED_HANG && is_opcode(&scan, RP_CLASS_LEGACY, 1, 0x37))
            for (;;)
                __asm__ volatile("" ::: "memory");
        lose_carry = bugs & PLANTED_FLAG && scan.class == RP_CLASS_LEGACY && scan.map == 0 &&
                     scan.opcode < 0x3c && (scan.opcode & 7) < 6 && (known->rdx & 0xffff) == 0x8000;
    }
    rp_outcomes_clear(&i->raw);
    int result = rp_executor_unicorn.run(i->unicorn, job, 1, &i->raw, error);
    return result ? result : hand_on(i, known, lose_carry, outcomes, error);
}

static int run(void *instance, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
               struct rp_error *error)
{
    struct instance *i = instance;
    int result = RP_OK;
    for (size_t k = 0; k < count && result == RP_OK; k++) {
        ++*i->run_counter;
        result = run_one(i, &jobs[k], outcomes, error);
    }
    return result;
}

static const char *version(void)
{
    return "planted 1";
}

const struct rp_executor planted_executor = {.name = "planted",
                                             .provenance = RP_PROVENANCE_EMULATED,
                                             .version = version,
                                             .open = open_planted,
                                             .close = close_either,
                                             .capabilities = capabilities,
                                             .prepare = prepare,
                                             .forget = forget,
                                             .run = run};
const struct rp_executor planted_true = {.name = "true",
                                         .provenance = RP_PROVENANCE_EMULATED,
                                         .version = version,
                                         .open = open_true,
                                         .close = close_either,
                                         .capabilities = capabilities,
                                         .prepare = prepare,
                                         .forget = forget,
                                         .run = run};
