/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads JSON that somebody else may have written: documents, and lines of them. What is not there, or of
 * another type than asked for, is NULL or 0, so that readers check what they need and nothing else. */
#ifndef RP_BASE_JSON_READ_H
#define RP_BASE_JSON_READ_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct rp_json_value; /* owned by the whole that rp_json_read gave */

/* Reads the next object of the file, which `name` stands for in complaints; *value is NULL at its end.
 * RP_EINPUT: no JSON, or no object. Give each to rp_json_release. */
int rp_json_read(FILE *file, const char *name, struct rp_json_value **value, struct rp_error *error);
void rp_json_release(struct rp_json_value *value); /* NULL is fine */

/* A member of an object, an element of an array, how many it has, and the text of a string; `value` may be
 * NULL. Texts have no NUL but their last: those that hold one are no text. */
const struct rp_json_value *rp_json_member(const struct rp_json_value *value, const char *key);
const struct rp_json_value *rp_json_element(const struct rp_json_value *value, size_t index);
size_t rp_json_elements(const struct rp_json_value *value);
bool rp_json_is_array(const struct rp_json_value *value);
const char *rp_json_text(const struct rp_json_value *value);

/* rp_json_text of a member. */
const char *rp_json_member_text(const struct rp_json_value *value, const char *key);

/* Appends a string, a number or a boolean as text; nothing, and false, for all else. */
bool rp_json_print(const struct rp_json_value *value, struct rp_text *text);

#endif
