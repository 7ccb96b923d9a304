/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An encoding taken apart, so that one part can be changed and the others stay what they are. */
#ifndef RP_FUZZ_ANATOMY_H
#define RP_FUZZ_ANATOMY_H

#include "x86/decode.h"

#define RP_FUZZ_PREFIXES_MAX 4

struct rp_fuzz_anatomy {
    uint8_t prefix[RP_FUZZ_PREFIXES_MAX], prefixes; /* legacy ones */
    uint8_t rex;                                    /* 0: none */
    enum rp_encoding_class class;                   /* 3DNow! is legacy 0F 0F here */
    bool brief;                                     /* VEX: C5, of which payload[1] is all there is */
    uint8_t map;                                    /* legacy: 0 to 3 */
    uint8_t payload[3];                             /* VEX, XOP, EVEX: behind C4, 8F, 62 */
    uint8_t opcode;
    uint8_t
        tail[RP_ENCODING_MAX]; /* ModRM, SIB, displacement, immediates, and what may be read behind them */
};

/* False where the bytes don't reach an opcode. */
bool rp_fuzz_dissect(enum rp_mode mode, const struct rp_encoding *encoding, struct rp_fuzz_anatomy *anatomy);

/* Puts it together, as long as a decoder takes it for; what none knows is as long as opcode, ModRM and the
 * immediate of map 0F 3A are. Returns its rp_fuzz_cell. */
uint64_t rp_fuzz_assemble(enum rp_mode mode, const struct rp_fuzz_anatomy *anatomy,
                          struct rp_encoding *encoding);

/* Cuts 15 bytes to the length of the instruction. A relative branch gets a displacement of 0: elsewhere it
 * would run what happens to stand there, on the CPU itself and nowhere else. Returns its
 * rp_fuzz_cell. */
uint64_t rp_fuzz_cut(enum rp_mode mode, const uint8_t given[RP_ENCODING_MAX], struct rp_encoding *encoding);

#endif
