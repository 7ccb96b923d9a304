/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See path.h. */
#include "base/path.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool same_inode(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

static const char *last_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The folder that `path` lies in, as one that can be asked for; false if it is longer than any that is there.
 */
static bool folder_of(const char *path, char *folder, size_t size)
{
    int length = (int)(last_of(path) - path);
    return snprintf(folder, size, "%.*s.", length, path) < (int)size;
}

bool rp_path_same(const char *a, const char *b)
{
    char one[4096], other[4096];
    if (strcmp(a, b) == 0 || same_inode(a, b))
        return true;
    return strcmp(last_of(a), last_of(b)) == 0 && folder_of(a, one, sizeof one) &&
           folder_of(b, other, sizeof other) && same_inode(one, other);
}
