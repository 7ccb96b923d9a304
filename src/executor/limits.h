/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an executor cannot show: where its behaviour is not the architecture's, it does not decide (METHOD,
 * "Who decides"). The facts are rows of corpus/limits-NAME.tsv, whose head explains the columns; each is
 * backed by a canary, a run that shows the mistake and that fails a test when a newer version no longer makes
 * it. */
#ifndef RP_EXECUTOR_LIMITS_H
#define RP_EXECUTOR_LIMITS_H

#include "executor/outcome.h"
#include "state/resources.h"
#include "x86/decode.h"
#include "x86/encoding.h"

enum rp_limit_effect {
    RP_LIMIT_UNDECIDED,       /* verdicts of these instructions are not the executor's to give */
    RP_LIMIT_IGNORES_CONTROL, /* setting this trap control makes nothing trap that should */
};

/* A run that shows the mistake. */
struct rp_canary {
    enum rp_mode mode;
    struct rp_encoding encoding;
    char *machine; /* rp_machine_parse's notation, "ring=3,..."; NULL: there is no canary */
    char *user;    /* rp_user_parse's notation */
    enum rp_outcome_kind kind;
    uint8_t vector; /* trapped, entered: what is wrongly given */
    char *changes;  /* blank-separated: COMPONENT=HEX, must be so after the run; COMPONENT, must be as before;
                       "" */
};

struct rp_limit {
    char *id;
    enum rp_limit_effect effect;
    bool traps_are_true;      /* of an undecided one: what closes it counts all the same */
    uint8_t modes;            /* bits of 1 << enum rp_mode */
    enum rp_resource control; /* ignored; RP_RESOURCE_NONE for the other effect */
    char *reason;             /* a clause, as a verdict shows it */
    char *evidence;
    struct rp_canary canary;
    unsigned line;                /* in the file */
    struct rp_limit_terms *terms; /* which instructions; private */
};

struct rp_limits;

/* Reads the limits of the executor `name`; one without a file has none. RP_EINPUT: a line of the file, with
 * file:line: a doubled id, an unknown effect, mode, term or control, a malformed canary. */
int rp_limits_open(const char *name, struct rp_limits **limits, struct rp_error *error);
/* The same from a text that complaints call `label`. */
int rp_limits_parse(const char *label, const char *text, size_t length, struct rp_limits **limits,
                    struct rp_error *error);
void rp_limits_close(struct rp_limits *limits); /* NULL is fine */

size_t rp_limits_count(const struct rp_limits *limits);
/* Number `index`, in the order of the file; owned by `limits`. */
const struct rp_limit *rp_limits_at(const struct rp_limits *limits, size_t index);

/* The first limit because of which the executor does not decide `instruction` in `mode`; NULL if it does. */
const struct rp_limit *rp_limits_find(const struct rp_limits *limits, enum rp_mode mode,
                                      const struct rp_instruction *instruction);

/* True if the executor ignores trap control `control` in `mode`. */
bool rp_limits_ignores(const struct rp_limits *limits, enum rp_resource control, enum rp_mode mode);

#endif
