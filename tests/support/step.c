/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop that one writes first; see step.h. */
#include "support/step.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define PAGE   UINT64_C(4096)
#define MEMORY 0x10000000 /* far from all else: displacements of 32 bits reach nothing but these two */
#define CODE   0x20000000

static uint8_t *page;    /* behind it nothing can be fetched */
static uint64_t *memory; /* RSP points there too */
static ucontext_t home;
static volatile sig_atomic_t away;
static uint8_t *start;
static struct step_end end;

static void come_home(int signal, siginfo_t *info, void *context)
{
    static const int kept[] = {REG_RBX, REG_RBP, REG_RSP, REG_RIP, REG_R12,
                               REG_R13, REG_R14, REG_R15, REG_RDI, REG_RSI};
    ucontext_t *there = context;
    greg_t *reg = there->uc_mcontext.gregs;
    end.signal = signal;
    end.advance = (uint64_t)reg[REG_RIP] - (uint64_t)(uintptr_t)start;
    end.wants_more = signal == SIGSEGV && info->si_addr == page + PAGE && end.advance == 0;
    for (unsigned i = 0; i < sizeof kept / sizeof kept[0]; i++)
        reg[kept[i]] = home.uc_mcontext.gregs[kept[i]];
    reg[REG_EFL] = 2;
}

static void *map(uintptr_t address, size_t size, int protection)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): addresses are what the instructions name */
    void *wanted = (void *)address;
    void *at = mmap(wanted, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

int step_open(void)
{
    static uint8_t stack[65536];
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    page = map(CODE, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
    memory = map(MEMORY, PAGE, PROT_READ | PROT_WRITE);
    return !page || !memory || mprotect(page + PAGE, PAGE, PROT_NONE) || sigaltstack(&other, NULL) ? -1 : 0;
}

/* Goes to the POPF before the instruction, which sets TF from the stack: the trap comes behind the
 * instruction after it. In: RDX the stack, RBX what the others shall be. Nothing survives; the handler comes
 * back to `home`. */
static void enter(const uint8_t *popf, const uint64_t *stack, uint64_t all)
{
    static const uint8_t *volatile target;
    target = popf;
    __asm__ volatile("mov %%rdx, %%rsp\n"
                     "mov %%rbx, %%rax\n mov %%rbx, %%rcx\n mov %%rbx, %%rdx\n mov %%rbx, %%rsi\n"
                     "mov %%rbx, %%rdi\n mov %%rbx, %%rbp\n"
                     "jmp *%2"
                     :
                     : "d"(stack), "b"(all), "m"(target)
                     : "memory");
}

struct step_end step_once(const uint8_t *bytes, unsigned count)
{
    struct sigaction action = {.sa_sigaction = come_home, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigfillset(&action.sa_mask);
    sigaction(SIGILL, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGTRAP, &action, NULL);
    start = page + PAGE - count;
    memcpy(start, bytes, count);
    start[-1] = 0x9d; /* popfq */
    memory[64] = 0x102;
    away = 1;
    getcontext(&home); /* the handler comes back here */
    if (!away)
        return end;
    away = 0;
    enter(start - 1, &memory[64], MEMORY + PAGE / 2);
    __builtin_unreachable();
}
