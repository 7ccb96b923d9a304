/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encodings taken apart; see anatomy.h. */
#include "fuzz/anatomy.h"

#include "fuzz/input.h"

#include <string.h>

static bool is_vector(enum rp_encoding_class class)
{
    return class == RP_CLASS_VEX || class == RP_CLASS_XOP || class == RP_CLASS_EVEX;
}

bool rp_fuzz_dissect(enum rp_mode mode, const struct rp_encoding *encoding, struct rp_fuzz_anatomy *a)
{
    struct rp_prefix_scan scan;
    const uint8_t *bytes = encoding->bytes;
    *a = (struct rp_fuzz_anatomy){0};
    if (!rp_prefix_scan(mode, bytes, encoding->length, &scan))
        return false;
    unsigned legacy = scan.prefix_length - (scan.rex ? 1u : 0u), at = scan.prefix_length;
    for (unsigned i = 0; i < legacy && a->prefixes < RP_FUZZ_PREFIXES_MAX; i++)
        a->prefix[a->prefixes++] = bytes[i];
    a->rex = scan.rex;
    a->class = scan.class == RP_CLASS_3DNOW ? RP_CLASS_LEGACY : scan.class;
    a->opcode = scan.class == RP_CLASS_3DNOW ? 0x0f : scan.opcode;
    a->map = scan.map;
    unsigned behind = scan.class == RP_CLASS_3DNOW ? scan.modrm_offset : scan.opcode_offset + 1u;
    if (is_vector(scan.class)) {
        a->brief = bytes[at] == 0xc5;
        a->payload[0] = a->brief ? (uint8_t)((bytes[at + 1] & 0x80) | 0x61) : bytes[at + 1];
        a->payload[1] = a->brief ? bytes[at + 1] & 0x7f : bytes[at + 2];
        a->payload[2] = scan.class == RP_CLASS_EVEX ? bytes[at + 3] : 0;
    }
    memcpy(a->tail, bytes + behind, encoding->length - behind);
    return true;
}

static unsigned put_vector(enum rp_mode mode, const struct rp_fuzz_anatomy *a, uint8_t *bytes)
{
    static const uint8_t first[RP_CLASS_COUNT] = {
        [RP_CLASS_VEX] = 0xc4, [RP_CLASS_XOP] = 0x8f, [RP_CLASS_EVEX] = 0x62};
    /* Outside long64 the first payload byte must look like a ModRM byte with a register, else it is LES. */
    uint8_t fixed = mode == RP_MODE_LONG64 ? 0 : 0xc0;
    unsigned at = 0;
    if (a->class == RP_CLASS_VEX && a->brief) {
        bytes[at++] = 0xc5;
        bytes[at++] = (uint8_t)((a->payload[0] & 0x80) | (a->payload[1] & 0x7f)) | fixed;
        return at;
    }
    bytes[at++] = first[a->class];
    bytes[at++] = a->class == RP_CLASS_XOP ? a->payload[0] : a->payload[0] | fixed;
    bytes[at++] = a->payload[1];
    if (a->class == RP_CLASS_EVEX)
        bytes[at++] = a->payload[2];
    return at;
}

static unsigned put_escape(const struct rp_fuzz_anatomy *a, uint8_t *bytes)
{
    unsigned at = 0;
    if (a->map > 0)
        bytes[at++] = 0x0f;
    if (a->map > 1)
        bytes[at++] = a->map == 2 ? 0x38 : 0x3a;
    return at;
}

uint64_t rp_fuzz_cut(enum rp_mode mode, const uint8_t given[RP_ENCODING_MAX], struct rp_encoding *encoding)
{
    uint8_t bytes[RP_ENCODING_MAX];
    struct rp_outline outline;
    struct rp_prefix_scan scan;
    unsigned length = RP_ENCODING_MAX;
    bool decoded = rp_decode_outline(mode, given, RP_ENCODING_MAX, &outline);
    memcpy(bytes, given, sizeof bytes);
    if (decoded) {
        length = outline.length;
        memset(bytes + outline.relative_at, 0, outline.relative_bytes);
    } else if (rp_prefix_scan(mode, bytes, RP_ENCODING_MAX, &scan)) {
        length = (scan.has_modrm && scan.modrm_offset > scan.opcode_offset ? scan.modrm_offset
                                                                           : scan.opcode_offset) +
                 (scan.map == 3 ? 2u : 1u);
    }
    memset(encoding, 0, sizeof *encoding);
    encoding->length = (uint8_t)(length < RP_ENCODING_MAX ? length : RP_ENCODING_MAX);
    memcpy(encoding->bytes, bytes, encoding->length);
    return rp_fuzz_cell(mode, encoding, decoded);
}

uint64_t rp_fuzz_assemble(enum rp_mode mode, const struct rp_fuzz_anatomy *a, struct rp_encoding *encoding)
{
    uint8_t bytes[RP_ENCODING_MAX + 8] = {0};
    unsigned at = a->prefixes;
    memcpy(bytes, a->prefix, a->prefixes);
    if (a->rex && mode == RP_MODE_LONG64)
        bytes[at++] = a->rex;
    at += is_vector(a->class) ? put_vector(mode, a, bytes + at) : put_escape(a, bytes + at);
    bytes[at++] = a->opcode;
    memcpy(bytes + at, a->tail, RP_ENCODING_MAX - at);
    return rp_fuzz_cut(mode, bytes, encoding);
}
