/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a long fuzz campaign costs in memory and on disk, and how soon it goes on: a campaign of both
 * executors with its directory, sampled as it runs, then opened again. Memory is PSS of all its processes:
 * `shared` is what they touched of the board, which has a size; `own` is everything else, which must not
 * grow. A worker is replaced when it dies and now and then, for Unicorn keeps what it translated: until then
 * it grows.
 *
 * fuzz_growth [SECONDS [WORKERS]]: the default, 60 1, is a look; 2880 is a tenth of eight hours. */
#include "campaign/fuzz.h"
#include "executor/registry.h"
#include "fuzz/board.h"
#include "support/bench.h"
#include "support/scratch.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECONDS 60
#define SAMPLES 32
#define MIB     (1024.0 * 1024.0)
#define DISK    100 /* MiB that a directory may have */
#define RESTART 5   /* seconds */

struct sample {
    double seconds, own, shared, disk; /* MiB */
    uint64_t runs, behaviours, inputs;
};

static struct bench {
    char folder[PATH_MAX];
    double begun, next, every;
    struct sample sample[SAMPLES + 2];
    unsigned samples;
    double restarted; /* seconds; 0: not yet */
    double processor; /* of which this process and its workers had, the first slice included */
    volatile sig_atomic_t stop;
} bench;

static double kilobytes(const char *text, const char *key)
{
    const char *line = strstr(text, key);
    return line ? strtod(line + strlen(key), NULL) : 0;
}

/* A file of /proc; empty where its process has ended meanwhile. */
static const char *read_proc(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    text[file ? fread(text, 1, size - 1, file) : 0] = '\0';
    if (file)
        fclose(file);
    return text;
}

/* PSS of a process and of all that came from it. */
static void add_memory(pid_t pid, struct sample *sample)
{
    char path[64], text[2048], *end;
    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", (long)pid);
    read_proc(path, text, sizeof text);
    double shared = kilobytes(text, "\nPss_Shmem:");
    sample->shared += shared / 1024;
    sample->own += (kilobytes(text, "\nPss:") - shared) / 1024;
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)pid, (long)pid);
    const char *at = read_proc(path, text, sizeof text);
    for (long child; (child = strtol(at, &end, 10)) > 0; at = end)
        add_memory((pid_t)child, sample);
}

static double disk(void)
{
    char path[PATH_MAX + 300];
    struct stat status;
    double bytes = 0;
    DIR *folder = opendir(bench.folder);
    for (const struct dirent *entry; folder && (entry = readdir(folder));) {
        snprintf(path, sizeof path, "%s/%s", bench.folder, entry->d_name);
        if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
            bytes += (double)status.st_size;
    }
    if (folder)
        closedir(folder);
    return bytes / MIB;
}

static void take_sample(const struct rp_fuzz_status *status)
{
    struct sample *sample = &bench.sample[bench.samples++];
    *sample = (struct sample){.seconds = status->seconds,
                              .disk = disk(),
                              .runs = status->runs,
                              .behaviours = status->behaviours,
                              .inputs = status->inputs};
    add_memory(getpid(), sample);
    printf("%7.0f s %12" PRIu64 " runs %9" PRIu64 " behaviours %8" PRIu64
           " inputs %8.1f MiB own %7.1f MiB shared %7.2f MiB on disk\n",
           sample->seconds, sample->runs, sample->behaviours, sample->inputs, sample->own, sample->shared,
           sample->disk);
    fflush(stdout);
}

static void watch(void *context, const struct rp_fuzz_status *status)
{
    (void)context;
    if (status->seconds < bench.next || !status->workers || bench.samples > SAMPLES)
        return;
    bench.next += bench.every;
    take_sample(status);
}

/* The first slice is back: it goes on. */
static void await(void *context, const struct rp_fuzz_status *status)
{
    (void)context;
    if (!status->sitting_executions || bench.restarted > 0)
        return;
    bench.restarted = bench_seconds(CLOCK_MONOTONIC) - bench.begun;
    bench.stop = 1;
}

/* Of this process and of its children that have ended. */
static double processor_seconds(void)
{
    struct rusage own, children;
    if (getrusage(RUSAGE_SELF, &own) || getrusage(RUSAGE_CHILDREN, &children))
        bench_give_up("no clock of processes");
    return (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec + children.ru_utime.tv_sec +
                    children.ru_stime.tv_sec) +
           1e-6 * (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec + children.ru_utime.tv_usec +
                           children.ru_stime.tv_usec);
}

static double median_own(unsigned from, unsigned to)
{
    double own[SAMPLES + 2];
    for (unsigned i = from; i < to; i++)
        own[i - from] = bench.sample[i].own;
    return bench_median(own, to - from);
}

static void report(void)
{
    unsigned half = bench.samples / 2, quarter = bench.samples * 3 / 4;
    if (bench.samples < 8)
        bench_give_up("too few samples; give it more seconds");
    const struct sample *last = &bench.sample[bench.samples - 1];
    printf("the board: %.0f MiB at most\n", (double)sizeof(struct rp_fuzz_board) / MIB);
    printf("own memory, medians of the last two quarters: %.1f and %.1f MiB\n", median_own(half, quarter),
           median_own(quarter, bench.samples));
    printf("goes on after %.2f s, of which it had a processor for %.2f s; %" PRIu64 " behaviours, %" PRIu64
           " inputs\n",
           bench.restarted, bench.processor, last->behaviours, last->inputs);
    printf("ratio own-memory-end-to-middle %.3f goal 1\n",
           median_own(quarter, bench.samples) / median_own(half, quarter));
    printf("ratio directory-to-%d-MiB %.3f goal 1\n", DISK, last->disk / DISK);
    printf("ratio restart-processor-time-to-%d-s %.3f goal 1\n", RESTART, bench.processor / RESTART);
}

int main(int argc, char **argv)
{
    struct scratch scratch;
    struct rp_fuzz_status status;
    struct rp_error error;
    struct rp_fuzz_options options = {.campaign = {.executors = 2,
                                                   .policy = RP_POLICY_LEGACY,
                                                   .random_seed = 1,
                                                   .workers = 1,
                                                   .stop = &bench.stop},
                                      .modes = (1u << RP_MODE_COUNT) - 1,
                                      .seconds = argc > 1 ? strtoull(argv[1], NULL, 10) : SECONDS,
                                      .directory = bench.folder,
                                      .progress = watch};
    if (argc > 2)
        options.campaign.workers = (unsigned)strtoul(argv[2], NULL, 10);
    for (unsigned i = 0; i < 2; i++)
        options.campaign.executor[i] = (struct rp_campaign_executor){
            rp_executor_find(i ? "native" : "unicorn"), i ? "native" : "unicorn"};
    scratch_init(&scratch);
    snprintf(bench.folder, sizeof bench.folder, "%s", scratch_path(&scratch, "campaign"));
    bench.every = (double)options.seconds / SAMPLES;
    if (rp_fuzz(&options, &status, &error))
        bench_give_up(error.line);
    printf("%" PRIu64 " executions, %" PRIu64 " runs, %" PRIu64 " findings, %" PRIu64
           " suspicions left, %u workers died\n",
           status.executions, status.runs, status.findings, status.pending, status.deaths);
    bench.begun = bench_seconds(CLOCK_MONOTONIC);
    options.progress = await;
    options.seconds = 0;
    double before = processor_seconds();
    int result = rp_fuzz(&options, &status, &error);
    bench.processor = processor_seconds() - before;
    if (result != RP_EINTERRUPTED)
        bench_give_up(result ? error.line : "the campaign did not go on");
    report();
    scratch_free(&scratch);
    return 0;
}
