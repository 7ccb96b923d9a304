/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Corpus files: rows reach the reader, and whoever edits facts is told file and line. */
#include "base/text.h"
#include "base/tsv.h"
#include "support/suite.h"

#include <string.h>

static int note_row(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct rp_text *seen = context;
    if (strcmp(row->column[0], "bad") == 0)
        return rp_tsv_complain(row, error, "no such name '%s'", row->column[0]);
    rp_text_add(seen, "%s:%u[%zu]", row->file, row->line, row->count);
    for (size_t i = 0; i < row->count; i++)
        rp_text_add(seen, "<%s>", row->column[i]);
    return RP_OK;
}

/* Parses `text` as t.tsv with two columns; what the callback saw must be `rows`, the error line `complaint`.
 */
static void check(const char *text, const char *rows, const char *complaint)
{
    struct rp_text seen = {0};
    struct rp_error error = {0};
    int result = rp_tsv_parse("t.tsv", text, strlen(text), "name\twhy", note_row, &seen, &error);
    assert_int_equal(result, complaint ? RP_EINPUT : RP_OK);
    assert_string_equal(rp_text_string(&seen), rows);
    assert_string_equal(error.line, complaint ? complaint : "");
    rp_text_free(&seen);
}

static void rows_come_with_their_line_numbers(void **state)
{
    (void)state;
    check("# facts\n\nname\twhy\na\tb\n# more\n\nc\td e\n", "t.tsv:4[2]<a><b>t.tsv:7[2]<c><d e>", NULL);
}

static void empty_columns_and_a_last_line_without_end_are_kept(void **state)
{
    (void)state;
    check("name\twhy\n\t\nx\t", "t.tsv:2[2]<><>t.tsv:3[2]<x><>", NULL);
}

static void complaints_name_file_and_line(void **state)
{
    (void)state;
    check("# c\nname\twhat\na\tb\n", "", "t.tsv:2: the heading is 'name what', expected 'name why'");
    check("name\twhy\na\n", "", "t.tsv:2: 1 columns, expected 2: name why");
    check("name\twhy\na\tb\n\na\tb\tc\n", "t.tsv:2[2]<a><b>", "t.tsv:4: 3 columns, expected 2: name why");
    check("name\twhy\nbad\tb\nnever\tseen\n", "", "t.tsv:2: no such name 'bad'");
    check("", "", "t.tsv:0: no heading; expected 'name why'");
    check("# only a comment\n", "", "t.tsv:1: no heading; expected 'name why'");
}

static void more_columns_than_a_row_holds_are_counted(void **state)
{
    (void)state;
    check("name\twhy\n1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t11\t12\t13\t14\t15\t16\t17\t18\t19\t20\t21\t22\t23\t24\t"
          "25\t26\n",
          "", "t.tsv:2: 26 columns, expected 2: name why");
}

static void a_nul_byte_is_refused(void **state)
{
    (void)state;
    struct rp_error error = {0};
    assert_int_equal(rp_tsv_parse("t.tsv", "name\twhy\na\0b\n", 13, "name\twhy", note_row, NULL, &error),
                     RP_EINPUT);
    assert_non_null(strstr(error.line, "NUL"));
}

static void the_text_need_not_end_in_nul(void **state)
{
    (void)state;
    struct rp_text seen = {0};
    assert_int_equal(rp_tsv_parse("t", "a\n1\nX", 3, "a", note_row, &seen, NULL), RP_OK);
    assert_string_equal(rp_text_string(&seen), "t:2[1]<1>");
    rp_text_free(&seen);
}

static void a_file_that_the_corpus_lacks_is_the_environments_fault(void **state)
{
    (void)state;
    struct rp_error error = {0};
    assert_int_equal(rp_tsv_read("no-such.tsv", "a", note_row, NULL, &error), RP_EENVIRONMENT);
    assert_non_null(strstr(error.line, "'corpus/no-such.tsv'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_with_their_line_numbers),
        cmocka_unit_test(empty_columns_and_a_last_line_without_end_are_kept),
        cmocka_unit_test(complaints_name_file_and_line),
        cmocka_unit_test(more_columns_than_a_row_holds_are_counted),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(the_text_need_not_end_in_nul),
        cmocka_unit_test(a_file_that_the_corpus_lacks_is_the_environments_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
