/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every format of the table, fed with hostile names, reasons and machines: nothing in them may act on the
 * reader. */
#include "base/json.h"
#include "support/made.h"
#include "support/suite.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOSTILE "\33]0;x\7<b>`|*_\n\xff\xc2\x9b[1m"
/* Where there is room for more: characters that turn the text around, that XML forbids, surrogates and
 * overlong forms; what ends a tag, an attribute, a CDATA section or a script; links, names, formulas,
 * entities. */
#define MORE                                                                                                 \
    "\xe2\x80\xae\xe2\x80\xa8\xef\xbf\xbe\xed\xa0\x80\xc0\xaf\x7f]]>\"'--></script><script>alert(1)</"       \
    "script>"                                                                                                \
    " @all http:/"                                                                                           \
    "/e.x www.e.x [a](b) {0} &lt; =1+1"

static struct made made;
static struct rp_detail detail;

static int make(void **state)
{
    (void)state;
    made_init(&made);
    made.results.configuration.cpu = "Evil " HOSTILE " CPU";
    made.results.configuration.executors = "fake " HOSTILE;
    made.results.configuration.kernel = HOSTILE MORE;
    made.results.configuration.command = MORE;
    made.results.configuration.date = MORE;
    struct rp_verdict *v = made_add(&made, RP_MODE_PROT32, "0f0103", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_GDTR_BASE, RP_ANSWER_HOLE, RP_ANSWER_HOLE);
    v->mnemonic[0] = 's'; /* not one of Robin and Irvine's, whose names come from the corpus */
    snprintf(v->mnemonic, sizeof v->mnemonic, "%s", HOSTILE);
    snprintf(v->name, sizeof v->name, "%s", HOSTILE);
    free(v->replay);
    v->replay = strdup("rp1:" HOSTILE);
    snprintf(v->opinion[0].executor, sizeof v->opinion[0].executor, "%s", HOSTILE);
    v->opinion[0].decides = false;
    snprintf(v->opinion[0].limit, sizeof v->opinion[0].limit, "%s", HOSTILE);
    made_silicon(v, RP_VERDICT_HOLE, v->opinion[0].ring[1]);
    snprintf(v->opinion[1].executor, sizeof v->opinion[1].executor, "%s", HOSTILE);
    for (unsigned i = 0; i < 2; i++) {
        made_divergence(v, i ? RP_REG_RAX : RP_CELL_OUTCOME, 1, i ? HOSTILE : "");
        struct rp_divergence *d = &v->divergence[i];
        snprintf(d->executor[i], sizeof d->executor[i], "%s", HOSTILE);
        free(d->replay);
        d->replay = strdup("rp1:" HOSTILE);
    }
    v = made_add(&made, RP_MODE_PROT32, "cd80", RP_VERDICT_UNKNOWN);
    snprintf(v->name, sizeof v->name, "%s", HOSTILE);
    snprintf(v->unknown_reason, sizeof v->unknown_reason, "%s", MORE);
    v = made_add(&made, RP_MODE_PROT32, "fa", RP_VERDICT_PRIVILEGED);
    snprintf(v->name, sizeof v->name, "%s", HOSTILE);
    memset(&detail, 0, sizeof detail);
    snprintf(detail.user, sizeof detail.user, "%s", HOSTILE);
    detail.run[0].present = true;
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    made_free(&made);
    return 0;
}

/* No control character but line feeds (and tabs between columns), and nothing that is no UTF-8. */
static void assert_no_controls(const char *text, bool columns)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        assert_true(*c >= 0x20 || *c == '\n' || (columns && *c == '\t'));
        assert_int_not_equal(*c, 0x7f);
        assert_int_not_equal(*c, 0xff);
    }
    static const char *const forbidden[] = {"\xe2\x80\xae", "\xe2\x80\xa8", "\xef\xbf\xbe", "\xed\xa0\x80",
                                            "\xc0\xaf"};
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        assert_null(strstr(text, forbidden[i]));
}

static const char *line_at(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n')
        at--;
    return at;
}

/* Outside of code, no markup of ours or theirs is open: no raw tag, no unescaped pipe, star or back-quote of
 * the hostile string. */
