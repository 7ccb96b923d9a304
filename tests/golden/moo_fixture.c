/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MOO files in memory; see moo_fixture.h. */
#include "golden/moo_fixture.h"
#include "support/suite.h"

#include "base/hex.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void add_number(struct rp_text *text, uint32_t number, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        char byte = (char)(number >> 8 * i);
        rp_text_add_bytes(text, &byte, 1);
    }
}

static void add_chunk(struct rp_text *text, const char *name, const struct rp_text *content)
{
    rp_text_add_bytes(text, name, 4);
    add_number(text, (uint32_t)content->length, 4);
    rp_text_add_bytes(text, rp_text_string(content), content->length);
}

/* Adds it and empties `content`. */
static void take_chunk(struct rp_text *text, const char *name, struct rp_text *content)
{
    add_chunk(text, name, content);
    rp_text_free(content);
}

void fixture_begin(struct rp_text *file, const char *cpu, uint32_t tests)
{
    struct rp_text content = {0};
    rp_text_add_bytes(&content, "\1\1\0\0", 4);
    add_number(&content, tests, 4);
    rp_text_add_bytes(&content, cpu, 4);
    take_chunk(file, "MOO ", &content);
    rp_text_add_bytes(&content, "\1\0\6", 3);
    add_number(&content, 0x40, 4);
    rp_text_add_bytes(&content, "inc     ", 8);
    add_number(&content, 5000, 4); /* of the whole set: files are made smaller and keep it */
    add_number(&content, 7, 4);
    add_number(&content, 0, 4);
    add_number(&content, 0, 4); /* real mode, reserved */
    take_chunk(file, "META", &content);
}

void fixture_unknown(struct rp_text *file)
{
    struct rp_text content = {0};
    rp_text_add(&content, "what nobody knows");
    take_chunk(file, "XYZ!", &content);
}

/* Where RG32 has a register. */
static const uint8_t wide_bits[RP_RECORDED_REGISTERS] = {2, 3, 4, 5,  10, 15, 11, 12, 9,
                                                         8, 6, 7, 16, 17, 13, 14, 0};

static void add_registers(struct rp_text *text, const char *narrow_name, const char *wide_name, bool wide,
                          const uint32_t value[RP_RECORDED_REGISTERS], uint32_t there)
{
    struct rp_text content = {0};
    uint32_t bitmap = 0, ordered[32] = {0};
    unsigned each = wide ? 4 : 2;
    for (unsigned i = 0; i < RP_RECORDED_REGISTERS; i++) {
        if (!(there >> i & 1) || (!wide && i > RP_RECORDED_FLAGS))
            continue;
        unsigned bit = wide ? wide_bits[i] : i;
        bitmap |= UINT32_C(1) << bit;
        ordered[bit] = value[i];
    }
    add_number(&content, bitmap, each);
    for (unsigned bit = 0; bit < 32; bit++)
        if (bitmap >> bit & 1)
            add_number(&content, ordered[bit], each);
    take_chunk(text, wide ? wide_name : narrow_name, &content);
}

void fixture_mask_flags(struct rp_text *file, bool wide, uint32_t mask)
{
    uint32_t value[RP_RECORDED_REGISTERS] = {[RP_RECORDED_FLAGS] = mask};
    add_registers(file, "RMSK", "RM32", wide, value, 1u << RP_RECORDED_FLAGS);
}

static void add_memory(struct rp_text *text, const struct fixture_byte *bytes, unsigned count)
{
    struct rp_text content = {0};
    add_number(&content, count, 4);
    for (unsigned i = 0; i < count; i++) {
        add_number(&content, bytes[i].address, 4);
        add_number(&content, bytes[i].value, 1);
    }
    take_chunk(text, "RAM ", &content);
}

static void add_text(struct rp_text *text, const char *name, const void *bytes, size_t length)
{
    struct rp_text content = {0};
    add_number(&content, (uint32_t)length, 4);
    rp_text_add_bytes(&content, bytes, length);
    take_chunk(text, name, &content);
}

