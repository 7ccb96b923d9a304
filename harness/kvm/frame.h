/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an interrupt or exception pushed, SDM Vol. 3A 6.12 to 6.14, 20.1.4, 20.3: read back, so that the state
 * before the gate is known. Private to harness/kvm. */
#ifndef RP_HARNESS_KVM_FRAME_H
#define RP_HARNESS_KVM_FRAME_H

#include "kvm/image.h"
#include "kvm/memory.h"

struct rp_kvm_frame {
    bool has_error_code, has_stack;
    uint32_t error_code;
    uint64_t rip, cs, rflags, rsp, ss; /* rsp, ss: if has_stack */
    uint64_t linear;                   /* where it stands */
    uint32_t bytes;
};

/* The entry point that RIP stands at, or one byte behind: the vector; -1 if it is none. `moved` is what
 * idt.gate.offset adds to some. */
int rp_kvm_entry(enum rp_mode mode, const struct rp_kvm_image *after);

/* Reads the frame of vector `vector`. False where there is no memory. `software`: by an instruction that
 * pushes no error code, and its RIP behind it. */
bool rp_kvm_frame_read(const struct rp_kvm_memory *memory, const struct rp_kvm_image *after, unsigned vector,
                       uint64_t behind, bool software, struct rp_kvm_frame *frame);

/* Makes `after` the state that the frame saves, `before` being the one that the run began with. False where
 * the frame has segments that `before` has not, whose hidden parts nothing tells. */
bool rp_kvm_frame_undo(const struct rp_kvm_frame *frame, enum rp_mode mode, const struct rp_kvm_image *before,
                       struct rp_kvm_image *after);

/* vm86 under CR4.VME: true if INT n, whose end is `behind`, has left by the program's own vector table
 * (SDM Vol. 3A 20.3.3). `after` then is what the frame on its stack says, with RIP where the vector leads. */
bool rp_kvm_frame_redirected(struct rp_kvm_memory *memory, uint64_t behind, struct rp_kvm_image *after,
                             unsigned *vector);

#endif
