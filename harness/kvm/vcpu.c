/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Setting, running and reading a virtual CPU; see vcpu.h. The only hot path of this room, with run.c. */
#include "kvm/vcpu.h"

#include "kvm/guard.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define SYNCED       (KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS)
#define IDENTITY_MAP UINT64_C(0xfffbc000) /* below the BIOS, where other monitors have it */
#define DEVICES_MAX  4096                 /* accesses of one run: a REP that is served byte by byte */
#define TSC_AT       (RP_KVM_MSRS - 1)
#define TSC_DRIFT                                                                                            \
    (UINT64_C(1) << 36) /* cycles, far more than lie between two runs; perturbations are 2^40                \
                         */

static int refuses(struct rp_error *error, const char *what)
{
    return rp_error_system(error, errno, "%s failed", what);
}

/* Pages that KVM needs of an Intel guest which real mode is emulated for, above all memory (api.rst,
 * KVM_SET_TSS_ADDR, KVM_SET_IDENTITY_MAP_ADDR). Others have no use for them, and may refuse. */
static void place_intels_pages(int vm)
{
    uint64_t identity = IDENTITY_MAP;
    ioctl(vm, KVM_SET_IDENTITY_MAP_ADDR, &identity);
    ioctl(vm, KVM_SET_TSS_ADDR, IDENTITY_MAP + 0x1000);
}

