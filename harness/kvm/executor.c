/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor's face: pre-states by index, jobs in order, outcomes out; see kvm.h. */
#include "kvm/kvm.h"

#include "executor/limits.h"
#include "kvm/canaries.h"
#include "kvm/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

struct instance {
    volatile uint64_t *run_counter;
    uint64_t own_counter;
    struct rp_kvm_device device;
    struct rp_kvm_machine *machine[RP_MODE_COUNT];
    struct rp_kvm_finding finding[RP_MODE_COUNT][2];
    struct rp_limits *limits;
    struct rp_kvm_prepared **prepared;
    uint32_t count, capacity;
    struct rp_capabilities capabilities;
    struct rp_encoding mediated_of; /* the encoding, and mode, that `mediated` is about */
    enum rp_mode mediated_in;
    bool mediated;
    bool guarded;
};

static const char *version(void)
{
    static char text[128];
    struct utsname name;
    if (!text[0])
        snprintf(text, sizeof text, "KVM of Linux %s", uname(&name) == 0 ? name.release : "");
    return text;
}

static const struct rp_capabilities *capabilities(void *opaque)
{
    return &((struct instance *)opaque)->capabilities;
}

static void forget(void *opaque, uint32_t first)
{
    struct instance *instance = opaque;
    while (instance->count > first) {
        struct rp_kvm_prepared *prepared = instance->prepared[--instance->count];
        rp_kvm_machine_release(instance->machine[prepared->mode], prepared);
        free(prepared);
    }
}

static void close_instance(void *opaque)
{
    struct instance *instance = opaque;
    if (!instance)
        return;
    forget(instance, 0);
    free(instance->prepared);
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        if (instance->machine[mode])
            rp_kvm_machine_close(instance->machine[mode]);
        free(instance->machine[mode]);
    }
    if (instance->guarded)
        rp_kvm_guard_close();
    rp_limits_close(instance->limits);
    rp_kvm_device_close(&instance->device);
    free(instance);
}

static int open_machine(struct instance *instance, enum rp_mode mode, struct rp_error *error)
{
    struct rp_kvm_machine *machine = malloc(sizeof *machine);
    if (!machine)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for kvm's %s machine",
                            rp_mode_info(mode)->name);
    int result = rp_kvm_machine_open(machine, &instance->device, mode, error);
    if (result != RP_OK) {
        free(machine);
        return result;
    }
    instance->machine[mode] = machine;
    return RP_OK;
}

/* A ring that does not even run NOP is none that this KVM has. */
static int ask_canaries(struct instance *instance, enum rp_mode mode, struct rp_error *error)
{
    struct rp_capabilities *can = &instance->capabilities;
    const struct rp_mode_info *info = rp_mode_info(mode);
    int result = RP_OK;
    for (unsigned ring = 0; ring <= 3 && result == RP_OK; ring += 3) {
        struct rp_kvm_finding *finding = &instance->finding[mode][ring != 0];
        if (!(ring ? info->has_ring3 : info->has_ring0))
            continue;
        result = rp_kvm_canaries(instance->machine[mode], ring, finding, error);
        can->ring[mode][ring] = finding->runs;
        if (result == RP_OK && !finding->runs) {
            can->missing[mode] = true;
            snprintf(can->refused[mode], RP_REFUSED_MAX, "%s",
                     instance->machine[mode]->vcpu.unpaged
                         ? "this KVM does not take CR0.PG outside of long mode; use one with VT-x or SVM"
                         : "this KVM does not run it; use one with VT-x or SVM");
        }
    }
    return result;
}

/* Who executes, by the rings that run at all. */
static void remark(struct instance *instance)
{
    unsigned rings = 0, silicon = 0;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        for (unsigned i = 0; i < 2; i++) {
            const struct rp_kvm_finding *finding = &instance->finding[mode][i];
            rings += finding->runs;
            silicon += finding->runs && finding->provenance == RP_PROVENANCE_SILICON;
        }
    }
    const char *text =
        "no VT-x or SVM below it: it tests the hypervisor, shows nothing of the CPU and decides nothing";
    if (silicon == rings)
        text = "silicon, but for the instructions that the hypervisor answers";
    else if (silicon)
        text = "silicon in some modes alone; what its emulator runs decides nothing";
    snprintf(instance->capabilities.remark, RP_REFUSED_MAX, "%s", text);
    instance->capabilities.some_silicon = silicon > 0;
}

static int open_machines(struct instance *instance, struct rp_error *error)
{
    int result = RP_OK;
    for (unsigned mode = 0; mode < RP_MODE_COUNT && result == RP_OK; mode++)
        result = open_machine(instance, (enum rp_mode)mode, error);
    rp_kvm_guard_start();
    for (unsigned mode = 0; mode < RP_MODE_COUNT && result == RP_OK; mode++)
        result = ask_canaries(instance, (enum rp_mode)mode, error);
    if (result == RP_OK)
        result = rp_kvm_find_resources(instance->machine, &instance->capabilities, error);
    rp_kvm_guard_stop();
    return result;
}

