/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the decoder wrapper tells about an instruction, and how it refuses what is none. */
#include "base/hex.h"
#include "support/suite.h"
#include "x86/decode.h"

#include <string.h>

static struct rp_instruction decode(enum rp_mode mode, const char *hex)
{
    struct rp_instruction instruction;
    struct rp_error error = {0};
    uint8_t bytes[RP_ENCODING_MAX];
    size_t length;

    assert_int_equal(rp_hex_parse(hex, bytes, sizeof bytes, &length, NULL), 0);
    if (rp_decode(mode, bytes, length, &instruction, &error) != 0)
        fail_msg("%s", error.line);
    return instruction;
}

static void refuse(enum rp_mode mode, const char *hex, const char *line)
{
    struct rp_instruction instruction;
    struct rp_error error = {0};
    uint8_t bytes[RP_ENCODING_MAX + 4];
    size_t length;

    assert_int_equal(rp_hex_parse(hex, bytes, sizeof bytes, &length, NULL), 0);
    assert_int_equal(rp_decode(mode, bytes, length, &instruction, &error), RP_EINPUT);
    assert_string_equal(error.line, line);
}

static void a_truncated_encoding_says_where_it_ends(void **state)
{
    (void)state;
    refuse(RP_MODE_LONG64, "0f",
           "cannot decode '0f' in long64: it needs more bytes at offset 1, where the input ends");
    refuse(RP_MODE_PROT32, "9a00080100",
           "cannot decode '9a00080100' in prot32: it needs more bytes at offset 5, where the input ends");
}

static void what_is_no_instruction_says_why(void **state)
{
    (void)state;
    refuse(RP_MODE_LONG64, "06", "cannot decode '06' in long64: no such opcode (opcode at offset 0)");
    refuse(RP_MODE_LONG64, "660f3a5bc301",
           "cannot decode '660f3a5bc301' in long64: no such opcode (opcode at offset 3)");
    refuse(RP_MODE_PROT32, "f08b03",
           "cannot decode 'f08b03' in prot32: LOCK is not allowed in front of it (opcode at offset 1)");
    refuse(RP_MODE_PROT32, "8ecb",
           "cannot decode '8ecb' in prot32: there is no such register, or a register appears "
           "twice (opcode at offset 0)");
}

static void xeon_phi_of_long_ago_is_refused(void **state)
{
    (void)state;
    refuse(RP_MODE_LONG64, "62f1780858c3",
           "cannot decode '62f1780858c3' in long64: MVEX exists on Xeon Phi's first generation alone (opcode "
           "at offset 4)");
}

static void bytes_behind_an_instruction_are_left_alone(void **state)
{
    (void)state;
    assert_int_equal(decode(RP_MODE_LONG64, "9d9090").length, 1);
}