int rp_kvm_vcpu_open(struct rp_kvm_vcpu *vcpu, const struct rp_kvm_device *device, struct rp_error *error)
{
    memset(vcpu, 0, sizeof *vcpu);
    vcpu->device = device;
    vcpu->fd = -1;
    vcpu->vm = ioctl(device->fd, KVM_CREATE_VM, 0);
    if (vcpu->vm < 0)
        return refuses(error, "KVM_CREATE_VM");
    place_intels_pages(vcpu->vm);
    vcpu->fd = ioctl(vcpu->vm, KVM_CREATE_VCPU, 0);
    if (vcpu->fd < 0)
        return refuses(error, "KVM_CREATE_VCPU");
    if (ioctl(vcpu->fd, KVM_SET_CPUID2, device->cpuid))
        return refuses(error, "KVM_SET_CPUID2");
    vcpu->run = mmap(NULL, device->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
    if (vcpu->run == MAP_FAILED) {
        vcpu->run = NULL;
        return refuses(error, "mapping KVM's run structure");
    }
    if (ioctl(vcpu->fd, KVM_GET_SREGS, &vcpu->fresh))
        return refuses(error, "KVM_GET_SREGS");
    vcpu->run->kvm_valid_regs = SYNCED;
    return RP_OK;
}

void rp_kvm_vcpu_close(struct rp_kvm_vcpu *vcpu)
{
    if (vcpu->run)
        munmap(vcpu->run, vcpu->device->run_size);
    if (vcpu->fd >= 0)
        close(vcpu->fd);
    if (vcpu->vm >= 0)
        close(vcpu->vm);
    vcpu->run = NULL;
    vcpu->fd = vcpu->vm = -1;
}

/* struct kvm_msrs, with its entries. */
struct msr_list {
    uint32_t count, unused;
    struct kvm_msr_entry entry[RP_KVM_MSRS];
};
_Static_assert(offsetof(struct msr_list, entry) == offsetof(struct kvm_msrs, entries), "<linux/kvm.h>");

static void add_msr(struct msr_list *list, uint32_t number, uint64_t value)
{
    list->entry[list->count++] = (struct kvm_msr_entry){.index = number, .data = value};
}

bool rp_kvm_vcpu_get_msr(const struct rp_kvm_vcpu *vcpu, uint32_t number, uint64_t *value)
{
    struct msr_list list = {0};
    add_msr(&list, number, 0);
    bool known = ioctl(vcpu->fd, KVM_GET_MSRS, &list) == 1;
    *value = list.entry[0].data;
    return known;
}

bool rp_kvm_vcpu_set_msr(const struct rp_kvm_vcpu *vcpu, uint32_t number, uint64_t value)
{
    struct msr_list list = {0};
    add_msr(&list, number, value);
    return ioctl(vcpu->fd, KVM_SET_MSRS, &list) == 1;
}

static bool held(const struct rp_kvm_vcpu *vcpu, unsigned i)
{
    return vcpu->refused.reg[rp_kvm_msrs[i].reg] != UINT64_MAX;
}

/* The time-stamp counter goes on by itself: only a value far from where it should be is set. */
static bool msr_differs(const struct rp_kvm_vcpu *vcpu, unsigned i, uint64_t wanted)
{
    uint64_t has = vcpu->now.msr[i];
    if (!vcpu->known)
        return true;
    return i == TSC_AT ? has - wanted > TSC_DRIFT : has != wanted;
}

/* By the offset from the host's: KVM takes a write of the MSR for an attempt to synchronise CPUs, and of 0
 * above all (Documentation/virt/kvm/devices/vcpu.rst, KVM_VCPU_TSC_CTRL; Linux 5.16). Older kernels get the
 * write. */
bool rp_kvm_vcpu_set_tsc(const struct rp_kvm_vcpu *vcpu, uint64_t wanted)
{
    const uint32_t number = rp_kvm_msrs[TSC_AT].number;
    uint64_t offset = 0, has = 0;
    struct kvm_device_attr attribute = {
        .group = KVM_VCPU_TSC_CTRL, .attr = KVM_VCPU_TSC_OFFSET, .addr = (uintptr_t)&offset};
    bool there = rp_kvm_vcpu_get_msr(vcpu, number, &has);
    if (there && ioctl(vcpu->fd, KVM_GET_DEVICE_ATTR, &attribute) == 0) {
        offset += wanted - has;
        there = ioctl(vcpu->fd, KVM_SET_DEVICE_ATTR, &attribute) == 0;
    } else {
        there = there && rp_kvm_vcpu_set_msr(vcpu, number, wanted);
    }
    return there && rp_kvm_vcpu_get_msr(vcpu, number, &has) && has - wanted < TSC_DRIFT;
}

static bool set_msrs(struct rp_kvm_vcpu *vcpu, const struct rp_kvm_image *image)
{
    struct msr_list list = {0};
    if (held(vcpu, TSC_AT) && msr_differs(vcpu, TSC_AT, image->msr[TSC_AT]) &&
        !rp_kvm_vcpu_set_tsc(vcpu, image->msr[TSC_AT]))
        return false;
    for (unsigned i = 0; i < TSC_AT; i++)
        if (held(vcpu, i) && msr_differs(vcpu, i, image->msr[i]))
            add_msr(&list, rp_kvm_msrs[i].number, image->msr[i]);
    return list.count == 0 || ioctl(vcpu->fd, KVM_SET_MSRS, &list) == (int)list.count;
}

static bool get_msrs(struct rp_kvm_vcpu *vcpu)
{
    struct msr_list list = {0};
    unsigned k = 0;
    for (unsigned i = 0; i < RP_KVM_MSRS; i++)
        if (held(vcpu, i))
            add_msr(&list, rp_kvm_msrs[i].number, 0);
    if (ioctl(vcpu->fd, KVM_GET_MSRS, &list) != (int)list.count)
        return false;
    for (unsigned i = 0; i < RP_KVM_MSRS; i++)
        vcpu->now.msr[i] = held(vcpu, i) ? list.entry[k++].data : 0;
    return true;
}

static bool set_xcr0(struct rp_kvm_vcpu *vcpu, uint64_t xcr0)
{
    struct kvm_xcrs xcrs = {.nr_xcrs = 1, .xcrs[0].value = xcr0};
    return ioctl(vcpu->fd, KVM_SET_XCRS, &xcrs) == 0;
}

/* What has no place in the shared page. */
static bool set_rest(struct rp_kvm_vcpu *vcpu, const struct rp_kvm_image *image)
{
    const struct rp_kvm_image *now = &vcpu->now;
    bool all = !vcpu->known;
    if ((all || now->xcr0 != image->xcr0) && vcpu->refused.reg[RP_REG_XCR0] != UINT64_MAX &&
        !set_xcr0(vcpu, image->xcr0))
        return false;
    if ((all || memcmp(now->xsave, image->xsave, sizeof now->xsave) != 0) &&
        ioctl(vcpu->fd, KVM_SET_XSAVE, image->xsave))
        return false;
    if ((all || memcmp(&now->debugregs, &image->debugregs, sizeof now->debugregs) != 0) &&
        ioctl(vcpu->fd, KVM_SET_DEBUGREGS, &image->debugregs))
        return false;
    return set_msrs(vcpu, image);
}

static bool get_rest(struct rp_kvm_vcpu *vcpu)
{
    struct kvm_xcrs xcrs;
    if (ioctl(vcpu->fd, KVM_GET_XSAVE, vcpu->now.xsave) ||
        ioctl(vcpu->fd, KVM_GET_DEBUGREGS, &vcpu->now.debugregs) || ioctl(vcpu->fd, KVM_GET_XCRS, &xcrs))
        return false;
    vcpu->now.xcr0 = xcrs.nr_xcrs ? xcrs.xcrs[0].value : 0;
    return get_msrs(vcpu);
}

/* No exception, interrupt or NMI is under way, nothing is blocked. */
static const struct kvm_vcpu_events no_events = {.flags = KVM_VCPUEVENT_VALID_SHADOW |
                                                          KVM_VCPUEVENT_VALID_NMI_PENDING};

bool rp_kvm_vcpu_try(struct rp_kvm_vcpu *vcpu, struct rp_kvm_image *image)
{
    struct kvm_vcpu_events events = no_events;
    vcpu->known = false;
    vcpu->run->kvm_dirty_regs = 0;
    if (ioctl(vcpu->fd, KVM_SET_SREGS, &image->sregs) || ioctl(vcpu->fd, KVM_SET_REGS, &image->regs) ||
        ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events) || !set_rest(vcpu, image))
        return false;
    if (ioctl(vcpu->fd, KVM_GET_SREGS, &vcpu->now.sregs) || ioctl(vcpu->fd, KVM_GET_REGS, &vcpu->now.regs) ||
        !get_rest(vcpu))
        return false;
    vcpu->now.shadow = 0;
    vcpu->now.msr[TSC_AT] = image->msr[TSC_AT];
    *image = vcpu->now;
    vcpu->known = true;
    return true;
}

