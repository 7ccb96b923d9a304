/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor over libunicorn: all modes, both rings, by patched CPU contexts. Provenance: emulated.
 *
 * Process contract. It runs in the process and on the thread that opened it, and opens one Unicorn instance a
 * mode when the first pre-state of that mode is prepared. Each reserves 1 GiB of address space and uses some
 * 5 MB, which translations let grow to some 40 MB before it is opened anew.
 *
 * Descriptors: none is opened, read or written by the executor; Unicorn prints "tcg fatal error" and other
 * dying words on standard error.
 *
 * Signals: none is caught. Encodings that Unicorn's translator can't take end the process by SIGABRT or
 * SIGSEGV: FF /3 and FF /5 with a register, LOCK CMP, LOCK BTS with a register. MOV to DR7 that enables a
 * breakpoint would do so too, or stall for seconds in 1 GiB of memory: it is answered with `died` and not
 * made.
 *
 * Exit codes: it never exits.
 *
 * A crash looks like a signal from outside, and options->run_counter names the run in flight: whoever watches
 * (src/executor, the pool) makes `died` of it, and `hung` where nothing comes back. */
#ifndef RP_HARNESS_UNICORN_UNICORN_H
#define RP_HARNESS_UNICORN_UNICORN_H

#include "executor/executor.h"

extern const struct rp_executor rp_executor_unicorn;

#endif
