/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The prefix scanner; see prefix.h. Freestanding: no libc, no memory, nothing but the bytes. */
#include "x86/prefix.h"

/* Which opcodes carry a ModRM byte, one bit each (SDM Vol. 2D tables; APM Vol. 3 appendix A for
 * 0F 24-27, 78, 79, A6, A7). Maps 0F38 and 0F3A carry one throughout. */
static const uint32_t modrm_one_byte[8] = {
    0x0f0f0f0f, 0x0f0f0f0f, /* 00-3F: x0-x3, x8-xB */
    0x00000000, 0x00000a0c, /* 62 63 69 6B */
    0x0000ffff, 0x00000000, /* 80-8F */
    0xff0f00f3, 0xc0c00000, /* C0 C1 C4-C7 D0-D3 D8-DF; F6 F7 FE FF */
};
static const uint32_t modrm_0f[8] = {
    0xffffa00f, 0x0000ffff, /* 00-03 0D 0F 10-1F; 20-2F */
    0xffffffff, 0xff7fffff, /* 40-7F but 77 */
    0xffff0000, 0xfffff8f8, /* 90-9F; A3-A7 AB-BF */
    0xffff00ff, 0xffffffff, /* C0-C7 D0-FF */
};

static bool has_bit(const uint32_t words[8], uint8_t number)
{
    return (words[number / 32] >> (number % 32) & 1) != 0;
}

/* Counts `byte` if it is a prefix; false if it is not. */
static bool take_prefix(struct rp_prefix_scan *scan, bool long64, uint8_t byte)
{
    if (long64 && (byte & 0xf0) == 0x40) {
        scan->rex_count++;
        scan->rex = byte;
        return true;
    }
    switch (byte) {
    case 0xf0:
        scan->lock++;
        break;
    case 0xf2:
        scan->repne++;
        scan->repeat = byte;
        break;
    case 0xf3:
        scan->rep++;
        scan->repeat = byte;
        break;
    case 0x66:
        scan->operand_size++;
        break;
    case 0x67:
        scan->address_size++;
        break;
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
        scan->segments++;
        scan->segment = byte;
        break;
    default:
        return false;
    }
    scan->rex = 0; /* a REX counts only directly before the opcode (SDM Vol. 2 section 2.2.1) */
    return true;
}

/* C4, C5 and 62 are LES, LDS and BOUND outside long64, unless ModRM would name a register; 8F is POP as long
 * as the map field is below 8 (SDM Vol. 2 section 2.3.5, APM Vol. 3 section 1.2.5). */
static enum rp_encoding_class class_of(bool long64, uint8_t first, uint8_t second)
{
    switch (first) {
    case 0xc4:
    case 0xc5:
        return long64 || second >= 0xc0 ? RP_CLASS_VEX : RP_CLASS_LEGACY;
    case 0x62:
        return long64 || second >= 0xc0 ? RP_CLASS_EVEX : RP_CLASS_LEGACY;
    case 0x8f:
        return (second & 0x1f) >= 8 ? RP_CLASS_XOP : RP_CLASS_LEGACY;
    default:
        return RP_CLASS_LEGACY;
    }
}

static bool take_modrm(struct rp_prefix_scan *scan, const uint8_t *bytes, size_t length, size_t at)
{
    if (at >= length)
        return false;
    scan->modrm = bytes[at];
    scan->modrm_offset = (uint8_t)at;
    return true;
}

/* Where the bytes behind ModRM, SIB and displacement begin; SDM Vol. 2 tables 2-1 to 2-3. */
static size_t end_of_address(const struct rp_prefix_scan *scan, unsigned address_bits, const uint8_t *bytes,
                             size_t length)
{
    size_t at = (size_t)scan->modrm_offset + 1;
    unsigned mod = scan->modrm >> 6, rm = scan->modrm & 7;

    if (mod == 3)
        return at;
    if (address_bits == 16)
        return at + (mod == 0 ? (rm == 6 ? 2u : 0u) : mod);
    if (rm == 4) {
        if (at < length && mod == 0 && (bytes[at] & 7) == 5)
            at += 4;
        at++;
    }
    if (mod == 1)
        return at + 1;
    return at + (mod == 2 || (mod == 0 && rm == 5) ? 4u : 0u);
}

static unsigned address_bits(enum rp_mode mode, const struct rp_prefix_scan *scan)
{
    unsigned bits = rp_mode_info(mode)->code_bits;

    if (scan->address_size == 0)
        return bits;
    return bits == 32 ? 16 : 32;
}

static bool scan_3dnow(enum rp_mode mode, const uint8_t *bytes, size_t length, struct rp_prefix_scan *scan)
{
    size_t suffix;

    scan->class = RP_CLASS_3DNOW;
    scan->has_modrm = true;
    if (!take_modrm(scan, bytes, length, (size_t)scan->prefix_length + 2))
        return false;
    suffix = end_of_address(scan, address_bits(mode, scan), bytes, length);
    if (suffix >= length)
        return false;
    scan->opcode = bytes[suffix];
    scan->opcode_offset = (uint8_t)suffix;
    return true;
}

