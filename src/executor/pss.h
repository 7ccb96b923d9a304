/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of a process, shared pages counted by share: what several processes really use together. Private to
 * src/executor. */
#ifndef RP_EXECUTOR_PSS_H
#define RP_EXECUTOR_PSS_H

#include <stdint.h>
#include <sys/types.h>

/* Bytes of PSS of process `pid`, from its smaps_rollup (proc(5)); 0 where the kernel does not tell. */
uint64_t rp_pss_of(pid_t pid);

#endif
