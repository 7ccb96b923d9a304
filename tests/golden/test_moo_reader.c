/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of MOO files: takes what the format says, and nothing else, whatever is cut off or flipped. */
#include "golden/moo_fixture.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every kind of chunk: masks of the file and of a test, an exception, memory, chunks that nobody knows. */
static void make_file(struct rp_text *file)
{
    struct fixture_test test = fixture_inc();
    fixture_begin(file, "C286", 3);
    fixture_unknown(file);
    fixture_mask_flags(file, false, 0xffef);
    fixture_add(file, &test, false);
    test.index = 7;
    test.odd = true;
    test.mask[RP_RECORDED_AX] = 0x00ff;
    test.mask[RP_RECORDED_FLAGS] = 0xfffe;
    test.masked = 1 << RP_RECORDED_AX | 1 << RP_RECORDED_FLAGS;
    fixture_fina(&test, 0x40000, 0x55);
    fixture_add(file, &test, false);
    test.index = 9;
    test.exception = 13;
    fixture_set(&test, RP_RECORDED_SP, 0x07fa);
    fixture_add(file, &test, false);
    fixture_unknown(file);
}

static void a_file_is_read_as_it_was_written(void **state)
{
    struct rp_text text = {0};
    struct rp_moo_file file;
    struct rp_moo_test test = {0};
    struct rp_error error = {0};
    (void)state;
    make_file(&text);
    assert_int_equal(fixture_parse(&text, &file, &error), RP_OK);
    assert_int_equal(file.tests, 3);
    assert_string_equal(file.cpu_name, "C286");
    assert_string_equal(file.mnemonic, "inc");
    assert_int_equal(file.cpu, RP_RECORDED_286);
    assert_int_equal(rp_moo_test(&file, 0, &test, &error), RP_OK);
    const struct rp_recording *recording = &test.recording;
    assert_string_equal(recording->name, "inc ax");
    assert_int_equal(recording->encoding.length, 1);
    assert_int_equal(recording->encoding.bytes[0], 0x40);
    assert_int_equal(recording->before[RP_RECORDED_CX], 0x1111);
    assert_int_equal(recording->after[RP_RECORDED_CX], 0x1111);
    assert_int_equal(recording->after[RP_RECORDED_AX], 2);
    assert_int_equal(recording->after[RP_RECORDED_IP], 0x5679); /* where the HLT stands */
    assert_int_equal(recording->before[RP_RECORDED_FLAGS], 2);  /* of what a 286 holds */
    assert_int_equal(recording->mask[RP_RECORDED_FLAGS] & 0x10, 0);
    assert_int_equal(recording->mask[RP_RECORDED_AX], UINT32_MAX);
    assert_int_equal(recording->vector, -1);
    assert_int_equal(recording->bytes, 2);
    assert_int_equal(rp_moo_test(&file, 1, &test, &error), RP_OK);
    assert_int_equal(test.index, 7);
    assert_int_equal(recording->mask[RP_RECORDED_AX], 0x00ff);
    assert_int_equal(recording->mask[RP_RECORDED_FLAGS] & 0x11, 0);
    assert_int_equal(rp_recording_find(recording, 0x40000)->after, 0x55);
    assert_int_equal(rp_recording_find(recording, 0x40000)->before, 0);
    assert_int_equal(rp_moo_test(&file, 2, &test, &error), RP_OK);
    assert_int_equal(recording->vector, 13);
    assert_false(recording->soft);
    assert_int_equal(recording->pushed_flags, 0x207fe);
    rp_moo_test_free(&test);
    rp_moo_free(&file);
    rp_text_free(&text);
}

static void registers_of_a_386_are_wide(void **state)
{
    struct rp_text text = {0};
    struct rp_moo_file file;
    struct rp_moo_test test = {0};
    struct rp_error error = {0};
    struct fixture_test made = fixture_inc();
    (void)state;
    made.before[RP_RECORDED_BX] = 0x89abcdef;
    made.before[RP_RECORDED_GS] = 0xffff4321;
    made.before[RP_RECORDED_CR0] = 0x7ffefff0;
    made.before[RP_RECORDED_FLAGS] = 0xfffc0003;
    fixture_begin(&text, "386E", 1);
    fixture_mask_flags(&text, true, 0xffffffef);
    fixture_add(&text, &made, true);
    assert_int_equal(fixture_parse(&text, &file, &error), RP_OK);
    assert_int_equal(rp_moo_test(&file, 0, &test, &error), RP_OK);
    assert_int_equal(test.recording.before[RP_RECORDED_BX], 0x89abcdef);
    assert_int_equal(test.recording.before[RP_RECORDED_GS], 0x4321);
    assert_int_equal(test.recording.before[RP_RECORDED_CR0], 0x7ffefff0);
    assert_int_equal(test.recording.before[RP_RECORDED_FLAGS], 3);
    assert_int_equal(test.recording.mask[RP_RECORDED_FLAGS] & 0xffff0010, 0);
    rp_moo_test_free(&test);
    rp_moo_free(&file);
    rp_text_free(&text);
}

