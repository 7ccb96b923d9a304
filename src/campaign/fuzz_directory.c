/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of a fuzz campaign; see fuzz_directory.h. */
#include "campaign/fuzz_directory.h"

#include "base/json.h"
#include "campaign/fuzz_files.h"
#include "campaign/fuzz_sealed.h"
#include "report/finding.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the position, whose number goes up with whatever the other files hold in another way. */
#define SCHEMA "ringprobe.fuzz-position/3"
_Static_assert(sizeof((struct rp_fuzz_position *)0)->counts == 264124, "other counts, another schema");

struct rp_fuzz_directory {
    struct rp_fuzz_files files;
    uint64_t findings; /* bytes that stand */
};

/* The loop, the only engine of the first version, has no name there. */
static bool read_key(const struct rp_text *head, const char *key, char *value, size_t size)
{
    if (rp_line_field(head->data, head->length, key, value, size))
        return true;
    snprintf(value, size, "novelty");
    return strcmp(key, "engine") == 0;
}

/* What a whole one looks like; another's values are shown, so they have to be text. */
static bool is_line(const struct rp_text *head)
{
    size_t at = 0, used;
    while (at < head->length && (used = rp_text_utf8(head->data + at, head->length - at)) > 0)
        at += used;
    return at == head->length && at > 2 && memcmp(head->data + at - 2, "}\n", 2) == 0;
}

static int write_head(const struct rp_fuzz_directory *d, const struct rp_text *head, struct rp_error *error)
{
    int result = rp_fuzz_files_write(&d->files, RP_FUZZ_HEAD, head->data, head->length, 0, error);
    return result ? result : rp_fuzz_files_settle(&d->files, RP_FUZZ_HEAD, error);
}

/* *blank: it is new, or its maker was killed at once. */
static int compare_head(const struct rp_fuzz_directory *d, const struct rp_text *is, bool *blank,
                        struct rp_error *error)
{
    static const char *const keys[] = {"executors", "versions", "cpu",    "policy",   "modes",
                                       "seed",      "decoder",  "corpus", "strategy", "engine"};
    struct rp_text was = {0};
    char old[256], new[256];
    int result = rp_fuzz_files_read(&d->files, RP_FUZZ_HEAD, &was, error);
    bool same = was.length == is->length && memcmp(was.data, is->data, is->length) == 0;
    bool ours = was.length && rp_line_field(was.data, was.length, "schema", old, sizeof old) &&
                strcmp(old, "ringprobe.fuzz-start/1") == 0;
    *blank = was.length == 0;
    if (result == RP_OK && *blank && faccessat(d->files.folder, "position", F_OK, 0) == 0)
        result = rp_fuzz_files_damaged(&d->files, rp_fuzz_part_name(RP_FUZZ_HEAD), 0, "it is empty", error);
    else if (result == RP_OK && !*blank && !ours)
        result = rp_error_set(error, RP_EINPUT, "'%.180s' is no directory of a fuzz campaign", d->files.path);
    else if (result == RP_OK && !*blank && !is_line(&was))
        result = rp_fuzz_files_damaged(&d->files, rp_fuzz_part_name(RP_FUZZ_HEAD), was.length,
                                       "it is no whole line", error);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && result == RP_OK && !*blank && !same; i++)
        if (!read_key(&was, keys[i], old, sizeof old) || !read_key(is, keys[i], new, sizeof new) ||
            strcmp(old, new) != 0)
            result = rp_error_set(
                error, RP_EINPUT,
                "'%.120s' is of another campaign, its %s is not the same (%.60s); give its options, or "
                "name another directory",
                d->files.path, keys[i], old);
    rp_text_free(&was);
    return result;
}

static bool number(const char *line, size_t length, const char *key, uint64_t *value)
{
    char text[24], *end;
    if (!rp_line_field(line, length, key, text, sizeof text))
        return false;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return end != text && !*end && !errno;
}

/* A directory gets its position before anything else: without one it holds nothing. */
static int miss_position(const struct rp_fuzz_directory *d, struct rp_error *error)
{
    static const char *const sealed[] = {"counts", "pending"};
    char file[RP_FUZZ_SEALED_NAME_MAX];
    bool holds = false;
    for (unsigned part = RP_FUZZ_CORPUS; part < RP_FUZZ_PARTS; part++)
        holds |= !rp_fuzz_files_is_empty(&d->files, (enum rp_fuzz_part)part);
    for (unsigned i = 0; i < 4; i++)
        holds |= faccessat(d->files.folder, rp_fuzz_sealed_name(sealed[i / 2], i % 2, file), F_OK, 0) == 0;
    return holds ? rp_fuzz_files_damaged(&d->files, "position", 0, "it is not there", error) : RP_OK;
}

