/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Outcomes: names, growth, hashing; see outcome.h. */
#include "executor/outcome.h"

#include "x86/encoding.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static const char *const kinds[] = {"retired", "entered", "trapped",    "vm-exit",
                                    "hung",    "died",    "unsupported"};
_Static_assert(sizeof kinds / sizeof kinds[0] == RP_OUTCOME_COUNT, "one name an outcome");

static const char *const gates[] = {NULL, "syscall", "sysenter"};
_Static_assert(sizeof gates / sizeof gates[0] == RP_GATE_COUNT, "one name a gate");

static const char *const provenances[] = {"silicon", "emulated", "kvm-emulated", "pvm"};
_Static_assert(sizeof provenances / sizeof provenances[0] == RP_PROVENANCE_COUNT, "one name a provenance");

const char *rp_outcome_kind_name(enum rp_outcome_kind kind)
{
    return kinds[kind];
}

bool rp_outcome_kind_find(const char *name, enum rp_outcome_kind *kind)
{
    for (unsigned i = 0; i < RP_OUTCOME_COUNT; i++) {
        if (strcmp(kinds[i], name) == 0) {
            *kind = (enum rp_outcome_kind)i;
            return true;
        }
    }
    return false;
}

uint8_t rp_outcome_length(const struct rp_outcome *outcome, const struct rp_change *change, uint64_t rip,
                          bool branches)
{
    if (outcome->length || outcome->kind != RP_OUTCOME_RETIRED || branches)
        return outcome->length;
    for (uint32_t i = 0; i < outcome->count; i++) {
        uint64_t moved = change[i].value - rip;
        if (change[i].component == RP_REG_RIP)
            return moved <= RP_ENCODING_MAX ? (uint8_t)moved : 0;
    }
    return 0;
}

const char *rp_gate_name(enum rp_gate gate)
{
    return gates[gate];
}

const char *rp_provenance_name(enum rp_provenance provenance)
{
    return provenances[provenance];
}

/* Doubles *capacity until `need` fits and reallocates. */
static bool grow(void **memory, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity)
        return true;
    size_t wanted = *capacity ? *capacity : 64;
    while (wanted < need)
        wanted *= 2;
    void *grown = realloc(*memory, wanted * size);
    if (!grown)
        return false;
    *memory = grown;
    *capacity = wanted;
    return true;
}

int rp_outcomes_reserve(struct rp_outcomes *outcomes, size_t more, size_t changes, struct rp_error *error)
{
    void *outcome = outcomes->outcome, *change = outcomes->change;
    bool fits = grow(&outcome, &outcomes->capacity, outcomes->count + more, sizeof *outcomes->outcome);
    outcomes->outcome = outcome;
    fits = fits && grow(&change, &outcomes->change_capacity, outcomes->change_count + more * changes,
                        sizeof *outcomes->change);
    outcomes->change = change;
    if (!fits)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for %zu outcomes", more);
    return RP_OK;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return XXH64(&value, sizeof value, hash);
}

void rp_outcome_seal(struct rp_outcomes *outcomes, struct rp_outcome *outcome, size_t first)
{
    outcome->first = (uint32_t)first;
    outcome->count = (uint32_t)(outcomes->change_count - first);
    uint64_t hash =
        mix(outcome->kind, (uint64_t)outcome->vector | (uint64_t)outcome->has_error_code << 8 |
                               (uint64_t)outcome->gate << 16 | (uint64_t)outcome->error_code << 32);
    hash = mix(hash, outcome->cr2);
    for (size_t i = first; i < outcomes->change_count; i++)
        hash = mix(mix(hash, outcomes->change[i].component), outcomes->change[i].value);
    outcome->hash = hash;
}

int rp_outcomes_add(struct rp_outcomes *outcomes, struct rp_outcome *outcome, const struct rp_change *changes,
                    size_t count, struct rp_error *error)
{
    int result = rp_outcomes_reserve(outcomes, 1, count, error);
    if (result != RP_OK)
        return result;
    size_t first = outcomes->change_count;
    if (count) /* none may be there yet */
        memcpy(outcomes->change + first, changes, count * sizeof *changes);
    outcomes->change_count += count;
    rp_outcome_seal(outcomes, outcome, first);
    outcomes->outcome[outcomes->count++] = *outcome;
    return RP_OK;
}

void rp_outcomes_clear(struct rp_outcomes *outcomes)
{
    outcomes->count = outcomes->change_count = 0;
}

void rp_outcomes_free(struct rp_outcomes *outcomes)
{
    free(outcomes->outcome);
    free(outcomes->change);
    *outcomes = (struct rp_outcomes){0};
}
