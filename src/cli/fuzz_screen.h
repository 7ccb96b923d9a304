/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fuzz campaign shows while it runs, on standard error: on a terminal a screen of a few lines that is
 * drawn over itself, in the manner of afl-fuzz; elsewhere a line every ten seconds. */
#ifndef RP_CLI_FUZZ_SCREEN_H
#define RP_CLI_FUZZ_SCREEN_H

#include "campaign/fuzz.h"
#include "cli/options.h"

#include <time.h>

struct rp_fuzz_screen {
    bool terminal;
    unsigned drawn;    /* lines */
    double shown;      /* seconds of the sitting; below 0: not yet */
    const char *title; /* executors, modes */
};

void rp_fuzz_screen_begin(struct rp_fuzz_screen *screen, bool terminal, const char *title);
/* What a campaign calls; `context` is the struct rp_fuzz_screen. */
void rp_fuzz_screen_show(void *context, const struct rp_fuzz_status *status);
/* Removes the screen. */
void rp_fuzz_screen_end(struct rp_fuzz_screen *screen);

/* "ringprobe fuzz (unicorn + native)". */
void rp_fuzz_screen_title(const struct rp_options *options, char *title, size_t size);

#endif
