/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judged runs a second: the Unicorn executor on batches as the screen makes them (each encoding from 12
 * pre-states in two rings: state set, instruction run, registers and memory compared, change list made),
 * against the loop that one writes first: for each run the same registers, memory and code set through the
 * public API, one instruction started, the same registers and memory read back and compared. The loop is not
 * made slow on purpose: it reads and writes in batches and in whole windows, and lives with ring 0, which the
 * API can't leave. A second loop, which knows that runs of one encoding follow each other and keeps the code,
 * is shown for comparison. */
#include "base/random.h"
#include "state/seeds.h"
#include "support/bench.h"
#include "unicorn/unicorn.h"
#include "x86/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#define ROUNDS    12 /* over all encodings */
#define SLICE     50 /* encodings of one side at a time, then as many of the other */
#define SLICES    (ROUNDS * ENCODINGS / SLICE)
#define ENCODINGS 300
#define STATES    12
#define JOBS      ((size_t)2 * STATES) /* of an encoding */

static double now(void)
{
    return bench_seconds(CLOCK_PROCESS_CPUTIME_ID); /* what other processes take is not ours */
}

static struct rp_prestate prestates[STATES][2];
static struct rp_encoding encodings[ENCODINGS];

/* Three machines for each of four seeds, as METHOD's screen has them. */
static void make_prestates(void)
{
    static const char *const names[] = {"plain", "numbers", "far", "data"};
    static struct rp_recipe recipe;
    struct rp_seeds seeds;
    struct rp_error error;
    struct rp_random random = rp_random_make(1, 0);
    if (rp_seeds_load(&seeds, &error) != RP_OK)
        bench_give_up(error.line);
    for (unsigned i = 0; i < STATES; i++) {
        size_t seed = 0;
        while (seed < seeds.count && strcmp(seeds.seed[seed].name, names[i / 3]) != 0)
            seed++;
        if (seed == seeds.count || rp_seed_build(&seeds.seed[seed], RP_MODE_LONG64, RP_POLICY_LEGACY, 32,
                                                 NULL, &recipe, &error) != RP_OK)
            bench_give_up("a seed is gone");
        for (unsigned r = 0; i % 3 && r < RP_RESOURCE_COUNT; r++)
            if (rp_resource_screened((enum rp_resource)r, RP_MODE_LONG64, RP_POLICY_LEGACY) &&
                rp_random_below(&random, 2))
                recipe.machine.value[r] = rp_resource_perturbation((enum rp_resource)r, RP_MODE_LONG64, 0);
        for (unsigned ring = 0; ring < 2; ring++)
            if (rp_prestate_build(&prestates[i][ring], RP_MODE_LONG64, 3 * ring, &recipe.user,
                                  &recipe.machine, &error) != RP_OK)
                bench_give_up(error.line);
    }
    rp_seeds_free(&seeds);
}

/* Spread over the whole space of forms that the executor decides. */
static void make_encodings(void)
{
    struct rp_form_space *space;
    struct rp_error error;
    size_t found = 0;
    if (rp_form_space_open(RP_MODE_LONG64, &space, &error) != RP_OK)
        bench_give_up(error.line);
    size_t count = rp_form_space_encodings(space) - rp_form_space_undocumented(space), step = count / 1400;
    for (size_t i = 0; i < count && found < ENCODINGS; i += step) {
        struct rp_form form;
        struct rp_instruction instruction;
        rp_form_space_get(space, i, &form);
        if (rp_decode(RP_MODE_LONG64, form.encoding.bytes, form.encoding.length, &instruction, NULL) ==
                RP_OK &&
            instruction.unit < RP_UNIT_AVX && instruction.branch == RP_BRANCH_NONE)
            encodings[found++] = form.encoding;
    }
    rp_form_space_close(space);
    if (found < ENCODINGS)
        bench_give_up("too few forms");
}

struct ours {
    void *instance;
    struct rp_job *jobs;
    struct rp_outcomes outcomes;
};

static void open_ours(struct ours *ours)
{
    struct rp_error error;
    uint32_t first;
    if (rp_executor_unicorn.open(NULL, &ours->instance, &error) != RP_OK ||
        rp_executor_unicorn.prepare(ours->instance, &prestates[0][0], JOBS, &first, &error) != RP_OK)
        bench_give_up(error.line);
    ours->jobs = calloc(JOBS * ENCODINGS, sizeof *ours->jobs);
    for (size_t i = 0; ours->jobs && i < JOBS * ENCODINGS; i++)
        ours->jobs[i] =
            (struct rp_job){.encoding = encodings[i / JOBS], .prestate = first + (uint32_t)(i % JOBS)};
}

