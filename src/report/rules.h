/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What findings are filed under, in words (corpus/rules.tsv). Private to src/report. */
#ifndef RP_REPORT_RULES_H
#define RP_REPORT_RULES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define RP_RULE_WORDS_MAX 96

struct rp_rule_words {
    bool group; /* else a kind of sensitivity */
    char name[24], title[48], text[320], source[80];
};

struct rp_rules {
    struct rp_rule_words row[RP_RULE_WORDS_MAX];
    size_t count;
};

/* Reads the file; RP_EINPUT: it is wrong. */
int rp_rules_load(struct rp_rules *rules, struct rp_error *error);

/* The row of a kind or group, of a group without one that of "-"; NULL if there is none. */
const struct rp_rule_words *rp_rules_find(const struct rp_rules *rules, bool group, const char *name);

#endif
