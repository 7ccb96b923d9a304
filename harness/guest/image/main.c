/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The image's life: set up, then order after order. */
#include "guest/image/cpu.h"
#include "guest/image/image.h"

void rp_guest_main(void);

static void carry_out(struct rp_guest_shared *shared)
{
    struct rp_guest_changes changes = {shared->change, 0};
    rp_guest_timer_set();
    rp_guest_memory_begin(shared->strayed != 0, &changes);
    shared->strayed = 0;
    shared->done = shared->current = shared->first;
    while (shared->done < shared->count && changes.count + RP_GUEST_CHANGES_EACH <= RP_GUEST_CHANGES) {
        uint32_t i = shared->current = shared->done;
        rp_guest_run(i, &changes);
        shared->beat++;
        shared->done = i + 1;
    }
    shared->changes = changes.count;
    rp_guest_memory_end();
}

void rp_guest_main(void)
{
    struct rp_guest_shared *shared = RP_GUEST_SHARED_AT;
    shared->bits = RP_GUEST_LONG ? 64 : 32; /* by which gates are made */
    shared->stack0 = RP_GUEST_LONG ? 0 : (uint32_t)(unsigned long)(rp_guest_stack0 + RP_GUEST_STACK0_WORDS);
    rp_guest_bell_open();
    rp_guest_features_find();
    rp_guest_vector_find();
    rp_guest_memory_enter(RP_GUEST_LONG ? RP_MODE_LONG64 : RP_MODE_PROT32);
    rp_guest_load_vectors();
    rp_guest_set_cr3((unsigned long)rp_guest_boot_root);
    rp_guest_timer_open();
    rp_guest_set_cr3(rp_guest_now[RP_REG_CR3]);
    rp_guest_read_all();
    rp_guest_features_tell(shared->lacks);
    rp_guest_memory_kept(shared->kept);
    shared->constant = rp_guest_tables_constant();
    bool all = rp_guest_features & RP_XCR0_AVX512;
    shared->after_size =
        offsetof(struct rp_guest_after, area) + (all ? RP_GUEST_AREA_ALL : RP_GUEST_AREA_COMMON);
    shared->ready = RP_GUEST_VERSION;
    rp_guest_bell_ring();
    for (;;) {
        rp_guest_bell_wait(shared);
        carry_out(shared);
        shared->answered = shared->ordered;
        rp_guest_bell_ring();
    }
}

_Noreturn void rp_guest_panic(uint32_t vector, uint64_t rip, uint64_t what)
{
    struct rp_guest_shared *shared = RP_GUEST_SHARED_AT;
    shared->panic[0] = vector + 1;
    shared->panic[1] = rip;
    shared->panic[2] = what;
    for (;;)
        __asm__ volatile("hlt");
}
