/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Temporary folders; see scratch.h. */
#include "support/scratch.h"

#include "support/suite.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void scratch_init(struct scratch *scratch)
{
    snprintf(scratch->folder, sizeof scratch->folder, "%s/ringprobe-test.XXXXXX", P_tmpdir);
    assert_non_null(mkdtemp(scratch->folder));
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

void scratch_free(struct scratch *scratch)
{
    assert_int_equal(nftw(scratch->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

const char *scratch_path(const struct scratch *scratch, const char *name)
{
    static char path[PATH_MAX + NAME_MAX];
    snprintf(path, sizeof path, "%s/%s", scratch->folder, name);
    return path;
}

size_t scratch_count(const struct scratch *scratch)
{
    DIR *folder = opendir(scratch->folder);
    assert_non_null(folder);
    size_t count = 0;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 2; /* . and .. */
}

char *scratch_read(const char *path)
{
    FILE *stream = fopen(path, "re");
    assert_non_null(stream);
    char *content = NULL;
    size_t capacity = 0;
    ssize_t length = getdelim(&content, &capacity, '\0', stream);
    fclose(stream);
    if (length < 0 && content)
        content[0] = '\0';
    assert_non_null(content);
    return content;
}