static void an_8088_does_not_end_on_a_hlt(void **state)
{
    struct rp_text text = {0};
    struct rp_moo_file file;
    struct rp_moo_test test = {0};
    struct rp_error error = {0};
    struct fixture_test made = fixture_inc();
    (void)state;
    fixture_code(&made, "04f4");
    fixture_begin(&text, "8088", 1);
    fixture_add(&text, &made, false);
    assert_int_equal(fixture_parse(&text, &file, &error), RP_OK);
    assert_int_equal(rp_moo_test(&file, 0, &test, &error), RP_OK);
    assert_int_equal(test.recording.encoding.length, 2);
    assert_int_equal(test.recording.after[RP_RECORDED_IP], 0x567a);
    rp_moo_test_free(&test);
    rp_moo_free(&file);
    rp_text_free(&text);
}

static void expect_refused(const struct rp_text *text, const char *word)
{
    struct rp_moo_file file;
    struct rp_error error = {0};
    assert_int_equal(fixture_parse(text, &file, &error), RP_EINPUT);
    if (!strstr(error.line, word))
        fail_msg("'%s' does not say '%s'", error.line, word);
}

static void other_files_are_refused_by_name(void **state)
{
    struct rp_text text = {0};
    (void)state;
    rp_text_add(&text, "not one");
    expect_refused(&text, "does not begin with 'MOO '");
    rp_text_free(&text);
    make_file(&text);
    unsigned char *bytes = (unsigned char *)rp_text_string(&text);
    bytes[8] = 2;
    expect_refused(&text, "version 2.1");
    bytes[8] = 1;
    bytes[16] = 'Z';
    expect_refused(&text, "CPU 'Z286'");
    bytes[16] = 'C';
    bytes[12] = 4;
    expect_refused(&text, "3 of its 4 tests");
    bytes[12] = 2;
    expect_refused(&text, "not valid");
    bytes[12] = 3;
    unsigned char *final = memmem(bytes, text.length, "FINA", 4);
    assert_non_null(final);
    final[0] = 'X'; /* a chunk that nobody knows */
    expect_refused(&text, "FINA");
    rp_text_free(&text);
}

/* Whatever is cut off, but the unknown chunk at the end as a whole, is missed. */
static void a_file_that_is_cut_off_is_refused_at_every_byte(void **state)
{
    struct rp_text text = {0};
    (void)state;
    make_file(&text);
    size_t last = text.length - 25;
    for (size_t length = 0; length < text.length; length++) {
        struct rp_moo_file file;
        struct rp_error error = {0};
        unsigned char *copy = malloc(length + 1);
        assert_non_null(copy);
        memcpy(copy, rp_text_string(&text), length);
        int result = rp_moo_parse("cut", copy, length, &file, &error);
        assert_int_equal(result, length == last ? RP_OK : RP_EINPUT);
        if (result == RP_OK)
            rp_moo_free(&file);
    }
    rp_text_free(&text);
}

/* Everything that a reader of a file does with it. */
static void use(struct rp_moo_file *file)
{
    static struct rp_recorded_run run;
    static struct rp_prestate prestate;
    struct rp_moo_test test = {0};
    struct rp_error error;
    for (size_t i = 0; i < file->tests; i++) {
        assert_int_equal(rp_moo_test(file, i, &test, &error), RP_OK);
        if (!test.unfit && !rp_recording_move(&test.recording, &run))
            (void)rp_recording_prestate(&run, &prestate, &error);
    }
    rp_moo_test_free(&test);
    rp_moo_free(file);
}

