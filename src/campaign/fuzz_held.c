/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a fuzz campaign's directory for reports; see fuzz_held.h, fuzz_directory.h. */
#include "campaign/fuzz_held.h"

#include "campaign/fuzz_sealed.h"
#include "executor/registry.h"
#include "fuzz/inputs.h"
#include "fuzz/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODES_ALL ((1u << RP_MODE_COUNT) - 1)
#define TRIES     10 /* to read what is written anew every second */

static char *join(const char *path, const char *name)
{
    char *joined = NULL;
    return asprintf(&joined, "%s/%s", path, name) < 0 ? NULL : joined;
}

bool rp_fuzz_held_here(const char *path)
{
    char *head = join(path, "campaign");
    bool here = head && access(head, F_OK) == 0;
    free(head);
    return here;
}

/* Appends a file; one that is not there yet is empty. */
static int read_part(const char *path, const char *name, struct rp_text *text, struct rp_error *error)
{
    char *file = join(path, name);
    int result = !file ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for a path")
                 : access(file, F_OK) != 0 && errno == ENOENT ? RP_OK
                                                              : rp_text_read(text, file, error);
    free(file);
    return result;
}

static uint64_t number(const struct rp_text *line, const char *key)
{
    char value[24];
    return rp_line_field(rp_text_string(line), line->length, key, value, sizeof value)
               ? strtoull(value, NULL, 0)
               : 0;
}

static void field(const struct rp_text *line, const char *key, char *value, size_t size)
{
    if (!rp_line_field(rp_text_string(line), line->length, key, value, size))
        snprintf(value, size, "?");
}

/* "unicorn 2.0.1 (emulated), native on ... (silicon)", as reports of scans have them, from the names
 * "unicorn,native" and the versions "unicorn 2.0.1; native on ...". */
static void describe_executors(const char *names, const char *versions, char *text, size_t size)
{
    size_t length = 0;
    for (bool more = *names != '\0'; more && length < size;) {
        char name[RP_EXECUTOR_NAME_MAX];
        const char *semicolon = strstr(versions, "; ");
        size_t span = semicolon ? (size_t)(semicolon - versions) : strlen(versions),
               of_name = strcspn(names, ",");
        snprintf(name, sizeof name, "%.*s", (int)of_name, names);
        const struct rp_executor_entry *entry = rp_executor_find(name);
        length += (size_t)snprintf(
            text + length, size - length, "%s%.*s (%s)", length ? ", " : "", (int)span, versions,
            entry && entry->executor ? rp_provenance_name(entry->executor->provenance) : "not built in");
        more = names[of_name] == ',';
        names += of_name + more;
        versions += span + (semicolon ? 2 : 0);
    }
}

static int read_head(const char *path, struct rp_fuzz_held *held, struct rp_error *error)
{
    struct rp_configuration *c = &held->configuration;
    struct rp_text line = {0};
    char schema[32], policy[16], modes[128], names[128], versions[512];
    int result = read_part(path, "campaign", &line, error);
    field(&line, "schema", schema, sizeof schema);
    field(&line, "executors", names, sizeof names);
    field(&line, "versions", versions, sizeof versions);
    describe_executors(names, versions, held->executors, sizeof held->executors);
    field(&line, "cpu", held->cpu, sizeof held->cpu);
    field(&line, "policy", policy, sizeof policy);
    field(&line, "modes", modes, sizeof modes);
    c->random_seed = number(&line, "seed");
    snprintf(held->command, sizeof held->command, "ringprobe fuzz -m %s -x %s -p %s --seed %llu", modes,
             names, policy, (unsigned long long)c->random_seed);
    c->fuzz = true;
    c->executors = held->executors;
    c->cpu = held->cpu[0] ? held->cpu : "none of its executors is one";
    c->kernel = "";
    c->date = "";
    c->command = held->command;
    char *rest, *name = strtok_r(modes, ",", &rest);
    for (; name; name = strtok_r(NULL, ",", &rest)) {
        enum rp_mode mode;
        if (rp_mode_find(name, &mode))
            c->modes = (uint8_t)(c->modes | 1u << mode);
    }
    if (result == RP_OK &&
        (strcmp(schema, "ringprobe.fuzz-start/1") != 0 || !rp_policy_find(policy, &c->policy)))
        result = rp_error_set(error, RP_EINPUT, "'%.180s' is no directory of a fuzz campaign", path);
    rp_text_free(&line);
    return result;
}

