/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wide space: the forms of the form space, each encoding once and in its place. */
#include "support/suite.h"
#include "x86/form.h"
#include "x86/wide.h"

#include <stdlib.h>
#include <string.h>

/* Counted once; another decoder or another definition has to say why it counts otherwise. */
static const struct {
    enum rp_mode mode;
    size_t encodings;
} figures[] = {{RP_MODE_LONG64, 2629029}, {RP_MODE_PROT32, 2061222}, {RP_MODE_REAL16, 2059422}};

static int compare_ids(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Ids of the forms that the decoder knows, ascending. */
static uint64_t *read_forms(enum rp_mode mode, size_t *count)
{
    struct rp_form_space *space;
    assert_int_equal(rp_form_space_open(mode, &space, NULL), 0);
    uint64_t *id = calloc(rp_form_space_count(space), sizeof *id);
    *count = 0;
    for (size_t i = 0; i < rp_form_space_encodings(space); i++) {
        struct rp_form form;
        rp_form_space_get(space, i, &form);
        if (form.undocumented || form.representative)
            continue;
        id[(*count)++] = form.id;
        assert_true(rp_wide_opcode_of(mode, &form.encoding) < RP_WIDE_OPCODES);
    }
    qsort(id, *count, sizeof *id, compare_ids);
    rp_form_space_close(space);
    return id;
}

static void check_mode(enum rp_mode mode, size_t expected)
{
    size_t forms, total = 0, met = 0, count;
    uint64_t *id = read_forms(mode, &forms);
    bool *seen = calloc(forms + 1, 1);
    const struct rp_wide_encoding *encoding;
    struct rp_wide *wide;
    assert_int_equal(rp_wide_open(mode, &wide, NULL), 0);
    for (unsigned opcode = 0; opcode < RP_WIDE_OPCODES; opcode++) {
        assert_int_equal(rp_wide_read(wide, opcode, &encoding, &count, NULL), 0);
        total += count;
        for (size_t i = 0; i < count; i++) {
            if (i % 97 == 0) { /* decoding all twice would take long */
                assert_true(rp_form_id(mode, &encoding[i].encoding) == encoding[i].form);
                assert_int_equal(rp_wide_opcode_of(mode, &encoding[i].encoding), opcode);
            }
            if (i && encoding[i].form == encoding[i - 1].form)
                continue;
            const uint64_t *place = bsearch(&encoding[i].form, id, forms, sizeof *id, compare_ids);
            assert_non_null(place);
            assert_false(seen[place - id]); /* all of one form follow each other */
            seen[place - id] = true;
            met++;
        }
    }
    assert_int_equal(met, forms);
    assert_int_equal(total, expected);
    rp_wide_close(wide);
    free(seen);
    free(id);
}

static void both_spaces_have_the_same_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        check_mode(figures[i].mode, figures[i].encodings);
}

static int compare_encodings(const void *a, const void *b)
{
    const struct rp_wide_encoding *x = a, *y = b;
    return memcmp(&x->encoding, &y->encoding, sizeof x->encoding);
}

/* POP r/m, MOV r/m, SETcc, a group, an EVEX opcode. */
static void no_encoding_is_there_twice(void **state)
{
    (void)state;
    static const unsigned opcodes[] = {0x8f, 0x89, 0x90, 256 + 0x94, 0xf7, 11 * 256 + 0x58};
    struct rp_wide *wide;
    assert_int_equal(rp_wide_open(RP_MODE_LONG64, &wide, NULL), 0);
    for (size_t k = 0; k < sizeof opcodes / sizeof opcodes[0]; k++) {
        const struct rp_wide_encoding *encoding;
        size_t count;
        assert_int_equal(rp_wide_read(wide, opcodes[k], &encoding, &count, NULL), 0);
        assert_true(count > 0);
        struct rp_wide_encoding *copy = malloc((count + 1) * sizeof *copy);
        memcpy(copy, encoding, count * sizeof *copy);
        qsort(copy, count, sizeof *copy, compare_encodings);
        for (size_t i = 1; i < count; i++)
            assert_int_not_equal(compare_encodings(&copy[i - 1], &copy[i]), 0);
        free(copy);
    }
    rp_wide_close(wide);
}

static bool has(const struct rp_wide_encoding *encoding, size_t count, const void *bytes, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (encoding[i].encoding.length == length && memcmp(encoding[i].encoding.bytes, bytes, length) == 0)
            return true;
    return false;
}

/* An operand that has no register leads into the data; one that has is where the register points. */
static void addresses_without_a_register_lead_into_the_data(void **state)
{
    (void)state;
    const struct rp_wide_encoding *encoding;
    struct rp_wide *wide;
    size_t count;
    assert_int_equal(rp_wide_open(RP_MODE_LONG64, &wide, NULL), 0);
    assert_int_equal(rp_wide_read(wide, 0x8b, &encoding, &count, NULL), 0);
    assert_true(has(encoding, count, "\x8b\x05\xfa\xff\x00\x00", 6)); /* 10406h + FFFAh = 20400h */
    assert_true(has(encoding, count, "\x8b\x85\x00\x00\x00\x00", 6));
    rp_wide_close(wide);
    assert_int_equal(rp_wide_open(RP_MODE_VM86, &wide, NULL), 0);
    assert_int_equal(rp_wide_read(wide, 0x8b, &encoding, &count, NULL), 0);
    assert_true(has(encoding, count, "\x8b\x06\x00\x04", 4));
    assert_true(has(encoding, count, "\x67\x8b\x05\x00\x04\x00\x00", 7));
    rp_wide_close(wide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_spaces_have_the_same_forms),
        cmocka_unit_test(no_encoding_is_there_twice),
        cmocka_unit_test(addresses_without_a_register_lead_into_the_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
