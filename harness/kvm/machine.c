/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine opened and pre-states made ready; see machine.h. */
#include "kvm/machine.h"

#include "state/recipe.h"

#include <assert.h>
#include <string.h>

const struct rp_prestate *rp_kvm_standard(enum rp_mode mode, unsigned ring)
{
    static _Thread_local struct rp_prestate prestate;
    static _Thread_local struct rp_recipe recipe;
    rp_recipe_init(&recipe, mode, RP_POLICY_LEGACY);
    int result = rp_prestate_build(&prestate, mode, ring, &recipe.user, &recipe.machine, NULL);
    assert(result == RP_OK);
    (void)result;
    return &prestate;
}

static bool has_ring(enum rp_mode mode, unsigned ring)
{
    const struct rp_mode_info *info = rp_mode_info(mode);
    return ring ? info->has_ring3 : info->has_ring0;
}

/* Padding: wherever the instruction ends or leads, the next one halts. */
static void pad_code(struct rp_kvm_machine *machine)
{
    unsigned char padding[RP_ARENA_CODE_SIZE];
    memset(padding, 0xf4, sizeof padding);
    rp_kvm_memory_write(&machine->memory, RP_ARENA_CODE, padding, sizeof padding);
}

static int learn(struct rp_kvm_machine *machine, struct rp_error *error)
{
    int result = RP_OK;
    for (unsigned ring = 0; ring <= 3 && result == RP_OK; ring += 3) {
        if (!has_ring(machine->mode, ring))
            continue;
        const struct rp_prestate *standard = rp_kvm_standard(machine->mode, ring);
        memcpy(machine->standard[ring != 0], standard->state.reg, sizeof machine->standard[0]);
        result = rp_kvm_vcpu_learn(&machine->vcpu, &standard->state, error);
    }
    return result;
}

int rp_kvm_machine_open(struct rp_kvm_machine *machine, const struct rp_kvm_device *device, enum rp_mode mode,
                        struct rp_error *error)
{
    memset(machine, 0, sizeof *machine);
    machine->mode = mode;
    int result = rp_kvm_vcpu_open(&machine->vcpu, device, error);
    if (result == RP_OK)
        result = rp_kvm_memory_open(&machine->memory, machine->vcpu.vm, mode, error);
    if (result == RP_OK)
        result = learn(machine, error);
    if (result != RP_OK) {
        rp_kvm_machine_close(machine);
        return result;
    }
    pad_code(machine);
    return RP_OK;
}

void rp_kvm_machine_close(struct rp_kvm_machine *machine)
{
    rp_kvm_vcpu_close(&machine->vcpu);
    rp_kvm_memory_close(&machine->memory);
}

/* Registers of which the image says more than the pre-state, or nothing. */
static bool is_beside(const struct rp_kvm_machine *machine, unsigned reg)
{
    if (reg == RP_REG_ACTIVITY || reg == RP_REG_SHADOW)
        return true;
    return machine->mode == RP_MODE_REAL16 && reg >= RP_REG_LDTR && reg < RP_REG_GDTR_BASE;
}

/* True if nothing of the pre-state got lost but what this KVM cannot hold; and of that only what any
 * pre-state has. To ask for another value of it is to ask for more. */
static bool is_held(const struct rp_kvm_machine *machine, const struct rp_kvm_prepared *prepared)
{
    static _Thread_local uint64_t ignored[RP_REG_COUNT];
    const uint64_t *standard = machine->standard[prepared->ring != 0];
    rp_registers_ignored(ignored);
    for (unsigned i = 0; i < RP_REG_COUNT; i++) {
        uint64_t lost = (prepared->reg[i] ^ prepared->shown[i]) & ~ignored[i];
        uint64_t asked = (prepared->reg[i] ^ standard[i]) & machine->vcpu.refused.reg[i];
        if (i == RP_REG_XCR0) /* without AVX-512, which is on by default, 3 and 7 are other values still */
            asked &= prepared->reg[i];
        if (!is_beside(machine, i) && ((lost & ~machine->vcpu.refused.reg[i]) || asked))
            return false;
    }
    return true;
}

int rp_kvm_machine_prepare(struct rp_kvm_machine *machine, const struct rp_prestate *prestate,
                           struct rp_kvm_prepared *prepared, struct rp_error *error)
{
    struct rp_kvm_vcpu *vcpu = &machine->vcpu;
    memset(prepared, 0, sizeof *prepared);
    memcpy(prepared->reg, prestate->state.reg, sizeof prepared->reg);
    prepared->memory = prestate->memory;
    prepared->mode = prestate->mode;
    prepared->ring = prestate->ring;
    prepared->image.sregs = vcpu->fresh;
    rp_kvm_image_load(&prepared->image, vcpu->device, &vcpu->refused, &prestate->state);
    int result = rp_kvm_vcpu_step(vcpu, false, error); /* or KVM would hide TF */
    if (result != RP_OK || !has_ring(machine->mode, prestate->ring) ||
        !rp_kvm_vcpu_try(vcpu, &prepared->image))
        return result;
    rp_kvm_image_read(&prepared->image, vcpu->device, prepared->shown);
    rp_kvm_image_read_vectors(&prepared->image, vcpu->device, prepared->vector);
    prepared->held = is_held(machine, prepared);
    return RP_OK;
}

void rp_kvm_machine_release(struct rp_kvm_machine *machine, struct rp_kvm_prepared *prepared)
{
    rp_kvm_memory_forget(&machine->memory, &prepared->memory);
}
