/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Witnesses as commands take them; see witnesses.h. */
#include "cli/witnesses.h"

#include "campaign/fuzz_held.h"
#include "cli/cli.h"
#include "cli/hunt_place.h"
#include "cli/lines.h"
#include "cli/values.h"
#include "report/finding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reading {
    const bool *closed;
    rp_witnesses_each *each;
    void *context;
    size_t count;
};

int rp_witness_executors(const struct rp_options *options, const struct rp_witness *witness,
                         struct rp_options *mine, struct rp_error *error)
{
    struct rp_text notes = {0};
    char named[RP_WITNESS_EXECUTOR_MAX];
    *mine = *options;
    memcpy(named, witness->executor, sizeof named);
    char *plus = strchr(named, '+');
    if (plus)
        *plus = ',';
    int result = rp_value_executors(mine->executors ? mine->executors : named, mine, &notes, error);
    rp_text_free(&notes);
    return result;
}

/* A witness line, or a line of a hunt's file. Witnesses are some 60 KB; they live on the heap. */
static int read_line(struct reading *reading, const char *line, struct rp_error *error)
{
    char text[RP_WITNESS_LINE_MAX + 1];
    bool is_json = *line == '{', is_finding = true;
    struct rp_witness *witness = calloc(1, sizeof *witness);
    if (!witness)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a witness");
    int result = is_json ? rp_finding_witness(line, witness, text, &is_finding, error)
                         : rp_witness_parse(line, witness, error);
    reading->count += result == RP_OK && is_finding;
    if (result == RP_OK && is_finding)
        result = reading->each(reading->context, is_json ? text : line, witness, error);
    free(witness);
    return result;
}

/* Each line that is neither empty nor a comment. `name` NULL: of standard input. */
static int read_lines(struct reading *reading, int fd, const char *name, struct rp_error *error)
{
    static struct rp_lines lines;
    static struct rp_line line;
    struct rp_error inner = {0};
    int state = RP_LINE_READY, result = RP_OK;
    lines = (struct rp_lines){.fd = fd, .name = name, .stop = &rp_interrupted};
    while (result == RP_OK && !*reading->closed && !rp_interrupted) {
        state = rp_lines_next(&lines, true, &line, error);
        if (state != RP_LINE_READY)
            break;
        const char *text = line.bytes + strspn(line.bytes, " \t");
        if (line.cut || strlen(line.bytes) != line.length)
            result = rp_error_set(&inner, RP_EINPUT, "it is too long, or holds a NUL byte");
        else if (*text && *text != '#')
            result = read_line(reading, text, &inner);
    }
    if (state < 0)
        return state;
    if (rp_interrupted)
        return rp_error_set(error, RP_EINTERRUPTED, "interrupted");
    return result ? rp_error_set(error, result, "%s%s%zu: %.220s", name ? name : "line", name ? ":" : " ",
                                 lines.number, inner.line)
                  : RP_OK;
}

static int read_campaign(struct reading *reading, const char *path, struct rp_error *error)
{
    struct rp_text lines = {0};
    struct rp_error inner = {0};
    unsigned number = 0;
    int result = rp_hunt_place_read(path, &lines, error);
    if (result)
        return result;
    char *at = lines.data, *end = at ? at + lines.length : at;
    for (char *feed; result == RP_OK && !*reading->closed && !rp_interrupted && at < end; at = feed + 1) {
        feed = memchr(at, '\n', (size_t)(end - at)); /* each line has one */
        *feed = '\0';
        number++;
        result = read_line(reading, at, &inner);
    }
    rp_text_free(&lines);
    if (rp_interrupted)
        return rp_error_set(error, RP_EINTERRUPTED, "interrupted");
    return result ? rp_error_set(error, result, "%s: line %u: %.220s", path, number, inner.line) : RP_OK;
}

static int read_file(struct reading *reading, const char *path, struct rp_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return rp_error_system(error, errno, "'%.200s' is no witness, which begins with rp1:, and no file",
                               path);
    int result = rp_store_is_database(path) ? read_campaign(reading, path, error)
                                            : read_lines(reading, fd, path, error);
    close(fd);
    if (result == RP_OK && reading->count == 0)
        result = rp_error_set(error, RP_EINPUT, "'%.200s' holds no witness and no finding", path);
    return result;
}

/* "rp-" and 16 hex digits, the name of a finding. */
static bool is_id(const char *name)
{
    return strncmp(name, "rp-", 3) == 0 && strlen(name) == RP_FINDING_ID_SIZE - 1 &&
           strspn(name + 3, "0123456789abcdef") == RP_FINDING_ID_SIZE - 4;
}

/* The findings of a fuzz campaign's directory; `id` NULL: all, which may be none. */
static int read_directory(struct reading *reading, const char *path, const char *id, struct rp_error *error)
{
    struct rp_text file = {0}, lines = {0};
    char found[RP_FINDING_ID_SIZE], *feed;
    rp_text_add(&file, "%s/findings.jsonl", path);
    int result = file.failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for a path")
                             : rp_text_read(&lines, rp_text_string(&file), error);
    rp_text_free(&file);
    for (char *at = lines.data; result == RP_OK && lines.length && !*reading->closed && !rp_interrupted &&
                                (feed = strchr(at, '\n')) != NULL;
         at = feed + 1) {
        *feed = '\0';
        if (!id ||
            (rp_line_field(at, (size_t)(feed - at), "id", found, sizeof found) && strcmp(found, id) == 0))
            result = read_line(reading, at, error);
    }
    rp_text_free(&lines);
    if (rp_interrupted)
        return rp_error_set(error, RP_EINTERRUPTED, "interrupted");
    return result || !id || reading->count
               ? result
               : rp_error_set(error, RP_EINPUT, "'%.200s' has no finding %s", path, id);
}

/* "DIR/rp-0123456789abcdef", which is no file; the folder may be the one where we are. */
static int read_id(struct reading *reading, const char *operand, const char *id, struct rp_error *error)
{
    char *folder = id > operand ? strndup(operand, (size_t)(id - operand) - (id - operand > 1)) : strdup(".");
    if (!folder)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a path");
    int result =
        rp_fuzz_held_here(folder)
            ? read_directory(reading, folder, id, error)
            : rp_error_set(error, RP_EINPUT,
                           "'%.200s' is no directory of a fuzz campaign, in which '%s' is looked for", folder,
                           id);
    free(folder);
    return result;
}

int rp_witnesses_read(const char *operand, const bool *closed, rp_witnesses_each *each, void *context,
                      struct rp_error *error)
{
    struct reading reading = {closed, each, context, 0};
    bool is_line = *operand == '{' || (strncmp(operand, "rp", 2) == 0 && strchr(operand, ':'));
    const char *slash = strrchr(operand, '/'), *name = slash ? slash + 1 : operand;
    return strcmp(operand, "-") == 0                   ? read_lines(&reading, STDIN_FILENO, NULL, error)
           : is_line                                   ? read_line(&reading, operand, error)
           : is_id(name) && access(operand, F_OK) != 0 ? read_id(&reading, operand, name, error)
           : rp_fuzz_held_here(operand)                ? read_directory(&reading, operand, NULL, error)
                                                       : read_file(&reading, operand, error);
}
