/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts by their place in the opcode maps: what stands in a cell of a map, as few entries as tell all of
 * it. Points into the results it was made from, which must outlive it. */
#ifndef RP_REPORT_ATLAS_H
#define RP_REPORT_ATLAS_H

#include "base/text.h"
#include "store/results.h"

#define RP_ATLAS_PAGES_MAX 48
#define RP_ATLAS_OPCODES   256
#define RP_ATLAS_REGS      9 /* no ModRM.reg that belongs to the opcode, /0 to /7 */

/* An opcode map: those that every CPU has, and those in which the decoder knows something. */
struct rp_atlas_page {
    enum rp_encoding_class class;
    uint8_t map;
    bool grouped[RP_ATLAS_OPCODES]; /* ModRM.reg belongs to the opcode */
};

/* Encodings of one mode, cell, name and behaviour. */
struct rp_atlas_entry {
    enum rp_mode mode;
    uint8_t page, opcode, reg; /* reg 0: does not belong to the opcode; else 1 + ModRM.reg */
    unsigned behaviour;        /* index of what they all did */
    size_t encodings;
    const struct rp_verdict *example; /* the first, or the first that has a witness */
};

struct rp_atlas {
    struct rp_atlas_page page[RP_ATLAS_PAGES_MAX];
    unsigned pages;
    struct rp_atlas_entry *entry; /* by mode, page, opcode, reg; what a decoder knows first, then by name */
    size_t entries;
    const struct rp_verdict **behaviour; /* an example of each */
    unsigned behaviours;
    size_t elsewhere[RP_MODE_COUNT]; /* encodings of maps that have no page: no decoder knows any of them */
};

/* RP_EENVIRONMENT: no memory. Free it in any case. */
int rp_atlas_make(struct rp_atlas *atlas, const struct rp_results *results, struct rp_error *error);
void rp_atlas_free(struct rp_atlas *atlas);

/* Appends what a page is called: "one byte", "0F 38", "VEX 0F", "EVEX map 5". */
void rp_atlas_page_title(const struct rp_atlas_page *page, struct rp_text *text);

/* What a verdict is under a policy: the judgement under the judged one, else what was answered. An innocuous
 * encoding is not asked about again and stays so; a hole that is not answered is unknown. */
enum rp_judgement rp_atlas_judgement(const struct rp_verdict *verdict, enum rp_policy policy);

/* The order in which verdicts hide each other in a cell (METHOD: hole, privileged, unknown, innocuous); the
 * least wins. */
unsigned rp_atlas_rank(enum rp_judgement judgement);

#endif
