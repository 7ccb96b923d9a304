/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real mode: what real32.S goes in by and comes back with. Vectors lead to stubs in the code page, as the
 * arena's table says (state/system_memory.c), each of which calls the way out. */
#include "guest/image/cross32.h"
#include "x86/vector.h"

#include <string.h>

#define STUBS        RP_ARENA_CODE_ENTRIES /* in the code page, 8 bytes each */
#define CALL_LENGTH  3
#define FRAME_LENGTH 8 /* the stub's call, IP, CS, FLAGS */
#define HIGH_FLAGS   (RP_FLAG_ID | RP_FLAG_VIF | RP_FLAG_VIP)
#define TICK_PUSHES  6

struct rp_guest_real {
    uint32_t cr0, flags, esp;
    uint16_t ss, ip, cs;
    struct rp_guest_table gdtr, idtr;
    uint16_t es, ds, fs, gs;
    struct rp_guest_table own_gdtr, own_idtr;
    uint16_t unused_1;
    uint32_t reg[8], back_reg[8];
    uint16_t back_es, back_ds, back_fs, back_gs, back_ss;
    struct rp_guest_table back_gdtr, back_idtr;
    uint16_t unused_2;
    uint32_t back_flags, back_cr0;
} __attribute__((packed, aligned(4)));
_Static_assert(offsetof(struct rp_guest_real, ip) == 14, "real32.S");
_Static_assert(offsetof(struct rp_guest_real, es) == 30, "real32.S");
_Static_assert(offsetof(struct rp_guest_real, reg) == 52, "real32.S");
_Static_assert(offsetof(struct rp_guest_real, back_es) == 116, "real32.S");
_Static_assert(offsetof(struct rp_guest_real, back_gdtr) == 126, "real32.S");
_Static_assert(offsetof(struct rp_guest_real, back_flags) == 140, "real32.S");

extern const unsigned char rp_guest_real_code[], rp_guest_real_code_end[], rp_guest_real_direct[];
extern const unsigned char rp_guest_real_frame[], rp_guest_real_stub[];
extern uint32_t rp_guest_real_back_cr3, rp_guest_real_back_cr4;
RP_GUEST_BY_STACK void rp_guest_real_jump(uint32_t offset, uint32_t data);

uint32_t rp_guest_real_root;

static uint32_t number(const unsigned char *symbol)
{
    return (uint32_t)(unsigned long)symbol;
}

static struct rp_guest_real *real(void)
{
    return rp_guest_low(RP_GUEST_REAL_BASE + RP_GUEST_REAL_DATA);
}

void rp_guest_tables_code(enum rp_mode mode, unsigned char *code)
{
    if (mode != RP_MODE_REAL16)
        return;
    for (unsigned vector = 0; vector < 256; vector++) {
        unsigned char *stub = code + STUBS + 8 * vector;
        uint16_t distance = (uint16_t)(number(rp_guest_real_stub) - (STUBS + 8 * vector + CALL_LENGTH));
        stub[0] = 0xe8;
        memcpy(stub + 1, &distance, sizeof distance);
    }
}

static void put_code(void)
{
    size_t length = number(rp_guest_real_code_end) - number(rp_guest_real_code), words = length / 4;
    void *at = rp_guest_low(RP_GUEST_REAL_BASE + RP_GUEST_REAL_CODE);
    const void *a = at, *b = rp_guest_real_code;
    bool same;
    /* Writing over code is slow where it is translated; looking at it is slow but in one instruction. */
    __asm__ volatile("cmp %%eax, %%eax; repe cmpsl"
                     : "+S"(a), "+D"(b), "+c"(words), "=@ccz"(same)
                     :
                     : "memory");
    if (!same)
        memcpy(at, rp_guest_real_code, length);
}

static void fill(const uint64_t *before, uint64_t flags)
{
    const struct rp_guest_jump *jump = &rp_guest_jump;
    struct rp_guest_real *r = real();
    put_code();
    *r = (struct rp_guest_real){.cr0 = (uint32_t)before[RP_REG_CR0],
                                .flags = (uint32_t)(before[RP_REG_RFLAGS] | flags),
                                .esp = jump->esp,
                                .ss = (uint16_t)jump->ss,
                                .ip = (uint16_t)jump->eip,
                                .cs = (uint16_t)jump->cs,
                                .gdtr = jump->gdtr,
                                .idtr = jump->idtr,
                                .es = (uint16_t)jump->es,
                                .ds = (uint16_t)jump->ds,
                                .fs = (uint16_t)jump->fs,
                                .gs = (uint16_t)jump->gs,
                                .own_gdtr = rp_guest_load_gdtr,
                                .own_idtr = rp_guest_load_idtr};
    memcpy(r->reg, jump->reg, sizeof r->reg);
}

