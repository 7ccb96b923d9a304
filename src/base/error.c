/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formatting of error lines; see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int rp_error_set(struct rp_error *error, int code, const char *format, ...)
{
    if (!error)
        return code;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->line, sizeof error->line, format, arguments);
    va_end(arguments);
    error->code = code;
    return code;
}

int rp_error_system(struct rp_error *error, int system_error, const char *format, ...)
{
    if (!error)
        return RP_EENVIRONMENT;
    va_list arguments;
    va_start(arguments, format);
    int used = vsnprintf(error->line, sizeof error->line, format, arguments);
    va_end(arguments);
    if (used >= 0 && (size_t)used < sizeof error->line)
        snprintf(error->line + used, sizeof error->line - (size_t)used, ": %s", strerror(system_error));
    error->code = RP_EENVIRONMENT;
    return RP_EENVIRONMENT;
}
