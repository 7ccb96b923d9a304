/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mapped and what is not: below 4 GiB the code page, data, stack and a page with the way out, so that
 * no wild, RIP-relative or 32-bit store reaches the host; of the kernel's own pages none. */
#include "native/runner/runner.h"
#include "native/runner/system.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/ldt.h>
#include <asm/signal.h>
#include <linux/mman.h>
#include <string.h>

#define PAGE            0x1000
#define SIGNAL_STACK    0x10000
#define SIGNALS         31
#define SA_RESTORER_BIT 0x04000000
#define SLOT_FIRST_TLS  12
#define EXECUTABLE      0x10 /* MFD_EXEC, since Linux 6.3 */
#define SET_THREAD_AREA 243  /* of the 32-bit table */

uint8_t *rp_native_code;

/* Offsets in the memory file. */
enum { FILE_CODE = 0, FILE_STUB = PAGE, FILE_DATA = 2 * PAGE, FILE_STACK = 4 * PAGE, FILE_SIZE = 6 * PAGE };

static long map(uint64_t at, long size, long protection, long file, long offset)
{
    long flags = MAP_SHARED | (at ? MAP_FIXED_NOREPLACE : 0) | MAP_POPULATE;
    long result = system_call6(__NR_mmap, (long)at, size, protection, flags, file, offset);
    if (result < 0 && result > -4096)
        return result;
    return at && (uint64_t)result != at ? -EEXIST : result;
}

/* 64-bit code that leaves for the host: jmp *[rip + 2], and the pointer aligned to 8, for AC may be set. */
static void write_stub(uint8_t *page)
{
    static const uint8_t jump[8] = {0xff, 0x25, 0x02, 0x00, 0x00, 0x00, 0x90, 0x90};
    uint64_t target = (uint64_t)rp_native_exit;
    memset(page, 0xcc, PAGE);
    memcpy(page, jump, sizeof jump);
    memcpy(page + sizeof jump, &target, sizeof target);
}

static long map_fixed(long file)
{
    static const struct {
        uint32_t at, size, offset;
        int protection;
    } places[] = {
        {RP_ARENA_CODE, PAGE, FILE_CODE, PROT_READ | PROT_EXEC},
        {STUB_PAGE, PAGE, FILE_STUB, PROT_READ | PROT_EXEC},
        {RP_ARENA_DATA, RP_ARENA_DATA_SIZE, FILE_DATA, PROT_READ | PROT_WRITE},
        {RP_ARENA_ALIAS_SUM, RP_ARENA_DATA_SIZE, FILE_DATA, PROT_READ | PROT_WRITE},
        {RP_ARENA_ALIAS_BASE, RP_ARENA_DATA_SIZE, FILE_DATA, PROT_READ | PROT_WRITE},
        {RP_ARENA_STACK, RP_ARENA_STACK_SIZE, FILE_STACK, PROT_READ | PROT_WRITE},
    };
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        long result = map(places[i].at, places[i].size, places[i].protection, file, places[i].offset);
        if (result < 0 && result > -4096)
            return result;
    }
    return 0;
}

long rp_native_map(void)
{
    long file = system_call(__NR_memfd_create, (long)"ringprobe arena", EXECUTABLE, 0);
    if (file ==
        -EINVAL) /* before Linux 6.3 there was no such flag, and every memory file could be executed */
        file = system_call(__NR_memfd_create, (long)"ringprobe arena", 0, 0);
    if (file < 0)
        return file;
    long result = system_call(__NR_ftruncate, file, FILE_SIZE, 0);
    if (result < 0)
        return result;
    result = map(0, 2 * PAGE, PROT_READ | PROT_WRITE, file, FILE_CODE);
    if (result <= 0 && result > -4096)
        return result;
    rp_native_code = (uint8_t *)result;
    memset(rp_native_code, 0xcc, PAGE);
    write_stub(rp_native_code + FILE_STUB);
    system_call(__NR_munmap, (long)(rp_native_code + FILE_STUB), PAGE, 0);
    result = map_fixed(file);
    system_call(__NR_close, file, 0, 0);
    return result;
}

