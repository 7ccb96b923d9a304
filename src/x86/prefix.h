/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The prefix scanner: what stands before an opcode and which opcode it is, read off the bytes alone. It knows
 * the grammar of x86 and no instruction: no table of mnemonics, no Zydis, no libc. So the freestanding native
 * runner can use it, and it answers for encodings that no decoder accepts. */
#ifndef RP_X86_PREFIX_H
#define RP_X86_PREFIX_H

#include "x86/encoding.h"
#include "x86/mode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Offsets are bytes from the start. Where prefixes of one group compete, the last one counts: every decoder
 * known to us does that for 66/67/segments, and F2 against F3 (SDM leaves it undefined, Vol. 2
 * section 2.1.1). */
struct rp_prefix_scan {
    /* Legacy prefixes: how often each stands there. */
    uint8_t lock;         /* F0 */
    uint8_t repne;        /* F2 */
    uint8_t rep;          /* F3 */
    uint8_t segments;     /* 26 2E 36 3E 64 65, of any kind */
    uint8_t operand_size; /* 66 */
    uint8_t address_size; /* 67 */
    uint8_t rex_count;    /* 40-4F in long64, ineffective ones included */

    uint8_t repeat;  /* the F2 or F3 that counts, 0 if none */
    uint8_t segment; /* the segment override byte that counts, 0 if none */
    uint8_t rex;     /* the REX byte directly before the opcode, 0 if none */

    uint8_t prefix_length; /* bytes of legacy and REX prefixes: where the opcode, or C4/C5/62/8F, stands */

    enum rp_encoding_class class;
    uint8_t map;    /* legacy: 0 one byte, 1 0F, 2 0F38, 3 0F3A; else the map field (3DNow!: 1) */
    uint8_t opcode; /* 3DNow!: the suffix byte */
    uint8_t opcode_offset;

    uint8_t pp;            /* VEX, XOP, EVEX: 0 none, 1 66, 2 F3, 3 F2 */
    uint8_t w;             /* VEX.W, XOP.W, EVEX.W, or REX.W of a REX that counts */
    uint8_t vector_length; /* VEX.L, XOP.L (0, 1), EVEX.L'L (0 to 3) */

    bool has_modrm; /* as the opcode map has it; a guess (true) for cells that no manual defines */
    uint8_t modrm, modrm_offset;
};

/* Scans `length` bytes. False if they end before the opcode (with has_modrm: before the ModRM byte; 3DNow!:
 * before the suffix) is reached, or if prefixes alone fill RP_ENCODING_MAX bytes; `*scan` then holds what was
 * seen so far. Calls nothing but rp_mode_info. */
bool rp_prefix_scan(enum rp_mode mode, const uint8_t *bytes, size_t length, struct rp_prefix_scan *scan);

/* True if a prefix stands there that the architecture gives no meaning in front of this opcode:
 * - one byte twice, or two of one group (segments; F2 and F3);
 * - a REX that is not directly before the opcode, or more than one;
 * - in front of a string instruction, a REX other than 48 (there is no register field to extend), and on
 *   byte-sized ones also 66 and REX.W (there is no width to change);
 * - in front of VEX, XOP or EVEX, anything but 67 and a segment.
 * CPUs ran such encodings for decades without harm; CVE-2023-23583 needed one. */
bool rp_prefix_redundant(const struct rp_prefix_scan *scan);

#endif
