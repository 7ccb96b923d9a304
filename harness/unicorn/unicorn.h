/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor over libunicorn: all modes, both rings, by patched CPU contexts. Provenance: emulated.
 *
 * Process contract. It runs in the process that opens it, on the thread that opened it, and allocates one
 * Unicorn instance a mode, each when the first pre-state of its mode is prepared (each reserves 1 GiB of
 * address space and uses some 4 MB; translations grow it until it is opened anew). descriptors  none is
 * opened, read or written by the executor itself; Unicorn prints "tcg fatal error" and other dying words on
 * standard error signals      none is caught or raised on purpose. Encodings that Unicorn's translator cannot
 * take end the process by SIGABRT or SIGSEGV (facts and tests: FF /3 and FF /5 with a register, LOCK CMP,
 * LOCK BTS with a register, MOV to DR7 that enables a breakpoint); a few may spin for seconds exit codes the
 * executor never exits from outside a crash is a signal, with options->run_counter naming the run that was in
 * flight: whoever watches (src/executor, the pool) turns it into `died` or `hung` */
#ifndef RP_HARNESS_UNICORN_UNICORN_H
#define RP_HARNESS_UNICORN_UNICORN_H

#include "executor/executor.h"

extern const struct rp_executor rp_executor_unicorn;

#endif
