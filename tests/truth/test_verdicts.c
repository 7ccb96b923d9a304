/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unicorn alone, all rows. */
#include "truth/verdicts.h"

int main(void)
{
    static const char *const executors[] = {"unicorn"};
    return truth_test(executors, 1, 1, 60);
}
