/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The catalogue of conformance runs and the deviations of an executor: readers of catalogue.tsv and
 * deviations-NAME.tsv, whose heads explain the columns. What they cannot read fails the test that asked. */
#ifndef RP_TESTS_CONFORMANCE_CATALOGUE_H
#define RP_TESTS_CONFORMANCE_CATALOGUE_H

#include "executor/outcome.h"
#include "judge/compare.h"
#include "state/recipe.h"

#include <stdbool.h>
#include <stddef.h>

#define DEMAND_CHECKS_MAX 12

/* What must hold after a run. */
struct demand {
    enum rp_outcome_kind kind;
    bool through_msr; /* entered, by no vector */
    uint8_t vector;
    bool has_error_code, has_cr2;
    uint32_t error_code;
    uint64_t cr2;
    struct {
        uint32_t component;
        uint64_t mask, value;
        bool as_before;
    } check[DEMAND_CHECKS_MAX];
    unsigned checks;
    bool only; /* nothing but the components named has changed */
};

struct conformance_row {
    unsigned line;
    char name[72], source[96];
    enum rp_mode mode;
    unsigned ring;
    struct rp_encoding encoding;
    char machine[128], user[192];
    struct demand demand;
};

/* What an executor does instead. */
struct deviation {
    unsigned line;
    char name[72];
    struct demand demand;
};

struct catalogue {
    struct conformance_row *row;
    size_t count, capacity;
};

struct deviations {
    struct deviation *row;
    size_t count, capacity;
};

/* Read the whole file. Of an executor without one, nothing; deviations that are there already stay, and of
 * two with one name the last counts. */
void catalogue_load(struct catalogue *catalogue);
void catalogue_free(struct catalogue *catalogue);
void deviations_load(struct deviations *deviations, const char *executor);
void deviations_free(struct deviations *deviations);

/* The deviation of this name; NULL if there is none. */
const struct deviation *deviations_find(const struct deviations *deviations, const char *name);

/* Builds the pre-state of a row. */
void conformance_prestate(const struct conformance_row *row, struct rp_prestate *prestate);

/* True if the run meets the demand; else `why` says in words what does not. */
bool demand_met(const struct demand *demand, const struct rp_view *view, char why[160]);

#endif
