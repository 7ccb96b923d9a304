/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Distinct instructions with length a second: `hunt` on the native executor beside loops as one writes them
 * first (support/step.h), all on the same tunnels, in slices that take turns; medians. Two such loops:
 *   sandsifter   finds each length as sandsifter does, by as many single steps at the end of a page
 *   single step  makes one, which tells the length of what retires, and of nothing else
 * The tunnels are those of register and memory arithmetic, because those loops have no sandbox. All on one
 * pinned core; processor time, of the hunt its worker's and its runner's. */
#include "campaign/hunt_trial.h"
#include "executor/registry.h"
#include "support/bench.h"
#include "support/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define SLICES  15
#define TURN    512 /* encodings of a head and slice */
#define HEADS   (RP_HUNT_BLOCK_MAX)
#define OPCODES 32

/* The processor time of this process's only child. */
static clockid_t clock_of_runner(void)
{
    char path[64], line[32], *end = line;
    long pid = 0;
    clockid_t clock;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "re");
    if (file && fgets(line, sizeof line, file))
        pid = strtol(line, &end, 10);
    if (!file || end == line || clock_getcpuclockid((pid_t)pid, &clock))
        bench_give_up("no clock of the runner");
    fclose(file);
    return clock;
}

/* 00-03, 08-0b, ... 38-3b and 84-87 with a ModRM byte that has a displacement or a SIB byte, and others. */
static unsigned head_of(unsigned number)
{
    static const uint8_t modrm[] = {0x04, 0x05, 0x44, 0x84, 0x0c, 0x8d, 0x86, 0x43};
    unsigned opcode = number % OPCODES;
    return (opcode / 4 * 8 + opcode % 4) << 8 | modrm[number / OPCODES % sizeof modrm];
}

struct rate {
    double seconds;
    uint64_t lengths;
};

static struct rate hunt(struct rp_hunter *hunter, const struct rp_hunt_task *task, clockid_t runner)
{
    struct rp_tunnel tunnel[HEADS];
    const struct rp_deaths none = {0};
    struct rp_hunt_slice slice = {0};
    struct rp_error error;
    double begun = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) + bench_seconds(runner);
    hunter->findings = 0;
    for (unsigned i = 0; i < HEADS; i++)
        tunnel[i] = task->tunnel[task->entry[i]];
    if (rp_hunt_walk(hunter, tunnel, HEADS, &none, &slice, &error))
        bench_give_up(error.line);
    return (struct rate){bench_seconds(CLOCK_PROCESS_CPUTIME_ID) + bench_seconds(runner) - begun,
                         slice.lengths};
}

static uint8_t find_length(const uint8_t bytes[RP_ENCODING_MAX])
{
    unsigned count = 1;
    while (count < RP_ENCODING_MAX && step_once(bytes, count).wants_more)
        count++;
    return (uint8_t)count;
}

static uint8_t step_length(const uint8_t bytes[RP_ENCODING_MAX])
{
    struct step_end end = step_once(bytes, RP_ENCODING_MAX);
    return end.signal == SIGTRAP && end.advance <= RP_ENCODING_MAX ? (uint8_t)end.advance : 0;
}

/* The encodings of a turn, as the decoder's lengths guide it: what the hunt meets too. */
static size_t list(const struct rp_hunt_task *task, uint8_t bytes[HEADS * TURN][RP_ENCODING_MAX])
{
    struct rp_instruction instruction;
    size_t count = 0;
    for (unsigned i = 0; i < HEADS; i++) {
        struct rp_tunnel tunnel = task->tunnel[task->entry[i]];
        for (unsigned n = 0; n < TURN && !tunnel.done; n++) {
            memcpy(bytes[count++], tunnel.bytes, RP_ENCODING_MAX);
            if (rp_decode(task->mode, tunnel.bytes, RP_ENCODING_MAX, &instruction, NULL))
                bench_give_up("an encoding that is none");
            rp_tunnel_advance(&tunnel, instruction.length);
        }
    }
    return count;
}

static struct rate run_list(uint8_t bytes[][RP_ENCODING_MAX], size_t count,
                            uint8_t (*length)(const uint8_t *))
{
    struct rate rate = {0};
    double begun = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < count; i++)
        rate.lengths += length(bytes[i]) != 0;
    rate.seconds = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - begun;
    return rate;
}

int main(void)
{
    static struct rp_tunnel tunnel[RP_TUNNEL_HEADS];
    static uint32_t heads[HEADS];
    static uint8_t bytes[HEADS * TURN][RP_ENCODING_MAX];
    static double rates[3][SLICES];
    static volatile uint64_t runs;
    struct rp_campaign_options campaign = {.executors = 1, .random_seed = 1, .policy = RP_POLICY_AS_FOUND};
    struct rp_hunt_task task = {.options = &campaign,
                                .mode = RP_MODE_LONG64,
                                .search = RP_HUNT_TUNNEL,
                                .entry = heads,
                                .entries = HEADS,
                                .block = HEADS,
                                .tunnel = tunnel,
                                .turn = TURN};
    struct rp_leads *leads;
    struct rp_error error;
    void *hunter;
    const struct rp_executor_entry *native = rp_executor_find("native");
    bench_pin(0);
    campaign.executor[0] = (struct rp_campaign_executor){native, "native"};
    if (rp_leads_open(&leads, &error))
        bench_give_up(error.line);
    task.leads = leads;
    if (!native || rp_hunt_worker_open(&task, &runs, &hunter, &error)) {
        fprintf(stderr, "hunt_rate: skipped: %s\n", native ? error.line : "there is no native executor");
        rp_leads_close(leads);
        return 77;
    }
    if (step_open())
        bench_give_up("no page to run from");
    clockid_t runner = clock_of_runner();
    for (unsigned i = 0; i < SLICES; i++) {
        for (unsigned k = 0; k < HEADS; k++) {
            heads[k] = head_of(i * HEADS + k);
            tunnel[heads[k]] = rp_tunnel_begin(heads[k]);
        }
        size_t count = list(&task, bytes);
        const struct rate made[] = {hunt(hunter, &task, runner), run_list(bytes, count, find_length),
                                    run_list(bytes, count, step_length)};
        if (made[0].lengths != count || made[1].lengths != count)
            bench_give_up("they did not meet the same encodings");
        for (unsigned k = 0; k < 3; k++)
            rates[k][i] = (double)made[k].lengths / made[k].seconds;
    }
    rp_hunt_worker_close(hunter);
    rp_leads_close(leads);
    double own = bench_median(rates[0], SLICES), sifter = bench_median(rates[1], SLICES),
           step = bench_median(rates[2], SLICES);
    printf("distinct instructions with length a second\nhunt        %9.0f\nsandsifter  %9.0f\nsingle step "
           "%9.0f\n",
           own, sifter, step);
    printf("ratio hunt_to_sandsifter %.1f goal 8\n", own / sifter);
    printf("ratio hunt_to_single_step %.1f\n", own / step);
    return 0;
}
