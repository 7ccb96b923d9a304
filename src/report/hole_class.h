/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The holes of a scan by what they are: encodings with the same id (mode, instruction, kind, resource group,
 * policy) are one, which machines count, compare with a baseline and file an alert about. Pure; points into
 * the results it was made from, which must outlive it. */
#ifndef RP_REPORT_HOLE_CLASS_H
#define RP_REPORT_HOLE_CLASS_H

#include "base/text.h"
#include "report/closed.h"
#include "store/results.h"

enum rp_news {
    RP_NEWS_NONE,   /* there was no baseline */
    RP_NEWS_KNOWN,  /* the baseline has it */
    RP_NEWS_OPENED, /* the baseline has it, but not open under a policy that leaves it open now */
    RP_NEWS_HOLE,   /* the baseline does not have it */
    RP_NEWS_COUNT,
};
/* "unchanged", "opened", "new"; "" for none. */
const char *rp_news_word(enum rp_news news);

struct rp_hole_class {
    uint64_t id;
    const struct rp_verdict *example; /* the first encoding */
    const char *kind, *group;         /* of the witness: "control", "mode", "resource"; "rflags", or "-" */
    size_t encodings;
    unsigned open;       /* policies that leave one of them open, bits of 1 << enum rp_policy */
    unsigned unanswered; /* those under which one of them has no answer */
    unsigned opened;     /* of them, those under which the baseline does not have it open */
    bool system, user;   /* one shows more than delegated resources; is user-sensitive (Theorem 3) */
    struct rp_resource_set resources;
    struct rp_closed closed;
    enum rp_news news;
};

struct rp_hole_classes {
    struct rp_hole_class *one; /* by mode, mnemonic, kind, group */
    size_t count;
    size_t news[RP_NEWS_COUNT]; /* how many of each */
    size_t gone;                /* holes of the baseline that a whole scan of their mode did not find */
    unsigned policies;          /* answered under */
};

/* Makes the classes, and compares with results->baseline if there is one. RP_EENVIRONMENT: no memory. Free
 * them in any case. */
int rp_hole_classes_make(struct rp_hole_classes *classes, const struct rp_results *results,
                         struct rp_error *error);
void rp_hole_classes_free(struct rp_hole_classes *classes);

/* True if something is not in the baseline: exit status 1. */
bool rp_hole_classes_any_news(const struct rp_hole_classes *classes);

/* Appends the rule that a hole breaks, "mode/rflags": its kind and resource group (CLI.md). */
void rp_words_rule(const struct rp_hole_class *one, struct rp_text *text);

/* Appends "popfq in long64, policy legacy: sensitive, ..." and what closes it, who else leaves it open, how
 * many encodings; a sentence each. */
void rp_words_hole_class(const struct rp_hole_class *one, struct rp_text *text);
/* Appends "new: not in 'FILE'"; of what is known or not compared nothing. */
void rp_words_news(const struct rp_hole_class *one, const struct rp_baseline *baseline, struct rp_text *text);
/* Appends sentences on why more is news than the CPU's doing: modes that the baseline has not, other
 * executors; nothing where it can be compared. */
void rp_words_unlike(const struct rp_results *results, struct rp_text *text);
/* Appends "2 new, 1 opened under another policy, 280 unchanged, 3 gone". */
void rp_words_news_counts(const struct rp_hole_classes *classes, struct rp_text *text);

#endif
