/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts and what backs them: plain values that cross process boundaries as bytes, and lists and lines that
 * they own (campaign/wire.h). METHOD, "The definitions". */
#ifndef RP_JUDGE_VERDICT_H
#define RP_JUDGE_VERDICT_H

#include "base/error.h"
#include "base/text.h"
#include "executor/outcome.h"
#include "state/resources.h"
#include "x86/encoding.h"
#include "x86/mode.h"

enum rp_judgement {
    RP_VERDICT_UNKNOWN,
    RP_VERDICT_PRIVILEGED,
    RP_VERDICT_INNOCUOUS,
    RP_VERDICT_HOLE,
    RP_VERDICT_COUNT,
};

const char *rp_judgement_name(enum rp_judgement judgement);

/* Kinds of sensitivity; bits, so that a verdict can have several. */
enum rp_sensitivity {
    RP_SENSITIVE_NONE = 0,
    RP_SENSITIVE_CONTROL = 1,
    RP_SENSITIVE_MODE = 2,
    RP_SENSITIVE_RESOURCE = 4,
    RP_KIND_DIVERGENCE = 8, /* no sensitivity, but a kind of witness: one run on two executors */
    RP_KIND_FINDING = 16,   /* likewise: one run, and how it ended when a hunt found it */
};

/* The name of one kind. */
const char *rp_sensitivity_name(enum rp_sensitivity kind);
/* Finds a kind by its name; false if there is none. */
bool rp_sensitivity_find(const char *name, enum rp_sensitivity *kind);

#define RP_RESOURCE_SET_WORDS ((RP_RESOURCE_COUNT + 63) / 64)
struct rp_resource_set {
    uint64_t word[RP_RESOURCE_SET_WORDS];
};

void rp_resource_set_add(struct rp_resource_set *set, enum rp_resource resource);
void rp_resource_set_remove(struct rp_resource_set *set, enum rp_resource resource);
bool rp_resource_set_has(const struct rp_resource_set *set, enum rp_resource resource);
bool rp_resource_set_empty(const struct rp_resource_set *set);
/* The first member at or behind `from`; RP_RESOURCE_NONE if there is none. For loops over a set. */
enum rp_resource rp_resource_set_next(const struct rp_resource_set *set, unsigned from);

/* One or two trap controls that close a hole together. */
struct rp_closer {
    uint8_t control[2]; /* enum rp_resource; the second RP_RESOURCE_NONE if one is enough */
    uint8_t value[2];   /* what they are set to */
    bool all;           /* ring 0 is closed too, else ring 3 alone */
    uint8_t showed;     /* who found it: bits of the verdict's opinions */
};
#define RP_CLOSERS_MAX 6

/* What an executor's run showed, for the reader: the first run of a ring that retired, else the first. */
struct rp_shown {
    bool present;
    uint8_t kind, vector, length, gate;
    bool has_error_code, kernel_emulated; /* see struct rp_outcome */
    uint32_t error_code;
    uint64_t cr2;
};

/* What of an outcome a reader is shown. */
struct rp_shown rp_outcome_shown(const struct rp_outcome *outcome);

#define RP_EXECUTOR_NAME_MAX 32
#define RP_REASON_MAX        112

/* The verdict of one executor. */
struct rp_opinion {
    char executor[RP_EXECUTOR_NAME_MAX];
    enum rp_provenance provenance;
    bool decides;
    char limit[RP_REASON_MAX]; /* why it does not decide; "" if it does */
    enum rp_judgement judgement;
    bool one_ring;    /* it ran ring 3 alone, of a mode that has two */
    bool as_found;    /* asked under the policy as-found, whatever the verdict's is */
    bool closes;      /* what closes ring 3 there counts, whether or not it decides */
    bool virtualised; /* a hypervisor may have answered in the CPU's stead (corpus/machine-bound.tsv) */
    struct rp_shown ring[2]; /* ring 0, ring 3 */
};
#define RP_OPINIONS_MAX 8 /* executors at once */

/* What some executors came to alike. */
struct rp_answer {
    uint8_t executors; /* bits of the verdict's opinions */
    uint64_t value;    /* of the cell */
    struct rp_shown shown;
};
#define RP_ANSWERS_MAX 4

/* Where executors part from the same pre-state in ring 3 (METHOD, "More than one executor"). Each pair that
 * parts has been run; the first two answers are of the pair that the witness line runs on. */
