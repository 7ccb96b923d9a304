/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of AFL++ was taken is not taken again, in this sitting or a later one; what a full set can't remember
 * grows no file, and is not read again and again. */
#include "campaign/fuzz_afl_taken.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <sys/stat.h>
#include <unistd.h>

static const uint64_t full = UINT64_C(23000000);

static void open_taken(struct rp_afl_taken *taken, const char *folder)
{
    struct rp_error error;
    assert_int_equal(rp_afl_taken_open(taken, &error), RP_OK);
    assert_int_equal(rp_afl_taken_read(taken, folder, &error), RP_OK);
}

static void commit(struct rp_afl_taken *taken, const char *folder, off_t bytes)
{
    struct rp_error error;
    struct stat status;
    assert_int_equal(rp_afl_taken_commit(taken, folder, &error), RP_OK);
    assert_int_equal(fstat(taken->descriptor, &status), 0);
    assert_int_equal(status.st_size, bytes);
}

static void each_is_taken_once(void **state)
{
    struct rp_afl_taken taken;
    struct scratch scratch;
    (void)state;
    scratch_init(&scratch);
    const char *folder = scratch_path(&scratch, ".");
    open_taken(&taken, folder);
    assert_true(rp_afl_taken_add(&taken, 1));
    assert_false(rp_afl_taken_add(&taken, 1));
    assert_true(rp_afl_taken_add(&taken, 2));
    commit(&taken, folder, 16);
    assert_true(rp_afl_taken_add(&taken, 3)); /* and is not committed: its writer is killed */
    assert_int_equal(write(taken.descriptor, "half", 4), 4);
    rp_afl_taken_close(&taken);
    open_taken(&taken, folder);
    assert_false(rp_afl_taken_add(&taken, 1));
    assert_false(rp_afl_taken_add(&taken, 2));
    assert_true(rp_afl_taken_add(&taken, 3));
    commit(&taken, folder, 24);
    rp_afl_taken_close(&taken);
    scratch_free(&scratch);
}

static void a_full_set_of_cases_takes_without_writing(void **state)
{
    struct rp_afl_taken taken;
    struct scratch scratch;
    (void)state;
    scratch_init(&scratch);
    const char *folder = scratch_path(&scratch, ".");
    open_taken(&taken, folder);
    assert_true(rp_afl_taken_add(&taken, 1));
    assert_false(rp_afl_taken_is_full(&taken));
    taken.cases->count = full;
    assert_true(rp_afl_taken_is_full(&taken));
    assert_false(rp_afl_taken_add(&taken, 1));
    for (unsigned i = 0; i < 100; i++)
        assert_true(rp_afl_taken_add(&taken, 2));
    commit(&taken, folder, 8);
    commit(&taken, folder, 8);
    rp_afl_taken_close(&taken);
    scratch_free(&scratch);
}

static void a_full_set_of_files_wants_no_more(void **state)
{
    struct rp_afl_taken taken;
    struct rp_error error;
    (void)state;
    assert_int_equal(rp_afl_taken_open(&taken, &error), RP_OK);
    assert_true(rp_afl_taken_wants(&taken, 1));
    rp_afl_taken_has_read(&taken, 1);
    assert_false(rp_afl_taken_wants(&taken, 1));
    assert_true(rp_afl_taken_wants(&taken, 2));
    taken.files->count = full;
    assert_true(rp_afl_taken_is_full(&taken));
    assert_false(rp_afl_taken_wants(&taken, 2));
    rp_afl_taken_close(&taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_is_taken_once),
                                       cmocka_unit_test(a_full_set_of_cases_takes_without_writing),
                                       cmocka_unit_test(a_full_set_of_files_wants_no_more)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
