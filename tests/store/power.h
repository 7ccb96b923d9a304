/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk that loses its power: a VFS between SQLite and the file system that knows what a disk must have
 * (what was synced) and what it may have (the rest, sector by sector, in any order, or torn). SQLite's own
 * tests crash in the same way (https://github.com/sqlite/sqlite, src/test6.c). Only what goes through SQLite
 * is seen. */
#ifndef RP_TESTS_STORE_POWER_H
#define RP_TESTS_STORE_POWER_H

#include <stdint.h>

/* Makes this the VFS that SQLite takes by default, or no more; the power is on. */
void power_begin(void);
void power_end(void);

/* The power goes at the `after`-th operation from now that changes the disk (1: the next): that one and all
 * later ones fail. */
void power_fails(uint64_t after);

/* Operations that changed the disk since power_begin(). */
uint64_t power_operations(void);

/* When everything is closed: leaves in the file system what a disk may have after that failure, drawn by
 * `seed`; the power is on again. */
void power_returns(uint64_t seed);

#endif