static void people_get_the_names_they_use(void **state)
{
    static const struct {
        enum rp_mode mode;
        const char *hex, *mnemonic, *name;
    } cases[] = {
        {RP_MODE_LONG64, "9d", "popfq", "popfq"},
        {RP_MODE_PROT32, "669d", "popf", "popf"},
        {RP_MODE_PROT32, "ff1b", "call", "call far"},
        {RP_MODE_PROT32, "ff13", "call", "call"},
        {RP_MODE_PROT32, "ff2b", "jmp", "jmp far"},
        {RP_MODE_PROT32, "cb", "ret", "ret far"},
        {RP_MODE_PROT32, "c3", "ret", "ret"},
        {RP_MODE_PROT32, "8cc8", "mov", "mov sreg"},
        {RP_MODE_PROT32, "8bc3", "mov", "mov"},
        {RP_MODE_PROT32, "0f22c0", "mov", "mov cr"},
        {RP_MODE_PROT32, "0f21c0", "mov", "mov dr"},
        {RP_MODE_PROT32, "0e", "push", "push sreg"},
        {RP_MODE_PROT32, "1f", "pop", "pop sreg"},
        {RP_MODE_PROT32, "50", "push", "push"},
        {RP_MODE_PROT32, "9a000801008b00", "call", "call far"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rp_instruction instruction = decode(cases[i].mode, cases[i].hex);

        assert_string_equal(instruction.mnemonic, cases[i].mnemonic);
        assert_string_equal(instruction.name, cases[i].name);
    }
}

static void flags_come_from_the_manuals(void **state)
{
    const uint64_t cf = 1, pf = 1 << 2, af = 1 << 4, zf = 1 << 6, sf = 1 << 7, of = 1 << 11, iopl = 3 << 12;

    (void)state;
    assert_int_equal(decode(RP_MODE_PROT32, "f7e3").flags_undefined, pf | af | zf | sf);           /* MUL */
    assert_int_equal(decode(RP_MODE_PROT32, "23c3").flags_undefined, af);                          /* AND */
    assert_int_equal(decode(RP_MODE_PROT32, "f7f3").flags_undefined, cf | pf | af | zf | sf | of); /* DIV */
    assert_int_equal(decode(RP_MODE_PROT32, "03c3").flags_undefined, 0);                           /* ADD */
    assert_int_equal(decode(RP_MODE_PROT32, "03c3").flags_written, cf | pf | af | zf | sf | of);
    assert_int_equal(decode(RP_MODE_PROT32, "9d").flags_written & iopl, iopl); /* POPFD: both bits */
    assert_int_equal(decode(RP_MODE_PROT32, "7410").flags_read, zf);           /* JZ */
    assert_int_equal(decode(RP_MODE_PROT32, "8bc3").flags_written, 0);
    assert_int_equal(decode(RP_MODE_PROT32, "d8c1").x87_undefined,
                     1 << 8 | 1 << 10 | 1 << 14); /* FADD: C0 C2 C3 */
}

static void units_decide_what_an_instruction_depends_on(void **state)
{
    static const struct {
        const char *hex;
        enum rp_unit unit;
    } cases[] = {
        {"8b03", RP_UNIT_GENERAL},
        {"d9c0", RP_UNIT_X87},
        {"9b", RP_UNIT_X87},
        {"dbe2", RP_UNIT_X87},
        {"0fae03", RP_UNIT_SSE},
        {"0f77", RP_UNIT_MMX},
        {"0f6ec3", RP_UNIT_MMX},
        {"0f0fc39e", RP_UNIT_MMX},
        {"0f28c3", RP_UNIT_SSE},
        {"0fae13", RP_UNIT_SSE},
        {"0f2ac3", RP_UNIT_SSE},
        {"f20f38f0c3", RP_UNIT_GENERAL},
        {"0fc303", RP_UNIT_GENERAL},
        {"0f1803", RP_UNIT_GENERAL},
        {"c5f828c3", RP_UNIT_AVX},
        {"c5fc77", RP_UNIT_AVX},
        {"c4e278f3db", RP_UNIT_GENERAL},
        {"c5fc41c3", RP_UNIT_AVX512},
        {"62f17c4858c3", RP_UNIT_AVX512},
        {"c4e27849c0", RP_UNIT_AMX},
        {"c4e27b49c0", RP_UNIT_AMX},
        {"0fae23", RP_UNIT_GENERAL},
        {"0f01f8", RP_UNIT_GENERAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rp_instruction instruction = decode(RP_MODE_LONG64, cases[i].hex);

        if (instruction.unit != cases[i].unit)
            fail_msg("%s %s: unit %d, expected %d", cases[i].hex, instruction.mnemonic, (int)instruction.unit,
                     (int)cases[i].unit);
    }
}

static void memory_operands_name_their_registers(void **state)
{
    struct rp_instruction instruction =
        decode(RP_MODE_LONG64, "6544884c8bf0"); /* mov gs:[rbx+rcx*4-10h], r9b */

    (void)state;
    assert_true(instruction.memory.present);
    assert_true(instruction.memory.written);
    assert_false(instruction.memory.read);
    assert_int_equal(instruction.memory.segment, 5);
    assert_int_equal(instruction.memory.base, 3);
    assert_int_equal(instruction.memory.index, 1);
    assert_int_equal(instruction.memory.scale, 4);
    assert_int_equal(instruction.memory.size, 1);
    assert_int_equal(instruction.memory.displacement, -16);
    assert_int_equal(decode(RP_MODE_LONG64, "8b0510000000").memory.base, RP_REGISTER_IP);
    assert_int_equal(decode(RP_MODE_PROT32, "0f0103").memory.size, 6);
    assert_true(decode(RP_MODE_PROT32, "8d03").memory.address_only);
    assert_true(decode(RP_MODE_LONG64, "c4e26990040b").memory.vector_index);
    assert_false(decode(RP_MODE_PROT32, "50").memory.present);
    assert_int_equal(decode(RP_MODE_PROT32, "50").implicit_memory, 1);
    assert_int_equal(decode(RP_MODE_PROT32, "a4").implicit_memory, 2);
}

static void numbers_are_found_where_they_stand(void **state)
{
    struct rp_instruction instruction = decode(RP_MODE_PROT32, "9a000801008b00");

    (void)state;
    assert_true(instruction.far_pointer.present);
    assert_int_equal(instruction.far_pointer.selector, 0x8b);
    assert_int_equal(instruction.far_pointer.offset, 0x10800);
    assert_int_equal(instruction.far_pointer.offset_at, 1);
    assert_int_equal(instruction.far_pointer.offset_bytes, 4);
    assert_int_equal(instruction.far_pointer.selector_at, 5);
    assert_int_equal(instruction.branch, RP_BRANCH_FAR);

    instruction = decode(RP_MODE_PROT32, "c8100002"); /* ENTER */
    assert_int_equal(instruction.immediate[0].value, 0x10);
    assert_int_equal(instruction.immediate[0].bytes, 2);
    assert_int_equal(instruction.immediate[1].value, 2);
    assert_int_equal(instruction.immediate[1].offset, 3);

    instruction = decode(RP_MODE_PROT32, "ebfe");
    assert_true(instruction.immediate[0].relative);
    assert_int_equal(instruction.immediate[0].value, (uint64_t)-2);
    assert_int_equal(instruction.branch, RP_BRANCH_SHORT);
    assert_int_equal(decode(RP_MODE_PROT32, "cd80").immediate[0].value, 0x80);
}

static void named_registers_are_numbered(void **state)
{
    (void)state;
    assert_int_equal(decode(RP_MODE_PROT32, "8ed8").segment_register, 3);
    assert_int_equal(decode(RP_MODE_PROT32, "0e").segment_register, 1);
    assert_int_equal(decode(RP_MODE_LONG64, "440f22c0").control_register, 8);
    assert_int_equal(decode(RP_MODE_PROT32, "0f23f8").debug_register, 7);
    assert_int_equal(decode(RP_MODE_PROT32, "8bc3").segment_register, RP_REGISTER_NONE);
    assert_int_equal(decode(RP_MODE_PROT32, "0f05").control_register, RP_REGISTER_NONE);
}

static void meta_words_are_lower_case(void **state)
{
    struct rp_instruction instruction = decode(RP_MODE_LONG64, "62f17c4858c3");

    (void)state;
    assert_string_equal(instruction.isa_set, "avx512f_512");
    assert_string_equal(instruction.isa_extension, "avx512evex");
    assert_string_equal(instruction.category, "avx512");
    assert_true(decode(RP_MODE_LONG64, "f4").privileged);
    assert_false(decode(RP_MODE_LONG64, "9d").privileged);
}

/* What bytes mean does not depend on whether vm86 and real mode raise #UD for it; that is found by running.
 */
static void sixteen_bit_modes_decode_alike(void **state)
{
    static const enum rp_mode modes[] = {RP_MODE_COMPAT16, RP_MODE_PROT16, RP_MODE_VM86, RP_MODE_REAL16};
    static const char *const cases[] = {"63c3", "0f02c3", "c5f877", "62f17c4858c3", "0f00c0"};

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct rp_instruction first = decode(RP_MODE_COMPAT16, cases[c]);

        for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++)
            assert_string_equal(decode(modes[m], cases[c]).mnemonic, first.mnemonic);
    }
}

