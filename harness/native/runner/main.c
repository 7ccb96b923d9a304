/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Set-up, trial runs, and orders. What goes wrong in set-up is said in shared->refused; native/contract.h. */
#include "native/runner/runner.h"
#include "native/runner/system.h"

#include <elf.h>
#include <linux/mman.h>
#include <string.h>
#include <time.h>

#define TICK_NANOSECONDS 1000000
#define FD_SHARED        3
#define FD_SLOTS         4

struct rp_native_shared *rp_native_shared;

void rp_native_main(const long *stack);

extern const Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

/* Static and position-independent: nobody else does it. Tables of names have pointers. */
static void relocate(void)
{
    uint64_t base = (uint64_t)__ehdr_start, size = 0;
    const Elf64_Rela *rela = NULL;
    for (const Elf64_Dyn *entry = _DYNAMIC; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_RELA)
            rela = (const Elf64_Rela *)(base + entry->d_un.d_ptr);
        if (entry->d_tag == DT_RELASZ)
            size = entry->d_un.d_val;
    }
    for (uint64_t i = 0; rela && i < size / sizeof *rela; i++)
        if (ELF64_R_TYPE(rela[i].r_info) == R_X86_64_RELATIVE)
            *(uint64_t *)(base + rela[i].r_offset) = base + (uint64_t)rela[i].r_addend;
}

static void add(char *text, size_t size, const char *more)
{
    size_t at = strlen(text), length = strlen(more);
    if (at + length >= size)
        length = size - at - 1;
    memcpy(text + at, more, length);
    text[at + length] = '\0';
}

__attribute__((noreturn)) static void give_up(const char *what, long result)
{
    char *text = rp_native_shared->refused;
    size_t size = sizeof rp_native_shared->refused;
    char digits[4] = {(char)('0' + -result / 100 % 10), (char)('0' + -result / 10 % 10),
                      (char)('0' + -result % 10)};
    add(text, size, what);
    add(text, size, " is refused, error ");
    add(text, size, digits);
    for (;;)
        system_call(__NR_exit_group, RP_NATIVE_EXIT_SETUP, 0, 0);
}

static void check(const char *what, long result)
{
    if (result < 0 && result > -4096)
        give_up(what, result);
}

/* Nobody can be told of a failure yet. */
static void want_mapped(long at)
{
    while (at <= 0 && at > -4096)
        system_call(__NR_exit_group, RP_NATIVE_EXIT_SETUP, 0, 0);
}

/* The slots behind the rest. */
static void map_shared(void)
{
    const long size = RP_NATIVE_CONTROL_SIZE, all = size + (long)RP_NATIVE_SLOTS_SIZE;
    long at = system_call6(__NR_mmap, 0, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    want_mapped(at);
    want_mapped(
        system_call6(__NR_mmap, at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, FD_SHARED, 0));
    want_mapped(system_call6(__NR_mmap, at + size, all - size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                             FD_SLOTS, 0));
    rp_native_shared = (struct rp_native_shared *)at;
    rp_native_back.mask = rp_native_shared->layout.mask;
}

/* Of this program's processor time: what others take of a busy machine is no sign that a run hangs. It raises
 * SIGALRM, as timer_create without further orders does. */
static long make_timer(void)
{
    return system_call(__NR_timer_create, CLOCK_THREAD_CPUTIME_ID, 0, (long)&rp_native_timer_id);
}

static void set_timer(uint64_t nanoseconds)
{
    rp_native_ticking[3] = nanoseconds; /* once: signal.c says why */
    rp_native_ticked = 0;
    rp_native_timer();
}

/* Makes jobs [first, end). */
static void obey(uint32_t first, uint32_t end)
{
    struct rp_native_shared *shared = rp_native_shared;
    shared->changes = 0;
    rp_native_forget_memory();
    set_timer(TICK_NANOSECONDS);
    for (uint32_t i = first; i < end; i++) {
        if (shared->changes + RP_NATIVE_CHANGES_EACH > RP_NATIVE_CHANGES)
            break;
        shared->current = i;
        rp_native_run(i);
        shared->done = i + 1;
    }
    set_timer(0);
}

/* NOP, in each mode: what a kernel or a sandbox has taken away shows here, before anybody relies on it. The
 * slots are the executor's, made for this. */
static void try_modes(void)
{
    struct rp_native_shared *shared = rp_native_shared;
    for (uint32_t mode = 0; mode < RP_NATIVE_MODES; mode++) {
        if (shared->missing[mode][0])
            continue;
        shared->job[RP_NATIVE_JOBS] = (struct rp_native_job){
            .encoding = {.bytes = {0x90}, .length = 1}, .way = RP_NATIVE_JUMP, .slot = mode};
        obey(RP_NATIVE_JOBS, RP_NATIVE_JOBS + 1);
        if (shared->result[RP_NATIVE_JOBS].kind != RP_OUTCOME_RETIRED)
            add(shared->missing[mode], sizeof shared->missing[mode],
                "this kernel or hypervisor does not let a program enter it");
    }
}

void rp_native_main(const long *stack)
{
    const char *what;
    (void)stack;
    relocate();
    map_shared();
    check("mapping the arena", rp_native_map());
    check("unmapping the vdso, found in /proc/self/maps,", rp_native_unmap_kernel_pages());
    check("a signal handler", rp_native_signals());
    check("a timer of its processor time", make_timer());
    rp_native_descriptors();
    try_modes();
    rp_native_look_around();
    check("its configuration", rp_native_configure());
    long result = rp_native_lock_in(&what);
    check(what, result);
    rp_native_shared->site[0] = (uint64_t)rp_native_read_site;
    rp_native_shared->site[1] = (uint64_t)rp_native_write_site;
    rp_native_shared->site[2] = (uint64_t)rp_native_timer_site;
    rp_native_shared->site[3] = (uint64_t)rp_native_leave_site;
    rp_native_shared->ready = 1;
    for (;;) {
        rp_native_write();
        long got = rp_native_read();
        while (got < 0)
            got = rp_native_read();
        if (got == 0)
            rp_native_leave();
        obey(rp_native_shared->first, rp_native_shared->count);
        rp_native_shared->answered = rp_native_shared->ordered;
    }
}
