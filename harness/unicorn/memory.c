/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest memory: changes found by noted stores; see memory.h. */
#include "unicorn/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TOTAL RP_ARENA_REGIONS_SIZE

/* rp_arena_offset the other way round. */
static uint32_t address_of(uint32_t offset)
{
    unsigned i = 0;
    for (; offset >= rp_arena_regions[i].size; i++)
        offset -= rp_arena_regions[i].size;
    return rp_arena_regions[i].address + offset;
}

/* The page tables map the data at three more places (arena.h); everything else is where it seems to be. */
static uint64_t physical_of(const struct rp_uc_memory *memory, uint64_t linear)
{
    static const uint32_t aliases[] = {0, RP_ARENA_ALIAS_SUM, RP_ARENA_ALIAS_BASE};
    for (unsigned i = 0; memory->aliases && i < sizeof aliases / sizeof aliases[0]; i++)
        if (linear - aliases[i] < RP_ARENA_DATA_SIZE)
            return linear - aliases[i] + RP_ARENA_DATA;
    return linear;
}

static void put_base(void *context, uint32_t address, const void *bytes, size_t length)
{
    struct rp_uc_memory *memory = context;
    rp_uc_memory_write(memory, address, bytes, length);
}

int rp_uc_memory_open(struct rp_uc_memory *memory, enum rp_mode mode, struct rp_error *error)
{
    *memory = (struct rp_uc_memory){.aliases = mode != RP_MODE_REAL16};
    memory->guest = aligned_alloc(0x1000, TOTAL);
    memory->expected = aligned_alloc(0x1000, TOTAL);
    memory->base = aligned_alloc(0x1000, TOTAL);
    if (!memory->guest || !memory->expected || !memory->base) {
        rp_uc_memory_close(memory);
        return rp_error_set(error, RP_EENVIRONMENT,
                            "out of memory for the guest memory of unicorn's %s machine",
                            rp_mode_info(mode)->name);
    }
    memset(memory->guest, 0, TOTAL);
    memset(memory->expected, 0, TOTAL);
    memset(memory->base, 0, TOTAL);
    rp_prestate_base(mode, put_base, memory);
    return RP_OK;
}

void rp_uc_memory_close(struct rp_uc_memory *memory)
{
    free(memory->guest);
    free(memory->expected);
    free(memory->base);
    memory->guest = memory->expected = memory->base = NULL;
}

void *rp_uc_memory_region(const struct rp_uc_memory *memory, unsigned region)
{
    return memory->guest + rp_arena_offset(rp_arena_regions[region].address);
}

void rp_uc_memory_write(struct rp_uc_memory *memory, uint32_t address, const void *bytes, size_t length)
{
    uint32_t offset = rp_arena_offset(address);
    assert(offset != RP_ARENA_NOWHERE && offset + length <= TOTAL);
    memcpy(memory->guest + offset, bytes, length);
    memcpy(memory->expected + offset, bytes, length);
    memcpy(memory->base + offset, bytes, length);
}

int rp_uc_words_init(struct rp_uc_words *words, struct rp_uc_memory *memory, const struct rp_memory *from,
                     struct rp_error *error)
{
    *words = (struct rp_uc_words){.serial = ++memory->last_serial, .count = from->count};
    words->word = malloc((from->count + 1) * sizeof *words->word);
    if (!words->word)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a pre-state");
    for (uint32_t i = 0; i < from->count; i++) {
        words->word[i] = (struct rp_uc_word){rp_arena_offset(from->word[i].address), from->word[i].value};
        assert(words->word[i].offset != RP_ARENA_NOWHERE);
    }
    return RP_OK;
}

static void put_words(struct rp_uc_memory *memory, const struct rp_uc_word *word, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        memcpy(memory->guest + word[i].offset, &word[i].value, 8);
        memcpy(memory->expected + word[i].offset, &word[i].value, 8);
    }
}

static uint64_t base_word(const struct rp_uc_memory *memory, uint32_t offset)
{
    uint64_t value;
    memcpy(&value, memory->base + offset, sizeof value);
    return value;
}

static bool reserve_step(struct rp_uc_words *to, uint32_t count)
{
    if (count <= to->step_capacity)
        return true;
    struct rp_uc_word *grown = realloc(to->step, count * sizeof *grown);
    if (!grown)
        return false;
    to->step = grown;
    to->step_capacity = count;
    return true;
}

