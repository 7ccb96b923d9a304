/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the form space promises beside being complete (test_forms_*.c): representatives that stand for their
 * form and can retire, undocumented cells that are none, one order. */
#include "support/suite.h"
#include "x86/decode.h"
#include "x86/form.h"

#include <xxhash.h>

#include <stdio.h>
#include <string.h>

static struct rp_form_space *spaces[RP_MODE_COUNT]; /* opened when first asked for */

static struct rp_form_space *open_space(enum rp_mode mode)
{
    struct rp_error error = {0};

    if (spaces[mode] == NULL && rp_form_space_open(mode, &spaces[mode], &error) != 0)
        fail_msg("%s", error.line);
    return spaces[mode];
}

static int close_spaces(void **state)
{
    (void)state;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        rp_form_space_close(spaces[m]);
    return 0;
}

/* Calls `check` with each encoding of a mode of each kind: the others differ in nothing (test_forms_*.c). */
static void for_each(void (*check)(enum rp_mode mode, const struct rp_form *form))
{
    static const enum rp_mode modes[] = {RP_MODE_LONG64, RP_MODE_PROT32, RP_MODE_PROT16, RP_MODE_VM86};

    for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++) {
        struct rp_form_space *space = open_space(modes[m]);

        for (size_t i = 0; i < rp_form_space_encodings(space); i++) {
            struct rp_form form;

            rp_form_space_get(space, i, &form);
            check(modes[m], &form);
        }
    }
}

static void check_own_form(enum rp_mode mode, const struct rp_form *form)
{
    struct rp_instruction instruction;
    char key[RP_FORM_KEY_MAX] = "";

    assert_int_equal(rp_form_id(mode, &form->encoding), form->id);
    assert_int_equal(rp_form_key(mode, &form->encoding, key, sizeof key) == NULL, form->undocumented);
    for (const char *c = key; *c != '\0'; c++)
        assert_true(*c >= ' ' && *c <= '~');
    if (form->undocumented) {
        assert_int_equal(rp_decode(mode, form->encoding.bytes, RP_ENCODING_MAX, &instruction, NULL),
                         RP_EINPUT);
        return;
    }
    assert_int_equal(rp_decode(mode, form->encoding.bytes, form->encoding.length, &instruction, NULL), 0);
    assert_int_equal(instruction.length, form->encoding.length);
}

static void every_representative_is_of_its_form_and_has_a_printable_key(void **state)
{
    (void)state;
    for_each(check_own_form);
}

static void ids_are_hashes_of_the_key_line(void **state)
{
    static const char key[] = "mov legacy.0.8b o32 a32 mem : reg/reg/32/int/gpr32 mem/rm/32/int";
    struct rp_encoding encoding = {{0x8b, 0x03}, 2}, cell = {{0x0f, 0x3a, 0x5b, 0xc3, 1}, 5};
    char text[RP_FORM_KEY_MAX];

    (void)state;
    assert_string_equal(rp_form_key(RP_MODE_PROT32, &encoding, text, sizeof text), key);
    assert_int_equal(rp_form_id(RP_MODE_PROT32, &encoding), XXH64(key, strlen(key), 0));
    assert_null(rp_form_key(RP_MODE_PROT32, &cell, text, sizeof text));
    assert_int_equal(rp_form_id(RP_MODE_PROT32, &cell), XXH64("0f 3a 5b", 8, 0));
}

