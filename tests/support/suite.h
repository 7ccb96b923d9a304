/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmocka with the headers that it wants before it. A test program is functions named after behaviour and a
 * main that returns cmocka_run_group_tests; skip() where the machine can't show it, never a bare return. */
#ifndef RP_TESTS_SUPPORT_SUITE_H
#define RP_TESTS_SUPPORT_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
