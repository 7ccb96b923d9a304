/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hazards: encodings that must not be run unthinkingly on a real CPU or in a guest, because they wedge the
 * machine, unlock something that cannot be locked again, or reset it through a port. The facts are rows of
 * corpus/hazards.tsv; they are matched on the scanned prefix structure, never on raw bytes, since prefixes
 * can be reordered and doubled at will. Matching is freestanding; reading is hosted. */
#ifndef RP_X86_HAZARDS_H
#define RP_X86_HAZARDS_H

#include "base/error.h"
#include "x86/mode.h"
#include "x86/prefix.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who is in danger. */
enum rp_hazard_danger {
    RP_HAZARD_CPU,   /* a physical CPU: hang, machine check, hidden state */
    RP_HAZARD_GUEST, /* whoever really reaches the port: a guest that ends, a machine that resets */
    RP_HAZARD_DANGER_COUNT,
};

#define RP_HAZARD_ANY (-1)

/* A rule; see the head of corpus/hazards.tsv. RP_HAZARD_ANY where it does not ask. Flat: it can be copied
 * into memory shared with a runner that has no reader. */
struct rp_hazard {
    char id[24]; /* "reptar" */
    enum rp_hazard_danger danger;
    bool is_port; /* a rule about ports; the fields of encodings don't count, and vice versa */

    int8_t class, map; /* enum rp_encoding_class, map as in struct rp_prefix_scan */
    uint8_t opcode_first, opcode_last;
    int8_t reg; /* ModRM.reg */
    int8_t mod; /* 3: a register operand, 0: a memory operand */
    bool needs_lock, needs_repeat, needs_redundant;

    bool in, out; /* which direction is dangerous */
    uint16_t port_first, port_last;

    char what[120], source[120];
};

/* Finds the rule that `bytes` fall under, in the order of the file. `dx`: the value of DX where it is known,
 * for IN, OUT, INS, OUTS; NULL: their port counts as harmless. Bytes that do not reach an opcode are no
 * hazard. `*hazard` points to static storage. */
bool rp_hazard_find(enum rp_mode mode, const uint8_t *bytes, size_t length, const uint16_t *dx,
                    const struct rp_hazard **hazard);

/* The built-in rules, static storage; to be copied to a runner that has no reader. */
const struct rp_hazard *rp_hazards(size_t *count);

/* As rp_hazard_find over `rules`; NULL if none fits. Freestanding (hazards_match.c). */
const struct rp_hazard *rp_hazard_match(const struct rp_hazard *rules, size_t count, enum rp_mode mode,
                                        const uint8_t *bytes, size_t length, const uint16_t *dx);

/* The first rule about the CPU that fits at some byte from `first` to before `length`, NULL if none does. A
 * shorter instruction than the encoding, or a jump into its middle, would make that an instruction.
 * RP_ENCODING_MAX bytes behind the last must be readable: what will stand there. Freestanding. */
const struct rp_hazard *rp_hazard_match_inside(const struct rp_hazard *rules, size_t count, enum rp_mode mode,
                                               const uint8_t *bytes, size_t first, size_t length);

/* Reads a text in the format of corpus/hazards.tsv. `*rules` is allocated; the caller frees it.
 * RP_EINPUT with label:line for a doubled id, an unknown word, a bad number, a missing source. */
int rp_hazards_parse(const char *label, const char *text, size_t length, struct rp_hazard **rules,
                     size_t *count, struct rp_error *error);

#endif
