/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The prefix scanner agrees with the decoder where there is an instruction, and with the manuals about which
 * prefixes mean nothing. */
#include "base/hex.h"
#include "base/random.h"
#include "support/suite.h"
#include "x86/prefix.h"

#include <Zydis/Zydis.h>

#include <string.h>

static const struct {
    enum rp_mode mode;
    ZydisMachineMode machine;
    ZydisStackWidth stack;
} machines[] = {
    {RP_MODE_LONG64, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64},
    {RP_MODE_COMPAT32, ZYDIS_MACHINE_MODE_LONG_COMPAT_32, ZYDIS_STACK_WIDTH_32},
    {RP_MODE_PROT32, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32},
    {RP_MODE_VM86, ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16},
};

/* Random bytes in which prefixes, escapes and vector prefixes are frequent. */
static void draw(struct rp_random *random, uint8_t bytes[RP_ENCODING_MAX])
{
    static const uint8_t favourites[] = {0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64,
                                         0x65, 0x48, 0x44, 0x0f, 0x0f, 0x38, 0x3a, 0xc4, 0xc5, 0x62};
    static const uint8_t starts[][4] = {{0x8f, 0xe9, 0x78, 0x01},
                                        {0xc4, 0xe2, 0x79, 0x18},
                                        {0x62, 0xf1, 0x7c, 0x48},
                                        {0x0f, 0x0f, 0x03, 0x9e},
                                        {0x0f, 0x3a, 0x0f, 0xc3}};
    size_t lead = rp_random_below(random, 5), start = rp_random_below(random, 16);

    for (size_t i = 0; i < RP_ENCODING_MAX; i++)
        bytes[i] = (uint8_t)rp_random_next(random);
    for (size_t i = 0; i < lead; i++)
        bytes[i] = favourites[rp_random_below(random, sizeof favourites)];
    if (start < sizeof starts / sizeof starts[0])
        memcpy(bytes + lead, starts[start], 1 + rp_random_below(random, sizeof starts[start]));
}

static unsigned count_prefixes(const ZydisDecodedInstruction *instruction, uint8_t first, uint8_t last)
{
    unsigned count = 0;

    for (size_t i = 0; i < instruction->raw.prefix_count; i++) {
        uint8_t value = instruction->raw.prefixes[i].value;

        count += value >= first && value <= last ? 1 : 0;
    }
    return count;
}

static void compare_prefixes(const struct rp_prefix_scan *scan, const ZydisDecodedInstruction *instruction,
                             bool long64)
{
    unsigned segments = count_prefixes(instruction, 0x64, 0x65);

    for (uint8_t byte = 0x26; byte <= 0x3e; byte = (uint8_t)(byte + 8))
        segments += count_prefixes(instruction, byte, byte);
    assert_int_equal(scan->lock, count_prefixes(instruction, 0xf0, 0xf0));
    assert_int_equal(scan->repne, count_prefixes(instruction, 0xf2, 0xf2));
    assert_int_equal(scan->rep, count_prefixes(instruction, 0xf3, 0xf3));
    assert_int_equal(scan->operand_size, count_prefixes(instruction, 0x66, 0x66));
    assert_int_equal(scan->address_size, count_prefixes(instruction, 0x67, 0x67));
    assert_int_equal(scan->segments, segments);
    assert_int_equal(scan->rex_count, long64 ? count_prefixes(instruction, 0x40, 0x4f) : 0);
    assert_int_equal(scan->prefix_length, instruction->raw.prefix_count);
    assert_int_equal(scan->rex != 0, (instruction->attributes & ZYDIS_ATTRIB_HAS_REX) != 0);
}

