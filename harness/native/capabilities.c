/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program can set of the machine's state, on this one; see instance.h. */
#include "native/instance.h"

#include <stdio.h>

static void allow(struct rp_capabilities *table, bool can, const uint8_t *resource, size_t count)
{
    for (size_t i = 0; i < count; i++)
        table->resource[resource[i]] = can;
}

/* Of the privileged state what a program is lent, and what Linux lets it choose: its data selectors and,
 * where the kernel lets it, FS and GS base; PKRU where the CPU has it; what a runner can be given. */
static void allow_resources(const struct rp_native_shared *shared, struct rp_capabilities *table)
{
    static const uint8_t own[] = {RP_RESOURCE_RFLAGS_TF, RP_RESOURCE_RFLAGS_NT, RP_RESOURCE_RFLAGS_AC,
                                  RP_RESOURCE_RFLAGS_ID};
    static const uint8_t bases[] = {RP_RESOURCE_FS_BASE, RP_RESOURCE_GS_BASE};
    static const uint8_t ldt[] = {RP_RESOURCE_PROBE_LDT_DATA_P,     RP_RESOURCE_PROBE_LDT_DATA_TYPE,
                                  RP_RESOURCE_PROBE_LDT_DATA_AVL,   RP_RESOURCE_PROBE_LDT_DATA_BASE,
                                  RP_RESOURCE_PROBE_LDT_DATA_LIMIT, RP_RESOURCE_PROBE_LDT_CODE_P,
                                  RP_RESOURCE_PROBE_LDT_CODE_TYPE,  RP_RESOURCE_PROBE_LDT_CODE_AVL,
                                  RP_RESOURCE_PROBE_LDT_CODE_BASE,  RP_RESOURCE_PROBE_LDT_CODE_LIMIT};
    /* Their twins stand there. */
    static const uint8_t selectors[] = {RP_RESOURCE_ES_SELECTOR, RP_RESOURCE_DS_SELECTOR,
                                        RP_RESOURCE_FS_SELECTOR, RP_RESOURCE_GS_SELECTOR};
    const struct rp_native_offer *offer = &shared->offer;
    allow(table, true, own, sizeof own);
    allow(table, shared->layout.fsgsbase, bases, sizeof bases);
    allow(table, offer->ldt, ldt, sizeof ldt);
    allow(table, offer->ldt, selectors, sizeof selectors);
    table->resource[RP_RESOURCE_PKRU] = shared->layout.pkru != 0;
    table->resource[RP_RESOURCE_TSC_AUX] = offer->cpu[0] && offer->cpu[1];
    table->resource[RP_RESOURCE_CR4_TSD] = offer->tsd;
    table->resource[RP_RESOURCE_MISC_FEATURES_CPUID_FAULT] = offer->cpuid_fault;
    table->found_trapping[RP_RESOURCE_CR4_TSD] = offer->tsd_found;
    table->found_trapping[RP_RESOURCE_MISC_FEATURES_CPUID_FAULT] = offer->cpuid_fault_found;
}

/* The GDT is Linux' own; what stands there as in the arena is what programs' segments are loaded from. Of the
 * LDT a pre-state's own descriptors are held, the entry of 16-bit code is the runner's. */
static void allow_descriptors(const struct rp_native_shared *shared, struct rp_capabilities *table)
{
    static const uint16_t global[] = {RP_NATIVE_CS32, RP_NATIVE_DATA, RP_NATIVE_CS64};
    static const uint16_t of_threads[] = {RP_NATIVE_DATA16, RP_NATIVE_STACK16};
    for (size_t i = 0; i < sizeof global / sizeof global[0]; i++)
        table->descriptor[0][global[i] >> 3] = true;
    for (size_t i = 0; i < sizeof of_threads / sizeof of_threads[0]; i++)
        table->descriptor[0][of_threads[i] >> 3] = !shared->missing[RP_MODE_COMPAT16][0];
    for (unsigned i = 0; i < RP_DESCRIPTORS; i++)
        table->descriptor[1][i] = shared->offer.ldt && i != RP_NATIVE_CS16 >> 3;
}

struct rp_capabilities rp_native_capabilities(const struct rp_native_shared *shared)
{
    const struct rp_native_layout *layout = &shared->layout;
    struct rp_capabilities table = {.slots = RP_NATIVE_SLOTS_TO_USE,
                                    .vector_registers = layout->high ? 32 : 16,
                                    .vector_words = layout->upper ? 8
                                                    : layout->avx ? 4
                                                                  : 2,
                                    .vector_masks = layout->opmask != 0};
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        table.missing[mode] = mode < RP_NATIVE_MODES && shared->missing[mode][0];
        table.ring[mode][3] = mode < RP_NATIVE_MODES && !table.missing[mode];
        if (!table.ring[mode][3])
            snprintf(table.refused[mode], sizeof table.refused[mode], "%s",
                     table.missing[mode] ? shared->missing[mode]
                                         : "a program runs in long64, compat32 and compat16 alone");
    }
    allow_resources(shared, &table);
    allow_descriptors(shared, &table);
    return table;
}
