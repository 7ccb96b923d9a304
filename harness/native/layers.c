/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The canary; see layers.h. A return from the kernel turns a NULL selector 3 into 0 (SDM Vol. 2A "IRET"), so
 * FS and GS that were 3 and are 0 have seen it; an instruction loads one of them at most. The timer is seen
 * as well, a few times in a thousand: only all runs of an encoding together say something. */
#include "native/layers.h"

#define AGAIN 3 /* runs of those that one run has not cleared */

/* Makes `times` runs of a suspect, which stays one if the kernel is seen in all of them. */
static int ask(struct rp_native_process *process, struct rp_native_suspect *const *suspect, size_t count,
               unsigned times, struct rp_error *error)
{
    struct rp_native_shared *shared = process->shared;
    int signal;
    for (size_t i = 0; i < count * times; i++)
        shared->job[i] = (struct rp_native_job){.encoding = suspect[i / times]->encoding,
                                                .way = RP_NATIVE_CANARY,
                                                .slot = suspect[i / times]->slot};
    shared->count = (uint32_t)(count * times);
    for (shared->first = 0; shared->first < shared->count; shared->first = shared->done) {
        if (rp_native_process_order(process, NULL, NULL, &signal) == RP_NATIVE_ANSWERED)
            continue;
        int result = rp_native_process_restart(process, error);
        if (result)
            return result;
        shared->result[shared->done].kind = RP_OUTCOME_DIED;
        shared->done++;
    }
    for (size_t i = 0; i < count * times; i++)
        suspect[i / times]->emulated &=
            shared->result[i].kind == RP_OUTCOME_RETIRED && shared->result[i].kernel;
    return RP_OK;
}

/* Asks those that are still under suspicion. */
static int ask_all(struct rp_native_process *process, struct rp_native_suspect *suspect, size_t count,
                   unsigned times, struct rp_error *error)
{
    struct rp_native_suspect *asked[RP_NATIVE_JOBS];
    size_t most = RP_NATIVE_JOBS / times, many = 0;
    int result = RP_OK;
    for (size_t i = 0; i < count && result == RP_OK; i++) {
        if (suspect[i].emulated)
            asked[many++] = &suspect[i];
        if (many == most || (many && i + 1 == count)) {
            result = ask(process, asked, many, times, error);
            many = 0;
        }
    }
    return result;
}

int rp_native_tell_layers(struct rp_native_process *process, struct rp_native_suspect *suspect, size_t count,
                          struct rp_error *error)
{
    for (size_t i = 0; i < count; i++)
        suspect[i].emulated = true;
    int result = ask_all(process, suspect, count, 1, error);
    return result ? result : ask_all(process, suspect, count, AGAIN, error);
}
