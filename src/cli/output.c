/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers, notes and the terminal; see output.h. */
#include "cli/output.h"

#include "base/path.h"

#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLUSH_AT ((size_t)1 << 20) /* bytes of lines that are kept back */

#define COLUMNS_ELSEWHERE 100 /* of files and pipes */
#define COLUMNS_LEAST     60
#define COLUMNS_MOST      160

int rp_output_check(const char *path, struct rp_error *error)
{
    struct stat status;
    if (!path || strcmp(path, "-") == 0)
        return RP_OK;
    if (stat(path, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return rp_error_system(error, EISDIR, "cannot write '%s'", path);
        return access(path, W_OK) ? rp_error_system(error, errno, "cannot write '%s'", path) : RP_OK;
    }
    char *copy = strdup(path);
    if (!copy)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory");
    int failure = access(dirname(copy), W_OK | X_OK) ? errno : 0;
    free(copy);
    return failure ? rp_error_system(error, failure, "cannot write '%s'", path) : RP_OK;
}

int rp_output_begin(struct rp_output *output, const char *path, struct rp_error *error)
{
    *output = (struct rp_output){.path = path && strcmp(path, "-") != 0 ? path : NULL};
    return rp_output_check(output->path, error);
}

int rp_output_spares(const struct rp_output *output, char *const *inputs, struct rp_error *error)
{
    for (size_t i = 0; output->path && inputs[i]; i++)
        if (rp_path_same(output->path, inputs[i]))
            return rp_error_set(error, RP_EINPUT,
                                "--output '%s' is what is read, '%s'; name another file for the answer",
                                output->path, inputs[i]);
    return RP_OK;
}

/* A pipe or socket without a reader reports an error before anything is written to it. */
static bool reader_left(void)
{
    struct pollfd standard_output = {.fd = STDOUT_FILENO};
    return poll(&standard_output, 1, 0) == 1 && standard_output.revents & POLLERR;
}

int rp_output_flush(struct rp_output *output, struct rp_error *error)
{
    if (output->path || output->closed)
        return RP_OK;
    int result = rp_text_publish(&output->text, NULL, error);
    rp_text_free(&output->text);
    output->closed = reader_left();
    return result;
}

int rp_output_line(struct rp_output *output, struct rp_error *error)
{
    return output->text.length >= FLUSH_AT ? rp_output_flush(output, error) : RP_OK;
}

int rp_output_end(struct rp_output *output, int result, struct rp_error *error)
{
    if (result >= 0 && !output->closed) {
        int failure = rp_text_publish(&output->text, output->path, error);
        result = failure ? failure : result;
    }
    rp_text_free(&output->text);
    return result;
}

void rp_note(const char *format, ...)
{
    struct rp_error line;
    char text[sizeof line.line];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    rp_error_fill(&line, RP_OK, "%s", text); /* makes control characters harmless */
    fprintf(stderr, "ringprobe: %s\n", line.line);
}

static unsigned columns_of(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) || size.ws_col == 0)
        return COLUMNS_ELSEWHERE;
    return size.ws_col < COLUMNS_LEAST  ? COLUMNS_LEAST
           : size.ws_col > COLUMNS_MOST ? COLUMNS_MOST
                                        : size.ws_col;
}

/* By its convention NO_COLOR counts when it is not empty, and what the command line says goes first. */
struct rp_style rp_output_style(const struct rp_options *options, int fd, const char *path)
{
    const char *refused = getenv("NO_COLOR"), *terminal = getenv("TERM");
    bool plain = path || !isatty(fd) || (refused && *refused) || (terminal && strcmp(terminal, "dumb") == 0);
    bool colour = options->color == RP_ALWAYS || (options->color == RP_AUTO && !plain);
    return (struct rp_style){.colour = colour, .columns = path ? COLUMNS_ELSEWHERE : columns_of(fd)};
}
