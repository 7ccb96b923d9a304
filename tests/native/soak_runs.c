/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A soak of the runner: random and structured encodings in its three modes, a hundred million runs, or as
 * many as its argument says. Nothing may get lost: each run has a result, each death of a runner has an
 * encoding, and the same again in a fresh runner ends the same, but for what the machine says of itself
 * (corpus/machine-bound.tsv). Prints figures; lists deaths, loops that no branch explains, and differences.
 */
#include "base/hex.h"
#include "base/random.h"
#include "judge/fidelity.h"
#include "native/load.h"
#include "native/process.h"
#include "state/recipe.h"
#include "x86/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS   100000000 /* without an argument */
#define AGAIN  1000000   /* of them, the first, twice */
#define STATES 16        /* of each mode; each encoding runs from all of them */
#define SEED   1
#define RANDOM 8   /* one in so many encodings is random bytes */
#define LISTED 200 /* lines of one kind */

static struct rp_native_process process;

static struct {
    uint64_t made, kinds[RP_OUTCOME_COUNT], deaths, repeated, unexplained, loops, lost;
    uint64_t compared, declared, different;
} figures;

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "soak_runs: a person is needed: %s\n", what);
    exit(1);
}

/* Prints a line about job `at` unless there have been enough of its kind. */
static void list(const char *what, uint32_t at, uint64_t *count)
{
    const struct rp_native_job *job = &process.shared->job[at];
    enum rp_mode mode = (enum rp_mode)process.shared->slot[job->slot].mode;
    char hex[2 * RP_ENCODING_MAX + 1];
    if (++*count > LISTED)
        return;
    rp_hex_print(hex, job->encoding.bytes, job->encoding.length);
    printf("%s: %s %s, state %u\n", what, rp_mode_info(mode)->name, hex, job->slot % STATES);
}

static void draw_random(struct rp_random *random, struct rp_encoding *encoding)
{
    for (unsigned i = 0; i < RP_ENCODING_MAX; i++)
        encoding->bytes[i] = (uint8_t)rp_random_next(random);
    encoding->length = (uint8_t)(1 + rp_random_below(random, RP_ENCODING_MAX));
}

/* One in any opcode map, with a prefix or none, that the decoder knows: #UD is slow under a hypervisor, and
 * shows little. */
static void draw_known(struct rp_random *random, enum rp_mode mode, struct rp_encoding *encoding)
{
    static const uint8_t begins[][3] = {{0},          {0x0f}, {0x0f, 0x38},       {0x0f, 0x3a},
                                        {0xc5, 0xf8}, {0x62}, {0xc4, 0xe2, 0x79}, {0xc4, 0xe3, 0x7d}};
    static const uint8_t prefixes[] = {0x66, 0xf3, 0xf2, 0x48, 0x67, 0x2e, 0x65, 0x41};
    struct rp_instruction instruction;
    do {
        unsigned at = 0;
        draw_random(random, encoding);
        if (rp_random_below(random, 2))
            encoding->bytes[at++] = prefixes[rp_random_below(random, sizeof prefixes)];
        const uint8_t *begin = begins[rp_random_below(random, sizeof begins / sizeof begins[0])];
        for (unsigned i = 0; i < 3 && begin[i]; i++)
            encoding->bytes[at++] = begin[i];
    } while (rp_decode(mode, encoding->bytes, RP_ENCODING_MAX, &instruction, NULL) != RP_OK);
    encoding->length = instruction.length;
}

/* State 0 is the default one; the others have addresses of the data, of nothing, and numbers in their
 * registers. */
static void fill_state(struct rp_random *random, enum rp_mode mode, struct rp_user *user)
{
    uint64_t data = rp_arena_view(mode)->data, mask = mode == RP_MODE_LONG64 ? UINT64_MAX : UINT32_MAX;
    unsigned last = mode == RP_MODE_LONG64 ? RP_REG_R15 : RP_REG_RDI;
    for (unsigned reg = 0; reg <= last; reg++) {
        if (reg == RP_REG_RSP)
            continue;
        bool address = rp_random_below(random, 2);
        user->state.reg[reg] = address ? data + 64 * rp_random_below(random, RP_ARENA_DATA_SIZE / 64)
                                       : rp_random_next(random) >> rp_random_below(random, 64) & mask;
    }
}

