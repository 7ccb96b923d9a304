/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The canary; see layers.h. A return from the kernel turns a NULL selector 3 into 0 (SDM Vol. 2A "IRET"), so
 * FS and GS that were 3 and are 0 have seen it; an instruction loads one of them at most. The timer is seen
 * as well, a few times in a thousand: only all runs of an encoding together say something. */
#include "native/layers.h"

#define CANARIES  4
#define PER_ORDER (RP_NATIVE_JOBS / CANARIES)

static void read_answers(const struct rp_native_shared *shared, struct rp_native_suspect *suspect,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned seen = 0;
        for (size_t job = i * CANARIES; job < (i + 1) * CANARIES && job < shared->done; job++)
            seen += shared->result[job].kind == RP_OUTCOME_RETIRED && shared->result[job].kernel;
        suspect[i].emulated = seen == CANARIES;
    }
}

static int ask(struct rp_native_process *process, struct rp_native_suspect *suspect, size_t count,
               struct rp_error *error)
{
    struct rp_native_shared *shared = process->shared;
    int signal;
    for (size_t i = 0; i < count * CANARIES; i++)
        shared->job[i] = (struct rp_native_job){.encoding = suspect[i / CANARIES].encoding,
                                                .way = RP_NATIVE_CANARY,
                                                .slot = suspect[i / CANARIES].slot};
    shared->count = (uint32_t)(count * CANARIES);
    for (shared->first = 0; shared->first < shared->count; shared->first = shared->done) {
        if (rp_native_process_order(process, NULL, NULL, &signal) == RP_NATIVE_ANSWERED)
            continue;
        int result = rp_native_process_restart(process, error);
        if (result)
            return result;
        shared->result[shared->done].kind = RP_OUTCOME_DIED;
        shared->done++;
    }
    read_answers(shared, suspect, count);
    return RP_OK;
}

int rp_native_tell_layers(struct rp_native_process *process, struct rp_native_suspect *suspect, size_t count,
                          struct rp_error *error)
{
    int result = RP_OK;
    for (size_t done = 0; done < count && result == RP_OK; done += PER_ORDER)
        result = ask(process, suspect + done, count - done < PER_ORDER ? count - done : PER_ORDER, error);
    return result;
}
