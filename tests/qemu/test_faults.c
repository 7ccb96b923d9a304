/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes wrong in its guest; see guest_faults.c. */
#include "support/guest_tests.h"

int main(void)
{
    return guest_tests_faults("qemu");
}