static bool scan_legacy(enum rp_mode mode, const uint8_t *bytes, size_t length, struct rp_prefix_scan *scan)
{
    size_t at = scan->prefix_length;

    scan->w = scan->rex >> 3 & 1;
    if (bytes[at] == 0x0f) {
        scan->map = 1;
        if (++at >= length)
            return false;
        if (bytes[at] == 0x0f)
            return scan_3dnow(mode, bytes, length, scan);
        if (bytes[at] == 0x38 || bytes[at] == 0x3a) {
            scan->map = bytes[at] == 0x38 ? 2 : 3;
            if (++at >= length)
                return false;
        }
    }
    scan->opcode = bytes[at];
    scan->opcode_offset = (uint8_t)at;
    scan->has_modrm = scan->map >= 2 || has_bit(scan->map == 1 ? modrm_0f : modrm_one_byte, scan->opcode);
    return !scan->has_modrm || take_modrm(scan, bytes, length, at + 1);
}

/* VEX, XOP, EVEX: fields from the payload bytes behind C4, C5, 8F, 62. */
static bool scan_vector(const uint8_t *bytes, size_t length, struct rp_prefix_scan *scan)
{
    size_t at = scan->prefix_length, payload;
    const uint8_t *p = bytes + at + 1;

    payload = bytes[at] == 0xc5 ? 1 : scan->class == RP_CLASS_EVEX ? 3 : 2;
    if (at + 1 + payload >= length)
        return false;
    if (payload == 1) {
        scan->map = 1;
        scan->pp = p[0] & 3;
        scan->vector_length = p[0] >> 2 & 1;
    } else {
        scan->map = p[0] & (scan->class == RP_CLASS_EVEX ? 7 : 31);
        scan->w = p[1] >> 7;
        scan->pp = p[1] & 3;
        scan->vector_length = payload == 3 ? p[2] >> 5 & 3 : p[1] >> 2 & 1;
    }
    at += 1 + payload;
    scan->opcode = bytes[at];
    scan->opcode_offset = (uint8_t)at;
    /* VZEROUPPER and VZEROALL alone have no operands (SDM Vol. 2 table 2-13, class 8). Xeon Phi's JKZD and
     * JKNZD, VEX-encoded too, are no instructions of any CPU that runs this program. */
    scan->has_modrm = !(scan->class == RP_CLASS_VEX && scan->map == 1 && scan->opcode == 0x77);
    return !scan->has_modrm || take_modrm(scan, bytes, length, at + 1);
}

bool rp_prefix_scan(enum rp_mode mode, const uint8_t *bytes, size_t length, struct rp_prefix_scan *scan)
{
    bool long64 = mode == RP_MODE_LONG64;
    size_t at = 0;

    *scan = (struct rp_prefix_scan){0};
    if (length > RP_ENCODING_MAX)
        length = RP_ENCODING_MAX;
    while (at < length && take_prefix(scan, long64, bytes[at]))
        at++;
    scan->prefix_length = (uint8_t)at;
    if (at >= length)
        return false;
    scan->class = class_of(long64, bytes[at], at + 1 < length ? bytes[at + 1] : 0);
    if (scan->class == RP_CLASS_LEGACY)
        return scan_legacy(mode, bytes, length, scan);
    scan->rex = 0; /* #UD there (SDM Vol. 2 section 2.3.2); rex_count remembers it */
    return scan_vector(bytes, length, scan);
}

/* INS, OUTS, MOVS, CMPS, STOS, LODS, SCAS. */
static bool is_string(const struct rp_prefix_scan *scan)
{
    uint8_t opcode = scan->opcode;

    return scan->class == RP_CLASS_LEGACY && scan->map == 0 &&
           ((opcode >= 0x6c && opcode <= 0x6f) || (opcode >= 0xa4 && opcode <= 0xa7) ||
            (opcode >= 0xaa && opcode <= 0xaf));
}

bool rp_prefix_redundant(const struct rp_prefix_scan *scan)
{
    bool wide = scan->operand_size > 0 || scan->w != 0;

    if (scan->lock > 1 || scan->rep + scan->repne > 1 || scan->segments > 1 || scan->operand_size > 1 ||
        scan->address_size > 1 || scan->rex_count > 1)
        return true;
    if (scan->rex_count == 1 && scan->rex == 0)
        return true;
    if (scan->class == RP_CLASS_VEX || scan->class == RP_CLASS_XOP || scan->class == RP_CLASS_EVEX)
        return scan->lock + scan->rep + scan->repne + scan->operand_size + scan->rex_count > 0;
    if (!is_string(scan))
        return false;
    if (scan->rex_count == 1 && scan->rex != 0x48) /* no register field to extend */
        return true;
    return wide && (scan->opcode & 1) == 0; /* byte-sized: no width to change */
}