/* Under the sanitizers: no flipped bit makes it read what is not there. */
static void flipped_bits_do_no_harm(void **state)
{
    struct rp_text text = {0};
    unsigned taken = 0;
    (void)state;
    make_file(&text);
    for (size_t bit = 0; bit < 8 * text.length; bit++) {
        struct rp_moo_file file;
        struct rp_error error = {0};
        unsigned char *copy = malloc(text.length);
        assert_non_null(copy);
        memcpy(copy, rp_text_string(&text), text.length);
        copy[bit / 8] ^= (unsigned char)(1 << bit % 8);
        int result = rp_moo_parse("flipped", copy, text.length, &file, &error);
        assert_true(result == RP_OK || result == RP_EINPUT);
        taken += result == RP_OK;
        if (result == RP_OK)
            use(&file);
    }
    assert_in_range(taken, 100, 8 * text.length - 100);
    rp_text_free(&text);
}

/* Instructions of all kinds: nothing that stands in BYTS makes moving it go astray. */
static void any_bytes_may_be_an_instruction(void **state)
{
    static const char *const prefixes[] = {"", "66", "67", "6667", "f3", "f2", "2e", "64", "f366672e"};
    static const char *const cpus[] = {"386E", "C286", "8088", "V20 "};
    (void)state;
    for (unsigned opcode = 0; opcode < 0x200; opcode++) {
        for (unsigned p = 0; p < sizeof prefixes / sizeof prefixes[0]; p++) {
            struct fixture_test test = fixture_inc();
            struct rp_text text = {0};
            struct rp_moo_file file;
            struct rp_error error;
            char code[40];
            snprintf(code, sizeof code, "%s%s%02x%s", prefixes[p], opcode < 0x100 ? "" : "0f", opcode & 0xff,
                     opcode % 3 ? "84a3feffffff" : "");
            test.code = code;
            bool wide = opcode % 4 == 0;
            fixture_begin(&text, cpus[opcode % 4], 1);
            fixture_add(&text, &test, wide);
            assert_int_equal(fixture_parse(&text, &file, &error), RP_OK);
            use(&file);
            rp_text_free(&text);
        }
    }
}

static int unpack(const char *bytes, size_t length, struct rp_text *text, struct rp_error *error)
{
    unsigned char *copy = malloc(length + 1), *unpacked;
    size_t count;
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    int result = rp_moo_unpack("packed", copy, length, &unpacked, &count, error);
    free(copy);
    if (result == RP_OK) {
        rp_text_add_bytes(text, (const char *)unpacked, count);
        free(unpacked);
    }
    return result;
}

static void packed_files_are_whole_or_refused(void **state)
{
    struct rp_text plain = {0}, packed = {0}, out = {0};
    struct rp_error error = {0};
    (void)state;
    make_file(&plain);
    fixture_pack(&plain, &packed);
    assert_int_equal(unpack(rp_text_string(&packed), packed.length, &out, &error), RP_OK);
    assert_int_equal(out.length, plain.length);
    assert_memory_equal(rp_text_string(&out), rp_text_string(&plain), plain.length);
    rp_text_free(&out);
    for (size_t length = 2; length < packed.length; length++)
        assert_int_equal(unpack(rp_text_string(&packed), length, &out, &error), RP_EINPUT);
    char *bytes = (char *)rp_text_string(&packed);
    for (size_t back = 1; back <= 8; back++) { /* size, checksum */
        bytes[packed.length - back] ^= 1;
        assert_int_equal(unpack(bytes, packed.length, &out, &error), RP_EINPUT);
        assert_non_null(strstr(error.line, "damaged"));
        bytes[packed.length - back] ^= 1;
    }
    rp_text_add(&packed, "behind it");
    assert_int_equal(unpack(rp_text_string(&packed), packed.length, &out, &error), RP_EINPUT);
    packed.length -= strlen("behind it");
    fixture_pack(&plain, &packed); /* a second member */
    assert_int_equal(unpack(rp_text_string(&packed), packed.length, &out, &error), RP_OK);
    assert_int_equal(out.length, 2 * plain.length);
    rp_text_free(&out);
    rp_text_free(&packed);
    rp_text_free(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_as_it_was_written),
        cmocka_unit_test(registers_of_a_386_are_wide),
        cmocka_unit_test(an_8088_does_not_end_on_a_hlt),
        cmocka_unit_test(other_files_are_refused_by_name),
        cmocka_unit_test(a_file_that_is_cut_off_is_refused_at_every_byte),
        cmocka_unit_test(flipped_bits_do_no_harm),
        cmocka_unit_test(any_bytes_may_be_an_instruction),
        cmocka_unit_test(packed_files_are_whole_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