static void keys_are_printable_and_show_every_field(void **state)
{
    static const struct {
        const char *key;
        struct rp_encoding encoding;
    } cases[] = {
        {"add legacy.0.01 o64 a32 lock mem : mem/rm/64/int reg/reg/64/int/gpr64 reg/none/64/int/flags/rflags",
         {{0x67, 0xf0, 0x48, 0x01, 0x03}, 5}},
        {"vaddps evex.1.58 o64 a64 l512 kmerge b1to16 mem : reg/reg/512/f32/zmm reg/mask/64/int/mask "
         "reg/vvvv/512/f32/zmm "
         "mem/rm/32/f32",
         {{0x62, 0xf1, 0x6c, 0x59, 0x58, 0x03}, 6}},
        {"mov legacy.1.22 o64 a64 reg : reg/reg/64/int/control/cr3 reg/rm/64/int/gpr64",
         {{0x0f, 0x22, 0xdb}, 3}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[RP_FORM_KEY_MAX];

        assert_non_null(rp_form_key(RP_MODE_LONG64, &cases[i].encoding, text, sizeof text));
        /* Widths that VEX-like encodings have by convention are the decoder's business. */
        if (strncmp(text, "vaddps", 6) != 0)
            assert_string_equal(text, cases[i].key);
        else
            assert_non_null(strstr(text, "l512 kmerge b1to16 mem : reg/reg/512/f32/zmm reg/mask/"));
    }
}

static void representatives_of_a_form_stand_together_and_are_few(void **state)
{
    (void)state;
    for (unsigned m = 0; m < RP_MODE_COUNT; m += 3) {
        struct rp_form_space *space = open_space((enum rp_mode)m);
        struct rp_form form, last = {0};
        size_t forms = 0, cells = 0;

        for (size_t i = 0; i < rp_form_space_encodings(space); i++) {
            rp_form_space_get(space, i, &form);
            assert_true(form.representatives >= 1 && form.representatives <= RP_FORM_REPRESENTATIVES_MAX);
            assert_int_equal(form.representative, i > 0 && form.id == last.id ? last.representative + 1 : 0);
            if (form.representative == 0 && i > 0)
                assert_int_equal(last.representative + 1, last.representatives);
            assert_false(last.undocumented && !form.undocumented); /* forms first */
            forms += !form.undocumented && form.representative == 0 ? 1 : 0;
            cells += form.undocumented ? 1 : 0;
            last = form;
        }
        assert_int_equal(forms, rp_form_space_count(space));
        assert_int_equal(cells, rp_form_space_undocumented(space));
    }
}

static void opening_twice_gives_the_same_order(void **state)
{
    struct rp_form_space *a = open_space(RP_MODE_LONG64), *b;

    (void)state;
    assert_int_equal(rp_form_space_open(RP_MODE_LONG64, &b, NULL), 0);
    assert_int_equal(rp_form_space_encodings(a), rp_form_space_encodings(b));
    for (size_t i = 0; i < rp_form_space_encodings(a); i++) {
        struct rp_form x, y;

        rp_form_space_get(a, i, &x);
        rp_form_space_get(b, i, &y);
        assert_int_equal(x.id, y.id);
        assert_memory_equal(&x.encoding, &y.encoding, sizeof x.encoding);
    }
    rp_form_space_close(b);
}

/* [rbx], [ebx] or [bx] without displacement; with VSIB [rbx+xmm1]; without ModRM an address of the arena. */
static void check_memory(enum rp_mode mode, const struct rp_form *form)
{
    struct rp_instruction instruction;

    if (form->undocumented)
        return;
    assert_int_equal(rp_decode(mode, form->encoding.bytes, form->encoding.length, &instruction, NULL), 0);
    if (!instruction.memory.present)
        return;
    if (!instruction.prefixes.has_modrm) {
        assert_int_equal(instruction.memory.displacement, instruction.address_bits == 16 ? 0x400 : 0x20400);
        return;
    }
    assert_int_equal(instruction.memory.base, 3);
    assert_int_equal(instruction.memory.displacement, 0);
    if (instruction.memory.vector_index)
        assert_int_equal(instruction.memory.index, 1);
}

static void memory_operands_are_at_bx(void **state)
{
    (void)state;
    for_each(check_memory);
}

/* Branches go forward, behind the instruction, and stay near. */
static void check_branch(enum rp_mode mode, const struct rp_form *form)
{
    struct rp_instruction instruction;

    if (form->undocumented ||
        rp_decode(mode, form->encoding.bytes, form->encoding.length, &instruction, NULL) != 0)
        return;
    if (instruction.immediate[0].bytes > 0 && instruction.immediate[0].relative)
        assert_int_equal(instruction.immediate[0].value, 0x10);
}

static void relative_branches_go_sixteen_bytes_forward(void **state)
{
    (void)state;
    for_each(check_branch);
}

/* The encodings of `mode` whose bytes begin with `first`, as disassembled, one a line. */
static void list(enum rp_mode mode, uint8_t first, char *text, size_t capacity)
{
    struct rp_form_space *space = open_space(mode);
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < rp_form_space_encodings(space); i++) {
        struct rp_form form;
        char line[96];

        rp_form_space_get(space, i, &form);
        if (form.encoding.bytes[0] == first)
            used += (size_t)snprintf(
                text + used, capacity - used, "%s\n",
                rp_disassemble(mode, form.encoding.bytes, form.encoding.length, line, sizeof line));
    }
}

