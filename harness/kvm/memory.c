/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest memory by the log of dirty pages; see memory.h. */
#include "kvm/memory.h"

#include "state/recipe.h"

#include <assert.h>
#include <errno.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define TOTAL RP_ARENA_REGIONS_SIZE
#define PAGE  0x1000u

/* Of an IDT's 64-bit gates bits 34:32 choose a stack of the TSS, SDM Vol. 3A 6.14.5. With it an exception
 * finds a stack whatever the test did to its own. */
#define GATE_IST1 (UINT64_C(1) << 32)
#define TSS_IST1  0x24 /* SDM Vol. 3A figure 7-11 */

/* The system part is where it seems to be; the program's pages have aliases under paging. */
static uint32_t offset_of_linear(const struct rp_kvm_memory *memory, uint64_t linear)
{
    uint32_t physical;
    if (rp_arena_physical(memory->mode, linear, &physical))
        return rp_arena_offset(physical);
    return rp_arena_offset(linear);
}

static bool is_gate(const struct rp_kvm_memory *memory, uint32_t address)
{
    return rp_mode_info(memory->mode)->long_mode && address - RP_ARENA_IDT < 2 * RP_ARENA_IDT_SIZE &&
           address % 16 == 0;
}

static void put_word(struct rp_kvm_memory *memory, uint32_t address, uint64_t value)
{
    uint32_t offset = rp_arena_offset(address);
    assert(offset != RP_ARENA_NOWHERE);
    if (is_gate(memory, address))
        value |= GATE_IST1;
    memcpy(memory->guest + offset, &value, sizeof value);
    memcpy(memory->expected + offset, &value, sizeof value);
}

void rp_kvm_memory_write(struct rp_kvm_memory *memory, uint32_t address, const void *bytes, size_t length)
{
    uint32_t offset = rp_arena_offset(address);
    assert(offset != RP_ARENA_NOWHERE && offset + length <= TOTAL);
    memcpy(memory->guest + offset, bytes, length);
    memcpy(memory->expected + offset, bytes, length);
    memcpy(memory->base + offset, bytes, length);
}

static void put_base(void *context, uint32_t address, const void *bytes, size_t length)
{
    rp_kvm_memory_write(context, address, bytes, length);
}

static void put_stacks(struct rp_kvm_memory *memory)
{
    uint64_t top = RP_ARENA_STACK0_TOP;
    for (unsigned copy = 0; copy < 2; copy++)
        rp_kvm_memory_write(memory, RP_ARENA_TSS + copy * RP_ARENA_TSS_STRIDE + TSS_IST1, &top, sizeof top);
    for (uint32_t at = 0; at < 2 * RP_ARENA_IDT_SIZE; at += 16) {
        uint64_t word;
        memcpy(&word, memory->base + rp_arena_offset(RP_ARENA_IDT + at), sizeof word);
        word |= GATE_IST1;
        rp_kvm_memory_write(memory, RP_ARENA_IDT + at, &word, sizeof word);
    }
}

static int give(const struct rp_kvm_memory *memory, unsigned region, bool present, struct rp_error *error)
{
    const struct rp_arena_region *r = &rp_arena_regions[region];
    bool logged = r->address == RP_ARENA_SYSTEM; /* the rest is small enough to look at without asking */
    struct kvm_userspace_memory_region slot = {.slot = region,
                                               .flags = logged ? KVM_MEM_LOG_DIRTY_PAGES : 0,
                                               .guest_phys_addr = r->address,
                                               .memory_size = present ? r->size : 0,
                                               .userspace_addr =
                                                   (uintptr_t)memory->guest + rp_arena_offset(r->address)};
    if (ioctl(memory->vm, KVM_SET_USER_MEMORY_REGION, &slot))
        return rp_error_system(error, errno, "KVM refuses the guest memory at %x", r->address);
    return RP_OK;
}

int rp_kvm_memory_open(struct rp_kvm_memory *memory, int vm, enum rp_mode mode, struct rp_error *error)
{
    *memory = (struct rp_kvm_memory){.vm = vm, .mode = mode};
    memory->guest = mmap(NULL, TOTAL, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memory->guest = memory->guest == MAP_FAILED ? NULL : memory->guest;
    memory->expected = calloc(1, TOTAL);
    memory->base = calloc(1, TOTAL);
    if (!memory->guest || !memory->expected || !memory->base) {
        rp_kvm_memory_close(memory);
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the guest memory of kvm's %s machine",
                            rp_mode_info(mode)->name);
    }
    rp_prestate_base(mode, put_base, memory);
    if (rp_mode_info(mode)->long_mode)
        put_stacks(memory);
    int result = RP_OK;
    for (unsigned region = 0; region < RP_ARENA_REGIONS && result == RP_OK; region++)
        result = give(memory, region, true, error);
    if (result != RP_OK)
        rp_kvm_memory_close(memory);
    return result;
}