static void load_states(void)
{
    static struct rp_recipe recipe;
    static struct rp_prestate prestate;
    struct rp_random random = rp_random_make(SEED, 1);
    struct rp_error error;
    for (unsigned i = 0; i < RP_NATIVE_MODES * STATES; i++) {
        enum rp_mode mode = (enum rp_mode)(i / STATES);
        rp_recipe_init(&recipe, mode, RP_POLICY_AS_FOUND);
        if (i % STATES)
            fill_state(&random, mode, &recipe.user);
        if (rp_prestate_build(&prestate, mode, 3, &recipe.user, &recipe.machine, &error))
            give_up(error.line);
        if (!rp_native_load(&prestate, &process.shared->layout, &process.shared->slot[mode],
                            &process.shared->slot[STATES + i]))
            give_up("a state can't be loaded");
    }
}

/* Fills the order with what comes next; returns how many jobs it has. */
static uint32_t fill(struct rp_random *random)
{
    struct rp_native_shared *shared = process.shared;
    uint32_t count = 0;
    while (count + STATES <= RP_NATIVE_JOBS) {
        struct rp_encoding encoding;
        unsigned mode = (unsigned)rp_random_below(random, RP_NATIVE_MODES);
        if (shared->missing[mode][0])
            continue;
        if (rp_random_below(random, RANDOM) == 0)
            draw_random(random, &encoding);
        else
            draw_known(random, (enum rp_mode)mode, &encoding);
        for (unsigned state = 0; state < STATES; state++)
            shared->job[count++] = (struct rp_native_job){
                .encoding = encoding, .way = RP_NATIVE_JUMP, .slot = STATES + STATES * mode + state};
    }
    return count;
}

static void restart(void)
{
    struct rp_error error;
    if (rp_native_process_restart(&process, &error))
        give_up(error.line);
}

/* The runner ended in job `at`: does it do so again, alone in a fresh one? */
static void look_into_death(uint32_t at, enum rp_native_end end, uint32_t count)
{
    struct rp_native_shared *shared = process.shared;
    int signal = 0;
    restart();
    shared->first = at;
    shared->count = at + 1;
    bool again = rp_native_process_order(&process, NULL, NULL, &signal) != RP_NATIVE_ANSWERED;
    shared->count = count;
    list(again ? "ends its runner" : "ended its runner, once", at, &figures.deaths);
    if (!again)
        return;
    figures.repeated++;
    restart();
    shared->result[at] =
        (struct rp_native_result){.kind = end == RP_NATIVE_DIED ? RP_OUTCOME_DIED : RP_OUTCOME_HUNG};
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * UINT64_C(1099511628211); /* FNV-1a, by words */
}

static uint64_t hash_of(const struct rp_native_result *result)
{
    uint64_t hash =
        mix(mix(mix(UINT64_C(14695981039346656037), result->kind), result->vector), result->length);
    hash = mix(mix(hash, result->error_code), result->cr2);
    for (uint32_t i = result->first; i < result->first + result->count; i++)
        hash = mix(mix(hash, process.shared->change[i].component), process.shared->change[i].value);
    return hash;
}

/* A loop is a branch's, or a REP's that was not through within its ticks. */
static bool may_loop(const struct rp_native_job *job)
{
    struct rp_instruction instruction;
    enum rp_mode mode = (enum rp_mode)process.shared->slot[job->slot].mode;
    return rp_decode(mode, job->encoding.bytes, RP_ENCODING_MAX, &instruction, NULL) == RP_OK &&
           (instruction.branch != RP_BRANCH_NONE || instruction.prefixes.repeat);
}

static bool is_declared(const struct rp_native_job *job)
{
    struct rp_instruction instruction;
    enum rp_mode mode = (enum rp_mode)process.shared->slot[job->slot].mode;
    return rp_decode(mode, job->encoding.bytes, RP_ENCODING_MAX, &instruction, NULL) == RP_OK &&
           rp_fidelity_ends_only(&instruction);
}

/* What is done with the result of job `at`; `hashes` of run `run` are kept, or compared in the second pass.
 */