static double time_ours(struct ours *ours, unsigned first, size_t *retired)
{
    struct rp_error error;
    double start = now();
    for (unsigned i = first; i < first + SLICE; i++) {
        rp_outcomes_clear(&ours->outcomes);
        if (rp_executor_unicorn.run(ours->instance, ours->jobs + i * JOBS, JOBS, &ours->outcomes, &error) !=
            RP_OK)
            bench_give_up(error.line);
        for (size_t k = 0; k < ours->outcomes.count; k++)
            *retired += rp_outcome_retired(&ours->outcomes.outcome[k]);
    }
    return now() - start;
}

/* What the loop sets and reads. 16 bytes hold any of them. */
static int registers[] = {
    UC_X86_REG_RAX,   UC_X86_REG_RCX,  UC_X86_REG_RDX,     UC_X86_REG_RBX,     UC_X86_REG_RSP,
    UC_X86_REG_RBP,   UC_X86_REG_RSI,  UC_X86_REG_RDI,     UC_X86_REG_R8,      UC_X86_REG_R9,
    UC_X86_REG_R10,   UC_X86_REG_R11,  UC_X86_REG_R12,     UC_X86_REG_R13,     UC_X86_REG_R14,
    UC_X86_REG_R15,   UC_X86_REG_RIP,  UC_X86_REG_RFLAGS,  UC_X86_REG_ES,      UC_X86_REG_CS,
    UC_X86_REG_SS,    UC_X86_REG_DS,   UC_X86_REG_FS_BASE, UC_X86_REG_GS_BASE, UC_X86_REG_CR0,
    UC_X86_REG_CR2,   UC_X86_REG_CR3,  UC_X86_REG_CR4,     UC_X86_REG_DR0,     UC_X86_REG_DR1,
    UC_X86_REG_DR2,   UC_X86_REG_DR3,  UC_X86_REG_DR6,     UC_X86_REG_DR7,     UC_X86_REG_GDTR,
    UC_X86_REG_IDTR,  UC_X86_REG_LDTR, UC_X86_REG_TR,      UC_X86_REG_FPCW,    UC_X86_REG_FPSW,
    UC_X86_REG_FPTAG, UC_X86_REG_ST0,  UC_X86_REG_ST1,     UC_X86_REG_ST2,     UC_X86_REG_ST3,
    UC_X86_REG_ST4,   UC_X86_REG_ST5,  UC_X86_REG_ST6,     UC_X86_REG_ST7,     UC_X86_REG_MXCSR,
    UC_X86_REG_XMM0,  UC_X86_REG_XMM1, UC_X86_REG_XMM2,    UC_X86_REG_XMM3,    UC_X86_REG_XMM4,
    UC_X86_REG_XMM5,  UC_X86_REG_XMM6, UC_X86_REG_XMM7};
#define REGISTERS (sizeof registers / sizeof registers[0])
static uint32_t msrs[] = {0x174,      0x175,      0x176,      0x1a0,      0x277,      0xc0000080,
                          0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0xc0000102, 0xc0000103};
#define MSRS (sizeof msrs / sizeof msrs[0])

/* As FIELD of a pre-state stands in registers.def; those after RFLAGS that need more than a number follow
 * below. */
static const uint8_t sources[] = {
    RP_REG_ES,  RP_REG_CS,  RP_REG_SS,  RP_REG_DS,  RP_REG_FS_BASE, RP_REG_GS_BASE, RP_REG_CR0, RP_REG_CR2,
    RP_REG_CR3, RP_REG_CR4, RP_REG_DR0, RP_REG_DR1, RP_REG_DR2,     RP_REG_DR3,     RP_REG_DR6, RP_REG_DR7};
static const uint8_t msr_sources[] = {
    RP_REG_SYSENTER_CS, RP_REG_SYSENTER_ESP, RP_REG_SYSENTER_EIP,   RP_REG_MISC_ENABLE,
    RP_REG_PAT,         RP_REG_EFER,         RP_REG_STAR,           RP_REG_LSTAR,
    RP_REG_CSTAR,       RP_REG_SFMASK,       RP_REG_KERNEL_GS_BASE, RP_REG_TSC_AUX};

struct window {
    uint32_t address, size;
};
static struct window windows[RP_WINDOW_COUNT];

struct value {
    uint64_t word[4];
};

/* One state as the loop wants it. */
struct plain_state {
    struct value value[REGISTERS];
    uint64_t msr[MSRS];
    unsigned char memory[RP_IMAGE_WORDS * 8];
};

