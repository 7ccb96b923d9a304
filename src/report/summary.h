/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a report says of many verdicts: groups of holes, sets of names by mode, the theorems. Pure; points
 * into the results it was made from, which must outlive it. */
#ifndef RP_REPORT_SUMMARY_H
#define RP_REPORT_SUMMARY_H

#include "base/text.h"
#include "report/closed.h"
#include "report/robin_irvine.h"
#include "report/words.h"
#include "store/results.h"

/* Holes of one instruction name and the same kinds of sensitivity, in any mode. */
struct rp_hole_group {
    const char *name;
    uint8_t sensitivity, modes;
    size_t listed;                      /* row of Robin and Irvine; list->count: beyond them */
    size_t forms, encodings, delegated; /* encodings that show delegated resources alone */
    size_t user_sensitive;              /* encodings */
    struct rp_resource_set resources;
    struct rp_closed closed;
    size_t answers[RP_POLICY_COUNT][RP_ANSWER_HOLE + 1]; /* encodings by answer */
    struct {
        const char *executor;
        size_t encodings;
    } shown_by[RP_OPINIONS_MAX];
    unsigned showed;                  /* executors */
    size_t silicon[RP_SILICON_COUNT]; /* encodings by what this CPU did in ring 3 */
    size_t virtualised;               /* of them, those that a hypervisor may have answered */
    const struct rp_verdict *witness; /* the first that has one */
    uint64_t *form;                   /* ids of them, the last one seen last */
    size_t forms_capacity;
};

/* A name, and the modes in which it was seen. */
struct rp_name_modes {
    const char *name;
    uint8_t modes;
};
struct rp_name_set {
    struct rp_name_modes *name; /* sorted */
    size_t count, capacity;
};

/* Encodings that share a reason, with their names. */
struct rp_reason_group {
    const char *reason;
    size_t encodings;
    uint8_t modes;
    struct rp_name_set names;
};

/* Divergences of one cause: a part of the machine, a class of cell and two executors; or a known limit. */
struct rp_divergence_group {
    const char
        *part; /* "sse", "x87", the decoder's category of what no such unit has; a known limit's text */
    bool known;
    bool hypervisor;          /* one of the two is a hypervisor's guest that no hardware runs */
    struct rp_name_set names; /* instructions */
    uint8_t modes;
    size_t encodings;
    uint64_t bits;                       /* all that differ somewhere, of one register */
    const struct rp_divergence *example; /* the first */
    const struct rp_verdict *example_verdict;
};

/* METHOD, "The theorems", for one mode and policy. */
struct rp_theorem {
    size_t unknown; /* encodings that a decoder knows and whose verdict is not known, or not answered under
                       this policy */
    struct rp_name_set holes, system,
        user; /* of all; of those that show more than delegated resources; Theorem 3 */
    struct rp_name_set time,
        time_open;  /* open time sources that no control closes, and that some does: Theorem 2 */
    bool time_seen; /* some time source is a hole under the judged policy */
};

/* One row of Robin and Irvine's list. */
struct rp_listed {
    uint8_t seen, shown;              /* modes in which its forms were judged, and came out as a hole */
    const struct rp_verdict *example; /* the first that is no hole; NULL if there is none */
};

struct rp_summary {
    const struct rp_results *results;
    struct rp_robin_irvine list;
    struct rp_listed listed[RP_ROBIN_IRVINE_MAX];
    size_t verdicts[RP_MODE_COUNT][RP_VERDICT_COUNT];
    size_t innocuous_runs;
    struct rp_hole_group *group;
    size_t groups, group_capacity;
    struct rp_reason_group *reason;
    size_t reasons, reason_capacity;
    struct rp_name_set privileged;
    struct rp_divergence_group *divergence; /* what is not known first, hypervisors' behind emulators', each
                                               with most instructions first */
    size_t divergences, divergence_capacity;
    bool several;          /* more than one executor judged something */
    bool silicon;          /* one of them is a CPU */
    uint8_t silicon_modes; /* in these, bits of 1 << enum rp_mode */
    bool guest;            /* one is a hypervisor without VT-x or SVM */
    struct rp_theorem theorem[RP_MODE_COUNT][RP_POLICY_COUNT];
    bool failed; /* out of memory */
};

/* Makes the summary. RP_EINPUT: corpus/robin-irvine.tsv is wrong; RP_EENVIRONMENT: no memory. Free it in any
 * case. */
int rp_summary_make(struct rp_summary *summary, const struct rp_results *results, struct rp_error *error);
void rp_summary_free(struct rp_summary *summary);

/* Files the verdict's divergences, under its name that lives as long as the results; false without memory.
 * Call rp_divergence_groups_sort before reading. */
bool rp_divergence_groups_add(struct rp_summary *summary, const struct rp_verdict *verdict, const char *name);
void rp_divergence_groups_sort(struct rp_summary *summary);

/* Adds a name seen in `mode`; false without memory. Call rp_name_set_sort before reading. */
bool rp_name_set_add(struct rp_name_set *set, const char *name, enum rp_mode mode);
void rp_name_set_sort(struct rp_name_set *set); /* and joins what is equal */

/* "cli, hlt", at most `most`, then "and 7 more"; "none". */
void rp_name_set_print(const struct rp_name_set *set, size_t most, struct rp_text *text);

#endif
