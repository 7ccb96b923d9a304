/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The embedded corpus is the one on disk, each file of it, byte for byte. */
#include "base/corpus.h"
#include "support/suite.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char root[4096];
static size_t on_disk;

static int compare_file(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)place;
    if (kind != FTW_F)
        return 0;
    const struct rp_corpus_file *file = rp_corpus_find(path + strlen(root) + 1);
    assert_non_null(file);
    assert_int_equal(file->length, status->st_size);
    assert_int_equal(file->text[file->length], 0);
    char *content = malloc(file->length + 1);
    FILE *stream = fopen(path, "re");
    assert_true(content && stream);
    assert_int_equal(fread(content, 1, file->length + 1, stream), file->length);
    assert_memory_equal(content, file->text, file->length);
    fclose(stream);
    free(content);
    on_disk++;
    return 0;
}

static void every_file_is_embedded_as_it_is(void **state)
{
    (void)state;
    const char *source = getenv("RP_SOURCE");
    if (!source) {
        print_message("RP_SOURCE is not set; ctest sets it\n");
        skip();
    }
    snprintf(root, sizeof root, "%s/corpus", source);
    nftw(root, compare_file, 8, FTW_PHYS); /* a tree without corpus/ embeds nothing */
    size_t embedded = 0;
    while (rp_corpus_at(embedded))
        embedded++;
    assert_int_equal(embedded, on_disk);
}

static void files_come_in_the_order_of_their_names(void **state)
{
    (void)state;
    for (size_t i = 1; rp_corpus_at(i); i++)
        assert_true(strcmp(rp_corpus_at(i - 1)->name, rp_corpus_at(i)->name) < 0);
}

static void an_unknown_name_finds_nothing(void **state)
{
    (void)state;
    assert_null(rp_corpus_find("no-such.tsv"));
    assert_null(rp_corpus_find(""));
}

static void the_version_is_16_hex_digits(void **state)
{
    (void)state;
    char version[RP_CORPUS_VERSION_SIZE], again[RP_CORPUS_VERSION_SIZE];
    assert_ptr_equal(rp_corpus_version(version), version);
    assert_int_equal(strspn(version, "0123456789abcdef"), 16);
    assert_int_equal(strlen(version), 16);
    assert_string_equal(rp_corpus_version(again), version);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_embedded_as_it_is),
        cmocka_unit_test(files_come_in_the_order_of_their_names),
        cmocka_unit_test(an_unknown_name_finds_nothing),
        cmocka_unit_test(the_version_is_16_hex_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