struct loop {
    uc_engine *uc;
    struct plain_state state[STATES];
    struct value after[REGISTERS];
    unsigned char memory[RP_IMAGE_WORDS * 8];
    void *in[REGISTERS], *out[REGISTERS];
    bool interrupted;
    size_t differences;
};

static void on_interrupt(uc_engine *uc, uint32_t vector, void *context)
{
    (void)vector;
    ((struct loop *)context)->interrupted = true;
    uc_emu_stop(uc);
}

static struct value table_register(const uint64_t *reg)
{
    struct value value = {{0}};
    uc_x86_mmr mmr = {(uint16_t)reg[0], reg[1], (uint32_t)reg[2], (uint32_t)reg[3] << 8 & ~0x200u};
    memcpy(&value, &mmr, sizeof mmr);
    return value;
}

static void fill_state(struct plain_state *state, const struct rp_prestate *prestate)
{
    const uint64_t *reg = prestate->state.reg;
    unsigned k = 0;
    for (unsigned i = 0; i < 18; i++)
        state->value[k++].word[0] = reg[i];
    for (unsigned i = 0; i < sizeof sources; i++)
        state->value[k++].word[0] = reg[sources[i]];
    const uint64_t gdtr[] = {0, reg[RP_REG_GDTR_BASE], reg[RP_REG_GDTR_LIMIT], 0};
    const uint64_t idtr[] = {0, reg[RP_REG_IDTR_BASE], reg[RP_REG_IDTR_LIMIT], 0};
    state->value[k++] = table_register(gdtr);
    state->value[k++] = table_register(idtr);
    state->value[k++] = table_register(&reg[RP_REG_LDTR]);
    state->value[k++] = table_register(&reg[RP_REG_TR]);
    state->value[k++].word[0] = reg[RP_REG_FCW];
    state->value[k++].word[0] = reg[RP_REG_FSW];
    state->value[k++].word[0] = 0xffff;
    for (unsigned i = 0; i < 16; i += 2)
        memcpy(&state->value[k++], &reg[RP_REG_ST0 + i], 16);
    state->value[k++].word[0] = reg[RP_REG_MXCSR];
    for (size_t i = 0; i < 8; i++)
        memcpy(&state->value[k++], &prestate->state.vector[i * RP_VECTOR_WORDS_EACH], 16);
    for (unsigned i = 0; i < MSRS; i++)
        state->msr[i] = reg[msr_sources[i]];
    unsigned char *to = state->memory;
    for (unsigned i = 0; i < RP_WINDOW_COUNT; i++)
        for (uint32_t at = 0; at < windows[i].size; at += 8, to += 8) {
            uint64_t word = rp_memory_get(&prestate->memory, windows[i].address + at);
            memcpy(to, &word, 8);
        }
}

static unsigned char *guest;

static void put_base(void *context, uint32_t address, const void *bytes, size_t length)
{
    (void)context;
    memcpy(guest + address, bytes, length);
}

static void open_loop(struct loop *loop)
{
    uc_hook hook;
    guest = calloc(1, 0x860000);
    if (!guest || uc_open(UC_ARCH_X86, UC_MODE_64, &loop->uc) != UC_ERR_OK)
        bench_give_up("unicorn can't be opened");
    rp_prestate_base(RP_MODE_LONG64, put_base, NULL);
    for (unsigned i = 0; i < RP_ARENA_REGIONS; i++) {
        const struct rp_arena_region *region = &rp_arena_regions[i];
        uc_mem_map(loop->uc, region->address, region->size, UC_PROT_ALL);
        uc_mem_write(loop->uc, region->address, guest + region->address, region->size);
    }
    union {
        uc_cb_hookintr_t function;
        void *any;
    } callback = {on_interrupt};
    uc_hook_add(loop->uc, &hook, UC_HOOK_INTR, callback.any, loop, 1, 0);
    for (unsigned i = 0; i < RP_WINDOW_COUNT; i++)
        windows[i] = (struct window){rp_window_info((enum rp_window)i)->address,
                                     rp_window_info((enum rp_window)i)->size};
    for (unsigned i = 0; i < STATES; i++)
        fill_state(&loop->state[i], &prestates[i][0]);
    for (unsigned i = 0; i < REGISTERS; i++)
        loop->out[i] = &loop->after[i];
}

