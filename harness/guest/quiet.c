/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See quiet.h. */
#include "guest/quiet.h"

#include "x86/decode.h"

#include <string.h>

#define MOST 0x10000 /* bytes of one entry: real mode's segments are no longer */

uint8_t rp_guest_looked_at(const struct rp_encoding *encoding)
{
    struct rp_instruction instruction;
    bool quiet = rp_decode(RP_MODE_REAL16, encoding->bytes, encoding->length, &instruction, NULL) == RP_OK &&
                 instruction.length == encoding->length && !instruction.memory.written &&
                 instruction.implicit_memory == 0 && instruction.branch != RP_BRANCH_FAR &&
                 strcmp(instruction.category, "interrupt") != 0;
    return quiet ? RP_GUEST_NOT_LOOKED_AT : RP_GUEST_LOOKED_AT_BUT_UD;
}

static bool all_looked_at(const struct rp_guest_shared *shared, uint32_t first, uint32_t end)
{
    bool all = true;
    for (uint32_t i = first; i < end; i++)
        all = all && shared->job[i].looked_at == RP_GUEST_LOOKED_AT;
    return all;
}

bool rp_guest_have_kept(const struct rp_guest_driver *driver, void *process, uint32_t first, uint32_t end)
{
    static _Thread_local unsigned char have[MOST], like[MOST];
    const struct rp_guest_shared *shared = driver->shared(process);
    if (all_looked_at(shared, first, end))
        return true;
    bool kept = !shared->strayed;
    for (unsigned i = 0; i < RP_GUEST_KEPT && kept; i++) {
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
    bool news = !all_looked_at(shared, first, end);
    for (uint32_t i = first; i < end; i++)
        shared->job[i].looked_at = RP_GUEST_LOOKED_AT;
    return news;
}
