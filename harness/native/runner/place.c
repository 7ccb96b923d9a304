/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where an encoding stands and what stands behind it; and that hazards stand nowhere. */
#include "native/runner/runner.h"

#include "native/runner/hazard_table.h"

#include <string.h>

#define FILL   0xcc /* INT3: whoever comes there says so */
#define PROOFS 4096 /* four orders' */
#define BEHIND 16   /* bytes that a write may have left behind the longest encoding */
#define AT_END 16   /* of the code page, where lengths are tried */

struct placed rp_native_placed;

/* The jump to the stub page that an instruction which retires comes to; long64, compat32, compat16. */
size_t rp_native_write_stub(uint8_t *to, enum rp_mode mode, uint64_t address)
{
    uint32_t target = (uint32_t)STUB_PAGE, distance = (uint32_t)(STUB_PAGE - (address + 5));
    const uint16_t selector = RP_NATIVE_CS64;
    size_t at = 0;
    if (mode == RP_MODE_LONG64) {
        to[0] = 0xe9;
        memcpy(to + 1, &distance, 4);
        return 5;
    }
    if (mode == RP_MODE_COMPAT16)
        to[at++] = 0x66;
    to[at++] = 0xea;
    memcpy(to + at, &target, 4);
    memcpy(to + at + 4, &selector, 2);
    return at + 6;
}

/* Whether any byte is the opcode of a rule about the CPU, which hardly ever one is. */
static bool has_hazardous_opcode(const uint8_t bytes[RP_ENCODING_MAX + BEHIND])
{
    static bool is_known, hazardous[256];
    unsigned any = 0;
    for (size_t i = 0; i < rp_native_hazard_count && !is_known; i++)
        for (unsigned opcode = rp_native_hazards[i].opcode_first;
             rp_native_hazards[i].danger == RP_HAZARD_CPU && opcode <= rp_native_hazards[i].opcode_last;
             opcode++)
            hazardous[opcode] = true;
    is_known = true;
    for (unsigned i = 0; i < RP_ENCODING_MAX + BEHIND; i++)
        any |= hazardous[bytes[i]];
    return any != 0;
}

static uint8_t number_of(const struct rp_hazard *hazard)
{
    return hazard ? (uint8_t)(hazard - rp_native_hazards + 1) : 0;
}

uint8_t rp_native_find_inner_hazard(const uint8_t *bytes, size_t first, size_t length, enum rp_mode mode)
{
    return number_of(
        rp_hazard_match_inside(rp_native_hazards, rp_native_hazard_count, mode, bytes, first, length));
}

uint8_t rp_native_find_hazard(const uint8_t *bytes, enum rp_mode mode, const uint16_t *dx)
{
    return number_of(
        rp_hazard_match(rp_native_hazards, rp_native_hazard_count, mode, bytes, RP_ENCODING_MAX, dx));
}

/* IN, OUT, INS, OUTS by DX: whether it is a hazard changes with the pre-state. */
static bool asks_dx(const struct rp_prefix_scan *scan)
{
    return scan->class == RP_CLASS_LEGACY && scan->map == 0 &&
           ((scan->opcode >= 0x6c && scan->opcode <= 0x6f) || (scan->opcode >= 0xec && scan->opcode <= 0xef));
}

/* Encodings whose length has been found, so that it is asked once and not whenever they come again: that
 * costs as much as ten runs. */
struct proof {
    struct rp_encoding encoding;
    uint8_t mode;
    uint8_t length; /* 0: it has none, the CPU wants more than an encoding may have */
};
static struct proof proofs[PROOFS];

uint32_t rp_native_hash(const uint8_t *bytes, size_t count, enum rp_mode mode)
{
    uint32_t hash = mode;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ bytes[i]) * UINT32_C(16777619); /* FNV-1a */
    return hash;
}

static struct proof *proof_of(const struct placed *placed)
{
    return &proofs[rp_native_hash(placed->encoding.bytes, placed->encoding.length, placed->mode) % PROOFS];
}

static void look_up_proof(struct placed *placed)
{
    const struct proof *proof = proof_of(placed);
    placed->found = proof->mode == placed->mode && proof->encoding.length == placed->encoding.length &&
                    memcmp(proof->encoding.bytes, placed->encoding.bytes, placed->encoding.length) == 0;
    placed->endless = placed->found && proof->length == 0;
    if (placed->found && proof->length)
        placed->length = proof->length;
}

