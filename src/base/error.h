/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors: a negative code for the program, one line for the person. Whoever fails fills the line where the
 * cause is known; callers pass it up untouched, and only the front end prints it. */
#ifndef RP_BASE_ERROR_H
#define RP_BASE_ERROR_H

/* What a caller can act on. Functions that can fail return 0 or one of these. */
enum rp_error_code {
    RP_OK = 0,
    RP_EINPUT = -1,       /* the user gave something wrong: usage, a malformed line, an unknown name */
    RP_EENVIRONMENT = -2, /* the machine lacks something: a file, memory, address space, a library */
    RP_EUNSUPPORTED = -3, /* asked of somebody who said in its capabilities that it can't */
    RP_EINTERRUPTED = -4, /* SIGINT or a budget ended the work; what was done is kept */
};

/* One line, lower case, without a full stop: what failed, the 'value', why, what to do. */
struct rp_error {
    int code; /* the rp_error_code that the failing function returned */
    char line[512];
};

/* Fills `error` (which may be NULL) with a printf-style line and returns `code`, so that callers write
 * `return rp_error_set(error, RP_EINPUT, ...)`. Too long a line is cut, never overrun; control characters
 * become
 * '?' (a tab, a blank). */
int rp_error_set(struct rp_error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As rp_error_set, and appends the text of errno value `system_error`. */
int rp_error_system(struct rp_error *error, int system_error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
