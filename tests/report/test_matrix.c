/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions against executors: what each says, whether that decides, and why not. */
#include "report/matrix.h"
#include "support/made.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct made made;
static struct rp_matrix matrix;

static const struct rp_shown retired = {.kind = RP_OUTCOME_RETIRED, .length = 1};

/* A verdict of "fake" and "native", which says `other` and decides unless there is a reason. */
static void add(enum rp_mode mode, const char *hex, enum rp_judgement judgement, enum rp_judgement other,
                const char *reason)
{
    struct rp_verdict *v = made_add(&made, mode, hex, judgement);
    made_silicon(v, other, retired);
    v->opinion[1].decides = reason == NULL;
    snprintf(v->opinion[1].limit, sizeof v->opinion[1].limit, "%s", reason ? reason : "");
    rp_matrix_add(&matrix, v);
}

static int make(void **state)
{
    (void)state;
    made_init(&made);
    add(RP_MODE_PROT32, "0f31", RP_VERDICT_HOLE, RP_VERDICT_HOLE, NULL);
    add(RP_MODE_LONG64, "0f31", RP_VERDICT_HOLE, RP_VERDICT_HOLE, NULL);
    add(RP_MODE_PROT32, "660f31", RP_VERDICT_HOLE, RP_VERDICT_UNKNOWN, "cannot push");
    add(RP_MODE_PROT32, "fa", RP_VERDICT_PRIVILEGED, RP_VERDICT_PRIVILEGED, NULL);
    struct rp_verdict *v = made_add(&made, RP_MODE_PROT32, "0f0b", RP_VERDICT_INNOCUOUS);
    v->disagreement = true;
    rp_matrix_add(&matrix, v);
    rp_matrix_sort(&matrix);
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    rp_matrix_free(&matrix);
    made_free(&made);
    return 0;
}

static char *written(bool all)
{
    struct rp_text text = {0};
    struct rp_document document = {.style = {.columns = 200}, .text = &text};
    rp_matrix_write(&matrix, all, 1u << RP_MODE_PROT32 | 1u << RP_MODE_LONG64, &document);
    assert_false(text.failed);
    return text.data;
}

static void encodings_of_which_all_say_the_same_are_one_row(void **state)
{
    (void)state;
    assert_int_equal(matrix.executors, 2);
    assert_int_equal(matrix.rows, 4);
    char *text = written(false);
    assert_non_null(strstr(text, "rdtsc        all     2          hole       hole           hole\n"));
    assert_non_null(strstr(text, "prot32  1          hole       (unknown) [1]  hole\n"));
    assert_non_null(strstr(text, "[1]             native: cannot push\n"));
    free(text);
}

static void text_has_holes_and_disagreements_and_all_where_asked(void **state)
{
    (void)state;
    char *some = written(false), *all = written(true);
    assert_null(strstr(some, "cli"));
    assert_non_null(strstr(some, "-              innocuous, disagreement\n")); /* native did not run it */
    assert_non_null(strstr(all, "cli          prot32  1          privileged  privileged     privileged\n"));
    free(some);
    free(all);
}

static void json_has_every_row_with_reasons(void **state)
{
    (void)state;
    struct rp_text text = {0};
    struct rp_json json;
    rp_json_begin(&json);
    rp_matrix_json(&matrix, "matrix", &json);
    rp_json_end(&json, &text);
    static const char *const parts[] = {
        "{\"instruction\":\"cli\",\"modes\":[\"prot32\"],\"encodings\":1,\"verdict\":\"privileged\","
        "\"disagreement\":false,\"executors\":[{\"name\":\"fake\",\"verdict\":\"privileged\","
        "\"decides\":true,\"reason\":null},",
        /* In brackets: it is one, of two lines. */
        ("{\"name\":\"native\",\"verdict\":\"unknown\",\"decides\":false,"
         "\"reason\":\"native: cannot push\"}]}"),
        "\"disagreement\":true,\"executors\":[{\"name\":\"fake\",",
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strstr(rp_text_string(&text), parts[i]))
            fail_msg("no '%s' in %s", parts[i], rp_text_string(&text));
    rp_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(encodings_of_which_all_say_the_same_are_one_row, make, unmake),
        cmocka_unit_test_setup_teardown(text_has_holes_and_disagreements_and_all_where_asked, make, unmake),
        cmocka_unit_test_setup_teardown(json_has_every_row_with_reasons, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
