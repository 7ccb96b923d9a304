/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AFL++ as the feed of a campaign; see fuzz_afl.h. */
#include "campaign/fuzz_afl.h"

#include "base/random.h"
#include "campaign/fuzz_afl_process.h"
#include "fuzz/lenient.h"
#include "fuzz/mutate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#define SEEDS        64
#define CASE_MAX     4096 /* bytes of a file that are read; ours have 134 at most */
#define PATIENCE     10.0 /* seconds that afl-fuzz gets to end */
#define BETWEEN_SCAN 1.0  /* seconds: its folders grow to some 10,000 files */

/* Folders of an instance that test cases are saved in. */
static const char *const folders[] = {"queue", "crashes", "hangs"};
#define FOLDERS (sizeof folders / sizeof folders[0])

struct instance {
    struct rp_afl_process process;
    uint64_t next[FOLDERS]; /* the lowest number that was not seen in this sitting */
};

struct rp_afl {
    struct rp_afl_options options;
    char folder[PATH_MAX];
    bool temporary, started, stopping;
    double since, scanned; /* when it was told to stop; when folders were read */
    struct instance instance[RP_AFL_INSTANCES_MAX];
    struct rp_fuzz_board *board;
    int descriptor, taken_file;
    uint64_t stock;            /* of the board, that was taken */
    uint64_t executions, runs; /* that were told */
    struct rp_fuzz_set *taken; /* hashes of test cases */
    struct rp_text given;      /* those of the last time, not yet known to be committed */
    struct rp_error failure;   /* of an instance that ended by itself; code 0: none */
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int make_folder(const char *path, struct rp_error *error)
{
    return mkdir(path, 0777) && errno != EEXIST
               ? rp_error_system(error, errno, "cannot make the folder '%.300s'", path)
               : RP_OK;
}

static int choose_folder(struct rp_afl *afl, struct rp_error *error)
{
    if (afl->options.directory) {
        snprintf(afl->folder, sizeof afl->folder, "%s", afl->options.directory);
        return make_folder(afl->folder, error);
    }
    snprintf(afl->folder, sizeof afl->folder, "%s/ringprobe-afl-XXXXXX", afl->options.temporary);
    afl->temporary = mkdtemp(afl->folder) != NULL;
    return afl->temporary
               ? RP_OK
               : rp_error_system(error, errno, "cannot make a folder in '%.300s'", afl->options.temporary);
}

int rp_afl_open(const struct rp_afl_options *options, struct rp_afl **afl, struct rp_error *error)
{
    struct rp_afl *a = calloc(1, sizeof *a);
    if (a)
        a->taken = calloc(1, sizeof *a->taken); /* 32 MiB, as good as none until it is written */
    if (!a || !a->taken) {
        free(a);
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for AFL++");
    }
    a->options = *options;
    a->descriptor = a->taken_file = -1;
    int result = rp_fuzz_board_make(&a->descriptor, &a->board, error);
    if (result) {
        rp_afl_close(a);
        return result;
    }
    a->board->most_runs = options->runs;
    *afl = a;
    return RP_OK;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static bool any_runs(struct rp_afl *afl, struct rp_error *error)
{
    bool any = false;
    for (unsigned i = 0; i < afl->options.instances; i++)
        any |= rp_afl_runs(&afl->instance[i].process, error);
    return any;
}

static void stop_all(struct rp_afl *afl, bool kindly)
{
    for (unsigned i = 0; i < afl->options.instances; i++)
        rp_afl_stop(&afl->instance[i].process, kindly);
}

static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
}

void rp_afl_close(struct rp_afl *afl)
{
    if (!afl)
        return;
    stop_all(afl, true);
    for (double begun = now(); any_runs(afl, NULL); rest())
        if (now() - begun > PATIENCE)
            stop_all(afl, false);
    if (afl->temporary)
        nftw(afl->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (afl->taken_file >= 0)
        close(afl->taken_file);
    if (afl->descriptor >= 0)
        close(afl->descriptor);
    rp_fuzz_board_close(afl->board);
    rp_text_free(&afl->given);
    free(afl->taken);
    free(afl);
}

const struct rp_fuzz_board *rp_afl_board(const struct rp_afl *afl)
{
    return afl->board;
}

/* The inputs that afl-fuzz begins with: like those of the loop, made from nothing. */
static int make_seeds(const struct rp_afl *afl, const struct rp_fuzz_facts *facts, struct rp_error *error)
{
    char path[PATH_MAX + 32];
    struct rp_random random = rp_random_make(afl->options.seed, 0);
    snprintf(path, sizeof path, "%s/afl.seeds", afl->folder);
    int result = make_folder(path, error);
    for (unsigned i = 0; i < SEEDS && result == RP_OK; i++) {
        struct rp_fuzz_input input;
        uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
        struct rp_text text = {0};
        rp_fuzz_generate(facts, &random, &input);
        rp_text_add_bytes(&text, (const char *)bytes, rp_fuzz_input_write(facts, &input, bytes));
        snprintf(path, sizeof path, "%s/afl.seeds/%02u", afl->folder, i);
        result = rp_text_publish(&text, path, error);
        rp_text_free(&text);
    }
    return result;
}

/* What earlier sittings have taken. */
static int read_taken(struct rp_afl *afl, struct rp_error *error)
{
    char path[PATH_MAX + 32];
    uint64_t hash;
    snprintf(path, sizeof path, "%s/afl.taken", afl->folder);
    afl->taken_file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (afl->taken_file < 0)
        return rp_error_system(error, errno, "cannot open '%.300s'", path);
    off_t whole = 0;
    for (; pread(afl->taken_file, &hash, sizeof hash, whole) == sizeof hash; whole += (off_t)sizeof hash)
        rp_fuzz_set_add(afl->taken, hash);
    return lseek(afl->taken_file, whole, SEEK_SET) < 0 /* half a hash of a killed writer is written over */
               ? rp_error_system(error, errno, "cannot read '%.300s'", path)
               : RP_OK;
}

/* What was given the last time is committed by now. */
static int write_taken(struct rp_afl *afl, struct rp_error *error)
{
    size_t length = afl->given.length;
    afl->given.length = 0;
    return length && write(afl->taken_file, afl->given.data, length) != (ssize_t)length
               ? rp_error_system(error, errno, "cannot write '%.300s/afl.taken'", afl->folder)
               : RP_OK;
}

static int start(struct rp_afl *afl, const struct rp_fuzz_facts *facts, struct rp_error *error)
{
    int result = choose_folder(afl, error);
    if (result == RP_OK)
        result = make_seeds(afl, facts, error);
    if (result == RP_OK)
        result = read_taken(afl, error);
    for (unsigned i = 0; i < afl->options.instances && result == RP_OK; i++)
        result =
            rp_afl_start(&afl->options, afl->folder, afl->descriptor, i, &afl->instance[i].process, error);
    afl->started = true;
    return result;
}

static uint64_t number_of(const char *name)
{
    return strncmp(name, "id:", 3) == 0 ? strtoull(name + 3, NULL, 10) : UINT64_MAX;
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
    uint64_t x = number_of((*a)->d_name), y = number_of((*b)->d_name);
    return x < y ? -1 : x > y;
}

static int is_case(const struct dirent *entry)
{
    return number_of(entry->d_name) != UINT64_MAX;
}

/* Takes what is new; a hash of its serialised form tells. */
static void take(struct rp_afl *afl, const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *input,
                 struct rp_fuzz_fed *fed)
{
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
    uint64_t hash = XXH64(bytes, rp_fuzz_input_write(facts, input, bytes), 0);
    if (!rp_fuzz_set_add(afl->taken, hash))
        return;
    fed->input[fed->count++] = *input;
    rp_text_add_bytes(&afl->given, (const char *)&hash, sizeof hash);
}

/* What targets put into their stock, where nothing of it is lost to the size of a map. */
static bool take_stock(struct rp_afl *afl, const struct rp_fuzz_facts *facts, struct rp_fuzz_fed *fed)
{
    uint64_t stock = __atomic_load_n(&afl->board->stock, __ATOMIC_ACQUIRE);
    for (; afl->stock < stock && afl->stock < RP_FUZZ_STOCK_MAX && fed->count < fed->max; afl->stock++)
        if (__atomic_load_n(&afl->board->input[afl->stock].encoding.length, __ATOMIC_ACQUIRE))
            take(afl, facts, &afl->board->input[afl->stock], fed);
    return fed->count < fed->max;
}

/* Takes a file's input. False: it is still being written, or there is no room for it. */
static bool take_file(struct rp_afl *afl, const struct rp_fuzz_facts *facts, const char *path, bool is_last,
                      struct rp_fuzz_fed *fed)
{
    static uint8_t bytes[CASE_MAX];
    struct rp_fuzz_input input;
    if (fed->count == fed->max)
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t length = fd < 0 ? 0 : read(fd, bytes, sizeof bytes);
    if (fd >= 0)
        close(fd);
    if (length <= 0)
        return is_last; /* by then nobody writes: it will stay empty */
    if (rp_fuzz_input_take(facts, bytes, (size_t)length, &input))
        take(afl, facts, &input, fed);
    return true;
}

/* False: there is more than could be taken. */
static bool take_folder(struct rp_afl *afl, const struct rp_fuzz_facts *facts, struct instance *instance,
                        size_t folder, bool is_last, struct rp_fuzz_fed *fed)
{
    char path[PATH_MAX + 64], file[sizeof path + 256];
    struct dirent **entry;
    bool all = true;
    snprintf(path, sizeof path, "%s/afl/%s/%s", afl->folder, instance->process.name, folders[folder]);
    int count = scandir(path, &entry, is_case, by_number);
    for (int i = 0; i < count; i++) {
        uint64_t number = number_of(entry[i]->d_name);
        snprintf(file, sizeof file, "%s/%s", path, entry[i]->d_name);
        if (all && number >= instance->next[folder])
            all = take_file(afl, facts, file, is_last, fed);
        if (all && number >= instance->next[folder])
            instance->next[folder] = number + 1;
        free(entry[i]);
    }
    if (count >= 0)
        free(entry);
    return all;
}

static bool take_all(struct rp_afl *afl, const struct rp_fuzz_facts *facts, bool is_last,
                     struct rp_fuzz_fed *fed)
{
    bool all = take_stock(afl, facts, fed);
    for (unsigned i = 0; i < afl->options.instances; i++)
        for (size_t folder = 0; folder < FOLDERS; folder++)
            all &= take_folder(afl, facts, &afl->instance[i], folder, is_last, fed);
    afl->scanned = now();
    return all;
}

static void stop_in_time(struct rp_afl *afl)
{
    if (!afl->stopping) {
        afl->stopping = true;
        afl->since = now();
        stop_all(afl, true);
    } else if (now() - afl->since > PATIENCE) {
        stop_all(afl, false);
    }
}

static void count(struct rp_afl *afl, struct rp_fuzz_fed *fed)
{
    uint64_t executions = afl->board->executions, runs = afl->board->runs;
    fed->executions = executions - afl->executions;
    fed->runs = runs - afl->runs;
    afl->executions = executions;
    afl->runs = runs;
}

int rp_afl_next(void *context, const struct rp_fuzz_facts *facts, struct rp_fuzz_fed *fed,
                struct rp_error *error)
{
    struct rp_afl *afl = context;
    struct rp_error ended = {0};
    int result = afl->started ? write_taken(afl, error) : start(afl, facts, error);
    if (result)
        return result;
    bool runs = any_runs(afl, &ended);
    if (ended.code && !afl->stopping) {
        afl->failure = ended;
        fed->enough = true;
    }
    if (runs && fed->enough)
        stop_in_time(afl);
    bool due = !runs || now() - afl->scanned >= BETWEEN_SCAN, all = !due || take_all(afl, facts, !runs, fed);
    count(afl, fed);
    if (afl->given.failed)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for test cases");
    fed->ended = !runs && all && !fed->count;
    if (fed->ended && afl->failure.code) {
        *error = afl->failure;
        return afl->failure.code;
    }
    if (runs && !fed->count)
        rest();
    return RP_OK;
}
