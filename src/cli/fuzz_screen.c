/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen of a fuzz campaign; see fuzz_screen.h. */
#include "cli/fuzz_screen.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BETWEEN_LINES 10.0 /* seconds; the first comes after one */
#define BETWEEN_DRAWS 0.2
#define RECENT        5.0 /* seconds, over which "now" of the speed is a mean */
#define WIDE          76  /* columns that two cells side by side take, with borders */
#define WIDEST        79
#define LABEL         14
#define CELL_MAX      64

enum cell {
    RUN_TIME,
    LAST_BEHAVIOUR,
    LAST_FINDING,
    FINDINGS,
    SUSPICIONS,
    STAGE,
    EXECUTIONS,
    SPEED,
    BEHAVIOURS,
    CELLS,
    INPUTS,
    WORKERS,
    CELL_COUNT,
};
#define ROWS (CELL_COUNT / 2)

static const char *const labels[] = {
    "run time",   "last behaviour", "last finding", "findings",     "suspicions", "now",
    "executions", "speed",          "behaviours",   "opcode cells", "inputs",     "workers"};
_Static_assert(sizeof labels / sizeof labels[0] == CELL_COUNT, "one label a cell");

void rp_fuzz_screen_begin(struct rp_fuzz_screen *screen, const struct rp_options *options)
{
    bool two = options->executor_count > 1;
    const char *type = getenv("TERM");
    *screen =
        (struct rp_fuzz_screen){/* What happens to workers comes between the lines of a screen. */
                                .terminal = isatty(STDERR_FILENO) == 1 && type && strcmp(type, "dumb") != 0 &&
                                            !(options->verbose && !options->log),
                                .kept = options->output != NULL,
                                .idle = options->afl ? "afl-fuzz proposes" : "starting"};
    screen->shown = screen->terminal ? -BETWEEN_DRAWS : 1 - BETWEEN_LINES;
    snprintf(screen->title, sizeof screen->title, "ringprobe fuzz (%s%s%s%s)", options->executor[0].name,
             two ? " + " : "", two ? options->executor[1].name : "", options->afl ? ", afl-fuzz" : "");
}

