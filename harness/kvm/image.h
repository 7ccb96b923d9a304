/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtual CPU's state as KVM takes and gives it, and its translation to and from a pre-state's registers.
 * Private to harness/kvm. */
#ifndef RP_HARNESS_KVM_IMAGE_H
#define RP_HARNESS_KVM_IMAGE_H

#include "kvm/device.h"
#include "state/registers.h"

/* The registers that KVM_SET_MSRS reaches, in the order of their numbers' table. */
#define RP_KVM_MSRS 13

struct rp_kvm_msr {
    uint8_t reg;
    uint32_t number;
};
extern const struct rp_kvm_msr rp_kvm_msrs[RP_KVM_MSRS];

struct rp_kvm_image {
    struct kvm_regs regs;
    struct kvm_sregs sregs;
    struct kvm_debugregs debugregs;
    uint64_t xcr0;
    uint64_t msr[RP_KVM_MSRS];
    uint64_t shadow; /* KVM_X86_SHADOW_INT_* */
    _Alignas(64) unsigned char xsave[RP_KVM_XSAVE];
};

/* What a guest does not have or may not set, by register: bits that are left out of an image. */
struct rp_kvm_refused {
    uint64_t reg[RP_REG_COUNT];
};

/* Translates; what the image cannot hold is lost. `sregs` fields that no register names are taken from
 * `image` as they stand. */
void rp_kvm_image_load(struct rp_kvm_image *image, const struct rp_kvm_device *device,
                       const struct rp_kvm_refused *refused, const struct rp_state *state);

/* The way back; registers that the image does not have are 0. */
void rp_kvm_image_read(const struct rp_kvm_image *image, const struct rp_kvm_device *device,
                       uint64_t reg[RP_REG_COUNT]);

/* The vector registers of an XSAVE area. */
void rp_kvm_image_read_vectors(const struct rp_kvm_image *image, const struct rp_kvm_device *device,
                               uint64_t vector[RP_VECTOR_WORDS]);

/* How many words of a vector register, and how many registers, the device's XSAVE area has. */
unsigned rp_kvm_vector_words(const struct rp_kvm_device *device);
unsigned rp_kvm_vector_registers(const struct rp_kvm_device *device);

#endif