void rp_kvm_memory_close(struct rp_kvm_memory *memory)
{
    if (memory->guest)
        munmap(memory->guest, TOTAL);
    free(memory->expected);
    free(memory->base);
    memory->guest = memory->expected = memory->base = NULL;
}

void rp_kvm_memory_apply(struct rp_kvm_memory *memory, const struct rp_memory *words)
{
    const struct rp_memory *old = memory->applied;
    if (old == words)
        return;
    for (uint32_t i = 0; old && i < old->count; i++) {
        uint64_t value;
        memcpy(&value, memory->base + rp_arena_offset(old->word[i].address), sizeof value);
        put_word(memory, old->word[i].address, value);
    }
    for (uint32_t i = 0; words && i < words->count; i++)
        put_word(memory, words->word[i].address, words->word[i].value);
    memory->applied = words;
}

void rp_kvm_memory_forget(struct rp_kvm_memory *memory, const struct rp_memory *words)
{
    if (memory->applied == words)
        rp_kvm_memory_apply(memory, NULL);
}

void rp_kvm_memory_undo(struct rp_kvm_memory *memory, uint64_t linear, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        uint32_t offset = offset_of_linear(memory, linear + i);
        if (offset != RP_ARENA_NOWHERE)
            memory->guest[offset] = memory->expected[offset];
    }
}

bool rp_kvm_memory_read(const struct rp_kvm_memory *memory, uint64_t linear, unsigned bytes, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < bytes; i++) {
        uint32_t offset = offset_of_linear(memory, linear + i);
        if (offset == RP_ARENA_NOWHERE)
            return false;
        *value |= (uint64_t)memory->guest[offset] << 8 * i;
    }
    return true;
}

struct changes {
    struct rp_change *list;
    size_t count;
};

static void settle_word(struct rp_kvm_memory *memory, uint32_t address, uint32_t offset,
                        struct changes *changes)
{
    uint64_t now, before;
    memcpy(&now, memory->guest + offset, sizeof now);
    memcpy(&before, memory->expected + offset, sizeof before);
    if (now == before)
        return;
    memcpy(memory->guest + offset, &before, sizeof before);
    uint32_t component = rp_component_at(address);
    if (component)
        changes->list[changes->count++] = (struct rp_change){component, now};
    memory->code_written |= address - RP_ARENA_CODE < RP_ARENA_CODE_SIZE;
    memory->tables_written |= address - RP_ARENA_TABLES < RP_ARENA_TABLES_SIZE;
}

static void settle_page(struct rp_kvm_memory *memory, uint32_t address, struct changes *changes)
{
    uint32_t offset = rp_arena_offset(address);
    if (memcmp(memory->guest + offset, memory->expected + offset, PAGE) == 0)
        return;
    for (uint32_t at = 0; at < PAGE; at += 8)
        settle_word(memory, address + at, offset + at, changes);
}

static void settle_region(struct rp_kvm_memory *memory, unsigned region, struct changes *changes)
{
    const struct rp_arena_region *r = &rp_arena_regions[region];
    uint64_t bitmap[RP_ARENA_SYSTEM_SIZE / PAGE / 64 + 1] = {0};
    struct kvm_dirty_log log = {.slot = region, .dirty_bitmap = bitmap};
    if (ioctl(memory->vm, KVM_GET_DIRTY_LOG, &log))
        memset(bitmap, 0xff, sizeof bitmap);
    for (uint32_t page = 0; page < r->size / PAGE; page++)
        if (bitmap[page / 64] >> page % 64 & 1)
            settle_page(memory, r->address + page * PAGE, changes);
}

static void settle_all(struct rp_kvm_memory *memory, unsigned region, struct changes *changes)
{
    const struct rp_arena_region *r = &rp_arena_regions[region];
    for (uint32_t page = 0; page < r->size / PAGE; page++)
        settle_page(memory, r->address + page * PAGE, changes);
}

size_t rp_kvm_memory_settle(struct rp_kvm_memory *memory, struct rp_change *changes)
{
    struct changes found = {changes, 0};
    memory->code_written = memory->tables_written = false;
    for (unsigned region = 0; region < RP_ARENA_REGIONS; region++)
        (rp_arena_regions[region].address == RP_ARENA_SYSTEM ? settle_region : settle_all)(memory, region,
                                                                                           &found);
    /* KVM has shadows of page tables that this process's own stores don't reach; a slot that goes and comes
     * back drops them. */
    for (unsigned region = 0; memory->tables_written && region < RP_ARENA_REGIONS; region++)
        if (rp_arena_regions[region].address == RP_ARENA_SYSTEM && give(memory, region, false, NULL) == RP_OK)
            give(memory, region, true, NULL);
    return found.count;
}

bool rp_kvm_memory_clean(const struct rp_kvm_memory *memory)
{
    return memcmp(memory->guest, memory->expected, TOTAL) == 0;
}
