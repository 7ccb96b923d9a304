/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formatting of error lines; see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What was given may hold anything; a line stays one line, and says nothing to the terminal. */
static void make_printable(char *line)
{
    for (; *line; line++) {
        unsigned char c = (unsigned char)*line;
        if (c < ' ' || c == 0x7f)
            *line = c == '\t' ? ' ' : '?';
    }
}

void rp_error_fill(struct rp_error *error, int code, const char *format, ...)
{
    if (!error)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->line, sizeof error->line, format, arguments);
    va_end(arguments);
    make_printable(error->line);
    error->code = code;
}

void rp_error_fill_system(struct rp_error *error, int system_error, const char *format, ...)
{
    if (!error)
        return;
    va_list arguments;
    va_start(arguments, format);
    int used = vsnprintf(error->line, sizeof error->line, format, arguments);
    va_end(arguments);
    if (used >= 0 && (size_t)used < sizeof error->line)
        snprintf(error->line + used, sizeof error->line - (size_t)used, ": %s", strerror(system_error));
    make_printable(error->line);
    error->code = RP_EENVIRONMENT;
}
