/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The canaries and what follows from them; see canaries.h. */
#include "kvm/canaries.h"

#include "state/recipe.h"
#include "x86/vector.h"

#include <stdlib.h>
#include <string.h>

enum kind { IS_NEEDED, IS_OF_THE_CPU, IS_OF_THE_GUEST };

/* A run and how a CPU that holds the pre-state ends it. */
static const struct canary {
    enum kind kind;
    bool ring[2]; /* 0, 3 */
    bool protected_only;
    enum rp_resource control; /* set to trap; RP_RESOURCE_NONE: none */
    struct rp_encoding encoding;
    bool retires;
    uint8_t vector; /* else it traps by this */
    uint64_t rax;   /* before */
    uint64_t zf;    /* what ZF is afterwards, if it retires: loads of descriptors */
} canaries[] = {
    {IS_NEEDED, {true, true}, false, RP_RESOURCE_NONE, {{0x90}, 1}, true, 0, 0, 0},
    /* FLD1, AESENC, MOVUPS: no part of KVM's emulator but for the last, which shows that SSE is there at all.
     */
    {IS_OF_THE_CPU, {true, true}, false, RP_RESOURCE_NONE, {{0xd9, 0xe8}, 2}, true, 0, 0, 0},
    {IS_OF_THE_CPU,
     {true, true},
     false,
     RP_RESOURCE_NONE,
     {{0x66, 0x0f, 0x38, 0xdc, 0xc1}, 5},
     true,
     0,
     0,
     0},
    /* LAR of a descriptor of the arena: ZF = 1, SDM Vol. 2A "LAR". The host's GDT ends before it. */
    {IS_OF_THE_CPU,
     {true, false},
     true,
     RP_RESOURCE_NONE,
     {{0x0f, 0x02, 0xd8}, 3},
     true,
     0,
     0x83,
     RP_FLAG_ZF},
    {IS_OF_THE_GUEST,
     {false, true},
     true,
     RP_RESOURCE_NONE,
     {{0x0f, 0x02, 0xd8}, 3},
     true,
     0,
     0x83,
     RP_FLAG_ZF},
    /* SDM Vol. 3A 2.5: RDTSC in ring 3 with TSD, x87 with TS. */
    {IS_OF_THE_GUEST,
     {false, true},
     false,
     RP_RESOURCE_CR4_TSD,
     {{0x0f, 0x31}, 2},
     false,
     RP_VECTOR_GP,
     0,
     0},
    {IS_OF_THE_GUEST, {false, true}, false, RP_RESOURCE_CR0_TS, {{0xd9, 0xe8}, 2}, false, RP_VECTOR_NM, 0, 0},
};

static int prepare(struct rp_kvm_machine *machine, unsigned ring, const struct canary *canary,
                   struct rp_kvm_prepared *prepared, struct rp_error *error)
{
    static _Thread_local struct rp_recipe recipe;
    static _Thread_local struct rp_prestate prestate;
    rp_recipe_init(&recipe, machine->mode, RP_POLICY_LEGACY);
    recipe.user.state.reg[RP_REG_RAX] = canary->rax;
    if (canary->control != RP_RESOURCE_NONE)
        recipe.machine.value[canary->control] = rp_resource_info(canary->control)->trap;
    int result = rp_prestate_build(&prestate, machine->mode, ring, &recipe.user, &recipe.machine, error);
    return result == RP_OK ? rp_kvm_machine_prepare(machine, &prestate, prepared, error) : result;
}

/* RFLAGS after the last run. */
static uint64_t flags_after(const struct rp_kvm_machine *machine, const struct rp_kvm_prepared *prepared,
                            size_t changes)
{
    for (size_t i = 0; i < changes; i++)
        if (machine->changes[i].component == RP_REG_RFLAGS)
            return machine->changes[i].value;
    return prepared->reg[RP_REG_RFLAGS];
}

static int is_as_it_should(struct rp_kvm_machine *machine, unsigned ring, const struct canary *canary,
                           bool *good, struct rp_error *error)
{
    static _Thread_local struct rp_kvm_prepared prepared;
    struct rp_outcome outcome = {0};
    size_t changes = 0;
    int result = prepare(machine, ring, canary, &prepared, error);
    if (result == RP_OK)
        result = rp_kvm_machine_run(machine, &prepared, &canary->encoding, &outcome, &changes, error);
    if (canary->retires)
        *good = rp_outcome_retired(&outcome);
    else
        *good = outcome.kind == RP_OUTCOME_TRAPPED && outcome.vector == canary->vector;
    if (*good && canary->zf)
        *good = (flags_after(machine, &prepared, changes) & RP_FLAG_ZF) == canary->zf;
    rp_kvm_machine_release(machine, &prepared);
    return result;
}

