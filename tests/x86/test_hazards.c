/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hazards are seen through any order and number of prefixes, and their harmless neighbours are left alone. */
#include "base/corpus.h"
#include "base/hex.h"
#include "support/hazards.h"
#include "support/suite.h"
#include "x86/form.h"
#include "x86/hazards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The id of the hazard that `hex` is, "" if it is none. */
static const char *hazard_of(enum rp_mode mode, const char *hex, const uint16_t *dx)
{
    const struct rp_hazard *hazard;
    uint8_t bytes[RP_ENCODING_MAX];
    size_t length;

    assert_int_equal(rp_hex_parse(hex, bytes, sizeof bytes, &length, NULL), 0);
    return rp_hazard_find(mode, bytes, length, dx, &hazard) ? hazard->id : "";
}

struct hazard_case {
    enum rp_mode mode;
    const char *hex, *id;
};

static void check(const struct hazard_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *id = hazard_of(cases[i].mode, cases[i].hex, NULL);

        if (strcmp(id, cases[i].id) != 0)
            fail_msg("%s in %s: '%s', expected '%s'", cases[i].hex, rp_mode_info(cases[i].mode)->name, id,
                     cases[i].id);
    }
}

static void redundant_prefixes_of_rep_movsb_are_reptar(void **state)
{
    static const struct hazard_case cases[] = {
        {RP_MODE_LONG64, "f344a4", "reptar"},     {RP_MODE_LONG64, "f3664fa4", "reptar"},
        {RP_MODE_LONG64, "66f347a4", "reptar"},   {RP_MODE_LONG64, "f3f3a4", "reptar"},
        {RP_MODE_LONG64, "f341a5", "reptar"},     {RP_MODE_LONG64, "f2f3a4", "reptar"},
        {RP_MODE_LONG64, "f367672ea4", "reptar"}, {RP_MODE_LONG64, "4df3a4", "reptar"},
        {RP_MODE_PROT32, "f3f3a4", "reptar"},     {RP_MODE_PROT32, "f366a4", "reptar"},
    };

    (void)state;
    check(cases, sizeof cases / sizeof cases[0]);
}

static void ordinary_string_moves_are_no_hazard(void **state)
{
    static const struct hazard_case cases[] = {
        {RP_MODE_LONG64, "f3a4", ""},   {RP_MODE_LONG64, "a4", ""},       {RP_MODE_LONG64, "f348a5", ""},
        {RP_MODE_LONG64, "f366a5", ""}, {RP_MODE_LONG64, "f36467a4", ""}, {RP_MODE_LONG64, "44a4", ""},
        {RP_MODE_LONG64, "f344aa", ""}, {RP_MODE_PROT32, "44", ""},       {RP_MODE_PROT32, "f344", ""},
    };

    (void)state;
    check(cases, sizeof cases / sizeof cases[0]);
}

static void locked_cmpxchg8b_with_a_register_is_f00f(void **state)
{
    static const struct hazard_case cases[] = {
        {RP_MODE_PROT32, "f00fc7c8", "f00f"},   {RP_MODE_PROT32, "f00fc7cf", "f00f"},
        {RP_MODE_LONG64, "f0480fc7c9", "f00f"}, {RP_MODE_PROT32, "66f00fc7cb", "f00f"},
        {RP_MODE_PROT32, "2ef00fc7c8", "f00f"}, {RP_MODE_PROT32, "0fc7c8", ""},
        {RP_MODE_PROT32, "f00fc70b", ""},       {RP_MODE_PROT32, "f00fc7f0", ""},
        {RP_MODE_LONG64, "f0480fc70b", ""},
    };

    (void)state;
    check(cases, sizeof cases / sizeof cases[0]);
}

static void the_hidden_instruction_set_is_one(void **state)
{
    static const struct hazard_case cases[] = {{RP_MODE_PROT32, "0f3f", "altinst"},
                                               {RP_MODE_PROT32, "660f3f", "altinst"},
                                               {RP_MODE_PROT32, "3f", ""}};

    (void)state;
    check(cases, sizeof cases / sizeof cases[0]);
}

static void ports_in_the_encoding_count(void **state)
{
    static const struct hazard_case cases[] = {
        {RP_MODE_PROT32, "e664", "port-64"},   {RP_MODE_PROT32, "e764", "port-64"},
        {RP_MODE_PROT32, "e464", ""},          {RP_MODE_PROT32, "e6b2", "port-b2"},
        {RP_MODE_PROT32, "e680", ""},          {RP_MODE_PROT32, "e6e4", ""},
        {RP_MODE_LONG64, "66e792", "port-92"}, {RP_MODE_PROT32, "e660", ""},
        {RP_MODE_PROT32, "e761", "port-64"}, /* four bytes: 61 to 64 */
        {RP_MODE_PROT16, "e761", ""},        /* two bytes */
        {RP_MODE_PROT16, "66e761", "port-64"}, {RP_MODE_PROT32, "e661", ""},
    };

    (void)state;
    check(cases, sizeof cases / sizeof cases[0]);
}

