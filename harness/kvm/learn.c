/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest of this KVM cannot have, by trying; see vcpu.h. */
#include "kvm/vcpu.h"

#define CR0_PG  UINT64_C(0x80000000)
#define TSC_FAR (UINT64_C(1) << 50) /* no machine has been up for so long */

/* Bits that may be missing: one by one, on top of what the mode itself needs. XCR0's need those below them
 * (SDM Vol. 1 13.3). */
static const struct {
    uint8_t reg;
    uint64_t optional; /* bits that no mode needs */
    bool cumulative;
} registers[] = {
    {RP_REG_CR0, 0x6005002e, false},                                   /* MP EM TS NE WP AM NW CD */
    {RP_REG_CR4, 0xffffffdf, false},                                   /* all but PAE */
    {RP_REG_CR8, 0xf, false},        {RP_REG_EFER, 0xfffffaff, false}, /* all but LME, LMA */
    {RP_REG_XCR0, 0xe6, true},                                         /* SSE AVX AVX-512 */
};
#define REGISTERS (sizeof registers / sizeof registers[0])

static bool takes(struct rp_kvm_vcpu *vcpu, const struct rp_state *state)
{
    struct rp_kvm_image image = {.sregs = vcpu->fresh};
    uint64_t reg[RP_REG_COUNT];
    rp_kvm_image_load(&image, vcpu->device, &vcpu->refused, state);
    if (!rp_kvm_vcpu_try(vcpu, &image))
        return false;
    rp_kvm_image_read(&image, vcpu->device, reg);
    for (size_t i = 0; i < REGISTERS; i++)
        if (reg[registers[i].reg] != (state->reg[registers[i].reg] & ~vcpu->refused.reg[registers[i].reg]))
            return false;
    return true;
}

static void learn_register(struct rp_kvm_vcpu *vcpu, struct rp_state *state, size_t i)
{
    uint64_t bare = state->reg[registers[i].reg], refused = 0;
    for (unsigned bit = 0; bit < 32; bit++) {
        uint64_t one = UINT64_C(1) << bit;
        if (!(registers[i].optional & one))
            continue;
        uint64_t below = registers[i].cumulative ? registers[i].optional & (one - 1) & ~refused : 0;
        if (registers[i].reg == RP_REG_XCR0 && one & RP_XCR0_AVX512)
            one = RP_XCR0_AVX512;
        state->reg[registers[i].reg] = bare | below | one;
        if (!takes(vcpu, state))
            refused |= one;
    }
    state->reg[registers[i].reg] = bare;
    vcpu->refused.reg[registers[i].reg] = refused;
}

/* 0 is a legal value of each; MSRs that are not there are refused whole. */
static void learn_msrs(struct rp_kvm_vcpu *vcpu, const struct rp_state *base)
{
    for (unsigned i = 0; i < RP_KVM_MSRS; i++) {
        uint64_t value = base->reg[rp_kvm_msrs[i].reg], back;
        bool there = rp_kvm_vcpu_get_msr(vcpu, rp_kvm_msrs[i].number, &back) &&
                     rp_kvm_vcpu_set_msr(vcpu, rp_kvm_msrs[i].number, value);
        if (rp_kvm_msrs[i].reg == RP_REG_TSC)
            there = rp_kvm_vcpu_set_tsc(vcpu, TSC_FAR) && rp_kvm_vcpu_set_tsc(vcpu, value);
        vcpu->refused.reg[rp_kvm_msrs[i].reg] = there ? 0 : UINT64_MAX;
    }
}

int rp_kvm_vcpu_learn(struct rp_kvm_vcpu *vcpu, const struct rp_state *base, struct rp_error *error)
{
    struct rp_state state = *base;
    vcpu->refused = (struct rp_kvm_refused){0};
    vcpu->refused.reg[RP_REG_PMC] = UINT64_MAX; /* counters are not handed to the guest */
    learn_msrs(vcpu, base);
    for (size_t i = 0; i < REGISTERS; i++)
        state.reg[registers[i].reg] &= ~registers[i].optional;
    vcpu->unpaged = !takes(vcpu, &state);
    if (vcpu->unpaged) {
        unsigned devices;
        state.reg[RP_REG_CR0] &= ~CR0_PG;
        rp_kvm_vcpu_run(vcpu, &devices); /* kvm_pvm owes a shutdown for the PG that it did not take */
        rp_kvm_vcpu_recover(vcpu);
    }
    if (vcpu->unpaged && !takes(vcpu, &state))
        return rp_error_set(error, RP_EENVIRONMENT, "KVM refuses the barest state of a mode");
    for (size_t i = 0; i < REGISTERS; i++)
        learn_register(vcpu, &state, i);
    return RP_OK;
}
