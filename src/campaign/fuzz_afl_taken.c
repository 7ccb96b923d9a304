/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was taken of AFL++; see fuzz_afl_taken.h. */
#include "campaign/fuzz_afl_taken.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int rp_afl_taken_open(struct rp_afl_taken *taken, struct rp_error *error)
{
    *taken = (struct rp_afl_taken){.descriptor = -1};
    taken->cases = calloc(1, sizeof *taken->cases); /* as good as no memory until it is written */
    taken->files = calloc(1, sizeof *taken->files);
    return taken->cases && taken->files ? RP_OK
                                        : rp_error_set(error, RP_EENVIRONMENT, "out of memory for AFL++");
}

int rp_afl_taken_read(struct rp_afl_taken *taken, const char *folder, struct rp_error *error)
{
    char path[PATH_MAX + 32];
    uint64_t hash;
    snprintf(path, sizeof path, "%s/afl.taken", folder);
    taken->descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (taken->descriptor < 0)
        return rp_error_system(error, errno, "cannot open '%.300s'", path);
    off_t whole = 0;
    for (; pread(taken->descriptor, &hash, sizeof hash, whole) == sizeof hash; whole += (off_t)sizeof hash)
        rp_fuzz_set_add(taken->cases, hash);
    return lseek(taken->descriptor, whole, SEEK_SET) < 0 /* half a hash of a killed writer is written over */
               ? rp_error_system(error, errno, "cannot read '%.300s'", path)
               : RP_OK;
}

bool rp_afl_taken_add(struct rp_afl_taken *taken, uint64_t hash)
{
    if (rp_fuzz_set_has(taken->cases, hash))
        return false;
    if (rp_fuzz_set_add(taken->cases, hash))
        rp_text_add_bytes(&taken->given, (const char *)&hash, sizeof hash);
    return true;
}

bool rp_afl_taken_wants(const struct rp_afl_taken *taken, uint64_t file)
{
    return !rp_fuzz_set_is_full(taken->files) && !rp_fuzz_set_has(taken->files, file);
}

void rp_afl_taken_has_read(struct rp_afl_taken *taken, uint64_t file)
{
    rp_fuzz_set_add(taken->files, file);
}

bool rp_afl_taken_is_full(const struct rp_afl_taken *taken)
{
    return rp_fuzz_set_is_full(taken->cases) || rp_fuzz_set_is_full(taken->files);
}

int rp_afl_taken_commit(struct rp_afl_taken *taken, const char *folder, struct rp_error *error)
{
    size_t length = taken->given.length, done = 0;
    ssize_t wrote = 0;
    taken->given.length = 0;
    while (done < length && wrote >= 0) { /* a short one has no errno; the next says what is wrong */
        wrote = write(taken->descriptor, taken->given.data + done, length - done);
        done += wrote > 0 ? (size_t)wrote : 0;
        if (wrote < 0 && errno == EINTR)
            wrote = 0;
    }
    return wrote < 0 ? rp_error_system(error, errno, "cannot write '%.300s/afl.taken'", folder) : RP_OK;
}

void rp_afl_taken_close(struct rp_afl_taken *taken)
{
    if (taken->descriptor >= 0)
        close(taken->descriptor);
    rp_text_free(&taken->given);
    free(taken->cases);
    free(taken->files);
}
