/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine without KVM, or whose KVM is not ours to use, gets one line with the mend; so does a device that
 * is no KVM. Instances that are opened and closed leave nothing open. */
#include "kvm/device.h"
#include "support/suite.h"

#include "kvm/kvm.h"

#include <dirent.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void expect_line(const char *path, const char *part)
{
    struct rp_kvm_device device;
    struct rp_error error = {0};
    assert_int_equal(rp_kvm_device_open(path, &device, &error), RP_EENVIRONMENT);
    if (!strstr(error.line, part) || !strstr(error.line, path) || strchr(error.line, '\n'))
        fail_msg("'%s' lacks '%s' or '%s'", error.line, part, path);
}

static void no_device_is_one_line_with_the_mend(void **state)
{
    (void)state;
    expect_line("nowhere/kvm", "kvm_intel or kvm_amd");
}

static void a_device_that_is_no_kvm_is_one_line(void **state)
{
    (void)state;
    expect_line("/dev/null", "is not KVM");
}

/* In a child, since root is permitted everything. */
static void a_device_that_is_not_permitted_is_one_line_with_the_mend(void **state)
{
    char path[] = "/tmp/ringprobe-kvm-XXXXXX";
    int status, file = mkstemp(path);
    (void)state;
    assert_true(file >= 0);
    fchmod(file, 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rp_kvm_device device;
        struct rp_error error = {0};
        bool dropped = getuid() != 0 || (setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
        bool refused = rp_kvm_device_open(path, &device, &error) == RP_EENVIRONMENT;
        _exit(dropped && refused && strstr(error.line, "group kvm") ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    close(file);
    unlink(path);
    assert_int_equal(status, 0);
}

static unsigned count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void what_was_opened_is_closed(void **state)
{
    struct rp_error error;
    struct sigaction before, after;
    void *instance;
    (void)state;
    sigaction(SIGRTMIN + 4, NULL, &before);
    unsigned descriptors = count_descriptors();
    int code = rp_executor_kvm.open(NULL, &instance, &error);
    if (code == RP_EENVIRONMENT) {
        print_message("%s\n", error.line);
        skip();
    }
    assert_int_equal(code, RP_OK);
    rp_executor_kvm.close(instance);
    assert_int_equal(count_descriptors(), descriptors);
    sigaction(SIGRTMIN + 4, NULL, &after);
    assert_ptr_equal(before.sa_handler, after.sa_handler);
    rp_executor_kvm.close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_device_is_one_line_with_the_mend),
        cmocka_unit_test(a_device_that_is_no_kvm_is_one_line),
        cmocka_unit_test(a_device_that_is_not_permitted_is_one_line_with_the_mend),
        cmocka_unit_test(what_was_opened_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
