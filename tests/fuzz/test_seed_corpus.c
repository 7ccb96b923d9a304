/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The seed corpus, replayed: each input ends as its row says, no two show the same, and as files they are
 * what they are as rows. How the rows come about slow_seed_corpus_made shows. */
#include "fuzz/inputs.h"
#include "fuzz/seed_corpus.h"
#include "fuzz/signature.h"
#include "fuzz/with_facts.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 4096

static struct rp_fuzz_input inputs[ROWS_MAX];
static char ends[ROWS_MAX][2][24];
static uint64_t signatures[ROWS_MAX];
static size_t rows, wrong;

static int take(void *context, const struct rp_fuzz_input *input, const char *ring0, const char *ring3,
                struct rp_error *error)
{
    (void)context, (void)error;
    assert_in_range(rows, 0, ROWS_MAX - 1);
    snprintf(ends[rows][0], sizeof ends[0][0], "%s", ring0);
    snprintf(ends[rows][1], sizeof ends[0][1], "%s", ring3);
    inputs[rows++] = *input;
    return RP_OK;
}

static int read_corpus(void **state)
{
    struct rp_error error = {0};
    int result = open_facts(state);
    if (result == RP_OK)
        result = rp_fuzz_seed_corpus_read(facts, take, NULL, &error);
    if (error.line[0])
        print_error("%s\n", error.line);
    return result;
}

static void compare(void *context, size_t number, const struct seen *seen)
{
    (void)context;
    signatures[number] = seen->signature;
    for (unsigned ring = 0; ring < 2; ring++) {
        if (strcmp(seen->ring[ring], ends[number][ring]) == 0)
            continue;
        wrong++;
        print_error("row %zu, ring %u: '%s', not '%s'\n", number + 1, ring ? 3 : 0, seen->ring[ring],
                    ends[number][ring]);
    }
}

static int by_value(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(uint64_t));
}

static void each_ends_as_its_row_says_and_shows_something_of_its_own(void **state)
{
    struct rp_error error = {0};
    (void)state;
    assert_in_range(rows, 200, 1000); /* small enough to be calibrated in seconds */
    assert_int_equal(signature_run(facts, inputs, rows, 2, compare, NULL, &error), RP_OK);
    assert_int_equal(wrong, 0);
    qsort(signatures, rows, sizeof signatures[0], by_value);
    for (size_t i = 1; i < rows; i++)
        assert_true(signatures[i] != signatures[i - 1]);
}

static int compare_input(void *context, const struct rp_fuzz_input *input, struct rp_error *error)
{
    size_t *number = context;
    (void)error;
    assert_memory_equal(input, &inputs[(*number)++], sizeof *input);
    return RP_OK;
}

static void as_files_they_are_the_same(void **state)
{
    struct scratch scratch;
    struct rp_error error = {0};
    struct rp_fuzz_damage damage;
    struct dirent **entry;
    unsigned count;
    size_t number = 0;
    (void)state;
    scratch_init(&scratch);
    char *folder = strdup(scratch_path(&scratch, "seeds"));
    assert_int_equal(rp_fuzz_seed_corpus_write(facts, folder, &count, &error), RP_OK);
    assert_int_equal(count, rows);
    int entries = scandir(folder, &entry, NULL, alphasort);
    for (int i = 0; i < entries; i++) {
        char name[600];
        struct rp_text text = {0};
        snprintf(name, sizeof name, "%s/%s", folder, entry[i]->d_name);
        if (entry[i]->d_name[0] != '.') {
            assert_int_equal(rp_text_read(&text, name, &error), RP_OK);
            assert_int_equal(rp_fuzz_inputs_read(facts, (const uint8_t *)text.data, text.length,
                                                 compare_input, &number, &damage, &error),
                             RP_OK);
            assert_int_equal(damage.bytes, 0);
        }
        rp_text_free(&text);
        free(entry[i]);
    }
    free(entry);
    assert_int_equal(number, rows);
    assert_int_equal(rp_fuzz_seed_corpus_write(facts, folder, &count, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "is not empty"));
    free(folder);
    scratch_free(&scratch);
}

/* What is damaged is passed over, to the next that is whole. */
static void a_damaged_one_costs_itself_alone(void **state)
{
    uint8_t bytes[5 * RP_FUZZ_INPUT_BYTES_MAX];
    size_t length = 0, second = 0, number = 0;
    struct rp_fuzz_damage damage;
    struct rp_error error = {0};
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        if (i == 1)
            second = length;
        length += rp_fuzz_input_write(facts, &inputs[i > 0 ? i - 1 : 0], bytes + length);
    }
    bytes[second + 8] ^= 1; /* a second of the first: what is left are the inputs 0, 1, 2, 3 */
    assert_int_equal(rp_fuzz_inputs_read(facts, bytes, length, compare_input, &number, &damage, &error),
                     RP_OK);
    assert_int_equal(number, 4);
    assert_int_equal(damage.first, second);
    assert_non_null(strstr(damage.why, "checksum"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_ends_as_its_row_says_and_shows_something_of_its_own),
        cmocka_unit_test(as_files_they_are_the_same),
        cmocka_unit_test(a_damaged_one_costs_itself_alone),
    };
    return cmocka_run_group_tests(tests, read_corpus, close_facts);
}
