/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The catalogue that is built in, for the whole of a test program. */
#ifndef RP_TESTS_ERRATA_BUILT_IN_H
#define RP_TESTS_ERRATA_BUILT_IN_H

#include "errata/catalogue.h"

extern struct rp_catalogue catalogue;

/* For cmocka_run_group_tests. */
int load_catalogue(void **state);
int unload_catalogue(void **state);

#endif
