/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The seed corpus; see seed_corpus.h. */
#include "fuzz/seed_corpus.h"

#include "base/hex.h"
#include "base/tsv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODE, ENCODING, SEED, RING0, RING3 };

struct reading {
    const struct rp_fuzz_facts *facts;
    int (*each)(void *context, const struct rp_fuzz_input *input, const char *ring0, const char *ring3,
                struct rp_error *error);
    void *context;
};

static bool has_mode(const struct rp_fuzz_facts *facts, enum rp_mode mode)
{
    return memchr(facts->modes, (int)mode, facts->mode_count) != NULL;
}

static int take_row(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct reading *r = context;
    struct rp_fuzz_input input = {0};
    struct rp_error inner = {0};
    enum rp_mode mode;
    size_t length = 0;
    if (!rp_mode_find(row->column[MODE], &mode))
        return rp_tsv_complain(row, error, "'%s' is no mode", row->column[MODE]);
    if (rp_hex_parse(row->column[ENCODING], input.encoding.bytes, RP_ENCODING_MAX, &length, &inner) ||
        !length)
        return rp_tsv_complain(row, error, "'%s' is no encoding", row->column[ENCODING]);
    if (!has_mode(r->facts, mode))
        return RP_OK;
    input.mode = (uint8_t)mode;
    input.encoding.length = (uint8_t)length;
    while (input.seed < r->facts->seeds.count &&
           strcmp(r->facts->seeds.seed[input.seed].name, row->column[SEED]) != 0)
        input.seed++;
    if (input.seed == r->facts->seeds.count || !(r->facts->seeds.seed[input.seed].modes >> mode & 1))
        return rp_tsv_complain(row, error, "'%s' is no user-state seed of its mode", row->column[SEED]);
    return r->each(r->context, &input, row->column[RING0], row->column[RING3], error);
}

int rp_fuzz_seed_corpus_read(const struct rp_fuzz_facts *facts,
                             int (*each)(void *context, const struct rp_fuzz_input *input, const char *ring0,
                                         const char *ring3, struct rp_error *error),
                             void *context, struct rp_error *error)
{
    struct reading reading = {facts, each, context};
    return rp_tsv_read("fuzz-corpus.tsv", RP_FUZZ_CORPUS_HEADING, take_row, &reading, error);
}

struct writing {
    const struct rp_fuzz_facts *facts;
    const char *path;
    unsigned count;
};

/* Some hundred files, made again in a moment: the disk is not waited for. */
static int write_file(const char *path, const uint8_t *bytes, size_t length, struct rp_error *error)
{
    errno = 0; /* a short write has none */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    bool wrote = fd >= 0 && write(fd, bytes, length) == (ssize_t)length;
    int reason = errno ? errno : ENOSPC;
    if (fd >= 0 && close(fd) && wrote) {
        reason = errno;
        wrote = false;
    }
    return wrote ? RP_OK : rp_error_system(error, reason, "cannot write '%.300s'", path);
}

static int write_input(void *context, const struct rp_fuzz_input *input, const char *ring0, const char *ring3,
                       struct rp_error *error)
{
    struct writing *w = context;
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
    char hex[2 * RP_ENCODING_MAX + 1], *file = NULL;
    (void)ring0, (void)ring3;
    rp_hex_print(hex, input->encoding.bytes, input->encoding.length);
    if (asprintf(&file, "%s/%04u-%s-%s", w->path, ++w->count, rp_mode_info(input->mode)->name, hex) < 0)
        file = NULL;
    int result = file ? write_file(file, bytes, rp_fuzz_input_write(w->facts, input, bytes), error)
                      : rp_error_set(error, RP_EENVIRONMENT, "out of memory for a path");
    free(file);
    return result;
}

static int make_folder(const char *path, struct rp_error *error)
{
    const struct dirent *entry;
    bool empty = true;
    if (mkdir(path, 0777) == 0)
        return RP_OK;
    DIR *folder = errno == EEXIST ? opendir(path) : NULL;
    if (!folder)
        return rp_error_system(error, errno, "cannot make the folder '%.200s'", path);
    while ((entry = readdir(folder)))
        empty &= strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(folder);
    return empty ? RP_OK
                 : rp_error_set(error, RP_EINPUT,
                                "'%.200s' is not empty; name a new folder for the seed corpus", path);
}

int rp_fuzz_seed_corpus_write(const struct rp_fuzz_facts *facts, const char *path, unsigned *count,
                              struct rp_error *error)
{
    struct writing writing = {.facts = facts, .path = path};
    int result = make_folder(path, error);
    if (result == RP_OK)
        result = rp_fuzz_seed_corpus_read(facts, write_input, &writing, error);
    *count = writing.count;
    return result;
}
