/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text and its publication: whole files or none, and a reader who leaves is no error. */
#include "base/text.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct scratch scratch;

static int make_scratch(void **state)
{
    (void)state;
    scratch_init(&scratch);
    return 0;
}

static int remove_scratch(void **state)
{
    (void)state;
    scratch_free(&scratch);
    return 0;
}

static struct rp_text text_of(const char *content)
{
    struct rp_text text = {0};
    rp_text_add(&text, "%s", content);
    return text;
}

static int publish(const char *content, const char *path, struct rp_error *error)
{
    struct rp_text text = text_of(content);
    int result = rp_text_publish(&text, path, error);
    rp_text_free(&text);
    return result;
}

static void assert_content(const char *path, const char *expected)
{
    char *content = scratch_read(path);
    assert_string_equal(content, expected);
    free(content);
}

static void pieces_of_any_size_are_put_together(void **state)
{
    (void)state;
    struct rp_text text = {0};
    assert_string_equal(rp_text_string(&text), "");
    rp_text_add(&text, "%05d%%", 42);
    rp_text_repeat(&text, '-', 3);
    rp_text_add_bytes(&text, "a\0b", 3);
    rp_text_add_bytes(&text, NULL, 0);
    assert_int_equal(text.length, 12);
    assert_memory_equal(rp_text_string(&text), "00042%---a\0b", 13);
    rp_text_add(&text, "%*s", 5000, "x"); /* more than the line that fits on the stack */
    assert_int_equal(text.length, 5012);
    assert_string_equal(rp_text_string(&text) + 5009, "  x");
    rp_text_free(&text);
    assert_null(text.data);
    assert_int_equal(text.length, 0);
}

static void memory_that_is_not_there_shows_when_publishing(void **state)
{
    (void)state;
    struct rp_text text = text_of("kept");
    struct rp_error error = {0};
    rp_text_repeat(&text, 'x', SIZE_MAX / 2);
    assert_true(text.failed);
    rp_text_add(&text, "later");
    assert_string_equal(rp_text_string(&text), "kept");
    assert_int_equal(rp_text_publish(&text, scratch_path(&scratch, "a"), &error), RP_EENVIRONMENT);
    assert_non_null(strstr(error.line, "out of memory"));
    assert_int_equal(scratch_count(&scratch), 0);
    rp_text_free(&text);
}

static void a_file_is_made_and_replaced_whole(void **state)
{
    (void)state;
    const char *path = scratch_path(&scratch, "report.md");
    assert_int_equal(publish("first, and longer\n", path, NULL), RP_OK);
    assert_int_equal(publish("second\n", path, NULL), RP_OK);
    assert_content(path, "second\n");
    assert_int_equal(scratch_count(&scratch), 1);
    struct stat status;
    mode_t mask = umask(0);
    umask(mask);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0666 & ~mask);
}

static void a_reader_of_the_old_file_never_sees_the_new_one(void **state)
{
    (void)state;
    const char *path = scratch_path(&scratch, "report.md");
    char content[4] = "";
    assert_int_equal(publish("old", path, NULL), RP_OK);
    FILE *reader = fopen(path, "re");
    assert_non_null(reader);
    assert_int_equal(publish("new", path, NULL), RP_OK);
    assert_int_equal(fread(content, 1, 3, reader), 3);
    assert_string_equal(content, "old");
    fclose(reader);
}

static void a_symbolic_link_stays_one(void **state)
{
    (void)state;
    char link[PATH_MAX];
    snprintf(link, sizeof link, "%s", scratch_path(&scratch, "link"));
    assert_int_equal(symlink("target", link), 0);
    assert_int_equal(publish("old", scratch_path(&scratch, "target"), NULL), RP_OK);
    assert_int_equal(publish("new", link, NULL), RP_OK);
    assert_content(scratch_path(&scratch, "target"), "new");
    struct stat status;
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct rp_error error = {0};
    assert_int_equal(publish("x", scratch_path(&scratch, "no/such"), &error), RP_EENVIRONMENT);
    assert_non_null(strstr(error.line, "/no/such': No such file or directory"));
    assert_int_equal(publish("x", scratch.folder, &error), RP_EENVIRONMENT);
    assert_non_null(strstr(error.line, "': Is a directory"));
    assert_int_equal(publish("x", "/proc/ringprobe", &error), RP_EENVIRONMENT); /* refuses even root */
    assert_int_equal(scratch_count(&scratch), 0);
}

/* A limit on the size of files stands for a disk that is full half-way. */
static void a_disk_that_fills_leaves_the_old_file_and_no_other(void **state)
{
    (void)state;
    const char *path = scratch_path(&scratch, "report.md");
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit tight = {.rlim_cur = 8, .rlim_max = before.rlim_max};
    struct rp_error error = {0};
    assert_int_equal(publish("old", path, NULL), RP_OK);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    int result = publish("more than eight bytes", path, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(result, RP_EENVIRONMENT);
    assert_content(path, "old");
    assert_int_equal(scratch_count(&scratch), 1);
}

static void a_device_is_written_to_and_not_replaced(void **state)
{
    (void)state;
    struct rp_error error = {0};
    assert_int_equal(publish("x", "/dev/full", &error), RP_EENVIRONMENT);
    assert_string_equal(error.line, "cannot write '/dev/full': No space left on device");
    assert_int_equal(publish("x", "/dev/null", NULL), RP_OK);
    struct stat status;
    assert_int_equal(stat("/dev/full", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
}

/* Publishes to a standard output that is `fd`; takes `fd`. */
static int publish_to(int fd, struct rp_error *error)
{
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    dup2(fd, STDOUT_FILENO);
    close(fd);
    int result = publish("x", NULL, error);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    return result;
}

static void a_closed_pipe_ends_quietly(void **state)
{
    (void)state;
    int pipe_ends[2];
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(pipe_ends), 0);
    close(pipe_ends[0]);
    assert_int_equal(publish_to(pipe_ends[1], NULL), RP_OK);
}

static void a_full_standard_output_is_an_error(void **state)
{
    (void)state;
    struct rp_error error = {0};
    FILE *full = fopen("/dev/full", "we");
    assert_non_null(full);
    assert_int_equal(publish_to(dup(fileno(full)), &error), RP_EENVIRONMENT);
    assert_string_equal(error.line, "cannot write to standard output: No space left on device");
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_of_any_size_are_put_together),
        cmocka_unit_test_setup_teardown(memory_that_is_not_there_shows_when_publishing, make_scratch,
                                        remove_scratch),
        cmocka_unit_test_setup_teardown(a_file_is_made_and_replaced_whole, make_scratch, remove_scratch),
        cmocka_unit_test_setup_teardown(a_reader_of_the_old_file_never_sees_the_new_one, make_scratch,
                                        remove_scratch),
        cmocka_unit_test_setup_teardown(a_symbolic_link_stays_one, make_scratch, remove_scratch),
        cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_is_named, make_scratch, remove_scratch),
        cmocka_unit_test_setup_teardown(a_disk_that_fills_leaves_the_old_file_and_no_other, make_scratch,
                                        remove_scratch),
        cmocka_unit_test(a_device_is_written_to_and_not_replaced),
        cmocka_unit_test(a_closed_pipe_ends_quietly),
        cmocka_unit_test(a_full_standard_output_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
