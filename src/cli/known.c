/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A baseline of findings; see known.h. */
#include "cli/known.h"

#include "cli/hunt_place.h"
#include "report/finding.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, RP_FINDING_ID_SIZE);
}

static int take_line(struct rp_known *known, const char *path, unsigned number, const char *line,
                     size_t length, struct rp_error *error)
{
    char schema[32], id[RP_FINDING_ID_SIZE] = "";
    if (!rp_line_field(line, length, "schema", schema, sizeof schema) ||
        (strncmp(schema, "ringprobe.hunt", strlen("ringprobe.hunt")) != 0 &&
         strcmp(schema, "ringprobe.fuzz/1") != 0))
        return rp_error_set(error, RP_EINPUT, "%s:%u: no line of a hunt or a fuzz campaign, so no baseline",
                            path, number);
    bool finding = strcmp(schema, "ringprobe.hunt/1") == 0 || strcmp(schema, "ringprobe.fuzz/1") == 0;
    if (finding && rp_line_field(line, length, "id", id, sizeof id))
        rp_text_add_bytes(&known->ids, id, sizeof id);
    return RP_OK;
}

static int read_campaign(struct rp_known *known, const char *path, struct rp_error *error)
{
    struct rp_text lines = {0};
    unsigned count = 0;
    int result = rp_hunt_place_read(path, &lines, error);
    const char *at = rp_text_string(&lines), *end = at + lines.length;
    for (const char *feed; result == RP_OK && at < end; at = feed + 1) {
        feed = memchr(at, '\n', (size_t)(end - at)); /* each line has one */
        result = take_line(known, path, ++count, at, (size_t)(feed - at), error);
    }
    rp_text_free(&lines);
    return result;
}

static int read_lines(struct rp_known *known, const char *path, struct rp_error *error)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    int result = RP_OK;
    if (!file)
        return rp_error_system(error, errno, "cannot read the baseline '%s'", path);
    for (unsigned number = 1; result == RP_OK && (length = getline(&line, &size, file)) > 0; number++)
        if (line[length - 1] == '\n') /* half a line is what a hunt that was killed left */
            result = take_line(known, path, number, line, (size_t)length, error);
    if (result == RP_OK && ferror(file))
        result = rp_error_system(error, errno, "cannot read the baseline '%s'", path);
    free(line);
    fclose(file);
    return result;
}

int rp_known_read(struct rp_known *known, const char *path, struct rp_error *error)
{
    int result =
        rp_store_is_database(path) ? read_campaign(known, path, error) : read_lines(known, path, error);
    if (known->ids.length)
        qsort(known->ids.data, known->ids.length / RP_FINDING_ID_SIZE, RP_FINDING_ID_SIZE, compare);
    return result;
}

void rp_known_check(struct rp_known *known, const char *line, size_t length)
{
    char id[RP_FINDING_ID_SIZE] = "";
    size_t count = known->ids.length / RP_FINDING_ID_SIZE;
    if (!rp_line_field(line, length, "id", id, sizeof id))
        return;
    known->news += !count || !bsearch(id, known->ids.data, count, RP_FINDING_ID_SIZE, compare);
}

void rp_known_free(struct rp_known *known)
{
    rp_text_free(&known->ids);
}
