/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System memory of a pre-state: descriptors, gates and bitmap that a machine's resources decide. Private to
 * src/state. */
#ifndef RP_STATE_SYSTEM_MEMORY_H
#define RP_STATE_SYSTEM_MEMORY_H

#include "state/prestate.h"

/* Adds to `memory` the words in which the machine's system part differs from rp_prestate_base. RP_EINPUT:
 * full. */
int rp_system_memory(enum rp_mode mode, const struct rp_machine *machine, struct rp_memory *memory,
                     struct rp_error *error);

#endif
