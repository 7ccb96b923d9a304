/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rig of tests/support with KVM in it; see rig.h. */
#include "kvm/rig.h"

#include <stdio.h>
#include <unistd.h>

#define EXIT_SKIPPED 77 /* as ctest is told */
#define CR0_PG       UINT64_C(0x80000000)

int rig_open(void **state)
{
    (void)state;
    int code = rig_open_executor("kvm");
    fflush(NULL);
    if (code == RP_EENVIRONMENT)
        _exit(EXIT_SKIPPED);
    return code;
}

void rig_prepare_on(struct rp_kvm_machine *machine, unsigned ring, const char *user,
                    struct rp_kvm_prepared *prepared)
{
    struct rp_error error;
    struct rp_prestate prestate = *rig_build(machine->mode, ring ? "ring=3" : "ring=0", user);
    if (machine->vcpu.unpaged)
        prestate.state.reg[RP_REG_CR0] &= ~CR0_PG;
    if (rp_kvm_machine_prepare(machine, &prestate, prepared, &error) != RP_OK)
        fail_msg("%s", error.line);
}
