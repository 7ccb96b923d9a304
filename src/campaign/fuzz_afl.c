/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AFL++ as the feed of a campaign; see fuzz_afl.h. */
#include "campaign/fuzz_afl.h"

#include "base/clock.h"
#include "campaign/fuzz_afl_news.h"
#include "campaign/fuzz_afl_process.h"
#include "campaign/fuzz_afl_taken.h"
#include "fuzz/board.h"
#include "fuzz/lenient.h"
#include "fuzz/seed_corpus.h"

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

#define CASE_MAX     4096 /* bytes of a file that are read; ours have 134 at most */
#define PATIENCE     10.0 /* seconds that afl-fuzz gets to end */
#define BETWEEN_SCAN 1.0  /* seconds: its folders grow to some 10,000 files */

/* Folders of an instance that test cases are saved in. When afl-fuzz goes on it sets those with crashes and
 * hangs aside, under these names and the time. */
static const char *const folders[] = {"queue", "crashes", "hangs"};
#define FOLDERS (sizeof folders / sizeof folders[0])

struct rp_afl {
    struct rp_afl_options options;
    char folder[PATH_MAX];
    bool temporary, started, stopping;
    double since, scanned; /* when it was told to stop; when folders were read */
    struct rp_afl_process instance[RP_AFL_INSTANCES_MAX];
    struct rp_fuzz_facts *facts; /* of its own: those of the campaign are gone when it is closed */
    struct rp_fuzz_board *board;
    int descriptor;
    uint64_t executions, runs; /* that were told */
    struct rp_afl_taken taken;
    struct rp_afl_news news;
    struct rp_error failure; /* of an instance that ended by itself; code 0: none */
};

static double now(void)
{
    return 1e-9 * (double)rp_clock_now();
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
    if (!a)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for AFL++");
    a->options = *options;
    a->descriptor = a->news.descriptor = -1;
    int result = rp_afl_taken_open(&a->taken, error);
    if (result == RP_OK)
        result = rp_fuzz_facts_open(options->modes, &a->facts, error);
    if (result == RP_OK)
        result = rp_fuzz_board_make(&a->descriptor, &a->board, error);
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
        any |= rp_afl_runs(&afl->instance[i], error);
    return any;
}

