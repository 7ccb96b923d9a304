/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Known differences between recordings of real mode and what an executor does: reader of real16-classes.tsv,
 * whose head explains the columns. What it cannot read fails the test that asked. */
#ifndef RP_TESTS_CONFORMANCE_REAL16_CLASSES_H
#define RP_TESTS_CONFORMANCE_REAL16_CLASSES_H

#include "conformance/real16.h"

#define REAL16_CLASS_EXECUTORS_MAX 5

struct real16_class {
    unsigned line;
    char id[16], opcodes[96], when[32], shows[16], reason[320];
    uint32_t differences; /* of REAL16_...: no others */
    uint32_t flags;       /* bits that may differ where FLAGS may */
    struct {
        char executor[12];
        unsigned count; /* recordings of this class */
        bool at_most;   /* what a device answers changes from run to run */
    } bound[REAL16_CLASS_EXECUTORS_MAX];
    unsigned bounds;
};

#define REAL16_CLASSES_MAX 64

struct real16_classes {
    struct real16_class row[REAL16_CLASSES_MAX];
    unsigned count;
};

void real16_classes_load(struct real16_classes *classes);

/* The index of the executor's bound; -1: the class is none of this executor's. */
int real16_class_bound(const struct real16_class *class, const char *executor);

/* What an executor did instead. */
struct real16_disagreement {
    const struct rp_recorded_run *run;
    const struct rp_outcome *outcome;
    struct rp_recorded_difference difference;
};

/* The first class of the executor that names it; NULL if none does. */
const struct real16_class *real16_classes_find(const struct real16_classes *classes, const char *executor,
                                               const struct real16_disagreement *disagreement);

/* "trapped #UD", "retired", "died". */
const char *real16_outcome_name(const struct rp_outcome *outcome, char name[16]);

#endif