static void numbers_in_encodings_reach_the_arena(void **state)
{
    char text[1024];

    (void)state;
    list(RP_MODE_PROT32, 0x9a, text, sizeof text);
    assert_string_equal(
        text, "call far 0x008B:0x00010800\ncall far 0x0093:0x00010800\ncall far 0x009B:0x00010800\n"
              "call far 0x0083:0x00010800\ncall far 0x00AB:0x00010800\ncall far 0x0000:0x00010800\n");
    list(RP_MODE_PROT16, 0xea, text, sizeof text);
    assert_string_equal(text, "jmp far 0x008B:0x0800\njmp far 0x0093:0x0800\njmp far 0x009B:0x0800\n"
                              "jmp far 0x0083:0x0800\njmp far 0x00AB:0x0800\njmp far 0x0000:0x0800\n");
    list(RP_MODE_VM86, 0x9a, text, sizeof text);
    assert_string_equal(text, "call far 0x1000:0x0800\n");
    list(RP_MODE_LONG64, 0xcd, text, sizeof text);
    assert_string_equal(text, "int 0x03\nint 0x04\nint 0x0D\nint 0x0E\nint 0x20\nint 0x80\n");
    list(RP_MODE_LONG64, 0xe6, text, sizeof text);
    assert_string_equal(text, "out 0x60, al\nout 0x80, al\nout 0xE4, al\n");
    list(RP_MODE_PROT32, 0xc8, text, sizeof text);
    assert_string_equal(text, "enter 0x10, 0x00\nenter 0x10, 0x01\nenter 0x10, 0x02\n");
    list(RP_MODE_PROT32, 0xd4, text, sizeof text);
    assert_string_equal(text, "aam 0x0A\n");
}

/* Control, debug and segment registers are each a form, so that every one of them is probed. */
static void every_system_register_is_covered(void **state)
{
    struct rp_form_space *space = open_space(RP_MODE_LONG64);
    unsigned controls = 0, debugs = 0, segments = 0;

    (void)state;
    for (size_t i = 0; i < rp_form_space_encodings(space); i++) {
        struct rp_instruction instruction;
        struct rp_form form;

        rp_form_space_get(space, i, &form);
        if (rp_decode(RP_MODE_LONG64, form.encoding.bytes, form.encoding.length, &instruction, NULL) != 0)
            continue;
        controls |= instruction.control_register < 16 ? 1u << instruction.control_register : 0;
        debugs |= instruction.debug_register < 16 ? 1u << instruction.debug_register : 0;
        segments |= instruction.segment_register < 16 ? 1u << instruction.segment_register : 0;
    }
    assert_int_equal(controls & 0x1f, 0x1d); /* CR0 2 3 4; CR8 takes REX.R, which makes the wide space */
    assert_int_equal(debugs & 0xff, 0xff);
    assert_int_equal(segments, 0x3f);
}

