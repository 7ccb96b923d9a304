/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What its guest holds; see guest_runs.c. */
#include "support/guest_tests.h"

int main(void)
{
    return guest_tests_runs("qemu");
}