static int open_instance(const struct rp_executor_options *options, void **opaque, struct rp_error *error)
{
    struct instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for kvm");
    instance->run_counter = options && options->run_counter ? options->run_counter : &instance->own_counter;
    instance->device.fd = -1;
    int result = rp_kvm_device_open(RP_KVM_PATH, &instance->device, error);
    if (result == RP_OK)
        result = rp_limits_open("kvm", &instance->limits, error);
    if (result == RP_OK)
        result = rp_kvm_guard_open(error);
    instance->guarded = result == RP_OK;
    if (result == RP_OK)
        result = open_machines(instance, error);
    if (result != RP_OK) {
        close_instance(instance);
        return result;
    }
    remark(instance);
    struct rp_capabilities *can = &instance->capabilities;
    can->vector_registers = (uint8_t)rp_kvm_vector_registers(&instance->device);
    can->vector_words = (uint8_t)rp_kvm_vector_words(&instance->device);
    can->vector_masks = can->vector_words == RP_VECTOR_WORDS_EACH;
    memset(can->descriptor, true, sizeof can->descriptor);
    *opaque = instance;
    return RP_OK;
}

static int grow(struct instance *instance, size_t count, struct rp_error *error)
{
    size_t need = instance->count + count;
    if (need <= instance->capacity)
        return RP_OK;
    size_t capacity = instance->capacity ? 2 * (size_t)instance->capacity : 64;
    while (capacity < need)
        capacity *= 2;
    struct rp_kvm_prepared **grown = realloc(instance->prepared, capacity * sizeof(struct rp_kvm_prepared *));
    if (!grown)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for %zu pre-states", need);
    instance->prepared = grown;
    instance->capacity = (uint32_t)capacity;
    return RP_OK;
}

static int prepare_one(struct instance *instance, const struct rp_prestate *prestate, struct rp_error *error)
{
    struct rp_kvm_prepared *prepared = aligned_alloc(64, sizeof *prepared);
    if (!prepared)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a pre-state");
    int result = rp_kvm_machine_prepare(instance->machine[prestate->mode], prestate, prepared, error);
    if (result != RP_OK) {
        free(prepared);
        return result;
    }
    prepared->held = prepared->held && instance->capabilities.ring[prestate->mode][prestate->ring];
    instance->prepared[instance->count++] = prepared;
    return RP_OK;
}

static int prepare(void *opaque, const struct rp_prestate *prestates, size_t count, uint32_t *first,
                   struct rp_error *error)
{
    struct instance *instance = opaque;
    uint32_t start = instance->count;
    int result = grow(instance, count, error);
    for (size_t i = 0; i < count && result == RP_OK; i++)
        result = prepare_one(instance, &prestates[i], error);
    if (result != RP_OK)
        forget(instance, start);
    *first = start;
    return result;
}

/* True if a hypervisor answers this instruction in the CPU's stead, however much hardware it has: the rows of
 * limits-kvm.tsv. */
static bool is_mediated(struct instance *instance, enum rp_mode mode, const struct rp_encoding *encoding)
{
    const struct rp_encoding *of = &instance->mediated_of;
    if (of->length == encoding->length && instance->mediated_in == mode &&
        memcmp(of->bytes, encoding->bytes, encoding->length) == 0)
        return instance->mediated;
    struct rp_instruction instruction;
    instance->mediated_of = *encoding;
    instance->mediated_in = mode;
    instance->mediated = rp_decode(mode, encoding->bytes, encoding->length, &instruction, NULL) == RP_OK &&
                         rp_limits_find(instance->limits, mode, &instruction) != NULL;
    return instance->mediated;
}

static enum rp_provenance provenance_of(struct instance *instance, const struct rp_kvm_prepared *prepared,
                                        const struct rp_job *job)
{
    enum rp_provenance provenance = instance->finding[prepared->mode][prepared->ring != 0].provenance;
    const struct rp_encoding *encoding = job->sequence ? job->sequence->encoding : &job->encoding;
    unsigned count = job->sequence ? job->sequence->count : 1;
    for (unsigned i = 0; i < count && provenance == RP_PROVENANCE_SILICON; i++)
        if (is_mediated(instance, prepared->mode, &encoding[i]))
            provenance = RP_PROVENANCE_KVM_EMULATED;
    return provenance;
}

static int run(void *opaque, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
               struct rp_error *error)
{
    struct instance *instance = opaque;
    int result = RP_OK;
    rp_kvm_guard_start();
    for (size_t i = 0; i < count && result == RP_OK; i++) {
        struct rp_kvm_prepared *prepared = instance->prepared[jobs[i].prestate];
        struct rp_kvm_machine *machine = instance->machine[prepared->mode];
        struct rp_outcome outcome = {0};
        size_t changes;
        ++*instance->run_counter;
        result =
            jobs[i].sequence
                ? rp_kvm_machine_run_sequence(machine, prepared, jobs[i].sequence, &outcome, &changes, error)
                : rp_kvm_machine_run(machine, prepared, &jobs[i].encoding, &outcome, &changes, error);
        outcome.provenance = (uint8_t)provenance_of(instance, prepared, &jobs[i]);
        if (result == RP_OK)
            result = rp_outcomes_add(outcomes, &outcome, machine->changes, changes, error);
    }
    rp_kvm_guard_stop();
    return result;
}

const struct rp_executor rp_executor_kvm = {
    .name = "kvm",
    .provenance = RP_PROVENANCE_KVM_EMULATED,
    .by_machine = true,
    .sequences = true,
    .version = version,
    .open = open_instance,
    .close = close_instance,
    .capabilities = capabilities,
    .prepare = prepare,
    .forget = forget,
    .run = run,
};
