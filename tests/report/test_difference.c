/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between two campaigns: nothing between one and itself, each part of a verdict's class by its
 * name, findings by their ids, settings first and without being news. */
#include "report/difference.h"
#include "support/made.h"
#include "support/suite.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    struct made old, new;
    struct rp_differences differences;
};

static void fill(struct made *made)
{
    made_init(made);
    made_add(made, RP_MODE_LONG64, "90", RP_VERDICT_INNOCUOUS);
    struct rp_verdict *v = made_add(made, RP_MODE_LONG64, "0f0103", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_GDTR_BASE, RP_ANSWER_HOLE, RP_ANSWER_PRIVILEGED);
    v->closer[0] =
        (struct rp_closer){{RP_RESOURCE_CR4_UMIP, RP_RESOURCE_NONE}, {1, 0}, .all = true, .showed = 1};
    v->closers = 1;
    made_add(made, RP_MODE_PROT32, "fa", RP_VERDICT_PRIVILEGED);
    made->results.mode[RP_MODE_LONG64].scanned = made->results.mode[RP_MODE_PROT32].scanned = true;
}

static int setup(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);
    assert_non_null(pair);
    fill(&pair->old);
    fill(&pair->new);
    *state = pair;
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;
    rp_differences_free(&pair->differences);
    made_free(&pair->old);
    made_free(&pair->new);
    free(pair);
    return 0;
}

static const struct rp_differences *compare(struct pair *pair)
{
    rp_differences_free(&pair->differences);
    assert_int_equal(rp_differences_make(&pair->old.results, &pair->new.results, &pair->differences, NULL),
                     RP_OK);
    return &pair->differences;
}

/* Line `number` as an object, which the caller lets go of. */
static json_t *line_of(const struct rp_differences *d, size_t number)
{
    struct rp_text text = {0};
    rp_differences_line(d, number, &text);
    assert_non_null(text.data);
    json_t *object = json_loads(text.data, 0, NULL);
    assert_non_null(object);
    assert_string_equal(json_string_value(json_object_get(object, "schema")), "ringprobe.difference/1");
    rp_text_free(&text);
    return object;
}

static void assert_string(const json_t *object, const char *key, const char *expected)
{
    assert_string_equal(json_string_value(json_object_get(object, key)), expected);
}

