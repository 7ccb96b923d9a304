/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An encoding: the bytes of one instruction, decodable or not, and the five ways in which x86 spells an
 * opcode. Value types; every room passes them by copy. */
#ifndef RP_X86_ENCODING_H
#define RP_X86_ENCODING_H

#include <stdint.h>

#define RP_ENCODING_MAX 15 /* bytes; a longer instruction is #GP (SDM Vol. 2 section 2.3.11) */

struct rp_encoding {
    uint8_t bytes[RP_ENCODING_MAX];
    uint8_t length; /* bytes, 1 to 15 */
};

/* How the opcode is introduced. */
enum rp_encoding_class {
    RP_CLASS_LEGACY, /* prefixes and escapes 0F, 0F38, 0F3A (SDM Vol. 2 section 2.1) */
    RP_CLASS_3DNOW,  /* 0F 0F ... opcode behind the operands (AMD 21928G section "Opcode format") */
    RP_CLASS_XOP,    /* 8F with a map of 8 and above (APM Vol. 3 section 1.2.5) */
    RP_CLASS_VEX,    /* C4, C5 (SDM Vol. 2 section 2.3) */
    RP_CLASS_EVEX,   /* 62 (SDM Vol. 2 section 2.7) */
    RP_CLASS_COUNT,
};

#endif