static void take(uint32_t at, uint64_t *hash, bool second)
{
    const struct rp_native_result *result = &process.shared->result[at];
    const struct rp_native_job *job = &process.shared->job[at];
    if (second && hash) {
        figures.compared++;
        if (*hash == hash_of(result))
            return;
        if (is_declared(job))
            figures.declared++;
        else
            list("another end", at, &figures.different);
        return;
    }
    if (hash)
        *hash = hash_of(result);
    figures.made++;
    figures.kinds[result->kind]++;
    if (result->kind == RP_OUTCOME_HUNG && !may_loop(job))
        list("loops, and is no branch", at, &figures.loops);
}

/* Gives jobs [at, count) as an order and takes what came of it; `hashes` are those of the order, NULL: none
 * are kept. Returns where it stopped: there is no room for more, or a runner ended. */
static uint32_t make_some(uint32_t at, uint32_t count, uint64_t *hashes, bool second)
{
    struct rp_native_shared *shared = process.shared;
    int signal = 0;
    shared->first = at;
    shared->count = count;
    for (uint32_t i = at; i < count; i++)
        shared->result[i].kind = RP_OUTCOME_COUNT;
    enum rp_native_end end = rp_native_process_order(&process, NULL, NULL, &signal);
    uint32_t done = shared->done;
    for (uint32_t i = at; i < done; i++) {
        if (shared->result[i].kind == RP_OUTCOME_COUNT)
            list("has no result", i, &figures.lost);
        else
            take(i, hashes ? &hashes[i] : NULL, second);
    }
    if (end == RP_NATIVE_ANSWERED)
        return done;
    look_into_death(done, end, count);
    take(done, hashes ? &hashes[done] : NULL, second);
    return done + 1;
}

/* Makes `runs` runs from the seed's beginning. */
static void make(uint64_t runs, uint64_t *hashes, bool second)
{
    struct rp_random random = rp_random_make(SEED, 0);
    for (uint64_t made = 0; made < runs;) {
        uint32_t count = fill(&random);
        for (uint32_t at = 0; at < count;)
            at = make_some(at, count, made < AGAIN ? &hashes[made] : NULL, second);
        made += count;
    }
}

static int print(double took, uint64_t again)
{
    printf("%llu runs in %.0f s, %.0f a second, seed %d\n", (unsigned long long)figures.made, took,
           (double)figures.made / took, SEED);
    for (unsigned kind = 0; kind < RP_OUTCOME_COUNT; kind++)
        if (figures.kinds[kind])
            printf("  %s %llu\n", rp_outcome_kind_name((enum rp_outcome_kind)kind),
                   (unsigned long long)figures.kinds[kind]);
    printf("results lost: %llu\n", (unsigned long long)figures.lost);
    printf("runners that ended: %llu, of these again by the same encoding: %llu\n",
           (unsigned long long)figures.deaths, (unsigned long long)figures.repeated);
    printf("loops that no branch explains: %llu\n", (unsigned long long)figures.loops);
    printf("runs made twice: %llu, with another end: %llu, and %llu of what the machine says of itself\n",
           (unsigned long long)again, (unsigned long long)figures.different,
           (unsigned long long)figures.declared);
    return figures.lost || figures.compared < again || figures.deaths > figures.repeated;
}

int main(int count, char **arguments)
{
    uint64_t runs = count > 1 ? strtoull(arguments[1], NULL, 10) : RUNS, again = runs < AGAIN ? runs : AGAIN;
    struct timespec start, end;
    struct rp_error error;
    uint64_t *hashes = calloc(AGAIN + RP_NATIVE_JOBS, sizeof *hashes);
    if (!hashes || runs == 0)
        give_up("no memory, or no runs asked for");
    if (rp_fidelity_load(&error))
        give_up(error.line);
    if (rp_native_process_open(&process, &error)) {
        fprintf(stderr, "soak_runs: skipped: %s\n", error.line);
        free(hashes);
        return 77;
    }
    load_states();
    clock_gettime(CLOCK_MONOTONIC, &start);
    make(runs, hashes, false);
    clock_gettime(CLOCK_MONOTONIC, &end);
    restart();
    make(again, hashes, true);
    rp_native_process_close(&process);
    free(hashes);
    return print((double)(end.tv_sec - start.tv_sec), again);
}
