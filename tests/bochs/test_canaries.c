/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What it cannot show; see guest_canaries.c. */
#include "support/guest_tests.h"

int main(void)
{
    return guest_tests_canaries("bochs", NULL);
}
