/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU as a machine of harness/guest; see qemu.h. */
#include "qemu/qemu.h"

#include "guest/face.h"
#include "qemu/process.h"

#include <string.h>

/* No counters, no CPUID faulting, no way to set the time-stamp counter; a guest does not see its own
 * interrupt shadow. */
static const uint8_t not_held[] = {
    RP_RESOURCE_PMC,
    RP_RESOURCE_MISC_FEATURES_CPUID_FAULT,
    RP_RESOURCE_TSC,
    RP_RESOURCE_SHADOW,
};

static struct rp_guest_shared *shared(void *process)
{
    return ((struct rp_qemu_process *)process)->shared;
}

static bool read_memory(void *process, uint32_t address, void *bytes, size_t size)
{
    const unsigned char *memory = ((struct rp_qemu_process *)process)->memory;
    if (memory)
        memcpy(bytes, memory + address, size);
    return memory != NULL;
}

static const struct rp_guest_driver driver = {
    .name = "qemu",
    .size = sizeof(struct rp_qemu_process),
    .not_held = not_held,
    .not_held_count = sizeof not_held,
    .open = rp_qemu_process_open,
    .close = rp_qemu_process_close,
    .restart = rp_qemu_process_restart,
    .order = rp_qemu_process_order,
    .intact = rp_qemu_process_intact,
    .shared = shared,
    .read = read_memory,
};

static int open_instance(const struct rp_executor_options *options, void **instance, struct rp_error *error)
{
    return rp_guest_face_open(&driver, RP_QEMU_MODEL, options, instance, error);
}

const struct rp_executor rp_executor_qemu = {
    .name = "qemu",
    .provenance = RP_PROVENANCE_EMULATED,
    .version = rp_qemu_version,
    .open = open_instance,
    .close = rp_guest_face_close,
    .capabilities = rp_guest_face_capabilities,
    .prepare = rp_guest_face_prepare,
    .forget = rp_guest_face_forget,
    .run = rp_guest_face_run,
};
