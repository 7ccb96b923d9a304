/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Bochs and its debugger, which stops where the guest says XCHG BX, BX (magic_break) and where the CPU is
 * reset. While it stops it waits for a line of commands and takes no CPU. Private to harness/bochs.
 *
 * Bochs gets: 0 and 1, pipes, the debugger's; 2, a memory file for its log; 3, a memory file with its
 * configuration; 4, one with the ROM. It is in a process group of its own, so that an interrupt from the
 * keyboard does not stop it, and dies with its parent. What its end looks like from outside: end of file on
 * its standard output; it exits by itself after a panic, by a signal when it has failed. */
#ifndef RP_HARNESS_BOCHS_DEBUGGER_H
#define RP_HARNESS_BOCHS_DEBUGGER_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RP_BOCHS_WORDS_MAX 2048

struct rp_bochs_debugger {
    pid_t pid; /* 0: none runs */
    int input, output, log;
    char words[RP_BOCHS_WORDS_MAX]; /* what it said since it went on */
    size_t length;
};

enum rp_bochs_stop {
    RP_BOCHS_NOTHING, /* in the time given */
    RP_BOCHS_BREAK,   /* behind XCHG BX, BX */
    RP_BOCHS_RESET,   /* before the first instruction of a CPU that was reset, or new */
    RP_BOCHS_ENDED,
};

/* Starts Bochs on the configuration and the ROM in two memory files, both above descriptor 4. It stops before
 * its first instruction. RP_EENVIRONMENT: no process. */
int rp_bochs_start(struct rp_bochs_debugger *debugger, int configuration, int rom, struct rp_error *error);

/* Lets it go on; false if it has ended. */
bool rp_bochs_go(struct rp_bochs_debugger *debugger);
enum rp_bochs_stop rp_bochs_await(struct rp_bochs_debugger *debugger, int milliseconds);

/* Ends it if it runs; returns how it ended, as waitpid says. */
int rp_bochs_end(struct rp_bochs_debugger *debugger);

/* Milliseconds of CPU that it has used. */
uint64_t rp_bochs_cpu(const struct rp_bochs_debugger *debugger);

/* Into `line` the first panic of the log, or what else it says last; "" if it says nothing. */
void rp_bochs_complaint(const struct rp_bochs_debugger *debugger, char *line, size_t size);

/* A memory file above the descriptors that Bochs is given, with `size` bytes in it; RP_EENVIRONMENT. */
int rp_bochs_file(const char *name, const void *bytes, size_t size, struct rp_error *error);

#endif
