/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runners by configuration; see crew.h. */
#include "native/crew.h"

#include <string.h>

int rp_native_crew_open(struct rp_native_crew *crew, struct rp_error *error)
{
    int result = rp_native_process_open(&crew->member[0], error);
    crew->count = result == RP_OK;
    crew->started = crew->count;
    return result;
}

void rp_native_crew_close(struct rp_native_crew *crew)
{
    while (crew->count > 0) /* the first, whose slots the others use, last */
        rp_native_process_close(&crew->member[--crew->count]);
}

static unsigned find(const struct rp_native_crew *crew, const struct rp_native_configuration *configuration)
{
    unsigned i = 0;
    while (i < crew->count &&
           memcmp(&crew->member[i].shared->configuration, configuration, sizeof *configuration) != 0)
        i++;
    return i;
}

/* Whose place a new one takes. */
static unsigned make_room(struct rp_native_crew *crew)
{
    unsigned oldest = 1;
    if (crew->count < RP_NATIVE_CREW)
        return crew->count++;
    for (unsigned i = 2; i < crew->count; i++)
        if (crew->asked[i] < crew->asked[oldest])
            oldest = i;
    rp_native_process_close(&crew->member[oldest]);
    return oldest;
}

struct rp_native_process *rp_native_crew_ask(struct rp_native_crew *crew,
                                             const struct rp_native_configuration *configuration)
{
    unsigned i = find(crew, configuration);
    if (i == crew->count) {
        i = make_room(crew);
        if (rp_native_process_open_like(&crew->member[i], &crew->member[0], configuration, NULL)) {
            crew->member[i] = crew->member[--crew->count];
            crew->asked[i] = crew->asked[crew->count];
            return NULL;
        }
        crew->started++;
    }
    crew->asked[i] = ++crew->clock;
    return &crew->member[i];
}
