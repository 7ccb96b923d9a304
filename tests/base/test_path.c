/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two spellings of one file are one file: what is written to the one would be lost in the other. */
#include "base/path.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct scratch scratch;

static int enter(void **state)
{
    (void)state;
    scratch_init(&scratch);
    return chdir(scratch.folder);
}

static int leave(void **state)
{
    (void)state;
    if (chdir("/"))
        return -1;
    scratch_free(&scratch);
    return 0;
}

static void make(const char *name)
{
    int file = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    close(file);
}

static void files_that_are_there(void **state)
{
    (void)state;
    make("a");
    make("b");
    assert_int_equal(link("a", "hard"), 0);
    assert_int_equal(symlink("a", "soft"), 0);
    assert_true(rp_path_same("a", "./a"));
    assert_true(rp_path_same("a", ".//a"));
    assert_true(rp_path_same("a", "hard"));
    assert_true(rp_path_same("soft", "a"));
    assert_false(rp_path_same("a", "b"));
}

static void files_that_are_not_there_yet(void **state)
{
    (void)state;
    char whole[sizeof scratch.folder + 8];
    assert_int_equal(mkdir("folder", 0700), 0);
    snprintf(whole, sizeof whole, "%s/new", scratch.folder);
    assert_true(rp_path_same("new", "./new"));
    assert_true(rp_path_same("new", whole));
    assert_true(rp_path_same("folder/../new", "new"));
    assert_false(rp_path_same("new", "folder/new"));
    assert_false(rp_path_same("new", "newer"));
    assert_false(rp_path_same("no/new", "none/new"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_are_there),
        cmocka_unit_test(files_that_are_not_there_yet),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
