/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encodings by their bytes; see traits.h. */
#include "unicorn/traits.h"

#include <stddef.h>
#include <string.h>

static bool among(const unsigned char *set, size_t size, uint8_t byte)
{
    return memchr(set, byte, size) != NULL;
}

/* Where the opcode stands behind legacy and REX prefixes, and whether there is an F2 or F3 among them. */
static unsigned opcode_at(enum rp_mode mode, const struct rp_encoding *encoding, bool *repeat)
{
    static const unsigned char prefixes[] = {0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x26,
                                             0x2e, 0x36, 0x3e, 0x64, 0x65};
    *repeat = false;
    for (unsigned i = 0; i < encoding->length; i++) {
        uint8_t byte = encoding->bytes[i];
        bool rex = mode == RP_MODE_LONG64 && (byte & 0xf0) == 0x40;
        if (!rex && !among(prefixes, sizeof prefixes, byte))
            return i;
        *repeat = *repeat || byte == 0xf2 || byte == 0xf3;
    }
    return encoding->length;
}

static bool is_string(uint8_t opcode)
{
    return (opcode >= 0x6c && opcode <= 0x6f) || (opcode >= 0xa4 && opcode <= 0xa7) ||
           (opcode >= 0xaa && opcode <= 0xaf);
}

/* Jumps, calls, returns, loops, and C6, C7 for XABORT and XBEGIN; behind 0F also VMRUN, SYSRET, SYSEXIT, RSM.
 */
static bool is_branch(uint8_t opcode, uint8_t second)
{
    static const unsigned char branches[] = {0x9a, 0xc2, 0xc3, 0xc6, 0xc7, 0xca, 0xcb, 0xcc, 0xcd, 0xce,
                                             0xcf, 0xe0, 0xe1, 0xe2, 0xe3, 0xe8, 0xe9, 0xea, 0xeb, 0xff};
    static const unsigned char branches_0f[] = {0x01, 0x05, 0x07, 0x34, 0x35, 0xaa};
    if (opcode == 0x0f)
        return (second & 0xf0) == 0x80 || among(branches_0f, sizeof branches_0f, second);
    return (opcode & 0xf0) == 0x70 || among(branches, sizeof branches, opcode);
}

/* The registers of ModRM, extended: `extend` has REX.R in bit 2 and REX.B in bit 0. DR5 is DR7 with CR4.DE =
 * 0. */
static int8_t dr7_source(uint8_t modrm, unsigned extend)
{
    unsigned reg = (modrm >> 3 & 7u) | (extend & 4) << 1;
    if (reg != 5 && reg != 7)
        return -1;
    return (int8_t)((modrm & 7u) | (extend & 1) << 3);
}

/* 0F 23 /r, also behind VEX, which Unicorn takes for 0F. */
static int8_t find_dr7(enum rp_mode mode, const struct rp_encoding *encoding, unsigned at)
{
    const uint8_t *bytes = encoding->bytes + at;
    unsigned left = encoding->length - at;
    uint8_t before = at > 0 ? encoding->bytes[at - 1] : 0;
    bool long64 = mode == RP_MODE_LONG64;
    if (left >= 3 && bytes[0] == 0x0f && bytes[1] == 0x23)
        return dr7_source(bytes[2], long64 && (before & 0xf0) == 0x40 ? before : 0);
    if (left >= 4 && bytes[0] == 0xc5 && bytes[2] == 0x23)
        return dr7_source(bytes[3], long64 && !(bytes[1] & 0x80) ? 4 : 0);
    if (left >= 5 && bytes[0] == 0xc4 && (bytes[1] & 0x1f) == 1 && bytes[3] == 0x23)
        return dr7_source(bytes[4], long64 ? (bytes[1] ^ 0xffu) >> 5 : 0);
    return -1;
}

static bool has_wrmsr(const struct rp_encoding *encoding)
{
    for (unsigned i = 0; i + 1 < encoding->length; i++)
        if (encoding->bytes[i] == 0x0f && encoding->bytes[i + 1] == 0x30)
            return true;
    return false;
}

struct rp_uc_traits rp_uc_traits(enum rp_mode mode, const struct rp_encoding *encoding)
{
    bool repeat;
    unsigned at = opcode_at(mode, encoding, &repeat);
    if (at == encoding->length)
        return (struct rp_uc_traits){.may_loop = true, .dr7_source = -1};
    struct rp_uc_traits traits = {.opcode = encoding->bytes[at]};
    uint8_t second = at + 1u < encoding->length ? encoding->bytes[at + 1] : 0x80;
    traits.repeats = repeat && is_string(traits.opcode);
    traits.may_loop = traits.repeats || is_branch(traits.opcode, second);
    traits.writes_msr = has_wrmsr(encoding);
    traits.dr7_source = find_dr7(mode, encoding, at);
    return traits;
}
