/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The catalogue that is built in; see built_in.h. */
#include "errata/built_in.h"

#include "support/suite.h"

struct rp_catalogue catalogue;

int load_catalogue(void **state)
{
    struct rp_error error = {0};
    (void)state;
    if (rp_catalogue_load(&catalogue, &error))
        fail_msg("%s", error.line);
    return 0;
}

int unload_catalogue(void **state)
{
    (void)state;
    rp_catalogue_free(&catalogue);
    return 0;
}