static bool stands_there(const struct rp_encoding *encoding, enum rp_mode mode, uint8_t way)
{
    const struct placed *p = &rp_native_placed;
    return p->encoding.length == encoding->length && p->mode == mode && p->way == way &&
           memcmp(p->encoding.bytes, encoding->bytes, encoding->length) == 0;
}

/* Looks for hazards in what would stand there. */
static bool is_safe(struct placed *p, const uint8_t *bytes, uint16_t dx)
{
    p->hazard = rp_native_find_hazard(bytes, p->mode, &dx);
    if (p->hazard == 0 && has_hazardous_opcode(bytes))
        p->hazard = rp_native_find_inner_hazard(bytes, 1, p->encoding.length, p->mode);
    if (p->hazard)
        p->encoding.length = 0; /* it does not stand there, whoever asks next */
    return p->hazard == 0;
}

/* Writes the encoding and the way out behind its `length` bytes. Where it is shorter than that, fill is part
 * of it; where it is longer, the rest is another instruction and does not stand there. */
static bool write_placed(struct placed *p, uint16_t dx)
{
    uint8_t bytes[RP_ENCODING_MAX + BEHIND];
    memset(bytes, FILL, sizeof bytes);
    memcpy(bytes, p->encoding.bytes, p->length < p->encoding.length ? p->length : p->encoding.length);
    if (p->way != RP_NATIVE_STEP)
        rp_native_write_stub(bytes + p->length, p->mode, RP_ARENA_INSTRUCTION + p->length);
    if (!is_safe(p, bytes, dx))
        return false;
    rp_prefix_scan(p->mode, bytes, p->length, &p->scan);
    rp_native_clear_sequence();
    p->fresh = p->stands = true;
    memcpy(rp_native_code + (RP_ARENA_INSTRUCTION - RP_ARENA_CODE), bytes, sizeof bytes);
    return true;
}

bool rp_native_place(const struct rp_encoding *encoding, enum rp_mode mode, uint8_t way,
                     const struct rp_native_slot *slot)
{
    struct placed *p = &rp_native_placed;
    uint8_t bytes[RP_ENCODING_MAX + BEHIND];
    uint16_t dx = (uint16_t)slot->reg[RP_REG_RDX];
    if (stands_there(encoding, mode, way)) {
        if (asks_dx(&p->scan))
            p->hazard = rp_native_find_hazard(encoding->bytes, mode, &dx);
        return p->hazard == 0;
    }
    *p = (struct placed){.encoding = *encoding, .mode = mode, .way = way, .length = encoding->length};
    if (way != RP_NATIVE_STEP)
        look_up_proof(p);
    /* As it is tried at the end of the page: with fill behind it. */
    memset(bytes, FILL, sizeof bytes);
    memcpy(bytes, encoding->bytes, encoding->length);
    rp_prefix_scan(mode, bytes, encoding->length, &p->scan);
    return p->found || is_safe(p, bytes, dx);
}

bool rp_native_stand(const struct rp_native_slot *slot)
{
    struct placed *p = &rp_native_placed;
    return p->hazard == 0 && (p->stands || write_placed(p, (uint16_t)slot->reg[RP_REG_RDX]));
}

bool rp_native_found(uint8_t length, const struct rp_native_slot *slot)
{
    struct placed *p = &rp_native_placed;
    bool moves = length && length != p->length;
    *proof_of(p) = (struct proof){.encoding = p->encoding, .mode = (uint8_t)p->mode, .length = length};
    p->found = true;
    p->endless = length == 0;
    if (!moves)
        return true;
    p->length = length;
    p->stands = false;
    return rp_native_stand(slot);
}

static bool end_is_taken;

void rp_native_clear_end(void)
{
    if (end_is_taken)
        memset(rp_native_code + RP_ARENA_CODE_SIZE - AT_END, FILL, AT_END);
    end_is_taken = false;
}

void rp_native_place_at_end(unsigned count)
{
    const struct placed *p = &rp_native_placed;
    end_is_taken = true;
    uint8_t bytes[AT_END];
    unsigned own = count < p->encoding.length ? count : p->encoding.length;
    memset(bytes, FILL, sizeof bytes);
    memcpy(bytes + AT_END - count, p->encoding.bytes, own);
    memcpy(rp_native_code + RP_ARENA_CODE_SIZE - AT_END, bytes, sizeof bytes);
}
