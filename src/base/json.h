/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one JSON writer: builds one object from front to back and appends it to a text as one line. Keys keep
 * the order in which they are added, 64-bit numbers are hex strings, and any bytes make valid ASCII, so that
 * a terminal that shows it acts on none of them. Running out of memory is remembered and shows as
 * text->failed in the end, so that callers need no check per key. */
#ifndef RP_BASE_JSON_H
#define RP_BASE_JSON_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RP_JSON_DEPTH_MAX 16 /* objects and arrays open at the same time; deeper asserts */

/* An object being built; the caller's storage, no member is the caller's business. */
struct rp_json {
    void *open[RP_JSON_DEPTH_MAX]; /* from the whole object to the innermost open part */
    size_t depth;
    bool failed;
};

/* "jansson 2.14", of the library in use; static storage. */
const char *rp_json_version(void);

/* Starts an object. Each begin has one rp_json_end, which frees what was allocated. */
void rp_json_begin(struct rp_json *json);

/* Appends the object and a line feed to `text`, or marks `text` as failed. Closes what is still open. */
void rp_json_end(struct rp_json *json, struct rp_text *text);

/* The same with each member on a line of its own, and each object of an array that is one: files whose
 * differences people read. The object must have a member. */
void rp_json_end_lines(struct rp_json *json, struct rp_text *text);

/* The rest adds to the innermost open object or array; `key` is NULL in an array and only there. A key that
 * the object has already is a programming mistake and asserts. */

/* Opens an object or an array in it, until the matching rp_json_close. */
void rp_json_open_object(struct rp_json *json, const char *key);
void rp_json_open_array(struct rp_json *json, const char *key);
void rp_json_close(struct rp_json *json);

/* A string, or null where `string` is NULL. Bytes that are not UTF-8 become U+FFFD, one each. */
void rp_json_string(struct rp_json *json, const char *key, const char *string);

/* The same from `length` bytes, NULs among them. */
void rp_json_bytes(struct rp_json *json, const char *key, const char *bytes, size_t length);

/* A 64-bit quantity as the string "0x..", lower case, no leading zeros. */
void rp_json_hex(struct rp_json *json, const char *key, uint64_t value);

/* A count or a small number as a JSON number; at most 2^53, which every reader keeps exactly. */
void rp_json_number(struct rp_json *json, const char *key, int64_t value);

/* A measured quantity: seconds, a rate. Must be finite. */
void rp_json_real(struct rp_json *json, const char *key, double value);

void rp_json_bool(struct rp_json *json, const char *key, bool value);
void rp_json_null(struct rp_json *json, const char *key);

#endif
