/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON by jansson, the other way; see json_read.h. A value is a json_t, which nobody else needs to know. */
#include "base/json_read.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static json_t *inside(const struct rp_json_value *value)
{
    return (json_t *)value;
}

static const struct rp_json_value *outside(const json_t *value)
{
    return (const struct rp_json_value *)value;
}

int rp_json_read(FILE *file, const char *name, struct rp_json_value **value, struct rp_error *error)
{
    json_error_t cause;
    int next;
    *value = NULL;
    do
        next = getc(file);
    while (next == ' ' || next == '\t' || next == '\n' || next == '\r');
    if (next == EOF)
        return ferror(file) ? rp_error_system(error, errno, "cannot read '%s'", name) : RP_OK;
    ungetc(next, file);
    json_t *root = json_loadf(file, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &cause);
    if (!root)
        return rp_error_set(error, RP_EINPUT, "'%s' is no JSON, or was cut short: %s", name, cause.text);
    *value = (struct rp_json_value *)root;
    return RP_OK;
}

void rp_json_release(struct rp_json_value *value)
{
    json_decref((json_t *)value);
}

const struct rp_json_value *rp_json_member(const struct rp_json_value *value, const char *key)
{
    return outside(json_object_get(inside(value), key));
}

const struct rp_json_value *rp_json_element(const struct rp_json_value *value, size_t index)
{
    return outside(json_array_get(inside(value), index));
}

size_t rp_json_elements(const struct rp_json_value *value)
{
    return json_array_size(inside(value));
}

bool rp_json_is_array(const struct rp_json_value *value)
{
    return json_is_array(inside(value));
}

const char *rp_json_text(const struct rp_json_value *value)
{
    const char *text = json_string_value(inside(value));
    return text && json_string_length(inside(value)) == strlen(text) ? text : NULL;
}

const char *rp_json_member_text(const struct rp_json_value *value, const char *key)
{
    return rp_json_text(rp_json_member(value, key));
}

bool rp_json_print(const struct rp_json_value *value, struct rp_text *text)
{
    const json_t *json = inside(value);
    if (rp_json_text(value))
        rp_text_add(text, "%s", rp_json_text(value));
    else if (json_is_integer(json))
        rp_text_add(text, "%lld", (long long)json_integer_value(json));
    else if (json_is_real(json))
        rp_text_add(text, "%g", json_real_value(json));
    else if (json_is_boolean(json))
        rp_text_add(text, "%s", json_is_true(json) ? "true" : "false");
    else
        return false;
    return true;
}