static int read_position(const struct rp_fuzz_directory *d, struct rp_fuzz_position *p, bool *is_new,
                         struct rp_error *error)
{
    char line[1024], schema[32];
    int fd = openat(d->files.folder, "position", O_RDONLY | O_CLOEXEC);
    memset(p, 0, sizeof *p);
    *is_new = fd < 0;
    if (fd < 0)
        return errno == ENOENT ? miss_position(d, error)
                               : rp_fuzz_files_complain(&d->files, "read", "position", error);
    ssize_t n = read(fd, line, sizeof line - 1);
    close(fd);
    size_t length = n > 0 ? (size_t)n : 0;
    bool ours = length && line[length - 1] == '\n' &&
                rp_line_field(line, length, "schema", schema, sizeof schema) &&
                strncmp(schema, SCHEMA, sizeof SCHEMA - 2) == 0;
    if (ours && strcmp(schema, SCHEMA) != 0)
        return rp_error_set(
            error, RP_EINPUT,
            "'%.180s' is of another version of ringprobe; name another directory with --output",
            d->files.path);
    if (!ours || !number(line, length, "slice", &p->slice) ||
        !number(line, length, "executions", &p->executions) || !number(line, length, "runs", &p->runs) ||
        !number(line, length, "corpus_bytes", &p->corpus) ||
        !number(line, length, "behaviour_bytes", &p->behaviours) ||
        !number(line, length, "finding_bytes", &p->findings) || !number(line, length, "commits", &p->commits))
        return rp_fuzz_files_damaged(&d->files, "position", 0, "it is no position", error);
    return RP_OK;
}

static int read_sealed(const struct rp_fuzz_directory *d, const char *name, uint64_t commits,
                       struct rp_text *text, struct rp_error *error)
{
    char file[RP_FUZZ_SEALED_NAME_MAX];
    const char *why = rp_fuzz_sealed_read(d->files.folder, name, commits, text);
    return why ? rp_fuzz_files_damaged(&d->files, rp_fuzz_sealed_name(name, commits, file), 0, why, error)
               : RP_OK;
}

/* What the position's commit wrote anew. */
static int restore_sealed(const struct rp_fuzz_directory *d, const struct rp_fuzz_facts *facts,
                          struct rp_fuzz_position *p, struct rp_text *pending, struct rp_error *error)
{
    struct rp_text counts = {0}, text = {0};
    char file[RP_FUZZ_SEALED_NAME_MAX];
    if (!p->commits)
        return RP_OK;
    int result = read_sealed(d, "counts", p->commits, &counts, error);
    if (result == RP_OK && counts.length != sizeof p->counts)
        result = rp_fuzz_files_damaged(&d->files, rp_fuzz_sealed_name("counts", p->commits, file), 0,
                                       "it has another length", error);
    if (result == RP_OK)
        memcpy(&p->counts, counts.data, sizeof p->counts);
    if (result == RP_OK)
        result = read_sealed(d, "pending", p->commits, &text, error);
    const char *why = result == RP_OK ? rp_fuzz_suspicions_read(facts, &text, pending) : NULL;
    if (why)
        result =
            rp_fuzz_files_damaged(&d->files, rp_fuzz_sealed_name("pending", p->commits, file), 0, why, error);
    rp_text_free(&counts);
    rp_text_free(&text);
    return result;
}

static int restore_corpus(const struct rp_fuzz_directory *d, const struct rp_fuzz_facts *facts,
                          struct rp_fuzz_board *board, uint64_t length, struct rp_error *error)
{
    struct rp_text text = {0};
    struct rp_error inner = {0};
    int result = rp_fuzz_files_read(&d->files, RP_FUZZ_CORPUS, &text, error);
    if (result == RP_OK && text.length < length)
        result = rp_fuzz_files_damaged(&d->files, rp_fuzz_part_name(RP_FUZZ_CORPUS), text.length,
                                       "it ends too early", error);
    for (size_t at = 0, used; result == RP_OK && at < length; at += used) {
        struct rp_fuzz_input input;
        bool cut;
        if (rp_fuzz_input_read(facts, (const uint8_t *)text.data + at, (size_t)length - at, &input, &used,
                               &cut, &inner))
            result =
                rp_fuzz_files_damaged(&d->files, rp_fuzz_part_name(RP_FUZZ_CORPUS), at, inner.line, error);
        else
            rp_fuzz_board_stock(board, &input);
    }
    rp_text_free(&text);
    return result;
}

