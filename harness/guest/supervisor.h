/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program with a guest in it as its driver sees it: a child that is started, heard, watched over, ended.
 * Which program it is, what it is told and what its words mean is the driver's.
 *
 * The child gets: 0 and 1, pipes; 2, a memory file for its complaints; from 3 on, the driver's memory files.
 * It is in a process group of its own, so that an interrupt from the keyboard does not stop it, and dies with
 * its parent. What its end looks like from outside: end of file on its standard output. */
#ifndef RP_HARNESS_GUEST_SUPERVISOR_H
#define RP_HARNESS_GUEST_SUPERVISOR_H

#include "guest/guest.h"

#include <sys/types.h>

#define RP_GUEST_FILES_MAX 2 /* that a driver hands on */

struct rp_guest_program {
    const char *name;    /* how errors begin: "NAME can't be opened: ..." */
    const char *missing; /* what they say where there is no such program */
    const char *mark;    /* before the line of its complaints that counts; NULL: the last one does */
    /* Nanoseconds that no run takes: of its own time, which a busy machine does not lengthen, and of
     * anybody's, for a guest that waits for what never comes. */
    uint64_t stuck_used, stuck_waited;
};

struct rp_guest_child {
    const struct rp_guest_program *program;
    pid_t pid;         /* 0: none runs */
    int input, output; /* our ends; -1 */
    int heard;         /* the child's end of `input`, so that writing to a dead one is no SIGPIPE */
    int log;           /* -1: not open */
    int file[RP_GUEST_FILES_MAX]; /* -1: none */
};

/* Since when no run has come to its end. */
struct rp_guest_standstill {
    uint64_t beat, since, used;
};

/* None runs yet. RP_EENVIRONMENT: no memory file; then there is nothing to be closed. */
int rp_guest_child_open(struct rp_guest_child *child, const struct rp_guest_program *program,
                        struct rp_error *error);
/* Ends it, closes its files; one that is not open is fine. */
void rp_guest_child_close(struct rp_guest_child *child);

/* Makes a memory file of `size` bytes which it is given as descriptor 3 + `number`. `bytes` is what is in it,
 * NULL: zeros. */
int rp_guest_child_file(struct rp_guest_child *child, unsigned number, const void *bytes, size_t size,
                        struct rp_error *error);

/* Runs `words` (by PATH, ended by NULL), in place of one that still runs. RP_EENVIRONMENT: no process. */
int rp_guest_child_start(struct rp_guest_child *child, char *const *words, struct rp_error *error);

/* Ends it if it runs. */
void rp_guest_child_end(struct rp_guest_child *child);
/* The same for one that is seen to have ended; returns the signal that it died of, 0: it ended by itself. */
int rp_guest_child_died(struct rp_guest_child *child);

/* What does not fit in its pipe stands behind words that it has not read yet, and is dropped. */
void rp_guest_child_say(const struct rp_guest_child *child, const char *words, size_t length);
/* Waits for words, some tens of milliseconds: how many bytes came, 0: it has ended, -1: none came. */
ssize_t rp_guest_child_hear(const struct rp_guest_child *child, char *bytes, size_t size);

struct rp_guest_standstill rp_guest_child_stands(const struct rp_guest_child *child, uint64_t beat);
/* True if `beat` has been the same for too long. */
bool rp_guest_child_is_stuck(const struct rp_guest_child *child, struct rp_guest_standstill *still,
                             uint64_t beat);
/* True if no guest takes so long to start. */
bool rp_guest_child_is_late(const struct rp_guest_standstill *still);

/* Why it is not as it has to be. */
enum rp_guest_refusal {
    RP_GUEST_HAS_ENDED,
    RP_GUEST_IS_LATE,
    RP_GUEST_IS_WRONG, /* it runs, and says or holds what it must not */
};

/* Ends it; RP_EENVIRONMENT with why: that it is late, that there is none, or how it ended and what it
 * complained with. */
int rp_guest_child_refuse(struct rp_guest_child *child, enum rp_guest_refusal refusal,
                          struct rp_error *error);

#endif
