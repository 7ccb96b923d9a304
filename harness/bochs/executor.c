/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bochs as a machine of harness/guest; see bochs.h. */
#include "bochs/bochs.h"

#include "bochs/models.h"
#include "bochs/process.h"
#include "guest/face.h"

/* No counters, no CPUID faulting; a guest does not see its own interrupt shadow. */
static const uint8_t not_held[] = {RP_RESOURCE_PMC, RP_RESOURCE_MISC_FEATURES_CPUID_FAULT,
                                   RP_RESOURCE_SHADOW};

static struct rp_guest_shared *shared(void *process)
{
    return ((struct rp_bochs_process *)process)->shared;
}

static bool read_memory(void *process, uint32_t address, void *bytes, size_t size)
{
    return rp_bochs_memory_read(&((struct rp_bochs_process *)process)->memory, address, bytes, size);
}

static const struct rp_guest_driver driver = {
    .name = "bochs",
    .size = sizeof(struct rp_bochs_process),
    .not_held = not_held,
    .not_held_count = sizeof not_held,
    .open = rp_bochs_process_open,
    .close = rp_bochs_process_close,
    .restart = rp_bochs_process_restart,
    .order = rp_bochs_process_order,
    .intact = rp_bochs_process_intact,
    .shared = shared,
    .read = read_memory,
};

static int open_instance(const struct rp_executor_options *options, void **instance, struct rp_error *error)
{
    return rp_guest_face_open(&driver, options && options->model ? options->model : RP_BOCHS_MODEL, options,
                              instance, error);
}

/* XOP, FMA4 and TBM; SHA's neighbours of AMD (CLZERO, MONITORX) and SVM; 3DNow!. */
static const char *const stand_ins[] = {"trinity_apu", "ryzen", "athlon64_clawhammer", NULL};

const struct rp_executor rp_executor_bochs = {
    .name = "bochs",
    .provenance = RP_PROVENANCE_EMULATED,
    .version = rp_bochs_version,
    .check_model = rp_bochs_check_model,
    .stand_ins = stand_ins,
    .open = open_instance,
    .close = rp_guest_face_close,
    .capabilities = rp_guest_face_capabilities,
    .prepare = rp_guest_face_prepare,
    .forget = rp_guest_face_forget,
    .run = rp_guest_face_run,
};
