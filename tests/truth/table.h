/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reader of verdicts.tsv, whose head explains the columns. What it cannot read fails the test that asked. */
#ifndef RP_TESTS_TRUTH_TABLE_H
#define RP_TESTS_TRUTH_TABLE_H

#include "judge/verdict.h"

#include <stdbool.h>
#include <stddef.h>

struct truth_row {
    unsigned line;
    char class[16], instruction[56], group[16], source[120];
    struct rp_encoding encoding;
    uint8_t modes;       /* bits of 1 << enum rp_mode */
    uint8_t verdicts;    /* bits of 1 << enum rp_judgement: each of them is right */
    uint8_t must, may;   /* bits of enum rp_sensitivity: evidence that must be there, and that may */
    enum rp_owner owner; /* of a hole; RP_OWNER_USER: either is right */
};

struct truth_table {
    struct truth_row *row;
    size_t count, capacity;
};

/* Reads the whole file. Free with truth_free. */
void truth_load(struct truth_table *table);
void truth_free(struct truth_table *table);

/* "hole", "privileged/unknown"; static storage, until the next call. */
const char *truth_verdicts(const struct truth_row *row);

/* "control,mode", "-"; static storage, until the next call. */
const char *truth_kinds(uint8_t kinds);

#endif
