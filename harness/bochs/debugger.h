/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Bochs (guest/supervisor.h) and its debugger, which stops where the guest says XCHG BX, BX (magic_break)
 * and where the CPU is reset. While it stops it waits for a line of commands and takes no CPU. Private to
 * harness/bochs.
 *
 * Descriptors 0 and 1 are the debugger's; 2 is the log, 3 the configuration, 4 the ROM. It exits by itself
 * after a panic, by a signal when it has failed. */
#ifndef RP_HARNESS_BOCHS_DEBUGGER_H
#define RP_HARNESS_BOCHS_DEBUGGER_H

#include "guest/supervisor.h"

#define RP_BOCHS_WORDS_MAX 2048

struct rp_bochs_debugger {
    struct rp_guest_child child;
    char words[RP_BOCHS_WORDS_MAX]; /* what it said since it went on */
    size_t length;
};

enum rp_bochs_stop {
    RP_BOCHS_NOTHING, /* in the time given */
    RP_BOCHS_BREAK,   /* behind XCHG BX, BX */
    RP_BOCHS_RESET,   /* before the first instruction of a CPU that was reset, or new */
    RP_BOCHS_ENDED,
};

/* Starts Bochs. It stops before its first instruction. RP_EENVIRONMENT: no process. */
int rp_bochs_start(struct rp_bochs_debugger *debugger, struct rp_error *error);

/* Lets it go on, unless it has ended, which is seen next. */
void rp_bochs_go(struct rp_bochs_debugger *debugger);
/* Waits some tens of milliseconds for its next words. */
enum rp_bochs_stop rp_bochs_await(struct rp_bochs_debugger *debugger);

#endif
