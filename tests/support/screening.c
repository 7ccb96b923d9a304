/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The encodings, and both judges in one worker; see screening.h. */
#include "support/screening.h"

#include "base/hex.h"
#include "base/random.h"
#include "executor/limits.h"
#include "executor/pool.h"
#include "state/seeds.h"
#include "support/bench.h"
#include "support/literal.h"
#include "support/scratch.h"
#include "x86/decode.h"
#include "x86/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN     20
#define NAMES_MAX 4096
#define SOURCE    "corpus/non-innocuous.tsv"

/* What is being chosen from. */
struct choice {
    const struct screening_wish *wish;
    struct rp_limits *limits;
    struct screening_item *pool; /* all that is decided */
    size_t pooled, capacity;
    struct {
        const char *name; /* the decoder's, static */
        bool decided;
    } mnemonic[NAMES_MAX];
    size_t mnemonics;
    char *sensitive; /* text of SOURCE */
    char seen[NAMES_MAX][32];
    size_t seen_count; /* of this mode */
    struct screening_sample *sample;
};

static void take(struct screening_sample *sample, const struct screening_item *item)
{
    for (size_t i = 0; i < sample->count; i++)
        if (sample->item[i].mode == item->mode && sample->item[i].index == item->index)
            return;
    sample->item[sample->count++] = *item;
}

/* True the first time that one of this mnemonic is decided. */
static bool is_new_mnemonic(struct choice *choice, const char *name, bool decided)
{
    size_t i = 0;
    while (i < choice->mnemonics && strcmp(choice->mnemonic[i].name, name) != 0)
        i++;
    if (i == NAMES_MAX)
        bench_give_up("more mnemonics than are thought of");
    if (i == choice->mnemonics) {
        choice->mnemonic[choice->mnemonics].decided = false;
        choice->mnemonic[choice->mnemonics++].name = name;
    }
    bool is = decided && !choice->mnemonic[i].decided;
    choice->mnemonic[i].decided |= decided;
    return is;
}

/* True for the first in memory and the first without of each name that is known to be sensitive. */
static bool is_new_signature(struct choice *choice, const struct rp_instruction *instruction)
{
    char key[40];
    snprintf(key, sizeof key, "\n%.24s\t", instruction->name);
    if (!strstr(choice->sensitive, key))
        return false;
    snprintf(key, sizeof key, "%.24s%s", instruction->name, instruction->memory.present ? " m" : "");
    for (size_t i = 0; i < choice->seen_count; i++)
        if (strcmp(choice->seen[i], key) == 0)
            return false;
    snprintf(choice->seen[choice->seen_count++], sizeof choice->seen[0], "%.31s", key);
    return true;
}

static void pool_item(struct choice *choice, const struct screening_item *item)
{
    if (choice->pooled == choice->capacity) {
        choice->capacity = choice->capacity ? 2 * choice->capacity : 4096;
        choice->pool = realloc(choice->pool, choice->capacity * sizeof *choice->pool);
        if (!choice->pool)
            bench_give_up("out of memory");
    }
    choice->pool[choice->pooled++] = *item;
}

static void look_at(struct choice *choice, const struct screening_item *item)
{
    const struct screening_wish *wish = choice->wish;
    struct screening_sample *sample = choice->sample;
    struct rp_instruction instruction;
    if (rp_decode(item->mode, item->encoding.bytes, item->encoding.length, &instruction, NULL))
        return;
    bool decided = !rp_limits_find(choice->limits, item->mode, &instruction);
    bool mnemonic = wish->mnemonics && is_new_mnemonic(choice, instruction.mnemonic, decided);
    if (!decided)
        return;
    pool_item(choice, item);
    if (mnemonic)
        take(sample, item);
    if (wish->signatures && is_new_signature(choice, &instruction)) {
        sample->signatures++;
        take(sample, item);
    }
}

/* HEX@MODE:... of each seed. Index: behind those of the form space, by the seed. */
static void take_raised(struct choice *choice)
{
    struct rp_seeds seeds;
    struct rp_error error;
    if (rp_seeds_load(&seeds, &error))
        bench_give_up(error.line);
    for (size_t s = 0; s < seeds.count; s++) {
        struct screening_item item = {.index = SIZE_MAX - s};
        struct rp_instruction instruction;
        char hex[40], mode[20];
        size_t length = 0;
        if (sscanf(seeds.seed[s].raises, "%39[^@]@%19[^:]", hex, mode) != 2 ||
            rp_hex_parse(hex, item.encoding.bytes, RP_ENCODING_MAX, &length, NULL) ||
            !rp_mode_find(mode, &item.mode))
            bench_give_up("a line of corpus/seeds.tsv is not understood");
        item.encoding.length = (uint8_t)length;
        if (choice->wish->modes >> item.mode & 1 &&
            rp_decode(item.mode, item.encoding.bytes, length, &instruction, NULL) == RP_OK &&
            !rp_limits_find(choice->limits, item.mode, &instruction)) {
            choice->sample->signatures++;
            take(choice->sample, &item);
        }
    }
    rp_seeds_free(&seeds);
}

