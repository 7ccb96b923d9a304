/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns, three ways; see row.h. */
#include "store/row.h"

#include "judge/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A digest takes a NULL, a number and a text apart from each other. */
static void digest(struct rp_row *row, char type, const void *bytes, size_t length)
{
    XXH64_update(row->hash, &type, 1);
    XXH64_update(row->hash, &length, sizeof length);
    XXH64_update(row->hash, bytes, length);
}

static void put_null(struct rp_row *row)
{
    if (row->way == RP_ROW_WRITE)
        sqlite3_bind_null(row->statement, ++row->column);
    else
        digest(row, '0', "", 0);
}

static void put_number(struct rp_row *row, uint64_t value)
{
    if (row->way == RP_ROW_WRITE)
        sqlite3_bind_int64(row->statement, ++row->column, (sqlite3_int64)value);
    else
        digest(row, 'n', &value, sizeof value);
}

static void put_text(struct rp_row *row, const char *text, size_t length)
{
    if (row->way == RP_ROW_DIGEST)
        digest(row, 't', text, length);
    else if (sqlite3_bind_text(row->statement, ++row->column, text, (int)length, SQLITE_TRANSIENT))
        row->out_of_memory = true;
}

static bool get_null(const struct rp_row *row)
{
    return sqlite3_column_type(row->statement, row->column) == SQLITE_NULL;
}

static const char *get_text(struct rp_row *row)
{
    const char *text = (const char *)sqlite3_column_text(row->statement, row->column++);
    return text ? text : "";
}

static void not_known(struct rp_row *row, const char *word, size_t length)
{
    if (!row->unknown[0])
        snprintf(row->unknown, sizeof row->unknown, "%.*s", (int)length, word);
}

uint64_t rp_row_number(struct rp_row *row, uint64_t value)
{
    if (row->way == RP_ROW_READ)
        return (uint64_t)sqlite3_column_int64(row->statement, row->column++);
    put_number(row, value);
    return value;
}

bool rp_row_flag(struct rp_row *row, bool value)
{
    return rp_row_number(row, value) != 0;
}

uint64_t rp_row_number_if(struct rp_row *row, bool *there, uint64_t value)
{
    if (row->way == RP_ROW_READ)
        *there = !get_null(row);
    if (row->way == RP_ROW_READ || *there)
        return rp_row_number(row, value);
    put_null(row);
    return value;
}

static unsigned find(struct rp_row *row, const char *word, size_t length, const struct rp_row_names *names,
                     unsigned none)
{
    for (unsigned i = 0; i < names->count; i++) {
        const char *name = names->name(i);
        if (name && strlen(name) == length && memcmp(name, word, length) == 0)
            return i;
    }
    not_known(row, word, length);
    return none;
}

unsigned rp_row_word(struct rp_row *row, unsigned value, const struct rp_row_names *names, unsigned none)
{
    if (row->way == RP_ROW_READ && get_null(row)) {
        row->column++;
        return none;
    }
    if (row->way == RP_ROW_READ) {
        const char *word = get_text(row);
        return find(row, word, strlen(word), names, none);
    }
    const char *name = value < names->count ? names->name(value) : NULL;
    if (name)
        put_text(row, name, strlen(name));
    else
        put_null(row);
    return value;
}

static void put_list(struct rp_row *row, struct rp_text *list)
{
    row->out_of_memory |= list->failed;
    put_text(row, rp_text_string(list), list->length);
    rp_text_free(list);
}

unsigned rp_row_bits(struct rp_row *row, unsigned bits, const struct rp_row_names *names)
{
    struct rp_text list = {0};
    if (row->way == RP_ROW_READ) {
        bits = 0;
        for (const char *at = get_text(row); *at; at += strspn(at, " ")) {
            size_t length = strcspn(at, " ");
            bits |= 1u << find(row, at, length, names, 0);
            at += length;
        }
        return bits;
    }
    for (unsigned i = 0; i < names->count; i++)
        if (bits >> i & 1)
            rp_text_add(&list, "%s%s", list.length ? " " : "", names->name(i));
    put_list(row, &list);
    return bits;
}

void rp_row_text(struct rp_row *row, char *text, size_t size)
{
    if (row->way == RP_ROW_READ)
        snprintf(text, size, "%s", get_text(row));
    else if (*text)
        put_text(row, text, strlen(text));
    else
        put_null(row);
}

void rp_row_string(struct rp_row *row, char **string)
{
    if (row->way != RP_ROW_READ && *string) {
        put_text(row, *string, strlen(*string));
    } else if (row->way != RP_ROW_READ) {
        put_null(row);
    } else {
        bool there = !get_null(row);
        const char *text = get_text(row);
        *string = there ? strdup(text) : NULL;
        row->out_of_memory |= there && !*string;
    }
}

void rp_row_encoding(struct rp_row *row, struct rp_encoding *encoding)
{
    if (row->way == RP_ROW_DIGEST) {
        digest(row, 'b', encoding->bytes, encoding->length);
    } else if (row->way == RP_ROW_WRITE) {
        if (sqlite3_bind_blob(row->statement, ++row->column, encoding->bytes, encoding->length,
                              SQLITE_TRANSIENT))
            row->out_of_memory = true;
    } else {
        const void *bytes = sqlite3_column_blob(row->statement, row->column);
        int length = sqlite3_column_bytes(row->statement, row->column++);
        *encoding = (struct rp_encoding){.length = (uint8_t)length};
        if (bytes && length <= RP_ENCODING_MAX)
            memcpy(encoding->bytes, bytes, (size_t)length);
        else
            not_known(row, "an encoding of a wrong length", 29);
    }
}

static const char *resource_name(unsigned resource)
{
    return rp_resource_info((enum rp_resource)resource)->name;
}
static const struct rp_row_names resources = {resource_name, RP_RESOURCE_COUNT};

void rp_row_resources(struct rp_row *row, struct rp_resource_set *set)
{
    struct rp_text list = {0};
    if (row->way == RP_ROW_READ) {
        *set = (struct rp_resource_set){0};
        for (const char *at = get_text(row); *at; at += strspn(at, " ")) {
            size_t length = strcspn(at, " ");
            rp_resource_set_add(set, (enum rp_resource)find(row, at, length, &resources, 0));
            at += length;
        }
        return;
    }
    for (unsigned r = rp_resource_set_next(set, 0); r < RP_RESOURCE_COUNT;
         r = rp_resource_set_next(set, r + 1))
        rp_text_add(&list, "%s%s", list.length ? " " : "", resource_name(r));
    put_list(row, &list);
}

enum rp_resource rp_row_resource(struct rp_row *row, enum rp_resource resource)
{
    return (enum rp_resource)rp_row_word(row, resource, &resources, RP_RESOURCE_NONE);
}

uint32_t rp_row_component(struct rp_row *row, uint32_t component)
{
    char name[RP_COMPONENT_NAME_MAX];
    if (row->way != RP_ROW_READ) {
        rp_witness_component_name(component, RP_RESOURCE_NONE, name);
        put_text(row, name, strlen(name));
        return component;
    }
    const char *word = get_text(row);
    if (!rp_witness_component_find(word, &component))
        not_known(row, word, strlen(word));
    return component;
}
