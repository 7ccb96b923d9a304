/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kinds of files; see kind.h. */
#include "golden/kind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
    enum rp_golden_kind kind;
    const char *magic;
    size_t length;
} magics[] = {
    {RP_GOLDEN_RECORD, RP_GOLDEN_MAGIC, sizeof RP_GOLDEN_MAGIC - 1},
    {RP_GOLDEN_MOO, "MOO ", 4},
    {RP_GOLDEN_MOO, "\x1f\x8b", 2}, /* RFC 1952; of what is compressed there is no other kind */
};

int rp_golden_kind(const char *path, enum rp_golden_kind *kind, struct rp_error *error)
{
    char begin[32];
    FILE *file = fopen(path, "rbe");
    if (!file)
        return rp_error_system(error, errno, "cannot read '%s'", path);
    size_t length = fread(begin, 1, sizeof begin, file);
    int failed = ferror(file) ? errno : 0;
    fclose(file);
    if (failed)
        return rp_error_system(error, failed, "cannot read '%s'", path);
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (length < magics[i].length || memcmp(begin, magics[i].magic, magics[i].length) != 0)
            continue;
        *kind = magics[i].kind;
        return RP_OK;
    }
    return rp_error_set(error, RP_EINPUT,
                        "'%s' is neither a golden record nor a MOO file of hardware tests; `ringprobe golden "
                        "record -o FILE` makes a record",
                        path);
}
