/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/x86 only: Zydis set up for one of our modes. Its types appear here by their tags, so that no
 * header includes Zydis.h; what crosses the room's door is in decode.h and form.h. */
#ifndef RP_X86_RAW_H
#define RP_X86_RAW_H

#include "x86/mode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ZydisDecoder_;
struct ZydisDecodedInstruction_;
struct ZydisDecodedOperand_;

/* Sets `decoder` up for `mode`. vm86 and real16 decode like the other 16-bit modes: Zydis' own real mode
 * drops what is #UD there (ARPL, LAR, everything VEX), but what the bytes *mean* is the same, and whether
 * they raise #UD is what ringprobe finds out by running them. */
void rp_raw_decoder(struct ZydisDecoder_ *decoder, enum rp_mode mode);

/* How a decoding ended. */
enum rp_raw_status {
    RP_RAW_VALID,
    RP_RAW_TRUNCATED, /* more bytes are needed */
    RP_RAW_UNDEFINED, /* no instruction has this opcode, with these prefixes and this ModRM */
    RP_RAW_ILLEGAL,   /* there is one, but an operand or prefix is not allowed with it */
};

/* Decodes instruction and operands (ZYDIS_MAX_OPERAND_COUNT of them). `*why`, which may be NULL, gets a
 * clause for people where the status is not RP_RAW_VALID: "no such opcode". */
enum rp_raw_status rp_raw_decode(const struct ZydisDecoder_ *decoder, const uint8_t *bytes, size_t length,
                                 struct ZydisDecodedInstruction_ *instruction,
                                 struct ZydisDecodedOperand_ *operands, const char **why);

#endif