static int count_input(void *context, const struct rp_fuzz_input *input, struct rp_error *error)
{
    (void)input, (void)error;
    ++*(uint64_t *)context;
    return RP_OK;
}

/* The position, and how many suspicions its commit left open. A campaign that is at work may write both anew
 * in between, but not so often. */
static int read_position(const char *path, const struct rp_fuzz_facts *facts, struct rp_text *position,
                         uint64_t *pending, struct rp_error *error)
{
    const char *why = NULL;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = folder < 0 ? rp_error_system(error, errno, "cannot open '%.200s'", path) : RP_OK;
    for (unsigned tries = 0; result == RP_OK && (tries == 0 || (why && tries < TRIES)); tries++) {
        struct rp_text sealed = {0}, suspicions = {0};
        rp_text_free(position);
        result = read_part(path, "position", position, error);
        uint64_t commits = number(position, "commits");
        why = commits ? rp_fuzz_sealed_read(folder, "pending", commits, &sealed) : NULL;
        if (!why)
            why = rp_fuzz_suspicions_read(facts, &sealed, &suspicions);
        *pending = suspicions.length / sizeof(struct rp_fuzz_suspicion);
        rp_text_free(&sealed);
        rp_text_free(&suspicions);
    }
    if (folder >= 0)
        close(folder);
    return result == RP_OK && why
               ? rp_error_set(error, RP_EINPUT, "what '%.180s' has of open suspicions is damaged: %s", path,
                              why)
               : result;
}

/* What is behind the position's lengths was not committed. */
static int read_counts(const char *path, struct rp_fuzz_held *held, struct rp_error *error)
{
    struct rp_fuzz_summary *s = &held->summary;
    struct rp_text position = {0}, behaviours = {0}, corpus = {0};
    struct rp_fuzz_facts *facts = NULL;
    struct rp_fuzz_damage damage;
    int result = rp_fuzz_facts_open(MODES_ALL, &facts, error);
    if (result == RP_OK)
        result = read_position(path, facts, &position, &s->pending, error);
    s->executions = number(&position, "executions");
    s->runs = number(&position, "runs");
    if (result == RP_OK)
        result = read_part(path, "behaviours", &behaviours, error);
    if (result == RP_OK)
        result = read_part(path, "corpus", &corpus, error);
    uint64_t behaviour_bytes = number(&position, "behaviour_bytes"),
             corpus_bytes = number(&position, "corpus_bytes");
    for (size_t at = 0; at + RP_FUZZ_RECORD_BYTES <= behaviours.length && at < behaviour_bytes;
         at += RP_FUZZ_RECORD_BYTES) {
        s->coarse += behaviours.data[at] == 'c';
        s->behaviours += behaviours.data[at] == 'w';
        if (behaviours.data[at] == 'm')
            rp_text_add_bytes(&held->sharers, behaviours.data + at + 1, sizeof(uint64_t));
    }
    if (result == RP_OK)
        result = rp_fuzz_inputs_read(facts, (const uint8_t *)rp_text_string(&corpus),
                                     corpus.length < corpus_bytes ? corpus.length : (size_t)corpus_bytes,
                                     count_input, &s->inputs, &damage, error);
    rp_fuzz_facts_close(facts);
    rp_text_free(&position);
    rp_text_free(&behaviours);
    rp_text_free(&corpus);
    return result;
}

int rp_fuzz_held_read(const char *path, struct rp_fuzz_held *held, struct rp_error *error)
{
    *held = (struct rp_fuzz_held){0};
    int result = read_head(path, held, error);
    if (result == RP_OK)
        result = read_part(path, "findings.jsonl", &held->lines, error);
    while (held->lines.length && held->lines.data[held->lines.length - 1] != '\n')
        held->lines.length--;
    return result ? result : read_counts(path, held, error);
}

void rp_fuzz_held_free(struct rp_fuzz_held *held)
{
    rp_text_free(&held->lines);
    rp_text_free(&held->sharers);
}
