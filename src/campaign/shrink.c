/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making encodings small; see shrink.h. */
#include "campaign/shrink.h"

#include "fuzz/anatomy.h"
#include "x86/form.h"

#include <string.h>

struct shrinker {
    struct rp_witness *witness;
    rp_witness_shows *shows;
    void *shown;
    struct rp_error *error;
    int result;
    char name[RP_OPCODE_CELL_MAX]; /* that must stay */
};

static void find_name(enum rp_mode mode, const struct rp_encoding *encoding, char name[RP_OPCODE_CELL_MAX])
{
    struct rp_instruction instruction;
    if (rp_decode(mode, encoding->bytes, encoding->length, &instruction, NULL) == RP_OK) {
        size_t length = strlen(instruction.mnemonic) + 1;
        memcpy(name, instruction.mnemonic, length < RP_OPCODE_CELL_MAX ? length : RP_OPCODE_CELL_MAX - 1);
        name[RP_OPCODE_CELL_MAX - 1] = '\0';
    } else {
        rp_opcode_cell(mode, encoding->bytes, encoding->length, name, RP_OPCODE_CELL_MAX);
    }
}

/* The encoding in place of the witness's, if it still shows. */
static bool try(struct shrinker *m, const struct rp_encoding *encoding)
{
    struct rp_witness *w = m->witness;
    const struct rp_encoding old = w->encoding;
    const struct rp_witness_end end = w->end;
    char name[RP_OPCODE_CELL_MAX];
    bool shows = false;
    if (m->result || (encoding->length == old.length && memcmp(encoding->bytes, old.bytes, old.length) == 0))
        return false;
    find_name(w->mode, encoding, name);
    if (strcmp(name, m->name) != 0)
        return false;
    w->encoding = *encoding;
    if (w->end.length) /* what the executor took it for shrinks with it */
        w->end.length = (uint8_t)(w->end.length + encoding->length - old.length);
    m->result = m->shows(m->shown, w, &shows, m->error);
    if (m->result == RP_OK && shows)
        return true;
    w->encoding = old;
    w->end = end;
    return false;
}

static bool try_anatomy(struct shrinker *m, const struct rp_fuzz_anatomy *anatomy)
{
    struct rp_encoding encoding;
    rp_fuzz_assemble(m->witness->mode, anatomy, &encoding);
    return try(m, &encoding);
}

static void drop_prefixes(struct shrinker *m, struct rp_fuzz_anatomy *a)
{
    for (unsigned i = a->prefixes; i-- > 0;) {
        struct rp_fuzz_anatomy less = *a;
        memmove(less.prefix + i, less.prefix + i + 1, less.prefixes - i - 1u);
        less.prefixes--;
        if (try_anatomy(m, &less))
            *a = less;
    }
}

/* A field of a byte to its plain value. */
static void set(struct shrinker *m, struct rp_fuzz_anatomy *a, uint8_t *byte, uint8_t mask, uint8_t value)
{
    uint8_t old = *byte;
    *byte = (uint8_t)((old & ~mask) | value);
    if (*byte == old || !try_anatomy(m, a))
        *byte = old;
}

static void plain_fields(struct shrinker *m, struct rp_fuzz_anatomy *a)
{
    static const struct {
        uint8_t byte, mask, value;
    } fields[] = {{0, 0xe0, 0xe0}, {1, 0x78, 0x78}, {2, 0x80, 0}, {2, 0x10, 0}, {2, 0x07, 0},
                  {2, 0x08, 0x08}, {1, 0x80, 0},    {2, 0x60, 0}, {1, 0x04, 0}};
    if (a->class == RP_CLASS_LEGACY) {
        set(m, a, &a->rex, 0xff, 0);
        for (unsigned bit = 0; bit < 4; bit++)
            set(m, a, &a->rex, (uint8_t)(1u << bit), 0);
        return;
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (fields[i].byte < 2 || a->class == RP_CLASS_EVEX)
            set(m, a, &a->payload[fields[i].byte], fields[i].mask, fields[i].value);
}

/* ModRM and what follows: [rbx], then register 0 in each field. */
static void plain_operands(struct shrinker *m, struct rp_fuzz_anatomy *a)
{
    struct rp_prefix_scan scan;
    const struct rp_encoding *encoding = &m->witness->encoding;
    if (!rp_prefix_scan(m->witness->mode, encoding->bytes, encoding->length, &scan))
        return;
    if (scan.has_modrm && a->tail[0] < 0xc0) {
        struct rp_fuzz_anatomy plain = *a;
        struct rp_instruction i;
        unsigned behind = encoding->length; /* where immediates begin */
        plain.tail[0] =
            (uint8_t)((a->tail[0] & 0x38) | (rp_mode_info(m->witness->mode)->code_bits == 16 ? 7 : 3));
        if (rp_decode(m->witness->mode, encoding->bytes, encoding->length, &i, NULL) == RP_OK &&
            i.immediate[0].bytes)
            behind = i.immediate[0].offset;
        memset(plain.tail + 1, 0, sizeof plain.tail - 1);
        memcpy(plain.tail + 1, encoding->bytes + behind, encoding->length - behind);
        if (try_anatomy(m, &plain))
            *a = plain;
    }
    if (scan.has_modrm) {
        set(m, a, &a->tail[0], 0x38, 0);
        if (a->tail[0] >= 0xc0)
            set(m, a, &a->tail[0], 0x07, 0);
    }
    for (unsigned i = scan.has_modrm ? 1 : 0; i < sizeof a->tail; i++)
        if (a->tail[i])
            set(m, a, &a->tail[i], 0xff, 0);
}

int rp_shrink_encoding(void *context, struct rp_witness *witness, rp_witness_shows *shows, void *shown,
                       struct rp_error *error)
{
    struct shrinker m = {.witness = witness, .shows = shows, .shown = shown, .error = error};
    struct rp_fuzz_anatomy a;
    (void)context;
    find_name(witness->mode, &witness->encoding, m.name);
    if (!rp_fuzz_dissect(witness->mode, &witness->encoding, &a))
        return RP_OK;
    drop_prefixes(&m, &a);
    plain_fields(&m, &a);
    plain_operands(&m, &a);
    return m.result;
}

void rp_form_representative(enum rp_mode mode, const struct rp_encoding *encoding,
                            struct rp_encoding *representative)
{
    uint64_t form = rp_form_id(mode, encoding);
    struct rp_prefix_scan scan;
    *representative = *encoding;
    for (unsigned i = 0; rp_prefix_scan(mode, representative->bytes, representative->length, &scan) &&
                         i < scan.prefix_length;) {
        struct rp_encoding less = *representative;
        less.length--;
        memmove(less.bytes + i, less.bytes + i + 1, (size_t)(less.length - i));
        less.bytes[less.length] = 0;
        if (rp_form_id(mode, &less) == form)
            *representative = less;
        else
            i++;
    }
}
