/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which Bochs this is and which CPU models it has, as it says itself (`bochs --help cpu`). Private to
 * harness/bochs. */
#ifndef RP_HARNESS_BOCHS_MODELS_H
#define RP_HARNESS_BOCHS_MODELS_H

#include "base/error.h"

#define RP_BOCHS_MISSING                                                                                     \
    "there is no 'bochs'; install bochs, bochs-term and vgabios, without what they recommend"

/* "bochs 2.7"; static storage. */
const char *rp_bochs_version(void);

/* RP_EINPUT: it has no such model, the line lists those that it has and that can be used; RP_EENVIRONMENT:
 * there is no Bochs. */
int rp_bochs_check_model(const char *model, struct rp_error *error);

#endif
