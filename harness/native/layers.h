/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who answered, the CPU or the kernel on its behalf. Private to harness/native. */
#ifndef RP_HARNESS_NATIVE_LAYERS_H
#define RP_HARNESS_NATIVE_LAYERS_H

#include "native/process.h"

/* A run that retired; the encoding's length is known. */
struct rp_native_suspect {
    struct rp_encoding encoding;
    uint32_t slot;
    bool emulated; /* the answer: the CPU trapped, and the kernel did the instruction's work */
};

/* Answers for `count` suspects by a few runs more, which nobody counts. One whose runs take the runner with
 * them is taken for the CPU's. */
int rp_native_tell_layers(struct rp_native_process *process, struct rp_native_suspect *suspect, size_t count,
                          struct rp_error *error);

#endif
