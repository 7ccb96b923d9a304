/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts of a fuzz campaign; see facts.h. */
#include "fuzz/facts.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define FLAGS (RP_FLAGS_STATUS | RP_FLAG_AC | RP_FLAG_NT | RP_FLAG_ID)

/* Besides the general registers. FSW stays: a pending exception would be everybody's. RFLAGS.TF and RF are
 * left out, for they are about the next instruction. */
static const struct rp_fuzz_register others[] = {{RP_REG_RFLAGS, FLAGS},   {RP_REG_FCW, 0x0f3f},
                                                 {RP_REG_FTW, 0xff},       {RP_REG_MXCSR, 0xffbf},
                                                 {RP_REG_ST0, UINT64_MAX}, {RP_REG_ST0_EXPONENT, 0xffff},
                                                 {RP_REG_ST1, UINT64_MAX}, {RP_REG_ST1_EXPONENT, 0xffff},
                                                 {RP_REG_ST7, UINT64_MAX}, {RP_REG_ST7_EXPONENT, 0xffff}};

static void add_register(struct rp_fuzz_mode *mode, uint8_t reg, uint64_t mask)
{
    mode->reg[mode->regs++] = (struct rp_fuzz_register){reg, mask};
}

static void find_registers(struct rp_fuzz_mode *mode, enum rp_mode name)
{
    bool wide = rp_mode_info(name)->code_bits == 64;
    for (unsigned reg = RP_REG_RAX; reg <= (wide ? RP_REG_R15 : RP_REG_RDI); reg++)
        add_register(mode, (uint8_t)reg, wide ? UINT64_MAX : UINT32_MAX);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        add_register(mode, others[i].reg, others[i].mask);
}

static void add_value(struct rp_fuzz_resource *r, uint64_t value)
{
    for (unsigned i = 0; i < r->count; i++)
        if (r->value[i] == value)
            return;
    if (r->count < RP_FUZZ_VALUES_MAX)
        r->value[r->count++] = value;
}

static void find_resources(struct rp_fuzz_mode *mode, enum rp_mode name)
{
    for (unsigned i = 0; i < RP_RESOURCE_COUNT; i++) {
        const enum rp_resource resource = (enum rp_resource)i;
        const struct rp_resource_info *info = rp_resource_info(resource);
        struct rp_fuzz_resource r = {.resource = (uint16_t)i};
        if (!rp_resource_in_mode(resource, name) || info->fixed)
            continue;
        for (unsigned k = 0; k < info->perturb.count; k++)
            add_value(&r, rp_resource_perturbation(resource, name, k));
        r.traps = info->traps != RP_TRAPS_NOTHING || info->flip.count > 0;
        for (unsigned k = 0; k < info->flip.count; k++)
            add_value(&r, info->flip.value[k]);
        if (info->traps != RP_TRAPS_NOTHING) {
            add_value(&r, info->trap);
            add_value(&r, info->open);
        }
        if (r.count)
            mode->resource[mode->resources++] = r;
    }
}

static void find_seeds(struct rp_fuzz_facts *facts, enum rp_mode name)
{
    struct rp_fuzz_mode *mode = &facts->mode[name];
    for (size_t i = 0; i < facts->seeds.count; i++)
        if (facts->seeds.seed[i].modes >> name & 1)
            mode->seed[mode->seeds++] = (uint8_t)i;
}

int rp_fuzz_facts_open(uint8_t modes, struct rp_fuzz_facts **facts, struct rp_error *error)
{
    struct rp_fuzz_facts *f = calloc(1, sizeof *f);
    if (!f)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the facts of a fuzz campaign");
    int result = rp_seeds_load(&f->seeds, error);
    if (result == RP_OK && f->seeds.count > RP_FUZZ_SEEDS_MAX)
        result = rp_error_set(error, RP_EINPUT, "corpus/seeds.tsv: more than %d seeds", RP_FUZZ_SEEDS_MAX);
    if (result) {
        rp_fuzz_facts_close(f);
        return result;
    }
    for (size_t i = 0; i < f->seeds.count; i++)
        f->seed_name[i] = rp_fuzz_name(f->seeds.seed[i].name);
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
        find_seeds(f, (enum rp_mode)m);
        find_registers(&f->mode[m], (enum rp_mode)m);
        find_resources(&f->mode[m], (enum rp_mode)m);
        if (modes >> m & 1)
            f->modes[f->mode_count++] = (uint8_t)m;
    }
    *facts = f;
    return RP_OK;
}

void rp_fuzz_facts_close(struct rp_fuzz_facts *facts)
{
    if (!facts)
        return;
    rp_seeds_free(&facts->seeds);
    free(facts);
}

uint32_t rp_fuzz_name(const char *name)
{
    return (uint32_t)XXH64(name, strlen(name), 0);
}

const struct rp_fuzz_register *rp_fuzz_register(const struct rp_fuzz_facts *facts, enum rp_mode mode,
                                                unsigned reg)
{
    const struct rp_fuzz_mode *m = &facts->mode[mode];
    for (unsigned i = 0; i < m->regs; i++)
        if (m->reg[i].reg == reg)
            return &m->reg[i];
    return NULL;
}

const struct rp_fuzz_resource *rp_fuzz_resource(const struct rp_fuzz_facts *facts, enum rp_mode mode,
                                                unsigned resource)
{
    const struct rp_fuzz_mode *m = &facts->mode[mode];
    for (unsigned i = 0; i < m->resources; i++)
        if (m->resource[i].resource == resource)
            return &m->resource[i];
    return NULL;
}
