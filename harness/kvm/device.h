/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /dev/kvm: opened, asked what it can do. Private to harness/kvm and its tests. */
#ifndef RP_HARNESS_KVM_DEVICE_H
#define RP_HARNESS_KVM_DEVICE_H

#include "base/error.h"

#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>

#define RP_KVM_PATH    "/dev/kvm"
#define RP_KVM_LEAVES  256  /* of CPUID that KVM may name */
#define RP_KVM_XSAVE   4096 /* bytes of struct kvm_xsave */
#define RP_KVM_FEATURE 19   /* components of the extended state that have a place of their own */

/* One part of the XSAVE area, SDM Vol. 1 13.4.3; `size` 0: this KVM does not have it. */
struct rp_kvm_component {
    uint32_t offset, size;
};

struct rp_kvm_device {
    int fd;
    size_t run_size;          /* bytes of struct kvm_run, mapped */
    struct kvm_cpuid2 *cpuid; /* what a guest can be given; owned */
    struct rp_kvm_component component[RP_KVM_FEATURE];
};

/* Opens the device at `path`. RP_EENVIRONMENT: it is not there, not permitted, or too old; the line says
 * which and the mend. Close with rp_kvm_device_close. */
int rp_kvm_device_open(const char *path, struct rp_kvm_device *device, struct rp_error *error);
void rp_kvm_device_close(struct rp_kvm_device *device);

#endif
