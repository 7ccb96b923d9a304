/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The progress line; see progress.h. */
#include "cli/progress.h"

#include "base/clock.h"
#include "cli/output.h"

#include <inttypes.h>
#include <stdio.h>

#define BAR           24 /* characters */
#define BETWEEN_LINES 10 /* seconds, where it is no terminal; the first comes after one */
#define BETWEEN_DRAWS 0.1

void rp_progress_begin(struct rp_progress *progress, bool terminal)
{
    *progress = (struct rp_progress){.terminal = terminal, .mode = RP_MODE_COUNT};
    clock_gettime(CLOCK_MONOTONIC, &progress->begun);
    progress->shown = progress->begun;
    progress->shown.tv_sec -= BETWEEN_LINES - 1;
}

static void draw_bar(double part)
{
    char bar[BAR + 1];
    for (int i = 0; i < BAR; i++)
        bar[i] = i < (int)(part * BAR) ? '#' : '.';
    bar[BAR] = '\0';
    fprintf(stderr, "[%s] ", bar);
}

static void end_line(struct rp_progress *progress, const struct rp_pool_status *status)
{
    if (status->deaths + status->hangs)
        fprintf(stderr, "  %u died, %u hung", status->deaths, status->hangs);
    fputs(progress->terminal ? "\33[K" : "\n", stderr);
    fflush(stderr);
    progress->drawn = progress->terminal;
}

void rp_progress_show(void *context, enum rp_mode mode, const struct rp_pool_status *status, size_t holes)
{
    struct rp_progress *progress = context;
    if (mode != progress->mode) {
        progress->mode = mode;
        clock_gettime(CLOCK_MONOTONIC, &progress->mode_begun);
    }
    double elapsed = rp_clock_since(&progress->mode_begun);
    if (rp_clock_since(&progress->shown) < (progress->terminal ? BETWEEN_DRAWS : BETWEEN_LINES))
        return;
    clock_gettime(CLOCK_MONOTONIC, &progress->shown);
    double part = status->items ? (double)status->done / (double)status->items : 0;
    double rate = elapsed > 0 ? (double)status->runs / elapsed : 0;
    double left = part > 0 ? elapsed / part - elapsed : 0;
    fprintf(stderr, "%s%-8s ", progress->terminal ? "\r" : "ringprobe: ", rp_mode_info(mode)->name);
    if (progress->terminal)
        draw_bar(part);
    fprintf(stderr, "%3.0f%%  %zu/%zu  %.0f runs/s  %d:%02d left  %zu holes", part * 100, status->done,
            status->items, rate, (int)left / 60, (int)left % 60, holes);
    end_line(progress, status);
}

void rp_progress_hunt(void *context, enum rp_mode mode, enum rp_hunt_search search,
                      const struct rp_pool_status *status, uint64_t encodings, uint64_t findings)
{
    struct rp_progress *progress = context;
    double elapsed = rp_clock_since(&progress->shown);
    if (elapsed < (progress->terminal ? BETWEEN_DRAWS : BETWEEN_LINES))
        return;
    fprintf(stderr, "%s%-8s %s  %zu/%zu  %" PRIu64 " encodings  ",
            progress->terminal ? "\r" : "ringprobe: ", rp_mode_info(mode)->name, rp_hunt_search_name(search),
            status->done, status->items, encodings);
    /* At first nobody knows a rate: an earlier sitting's encodings are none of this one. */
    if (progress->encodings)
        fprintf(stderr, "%.0f/s  ", (double)(encodings - progress->encodings) / elapsed);
    fprintf(stderr, "%" PRIu64 " findings", findings);
    clock_gettime(CLOCK_MONOTONIC, &progress->shown);
    progress->encodings = encodings;
    end_line(progress, status);
}

void rp_progress_golden(void *context, enum rp_mode mode, const struct rp_pool_status *status,
                        uint64_t differences)
{
    struct rp_progress *progress = context;
    double elapsed = rp_clock_since(&progress->begun);
    if (rp_clock_since(&progress->shown) < (progress->terminal ? BETWEEN_DRAWS : BETWEEN_LINES))
        return;
    clock_gettime(CLOCK_MONOTONIC, &progress->shown);
    fprintf(stderr, "%s%-8s %zu/%zu blocks  %" PRIu64 " runs  %.0f runs/s  %" PRIu64 " differences",
            progress->terminal ? "\r" : "ringprobe: ", rp_mode_info(mode)->name, status->done, status->items,
            status->runs, elapsed > 0 ? (double)status->runs / elapsed : 0, differences);
    end_line(progress, status);
}

void rp_progress_tests(void *context, const struct rp_pool_status *status)
{
    struct rp_progress *progress = context;
    double elapsed = rp_clock_since(&progress->begun), part = (double)status->done / (double)status->items;
    if (rp_clock_since(&progress->shown) < (progress->terminal ? BETWEEN_DRAWS : BETWEEN_LINES))
        return;
    clock_gettime(CLOCK_MONOTONIC, &progress->shown);
    fputs(progress->terminal ? "\r" : "ringprobe: ", stderr);
    if (progress->terminal)
        draw_bar(part);
    fprintf(stderr, "%3.0f%%  %" PRIu64 " tests run  %.0f/s", part * 100, status->runs,
            (double)status->runs / elapsed);
    if (status->deaths + status->hangs)
        fprintf(stderr, "  %u died, %u hung", status->deaths, status->hangs);
    fputs(progress->terminal ? "\33[K" : "\n", stderr);
    fflush(stderr);
    progress->drawn = progress->terminal;
}

void rp_progress_tests_done(struct rp_progress *progress, uint64_t tests)
{
    double elapsed = rp_clock_since(&progress->begun);
    rp_progress_end(progress);
    rp_note("%" PRIu64 " tests in %.2f s, %.0f a second", tests, elapsed, (double)tests / elapsed);
}

void rp_progress_end(struct rp_progress *progress)
{
    if (progress->drawn)
        fputs("\r\33[K", stderr);
    progress->drawn = false;
}