/* Works out the step: both lists ascend. False if there is no memory for it. */
static bool find_step(const struct rp_uc_memory *memory, struct rp_uc_words *to)
{
    const struct rp_uc_words none = {0}, *from = memory->applied ? memory->applied : &none;
    uint32_t i = 0, k = 0;
    if (!reserve_step(to, from->count + to->count))
        return false;
    to->from = from->serial;
    to->step_count = 0;
    while (i < from->count || k < to->count) {
        const struct rp_uc_word *old = i < from->count ? &from->word[i] : NULL;
        const struct rp_uc_word *new = k < to->count ? &to->word[k] : NULL;
        if (old && new && old->offset != new->offset)
            *(old->offset < new->offset ? &new : &old) = NULL;
        if (new && (!old || old->value != new->value))
            to->step[to->step_count++] = *new;
        else if (old && !new)
            to->step[to->step_count++] = (struct rp_uc_word){old->offset, base_word(memory, old->offset)};
        i += old != NULL;
        k += new != NULL;
    }
    return true;
}

int rp_uc_memory_apply(struct rp_uc_memory *memory, struct rp_uc_words *words, struct rp_error *error)
{
    uint64_t from = memory->applied ? memory->applied->serial : 0;
    if (memory->applied == words)
        return RP_OK;
    if ((from == 0 || words->from != from) && !find_step(memory, words))
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a step between pre-states");
    put_words(memory, words->step, words->step_count);
    memory->applied = words;
    return RP_OK;
}

void rp_uc_words_free(struct rp_uc_words *words, struct rp_uc_memory *memory)
{
    for (uint32_t i = 0; memory->applied == words && i < words->count; i++) {
        struct rp_uc_word word = {words->word[i].offset, base_word(memory, words->word[i].offset)};
        put_words(memory, &word, 1);
    }
    if (memory->applied == words)
        memory->applied = NULL;
    free(words->word);
    free(words->step);
    words->word = words->step = NULL;
}

struct changes {
    struct rp_change *list;
    size_t count;
};

/* Inserted where it belongs: most stores come ascending. */
static void add_change(struct changes *changes, uint32_t component, uint64_t value)
{
    size_t at = changes->count++;
    for (; at > 0 && changes->list[at - 1].component > component; at--)
        changes->list[at] = changes->list[at - 1];
    changes->list[at] = (struct rp_change){component, value};
}

/* Looks at the word at `offset`. Once put back it no longer differs, so no word is reported twice. */
static void settle_word(struct rp_uc_memory *memory, uint32_t offset, struct changes *changes)
{
    uint64_t now, before;
    memcpy(&now, memory->guest + offset, sizeof now);
    memcpy(&before, memory->expected + offset, sizeof before);
    if (now == before)
        return;
    memcpy(memory->guest + offset, &before, sizeof before);
    uint32_t address = address_of(offset), component = rp_component_at(address);
    if (component)
        add_change(changes, component, now);
    else if (address - RP_ARENA_CODE < RP_ARENA_CODE_SIZE)
        memory->code_written = true;
    else if (address - RP_ARENA_TABLES < RP_ARENA_TABLES_SIZE)
        memory->tables_written = true;
}

static void settle_store(struct rp_uc_memory *memory, const struct rp_uc_store *store,
                         struct changes *changes)
{
    uint64_t end = store->linear + store->size;
    for (uint64_t linear = store->linear & ~UINT64_C(7); linear < end; linear += 8) {
        uint32_t offset = rp_arena_offset(physical_of(memory, linear));
        if (offset != RP_ARENA_NOWHERE)
            settle_word(memory, offset, changes);
    }
}

size_t rp_uc_memory_settle(struct rp_uc_memory *memory, struct rp_change *changes)
{
    struct changes found = {changes, 0};
    memory->code_written = memory->tables_written = false;
    if (memory->store_count > RP_UC_STORES_MAX) {
        for (uint32_t offset = 0; offset < TOTAL; offset += 8)
            settle_word(memory, offset, &found);
    } else {
        for (uint32_t i = 0; i < memory->store_count; i++)
            settle_store(memory, &memory->store[i], &found);
    }
    memory->store_count = 0;
    return found.count;
}

void rp_uc_memory_restore(struct rp_uc_memory *memory)
{
    memcpy(memory->guest, memory->expected, TOTAL);
}

bool rp_uc_memory_clean(const struct rp_uc_memory *memory)
{
    return memcmp(memory->guest, memory->expected, TOTAL) == 0;
}
