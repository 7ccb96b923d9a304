/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz --engine afl; see fuzz_engine.h. */
#include "cli/fuzz_engine.h"

#include "campaign/fuzz_afl.h"
#include "fuzz/afl_target.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DERIVED 16 /* mutants that the target makes of each test case */

#define WORDS 12

struct engine {
    struct rp_afl *afl; /* NULL: not begun */
    struct rp_fuzz_feed feed;
    char program[PATH_MAX], mutator[PATH_MAX], policy[16];
    struct rp_text executors, modes;
    char *target[WORDS];
};

/* The library is beside the program in a build, and where it is installed in libexec's neighbourhood. */
static int find_mutator(struct engine *e, struct rp_error *error)
{
    static const char *const places[] = {"", "../" RP_MUTATOR_FOLDER "/"};
    ssize_t length = readlink("/proc/self/exe", e->program, sizeof e->program - 1);
    if (length <= 0)
        return rp_error_set(error, RP_EENVIRONMENT, "cannot find this program, for /proc is not there");
    e->program[length] = '\0';
    int folder = (int)(strrchr(e->program, '/') - e->program) + 1;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(e->mutator, sizeof e->mutator, "%.*s%sringprobe-mutator.so", folder, e->program, places[i]);
        if (access(e->mutator, R_OK) == 0)
            return RP_OK;
    }
    return rp_error_set(error, RP_EENVIRONMENT,
                        "the mutator for AFL++, ringprobe-mutator.so, is neither beside '%.200s' nor in '%s'",
                        e->program, "../" RP_MUTATOR_FOLDER);
}

/* This command again: afl-fuzz's environment makes it a target. */
static void write_target(struct engine *e, const struct rp_options *options, uint8_t modes)
{
    for (unsigned i = 0; i < options->executor_count; i++)
        rp_text_add(&e->executors, "%s%s", i ? "," : "", options->executor[i].name);
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        if (modes >> m & 1)
            rp_text_add(&e->modes, "%s%s", e->modes.length ? "," : "", rp_mode_info((enum rp_mode)m)->name);
    snprintf(e->policy, sizeof e->policy, "%s", rp_policy_name(options->policy));
    char *const words[] = {e->program, "fuzz",        "--engine", "afl",     "-x", e->executors.data,
                           "-m",       e->modes.data, "-p",       e->policy, NULL};
    memcpy(e->target, words, sizeof words);
}

static int begin(struct engine *e, const struct rp_options *options, struct rp_fuzz_options *what,
                 struct rp_error *error)
{
    unsigned version;
    const char *temporary = getenv("TMPDIR");
    int result = rp_afl_find(&version, error);
    if (result == RP_OK)
        result = find_mutator(e, error);
    if (result)
        return result;
    write_target(e, options, what->modes);
    const struct rp_afl_options afl = {
        .directory = options->output,
        .temporary = temporary && *temporary ? temporary : "/tmp",
        .target = e->target,
        .mutator = e->mutator,
        .instances = options->jobs < RP_AFL_INSTANCES_MAX ? options->jobs : RP_AFL_INSTANCES_MAX,
        .derived = DERIVED,
        .milliseconds = what->campaign.hang_milliseconds,
        .seconds = options->seconds,
        .runs = options->runs,
        .seed = options->seed,
        .modes = what->modes};
    result = rp_afl_open(&afl, &e->afl, error);
    e->feed = (struct rp_fuzz_feed){.next = rp_afl_next, .context = e->afl, .name = "afl"};
    what->feed = &e->feed;
    return result;
}

int rp_fuzz_engine_run(const struct rp_options *options, struct rp_fuzz_options *what,
                       struct rp_fuzz_status *status, struct rp_error *error)
{
    static struct engine e;
    int result = options->afl ? begin(&e, options, what, error) : RP_OK;
    if (result == RP_OK)
        result = rp_fuzz(what, status, error);
    rp_afl_close(e.afl);
    rp_text_free(&e.executors);
    rp_text_free(&e.modes);
    return result;
}

bool rp_fuzz_engine_serves(const struct rp_options *options)
{
    return options->afl && getenv(RP_AFL_MAP_VARIABLE);
}

int rp_fuzz_engine_serve(const struct rp_options *options, uint8_t modes, struct rp_error *error)
{
    struct rp_fuzz_rig_options rig = {.members = options->executor_count, .policy = options->policy};
    for (unsigned i = 0; i < options->executor_count; i++) {
        rig.member[i].executor = options->executor[i].entry.executor;
        rig.member[i].name = options->executor[i].name;
    }
    return rp_afl_target(&rig, modes, getenv, error);
}
