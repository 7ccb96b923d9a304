/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The catalogue that is built in is sound, and a wrong field of one that is not is named with file, line and
 * mend. */
#include "errata/affected.h"
#include "errata/built_in.h"
#include "errata/catalogue.h"
#include "support/suite.h"
#include "x86/hazards.h"

#include <stdio.h>
#include <string.h>

static void it_has_as_many_entries_as_were_promised(void **state)
{
    size_t variants = 0, vendors[3] = {0};
    (void)state;
    for (size_t i = 0; i < catalogue.count; i++) {
        variants += catalogue.entry[i].kind == RP_ERRATUM_VARIANT;
        vendors[0] += catalogue.entry[i].vendors && rp_erratum_vendor_is(&catalogue.entry[i], "GenuineIntel");
        vendors[1] += catalogue.entry[i].vendors && rp_erratum_vendor_is(&catalogue.entry[i], "AuthenticAMD");
        vendors[2] += catalogue.entry[i].vendors && rp_erratum_vendor_is(&catalogue.entry[i], "CentaurHauls");
    }
    assert_in_range(catalogue.count - variants, 45, 1000);
    assert_in_range(variants, 20, 1000);
    for (unsigned i = 0; i < 3; i++)
        assert_true(vendors[i] > 0);
}

/* What may be run is safe, and what is not safe has no outcome that anybody could look for. */
static void nothing_dangerous_is_run(void **state)
{
    (void)state;
    for (size_t i = 0; i < catalogue.count; i++) {
        const struct rp_erratum *e = &catalogue.entry[i];
        bool runs = e->good.text || e->bad.text || e->variants;
        if (runs && e->danger != RP_DANGER_SAFE && (e->danger != RP_DANGER_NEEDS_KERNEL || e->ring != 0))
            fail_msg("%s is %s and has an outcome", e->id, rp_danger_name(e->danger));
    }
}

static void each_entry_is_found_by_its_id_and_by_each_of_its_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < catalogue.count; i++) {
        const struct rp_erratum *e = &catalogue.entry[i];
        assert_ptr_equal(rp_catalogue_find(&catalogue, e->id), e);
        assert_true(rp_erratum_is_named(e, e->id));
        for (const char *at = e->names; *at; at += strspn(at, "; ")) {
            char name[200];
            size_t length = strcspn(at, ";");
            snprintf(name, sizeof name, "%.*s", (int)length, at);
            if (!rp_erratum_is_named(e, name))
                fail_msg("%s is not found as '%s'", e->id, name);
            at += length;
        }
    }
    assert_null(rp_catalogue_find(&catalogue, "no such thing"));
    assert_string_equal(rp_catalogue_find(&catalogue, "cve-2023-20593")->id, "amd-zenbleed");
}

static void the_known_hazards_of_the_sandbox_are_no_safe_entries(void **state)
{
    static const char *const names[] = {"F00F", "Reptar", "ALTINST", "coma", "Zenbleed", "FP-DSS", "DIV0"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct rp_erratum *e = rp_catalogue_find(&catalogue, names[i]);
        assert_non_null(e);
        assert_int_not_equal(e->danger, RP_DANGER_SAFE);
        assert_null(e->good.text);
    }
}

#define HEAD                                                                                                 \
    "[x]\n"                                                                                                  \
    "kind: erratum\n"                                                                                        \
    "names: x\n"                                                                                             \
    "danger: safe\n"                                                                                         \
    "fix: none\n"                                                                                            \
    "what: x\n"                                                                                              \
    "source: x\n"                                                                                            \
    "vendor: amd\n"
#define WHOLE  HEAD "affects: 17-01\n"
#define RUNS   WHOLE "modes: long64\ncode: 90\ngood: retired\nbad: #UD\n"
#define VARIES "[v]\nkind: variant\nnames: v\ndanger: safe\nwhat: x\nsource: x\nmodes: long64\ncode: 90\n"