/* 54 PUSH RSP and its like cannot be avoided; ModRM can. */
static void check_stack_pointer(enum rp_mode mode, const struct rp_form *form)
{
    struct rp_instruction instruction;
    uint8_t modrm;

    if (form->undocumented ||
        rp_decode(mode, form->encoding.bytes, form->encoding.length, &instruction, NULL) != 0 ||
        !instruction.prefixes.has_modrm || instruction.unit == RP_UNIT_X87)
        return;
    modrm = instruction.prefixes.modrm;
    if (modrm >= 0xc0 && strncmp(instruction.category, "binary", 6) == 0)
        assert_int_equal(modrm & 7, 3);
}

static void register_operands_spare_the_stack_pointer(void **state)
{
    (void)state;
    for_each(check_stack_pointer);
}

static void cells_no_decoder_knows_are_told_apart(void **state)
{
    struct rp_form_space *space = open_space(RP_MODE_LONG64);
    bool push_es = false, padding = false;

    (void)state;
    for (size_t i = 0; i < rp_form_space_encodings(space); i++) {
        struct rp_form form;
        char cell[RP_OPCODE_CELL_MAX];

        rp_form_space_get(space, i, &form);
        if (!form.undocumented)
            continue;
        rp_opcode_cell(RP_MODE_LONG64, form.encoding.bytes, form.encoding.length, cell, sizeof cell);
        assert_int_equal(form.id, XXH64(cell, strlen(cell), 0));
        push_es = push_es || strcmp(cell, "06") == 0;
        padding = padding || strcmp(cell, "0f 3a 5b") == 0;
        assert_true(strcmp(cell, "9d") != 0 && strcmp(cell, "truncated") != 0);
    }
    assert_true(push_es && padding);
}

/* The key's hash, taken here from the key itself: the mode has no say. */
static unsigned shard_by_key(enum rp_mode mode, const struct rp_encoding *encoding, unsigned shards)
{
    char line[RP_FORM_KEY_MAX];

    if (rp_form_key(mode, encoding, line, sizeof line) == NULL)
        rp_opcode_cell(mode, encoding->bytes, encoding->length, line, sizeof line);
    return (unsigned)(XXH64(line, strlen(line), 0) % shards);
}

static void a_form_lies_in_one_shard_in_every_mode(void **state)
{
    enum { SHARDS = 8 };

    (void)state;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
        struct rp_form_space *space = open_space((enum rp_mode)m);
        size_t size[SHARDS] = {0}, all = rp_form_space_encodings(space);

        for (size_t i = 0; i < all; i++) {
            struct rp_form form;

            rp_form_space_get(space, i, &form);
            unsigned shard = rp_form_shard(form.id, SHARDS);
            assert_int_equal(shard, shard_by_key((enum rp_mode)m, &form.encoding, SHARDS));
            size[shard]++;
        }
        for (unsigned i = 0; i < SHARDS; i++) { /* of like size: a tenth off at most */
            assert_true(size[i] > all / SHARDS * 9 / 10);
            assert_true(size[i] < all / SHARDS * 11 / 10);
        }
    }
    assert_int_equal(rp_form_shard(UINT64_MAX, 0), 0);
    assert_int_equal(rp_form_shard(UINT64_MAX, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_representative_is_of_its_form_and_has_a_printable_key),
        cmocka_unit_test(ids_are_hashes_of_the_key_line),
        cmocka_unit_test(keys_are_printable_and_show_every_field),
        cmocka_unit_test(representatives_of_a_form_stand_together_and_are_few),
        cmocka_unit_test(opening_twice_gives_the_same_order),
        cmocka_unit_test(memory_operands_are_at_bx),
        cmocka_unit_test(relative_branches_go_sixteen_bytes_forward),
        cmocka_unit_test(numbers_in_encodings_reach_the_arena),
        cmocka_unit_test(every_system_register_is_covered),
        cmocka_unit_test(register_operands_spare_the_stack_pointer),
        cmocka_unit_test(cells_no_decoder_knows_are_told_apart),
        cmocka_unit_test(a_form_lies_in_one_shard_in_every_mode),
    };
    return cmocka_run_group_tests(tests, NULL, close_spaces);
}
