/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings of real mode on an 80286, each in a row of a table (the README beside the data,
 * ../shared/data/hw-real16, says how they were made); golden/recording.h says how they run. */
#ifndef RP_TESTS_CONFORMANCE_REAL16_H
#define RP_TESTS_CONFORMANCE_REAL16_H

#include "golden/recording.h"

struct real16_recording {
    struct rp_recording recording;
    char opcode[8]; /* "80.4"; `recording.name` is "80.4#07" */
    char text[40], tags[40];
};

struct real16_recordings {
    struct real16_recording *row;
    size_t count, capacity;
};

/* Reads the unpacked file; false, with the cause in a line, where it is not there. What it cannot read fails
 * the test. */
bool real16_load(struct real16_recordings *recordings);
void real16_free(struct real16_recordings *recordings);

/* The row that a run is of. */
const struct real16_recording *real16_of(const struct rp_recorded_run *run);

#endif