static void text_is_intel_syntax_or_the_opcode_cell(void **state)
{
    char text[96];

    (void)state;
    assert_string_equal(rp_disassemble(RP_MODE_PROT32, (const uint8_t *)"\x8b\x03", 2, text, sizeof text),
                        "mov eax, [ebx]");
    assert_string_equal(rp_disassemble(RP_MODE_LONG64, (const uint8_t *)"\x06", 1, text, sizeof text),
                        "(06)");
    assert_string_equal(rp_disassemble(RP_MODE_LONG64, (const uint8_t *)"\x0f", 1, text, sizeof text),
                        "(truncated)");
    assert_int_equal(strlen(rp_disassemble(RP_MODE_PROT32, (const uint8_t *)"\x8b\x03", 2, text, 5)) < 5, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_truncated_encoding_says_where_it_ends),
        cmocka_unit_test(what_is_no_instruction_says_why),
        cmocka_unit_test(xeon_phi_of_long_ago_is_refused),
        cmocka_unit_test(bytes_behind_an_instruction_are_left_alone),
        cmocka_unit_test(people_get_the_names_they_use),
        cmocka_unit_test(flags_come_from_the_manuals),
        cmocka_unit_test(units_decide_what_an_instruction_depends_on),
        cmocka_unit_test(memory_operands_name_their_registers),
        cmocka_unit_test(numbers_are_found_where_they_stand),
        cmocka_unit_test(named_registers_are_numbered),
        cmocka_unit_test(meta_words_are_lower_case),
        cmocka_unit_test(sixteen_bit_modes_decode_alike),
        cmocka_unit_test(text_is_intel_syntax_or_the_opcode_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