static int restore_record(struct rp_fuzz_board *board, const char *record,
                          int (*share)(void *, uint64_t, struct rp_error *), void *context,
                          struct rp_error *error)
{
    uint64_t number;
    if (record[0] != 'm')
        return rp_fuzz_board_restore(board, record) ? RP_OK : RP_EINPUT;
    memcpy(&number, record + 1, sizeof number);
    return share(context, number, error);
}

static int restore_behaviours(const struct rp_fuzz_directory *d, struct rp_fuzz_board *board, uint64_t length,
                              int (*share)(void *, uint64_t, struct rp_error *), void *context,
                              struct rp_error *error)
{
    struct rp_text text = {0};
    int result = rp_fuzz_files_read(&d->files, RP_FUZZ_BEHAVIOURS, &text, error);
    if (result == RP_OK && (text.length < length || length % RP_FUZZ_RECORD_BYTES))
        result = rp_fuzz_files_damaged(&d->files, rp_fuzz_part_name(RP_FUZZ_BEHAVIOURS), text.length,
                                       "it ends too early", error);
    for (size_t at = 0; result == RP_OK && at < length; at += RP_FUZZ_RECORD_BYTES) {
        result = restore_record(board, text.data + at, share, context, error);
        if (result == RP_EINPUT)
            result = rp_fuzz_files_damaged(&d->files, rp_fuzz_part_name(RP_FUZZ_BEHAVIOURS), at,
                                           "it has no such record", error);
    }
    rp_text_free(&text);
    return result;
}

static int restore_findings(struct rp_fuzz_directory *d, uint64_t least, struct rp_hunt_ids *ids,
                            int (*each)(void *, const char *, size_t, struct rp_error *), void *context,
                            struct rp_error *error)
{
    struct rp_text text = {0};
    int result = rp_fuzz_files_read(&d->files, RP_FUZZ_FINDINGS, &text, error);
    size_t at = 0;
    if (result == RP_OK && text.length < least)
        result = rp_fuzz_files_damaged(&d->files, rp_fuzz_part_name(RP_FUZZ_FINDINGS), text.length,
                                       "it ends too early", error);
    while (result == RP_OK && at < text.length) {
        const char *line = text.data + at, *feed = memchr(line, '\n', text.length - at);
        char id[RP_FINDING_ID_SIZE] = "";
        if (!feed) /* its writer was killed */
            break;
        size_t length = (size_t)(feed - line);
        if (!rp_line_field(line, length, "id", id, sizeof id) || line[length - 1] != '}' ||
            rp_hunt_ids_add(ids, id) < 0)
            result = rp_fuzz_files_damaged(&d->files, rp_fuzz_part_name(RP_FUZZ_FINDINGS), at,
                                           "it is no finding", error);
        else
            result = each(context, line, length, error);
        at += length + 1;
    }
    d->findings = at;
    rp_text_free(&text);
    return result;
}

static int cut_off(const struct rp_fuzz_directory *d, const struct rp_fuzz_position *p,
                   struct rp_error *error)
{
    int result = rp_fuzz_files_cut(&d->files, RP_FUZZ_CORPUS, p->corpus, error);
    if (result == RP_OK)
        result = rp_fuzz_files_cut(&d->files, RP_FUZZ_BEHAVIOURS, p->behaviours, error);
    return result ? result : rp_fuzz_files_cut(&d->files, RP_FUZZ_FINDINGS, d->findings, error);
}

