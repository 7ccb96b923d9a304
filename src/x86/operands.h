/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/x86 only: the reader of corpus/operands.tsv, which says what stands in the numbers of a form's
 * representatives: which selectors, vectors, ports, levels. */
#ifndef RP_X86_OPERANDS_H
#define RP_X86_OPERANDS_H

#include "base/error.h"
#include "x86/encoding.h"
#include "x86/mode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ZydisDecodedInstruction_;
struct ZydisDecodedOperand_;

/* The numbers of one representative; see the head of corpus/operands.tsv. */
struct rp_operand_values {
    bool has_selector, has_immediate[2];
    uint16_t selector;
    uint32_t offset[2]; /* of a far pointer with 16- and 32-bit operands */
    uint32_t immediate[2];
};

struct rp_operand_rule {
    char mnemonic[16];
    bool descriptors, segments; /* in modes whose selectors name descriptors; in vm86 and real16 */
    struct rp_operand_values values;
};

struct rp_operand_rules {
    struct rp_operand_rule *rules;
    size_t count;
};

/* Reads a text in the format of corpus/operands.tsv; free the rules with rp_operands_clear. RP_EINPUT with
 * label:line for an unknown mnemonic, word or mode, a bad number, a doubled row, a missing reason. */
int rp_operands_parse(const char *label, const char *text, size_t length, struct rp_operand_rules *rules,
                      struct rp_error *error);

/* The same with the built-in file. */
int rp_operands_read(struct rp_operand_rules *rules, struct rp_error *error);
void rp_operands_clear(struct rp_operand_rules *rules);

/* How many rules apply to this form in `mode`: its number of representatives, unless it is 0. */
size_t rp_operands_count(const struct rp_operand_rules *rules, enum rp_mode mode,
                         const struct ZydisDecodedInstruction_ *instruction,
                         const struct ZydisDecodedOperand_ *operands);

/* Writes the numbers of representative `which` into the instruction's `bytes`: those of the rule, and
 * elsewhere 1 in an immediate, 10h in a branch's displacement, 00020400h (0400h) in an address without ModRM,
 * register 1 in an immediate that names one. */
void rp_operands_fill(const struct rp_operand_rules *rules, size_t which, enum rp_mode mode,
                      const struct ZydisDecodedInstruction_ *instruction,
                      const struct ZydisDecodedOperand_ *operands, uint8_t *bytes);

#endif
