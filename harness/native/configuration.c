/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a runner has to be given; see configuration.h. */
#include "native/configuration.h"

#include "state/looks.h"

#include <string.h>

#define CR4_TSD     (UINT64_C(1) << 2)
#define CPUID_FAULT UINT64_C(1)
#define PER_CPU     0x78 /* Linux' descriptor whose limit is the number of the CPU, as TSC_AUX is */
#define LDT_END     (RP_ARENA_LDT + RP_ARENA_TABLE_SIZE)

/* Bits of a descriptor, SDM Vol. 3A figure 3-8. */
#define ACCESSED   (UINT64_C(1) << 40)
#define WRITABLE   (UINT64_C(1) << 41) /* of code: readable */
#define CONFORMING (UINT64_C(3) << 42)
#define SEGMENT    (UINT64_C(1) << 44)
#define DPL_3      (UINT64_C(3) << 45)
#define PRESENT    (UINT64_C(1) << 47)
#define AVAILABLE  (UINT64_C(1) << 52)
#define LONG_CODE  (UINT64_C(1) << 53)

const struct rp_native_configuration rp_native_nothing_set = {.cpu = RP_NATIVE_ANY_CPU};

bool rp_native_ldt_takes(uint64_t descriptor)
{
    const uint64_t always = ACCESSED | SEGMENT | DPL_3;
    bool conforming = (descriptor & CONFORMING) == CONFORMING && descriptor & PRESENT;
    /* This one empties the entry, LDT_empty of asm/desc.h. */
    bool nothing = descriptor == always;
    return (descriptor & always) == always && !(descriptor & LONG_CODE) && !conforming && !nothing;
}

struct base {
    bool known;
    uint64_t entry[RP_NATIVE_ENTRIES];
};

static void take_base(void *context, uint32_t address, const void *bytes, size_t length)
{
    struct base *base = context;
    uint64_t at = (address - RP_ARENA_LDT) / 8;
    if (address >= RP_ARENA_LDT && at < RP_NATIVE_ENTRIES && length == 8)
        memcpy(&base->entry[at], bytes, length);
}

/* What the arena has in the LDT of a mode where the pre-state says nothing else. */
static const uint64_t *base_of(enum rp_mode mode)
{
    static _Thread_local struct base bases[RP_MODE_COUNT];
    if (!bases[mode].known)
        rp_prestate_base(mode, take_base, &bases[mode]);
    bases[mode].known = true;
    return bases[mode].entry;
}

void rp_native_wish_find(const struct rp_prestate *prestate, struct rp_native_wish *wish)
{
    const uint64_t *reg = prestate->state.reg;
    *wish =
        (struct rp_native_wish){.cpu = reg[RP_REG_TSC_AUX] < RP_NATIVE_ANY_CPU ? (uint32_t)reg[RP_REG_TSC_AUX]
                                                                               : RP_NATIVE_ANY_CPU - 1,
                                .tsd = (reg[RP_REG_CR4] & CR4_TSD) != 0,
                                .cpuid_fault = (reg[RP_REG_MISC_FEATURES] & CPUID_FAULT) != 0};
    memcpy(wish->entry, base_of(prestate->mode), sizeof wish->entry);
    for (uint32_t i = 0; i < prestate->memory.count; i++) {
        const struct rp_memory_word *word = &prestate->memory.word[i];
        if (word->address < RP_ARENA_LDT || word->address >= LDT_END)
            continue;
        uint32_t at = (word->address - RP_ARENA_LDT) / 8;
        if (at < RP_NATIVE_ENTRIES)
            wish->entry[at] = word->value;
        else
            wish->elsewhere = wish->elsewhere || word->value;
    }
}

struct reach {
    const struct rp_native_wish *wish;
    struct rp_native_configuration *configuration;
    bool per_cpu, possible;
};

/* An entry of the LDT that the instruction can name has to be what the pre-state says. */
static void reach(void *context, uint16_t selector)
{
    struct reach *r = context;
    uint32_t entry = selector >> 3;
    r->per_cpu = r->per_cpu || (selector & ~3) == PER_CPU;
    if (!(selector & 4))
        return;
    if (entry >= RP_NATIVE_ENTRIES) {
        r->possible = r->possible && !r->wish->elsewhere;
        return;
    }
    uint64_t descriptor = r->wish->entry[entry];
    if (descriptor == 0)
        return;
    if (!rp_native_ldt_takes(descriptor)) {
        r->possible = false;
        return;
    }
    r->configuration->entry[entry] = entry;
    r->configuration->descriptor[entry] = descriptor;
}

/* What the runs' memory is, as rp_selectors_visit takes it. */
static const struct rp_memory *memory_of(const struct rp_native_slot *slot)
{
    static _Thread_local struct rp_memory memory;
    memory.count = slot->words;
    for (uint32_t i = 0; i < slot->words; i++)
        memory.word[i] = (struct rp_memory_word){slot->word[i].address, slot->word[i].value};
    return &memory;
}

void rp_native_needs_find(const struct rp_instruction *instruction, struct rp_native_needs *needs)
{
    needs->known = instruction != NULL;
    if (instruction)
        needs->instruction = *instruction;
    needs->descriptors = rp_looks_at_descriptors(instruction);
    needs->tsd = rp_looks_at(instruction, RP_RESOURCE_CR4_TSD);
    needs->cpuid_fault = rp_looks_at(instruction, RP_RESOURCE_MISC_FEATURES_CPUID_FAULT);
    needs->cpu = instruction && rp_looks_at(instruction, RP_RESOURCE_TSC_AUX);
    needs->any = needs->descriptors || needs->tsd || needs->cpuid_fault || needs->cpu;
}

/* False: not all of it can be had. */
static bool need_descriptors(struct reach *r, const struct rp_native_slot *slot,
                             const struct rp_native_needs *needs)
{
    rp_selectors_visit((enum rp_mode)slot->mode, needs->known ? &needs->instruction : NULL, slot->reg,
                       memory_of(slot), reach, r);
    return r->possible || !needs->known;
}

/* What is so already need not be set: it takes no runner of its own. */
static uint16_t setting(bool offered, bool needed, bool traps, bool found)
{
    if (!offered || !needed || traps == found)
        return RP_NATIVE_AS_FOUND;
    return traps ? RP_NATIVE_TRAPS : RP_NATIVE_OPEN;
}

bool rp_native_configuration_find(const struct rp_native_wish *wish, const struct rp_native_slot *slot,
                                  const struct rp_native_needs *needs, const struct rp_native_offer *offer,
                                  struct rp_native_configuration *configuration)
{
    struct reach r = {.wish = wish, .configuration = configuration, .possible = true};
    *configuration = rp_native_nothing_set;
    if (!needs->any)
        return true;
    if (offer->ldt && needs->descriptors && !need_descriptors(&r, slot, needs))
        return false;
    configuration->tsd = setting(offer->tsd, needs->tsd, wish->tsd, offer->tsd_found);
    configuration->cpuid_fault =
        setting(offer->cpuid_fault, needs->cpuid_fault, wish->cpuid_fault, offer->cpuid_fault_found);
    if ((needs->cpu || r.per_cpu) && offer->cpu[0] && offer->cpu[1])
        configuration->cpu = wish->cpu;
    return true;
}
