/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people type finds the forms they mean, and a slip of the finger is answered with what is near. */
#include "support/suite.h"
#include "x86/names.h"
#include "x86/names_internal.h"

#include <Zydis/Zydis.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rp_form_space *spaces[RP_MODE_COUNT]; /* long64, prot32 and real16 are open */

static int open_spaces(void **state)
{
    (void)state;
    return rp_form_space_open(RP_MODE_LONG64, &spaces[RP_MODE_LONG64], NULL) |
           rp_form_space_open(RP_MODE_PROT32, &spaces[RP_MODE_PROT32], NULL) |
           rp_form_space_open(RP_MODE_REAL16, &spaces[RP_MODE_REAL16], NULL);
}

static int close_spaces(void **state)
{
    (void)state;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        rp_form_space_close(spaces[m]);
    return 0;
}

/* Looks `name` up and returns how many encodings it means; each must be of one of `mnemonics` (blanks around
 * each), and each of those must occur. */
static size_t find(enum rp_mode mode, const char *name, const char *mnemonics)
{
    size_t *indices, count, met = 0, wanted = 0;
    bool seen[32] = {false};
    struct rp_error error = {0};

    if (rp_name_find(spaces[mode], name, &indices, &count, &error) != 0)
        fail_msg("%s", error.line);
    for (size_t i = 0; i < count; i++) {
        struct rp_instruction instruction;
        struct rp_form form;
        char word[32];
        const char *place;

        rp_form_space_get(spaces[mode], indices[i], &form);
        assert_int_equal(rp_decode(mode, form.encoding.bytes, form.encoding.length, &instruction, NULL), 0);
        assert_true(rp_name_matches(name, &instruction));
        assert_true(i == 0 || indices[i] > indices[i - 1]);
        snprintf(word, sizeof word, " %s ", instruction.mnemonic);
        place = strstr(mnemonics, word);
        if (place == NULL)
            fail_msg("'%s' found %s", name, instruction.mnemonic);
        else
            seen[place - mnemonics] = true;
    }
    for (size_t i = 0; i < sizeof seen; i++)
        met += seen[i] ? 1 : 0;
    for (const char *c = mnemonics; *c != '\0'; c++)
        wanted += *c == ' ' ? 1 : 0;
    assert_int_equal(met, wanted - 1);
    free(indices);
    return count;
}

static void names_mean_what_people_mean(void **state)
{
    (void)state;
    find(RP_MODE_LONG64, "popf", " popf popfq ");
    find(RP_MODE_PROT32, "popf", " popf popfd ");
    find(RP_MODE_PROT32, "iret", " iret iretd ");
    find(RP_MODE_LONG64, "je", " jz ");
    find(RP_MODE_LONG64, "sal", " shl ");
    find(RP_MODE_LONG64, "cmova", " cmovnbe ");
    find(RP_MODE_PROT32, "icebp", " int1 ");
    find(RP_MODE_PROT32, "wait", " fwait ");
    find(RP_MODE_LONG64, "movs", " movsb movsw movsd movsq ");
    find(RP_MODE_LONG64, "sysenter", " sysenter ");
    assert_int_equal(find(RP_MODE_PROT32, "push cs", " push "), 4);  /* 66 and 67 */
    assert_int_equal(find(RP_MODE_PROT32, "int n", " int ") % 6, 0); /* six vectors each */
}

static void far_and_near_are_told_apart(void **state)
{
    size_t far, near;

    (void)state;
    far = find(RP_MODE_PROT32, "call far", " call ");
    near = find(RP_MODE_PROT32, "call near", " call ");
    assert_int_equal(far + near, find(RP_MODE_PROT32, "call", " call "));
    assert_true(far >= 8 && near >= 8);
    assert_int_equal(find(RP_MODE_PROT32, "lcall", " call "), far);
    assert_true(find(RP_MODE_PROT32, "ret far", " ret ") == find(RP_MODE_PROT32, "retf", " ret "));
}

static void registers_choose_among_moves(void **state)
{
    size_t segments = 0, all;
    static const char *const each[] = {"mov es", "mov cs", "mov ss", "mov ds", "mov fs", "mov gs"};

    (void)state;
    all = find(RP_MODE_PROT32, "mov sreg", " mov ");
    for (size_t i = 0; i < 6; i++)
        segments += find(RP_MODE_PROT32, each[i], " mov ");
    assert_int_equal(segments, all);
    assert_true(find(RP_MODE_PROT32, "mov cr", " mov ") >= 8);
    assert_true(find(RP_MODE_PROT32, "mov dr", " mov ") >= 16);
    assert_true(find(RP_MODE_PROT32, "mov", " mov ") > all + 24);
}

static void movsd_is_two_instructions(void **state)
{
    (void)state;
    assert_int_equal(find(RP_MODE_LONG64, "movsd string", " movsd ") +
                         find(RP_MODE_LONG64, "movsd sse", " movsd "),
                     find(RP_MODE_LONG64, "movsd", " movsd "));
}

static void case_and_blanks_do_not_matter(void **state)
{
    (void)state;
    assert_int_equal(find(RP_MODE_PROT32, "  CALL \t Far ", " call "),
                     find(RP_MODE_PROT32, "call far", " call "));
}

