/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/x86 only: what makes two encodings the same form, as a tuple to compare and as a line to keep.
 *
 * The line, fields separated by one blank, is
 *
 *   MNEMONIC CLASS.MAP.OPCODE oOPERAND aADDRESS [lock] [rep|repe|repne] [lLENGTH] [kMASK] [bBROADCAST]
 * [reg|mem] : OPERAND...
 *
 *   MNEMONIC      the decoder's
 *   CLASS         legacy, 3dnow, xop, vex, evex; MAP decimal as encoded; OPCODE two hex digits
 *   OPERAND, ADDRESS  effective widths in bits
 *   lock ... repne    prefixes that act, not merely stand there
 *   LENGTH        vector length in bits (VEX, XOP, EVEX)
 *   MASK          off, merge, zero, control, control-zero (EVEX)
 *   BROADCAST     as 1to8
 *   reg, mem      what ModRM.mod says, where there is a ModRM byte
 *
 * and each operand, hidden ones included,
 *
 *   KIND/ENCODING/SIZE/ELEMENT[/CLASS[/NAME]]
 *
 *   KIND          reg, mem, ptr, imm
 *   ENCODING      where it comes from: none (fixed by the opcode), reg, rm, opcode, vvvv, is4, mask, disp8
 * ... SIZE          bits ELEMENT       type of an element: int, uint, struct, f32 ... CLASS         of a
 * register: gpr64, xmm, segment ... NAME          of the register, if the opcode fixes it, or it is a
 * segment, control, debug or test register: each of those is a resource of its own
 *
 * as in "mov legacy.0.8b o32 a64 mem : reg/reg/32/int/gpr32 mem/rm/32/int". Ids are hashes of this line:
 * changing it, or the decoder's words in it, gives every form a new id. */
#ifndef RP_X86_FORM_KEY_H
#define RP_X86_FORM_KEY_H

#include "x86/encoding.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ZydisDecodedInstruction_;
struct ZydisDecodedOperand_;

#define RP_TUPLE_OPERANDS 10 /* Zydis' ZYDIS_MAX_OPERAND_COUNT */

/* The key as numbers, the decoder's own, without padding that could differ. Compare with memcmp over
 * rp_form_tuple_size bytes. */
struct rp_form_tuple {
    uint16_t mnemonic;
    uint16_t vector_length; /* bits */
    uint8_t class, map, opcode;
    uint8_t operand_bits, address_bits;
    uint8_t prefixes; /* enum rp_tuple_prefix */
    uint8_t mask, broadcast;
    uint8_t mod; /* 0: no ModRM, 1: register, 2: memory */
    uint8_t operand_count;
    struct {
        uint8_t kind, encoding, element, class;
        uint16_t size, name; /* name: 0 where any register of the class will do */
    } operands[RP_TUPLE_OPERANDS];
};

enum rp_tuple_prefix {
    RP_TUPLE_LOCK = 1,
    RP_TUPLE_REP = 2,
    RP_TUPLE_REPE = 4,
    RP_TUPLE_REPNE = 8,
};

/* Fills `tuple` from a decoded instruction. */
void rp_form_tuple_make(const struct ZydisDecodedInstruction_ *instruction,
                        const struct ZydisDecodedOperand_ *operands, struct rp_form_tuple *tuple);

/* Bytes of `tuple` that count. */
size_t rp_form_tuple_size(const struct rp_form_tuple *tuple);

/* Writes the line; RP_FORM_KEY_MAX bytes are always enough. Returns its length. */
size_t rp_form_tuple_print(const struct rp_form_tuple *tuple, char *text, size_t capacity);

#endif