int rp_kvm_vcpu_load(struct rp_kvm_vcpu *vcpu, const struct rp_kvm_image *image, struct rp_error *error)
{
    struct kvm_run *run = vcpu->run;
    if (!set_rest(vcpu, image))
        return refuses(error, "setting a virtual CPU's state");
    run->s.regs.regs = image->regs;
    run->s.regs.sregs = image->sregs;
    run->s.regs.events = no_events;
    run->kvm_dirty_regs = SYNCED;
    run->cr8 = image->sregs.cr8;
    return RP_OK;
}

int rp_kvm_vcpu_step(struct rp_kvm_vcpu *vcpu, bool stepping, struct rp_error *error)
{
    struct kvm_guest_debug debug = {.control = stepping ? KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP : 0};
    if (stepping == vcpu->stepping)
        return RP_OK;
    if (ioctl(vcpu->fd, KVM_SET_GUEST_DEBUG, &debug))
        return refuses(error, "KVM_SET_GUEST_DEBUG");
    vcpu->stepping = stepping;
    return RP_OK;
}

/* Nobody drives the bus: reads are ones, writes are lost. */
static void serve_port(struct kvm_run *run)
{
    size_t bytes = (size_t)run->io.size * run->io.count;
    if (run->io.direction == KVM_EXIT_IO_IN)
        memset((unsigned char *)run + run->io.data_offset, 0xff, bytes);
}

static void serve_memory(struct kvm_run *run)
{
    if (!run->mmio.is_write)
        memset(run->mmio.data, 0xff, sizeof run->mmio.data);
}

static enum rp_kvm_end name_end(const struct kvm_run *run)
{
    switch (run->exit_reason) {
    case KVM_EXIT_DEBUG:
        return RP_KVM_STEPPED;
    case KVM_EXIT_HLT:
        return RP_KVM_HALTED;
    case KVM_EXIT_SHUTDOWN:
        return RP_KVM_SHUTDOWN;
    case KVM_EXIT_INTERNAL_ERROR:
        return run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION ? RP_KVM_UNEMULATED : RP_KVM_OTHER;
    default:
        return RP_KVM_OTHER;
    }
}

enum rp_kvm_end rp_kvm_vcpu_run(struct rp_kvm_vcpu *vcpu, unsigned *devices)
{
    struct kvm_run *run = vcpu->run;
    *devices = 0;
    rp_kvm_guard_watch(run);
    for (unsigned served = 0; served < DEVICES_MAX;) {
        int result = ioctl(vcpu->fd, KVM_RUN, 0);
        run->kvm_dirty_regs = 0;
        if (result && errno == EINTR && rp_kvm_guard_expired())
            return RP_KVM_EXPIRED;
        if (result && errno == EINTR)
            continue;
        if (result) {
            run->exit_reason = KVM_EXIT_FAIL_ENTRY;
            return RP_KVM_OTHER;
        }
        if (run->exit_reason == KVM_EXIT_IO)
            serve_port(run);
        else if (run->exit_reason == KVM_EXIT_MMIO)
            serve_memory(run);
        else
            return name_end(run);
        *devices += run->exit_reason == KVM_EXIT_MMIO;
        served++;
    }
    return RP_KVM_OTHER;
}

int rp_kvm_vcpu_read(struct rp_kvm_vcpu *vcpu, struct rp_error *error)
{
    vcpu->now.regs = vcpu->run->s.regs.regs;
    vcpu->now.sregs = vcpu->run->s.regs.sregs;
    vcpu->now.shadow = vcpu->run->s.regs.events.interrupt.shadow;
    vcpu->known = get_rest(vcpu);
    return vcpu->known ? RP_OK : refuses(error, "reading a virtual CPU's state");
}

int rp_kvm_vcpu_forget_halt(struct rp_kvm_vcpu *vcpu, struct rp_error *error)
{
    int result = rp_kvm_vcpu_step(vcpu, false, error);
    for (unsigned i = 0; i < 4 && result == RP_OK; i++) {
        vcpu->run->immediate_exit = 0; /* the guard's, if it came while the run ended */
        if (ioctl(vcpu->fd, KVM_RUN, 0) == 0 || errno != EINTR)
            break;
    }
    return result;
}

void rp_kvm_vcpu_recover(struct rp_kvm_vcpu *vcpu)
{
    struct kvm_mp_state runnable = {.mp_state = KVM_MP_STATE_RUNNABLE};
    /* A device's answer may be outstanding: KVM takes it before it looks at immediate_exit (api.rst,
     * KVM_RUN). */
    vcpu->run->immediate_exit = 1;
    for (unsigned i = 0; i < 64 && ioctl(vcpu->fd, KVM_RUN, 0) == 0; i++)
        continue;
    vcpu->run->immediate_exit = 0;
    ioctl(vcpu->fd, KVM_SET_MP_STATE, &runnable);
    vcpu->known = false;
}