static void ports_in_dx_count_where_dx_is_known(void **state)
{
    uint16_t reset = 0xcf9, off = 0x604, harmless = 0x80;

    (void)state;
    assert_string_equal(hazard_of(RP_MODE_PROT32, "ee", &reset), "port-cf8");
    assert_string_equal(hazard_of(RP_MODE_PROT32, "66ef", &off), "port-600");
    assert_string_equal(hazard_of(RP_MODE_PROT32, "f36e", &off), "port-600"); /* REP OUTSB */
    assert_string_equal(hazard_of(RP_MODE_PROT32, "ec", &reset), "");         /* IN */
    assert_string_equal(hazard_of(RP_MODE_PROT32, "6c", &reset), "");         /* INSB */
    assert_string_equal(hazard_of(RP_MODE_PROT32, "ee", &harmless), "");
    assert_string_equal(hazard_of(RP_MODE_PROT32, "ee", NULL), "");
    assert_string_equal(hazard_of(RP_MODE_PROT32, "e680", &reset), ""); /* DX does not matter here */
}

static void bytes_that_reach_no_opcode_are_no_hazard(void **state)
{
    const struct rp_hazard *hazard;

    (void)state;
    assert_false(rp_hazard_find(RP_MODE_PROT32, (const uint8_t *)"\xf0\x0f\xc7", 3, NULL, &hazard));
    assert_null(hazard);
    assert_false(rp_hazard_find(RP_MODE_PROT32, (const uint8_t *)"\xe6", 1, NULL, &hazard));
    assert_false(rp_hazard_find(RP_MODE_PROT32, (const uint8_t *)"", 0, NULL, &hazard));
}

/* Otherwise a scan would have to leave forms out. */
static void no_representative_of_a_form_is_a_hazard(void **state)
{
    (void)state;
    for (unsigned m = 0; m < RP_MODE_COUNT; m += 3) {
        struct rp_form_space *space;

        assert_int_equal(rp_form_space_open((enum rp_mode)m, &space, NULL), 0);
        for (size_t i = 0; i < rp_form_space_encodings(space); i++) {
            const struct rp_hazard *hazard;
            struct rp_form form;

            rp_form_space_get(space, i, &form);
            if (!form.undocumented &&
                rp_hazard_find((enum rp_mode)m, form.encoding.bytes, form.encoding.length, NULL, &hazard))
                fail_msg("form %zu of mode %u is %s", i, m, hazard->id);
        }
        rp_form_space_close(space);
    }
}

static void every_rule_says_what_and_whence(void **state)
{
    size_t count;
    const struct rp_hazard *rules = rp_hazards(&count);

    (void)state;
    assert_true(count >= 15);
    for (size_t i = 0; i < count; i++) {
        assert_true(strlen(rules[i].what) > 20);
        assert_true(strlen(rules[i].source) > 10);
        assert_int_equal(rules[i].is_port, rules[i].danger == RP_HAZARD_GUEST);
    }
}

static void refuse(const char *row, const char *complaint)
{
    struct rp_hazard *rules;
    struct rp_error error = {0};
    size_t count;
    char text[512];

    snprintf(text, sizeof text,
             "id\tdanger\tclass\tmap\topcode\tmodrm\tprefixes\taccess\tport\twhat\tsource\n%s\n", row);
    assert_int_equal(rp_hazards_parse("h.tsv", text, strlen(text), &rules, &count, &error), RP_EINPUT);
    assert_string_equal(error.line, complaint);
}