/* Bytes of real mode's memory below 1 MiB; `offset` wraps. */
static uint32_t stack_at(uint32_t base, uint32_t offset)
{
    return base + (offset & 0xffff);
}

static uint16_t word_at(uint32_t base, uint32_t offset)
{
    uint16_t word;
    memcpy(&word, rp_guest_low(stack_at(base, offset)), sizeof word);
    return word;
}

static void go(const uint64_t *before, bool stepped)
{
    struct rp_guest_real *r = real();
    uint32_t data = rp_guest_load_real(), base = (uint32_t)before[RP_REG_SS_BASE];
    if (!stepped) {
        rp_guest_real_jump(number(rp_guest_real_direct), data);
        return;
    }
    uint32_t frame[3] = {r->ip, r->cs, r->flags};
    uint32_t esp = r->esp - sizeof frame;
    r->esp = (r->esp & 0xffff0000) | (esp & 0xffff);
    for (unsigned i = 0; i < sizeof frame; i++)
        *(unsigned char *)rp_guest_low(stack_at(base, esp + i)) = ((unsigned char *)frame)[i];
    rp_guest_real_jump(number(rp_guest_real_frame), data);
}

/* What of the frame that `go` has put on the test's stack is still there. */
static void forget_frame(const uint64_t *before)
{
    const struct rp_guest_real *r = real();
    const uint16_t frame[6] = {r->ip, 0, r->cs, 0, (uint16_t)r->flags, (uint16_t)(r->flags >> 16)};
    uint32_t base = (uint32_t)before[RP_REG_SS_BASE];
    for (unsigned i = 0; i < 6; i++)
        if (word_at(base, r->esp + 2 * i) == frame[i])
            rp_guest_memory_forget(stack_at(base, r->esp + 2 * i), 2);
}

static void take_registers(uint64_t *after, struct rp_guest_exit *exit)
{
    const struct rp_guest_real *r = real();
    uint32_t sp = r->back_reg[RP_REG_RSP], base = (uint32_t)r->back_ss << 4;
    for (unsigned i = 0; i < 8; i++)
        after[i] = r->back_reg[i];
    exit->vector = (uint8_t)((word_at(base, sp) - STUBS - CALL_LENGTH) / 8);
    exit->entry = (uint64_t)STUBS + 8 * exit->vector;
    exit->by_gate = true;
    exit->has_error_code = false; /* real mode pushes none, SDM Vol. 3A 20.1.4 */
    after[RP_REG_RIP] = word_at(base, sp + 2);
    after[RP_REG_CS] = word_at(base, sp + 4);
    after[RP_REG_RFLAGS] = word_at(base, sp + 6) | (r->back_flags & HIGH_FLAGS);
    after[RP_REG_RSP] = (sp & 0xffff0000) | ((sp + FRAME_LENGTH) & 0xffff);
    after[RP_REG_ES] = r->back_es;
    after[RP_REG_SS] = r->back_ss;
    after[RP_REG_DS] = r->back_ds;
    after[RP_REG_FS] = r->back_fs;
    after[RP_REG_GS] = r->back_gs;
}

void rp_guest_real_cross(const uint64_t *before, uint64_t flags, uint64_t *after, struct rp_guest_exit *exit)
{
    const struct rp_guest_real *r = real();
    rp_guest_real_root = (uint32_t)rp_arena_root(RP_MODE_REAL16, 0, 0);
    bool stepped = ((before[RP_REG_RFLAGS] | flags) & RP_FLAG_TF) != 0;
    fill(before, flags);
    go(before, stepped);
    rp_guest_read_first(after);
    take_registers(after, exit);
    if (stepped)
        forget_frame(before);
    after[RP_REG_CR0] = r->back_cr0;
    after[RP_REG_CR3] = rp_guest_real_back_cr3;
    after[RP_REG_CR4] = rp_guest_real_back_cr4;
    rp_guest_back_gdtr = r->back_gdtr;
    rp_guest_back_idtr = r->back_idtr;
    rp_guest_read_tables(after);
    /* A tick on the way in. */
    bool own = after[RP_REG_CS] == RP_GUEST_REAL_CS && after[RP_REG_RIP] - RP_GUEST_REAL_CODE < 0x200;
    if (exit->vector == RP_VECTOR_NMI && own) {
        after[RP_REG_RIP] = before[RP_REG_RIP];
        after[RP_REG_CS] = before[RP_REG_CS];
    }
}
