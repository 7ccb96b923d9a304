/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inputs of fuzz campaigns; see inputs.h. */
#include "cli/inputs.h"

#include "campaign/fuzz_held.h"
#include "cli/campaign.h"
#include "cli/output.h"
#include "fuzz/inputs.h"
#include "fuzz/seed_corpus.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODES_ALL ((1u << RP_MODE_COUNT) - 1)

struct reading {
    const struct rp_fuzz_facts *facts;
    struct rp_text inputs;    /* struct rp_fuzz_input */
    unsigned files, damaged;  /* read; that have something that is no input */
    char name[256], why[160]; /* of the first of those */
};

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool rp_inputs_here(const char *operand)
{
    char head[3] = "";
    if (is_folder(operand))
        return !rp_fuzz_held_here(operand);
    int fd = open(operand, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool here = fd >= 0 && read(fd, head, sizeof head) == sizeof head && memcmp(head, "rpf", 3) == 0;
    if (fd >= 0)
        close(fd);
    return here;
}

static int add_input(void *context, const struct rp_fuzz_input *input, struct rp_error *error)
{
    struct reading *r = context;
    rp_text_add_bytes(&r->inputs, (const char *)input, sizeof *input);
    return r->inputs.failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for inputs") : RP_OK;
}

static void note_damage(struct reading *r, const char *name, const char *why)
{
    if (!r->damaged++) {
        snprintf(r->name, sizeof r->name, "%.255s", name);
        snprintf(r->why, sizeof r->why, "%.159s", why);
    }
}

static int read_file(struct reading *r, const char *path, struct rp_error *error)
{
    struct rp_text bytes = {0};
    struct rp_fuzz_damage damage = {0};
    struct rp_error inner = {0};
    int result = rp_text_read(&bytes, path, &inner);
    r->files++;
    if (result) { /* the others can still be read */
        note_damage(r, path, inner.line);
        rp_text_free(&bytes);
        return RP_OK;
    }
    result = rp_fuzz_inputs_read(r->facts, (const uint8_t *)rp_text_string(&bytes), bytes.length, add_input,
                                 r, &damage, error);
    if (damage.bytes)
        note_damage(r, path, damage.why);
    rp_text_free(&bytes);
    return result;
}

static int wanted(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strcmp(entry->d_name, "README.txt") != 0;
}

static int read_folder(struct reading *r, const char *path, struct rp_error *error)
{
    struct dirent **entry = NULL;
    int count = scandir(path, &entry, wanted, alphasort), result = RP_OK;
    if (count < 0)
        return rp_error_system(error, errno, "cannot read the folder '%.200s'", path);
    for (int i = 0; i < count; i++) {
        char *file = NULL;
        if (result == RP_OK && asprintf(&file, "%s/%s", path, entry[i]->d_name) < 0)
            result = rp_error_set(error, RP_EENVIRONMENT, "out of memory for a path");
        if (result == RP_OK && !is_folder(file))
            result = read_file(r, file, error);
        free(file);
        free(entry[i]);
    }
    free(entry);
    return result;
}

/* Who runs them, as fuzz has it. */
static int begin(const struct rp_options *options, struct rp_options *mine,
                 struct rp_campaign_options *campaign, struct rp_error *error)
{
    *mine = *options;
    int result = rp_campaign_choose(mine, "unicorn,native", true, error);
    if (result == RP_OK)
        result = rp_campaign_two(mine, error);
    return result ? result : rp_campaign_begin(mine, campaign, error);
}

int rp_inputs_try(const struct rp_options *options, const char *operand,
                  int (*each)(void *context, const struct rp_fuzz_tried *tried, struct rp_error *error),
                  void *context, bool *left_out, struct rp_error *error)
{
    static struct rp_options mine;
    struct rp_campaign_options campaign = {.log_descriptor = -1};
    struct rp_fuzz_facts *facts = NULL;
    struct reading r = {0};
    int result = rp_fuzz_facts_open(MODES_ALL, &facts, error);
    r.facts = facts;
    if (result == RP_OK)
        result = is_folder(operand) ? read_folder(&r, operand, error) : read_file(&r, operand, error);
    size_t count = r.inputs.length / sizeof(struct rp_fuzz_input);
    if (result == RP_OK && !count)
        result =
            r.damaged
                ? rp_error_set(error, RP_EINPUT, "'%.120s' holds no input of a fuzz campaign; '%.120s': %s",
                               operand, r.name, r.why)
                : rp_error_set(error, RP_EINPUT, "'%.200s' holds no input of a fuzz campaign", operand);
    if (result == RP_OK && r.damaged)
        rp_note(
            "%u of %u files in '%.150s' are damaged or no inputs, which is left out; the first: '%.150s': %s",
            r.damaged, r.files, operand, r.name, r.why);
    *left_out |= r.damaged != 0;
    if (result == RP_OK)
        result = begin(options, &mine, &campaign, error);
    if (result == RP_OK)
        result = rp_fuzz_try(&campaign, facts, (const struct rp_fuzz_input *)(const void *)r.inputs.data,
                             count, each, context, error);
    rp_campaign_end(&campaign);
    rp_text_free(&r.inputs);
    rp_fuzz_facts_close(facts);
    return result;
}

int rp_inputs_write_seeds(const struct rp_options *options, uint8_t modes, struct rp_error *error)
{
    struct rp_fuzz_facts *facts = NULL;
    unsigned count = 0;
    int result = rp_fuzz_facts_open(modes, &facts, error);
    if (result == RP_OK)
        result = rp_fuzz_seed_corpus_write(facts, options->seed_corpus, &count, error);
    if (result == RP_OK && !options->quiet)
        rp_note("%u inputs are in '%s'", count, options->seed_corpus);
    rp_fuzz_facts_close(facts);
    return result;
}