static void stop_all(struct rp_afl *afl, bool kindly)
{
    for (unsigned i = 0; i < afl->options.instances; i++)
        rp_afl_stop(&afl->instance[i], kindly);
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
    rp_afl_news_close(&afl->news);
    if (afl->temporary)
        nftw(afl->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (afl->descriptor >= 0)
        close(afl->descriptor);
    rp_fuzz_board_close(afl->board);
    rp_fuzz_facts_close(afl->facts);
    rp_afl_taken_close(&afl->taken);
    free(afl);
}

const struct rp_fuzz_board *rp_afl_board(const struct rp_afl *afl)
{
    return afl->board;
}

/* afl-fuzz begins with the inputs that the loop begins with. All are there or none, whoever is killed. */
static int make_seeds(const struct rp_afl *afl, const struct rp_fuzz_facts *facts, struct rp_error *error)
{
    char path[PATH_MAX + 32], begun[PATH_MAX + 32];
    unsigned count;
    snprintf(path, sizeof path, "%s/afl.seeds", afl->folder);
    snprintf(begun, sizeof begun, "%s/afl.seeds.new", afl->folder);
    if (access(path, F_OK) == 0)
        return RP_OK;
    nftw(begun, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    int result = rp_fuzz_seed_corpus_write(facts, begun, &count, error);
    return result == RP_OK && rename(begun, path)
               ? rp_error_system(error, errno, "cannot make the folder '%.300s'", path)
               : result;
}

static int start(struct rp_afl *afl, const struct rp_fuzz_facts *facts, struct rp_error *error)
{
    int result = choose_folder(afl, error);
    if (result == RP_OK)
        result = make_seeds(afl, facts, error);
    if (result == RP_OK)
        result = rp_afl_taken_read(&afl->taken, afl->folder, error);
    if (result == RP_OK)
        result = rp_afl_news_open(&afl->news, afl->folder, facts, afl->taken.cases, error);
    for (unsigned i = 0; i < afl->options.instances && result == RP_OK; i++)
        result = rp_afl_start(&afl->options, afl->folder, afl->descriptor, afl->news.descriptor, i,
                              &afl->instance[i], error);
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
static void take(struct rp_afl *afl, const struct rp_fuzz_input *input, struct rp_fuzz_fed *fed)
{
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
    size_t length;
    if (rp_afl_taken_add(&afl->taken, rp_afl_hash(afl->facts, input, bytes, &length)))
        fed->input[fed->count++] = *input;
}

/* What targets told, this time or before, where nothing is lost to the size of a map. */
static bool take_news(struct rp_afl *afl, bool is_last, struct rp_fuzz_fed *fed)
{
    struct rp_fuzz_input input;
    while (fed->count < fed->max && rp_afl_news_take(&afl->news, afl->facts, is_last, &input))
        take(afl, &input, fed);
    return fed->count < fed->max;
}

/* Takes a file's input. False: it is still being written, or there is no room for it. */
static bool take_file(struct rp_afl *afl, const char *path, bool is_last, struct rp_fuzz_fed *fed)
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
    if (rp_fuzz_input_take(afl->facts, bytes, (size_t)length, &input))
        take(afl, &input, fed);
    return true;
}

/* False: there is more than could be taken. */
static bool take_folder(struct rp_afl *afl, const char *path, bool is_last, struct rp_fuzz_fed *fed)
{
    char file[PATH_MAX + 640];
    struct dirent **entry;
    bool all = true;
    int count = scandir(path, &entry, is_case, by_number);
    for (int i = 0; i < count; i++) {
        uint64_t name = XXH64(entry[i]->d_name, strlen(entry[i]->d_name), entry[i]->d_ino) | 1;
        snprintf(file, sizeof file, "%s/%s", path, entry[i]->d_name);
        if (all && rp_afl_taken_wants(&afl->taken, name)) {
            all = take_file(afl, file, is_last, fed);
            if (all)
                rp_afl_taken_has_read(&afl->taken, name);
        }
        free(entry[i]);
    }
    if (count >= 0)
        free(entry);
    return all;
}

/* "crashes", "crashes.2026-01-31-12:00:00" */
static bool has_cases(const char *name)
{
    bool has = false;
    for (size_t i = 0; i < FOLDERS; i++) {
        size_t length = strlen(folders[i]);
        has |= strncmp(name, folders[i], length) == 0 && (!name[length] || name[length] == '.');
    }
    return has;
}

static bool take_instance(struct rp_afl *afl, const struct rp_afl_process *instance, bool is_last,
                          struct rp_fuzz_fed *fed)
{
    char path[PATH_MAX + 64], folder[sizeof path + 256];
    const struct dirent *entry;
    bool all = true;
    snprintf(path, sizeof path, "%s/afl/%s", afl->folder, instance->name);
    DIR *all_folders = opendir(path);
    while (all_folders && (entry = readdir(all_folders))) {
        snprintf(folder, sizeof folder, "%s/%s", path, entry->d_name);
        if (has_cases(entry->d_name))
            all &= take_folder(afl, folder, is_last, fed);
    }
    if (all_folders)
        closedir(all_folders);
    return all;
}

static bool take_all(struct rp_afl *afl, bool is_last, struct rp_fuzz_fed *fed)
{
    bool all = take_news(afl, is_last, fed);
    for (unsigned i = 0; i < afl->options.instances; i++)
        all &= take_instance(afl, &afl->instance[i], is_last, fed);
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
    fed->lost = afl->board->lost;
    fed->full = rp_fuzz_board_is_full(afl->board) || rp_afl_taken_is_full(&afl->taken);
    afl->executions = executions;
    afl->runs = runs;
}

int rp_afl_next(void *context, const struct rp_fuzz_facts *facts, struct rp_fuzz_fed *fed,
                struct rp_error *error)
{
    struct rp_afl *afl = context;
    struct rp_error ended = {0};
    if (!afl->started && fed->known)
        rp_fuzz_board_adopt(afl->board, fed->known);
    int result =
        afl->started ? rp_afl_taken_commit(&afl->taken, afl->folder, error) : start(afl, facts, error);
    if (result)
        return result;
    rp_afl_news_forget(&afl->news);
    bool runs = any_runs(afl, &ended);
    if (ended.code && !afl->stopping) {
        afl->failure = ended;
        fed->enough = true;
    }
    if (runs && fed->enough)
        stop_in_time(afl);
    bool due = !runs || now() - afl->scanned >= BETWEEN_SCAN, all = !due || take_all(afl, !runs, fed);
    count(afl, fed);
    if (afl->taken.given.failed || afl->news.bytes.failed)
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
