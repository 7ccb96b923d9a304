/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one campaign has otherwise than another: settings first, then findings, then encodings. Compared are
 * the modes that both have judged, and of a verdict its class: what it is, its kinds, its resources, what
 * closes it and the answers under other policies; not on which run it rests. */
#ifndef RP_REPORT_DIFFERENCE_H
#define RP_REPORT_DIFFERENCE_H

#include "report/style.h"
#include "store/results.h"

enum rp_class_part {
    RP_CLASS_VERDICT = 1,
    RP_CLASS_SENSITIVITY = 2,
    RP_CLASS_RESOURCES = 4,
    RP_CLASS_CLOSERS = 8,
    RP_CLASS_POLICIES = 16,
};

/* An encoding whose class differs, or that only one has: then the other is NULL. */
struct rp_encoding_difference {
    const struct rp_verdict *old, *new;
    size_t number;  /* of the old one, else of the new one, in its results */
    unsigned parts; /* bits of enum rp_class_part; 0 where one is NULL */
};

/* The id of holes (rp_verdict_id) that only one has. */
struct rp_finding_difference {
    uint64_t id;
    bool appeared;                    /* else it vanished */
    const struct rp_verdict *example; /* the first */
    size_t encodings;
};

struct rp_setting_difference {
    char *name, *old, *new;
};

struct rp_differences {
    struct rp_setting_difference *setting;
    struct rp_finding_difference *finding;   /* in the order of their ids */
    struct rp_encoding_difference *encoding; /* in the order of mode and bytes */
    size_t settings, findings, encodings;
    uint8_t modes;         /* that were compared, bits of 1 << enum rp_mode */
    bool old_cut, new_cut; /* unfinished */
};

/* Compares; the results must outlive the differences, which rp_differences_free frees, also after an error.
 * RP_EINPUT: no mode that both have, or judged under different policies. RP_EENVIRONMENT: no memory. */
int rp_differences_make(const struct rp_results *old, const struct rp_results *new,
                        struct rp_differences *differences, struct rp_error *error);
void rp_differences_free(struct rp_differences *differences);

/* True if verdicts differ: settings alone are no news. */
bool rp_differences_any(const struct rp_differences *differences);

/* Appends all of it for people. */
void rp_differences_report(const struct rp_differences *differences, bool markdown,
                           const struct rp_style *style, struct rp_text *text);

/* Appends line number `line` of those that rp_differences_lines counts, "ringprobe.difference/1": one a
 * setting, finding and encoding. */
size_t rp_differences_lines(const struct rp_differences *differences);
void rp_differences_line(const struct rp_differences *differences, size_t line, struct rp_text *text);

#endif