/* A text and the line and words that its complaint has; "" where it is right. */
static const struct {
    const char *text, *place, *says;
} cases[] = {
    {WHOLE, "", ""},
    {RUNS, "", ""},
    {VARIES "variant: intel -> retired\nvariant: amd:17.. none -> #UD rax=1\n", "", ""},
    {RUNS "state: rax=1,\n  rbx=2\nrate: 0.5\nconfidence: 0.9\nidle: any\n", "", ""},
    {"kind: erratum\n", ":1:", "[id]"},
    {"[X]\n", ":1:", "a-z"},
    {"[x\n", ":1:", "[id]"},
    {WHOLE WHOLE, ":10:", "another entry"},
    {"[x]\n", ":1:", "'kind:'"},
    {HEAD, ":1:", "'affects:'"},
    {WHOLE "colour: red\n", ":10:", "README.md"},
    {WHOLE "fix: none\n", ":10:", "twice"},
    {WHOLE "needs:\n", ":10:", "empty"},
    {WHOLE "no colon\n", ":10:", "key: value"},
    {WHOLE "needs: a\tb\n", ":10:", "tab"},
    {WHOLE "needs: a \n", ":10:", "blank at the end"},
    {"  x\n", ":1:", "go on"},
    {"[x]\nkind: bug\n", ":2:", "erratum, leak or variant"},
    {"[x]\ndanger: deadly\n", ":2:", "may-hang"},
    {"[x]\nvendor: acme\n", ":2:", "intel"},
    {HEAD "affects: 17\n", ":9:", "FAMILY-MODEL"},
    {HEAD "affects: 17-40..30\n", ":9:", "17-40..30"},
    {HEAD "affects: 17-1-10\n", ":9:", "FAMILY-MODEL"},
    {HEAD "affects: 17-1-1-1\n", ":9:", "FAMILY-MODEL"},
    {HEAD "affects: 17-1@0\n", ":9:", "REVISION"},
    {HEAD "affects: 17-1, 18-x\n", ":9:", "'18-x'"},
    {WHOLE "modes: long65\n", ":10:", "long64"},
    {WHOLE "ring: 1\n", ":10:", "0 or 3"},
    {WHOLE "code: 9\n", ":10:", "15 bytes"},
    {WHOLE "code: 90909090909090909090909090909090\n", ":10:", "15 bytes"},
    {WHOLE "modes: long64\nstate: rax=1\nstate: rax=2\n", ":12:", "twice"},
    {RUNS "state: raxx=1\n", ":14:", "raxx"},
    {RUNS "state: rax=g\n", ":14:", "hex"},
    {RUNS "machine: cr9.x=1\n", ":14:", "cr9.x"},
    {RUNS "rate: 0\n", ":14:", "above 0"},
    {RUNS "rate: 1.5\n", ":14:", "up to 1"},
    {RUNS "confidence: 1\n", ":14:", "0.999"},
    {RUNS "confidence: high\n", ":14:", "number"},
    {RUNS "only: me\n", ":14:", "vendor"},
    {RUNS "steps: some\n", ":14:", "alike"},
    {RUNS "linux-by: six\n", ":14:", "4.1"},
    {RUNS "linux: ../passwd\n", ":14:", "vulnerabilities"},
    {RUNS "variant: amd -> retired\n", ":1:", "may have no line 'variant:'"},
    {WHOLE "rate: 0.5\n", ":1:", "may have no line 'rate:'"},
    {WHOLE "modes: long64\ncode: 90\ngood: retired\n", ":1:", "'bad:'"},
    {WHOLE "good: retired\nbad: #UD\n", ":1:", "'modes:'"},
    {WHOLE "good: fine\n", ":10:", "retired, any"},
    {WHOLE "good: retired rax\n", ":10:", "NAME=HEX"},
    {WHOLE "good: retired raxx=1\n", ":10:", "register"},
    {WHOLE "good: retired rax=xyz\n", ":10:", "hex"},
    {WHOLE "good: retired rax&1=2\n", ":10:", "mask"},
    {WHOLE "good: retired rax&q=2\n", ":10:", "mask"},
    {WHOLE "good: #XX\n", ":10:", "vector"},
    {WHOLE "modes: long64\ncode: f00fc7c8\ngood: #UD\nbad: retired\n", ":11:", "f00f"},
    {WHOLE "modes: long64\ncode: 90 f344a4\ngood: retired\nbad: #UD\n", ":11:", "reptar"},
    {WHOLE "modes: long64\ncode: 9048ffc0ebfb 90\ngood: retired\nbad: #UD\n", ":11:", "instruction of 1"},
    {WHOLE "modes: long64 compat32\ncode: 488bc0\ngood: retired\nbad: #UD\n", ":11:", "compat32"},
    {WHOLE "modes: long64\ncode: b8 ebfb\ngood: retired\nbad: #UD\n", ":11:", "instruction of 5"},
    {VARIES "variant: amd -> retired\n", ":1:", "two lines"},
    {VARIES "variant: amd retired\n", ":9:", "->"},
    {VARIES "variant: acme -> retired\n", ":9:", "vendor"},
    {VARIES "variant: amd:x -> retired\n", ":9:", "families"},
    {VARIES "variant: amd -> retired\nvariant: intel -> #UD\ngood: retired\n",
     ":1:", "may have no line 'good:'"},
};

static void a_wrong_field_is_named_with_file_line_and_mend(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rp_catalogue made = {0};
        struct rp_error error = {0};
        int result = rp_catalogue_parse("file", cases[i].text, strlen(cases[i].text), &made, &error);
        bool named = strncmp(error.line, "file", 4) == 0 &&
                     strncmp(error.line + 4, cases[i].place, strlen(cases[i].place)) == 0 &&
                     strstr(error.line, cases[i].says);
        if ((result == RP_OK) != (*cases[i].place == '\0') || (result && !named))
            fail_msg("case %zu: %d '%s', wanted '%s' and '%s'", i, result, error.line, cases[i].place,
                     cases[i].says);
        rp_catalogue_free(&made);
    }
}

/* A danger is no matter of where outcomes are written down. */
static void a_dangerous_entry_can_have_no_outcome(void **state)
{
    static const char *const dangers[] = {"may-hang", "may-crash", "leaks"};
    (void)state;
    for (size_t i = 0; i < sizeof dangers / sizeof dangers[0]; i++) {
        char text[600];
        struct rp_catalogue made = {0};
        struct rp_error error = {0};
        snprintf(
            text, sizeof text,
            "[x]\nkind: leak\nnames: x\ndanger: %s\nfix: x\nwhat: x\nsource: x\nvendor: amd\naffects: 17-*\n"
            "modes: long64\ncode: 90\ngood: retired\nbad: #UD\n",
            dangers[i]);
        assert_int_equal(rp_catalogue_parse("file", text, strlen(text), &made, &error), RP_EINPUT);
        assert_non_null(strstr(error.line, "never run"));
        rp_catalogue_free(&made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_as_many_entries_as_were_promised),
        cmocka_unit_test(nothing_dangerous_is_run),
        cmocka_unit_test(each_entry_is_found_by_its_id_and_by_each_of_its_names),
        cmocka_unit_test(the_known_hazards_of_the_sandbox_are_no_safe_entries),
        cmocka_unit_test(a_wrong_field_is_named_with_file_line_and_mend),
        cmocka_unit_test(a_dangerous_entry_can_have_no_outcome),
    };
    return cmocka_run_group_tests(tests, load_catalogue, unload_catalogue);
}
