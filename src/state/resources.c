/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of resources, and what follows from a row alone; see resources.h. */
#include "state/resources.h"

#include "state/arena.h"
#include "x86/decode.h"

#include <string.h>

/* The words that resources.def is written in. */
#define RP_BITS(r, s, w)                                                                                     \
    {                                                                                                        \
        .kind = RP_PLACE_BITS, .reg = RP_REG_##r, .shift = (s), .width = (w)                                 \
    }
#define RP_WHOLE(r)                                                                                          \
    {                                                                                                        \
        .kind = RP_PLACE_BITS, .reg = RP_REG_##r, .shift = 0, .width = 64                                    \
    }
#define RP_PROBE(p, f)                                                                                       \
    {                                                                                                        \
        .kind = RP_PLACE_PROBE, .probe = RP_##p, .field = RP_FIELD_##f                                       \
    }
#define RP_AT(k)                                                                                             \
    {                                                                                                        \
        .kind = RP_PLACE_##k                                                                                 \
    }
#define RP_COUNT_2(a, b, n, ...) n
#define RP_VALUES(...)                                                                                       \
    {                                                                                                        \
        RP_COUNT_2(__VA_ARGS__, 2, 1),                                                                       \
        {                                                                                                    \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
    }
#define RP_POLICIES(...)                                                                                     \
    {                                                                                                        \
        true,                                                                                                \
        {                                                                                                    \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
    }
#define RP_MODE_BIT(m)       (1 << RP_MODE_##m)
#define RP_IN_LONG64         RP_MODE_BIT(LONG64)
#define RP_IN_LONG           (RP_IN_LONG64 | RP_MODE_BIT(COMPAT32) | RP_MODE_BIT(COMPAT16))
#define RP_IN_PROTECTED      (RP_IN_LONG | RP_MODE_BIT(PROT32) | RP_MODE_BIT(PROT16))
#define RP_IN_VM86           RP_MODE_BIT(VM86)
#define RP_IN_PAGED          (RP_IN_PROTECTED | RP_IN_VM86)
#define RP_IN_RING3          RP_IN_PAGED
#define RP_IN_ALL            0
#define RP_IMPLICIT_AVX      (1 << RP_UNIT_AVX | 1 << RP_UNIT_AVX512 | 1 << RP_UNIT_AMX)
#define RP_IMPLICIT_FPU      (1 << RP_UNIT_X87 | 1 << RP_UNIT_MMX | 1 << RP_UNIT_SSE)
#define RP_IMPLICIT_EXTENDED (RP_IMPLICIT_FPU | RP_IMPLICIT_AVX)

static const struct rp_resource_info resources[] = {
#define RP_RESOURCE(id, ...) [RP_RESOURCE_##id] = {__VA_ARGS__},
#include "state/resources.def"
#undef RP_RESOURCE
};
_Static_assert(sizeof resources / sizeof resources[0] == RP_RESOURCE_COUNT, "one row a resource");

static const char *const policies[] = {"legacy", "linux", "hardened", "as-found"};
_Static_assert(sizeof policies / sizeof policies[0] == RP_POLICY_COUNT, "one name a policy");

const char *rp_policy_name(enum rp_policy policy)
{
    return policies[policy];
}

bool rp_policy_find(const char *name, enum rp_policy *policy)
{
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++) {
        if (strcmp(policies[i], name) == 0) {
            *policy = (enum rp_policy)i;
            return true;
        }
    }
    return false;
}

const struct rp_resource_info *rp_resource_info(enum rp_resource resource)
{
    return &resources[resource];
}

enum rp_resource rp_resource_find(const char *name)
{
    unsigned i = 0;
    while (i < RP_RESOURCE_COUNT && strcmp(resources[i].name, name) != 0)
        i++;
    return (enum rp_resource)i;
}

enum rp_resource rp_resource_of_bit(enum rp_reg reg, unsigned bit)
{
    for (unsigned i = 0; i < RP_RESOURCE_COUNT; i++) {
        const struct rp_place *place = &resources[i].place;
        if (place->kind == RP_PLACE_BITS && place->reg == reg && bit >= place->shift &&
            bit < (unsigned)place->shift + place->width)
            return (enum rp_resource)i;
        if (place->kind == RP_PLACE_ROOT && reg == RP_REG_CR3)
            return (enum rp_resource)i;
    }
    return RP_RESOURCE_NONE;
}

bool rp_resource_in_mode(enum rp_resource resource, enum rp_mode mode)
{
    return resources[resource].modes == 0 || resources[resource].modes >> mode & 1;
}

/* Modes with 16-bit segments use the data descriptor with a base, and its twin. */
static uint64_t in_mode(enum rp_resource resource, enum rp_mode mode, uint64_t value)
{
    const struct rp_place *place = &resources[resource].place;
    if (rp_mode_info(mode)->code_bits != 16 || place->kind != RP_PLACE_BITS ||
        rp_register_info(place->reg)->group != RP_GROUP_SEGMENT)
        return value;
    if (value == (RP_SELECTOR_DATA | 3))
        return RP_SELECTOR_DATA16 | 3;
    return value == (RP_SELECTOR_DATA_TWIN_LDT | 3) ? RP_SELECTOR_DATA16_TWIN_LDT | 3 : value;
}

uint64_t rp_resource_default(enum rp_resource resource, enum rp_mode mode, enum rp_policy policy)
{
    const struct rp_resource_info *info = &resources[resource];
    /* What is found is not known before it is asked for; that it was left as Linux sets it is the best guess.
     */
    if (info->policy.given)
        return info->policy.value[policy == RP_POLICY_AS_FOUND ? RP_POLICY_LINUX : policy];
    return in_mode(resource, mode, info->open);
}

uint64_t rp_resource_perturbation(enum rp_resource resource, enum rp_mode mode, unsigned number)
{
    return in_mode(resource, mode, resources[resource].perturb.value[number]);
}

void rp_machine_init(struct rp_machine *machine, enum rp_mode mode, enum rp_policy policy)
{
    for (unsigned i = 0; i < RP_RESOURCE_COUNT; i++)
        machine->value[i] = rp_resource_default((enum rp_resource)i, mode, policy);
}

bool rp_resource_screened(enum rp_resource resource, enum rp_mode mode, enum rp_policy policy)
{
    const struct rp_resource_info *info = &resources[resource];
    if (!rp_resource_in_mode(resource, mode) || info->perturb.count == 0)
        return false;
    if (!info->with)
        return true;
    const struct rp_resource_info *partner = &resources[info->with];
    return rp_resource_default(info->with, mode, policy) != partner->trap;
}