static void compare_opcode(const struct rp_prefix_scan *scan, const ZydisDecodedInstruction *instruction)
{
    static const uint8_t maps[] = {
        [ZYDIS_OPCODE_MAP_DEFAULT] = 0, [ZYDIS_OPCODE_MAP_0F] = 1,   [ZYDIS_OPCODE_MAP_0F38] = 2,
        [ZYDIS_OPCODE_MAP_0F3A] = 3,    [ZYDIS_OPCODE_MAP_MAP4] = 4, [ZYDIS_OPCODE_MAP_MAP5] = 5,
        [ZYDIS_OPCODE_MAP_MAP6] = 6,    [ZYDIS_OPCODE_MAP_MAP7] = 7, [ZYDIS_OPCODE_MAP_0F0F] = 1,
        [ZYDIS_OPCODE_MAP_XOP8] = 8,    [ZYDIS_OPCODE_MAP_XOP9] = 9, [ZYDIS_OPCODE_MAP_XOPA] = 10};
    bool has_modrm = (instruction->attributes & ZYDIS_ATTRIB_HAS_MODRM) != 0;

    assert_int_equal(scan->class, instruction->encoding);
    assert_int_equal(scan->map, maps[instruction->opcode_map]);
    assert_int_equal(scan->opcode, instruction->opcode);
    assert_int_equal(scan->has_modrm, has_modrm);
    if (has_modrm) {
        assert_int_equal(scan->modrm_offset, instruction->raw.modrm.offset);
        assert_int_equal(scan->modrm, instruction->raw.modrm.mod << 6 | instruction->raw.modrm.reg << 3 |
                                          instruction->raw.modrm.rm);
    }
}

static void compare_fields(const struct rp_prefix_scan *scan, const ZydisDecodedInstruction *instruction)
{
    switch (instruction->encoding) {
    case ZYDIS_INSTRUCTION_ENCODING_XOP:
        assert_int_equal(scan->pp, instruction->raw.xop.pp);
        assert_int_equal(scan->w, instruction->raw.xop.W);
        assert_int_equal(scan->vector_length, instruction->raw.xop.L);
        break;
    case ZYDIS_INSTRUCTION_ENCODING_VEX:
        assert_int_equal(scan->pp, instruction->raw.vex.pp);
        assert_int_equal(scan->w, instruction->raw.vex.W);
        assert_int_equal(scan->vector_length, instruction->raw.vex.L);
        break;
    case ZYDIS_INSTRUCTION_ENCODING_EVEX:
        assert_int_equal(scan->pp, instruction->raw.evex.pp);
        assert_int_equal(scan->w, instruction->raw.evex.W);
        assert_int_equal(scan->vector_length, instruction->raw.evex.L2 << 1 | instruction->raw.evex.L);
        break;
    default:
        break;
    }
}

/* Xeon Phi's first generation: MVEX looks like EVEX, and its VEX-encoded jumps have no ModRM. */
static bool is_left_out(const ZydisDecodedInstruction *instruction)
{
    return instruction->encoding == ZYDIS_INSTRUCTION_ENCODING_MVEX ||
           instruction->mnemonic == ZYDIS_MNEMONIC_JKZD || instruction->mnemonic == ZYDIS_MNEMONIC_JKNZD;
}

static void scanner_and_decoder_agree_on_random_bytes(void **state)
{
    struct rp_random random = rp_random_make(1, 0);
    unsigned compared[5] = {0};

    (void)state;
    for (unsigned n = 0; n < 2000000; n++) {
        size_t m = n % (sizeof machines / sizeof machines[0]);
        uint8_t bytes[RP_ENCODING_MAX];
        struct rp_prefix_scan scan;
        ZydisDecoder decoder;
        ZydisDecodedInstruction instruction;

        draw(&random, bytes);
        ZydisDecoderInit(&decoder, machines[m].machine, machines[m].stack);
        if (ZYAN_FAILED(ZydisDecoderDecodeInstruction(&decoder, NULL, bytes, sizeof bytes, &instruction)) ||
            is_left_out(&instruction))
            continue;
        assert_true(rp_prefix_scan(machines[m].mode, bytes, instruction.length, &scan));
        compare_prefixes(&scan, &instruction, m == 0);
        compare_opcode(&scan, &instruction);
        compare_fields(&scan, &instruction);
        compared[instruction.encoding]++;
    }
    for (size_t i = 0; i < 5; i++)
        assert_true(compared[i] > 100); /* each class was among them */
}

static struct rp_prefix_scan scan_hex(enum rp_mode mode, const char *hex)
{
    struct rp_prefix_scan scan;
    uint8_t bytes[RP_ENCODING_MAX];
    size_t length;

    assert_int_equal(rp_hex_parse(hex, bytes, sizeof bytes, &length, NULL), 0);
    assert_true(rp_prefix_scan(mode, bytes, length, &scan));
    return scan;
}