static void take_random(struct choice *choice)
{
    struct rp_random random = rp_random_make(choice->wish->seed, 0);
    struct screening_sample *sample = choice->sample;
    while (sample->random < choice->wish->random && choice->pooled > 0) {
        size_t drawn = rp_random_below(&random, choice->pooled), before = sample->count;
        take(sample, &choice->pool[drawn]);
        sample->random += sample->count > before;
        choice->pool[drawn] = choice->pool[--choice->pooled];
    }
}

static int compare_items(const void *a, const void *b)
{
    const struct screening_item *x = a, *y = b;
    if (x->mode != y->mode)
        return x->mode < y->mode ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static void look_at_mode(struct choice *choice, enum rp_mode mode)
{
    struct rp_form_space *space;
    struct rp_error error;
    if (rp_form_space_open(mode, &space, &error))
        bench_give_up(error.line);
    choice->seen_count = 0;
    for (size_t i = 0; i < rp_form_space_encodings(space); i++) {
        struct rp_form form;
        rp_form_space_get(space, i, &form);
        struct screening_item item = {mode, i, form.encoding};
        look_at(choice, &item);
    }
    rp_form_space_close(space);
}

void screening_choose(const struct screening_wish *wish, const struct rp_executor_entry *entry,
                      struct screening_sample *sample)
{
    static struct choice choice;
    struct rp_error error;
    *sample =
        (struct screening_sample){.item = calloc((size_t)4 * NAMES_MAX + wish->random, sizeof *sample->item)};
    choice = (struct choice){.wish = wish, .sample = sample, .sensitive = scratch_read(SOURCE)};
    if (!sample->item || rp_limits_open(entry->name, &choice.limits, &error))
        bench_give_up("no memory, or no limits of the executor");
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        if (wish->modes >> m & 1)
            look_at_mode(&choice, (enum rp_mode)m);
    for (size_t i = 0; i < choice.mnemonics; i++)
        sample->undecided += !choice.mnemonic[i].decided;
    sample->mnemonics = choice.mnemonics;
    if (wish->signatures)
        take_raised(&choice);
    take_random(&choice);
    qsort(sample->item, sample->count, sizeof *sample->item, compare_items);
    rp_limits_close(choice.limits);
    free(choice.sensitive);
    free(choice.pool);
}

void screening_free(struct screening_sample *sample)
{
    free(sample->item);
    *sample = (struct screening_sample){0};
}

/* Both judges of a worker. The sample is gone through twice, first by the one and then by the other: a scan's
 * judge does not find its caches full of another's pre-states at each encoding. */
struct pair {
    const struct comparison *comparison;
    struct rp_judge *judge;
    struct literal *literal;
};

struct comparison {
    const struct screening_sample *sample;
    const struct rp_executor_entry *entry;
    struct screening_tally *tally;
    struct answer *judged; /* by number in the sample */
};

/* What comes back. */
struct answer {
    bool none; /* the runs took their process with them too often */
    struct literal_verdict literal;
    struct rp_verdict verdict; /* nothing that it would have to free */
    double runs, seconds;
};

static int open_pair(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    const struct comparison *comparison = context;
    struct rp_judge_options options = {.executor = comparison->entry->executor,
                                       .policy = RP_POLICY_LEGACY,
                                       .random_seed = 1,
                                       .run_counter = run_counter};
    struct pair *pair = calloc(1, sizeof *pair);
    if (!pair)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a worker");
    pair->comparison = comparison;
    int result = rp_judge_open(&options, &pair->judge, error);
    if (result == RP_OK)
        result = literal_open(&options, &pair->literal, error);
    *worker = pair;
    return result;
}

static void close_pair(void *worker)
{
    struct pair *pair = worker;
    literal_close(pair->literal);
    rp_judge_close(pair->judge);
    free(pair);
}

static int judge(struct pair *pair, const struct screening_item *item, const struct rp_deaths *deaths,
                 struct answer *answer, struct rp_error *error)
{
    struct rp_verdict verdict;
    double start = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
    int code = rp_judge_encoding(pair->judge, item->mode, &item->encoding, deaths, &verdict, error);
    if (code)
        return code;
    answer->seconds = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    answer->runs = verdict.runs;
    answer->verdict = (struct rp_verdict){
        .judgement = verdict.judgement, .sensitivity = verdict.sensitivity, .resources = verdict.resources};
    memcpy(answer->verdict.name, verdict.name, sizeof verdict.name);
    rp_verdict_free(&verdict);
    return RP_OK;
}

static int judge_literally(struct pair *pair, const struct screening_item *item,
                           const struct rp_deaths *deaths, struct answer *answer, struct rp_error *error)
{
    double start = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
    int code = literal_judge(pair->literal, item->mode, &item->encoding, deaths, &answer->literal, error);
    answer->seconds = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    answer->runs = (double)answer->literal.runs;
    return code;
}

static int judge_one(void *worker, size_t number, const struct rp_deaths *deaths, struct rp_text *result,
                     struct rp_error *error)
{
    struct pair *pair = worker;
    size_t count = pair->comparison->sample->count;
    const struct screening_item *item = &pair->comparison->sample->item[number % count];
    struct answer answer = {.none = deaths->exhausted};
    int code = RP_OK;
    if (!answer.none)
        code = number < count ? judge(pair, item, deaths, &answer, error)
                              : judge_literally(pair, item, deaths, &answer, error);
    rp_text_add_bytes(result, (const char *)&answer, sizeof answer);
    return code;
}

static void name_item(void *context, size_t number, char *text, size_t size)
{
    const struct comparison *comparison = context;
    const struct screening_item *item = &comparison->sample->item[number % comparison->sample->count];
    char hex[2 * RP_ENCODING_MAX + 1];
    snprintf(text, size, "%s %s", rp_mode_info(item->mode)->name,
             rp_hex_print(hex, item->encoding.bytes, item->encoding.length));
}

static void compare_answers(const struct comparison *comparison, size_t number, const struct answer *judged,
                            const struct answer *answer)
{
    const struct literal_verdict *literal = &answer->literal;
    struct screening_tally *tally = comparison->tally;
    char name[80];
    tally->verdict[literal->judgement]++;
    for (unsigned kind = RP_SENSITIVE_CONTROL; kind <= RP_SENSITIVE_RESOURCE; kind *= 2)
        tally->kind[kind] += (literal->sensitivity & kind) != 0;
    tally->runs[0] += answer->runs;
    tally->runs[1] += judged->runs;
    tally->seconds[0] += answer->seconds;
    tally->seconds[1] += judged->seconds;
    if (literal->judgement == RP_VERDICT_INNOCUOUS) {
        tally->innocuous_seconds[0] += answer->seconds;
        tally->innocuous_seconds[1] += judged->seconds;
    }
    if (literal_agrees(literal, &judged->verdict) || tally->differ++ >= SHOWN)
        return;
    name_item((void *)comparison, number, name, sizeof name);
    printf("%s %s: %s\n", name, judged->verdict.name, literal_words(literal, &judged->verdict));
}

static int take_answer(void *context, size_t number, const char *bytes, size_t length, struct rp_error *error)
{
    const struct comparison *comparison = context;
    size_t count = comparison->sample->count;
    struct answer answer;
    if (length != sizeof answer)
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    memcpy(&answer, bytes, sizeof answer);
    if (number < count)
        comparison->judged[number] = answer;
    else if (!answer.none && !comparison->judged[number - count].none)
        compare_answers(comparison, number, &comparison->judged[number - count], &answer);
    return RP_OK;
}

void screening_compare(const struct screening_sample *sample, const struct rp_executor_entry *entry,
                       unsigned workers, struct screening_tally *tally)
{
    struct comparison comparison = {sample, entry, tally, calloc(sample->count + 1, sizeof(struct answer))};
    struct rp_pool_work work = {.items = 2 * sample->count,
                                .context = &comparison,
                                .open = open_pair,
                                .item = judge_one,
                                .close = close_pair,
                                .done = take_answer,
                                .name = name_item};
    /* Preparing every state of an encoding may take its time without a run. */
    struct rp_pool_options options = {.workers = workers, .hang_milliseconds = 60000, .log_descriptor = -1};
    struct rp_pool_status status = {0};
    struct rp_error error;
    *tally = (struct screening_tally){0};
    if (!comparison.judged)
        bench_give_up("out of memory");
    if (rp_pool_run(&work, &options, &status, &error))
        bench_give_up(error.line);
    tally->deaths = status.deaths;
    free(comparison.judged);
}
