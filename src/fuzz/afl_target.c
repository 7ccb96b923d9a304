/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target as a program; see afl_target.h. */
#include "fuzz/afl_target.h"

#include "executor/pool.h"
#include "fuzz/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#define CASES                                                                                                \
    1000000 /* inputs that a process runs before another takes its place: Unicorn grows by each block */

/* In a campaign of our own every behaviour is told and the mutator chooses by the board, so that afl-fuzz
 * need not keep them all: nine of ten executions would become files of its queue, beside which it makes and
 * removes others, most of a campaign's time. One of SAMPLE is marked for it, in a small map, which it goes
 * through for each entry that it favours. A campaign finds as much (results/fuzz-afl.txt). Without one its
 * queue is all there is. */
#define MAP_SIZE       2048
#define SAMPLE         64
#define MAP_SIZE_ALONE 65536

static int open_target(void *context, void **worker, struct rp_error *error)
{
    return rp_fuzz_target_open(context, (struct rp_fuzz_target **)worker, error);
}

static int run_target(void *worker, const uint8_t *bytes, size_t length, uint8_t *map, struct rp_error *error)
{
    return rp_fuzz_target_run(worker, bytes, length, map, error);
}

static int examine_target(void *worker, struct rp_error *error)
{
    return rp_fuzz_target_autopsy(worker, error);
}

static void bury(void *context)
{
    rp_fuzz_target_bury(context);
}

static unsigned read_number(const char *text, unsigned most, unsigned otherwise)
{
    char *end;
    unsigned long number = text ? strtoul(text, &end, 10) : otherwise;
    return text && (end == text || *end || number > most) ? otherwise : (unsigned)number;
}

/* A descriptor that was inherited, and goes no further: emulators have no use for it, and one that outlives a
 * campaign would hold its files. */
static int take_descriptor(const char *text)
{
    int descriptor = (int)read_number(text, INT16_MAX, 0);
    if (descriptor)
        fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return descriptor;
}

int rp_afl_target(const struct rp_fuzz_rig_options *rig, uint8_t modes, char *(*variable)(const char *name),
                  struct rp_error *error)
{
    int board = take_descriptor(variable("RINGPROBE_AFL_BOARD"));
    struct rp_fuzz_facts *facts = NULL;
    struct rp_fuzz_target_options target = {
        .rig = *rig,
        .derived = read_number(variable("RINGPROBE_AFL_DERIVED"), RP_FUZZ_DERIVED_MAX, 0),
        .news = take_descriptor(variable("RINGPROBE_AFL_NEWS")),
        .map_size = board ? MAP_SIZE : MAP_SIZE_ALONE,
        .sample = board ? SAMPLE : 1};
    const struct rp_afl_service service = {
        .context = &target,
        .open = open_target,
        .run = run_target,
        .autopsy = examine_target,
        .bury = bury,
        .map_size = target.map_size,
        .cases = CASES / (1 + target.derived),
        .milliseconds = read_number(variable("RINGPROBE_AFL_TIMEOUT"), 10000000, RP_POOL_HANG_MILLISECONDS)};
    int result = rp_fuzz_facts_open(modes, &facts, error);
    target.rig.facts = facts;
    if (result == RP_OK)
        result = board ? rp_fuzz_board_attach(board, &target.board, error)
                       : rp_fuzz_board_open(&target.board, error);
    target.flight =
        mmap(NULL, sizeof *target.flight, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == RP_OK && target.flight == MAP_FAILED)
        result = rp_error_system(error, errno, "cannot map memory for what is run");
    if (result == RP_OK)
        result = rp_afl_serve(&service, variable(RP_AFL_MAP_VARIABLE), variable(RP_AFL_CASE_VARIABLE), error);
    rp_fuzz_board_close(target.board);
    rp_fuzz_facts_close(facts);
    return result;
}
