/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor's face of a machine that runs the guest image, whichever machine it is: all of struct
 * rp_executor but its name. What differs from one machine to another is a driver. */
#ifndef RP_HARNESS_GUEST_FACE_H
#define RP_HARNESS_GUEST_FACE_H

#include "guest/guest.h"

/* How an order ended. */
enum rp_guest_end {
    RP_GUEST_ANSWERED, /* jobs up to shared->done have results */
    RP_GUEST_DIED,     /* in job shared->current, by `signal` (0: it ended by itself) */
    RP_GUEST_STUCK,    /* in job shared->current; it was killed */
};

/* `process` is the driver's, `size` bytes, zeroed before `open`. */
struct rp_guest_driver {
    const char *name;
    size_t size;
    const uint8_t *not_held; /* enum rp_resource: those that can't be set or seen */
    size_t not_held_count;

    /* Starts the machine and waits until its guest is ready. RP_EENVIRONMENT: it can't run here, the line
     * says why; RP_EINPUT: there is no such model. Behind a failure nothing is left to be closed. */
    int (*open)(void *process, enum rp_guest_kind kind, const char *model, struct rp_error *error);
    void (*close)(void *process);
    /* Starts it anew, whether it runs or has ended; slots and jobs are kept. */
    int (*restart)(void *process, struct rp_error *error);
    /* Lets the guest make jobs shared->first to shared->count - 1. */
    enum rp_guest_end (*order)(void *process, int *signal);
    /* True if what the last order left can be trusted: rp_guest_intact(). */
    bool (*intact)(void *process);
    struct rp_guest_shared *(*shared)(void *process);
    /* Copies `size` bytes of the guest's physical memory; false: there is no guest. */
    bool (*read)(void *process, uint32_t address, void *bytes, size_t size);
};

/* `driver` and `model` (NULL: the driver's choice) must outlive the instance. */
int rp_guest_face_open(const struct rp_guest_driver *driver, const char *model,
                       const struct rp_executor_options *options, void **opaque, struct rp_error *error);

/* These go into struct rp_executor as they are. */
void rp_guest_face_close(void *opaque);
const struct rp_capabilities *rp_guest_face_capabilities(void *opaque);
int rp_guest_face_prepare(void *opaque, const struct rp_prestate *prestates, size_t count, uint32_t *first,
                          struct rp_error *error);
void rp_guest_face_forget(void *opaque, uint32_t first);
int rp_guest_face_run(void *opaque, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
                      struct rp_error *error);

#endif