static void print_clock(char *text, double seconds)
{
    unsigned long s = (unsigned long)seconds;
    snprintf(text, CELL_MAX, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
}

static void print_ago(char *text, double when, double now)
{
    char clock[CELL_MAX / 2];
    unsigned long s = (unsigned long)(now - when);
    snprintf(clock, sizeof clock, "%lu:%02lu:%02lu ago", s / 3600, s / 60 % 60, s % 60);
    snprintf(text, CELL_MAX, "%s", when > 0 ? clock : "none in this run");
}

static double mean_rate(const struct rp_fuzz_status *s)
{
    return s->seconds > 0 ? (double)s->sitting_executions / s->seconds : 0;
}

static void measure(struct rp_fuzz_screen *screen, const struct rp_fuzz_status *s)
{
    double passed = s->seconds - screen->measured;
    if (passed <= 0)
        return;
    double rate = (double)(s->sitting_executions - screen->executions) / passed;
    screen->rate += (rate - screen->rate) * passed / (passed + RECENT);
    screen->executions = s->sitting_executions;
    screen->measured = s->seconds;
}

static void fill_in(const struct rp_fuzz_screen *screen, const struct rp_fuzz_status *s,
                    char text[CELL_COUNT][CELL_MAX])
{
    print_clock(text[RUN_TIME], s->seconds);
    print_ago(text[LAST_BEHAVIOUR], s->last_news, s->seconds);
    print_ago(text[LAST_FINDING], s->last_finding, s->seconds);
    snprintf(text[FINDINGS], CELL_MAX, "%" PRIu64, s->findings);
    snprintf(text[SUSPICIONS], CELL_MAX, "%" PRIu64 ", %" PRIu64 " open", s->suspicions, s->pending);
    if (s->examining)
        snprintf(text[STAGE], CELL_MAX, "examining %" PRIu64, s->pending);
    else
        snprintf(text[STAGE], CELL_MAX, "%s", s->workers ? "fuzzing" : screen->idle);
    snprintf(text[EXECUTIONS], CELL_MAX, "%" PRIu64, s->executions);
    snprintf(text[SPEED], CELL_MAX, "%.0f/s, mean %.0f/s", screen->rate, mean_rate(s));
    snprintf(text[BEHAVIOURS], CELL_MAX, "%" PRIu64 ", %" PRIu64 " coarse", s->behaviours, s->coarse);
    snprintf(text[CELLS], CELL_MAX, "%" PRIu64, s->cells);
    snprintf(text[INPUTS], CELL_MAX, "%" PRIu64, s->inputs);
    snprintf(text[WORKERS], CELL_MAX, "%u, %u died, %u hung", s->workers, s->deaths, s->hangs);
}

/* A line of `width` columns, cut off there. */
static void add_line(struct rp_text *frame, unsigned width, const char *line, char fill)
{
    unsigned length = (unsigned)strlen(line);
    rp_text_add(frame, "%.*s", (int)width, line);
    rp_text_repeat(frame, fill, length < width ? width - length : 0);
    rp_text_add(frame, "\33[K\n");
}

static void add_border(struct rp_text *frame, unsigned width, const char *title)
{
    struct rp_text line = {0};
    rp_text_add(&line, "+- %.*s ", (int)(width - 5), title);
    while (line.length + 1 < width && !line.failed)
        rp_text_add(&line, "-");
    rp_text_add(&line, "+");
    add_line(frame, width, rp_text_string(&line), ' ');
    rp_text_free(&line);
}

static void add_row(struct rp_text *frame, unsigned width, char text[CELL_COUNT][CELL_MAX], unsigned row)
{
    char line[4 * CELL_MAX];
    unsigned inner = width - 4, half = inner / 2;
    if (width < WIDE)
        snprintf(line, sizeof line, "| %*s : %-*.*s |", LABEL, labels[row], (int)inner - LABEL - 3,
                 (int)inner - LABEL - 3, text[row]);
    else
        snprintf(line, sizeof line, "| %*s : %-*.*s %*s : %-*.*s |", LABEL, labels[row],
                 (int)half - LABEL - 4, (int)half - LABEL - 4, text[row], LABEL, labels[row + ROWS],
                 (int)(inner - half) - LABEL - 3, (int)(inner - half) - LABEL - 3, text[row + ROWS]);
    add_line(frame, width, line, ' ');
}

static struct winsize ask_size(void)
{
    struct winsize size = {0};
    bool told = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row;
    return told ? size : (struct winsize){.ws_col = 80, .ws_row = 24};
}

/* Goes to where the last frame begins. Its rows wrap where the terminal has become narrower than they are. */
static void go_back(const struct rp_fuzz_screen *screen, unsigned columns, struct rp_text *text)
{
    unsigned lines = (screen->width + columns - 1) / columns;
    if (screen->drawn)
        rp_text_add(text, "\33[%uA\r", screen->drawn * lines);
}

/* One write for a frame, and a column left free: a character in the last one wraps on some terminals. */
static void draw(struct rp_fuzz_screen *screen, const struct rp_fuzz_status *s)
{
    struct winsize size = ask_size();
    struct rp_text frame = {0};
    char text[CELL_COUNT][CELL_MAX];
    unsigned width = size.ws_col < WIDEST + 1 ? size.ws_col - 1u : WIDEST;
    unsigned rows = width < WIDE ? CELL_COUNT : ROWS, room = size.ws_row > 3 ? size.ws_row - 3u : 0;
    if (width < LABEL + 10 || !room) /* nothing that could be read */
        return;
    go_back(screen, size.ws_col, &frame);
    rows = rows < room ? rows : room;
    measure(screen, s);
    fill_in(screen, s, text);
    add_border(&frame, width, screen->title);
    for (unsigned row = 0; row < rows; row++)
        add_row(&frame, width, text, row);
    add_border(&frame, width,
               screen->kept ? "Ctrl-C ends; run it again to go on" : "Ctrl-C ends; no -o: nothing kept");
    rp_text_add(&frame, "\33[J");
    if (!frame.failed)
        fwrite(frame.data, 1, frame.length, stderr);
    screen->drawn = rows + 2;
    screen->width = width;
    rp_text_free(&frame);
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
                " coarse)  %" PRIu64 " inputs  %" PRIu64 " suspicions open  %" PRIu64 " findings\n",
                s->executions, mean_rate(s), s->behaviours, s->coarse, s->inputs, s->pending, s->findings);
    fflush(stderr);
}

void rp_fuzz_screen_end(struct rp_fuzz_screen *screen)
{
    struct rp_text text = {0};
    go_back(screen, ask_size().ws_col, &text);
    if (screen->drawn)
        fprintf(stderr, "%s\33[J", rp_text_string(&text));
    screen->drawn = 0;
    rp_text_free(&text);
}
