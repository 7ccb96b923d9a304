/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that grows: what formatters write into before anybody opens a file, and the way in which it becomes a
 * file. Running out of memory is remembered in `failed` and reported once, by rp_text_publish, so that
 * formatters need no check per line. */
#ifndef RP_BASE_TEXT_H
#define RP_BASE_TEXT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* A zeroed struct is a valid empty text. `data` is NUL-terminated once anything was added; NULL before. */
struct rp_text {
    char *data;
    size_t length, capacity;
    bool failed;
};

/* Appends printf-style text. */
void rp_text_add(struct rp_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends `length` bytes as they are. */
void rp_text_add_bytes(struct rp_text *text, const char *bytes, size_t length);

/* Appends `c` `count` times. */
void rp_text_repeat(struct rp_text *text, char c, size_t count);

/* The content, "" where nothing was added; owned by `text`. */
const char *rp_text_string(const struct rp_text *text);

/* The length of the UTF-8 sequence that `string`, of `length` bytes, begins with (Unicode 15 table 3-7: no
 * overlong forms, no surrogates, nothing above U+10FFFF); 0 if there is none. */
size_t rp_text_utf8(const char *string, size_t length);

/* Frees the content and makes `text` empty again. */
void rp_text_free(struct rp_text *text);

/* Appends a whole file. RP_EENVIRONMENT: it can't be read, or no memory. */
int rp_text_read(struct rp_text *text, const char *path, struct rp_error *error);

/* Writes the content to the file `path` under a temporary name beside it, then renames: nobody ever sees half
 * a file, and an older one stays as it was until then. What is no regular file (a device, a fifo) is written
 * to directly. `path` NULL or "-" is standard output, where a closed pipe is RP_OK (the reader has had
 * enough; the program must ignore SIGPIPE). Anything else that fails is RP_EENVIRONMENT and leaves no file
 * behind. */
int rp_text_publish(const struct rp_text *text, const char *path, struct rp_error *error);

#endif