static void prefixes_that_mean_nothing_are_redundant(void **state)
{
    static const char *const redundant[] = {
        "f3f3a4",       /* twice */
        "f2f3a4",       /* two of one group */
        "2e3e8b03",     /* two segments */
        "666690",       /* twice */
        "4866909090",   /* REX not in front of the opcode */
        "404890",       /* two REX */
        "f344a4",       /* REX.R without a register to extend: Reptar */
        "f342a4",       /* REX.X */
        "f341a4",       /* REX.B */
        "f340a4",       /* REX without any bit */
        "f348a4",       /* REX.W on a byte */
        "f366a4",       /* 66 on a byte */
        "f34ca5",       /* REX.WR */
        "66c5f877",     /* 66 in front of VEX */
        "48c4e17858c3", /* REX in front of VEX */
        "f362f17c4858c3",
    };

    (void)state;
    for (size_t i = 0; i < sizeof redundant / sizeof redundant[0]; i++) {
        struct rp_prefix_scan scan = scan_hex(RP_MODE_LONG64, redundant[i]);

        if (!rp_prefix_redundant(&scan))
            fail_msg("%s is not called redundant", redundant[i]);
    }
}

static void prefixes_that_mean_something_are_not(void **state)
{
    static const char *const plain[] = {
        "f3a4",   "a4",     "f3a5",     "f366a5",     "f348a5",     "f367a4",       "f32ea4",   "48a5",
        "488b03", "4c8b03", "66488b03", "f2f0480fb1", "f0f20fb103", "66f20f38f1c3", "67c5f877", "64c5f81003",
    };

    (void)state;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        struct rp_prefix_scan scan;
        uint8_t bytes[RP_ENCODING_MAX];
        size_t length;

        rp_hex_parse(plain[i], bytes, sizeof bytes, &length, NULL);
        rp_prefix_scan(RP_MODE_LONG64, bytes, length, &scan);
        if (rp_prefix_redundant(&scan))
            fail_msg("%s is called redundant", plain[i]);
    }
}

static void rex_is_inc_and_dec_outside_long64(void **state)
{
    struct rp_prefix_scan scan = scan_hex(RP_MODE_PROT32, "48");

    (void)state;
    assert_int_equal(scan.rex_count, 0);
    assert_int_equal(scan.opcode, 0x48);
}

static void les_and_bound_are_not_vector_prefixes(void **state)
{
    (void)state;
    assert_int_equal(scan_hex(RP_MODE_PROT32, "c403").class, RP_CLASS_LEGACY);
    assert_int_equal(scan_hex(RP_MODE_VM86, "6207").class, RP_CLASS_LEGACY);
    assert_int_equal(scan_hex(RP_MODE_PROT32, "8fc0").class, RP_CLASS_LEGACY);
    assert_int_equal(scan_hex(RP_MODE_PROT32, "c5f877").class, RP_CLASS_VEX);
    assert_int_equal(scan_hex(RP_MODE_LONG64, "c4417858c3").class, RP_CLASS_VEX);
}

static void bytes_that_end_too_early_are_refused(void **state)
{
    static const char *const cut[] = {"66",   "0f",   "0f38",     "0f01",       "c5",
                                      "c5f8", "c4e2", "62f17c48", "f3c4e17858", "0f0f03"};
    uint8_t many[RP_ENCODING_MAX + 2];
    struct rp_prefix_scan scan;

    (void)state;
    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
        uint8_t bytes[RP_ENCODING_MAX];
        size_t length;

        assert_int_equal(rp_hex_parse(cut[i], bytes, sizeof bytes, &length, NULL), 0);
        assert_false(rp_prefix_scan(RP_MODE_LONG64, bytes, length, &scan));
    }
    memset(many, 0x66, sizeof many);
    many[RP_ENCODING_MAX] = 0x90;
    assert_false(rp_prefix_scan(RP_MODE_LONG64, many, sizeof many, &scan));
    assert_int_equal(scan.operand_size, RP_ENCODING_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scanner_and_decoder_agree_on_random_bytes),
        cmocka_unit_test(prefixes_that_mean_nothing_are_redundant),
        cmocka_unit_test(prefixes_that_mean_something_are_not),
        cmocka_unit_test(rex_is_inc_and_dec_outside_long64),
        cmocka_unit_test(les_and_bound_are_not_vector_prefixes),
        cmocka_unit_test(bytes_that_end_too_early_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
