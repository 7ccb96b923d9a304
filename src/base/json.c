/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON by jansson, which keeps the order of keys; see json.h. Its reference counts stay in here: a parent
 * owns what was added to it, and the whole object is released at its end. */
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rp_json_begin(struct rp_json *json)
{
    *json = (struct rp_json){.depth = 1, .open = {json_object()}};
    json->failed = json->open[0] == NULL;
}

void rp_json_end(struct rp_json *json, struct rp_text *text)
{
    char *line = json->failed ? NULL : json_dumps(json->open[0], JSON_COMPACT);
    if (line) {
        rp_text_add_bytes(text, line, strlen(line));
        rp_text_add_bytes(text, "\n", 1);
    } else {
        text->failed = true;
    }
    free(line);
    json_decref(json->open[0]);
    *json = (struct rp_json){0};
}

/* Adds `value`, whose reference it takes, to the innermost part. NULL stands for memory that was not there.
 */
static void add(struct rp_json *json, const char *key, json_t *value)
{
    json_t *parent = json->open[json->depth - 1];
    assert(!parent || (key != NULL) == json_is_object(parent));
    assert(!key || !json_object_get(parent, key));
    int failure = key ? json_object_set_new(parent, key, value) : json_array_append_new(parent, value);
    if (failure)
        json->failed = true;
}

static void open_part(struct rp_json *json, const char *key, json_t *part)
{
    assert(json->depth < RP_JSON_DEPTH_MAX);
    add(json, key, part);
    json->open[json->depth++] = json->failed ? NULL : part;
}

void rp_json_open_object(struct rp_json *json, const char *key)
{
    open_part(json, key, json_object());
}

void rp_json_open_array(struct rp_json *json, const char *key)
{
    open_part(json, key, json_array());
}

void rp_json_close(struct rp_json *json)
{
    assert(json->depth > 1);
    json->depth--;
}

/* The length of the UTF-8 sequence at `bytes` (Unicode 15 table 3-7: no overlong forms, no surrogates,
 * nothing above U+10FFFF), or 0 if there is none. */
static size_t utf8_length(const unsigned char *bytes, size_t length)
{
    unsigned char first = bytes[0], low = 0x80, high = 0xbf;
    size_t size = first < 0x80   ? 1
                  : first < 0xc2 ? 0
                  : first < 0xe0 ? 2
                  : first < 0xf0 ? 3
                  : first < 0xf5 ? 4
                                 : 0;
    if (size > length)
        return 0;
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    for (size_t i = 1; i < size; i++, low = 0x80, high = 0xbf) {
        if (bytes[i] < low || bytes[i] > high)
            return 0;
    }
    return size;
}

void rp_json_bytes(struct rp_json *json, const char *key, const char *bytes, size_t length)
{
    struct rp_text clean = {0};
    for (size_t i = 0; i < length;) {
        size_t size = utf8_length((const unsigned char *)bytes + i, length - i);
        if (size)
            rp_text_add_bytes(&clean, bytes + i, size);
        else
            rp_text_add_bytes(&clean, "\xef\xbf\xbd", 3);
        i += size ? size : 1;
    }
    add(json, key, clean.failed ? NULL : json_stringn_nocheck(rp_text_string(&clean), clean.length));
    rp_text_free(&clean);
}

void rp_json_string(struct rp_json *json, const char *key, const char *string)
{
    if (string)
        rp_json_bytes(json, key, string, strlen(string));
    else
        rp_json_null(json, key);
}

void rp_json_hex(struct rp_json *json, const char *key, uint64_t value)
{
    char text[sizeof "0x0123456789abcdef"];
    snprintf(text, sizeof text, "0x%" PRIx64, value);
    add(json, key, json_string_nocheck(text));
}

void rp_json_number(struct rp_json *json, const char *key, int64_t value)
{
    assert(value >= -(INT64_C(1) << 53) && value <= INT64_C(1) << 53);
    add(json, key, json_integer(value));
}

void rp_json_real(struct rp_json *json, const char *key, double value)
{
    assert(isfinite(value));
    add(json, key, json_real(value));
}

void rp_json_bool(struct rp_json *json, const char *key, bool value)
{
    add(json, key, json_boolean(value));
}

void rp_json_null(struct rp_json *json, const char *key)
{
    add(json, key, json_null());
}

const char *rp_json_version(void)
{
    static char text[32];
    snprintf(text, sizeof text, "jansson %s", jansson_version_str());
    return text;
}
