/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What findings are filed under, in words (corpus/rules.tsv). Private to src/report. */
#ifndef RP_REPORT_RULES_H
#define RP_REPORT_RULES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define RP_RULE_WORDS_MAX 96

/* kind: of sensitivity; group: of resources; oracle: of fuzz campaigns. */
enum rp_rule_part { RP_RULE_KIND, RP_RULE_GROUP, RP_RULE_ORACLE, RP_RULE_PART_COUNT };

struct rp_rule_words {
    enum rp_rule_part part;
    char name[24], title[64], text[320], source[80];
};

struct rp_rules {
    struct rp_rule_words row[RP_RULE_WORDS_MAX];
    size_t count;
};

/* Reads the file; RP_EINPUT: it is wrong. */
int rp_rules_load(struct rp_rules *rules, struct rp_error *error);

/* The row of a name, of a group without one that of "-"; NULL if there is none. */
const struct rp_rule_words *rp_rules_find(const struct rp_rules *rules, enum rp_rule_part part,
                                          const char *name);

#endif
