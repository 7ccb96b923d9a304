/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a hunt finds: an encoding that no manual the decoder knows describes, and that does not raise #UD. One
 * line of JSON each ("ringprobe.hunt/1", CLI.md), which is also how a hunt's file keeps it. */
#ifndef RP_REPORT_FINDING_H
#define RP_REPORT_FINDING_H

#include "base/text.h"
#include "judge/witness.h"
#include "x86/decode.h"

/* Why it was kept. */
enum rp_finding_reason {
    RP_FINDING_UNDECODED, /* the decoder rejects it */
    RP_FINDING_LENGTH,    /* the decoder takes it for shorter or longer */
    RP_FINDING_FEATURE, /* the decoder knows it from CPUs that have a feature which this one does not tell */
    RP_FINDING_REASON_COUNT,
};

/* "undecoded", "length", "feature". */
const char *rp_finding_reason_name(enum rp_finding_reason reason);

#define RP_FINDING_CHANGES_MAX 12
#define RP_FINDING_CLASS_MAX   24
#define RP_FINDING_WHY_MAX     160
#define RP_FINDING_UNEXPLAINED "unexplained"    /* the class of those that no lead explains */
#define RP_FINDING_HIDDEN      "hidden-feature" /* of those that CPUID should tell and does not */

/* Flat: workers send it as bytes. */
struct rp_finding {
    enum rp_mode mode;
    struct rp_encoding encoding; /* as long as the CPU takes it for, where that is known */
    char cell[RP_OPCODE_CELL_MAX];
    enum rp_finding_reason reason;
    char class[RP_FINDING_CLASS_MAX], why[RP_FINDING_WHY_MAX];
    char decoded[64];       /* as the decoder writes it; "" if it rejects it */
    uint8_t decoded_length; /* 0: rejected */
    char executor[RP_EXECUTOR_NAME_MAX];
    enum rp_provenance provenance;
    bool tunnel; /* which search met it */
    struct rp_shown shown;
    uint32_t change[RP_FINDING_CHANGES_MAX]; /* components of any of its runs, RIP left out */
    uint8_t changes;
    bool more_changes;                     /* than these */
    char witness[RP_WITNESS_LINE_MAX + 1]; /* of the run that `shown` is of; "" if it needs more than that */
};

#define RP_FINDING_ID_SIZE 20

/* "rp-" and 16 hex digits of XXH64 over mode, opcode cell, reason and outcome: one finding an opcode cell and
 * way to end, whatever the operands, the executor or the seed. Returns `id`. */
const char *rp_finding_id(const struct rp_finding *finding, char id[RP_FINDING_ID_SIZE]);

/* True if both have the same id. */
bool rp_finding_same(const struct rp_finding *a, const struct rp_finding *b);

/* Appends the line, with its line feed. */
void rp_finding_line(const struct rp_finding *finding, struct rp_text *text);

/* The witness of a finding's line, parsed into `witness`; `text` of RP_WITNESS_LINE_MAX + 1 bytes gets it as
 * it stands there. RP_EINPUT: the line is none of a hunt or a fuzz campaign, has no witness (older ones have
 * none), or says something else of mode, executor, encoding or the end than its witness does. *is_finding:
 * false, and RP_OK, for the other lines of a hunt's file. */
int rp_finding_witness(const char *line, struct rp_witness *witness, char *text, bool *is_finding,
                       struct rp_error *error);

/* The first value of `key` in a line of JSON that this program wrote, strings without their quotes; false if
 * there is none or it does not fit. No parser: values with quotes in them do not come back. */
bool rp_line_field(const char *line, size_t length, const char *key, char *value, size_t size);

#endif
