/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen of a fuzz campaign; see fuzz_screen.h. */
#include "cli/fuzz_screen.h"

#include <inttypes.h>
#include <stdio.h>

#define BETWEEN_LINES 10.0 /* seconds; the first comes after one */
#define BETWEEN_DRAWS 0.2
#define WIDTH         76 /* characters between the borders */

void rp_fuzz_screen_begin(struct rp_fuzz_screen *screen, bool terminal, const char *title)
{
    *screen = (struct rp_fuzz_screen){
        .terminal = terminal, .shown = terminal ? -BETWEEN_DRAWS : 1 - BETWEEN_LINES, .title = title};
}

static void print_clock(char *text, size_t size, double seconds)
{
    unsigned long s = (unsigned long)seconds;
    snprintf(text, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
}

static void print_ago(char *text, size_t size, double when, double now)
{
    if (when <= 0)
        snprintf(text, size, "none yet");
    else
        print_clock(text, size, now - when);
}

static double rate(const struct rp_fuzz_status *s)
{
    return s->seconds > 0 ? (double)s->sitting_executions / s->seconds : 0;
}

static void draw_row(const char *left, const char *right)
{
    fprintf(stderr, "| %-*s %-*s |\33[K\n", WIDTH / 2 - 1, left, WIDTH / 2, right);
}

static void draw_border(const char *title)
{
    int used = fprintf(stderr, "+- %s ", title);
    for (int i = used; i < WIDTH + 4; i++)
        fputc('-', stderr);
    fputs("+\33[K\n", stderr);
}

static void draw(struct rp_fuzz_screen *screen, const struct rp_fuzz_status *s)
{
    char left[64], right[64], clock[24], ago[24];
    if (screen->drawn)
        fprintf(stderr, "\33[%uA\r", screen->drawn);
    draw_border(screen->title);
    print_clock(clock, sizeof clock, s->seconds);
    snprintf(left, sizeof left, "       run time : %s", clock);
    snprintf(right, sizeof right, "  executions : %" PRIu64, s->executions);
    draw_row(left, right);
    print_ago(ago, sizeof ago, s->last_news, s->seconds);
    snprintf(left, sizeof left, "last behaviour : %s", ago);
    snprintf(right, sizeof right, "       speed : %.0f/s, %u workers", rate(s), s->workers);
    draw_row(left, right);
    print_ago(ago, sizeof ago, s->last_finding, s->seconds);
    snprintf(left, sizeof left, "  last finding : %s", ago);
    snprintf(right, sizeof right, "  behaviours : %" PRIu64 " (%" PRIu64 " coarse)", s->behaviours,
             s->coarse);
    draw_row(left, right);
    snprintf(left, sizeof left, "      findings : %" PRIu64, s->findings);
    snprintf(right, sizeof right, "      inputs : %" PRIu64, s->inputs);
    draw_row(left, right);
    snprintf(left, sizeof left, "    suspicions : %" PRIu64 ", %" PRIu64 " explained", s->suspicions,
             s->looks[RP_FUZZ_EXPLAINED]);
    snprintf(right, sizeof right, "     workers : %u died, %u hung", s->deaths, s->hangs);
    draw_row(left, right);
    draw_border("Ctrl-C ends; the same command goes on");
    screen->drawn = 7;
}

void rp_fuzz_screen_show(void *context, const struct rp_fuzz_status *s)
{
    struct rp_fuzz_screen *screen = context;
    if (s->seconds - screen->shown < (screen->terminal ? BETWEEN_DRAWS : BETWEEN_LINES))
        return;
    screen->shown = s->seconds;
    if (screen->terminal)
        draw(screen, s);
    else
        fprintf(stderr,
                "ringprobe: fuzz  %" PRIu64 " executions  %.0f/s  %" PRIu64 " behaviours (%" PRIu64
                " coarse)  %" PRIu64 " inputs  %" PRIu64 " findings\n",
                s->executions, rate(s), s->behaviours, s->coarse, s->inputs, s->findings);
    fflush(stderr);
}

void rp_fuzz_screen_end(struct rp_fuzz_screen *screen)
{
    if (screen->drawn)
        fprintf(stderr, "\33[%uA\r\33[J", screen->drawn);
    screen->drawn = 0;
}

void rp_fuzz_screen_title(const struct rp_options *options, char *title, size_t size)
{
    bool two = options->executor_count > 1;
    snprintf(title, size, "ringprobe fuzz (%s%s%s)", options->executor[0].name, two ? " + " : "",
             two ? options->executor[1].name : "");
}