static void bad_rows_name_file_and_line(void **state)
{
    (void)state;
    refuse("a\tcpu\tlegacy\t1\t3f\t-\t-\t-\t-\tw\ts\na\tcpu\tlegacy\t1\t3e\t-\t-\t-\t-\tw\ts",
           "h.tsv:3: the id 'a' is there already");
    refuse("a\tme\tlegacy\t1\t3f\t-\t-\t-\t-\tw\ts", "h.tsv:2: unknown danger 'me': cpu or guest");
    refuse("a\tcpu\tvax\t1\t3f\t-\t-\t-\t-\tw\ts",
           "h.tsv:2: unknown class 'vax': legacy, 3dnow, xop, vex or evex");
    refuse("a\tcpu\tlegacy\t20\t3f\t-\t-\t-\t-\tw\ts",
           "h.tsv:2: bad number or range '20': hex, FIRST-LAST, up to 1f");
    refuse("a\tcpu\tlegacy\t1\t3f-3e\t-\t-\t-\t-\tw\ts",
           "h.tsv:2: bad number or range '3f-3e': hex, FIRST-LAST, up to ff");
    refuse("a\tcpu\tlegacy\t1\tc7\t/8\t-\t-\t-\tw\ts",
           "h.tsv:2: bad ModRM '/8': /0 to /7, with mem or reg behind it, or -");
    refuse("a\tcpu\tlegacy\t1\tc7\t/1 cpu\t-\t-\t-\tw\ts",
           "h.tsv:2: bad ModRM '/1 cpu': /0 to /7, with mem or reg behind it, or -");
    refuse("a\tcpu\tlegacy\t1\tc7\t/1\tlocked\t-\t-\tw\ts",
           "h.tsv:2: unknown prefix word 'locked': lock, rep, redundant or -");
    refuse("a\tguest\t-\t-\t-\t-\t-\tread\t64\tw\ts", "h.tsv:2: unknown access 'read': in, out or any");
    refuse("a\tguest\t-\t-\t-\t-\t-\tout\t10000\tw\ts",
           "h.tsv:2: bad number or range '10000': hex, FIRST-LAST, up to ffff");
    refuse("a\tguest\t-\t-\t-\t-\t-\tout\t64\tw\t", "h.tsv:2: column 11 must have 1 to 119 characters");
}

static void rules_may_ask_for_reads(void **state)
{
    static const char text[] = "id\tdanger\tclass\tmap\topcode\tmodrm\tprefixes\taccess\tport\twhat\tsource\n"
                               "a\tguest\t-\t-\t-\t-\t-\tany\t60-63\tw\ts\n";
    struct rp_hazard *rules;
    size_t count;
    const uint8_t in[] = {0xe4, 0x63}, beyond[] = {0xe4, 0x64};

    (void)state;
    assert_int_equal(rp_hazards_parse("h.tsv", text, sizeof text - 1, &rules, &count, NULL), 0);
    assert_ptr_equal(rp_hazard_match(rules, count, RP_MODE_PROT32, in, 2, NULL), &rules[0]);
    assert_null(rp_hazard_match(rules, count, RP_MODE_PROT32, beyond, 2, NULL));
    free(rules);
}

static void hazards_of_the_cpu_are_found_at_any_byte_and_those_of_ports_are_others(void **state)
{
    size_t count;
    const struct rp_hazard *rules = rp_hazards(&count);

    (void)state;
    for (size_t i = 0; i < hazards_count + 1; i++) {
        const struct hazard *hazard = i < hazards_count ? &hazards[i] : &hazard_of_port;
        uint8_t bytes[2 * RP_ENCODING_MAX] = {0};

        memcpy(bytes + 3, hazard->encoding.bytes, hazard->encoding.length);
        for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
            size_t length = 3u + hazard->encoding.length;
            bool found = rp_hazard_match_inside(rules, count, (enum rp_mode)mode, bytes, 0, length) != NULL;
            if (hazard->modes >> mode & 1 && found == (hazard == &hazard_of_port))
                fail_msg("%s in %s", hazard->what, rp_mode_info((enum rp_mode)mode)->name);
            /* Nor beyond what is asked for. */
            assert_null(rp_hazard_match_inside(rules, count, (enum rp_mode)mode, bytes, 0, 1));
            assert_null(rp_hazard_match_inside(rules, count, (enum rp_mode)mode, bytes, length, length));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(redundant_prefixes_of_rep_movsb_are_reptar),
        cmocka_unit_test(ordinary_string_moves_are_no_hazard),
        cmocka_unit_test(locked_cmpxchg8b_with_a_register_is_f00f),
        cmocka_unit_test(the_hidden_instruction_set_is_one),
        cmocka_unit_test(ports_in_the_encoding_count),
        cmocka_unit_test(ports_in_dx_count_where_dx_is_known),
        cmocka_unit_test(bytes_that_reach_no_opcode_are_no_hazard),
        cmocka_unit_test(no_representative_of_a_form_is_a_hazard),
        cmocka_unit_test(every_rule_says_what_and_whence),
        cmocka_unit_test(bad_rows_name_file_and_line),
        cmocka_unit_test(rules_may_ask_for_reads),
        cmocka_unit_test(hazards_of_the_cpu_are_found_at_any_byte_and_those_of_ports_are_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
