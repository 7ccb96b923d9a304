/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of memory that pre-states have, worked out once for all their runs: where they stand, and with
 * which value. Some thousand instructions less where the same pre-states come again with each encoding. */
#include "guest/image/image.h"

#define LISTS 2048 /* by serial; some plans of 180 pre-states, and what is flipped alone in them */
#define MOST  48   /* words; pre-states have 16 on average */

static struct rp_guest_words lists[LISTS], longest;
static struct rp_guest_word words_of[LISTS][MOST], words_of_longest[RP_MEMORY_WORDS_MAX];

struct rp_guest_words *rp_guest_words_find(const struct rp_guest_slot *slot)
{
    return slot->prestate.memory.count > MOST ? &longest : &lists[slot->serial % LISTS];
}

void rp_guest_words_fill(struct rp_guest_words *words, const struct rp_guest_slot *slot,
                         uint32_t (*offset_of)(uint32_t address))
{
    const struct rp_memory *memory = &slot->prestate.memory;
    words->word = words == &longest ? words_of_longest : words_of[words - lists];
    words->serial = slot->serial;
    words->count = memory->count;
    for (uint32_t i = 0; i < memory->count; i++) {
        uint32_t address = memory->word[i].address;
        words->word[i].address = address;
        words->word[i].offset = offset_of(address);
        words->word[i].value = rp_guest_tables_gate(address, memory->word[i].value);
    }
}
