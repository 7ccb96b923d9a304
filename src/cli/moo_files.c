/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding MOO files; see moo_files.h. */
#include "cli/moo_files.h"

#include "base/rows.h"
#include "golden/kind.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool rp_moo_files_meant(char *const *operands)
{
    enum rp_golden_kind kind;
    struct rp_error error;
    if (!operands[0])
        return false;
    return is_folder(operands[0]) ||
           (rp_golden_kind(operands[0], &kind, &error) == RP_OK && kind == RP_GOLDEN_MOO);
}

void rp_moo_files_free(struct rp_moo_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free((void *)files->source[i].path);
    free(files->source);
    *files = (struct rp_moo_files){0};
}

static int add(const char *path, struct rp_moo_files *files, struct rp_error *error)
{
    struct rp_moo_file file;
    int result = rp_moo_read(path, &file, error);
    if (result)
        return result;
    char *copy = strdup(path);
    struct rp_moo_source *source =
        copy ? rp_rows_add((void **)&files->source, &files->count, &files->capacity, sizeof *source) : NULL;
    if (source) {
        *source = (struct rp_moo_source){.path = copy, .tests = file.tests};
        memcpy(source->cpu, file.cpu_name, sizeof source->cpu);
    } else {
        free(copy);
    }
    rp_moo_free(&file);
    return source ? RP_OK : rp_error_set(error, RP_EENVIRONMENT, "no memory behind %zu files", files->count);
}

static bool is_named_so(const char *name)
{
    static const char *const ends[] = {".moo", ".moo.gz"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (length > strlen(ends[i]) && strcasecmp(name + length - strlen(ends[i]), ends[i]) == 0)
            return true;
    return false;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int add_folder(const char *path, struct rp_moo_files *files, struct rp_error *error)
{
    char *roots[] = {(char *)path, NULL};
    size_t before = files->count;
    int result = RP_OK;
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    if (!walk)
        return rp_error_system(error, errno, "cannot read '%s'", path);
    for (FTSENT *entry = fts_read(walk); entry && result == RP_OK; entry = fts_read(walk)) {
        if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR)
            result = rp_error_system(error, entry->fts_errno, "cannot read '%s'", entry->fts_path);
        else if (entry->fts_info == FTS_F && is_named_so(entry->fts_name))
            result = add(entry->fts_path, files, error);
    }
    fts_close(walk);
    if (result == RP_OK && files->count == before)
        return rp_error_set(error, RP_EINPUT, "'%s' has no file whose name ends in .moo or .moo.gz", path);
    return result;
}

int rp_moo_files_find(char *const *operands, struct rp_moo_files *files, struct rp_error *error)
{
    int result = RP_OK;
    for (; *operands && result == RP_OK; operands++)
        result = is_folder(*operands) ? add_folder(*operands, files, error) : add(*operands, files, error);
    return result;
}
