/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See quiet.h. */
#include "guest/quiet.h"

#include "x86/decode.h"

#include <string.h>

#define MOST 0x10000 /* bytes of one entry: real mode's segments are no longer */

uint8_t rp_guest_looked_at(enum rp_mode mode, unsigned ring, const struct rp_encoding *encoding)
{
    struct rp_instruction instruction;
    if (ring == 3 || rp_mode_info(mode)->long_mode)
        return RP_GUEST_LOOKED_AT;
    bool quiet = rp_decode(mode, encoding->bytes, encoding->length, &instruction, NULL) == RP_OK &&
                 instruction.length == encoding->length && !instruction.memory.written &&
                 instruction.implicit_memory == 0 && instruction.branch != RP_BRANCH_FAR &&
                 strcmp(instruction.category, "interrupt") != 0;
    return quiet ? RP_GUEST_NOT_LOOKED_AT : RP_GUEST_LOOKED_AT_BUT_UD;
}

/* How many entries of `kept` jobs [first, end) have to keep. */
static unsigned count_kept(const struct rp_guest_shared *shared, uint32_t first, uint32_t end)
{
    unsigned count = 0;
    for (uint32_t i = first; i < end && count < RP_GUEST_KEPT; i++) {
        const struct rp_guest_job *job = &shared->job[i];
        if (job->looked_at != RP_GUEST_LOOKED_AT)
            count = shared->slot[job->slot].mode == RP_MODE_REAL16 ? RP_GUEST_KEPT : RP_GUEST_KEPT_PAGED;
    }
    return count;
}

bool rp_guest_have_kept(const struct rp_guest_driver *driver, void *process, uint32_t first, uint32_t end)
{
    static _Thread_local unsigned char have[MOST], like[MOST];
    const struct rp_guest_shared *shared = driver->shared(process);
    unsigned count = count_kept(shared, first, end);
    bool kept = count == 0 || !shared->strayed;
    for (unsigned i = 0; i < count && kept; i++) {
        const struct rp_guest_kept *entry = &shared->kept[i];
        if (entry->size > MOST)
            return false;
        memset(like, 0, entry->size);
        kept = driver->read(process, entry->address, have, entry->size) &&
               (!entry->like || driver->read(process, entry->like, like, entry->size)) &&
               memcmp(have, like, entry->size) == 0;
    }
    return kept;
}

bool rp_guest_look_at_all(struct rp_guest_shared *shared, uint32_t first, uint32_t end)
{
    bool news = count_kept(shared, first, end) > 0;
    for (uint32_t i = first; i < end; i++)
        shared->job[i].looked_at = RP_GUEST_LOOKED_AT;
    return news;
}
