/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Privileged state as named resources: what can be perturbed, what traps whom, what each policy sets. A
 * machine is one value for each resource; everything else of a pre-state follows from it, the mode, the ring
 * and the user state (prestate.h). The rows, and how to add one, are in resources.def. */
#ifndef RP_STATE_RESOURCES_H
#define RP_STATE_RESOURCES_H

#include "state/registers.h"

#include <stddef.h>

enum rp_resource {
#define RP_RESOURCE(id, ...) RP_RESOURCE_##id,
#include "state/resources.def"
#undef RP_RESOURCE
    RP_RESOURCE_COUNT,
    RP_RESOURCE_NONE = RP_RESOURCE_COUNT,
};

enum rp_owner {
    RP_OWNER_SYSTEM,
    RP_OWNER_DELEGATED, /* by the OS to the program; P all the same */
    RP_OWNER_USER,      /* U: never makes an instruction sensitive */
};

/* METHOD, "The state": the rings a trap control traps. */
enum rp_traps {
    RP_TRAPS_NOTHING, /* not a trap control */
    RP_TRAPS_RING3,
    RP_TRAPS_BOTH,
    RP_TRAPS_RING0,
    RP_TRAPS_OPENS, /* the other way round: set, it lets through what would trap (VME, PVI) */
};

/* METHOD defines them; `as-found` is whatever an executor finds that can set nothing. */
enum rp_policy {
    RP_POLICY_LEGACY,
    RP_POLICY_LINUX,
    RP_POLICY_HARDENED,
    RP_POLICY_AS_FOUND,
    RP_POLICY_COUNT,
};

const char *rp_policy_name(enum rp_policy policy);
/* Finds a policy by its name (exact, lower case); false if there is none. */
bool rp_policy_find(const char *name, enum rp_policy *policy);

/* The descriptors of the arena that seeds point at. */
enum rp_probe {
    RP_PROBE_DATA,
    RP_PROBE_CODE,
    RP_PROBE_CONFORMING,
    RP_PROBE_LDT_DATA,
    RP_PROBE_LDT_CODE,
    RP_PROBE_GATE,
    RP_PROBE_TSS,
    RP_PROBE_LDT,
    RP_PROBE_VECTOR, /* the gate of the IDT */
    RP_PROBE_COUNT,
};

enum rp_probe_field {
    RP_FIELD_P,
    RP_FIELD_DPL,
    RP_FIELD_S,
    RP_FIELD_TYPE,
    RP_FIELD_A,
    RP_FIELD_AVL,
    RP_FIELD_BASE,
    RP_FIELD_LIMIT,
    RP_FIELD_SELECTOR,
    RP_FIELD_OFFSET,
    RP_FIELD_SLOT,
};

enum rp_place_kind {
    RP_PLACE_BITS,  /* `width` bits of register `reg` from `shift` */
    RP_PLACE_PROBE, /* field `field` of descriptor `probe` */
    RP_PLACE_RING,
    RP_PLACE_ROOT,
    RP_PLACE_IOMAP,
    RP_PLACE_PORT,
    RP_PLACE_REDIRECTION,
    RP_PLACE_TSS,
};

struct rp_place {
    enum rp_place_kind kind;
    uint8_t reg, shift, width;
    uint8_t probe, field;
};

#define RP_RESOURCE_VALUES_MAX 2

struct rp_resource_values {
    uint8_t count;
    uint64_t value[RP_RESOURCE_VALUES_MAX];
};

struct rp_resource_info {
    const char *name, *group;
    enum rp_owner owner;
    struct rp_place place;
    uint8_t modes; /* bits of 1 << enum rp_mode; 0: all */
    uint64_t open;
    struct rp_resource_values perturb, flip;
    enum rp_traps traps;
    uint64_t trap;
    struct {
        bool given;
        uint64_t value[RP_POLICY_AS_FOUND];
    } policy;
    uint8_t with; /* another control, or 0 (never a partner: the first row is no control) */
    const char *guards;
    uint32_t implicit; /* bits of RP_IMPLICIT_* */
    const char *fixed; /* why nothing changes it; NULL if something does */
    const char *source;
};

/* Units as bits, see enum rp_unit of x86/decode.h, and one more: everything that touches memory. */
#define RP_IMPLICIT_MEMORY (UINT32_C(1) << 31)

/* The row of a resource; static storage. */
const struct rp_resource_info *rp_resource_info(enum rp_resource resource);

/* Finds a resource by its name; RP_RESOURCE_NONE if there is none. */
enum rp_resource rp_resource_find(const char *name);

/* The resource that owns bit `bit` of register `reg`; RP_RESOURCE_NONE if no row has it. */
enum rp_resource rp_resource_of_bit(enum rp_reg reg, unsigned bit);

/* True if the resource exists in `mode`, so that its value means something there. */
bool rp_resource_in_mode(enum rp_resource resource, enum rp_mode mode);

/* A whole privileged state, by resource. The values of rows that do not exist in a mode are those of its
 * default. */
struct rp_machine {
    uint64_t value[RP_RESOURCE_COUNT];
};

/* The machine of `policy` in `mode`: every resource at its default, every control at the policy's value; for
 * as-found those of linux. */
void rp_machine_init(struct rp_machine *machine, enum rp_mode mode, enum rp_policy policy);

/* The value of `resource` under `policy`, and in `mode` where the default depends on it. */
uint64_t rp_resource_default(enum rp_resource resource, enum rp_mode mode, enum rp_policy policy);

/* Perturbation `number` of a resource, translated to `mode`; see the row. */
uint64_t rp_resource_perturbation(enum rp_resource resource, enum rp_mode mode, unsigned number);

/* True if screening under `policy` may change the resource in `mode` (METHOD, "Screen"): it has other values,
 * and setting them traps nothing that does not trap anyway. */
bool rp_resource_screened(enum rp_resource resource, enum rp_mode mode, enum rp_policy policy);

#endif