void fixture_add(struct rp_text *file, const struct fixture_test *test, bool wide)
{
    struct rp_text content = {0}, state = {0};
    unsigned char code[64];
    size_t length;
    struct rp_error error;
    assert_int_equal(rp_hex_parse(test->code, code, sizeof code, &length, &error), RP_OK);
    add_number(&content, test->index, 4);
    if (test->odd)
        fixture_unknown(&content);
    add_text(&content, "NAME", test->name, strlen(test->name));
    add_text(&content, "BYTS", code, length);
    add_registers(&state, "REGS", "RG32", wide, test->before, UINT32_MAX);
    if (test->odd)
        fixture_unknown(&state);
    add_memory(&state, test->init, test->inits);
    take_chunk(&content, "INIT", &state);
    add_registers(&state, "REGS", "RG32", wide, test->after, test->changed);
    if (test->masked)
        add_registers(&state, "RMSK", "RM32", wide, test->mask, test->masked);
    add_memory(&state, test->fina, test->finas);
    take_chunk(&content, "FINA", &state);
    if (test->exception >= 0) {
        add_number(&state, (uint32_t)test->exception, 1);
        add_number(&state, 0, 4);
        take_chunk(&content, "EXCP", &state);
    }
    take_chunk(file, "TEST", &content);
}

struct fixture_test fixture_inc(void)
{
    struct fixture_test test = {.name = "inc ax",
                                .before = {[RP_RECORDED_AX] = 1,
                                           [RP_RECORDED_CX] = 0x1111,
                                           [RP_RECORDED_CS] = 0x1234,
                                           [RP_RECORDED_SS] = 0x2000,
                                           [RP_RECORDED_DS] = 0x3000,
                                           [RP_RECORDED_ES] = 0x9000,
                                           [RP_RECORDED_SP] = 0x0800,
                                           [RP_RECORDED_BP] = 0x0900,
                                           [RP_RECORDED_SI] = 0x0100,
                                           [RP_RECORDED_DI] = 0x0200,
                                           [RP_RECORDED_IP] = 0x5678,
                                           [RP_RECORDED_FLAGS] = 0xf002},
                                .exception = -1};
    fixture_code(&test, "40f4");
    fixture_set(&test, RP_RECORDED_AX, 2);
    fixture_set(&test, RP_RECORDED_IP, 0x567a);
    fixture_set(&test, RP_RECORDED_FLAGS, 0x0002);
    return test;
}

void fixture_set(struct fixture_test *test, enum rp_recorded reg, uint32_t after)
{
    test->after[reg] = after;
    test->changed |= UINT32_C(1) << reg;
}

void fixture_init(struct fixture_test *test, uint32_t address, uint8_t value)
{
    assert_true(test->inits < sizeof test->init / sizeof test->init[0]);
    test->init[test->inits++] = (struct fixture_byte){address, value};
}

void fixture_fina(struct fixture_test *test, uint32_t address, uint8_t value)
{
    assert_true(test->finas < sizeof test->fina / sizeof test->fina[0]);
    test->fina[test->finas++] = (struct fixture_byte){address, value};
}

void fixture_code(struct fixture_test *test, const char *hex)
{
    unsigned char code[64];
    size_t length;
    struct rp_error error;
    assert_int_equal(rp_hex_parse(hex, code, sizeof code, &length, &error), RP_OK);
    test->code = hex;
    test->inits = 0;
    for (size_t i = 0; i < length; i++)
        fixture_init(test, (test->before[RP_RECORDED_CS] << 4) + test->before[RP_RECORDED_IP] + (uint32_t)i,
                     code[i]);
}

int fixture_parse(const struct rp_text *file, struct rp_moo_file *moo, struct rp_error *error)
{
    unsigned char *copy = malloc(file->length + 1);
    assert_non_null(copy);
    memcpy(copy, rp_text_string(file), file->length);
    return rp_moo_parse("fixture", copy, file->length, moo, error);
}

void fixture_pack(const struct rp_text *file, struct rp_text *packed)
{
    char bytes[1 << 16];
    z_stream stream = {.next_in = (Bytef *)rp_text_string(file),
                       .avail_in = (uInt)file->length,
                       .next_out = (Bytef *)bytes,
                       .avail_out = sizeof bytes};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    rp_text_add_bytes(packed, bytes, sizeof bytes - stream.avail_out);
    deflateEnd(&stream);
}