static void prefix_words_choose_forms(void **state)
{
    size_t all, rep;

    (void)state;
    all = find(RP_MODE_PROT32, "movsb", " movsb ");
    rep = find(RP_MODE_PROT32, "rep movsb", " movsb ");
    assert_true(rep > 0 && rep < all);
    find(RP_MODE_PROT32, "repnz scas", " scasb scasw scasd ");
    assert_true(find(RP_MODE_PROT32, "lock cmpxchg8b", " cmpxchg8b ") > 0);
}

static void every_mnemonic_is_a_name(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= ZYDIS_MNEMONIC_MAX_VALUE; i++)
        assert_true(rp_name_known(ZydisMnemonicGetString((ZydisMnemonic)i)));
    assert_false(rp_name_known("popff"));
    assert_false(rp_name_known(""));
}

/* Marks the rows that fit one encoding or another of `mode`. */
static void mark_rows(enum rp_mode mode, const struct rp_names *names, bool *met)
{
    for (size_t i = 0; i < rp_form_space_encodings(spaces[mode]); i++) {
        struct rp_instruction instruction;
        struct rp_form form;

        rp_form_space_get(spaces[mode], i, &form);
        if (rp_decode(mode, form.encoding.bytes, form.encoding.length, &instruction, NULL) != 0)
            continue;
        for (size_t row = 0; row < names->count; row++)
            met[row] = met[row] || rp_names_fit(&names->rows[row], &instruction);
    }
}

static void every_row_of_the_file_finds_something(void **state)
{
    const struct rp_names *names = rp_names_builtin();
    bool met[512] = {false};

    (void)state;
    assert_true(names->count > 100 && names->count < sizeof met);
    mark_rows(RP_MODE_LONG64, names, met);
    mark_rows(RP_MODE_PROT32, names, met);
    for (size_t row = 0; row < names->count; row++) {
        if (!met[row])
            fail_msg("'%s' finds nothing", names->rows[row].text);
    }
}

static void expect_error(enum rp_mode mode, const char *name, const char *line)
{
    size_t *indices = NULL, count;
    struct rp_error error = {0};

    assert_int_equal(rp_name_find(spaces[mode], name, &indices, &count, &error), RP_EINPUT);
    assert_null(indices);
    assert_string_equal(error.line, line);
}

static void unknown_names_are_answered_with_the_nearest_three(void **state)
{
    (void)state;
    expect_error(RP_MODE_LONG64, "pofp",
                 "no instruction is called 'pofp', the nearest names are 'popf', 'pop', 'popa'");
    expect_error(
        RP_MODE_LONG64, "CAL far",
        "no instruction is called 'cal far', the nearest names are 'call far', 'jmp far', 'ret far'");
}

static void a_name_of_other_modes_says_which(void **state)
{
    (void)state;
    expect_error(RP_MODE_LONG64, "pusha",
                 "'pusha' does not exist in long64, choose another mode with -m: compat32 compat16 prot32 "
                 "prot16 vm86 real16");
    expect_error(RP_MODE_PROT32, "swapgs",
                 "'swapgs' does not exist in prot32, choose another mode with -m: long64");
    expect_error(
        RP_MODE_LONG64, "lock nop",
        "'lock nop' has no form in any mode, it is an instruction of Xeon Phi or takes no such prefix");
}

static void refuse(const char *row, const char *complaint)
{
    struct rp_error error = {0};
    char text[256];

    snprintf(text, sizeof text, "name\tuse\tmeans\tsource\n%s\n", row);
    assert_int_equal(rp_names_check("n.tsv", text, strlen(text), &error), RP_EINPUT);
    assert_string_equal(error.line, complaint);
}

static void bad_rows_name_file_and_line(void **state)
{
    (void)state;
    refuse("a\talias\tpop\tx\na\talias\tpop\tx", "n.tsv:3: the name 'a' is there already");
    refuse("a\tuse\tpop\tx", "n.tsv:2: unknown use 'use': report or alias");
    refuse("a\talias\tpopp\tx", "n.tsv:2: unknown mnemonic 'popp': use one that the decoder prints");
    refuse("a\talias\tpop+it\tx",
           "n.tsv:2: unknown predicate 'it' behind 'pop': the head of the file lists them");
    refuse("a\talias\tpop+\tx",
           "n.tsv:2: unknown predicate '' behind 'pop': the head of the file lists them");
    refuse("a\talias\tpop\tx\nb\treport\tpop\tx",
           "n.tsv:3: 'b' is for reports and must stand before all aliases");
    refuse("a\talias\tpop\t", "n.tsv:2: 'a' has no source");
    refuse("A\talias\tpop\tx", "n.tsv:2: bad name 'A': 1 to 23 lower-case letters, digits and blanks");
    refuse("a\talias\tpop  popf\tx", "n.tsv:2: unknown mnemonic '': use one that the decoder prints");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_mean_what_people_mean),
        cmocka_unit_test(far_and_near_are_told_apart),
        cmocka_unit_test(registers_choose_among_moves),
        cmocka_unit_test(movsd_is_two_instructions),
        cmocka_unit_test(case_and_blanks_do_not_matter),
        cmocka_unit_test(prefix_words_choose_forms),
        cmocka_unit_test(every_mnemonic_is_a_name),
        cmocka_unit_test(every_row_of_the_file_finds_something),
        cmocka_unit_test(unknown_names_are_answered_with_the_nearest_three),
        cmocka_unit_test(a_name_of_other_modes_says_which),
        cmocka_unit_test(bad_rows_name_file_and_line),
    };
    return cmocka_run_group_tests(tests, open_spaces, close_spaces);
}
