/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decoder wrapper: the one place where bytes become an instruction. Everything that others need to know
 * about an instruction is copied into struct rp_instruction; no Zydis type leaves this room.
 * Reentrant; allocates nothing. */
#ifndef RP_X86_DECODE_H
#define RP_X86_DECODE_H

#include "base/error.h"
#include "x86/encoding.h"
#include "x86/mode.h"
#include "x86/prefix.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The part of the machine an instruction works with, which decides what it depends on without saying so
 * (M-IMPLICIT): CR0.TS and EM for x87 and MMX, CR4.OSFXSR for SSE, XCR0 for AVX and up. */
enum rp_unit {
    RP_UNIT_GENERAL,
    RP_UNIT_X87,
    RP_UNIT_MMX,    /* MMX and 3DNow! registers */
    RP_UNIT_SSE,    /* legacy-encoded XMM */
    RP_UNIT_AVX,    /* VEX or XOP, XMM and YMM */
    RP_UNIT_AVX512, /* EVEX, and VEX instructions on mask registers */
    RP_UNIT_AMX,
    RP_UNIT_COUNT,
};

enum rp_branch {
    RP_BRANCH_NONE,
    RP_BRANCH_SHORT, /* 8-bit displacement */
    RP_BRANCH_NEAR,
    RP_BRANCH_FAR, /* loads CS */
};

#define RP_REGISTER_NONE 0xff /* no such register */
#define RP_REGISTER_IP   0xfe /* RIP-relative */

/* An explicit memory operand. Registers are numbered as encodings number them: 0 ax, 1 cx, 2 dx, 3 bx, 4 sp,
 * 5 bp, 6 si, 7 di, 8 r8 ...; segments 0 es, 1 cs, 2 ss, 3 ds, 4 fs, 5 gs. */
struct rp_memory_operand {
    bool present;
    bool address_only;   /* computed, not accessed: LEA, NOP, prefetches are not among them */
    bool vector_index;   /* VSIB: `index` numbers a vector register */
    bool read, written;  /* conditionally too */
    uint8_t segment;     /* the one in use, override applied */
    uint8_t base, index; /* RP_REGISTER_NONE, RP_REGISTER_IP */
    uint8_t scale;       /* 0 without index */
    uint16_t size;       /* bytes; 0 where the architecture gives none */
    int64_t displacement;
};

/* A number inside the encoding. */
struct rp_immediate {
    uint8_t offset, bytes; /* where it stands and how long it is; bytes = 0: there is none */
    bool relative;         /* a branch displacement: target = end of the instruction + value */
    uint64_t value;        /* sign-extended where the instruction does that */
};

struct rp_far_pointer {
    bool present;
    uint8_t offset_at, offset_bytes; /* 2 or 4 */
    uint8_t selector_at;
    uint16_t selector;
    uint32_t offset;
};

struct rp_instruction {
    const char *mnemonic; /* Zydis', lower case: "popfq"; static storage */
    char name[24];  /* what people call it: the mnemonic, or "call far", "mov sreg" ... (corpus/names.tsv) */
    uint8_t length; /* bytes */
    struct rp_prefix_scan prefixes; /* prefixes, encoding class, map, opcode, ModRM */

    uint8_t operand_bits, address_bits; /* effective widths */
    struct rp_memory_operand memory;
    uint8_t implicit_memory;           /* memory operands that ModRM does not name: stack, strings, XLAT */
    struct rp_immediate immediate[2];  /* ENTER and EXTRQ have two */
    struct rp_far_pointer far_pointer; /* 9A, EA */
    /* The segment, control or debug register that it names, by number; RP_REGISTER_NONE: none. */
    uint8_t segment_register, control_register, debug_register;

    enum rp_branch branch;
    enum rp_unit unit;
    bool privileged;                                /* as Zydis marks it; advice, never a verdict */
    const char *isa_set, *isa_extension, *category; /* lower case: "avx512f_512"; static storage */

    /* rflags bits, by position. */
    uint64_t flags_read, flags_written;
    uint64_t flags_undefined; /* the manuals promise nothing about them (M-UNDEFINED) */
    uint16_t
        x87_undefined; /* condition codes likewise, by position in the status word: C0 bit 8, C3 bit 14 */
};

/* Decodes the instruction at `bytes`. RP_EINPUT: `length` ends within it ("... needs more bytes"), or there
 * is no such instruction in `mode`; the line names the offset of the opcode. Bytes behind the instruction are
 * not an error: compare instruction->length. */
int rp_decode(enum rp_mode mode, const uint8_t *bytes, size_t length, struct rp_instruction *instruction,
              struct rp_error *error);

/* What mutators ask of an encoding, at a fraction of the time. */
struct rp_outline {
    const char *mnemonic;
    uint8_t length;
    uint8_t relative_at, relative_bytes; /* a branch displacement; bytes = 0: there is none */
};
/* False where rp_decode fails. */
bool rp_decode_outline(enum rp_mode mode, const uint8_t *bytes, size_t length, struct rp_outline *outline);

/* "Zydis 4.0.0", of the library in use; static storage. */
const char *rp_decoder_version(void);

/* Writes the instruction in Intel syntax ("popfq"), relative to address 0; where it cannot be decoded, its
 * opcode cell in parentheses ("(0f 3a 5b)"). `text` of `capacity` bytes is always terminated. Returns text.
 */
const char *rp_disassemble(enum rp_mode mode, const uint8_t *bytes, size_t length, char *text,
                           size_t capacity);

#define RP_OPCODE_CELL_MAX 40 /* bytes that any cell's name needs, terminator included */

/* Writes the name of the opcode cell that `bytes` fall into, decodable or not: "9d", "66 0f 3a 5b",
 * "0f 00 /3 mem", "0f 01 c5", "vex.66.0f38.w0 5c reg", "evex.f2.map5.w1 10", "xop.map9.w0 01 /1 reg",
 * "3dnow 5a". Names are stable: findings are filed under them. Bytes that end before the opcode, or before
 * its ModRM byte, give "truncated". `text` is always terminated. Returns text. */
const char *rp_opcode_cell(enum rp_mode mode, const uint8_t *bytes, size_t length, char *text,
                           size_t capacity);

/* A number instead of the name, another for each cell: the low 30 bits; above them vector length, which is no
 * part of a cell. */
#define RP_OPCODE_CELL_BITS 30
uint32_t rp_opcode_cell_number(enum rp_mode mode, const uint8_t *bytes, size_t length);

#endif