/* Sets everything that will be read back; true if the instruction retired. */
static bool run_loop(struct loop *loop, struct plain_state *state, const struct rp_encoding *encoding,
                     bool write_code)
{
    uc_engine *uc = loop->uc;
    for (unsigned i = 0; i < REGISTERS; i++)
        loop->in[i] = &state->value[i];
    uc_reg_write_batch(uc, registers, loop->in, REGISTERS);
    for (unsigned i = 0; i < MSRS; i++) {
        uc_x86_msr msr = {msrs[i], state->msr[i]};
        uc_reg_write(uc, UC_X86_REG_MSR, &msr);
    }
    const unsigned char *from = state->memory;
    for (unsigned i = 0; i < RP_WINDOW_COUNT; from += windows[i++].size)
        uc_mem_write(uc, windows[i].address, from, windows[i].size);
    if (write_code) {
        unsigned char bytes[24];
        memset(bytes, 0xf4, sizeof bytes);
        memcpy(bytes, encoding->bytes, encoding->length);
        uc_mem_write(uc, RP_ARENA_INSTRUCTION, bytes, sizeof bytes);
        uc_ctl_remove_cache(uc, (uint64_t)RP_ARENA_INSTRUCTION, (uint64_t)RP_ARENA_INSTRUCTION + 16);
    }
    loop->interrupted = false;
    uc_err err = uc_emu_start(uc, RP_ARENA_INSTRUCTION, 0, 0, 1);
    return err == UC_ERR_OK && !loop->interrupted;
}

/* Reads it all back; returns how many registers, MSRs and bytes differ from what was set. */
static size_t compare_loop(struct loop *loop, const struct plain_state *state)
{
    size_t differences = 0;
    uc_reg_read_batch(loop->uc, registers, loop->out, REGISTERS);
    for (unsigned i = 0; i < REGISTERS; i++)
        differences += memcmp(&loop->after[i], &state->value[i], 16) != 0;
    for (unsigned i = 0; i < MSRS; i++) {
        uc_x86_msr msr = {msrs[i], 0};
        uc_reg_read(loop->uc, UC_X86_REG_MSR, &msr);
        differences += msr.value != state->msr[i];
    }
    unsigned char *to = loop->memory;
    for (unsigned i = 0; i < RP_WINDOW_COUNT; to += windows[i++].size)
        uc_mem_read(loop->uc, windows[i].address, to, windows[i].size);
    if (memcmp(loop->memory, state->memory, sizeof loop->memory) != 0)
        for (size_t i = 0; i < sizeof loop->memory; i++)
            differences += loop->memory[i] != state->memory[i];
    return differences;
}

static double time_loop(struct loop *loop, unsigned first, bool keep_code, size_t *retired)
{
    double start = now();
    for (unsigned i = first; i < first + SLICE; i++)
        for (unsigned k = 0; k < JOBS; k++) {
            struct plain_state *state = &loop->state[k / 2];
            *retired += run_loop(loop, state, &encodings[i], !keep_code || k == 0);
            loop->differences += compare_loop(loop, state);
        }
    return now() - start;
}

int main(void)
{
    static struct ours ours;
    static struct loop loop;
    static double rate[3][SLICES], ratio[SLICES];
    size_t retired[3] = {0};
    const double runs = SLICE * STATES * 2;
    make_prestates();
    make_encodings();
    open_ours(&ours);
    open_loop(&loop);
    for (unsigned i = 0; i < SLICES; i++) {
        unsigned first = i * SLICE % ENCODINGS;
        rate[0][i] = runs / time_ours(&ours, first, &retired[0]);
        rate[1][i] = runs / time_loop(&loop, first, false, &retired[1]);
        rate[2][i] = runs / time_loop(&loop, first, true, &retired[2]);
        ratio[i] = rate[0][i] / rate[1][i];
    }
    printf("%d encodings, %d pre-states, two rings; retired: executor %zu %%, loop %zu %%\n", ENCODINGS,
           STATES, retired[0] * 100 / ((size_t)runs * SLICES), retired[1] * 100 / ((size_t)runs * SLICES));
    printf("executor                        %8.0f runs/s\n", bench_median(rate[0], SLICES));
    printf("loop over the plain API         %8.0f runs/s\n", bench_median(rate[1], SLICES));
    printf("the same, keeping equal code    %8.0f runs/s\n", bench_median(rate[2], SLICES));
    printf("ratio unicorn_rate %.2f goal 3.5\n", bench_median(ratio, SLICES));
    rp_executor_unicorn.close(ours.instance);
    rp_outcomes_free(&ours.outcomes);
    free(ours.jobs);
    uc_close(loop.uc);
    free(guest);
    return loop.differences == 0; /* never: something always changes */
}