struct rp_divergence {
    char executor[2][RP_EXECUTOR_NAME_MAX]; /* the pair */
    uint32_t cell;                          /* a component, or RP_CELL_* (witness.h) */
    uint64_t bits;                          /* of a component: those that differ */
    struct rp_answer answer[RP_ANSWERS_MAX];
    uint8_t answers;
    char known[RP_REASON_MAX]; /* the limit of an executor that accounts for it; "" if none does */
    char *replay;              /* its witness line; owned */
};
#define RP_DIVERGENCES_MAX 6 /* of an encoding; each of another class (divergence.h) */

enum rp_policy_answer {
    RP_ANSWER_NOT_ASKED,
    RP_ANSWER_UNKNOWN, /* the deciding executors ignore a control that the policy sets to trap */
    RP_ANSWER_PRIVILEGED,
    RP_ANSWER_INNOCUOUS,
    RP_ANSWER_HOLE,
};

/* The side of a witness that the reader sees. */
struct rp_witness_side {
    uint8_t ring;
    uint64_t value; /* of the component, its field's bits in place, after the run; control: before, after */
};

struct rp_verdict {
    struct rp_encoding encoding;
    enum rp_mode mode;
    enum rp_policy policy;
    uint64_t form;     /* id of its form, or of its opcode cell */
    char mnemonic[24]; /* the decoder's, lower case; the opcode cell where it knows none */
    char name[24];     /* what people call it */
    bool decoded;
    enum rp_judgement judgement;
    uint8_t sensitivity; /* bits of enum rp_sensitivity */
    struct rp_resource_set resources;
    enum rp_owner owner; /* of the holes: system, or delegated alone */
    bool user_sensitive; /* Theorem 3 */
    struct rp_closer closer[RP_CLOSERS_MAX];
    uint8_t closers;
    struct rp_resource_set
        not_testable; /* controls that the deciding executors ignore and that guard a resource */
    enum rp_policy_answer by_policy[RP_POLICY_COUNT];
    char unknown_reason[RP_REASON_MAX]; /* "" unless unknown */
    bool disagreement;
    uint32_t runs;
    struct rp_opinion *opinion; /* owned; as many as there are, because scans keep a million verdicts */
    uint8_t opinions;

    bool has_witness;
    enum rp_sensitivity witness_kind;
    char witness_executor[RP_EXECUTOR_NAME_MAX];
    uint32_t component;
    enum rp_resource field; /* see struct rp_witness; rp_witness_component_name names the two */
    struct rp_witness_side a, b;
    enum rp_resource resource; /* the one the witness shows */
    char *replay;              /* the witness line; owned; NULL without witness */

    struct rp_divergence *divergence; /* owned; NULL if there are none */
    uint8_t divergences;
};

/* Gives it room for so many opinions, all zero; it must have none yet. RP_EENVIRONMENT: no memory. */
int rp_verdict_opinions(struct rp_verdict *verdict, unsigned count, struct rp_error *error);

/* Appends who says what, those that agree together, those that decide first: "unicorn, qemu: hole; kvm:
 * privileged"; of those that do not decide only what has a witness. Nothing where that leaves nobody. */
void rp_verdict_sides(const struct rp_opinion *opinion, unsigned count, struct rp_text *text);

/* True if `a` says nothing that `form`, of one form, does not: the same judgement, evidence, closers, answers
 * under other policies and opinions; and executors part only where they do in `form`, or for a known reason.
 * Where they do not part, values may have hidden it. Witnesses, lengths and values are the encoding's own. */
bool rp_verdict_like(const struct rp_verdict *a, const struct rp_verdict *form);

/* A verdict of its own that says what `verdict` does. RP_EENVIRONMENT: no memory, and `copy` owns nothing. */
int rp_verdict_copy(struct rp_verdict *copy, const struct rp_verdict *verdict, struct rp_error *error);

/* Frees what it owns; the rest stays readable. */
void rp_verdict_free(struct rp_verdict *verdict);

/* What its evidence is filed under: the kind of its witness ("control", "mode", "resource"; without one the
 * judgement) and the group of the resource ("-" if none is known). Static storage. */
void rp_verdict_evidence(const struct rp_verdict *verdict, const char **kind, const char **group);

/* XXH64 over mode, mnemonic, kind of the evidence, group of its resource and policy: names the finding, not
 * the run. */
uint64_t rp_verdict_id(const struct rp_verdict *verdict);
/* The same from its parts, for whoever met such a hole otherwise than by a verdict. */
uint64_t rp_hole_id(enum rp_mode mode, const char *mnemonic, const char *kind, const char *group,
                    enum rp_policy policy);

#endif
