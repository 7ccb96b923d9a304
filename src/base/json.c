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

/* DEL is a control character, too, which the library lets through. */
static void dump(const json_t *value, struct rp_text *text)
{
    char *line = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    for (const char *at = line; at && *at;) {
        size_t length = strcspn(at, "\x7f");
        rp_text_add_bytes(text, at, length);
        at += length;
        rp_text_add(text, "%s", *at ? "\\u007F" : "");
        at += *at != '\0';
    }
    text->failed |= !line;
    free(line);
}

static void end(struct rp_json *json, struct rp_text *text)
{
    text->failed |= json->failed;
    if (!text->failed)
        rp_text_add_bytes(text, "\n", 1);
    json_decref(json->open[0]);
    *json = (struct rp_json){0};
}

void rp_json_end(struct rp_json *json, struct rp_text *text)
{
    if (!json->failed)
        dump(json->open[0], text);
    end(json, text);
}

void rp_json_end_lines(struct rp_json *json, struct rp_text *text)
{
    const char *key, *before = "{";
    json_t *member, *element;
    size_t i;
    json_object_foreach(json->open[0], key, member)
    {
        json_t *name = json_string_nocheck(key);
        rp_text_add(text, "%s\n", before);
        dump(name, text);
        rp_text_add(text, ":");
        json_decref(name);
        if (!json_is_array(member) || !json_is_object(json_array_get(member, 0)))
            dump(member, text);
        else
            json_array_foreach(member, i, element)
            {
                rp_text_add(text, i ? ",\n" : "[\n");
                dump(element, text);
            }
        rp_text_add(text, json_is_object(json_array_get(member, 0)) ? "\n]" : "");
        before = ",";
    }
    rp_text_add(text, "\n}");
    end(json, text);
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

void rp_json_bytes(struct rp_json *json, const char *key, const char *bytes, size_t length)
{
    struct rp_text clean = {0};
    for (size_t i = 0; i < length;) {
        size_t size = rp_text_utf8(bytes + i, length - i);
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