static uint64_t hex(const char **at)
{
    uint64_t value = 0;
    for (;; (*at)++) {
        char c = **at;
        if (c >= '0' && c <= '9')
            value = value * 16 + (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + (uint64_t)(c - 'a') + 10;
        else
            return value;
    }
}

/* A line of /proc/self/maps: unmaps what it says if that is the kernel's, all but the page of vsyscalls,
 * which cannot be unmapped and is the filter's business. */
static long unmap_line(const char *line, size_t length)
{
    const char *at = line;
    bool kernels = false;
    for (size_t i = 0; i + 5 < length; i++)
        kernels = kernels || memcmp(line + i, "[vdso", 5) == 0 || memcmp(line + i, "[vvar", 5) == 0;
    if (!kernels)
        return 0;
    uint64_t from = hex(&at);
    at++;
    return system_call(__NR_munmap, (long)from, (long)(hex(&at) - from), 0);
}

long rp_native_unmap_kernel_pages(void)
{
    static char text[16384];
    long file = system_call(__NR_open, (long)"/proc/self/maps", O_RDONLY, 0), length = 0, got = 1, result = 0;
    if (file < 0)
        return file;
    while (got > 0 && length < (long)sizeof text) {
        got = system_call(__NR_read, file, (long)(text + length), (long)sizeof text - length);
        length += got > 0 ? got : 0;
    }
    system_call(__NR_close, file, 0, 0);
    for (long i = 0, start = 0; i < length && result == 0; i++) {
        if (text[i] != '\n')
            continue;
        result = unmap_line(text + start, (size_t)(i - start + 1));
        start = i + 1;
    }
    return result;
}

static void say_missing(enum rp_mode mode, const char *why)
{
    size_t length = strlen(why);
    memcpy(rp_native_shared->missing[mode], why, length + 1);
}

/* Slots for threads take 32-bit data only; the call is in the 32-bit table alone. */
static long set_thread_area(unsigned slot, uint32_t base)
{
    uintptr_t address = RP_ARENA_DATA;
    struct user_desc *descriptor = (struct user_desc *)address;
    *descriptor = (struct user_desc){
        .entry_number = slot, .base_addr = base, .limit = 0xffff, .seg_32bit = 1, .useable = 1};
    return rp_native_system_call_32(SET_THREAD_AREA, descriptor);
}

static const char *why_no_ldt(long result)
{
    switch (result) {
    case -ENOSYS:
        return "no 16-bit code: modify_ldt is missing (CONFIG_MODIFY_LDT_SYSCALL)";
    case -EINVAL:
        return "no 16-bit code: this kernel has no 16-bit segments (CONFIG_X86_16BIT)";
    default:
        return "no 16-bit code: a sandbox denies the segment; allow modify_ldt";
    }
}

void rp_native_descriptors(void)
{
    /* As the arena has them: 16-bit code, and the twins of the flat and of the 16-bit data segment. */
    long result = rp_native_write_ldt(RP_NATIVE_CS16 >> 3, UINT64_C(0x0000fb010000ffff));
    if (result == 0)
        result = rp_native_write_ldt(RP_NATIVE_DATA_TWIN >> 3, UINT64_C(0x00c0f300000007ff));
    if (result == 0)
        result = rp_native_write_ldt(RP_NATIVE_DATA16_TWIN >> 3, UINT64_C(0x0000f3020000ffff));
    if (result)
        say_missing(RP_MODE_COMPAT16, why_no_ldt(result));
    else if (set_thread_area(SLOT_FIRST_TLS + 1, RP_ARENA_DATA) < 0 ||
             set_thread_area(SLOT_FIRST_TLS + 2, RP_ARENA_STACK) < 0)
        say_missing(RP_MODE_COMPAT16, "no segments for 16-bit code: set_thread_area of 32-bit programs is "
                                      "missing (ia32_emulation)");
}

/* As the kernel wants it, which is not as libc's. */
struct action {
    void (*handler)(void);
    uint64_t flags;
    void (*restorer)(void);
    uint64_t mask;
};

long rp_native_signals(void)
{
    static const uint8_t caught[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGALRM};
    struct action action = {.handler = rp_native_handler,
                            .flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTORER_BIT,
                            .restorer = rp_native_restorer};
    long stack = system_call6(__NR_mmap, 0, SIGNAL_STACK, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (stack < 0 && stack > -4096)
        return stack;
    stack_t alternative = {.ss_sp = (void *)stack, .ss_size = SIGNAL_STACK};
    long result = system_call(__NR_sigaltstack, (long)&alternative, 0, 0);
    for (unsigned i = 0; i < sizeof caught && result == 0; i++)
        result = system_call6(__NR_rt_sigaction, caught[i], (long)&action, 0, 8, 0, 0);
    /* Blocked by whoever started us, a fault would be a death. */
    uint64_t none = 0;
    return result ? result : system_call6(__NR_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, 8, 0, 0);
}
