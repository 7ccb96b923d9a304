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
 * '?' (a tab, a blank). A macro over a function, as its kin, so that compilers and analysers see in each
 * caller that what comes back is no RP_OK. */
#define rp_error_set(error, code, ...) (rp_error_fill((error), (code), __VA_ARGS__), rp_error_pass(code))

/* As rp_error_set, appends the text of errno value `system_error`, and returns RP_EENVIRONMENT. */
#define rp_error_system(error, system_error, ...)                                                            \
    (rp_error_fill_system((error), (system_error), __VA_ARGS__), rp_error_pass(RP_EENVIRONMENT))

/* What the macros call, and nobody else. */
void rp_error_fill(struct rp_error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void rp_error_fill_system(struct rp_error *error, int system_error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline int rp_error_pass(int code)
{
    return code;
}

#endif
