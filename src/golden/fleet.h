/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of many machines, one file of JSON lines each (what `golden verify` and `errata` write), held
 * against each other: a machine is odd where it says something else than most of its kind. Machines are of
 * one kind that are equal: CPU, microcode, kernel, hypervisor. */
#ifndef RP_GOLDEN_FLEET_H
#define RP_GOLDEN_FLEET_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rp_fleet_machine {
    char *name;     /* of its file, without folder and extension */
    char *host;     /* "" if no line tells */
    char *identity; /* what its kind is told by, in words; "" if no line tells */
    size_t kind;    /* index */
    size_t answers; /* index of machines that say the same as this in everything */
    size_t odd;     /* cells in which it is */
    bool unlike;    /* it says itself that it is not as it was recorded */
};

/* Something that machines answer: "errata amd-1485", "moo unicorn C286 99". */
struct rp_fleet_cell {
    char *name;
    char **value;  /* by machine; NULL: it does not say */
    uint64_t seen; /* of the machine that is being read: what belongs to its value */
};

struct rp_fleet_kind {
    size_t first;    /* the machine that it was met with */
    size_t machines; /* that are of it */
    size_t answers;  /* different ones, in everything, that its machines give */
    struct rp_fleet_most {
        const char *value; /* "": that they say nothing; NULL: none has more than half */
        size_t count;
    } * most; /* by cell: what most of its machines say */
};

/* Zeroed is empty. */
struct rp_fleet {
    struct rp_fleet_machine *machine;
    struct rp_fleet_cell *cell;
    struct rp_fleet_kind *kind;
    size_t machines, cells, kinds;
    size_t machine_capacity, cell_capacity;
    size_t *place;               /* by hash of a name: the number of its cell + 1; 0: free */
    size_t places;               /* a power of two */
    size_t answers, odd, unlike; /* different ones; machines; machines */
};

/* True if the file begins as such answers do. */
bool rp_fleet_is_answers(const char *path);

/* Adds the answers in the file, as one more machine. RP_EINPUT: a line is none of an answer, or there is
 * none; two files of one name. */
int rp_fleet_read(struct rp_fleet *fleet, const char *path, struct rp_error *error);

/* Finds kinds, equal answers, and who is odd. RP_EENVIRONMENT: no memory. */
int rp_fleet_compare(struct rp_fleet *fleet, struct rp_error *error);

/* True if the machine says something else there than most of its kind, or if its kind has no most. */
bool rp_fleet_is_odd(const struct rp_fleet *fleet, size_t machine, size_t cell);

/* What the machine says; "" for nothing. */
const char *rp_fleet_value(const struct rp_fleet *fleet, size_t machine, size_t cell);

void rp_fleet_free(struct rp_fleet *fleet);

#endif