int rp_kvm_canaries(struct rp_kvm_machine *machine, unsigned ring, struct rp_kvm_finding *finding,
                    struct rp_error *error)
{
    int result = RP_OK;
    *finding = (struct rp_kvm_finding){.runs = true};
    for (size_t i = 0; i < sizeof canaries / sizeof canaries[0] && result == RP_OK; i++) {
        const struct canary *canary = &canaries[i];
        bool good;
        if (!canary->ring[ring != 0] ||
            (canary->protected_only && !rp_mode_info(machine->mode)->protected_mode))
            continue;
        result = is_as_it_should(machine, ring, canary, &good, error);
        finding->runs = finding->runs && (good || canary->kind != IS_NEEDED);
        finding->emulated = finding->emulated || (!good && canary->kind == IS_OF_THE_CPU);
        finding->leaks = finding->leaks || (!good && canary->kind == IS_OF_THE_GUEST);
    }
    finding->provenance = finding->emulated ? RP_PROVENANCE_KVM_EMULATED
                          : finding->leaks  ? RP_PROVENANCE_PVM
                                            : RP_PROVENANCE_SILICON;
    return result;
}

/* True if KVM takes the value and gives it back. */
static int is_held(struct rp_kvm_machine *machine, enum rp_resource resource, uint64_t value, bool *held,
                   struct rp_error *error)
{
    static _Thread_local struct rp_recipe recipe;
    static _Thread_local struct rp_prestate prestate;
    static _Thread_local struct rp_kvm_prepared prepared;
    const struct rp_place *place = &rp_resource_info(resource)->place;
    unsigned ring = rp_mode_info(machine->mode)->has_ring0 ? 0 : 3;
    rp_recipe_init(&recipe, machine->mode, RP_POLICY_LEGACY);
    recipe.machine.value[resource] = value;
    int result = rp_prestate_build(&prestate, machine->mode, ring, &recipe.user, &recipe.machine, error);
    if (result == RP_OK)
        result = rp_kvm_machine_prepare(machine, &prestate, &prepared, error);
    *held = *held && prepared.held && prepared.reg[place->reg] == prepared.shown[place->reg];
    rp_kvm_machine_release(machine, &prepared);
    return result;
}

/* All values that anybody asks for: its own, other ones, the one that traps. */
static int find_resource(struct rp_kvm_machine *machine, enum rp_resource resource, bool *held,
                         struct rp_error *error)
{
    const struct rp_resource_info *info = rp_resource_info(resource);
    uint64_t value[2 + 2 * RP_RESOURCE_VALUES_MAX];
    unsigned count = 0;
    value[count++] = rp_resource_default(resource, machine->mode, RP_POLICY_LEGACY);
    for (unsigned i = 0; i < info->perturb.count; i++)
        value[count++] = rp_resource_perturbation(resource, machine->mode, i);
    for (unsigned i = 0; i < info->flip.count; i++)
        value[count++] = info->flip.value[i];
    if (info->traps != RP_TRAPS_NOTHING)
        value[count++] = info->trap;
    if (info->traps == RP_TRAPS_OPENS)
        value[count - 1] = !info->trap;
    int result = RP_OK;
    *held = true;
    for (unsigned i = 0; i < count && result == RP_OK && *held; i++)
        result = is_held(machine, resource, value[i], held, error);
    return result;
}

int rp_kvm_find_resources(struct rp_kvm_machine *const machine[RP_MODE_COUNT], struct rp_capabilities *can,
                          struct rp_error *error)
{
    int result = RP_OK;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT && result == RP_OK; r++) {
        const struct rp_resource_info *info = rp_resource_info((enum rp_resource)r);
        unsigned mode = 0;
        while (mode < RP_MODE_COUNT && !rp_resource_in_mode((enum rp_resource)r, (enum rp_mode)mode))
            mode++;
        can->resource[r] = true; /* what is memory, or nothing that anybody sets, is always held */
        if (info->place.kind == RP_PLACE_BITS && !info->fixed && mode < RP_MODE_COUNT)
            result = find_resource(machine[mode], (enum rp_resource)r, &can->resource[r], error);
    }
    return result;
}