static void assert_no_markup(const char *text)
{
    for (const char *at = text; (at = strstr(at, "0;x?")) != NULL; at++) {
        bool code = strncmp(line_at(text, at), "    ", 4) == 0 ||
                    (at >= text + 6 && strncmp(at - 6, "rp1:?]", 6) == 0);
        if (!code)
            assert_memory_equal(at + 4, "&lt;b&gt;\\`\\|\\*\\_?", 17);
    }
    static const char *const live[] = {"<script", "@all", "http:/", "www.", "[a](", "&lt; "};
    for (size_t i = 0; i < sizeof live / sizeof live[0]; i++)
        for (const char *at = text; (at = strstr(at, live[i])) != NULL; at++)
            if (strncmp(line_at(text, at), "    ", 4) != 0) {
                print_error("'%s' is there: %.80s\n", live[i], at);
                fail();
            }
}

static char *probe_in(const struct rp_format *format, size_t number)
{
    const struct rp_style style = {.columns = 100};
    struct rp_text text = {0};
    format->probe(&made.verdict[number], &detail, &style, &text);
    assert_false(text.failed);
    return text.data;
}

static void every_format_makes_hostile_content_inert(void **state)
{
    (void)state;
    for (size_t i = 0; i < rp_format_count; i++) {
        char *report = made_report(&made, rp_formats[i].name, 100);
        assert_no_controls(report, strcmp(rp_formats[i].name, "canonical") == 0);
        assert_null(strstr(report, "\xc2\x9b"));
        if (strcmp(rp_formats[i].name, "markdown") == 0)
            assert_no_markup(report);
        free(report);
        for (size_t number = 0; number < made.results.count && rp_formats[i].probe; number++) {
            char *probe = probe_in(&rp_formats[i], number);
            assert_no_controls(probe, false);
            assert_null(strstr(probe, "\xc2\x9b"));
            if (strcmp(rp_formats[i].name, "markdown") == 0)
                assert_no_markup(probe);
            free(probe);
        }
    }
}

static void json_stays_json_and_keeps_what_was_said(void **state)
{
    (void)state;
    char *report = made_report(&made, "json", 0);
    json_t *document = json_loads(report, 0, NULL);
    assert_non_null(document);
    assert_string_equal(json_string_value(json_object_get(document, "schema")), "ringprobe.report/1");
    json_t *configuration = json_object_get(document, "configuration");
    assert_non_null(strstr(json_string_value(json_object_get(configuration, "cpu")), "<b>`|*_\n"));
    assert_int_equal(json_array_size(json_object_get(document, "verdicts")), 2);
    json_decref(document);
    free(report);
}

static void formats_are_found_by_name_and_by_extension(void **state)
{
    (void)state;
    for (size_t i = 0; i < rp_format_count; i++) {
        char path[64];
        snprintf(path, sizeof path, "some.where/report%s", rp_formats[i].extension);
        assert_ptr_equal(rp_format_of_path(path), &rp_formats[i]);
        assert_ptr_equal(rp_format_find(rp_formats[i].name), &rp_formats[i]);
    }
    assert_null(rp_format_of_path("report"));
    assert_null(rp_format_of_path(".md"));
    assert_null(rp_format_find("Text"));
}

static void colours_are_there_only_when_asked_for(void **state)
{
    (void)state;
    const struct rp_style colour = {.colour = true, .columns = 100};
    struct rp_text text = {0};
    rp_formats[0].probe(&made.verdict[0], NULL, &colour, &text);
    assert_non_null(strstr(rp_text_string(&text), "\33[1;31mHOLE\33[0m"));
    rp_text_free(&text);
    rp_formats[0].report(&made.results, &colour, &text);
    assert_non_null(strstr(rp_text_string(&text), "\33[1;31m"));
    assert_null(strstr(rp_text_string(&text), "\33]"));
    rp_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_format_makes_hostile_content_inert, make, unmake),
        cmocka_unit_test_setup_teardown(json_stays_json_and_keeps_what_was_said, make, unmake),
        cmocka_unit_test_setup_teardown(colours_are_there_only_when_asked_for, make, unmake),
        cmocka_unit_test(formats_are_found_by_name_and_by_extension),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
