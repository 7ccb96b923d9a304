/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bochs and QEMU beside Unicorn, every thirteenth row; slow_guests_whole.c asks all. */
#include "truth/verdicts.h"

int main(void)
{
    static const char *const executors[] = {"unicorn", "bochs", "qemu"};
    return truth_test(executors, 3, 13, 75);
}