static int write_position(const struct rp_fuzz_directory *d, const struct rp_fuzz_position *p,
                          struct rp_error *error)
{
    struct rp_text line = {0};
    struct rp_json json;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", SCHEMA);
    rp_json_number(&json, "slice", (int64_t)p->slice);
    rp_json_number(&json, "executions", (int64_t)p->executions);
    rp_json_number(&json, "runs", (int64_t)p->runs);
    rp_json_number(&json, "corpus_bytes", (int64_t)p->corpus);
    rp_json_number(&json, "behaviour_bytes", (int64_t)p->behaviours);
    rp_json_number(&json, "finding_bytes", (int64_t)d->findings);
    rp_json_number(&json, "commits", (int64_t)p->commits);
    rp_json_end(&json, &line);
    bool wrote =
        !line.failed &&
        rp_fuzz_write_whole(d->files.folder, "position.new", rp_text_string(&line), line.length) &&
        renameat(d->files.folder, "position.new", d->files.folder, "position") == 0 &&
        fsync(d->files.folder) == 0; /* else the new name may come before or after a power cut, or not */
    rp_text_free(&line);
    return wrote ? RP_OK : rp_fuzz_files_complain(&d->files, "write", "position", error);
}

int rp_fuzz_directory_open(const char *path, const struct rp_text *head, const struct rp_fuzz_facts *facts,
                           struct rp_fuzz_board *board, struct rp_fuzz_position *position,
                           struct rp_text *pending, struct rp_hunt_ids *ids,
                           int (*each)(void *context, const char *line, size_t length,
                                       struct rp_error *error),
                           int (*share)(void *context, uint64_t number, struct rp_error *error),
                           void *context, struct rp_fuzz_directory **directory, struct rp_error *error)
{
    struct rp_fuzz_directory *d = calloc(1, sizeof *d);
    if (!d)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a directory");
    bool blank = false, is_new = false;
    int result = rp_fuzz_files_open(&d->files, path, error);
    if (result == RP_OK)
        result = compare_head(d, head, &blank, error);
    if (result == RP_OK)
        result = read_position(d, position, &is_new, error);
    if (result == RP_OK)
        result = rp_fuzz_files_open_parts(&d->files, is_new, error);
    if (result == RP_OK)
        result = restore_sealed(d, facts, position, pending, error);
    if (result == RP_OK)
        result = restore_corpus(d, facts, board, position->corpus, error);
    if (result == RP_OK)
        result = restore_behaviours(d, board, position->behaviours, share, context, error);
    if (result == RP_OK)
        result = restore_findings(d, position->findings, ids, each, context, error);
    if (result == RP_OK && blank) /* nothing was changed until here, where there is something */
        result = write_head(d, head, error);
    if (result == RP_OK)
        result = cut_off(d, position, error);
    if (result == RP_OK && is_new)
        result = write_position(d, position, error);
    if (result)
        rp_fuzz_directory_close(d);
    else
        *directory = d;
    return result;
}

void rp_fuzz_directory_close(struct rp_fuzz_directory *d)
{
    if (!d)
        return;
    rp_fuzz_files_close(&d->files);
    free(d);
}

int rp_fuzz_directory_find(struct rp_fuzz_directory *d, const char *line, size_t length,
                           struct rp_error *error)
{
    int result = rp_fuzz_files_write(&d->files, RP_FUZZ_FINDINGS, line, length, d->findings, error);
    if (result == RP_OK)
        result = rp_fuzz_files_settle(&d->files, RP_FUZZ_FINDINGS, error);
    if (result == RP_OK)
        d->findings += length;
    return result;
}

int rp_fuzz_directory_commit(struct rp_fuzz_directory *d, const struct rp_text *corpus,
                             const struct rp_text *behaviours, const struct rp_text *pending,
                             struct rp_fuzz_position *p, struct rp_error *error)
{
    int result =
        rp_fuzz_files_write(&d->files, RP_FUZZ_CORPUS, corpus->data, corpus->length, p->corpus, error);
    if (result == RP_OK)
        result = rp_fuzz_files_write(&d->files, RP_FUZZ_BEHAVIOURS, behaviours->data, behaviours->length,
                                     p->behaviours, error);
    if (result == RP_OK)
        result = rp_fuzz_files_settle(&d->files, RP_FUZZ_CORPUS, error);
    if (result == RP_OK)
        result = rp_fuzz_files_settle(&d->files, RP_FUZZ_BEHAVIOURS, error);
    if (result)
        return result;
    p->corpus += corpus->length;
    p->behaviours += behaviours->length;
    p->commits++;
    if (!rp_fuzz_sealed_write(d->files.folder, "counts", p->commits, &p->counts, sizeof p->counts))
        return rp_fuzz_files_complain(&d->files, "write", "counts", error);
    if (!rp_fuzz_sealed_write(d->files.folder, "pending", p->commits, pending->data, pending->length))
        return rp_fuzz_files_complain(&d->files, "write", "pending", error);
    return write_position(d, p, error);
}
