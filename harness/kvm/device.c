/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening the device; see device.h. */
#include "kvm/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What the executor cannot do without; Documentation/virt/kvm/api.rst names each. */
static const struct {
    int number;
    const char *name;
} needed[] = {
    {KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY"},
    {KVM_CAP_SYNC_REGS, "KVM_CAP_SYNC_REGS"},
    {KVM_CAP_XSAVE, "KVM_CAP_XSAVE"},
    {KVM_CAP_XCRS, "KVM_CAP_XCRS"},
    {KVM_CAP_DEBUGREGS, "KVM_CAP_DEBUGREGS"},
    {KVM_CAP_SET_GUEST_DEBUG, "KVM_CAP_SET_GUEST_DEBUG"},
    {KVM_CAP_VCPU_EVENTS, "KVM_CAP_VCPU_EVENTS"},
    {KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT"},
    {KVM_CAP_MP_STATE, "KVM_CAP_MP_STATE"},
};

static int cannot_open(const char *path, struct rp_error *error)
{
    int cause = errno;
    if (cause == ENOENT || cause == ENODEV || cause == ENXIO)
        return rp_error_set(
            error, RP_EENVIRONMENT,
            "there is no '%s'; load the module kvm_intel or kvm_amd on a machine with VT-x or "
            "SVM, or leave kvm out with -x",
            path);
    if (cause == EACCES || cause == EPERM)
        return rp_error_set(
            error, RP_EENVIRONMENT,
            "'%s' is not permitted; join the group kvm (usermod -aG kvm USER, log in again), or "
            "leave kvm out with -x",
            path);
    return rp_error_system(error, cause, "'%s' can't be opened", path);
}

static int check_capabilities(struct rp_kvm_device *device, const char *path, struct rp_error *error)
{
    if (ioctl(device->fd, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
        return rp_error_set(error, RP_EENVIRONMENT, "'%s' is not KVM, API version %d; leave kvm out with -x",
                            path, KVM_API_VERSION);
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (ioctl(device->fd, KVM_CHECK_EXTENSION, needed[i].number) <= 0)
            return rp_error_set(error, RP_EENVIRONMENT, "the kernel's KVM lacks %s; use Linux 4.16 or newer",
                                needed[i].name);
    int size = ioctl(device->fd, KVM_GET_VCPU_MMAP_SIZE, 0);
    device->run_size = size > 0 ? (size_t)size : 0;
    return size > 0 ? RP_OK : rp_error_system(error, errno, "KVM_GET_VCPU_MMAP_SIZE failed");
}

/* Leaf Dh says where each component stands, in this format whatever the guest has enabled. */
static void find_components(struct rp_kvm_device *device)
{
    const struct kvm_cpuid2 *cpuid = device->cpuid;
    for (uint32_t i = 0; i < cpuid->nent; i++) {
        const struct kvm_cpuid_entry2 *leaf = &cpuid->entries[i];
        uint64_t end = (uint64_t)leaf->ebx + leaf->eax;
        if (leaf->function == 0xd && leaf->index >= 2 && leaf->index < RP_KVM_FEATURE && leaf->eax &&
            !(leaf->ecx & 1) && end <= RP_KVM_XSAVE)
            device->component[leaf->index] = (struct rp_kvm_component){leaf->ebx, leaf->eax};
    }
}

static int ask_cpuid(struct rp_kvm_device *device, struct rp_error *error)
{
    device->cpuid = calloc(1, sizeof *device->cpuid + RP_KVM_LEAVES * sizeof(struct kvm_cpuid_entry2));
    if (!device->cpuid)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for KVM's CPUID");
    device->cpuid->nent = RP_KVM_LEAVES;
    if (ioctl(device->fd, KVM_GET_SUPPORTED_CPUID, device->cpuid))
        return rp_error_system(error, errno, "KVM_GET_SUPPORTED_CPUID failed");
    find_components(device);
    return RP_OK;
}

int rp_kvm_device_open(const char *path, struct rp_kvm_device *device, struct rp_error *error)
{
    *device = (struct rp_kvm_device){.fd = open(path, O_RDWR | O_CLOEXEC)};
    if (device->fd < 0)
        return cannot_open(path, error);
    int result = check_capabilities(device, path, error);
    if (result == RP_OK)
        result = ask_cpuid(device, error);
    if (result != RP_OK)
        rp_kvm_device_close(device);
    return result;
}

void rp_kvm_device_close(struct rp_kvm_device *device)
{
    if (device->fd >= 0)
        close(device->fd);
    free(device->cpuid);
    device->fd = -1;
    device->cpuid = NULL;
}
