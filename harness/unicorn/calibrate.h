/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proof that this build of Unicorn lays its CPU out as cpu_image.h says: recognisable values are written
 * through the API or by guest instructions and looked for in a saved context. Private to harness/unicorn and
 * its tests. */
#ifndef RP_HARNESS_UNICORN_CALIBRATE_H
#define RP_HARNESS_UNICORN_CALIBRATE_H

#include "base/error.h"
#include "unicorn/cpu_image.h"

#include <unicorn/unicorn.h>

/* Writes the header of a context of this build, of `cpu_bytes` bytes. */
void rp_uc_context_init(struct rp_uc_context *context, size_t cpu_bytes);

static inline uc_err rp_uc_save(uc_engine *uc, struct rp_uc_context *context)
{
    return uc_context_save(uc, (uc_context *)context);
}

static inline uc_err rp_uc_restore(uc_engine *uc, struct rp_uc_context *context)
{
    return uc_context_restore(uc, (uc_context *)context);
}

/* Checks `uc`, an instance of UC_MODE_64 without memory, and leaves it as it was. RP_EENVIRONMENT: a field is
 * elsewhere; the line names it, the version, and what to use instead. */
int rp_uc_calibrate(uc_engine *uc, struct rp_error *error);

#endif