/* The compact value of a key. */
static void assert_value(const json_t *object, const char *key, const char *expected)
{
    char *text = json_dumps(json_object_get(object, key), JSON_COMPACT | JSON_ENCODE_ANY);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_report_says(const struct rp_differences *d, const char *words)
{
    const struct rp_style style = {.columns = 160};
    struct rp_text text = {0};
    rp_differences_report(d, false, &style, &text);
    if (!strcasestr(rp_text_string(&text), words)) /* headings are in capitals */
        fail_msg("no '%s' in: %s", words, rp_text_string(&text));
    rp_text_free(&text);
}

static void a_campaign_does_not_differ_from_itself(void **state)
{
    struct pair *pair = *state;
    pair->new.verdict[1].runs++; /* no part of a class */
    pair->new.verdict[1].closer[0].showed = 2;
    const struct rp_differences *d = compare(pair);
    assert_false(rp_differences_any(d));
    assert_int_equal(rp_differences_lines(d), 0);
    assert_report_says(d, "Encodings that changed: 0");
}

static void settings_come_first_and_are_no_news(void **state)
{
    struct pair *pair = *state;
    pair->new.results.configuration.cpu = "another CPU";
    pair->new.results.configuration.date = "2027-01-01T00:00:00Z";
    const struct rp_differences *d = compare(pair);
    assert_false(rp_differences_any(d));
    assert_int_equal(rp_differences_lines(d), 1);
    json_t *line = line_of(d, 0);
    assert_string(line, "what", "configuration");
    assert_string(line, "name", "CPU");
    assert_string(line, "old", "a CPU");
    assert_string(line, "new", "another CPU");
    json_decref(line);
    assert_report_says(d, "another CPU");
}

static void each_part_of_a_class_is_named(void **state)
{
    struct pair *pair = *state;
    struct rp_verdict *v = &pair->new.verdict[1];
    const struct rp_verdict was = *v;
#define CHANGES(change, expected, words)                                                                     \
    change;                                                                                                  \
    {                                                                                                        \
        const struct rp_differences *d = compare(pair);                                                      \
        assert_int_equal(d->encodings, 1);                                                                   \
        json_t *line = line_of(d, rp_differences_lines(d) - 1);                                              \
        assert_string(line, "what", "encoding");                                                             \
        assert_string(line, "change", "changed");                                                            \
        assert_string(line, "encoding", "0f0103");                                                           \
        assert_value(line, "differs", expected);                                                             \
        json_decref(line);                                                                                   \
        assert_report_says(d, words);                                                                        \
    }                                                                                                        \
    *v = was
    CHANGES(v->judgement = RP_VERDICT_PRIVILEGED, "[\"verdict\"]", "hole -> privileged");
    CHANGES(v->sensitivity |= RP_SENSITIVE_MODE, "[\"sensitivity\"]", "kinds resource -> mode, resource");
    CHANGES(rp_resource_set_add(&v->resources, RP_RESOURCE_CR0_TS), "[\"resources\"]", "resources ");
    CHANGES(v->closers = 0, "[\"closed_by\"]", "closed by cr4.umip=1 (both rings) -> nothing");
    CHANGES(v->closer[0].value[0] = 0, "[\"closed_by\"]", "-> cr4.umip=0");
    CHANGES(v->closer[0].all = false, "[\"closed_by\"]", "(both rings) -> cr4.umip=1");
    CHANGES(v->by_policy[RP_POLICY_HARDENED] = RP_ANSWER_HOLE, "[\"by_policy\"]", "hardened=hole");
#undef CHANGES
}

static void findings_appear_and_vanish_by_their_ids(void **state)
{
    struct pair *pair = *state;
    struct rp_verdict *v = &pair->new.verdict[1];
    v->judgement = RP_VERDICT_UNKNOWN;
    v = made_add(&pair->new, RP_MODE_PROT32, "9c", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_RFLAGS_IF, RP_ANSWER_HOLE, RP_ANSWER_HOLE);
    const struct rp_differences *d = compare(pair);
    assert_true(rp_differences_any(d));
    assert_int_equal(d->findings, 2);
    unsigned appeared = 0;
    for (size_t i = 0; i < 2; i++) {
        json_t *line = line_of(d, i);
        bool new = d->finding[i].appeared;
        assert_string(line, "what", "finding");
        assert_string(line, "change", new ? "appeared" : "vanished");
        assert_string(line, "example", new ? "9c" : "0f0103");
        assert_string(json_object_get(line, new ? "new" : "old"), "verdict", "hole");
        appeared += new;
        json_decref(line);
    }
    assert_int_equal(appeared, 1);
    assert_report_says(d, "Holes that appeared: 1");
    assert_report_says(d, "Holes that vanished: 1");
    /* another encoding of an id that is there is no new finding */
    pair->new.verdict[1].judgement = RP_VERDICT_HOLE;
    pair->old.results.mode[RP_MODE_PROT32].scanned = false;
    v = made_add(&pair->new, RP_MODE_LONG64, "0f0107", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_GDTR_BASE, RP_ANSWER_HOLE, RP_ANSWER_PRIVILEGED);
    d = compare(pair);
    assert_int_equal(d->findings, 0);
    assert_int_equal(d->encodings, 1);
    json_t *line = line_of(d, 0);
    assert_string(line, "change", "appeared");
    assert_value(line, "old", "null");
    json_decref(line);
    assert_report_says(d, "hole in NEW alone");
}

/* Modes that only one has judged are no difference of verdicts. */
static void only_common_modes_are_compared(void **state)
{
    struct pair *pair = *state;
    pair->new.results.mode[RP_MODE_PROT32].scanned = false;
    pair->new.results.count--;
    const struct rp_differences *d = compare(pair);
    assert_false(rp_differences_any(d));
    assert_report_says(d, "Modes that both have: long64.");
    pair->new.results.count++; /* it is freed with the others */
}

static void campaigns_of_two_policies_are_refused(void **state)
{
    struct pair *pair = *state;
    struct rp_error error = {0};
    pair->new.results.configuration.policy = RP_POLICY_HARDENED;
    assert_int_equal(rp_differences_make(&pair->old.results, &pair->new.results, &pair->differences, &error),
                     RP_EINPUT);
    assert_non_null(strstr(error.line, "policy legacy cannot be compared with one of hardened"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_campaign_does_not_differ_from_itself), TEST(settings_come_first_and_are_no_news),
        TEST(each_part_of_a_class_is_named),          TEST(findings_appear_and_vanish_by_their_ids),
        TEST(only_common_modes_are_compared),         TEST(campaigns_of_two_policies_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
