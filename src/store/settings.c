/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of a campaign as names and values, in one list: written, compared and read by it. What
 * has an option is named by it when a scan asks for something else; the rest is the machine and the program,
 * and verdicts of two of them are not mixed. */
#include "store/internal.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { STRING, MODES, POLICY, POLICIES, NUMBER, SIZE, COUNT, SPACE };

static const struct setting {
    const char *name;
    enum kind kind;
    size_t offset;      /* in struct rp_configuration */
    const char *option; /* NULL: not chosen by one */
} settings[] = {
#define SETTING(name, kind, member, option)                                                                  \
    {                                                                                                        \
        name, kind, offsetof(struct rp_configuration, member), option                                        \
    }
    SETTING("space", SPACE, wide, "--space"), /* first: what it is all about */
    SETTING("ringprobe", STRING, version, NULL),
    SETTING("corpus", STRING, corpus, NULL),
    SETTING("modes", MODES, modes, "--mode"),
    SETTING("executors", STRING, executors, "--executor"),
    SETTING("policy", POLICY, policy, "--policy"),
    SETTING("other policies", POLICIES, other_policies, "--policy"),
    SETTING("seed", NUMBER, random_seed, "--seed"),
    SETTING("shard", COUNT, shard, "--shard"),
    SETTING("shards", COUNT, shards, "--shard"),
    SETTING("limit", SIZE, limit, "--limit"),
    SETTING("CPU", STRING, cpu, NULL),
    SETTING("hypervisor", STRING, hypervisor, NULL),
    SETTING("kernel", STRING, kernel, NULL),
    SETTING("user states", SIZE, seeds, NULL),
    SETTING("resources", SIZE, resources, NULL),
#undef SETTING
};
#define SETTINGS (sizeof settings / sizeof settings[0])

/* The names of bits, joined by commas as options take them. */
static void add_bits(struct rp_text *text, unsigned bits, unsigned count, const char *(*name)(unsigned))
{
    size_t start = text->length;
    for (unsigned i = 0; i < count; i++)
        if (bits >> i & 1)
            rp_text_add(text, "%s%s", text->length > start ? "," : "", name(i));
}

static const char *mode_name(unsigned mode)
{
    return rp_mode_info((enum rp_mode)mode)->name;
}

static const char *policy_name(unsigned policy)
{
    return rp_policy_name((enum rp_policy)policy);
}

static void print(const struct setting *setting, const struct rp_configuration *configuration,
                  struct rp_text *text)
{
    const void *member = (const char *)configuration + setting->offset;
    switch (setting->kind) {
    case STRING:
        rp_text_add(text, "%s", *(const char *const *)member ? *(const char *const *)member : "");
        break;
    case MODES:
        add_bits(text, *(const uint8_t *)member, RP_MODE_COUNT, mode_name);
        break;
    case POLICY:
        rp_text_add(text, "%s", rp_policy_name(*(const enum rp_policy *)member));
        break;
    case POLICIES:
        add_bits(text, *(const unsigned *)member, RP_POLICY_COUNT, policy_name);
        break;
    case NUMBER:
        rp_text_add(text, "%" PRIu64, *(const uint64_t *)member);
        break;
    case SIZE:
        rp_text_add(text, "%zu", *(const size_t *)member);
        break;
    case COUNT:
        rp_text_add(text, "%u", *(const unsigned *)member);
        break;
    case SPACE:
        rp_text_add(text, "%s", configuration->hunt ? "hunt" : *(const bool *)member ? "wide" : "forms");
        break;
    }
}

/* The bits that a list names; false if one of them has no name here. */
static bool scan_bits(const char *list, unsigned count, const char *(*name)(unsigned), unsigned *bits)
{
    *bits = 0;
    for (const char *at = list; *at; at += *at == ',') {
        size_t length = strcspn(at, ",");
        unsigned i = 0;
        while (i < count && (strlen(name(i)) != length || memcmp(name(i), at, length) != 0))
            i++;
        if (i == count)
            return false;
        *bits |= 1u << i;
        at += length;
    }
    return true;
}

/* The way back of `print`; false for what it would not have printed. */
static bool scan(struct rp_store *store, const struct setting *setting, const char *value,
                 struct rp_configuration *configuration)
{
    void *member = (char *)configuration + setting->offset;
    unsigned bits = 0;
    bool known = true;
    switch (setting->kind) {
    case STRING:
        known = (*(const char **)member = rp_store_keep(store, value)) != NULL;
        break;
    case MODES:
        known = scan_bits(value, RP_MODE_COUNT, mode_name, &bits);
        *(uint8_t *)member = (uint8_t)bits;
        break;
    case POLICY:
        known = rp_policy_find(value, member);
        break;
    case POLICIES:
        known = scan_bits(value, RP_POLICY_COUNT, policy_name, member);
        break;
    case NUMBER:
        *(uint64_t *)member = strtoull(value, NULL, 10);
        break;
    case SIZE:
        *(size_t *)member = strtoull(value, NULL, 10);
        break;
    case COUNT:
        *(unsigned *)member = (unsigned)strtoul(value, NULL, 10);
        break;
    case SPACE:
        *(bool *)member = strcmp(value, "wide") == 0;
        configuration->hunt = strcmp(value, "hunt") == 0;
        known = *(bool *)member || configuration->hunt || strcmp(value, "forms") == 0;
        break;
    }
    return known;
}

/* Which resources there are, in which modes they were perturbed, and whether an executor could set them. */
static int write_resources(struct rp_store *store, const struct rp_configuration *configuration,
                           struct rp_error *error)
{
    sqlite3_stmt *statement;
    int result = rp_store_prepare(store, "INSERT INTO resource VALUES (?4, ?1, ?2, ?3)", &statement, error);
    for (unsigned r = 0; r < RP_RESOURCE_COUNT && result == RP_OK; r++) {
        struct rp_text modes = {0};
        unsigned bits = 0;
        for (unsigned m = 0; m < RP_MODE_COUNT; m++)
            if (!configuration->hunt && configuration->modes >> m & 1 &&
                rp_resource_screened((enum rp_resource)r, (enum rp_mode)m, configuration->policy))
                bits |= 1u << m;
        add_bits(&modes, bits, RP_MODE_COUNT, mode_name);
        sqlite3_bind_text(statement, 1, rp_resource_info((enum rp_resource)r)->name, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, rp_text_string(&modes), -1, SQLITE_TRANSIENT);
        sqlite3_bind_int(statement, 3, !rp_resource_set_has(&configuration->beyond, (enum rp_resource)r));
        sqlite3_bind_int(statement, 4, (int)store->machine);
        result = modes.failed ? rp_store_memory(error) : rp_store_step(store, statement, error);
        rp_text_free(&modes);
    }
    sqlite3_finalize(statement);
    return result;
}

int rp_settings_write(struct rp_store *store, const struct rp_configuration *configuration,
                      struct rp_error *error)
{
    sqlite3_stmt *statement;
    int result = rp_store_prepare(store, "INSERT INTO configuration VALUES (?3, ?1, ?2)", &statement, error);
    for (size_t i = 0; i < SETTINGS && result == RP_OK; i++) {
        struct rp_text value = {0};
        print(&settings[i], configuration, &value);
        sqlite3_bind_text(statement, 1, settings[i].name, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, rp_text_string(&value), -1, SQLITE_TRANSIENT);
        sqlite3_bind_int(statement, 3, (int)store->machine);
        result = value.failed ? rp_store_memory(error) : rp_store_step(store, statement, error);
        rp_text_free(&value);
    }
    sqlite3_finalize(statement);
    return result == RP_OK ? write_resources(store, configuration, error) : result;
}

static int complain(const struct rp_store *store, const struct setting *setting, const char *stored,
                    const char *asked, struct rp_error *error)
{
    if (setting->kind == SPACE && (strcmp(stored, "hunt") == 0 || strcmp(asked, "hunt") == 0))
        return rp_error_set(error, RP_EINPUT,
                            "the campaign '%s' is a %s's, and no %s goes on with it; give another file",
                            store->path, strcmp(stored, "hunt") == 0 ? "hunt" : "scan",
                            strcmp(stored, "hunt") == 0 ? "scan" : "hunt");
    if (setting->option)
        return rp_error_set(error, RP_EINPUT,
                            "the campaign '%s' was begun with another %s: %s '%s', here '%s'; "
                            "give the same options, or another file",
                            store->path, setting->option, setting->name, stored, asked);
    return rp_error_set(error, RP_EINPUT,
                        "the campaign '%s' was begun with another %s: '%s', here '%s'; give another "
                        "file",
                        store->path, setting->name, stored, asked);
}

/* Calls back for each setting with the value that the campaign has for it. */
typedef int use_setting(struct rp_store *store, const struct setting *setting, const char *value,
                        struct rp_configuration *configuration, struct rp_error *error);

static int each_setting(struct rp_store *store, use_setting *use, struct rp_configuration *configuration,
                        struct rp_error *error)
{
    sqlite3_stmt *statement;
    int result = rp_store_prepare(store, "SELECT value FROM configuration WHERE name = ?1 AND machine = ?2",
                                  &statement, error);
    for (size_t i = 0; i < SETTINGS && result == RP_OK; i++) {
        bool there = false;
        sqlite3_bind_text(statement, 1, settings[i].name, -1, SQLITE_STATIC);
        sqlite3_bind_int(statement, 2, (int)store->machine);
        result = rp_store_next(store, statement, &there, error);
        const char *value = there ? (const char *)sqlite3_column_text(statement, 0) : NULL;
        if (result == RP_OK && !value)
            result = rp_error_set(error, RP_EINPUT, "the campaign '%s' is damaged: it does not say its %s",
                                  store->path, settings[i].name);
        if (result == RP_OK)
            result = use(store, &settings[i], value, configuration, error);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return result;
}

static int compare(struct rp_store *store, const struct setting *setting, const char *value,
                   struct rp_configuration *configuration, struct rp_error *error)
{
    struct rp_text mine = {0};
    print(setting, configuration, &mine);
    int result = mine.failed ? rp_store_memory(error) : RP_OK;
    if (result == RP_OK && strcmp(rp_text_string(&mine), value) != 0)
        result = complain(store, setting, value, rp_text_string(&mine), error);
    rp_text_free(&mine);
    return result;
}

bool rp_setting_is_machine(const char *name)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (strcmp(settings[i].name, name) == 0)
            return !settings[i].option || strcmp(settings[i].option, "--executor") == 0;
    return true; /* the resources beyond the executors */
}

static void print_beyond(const struct rp_configuration *configuration, struct rp_text *text)
{
    const struct rp_resource_set *set = &configuration->beyond;
    const char *blank = "";
    for (unsigned r = rp_resource_set_next(set, 0); r < RP_RESOURCE_COUNT;
         r = rp_resource_set_next(set, r + 1), blank = " ")
        rp_text_add(text, "%s%s", blank, rp_resource_info((enum rp_resource)r)->name);
}

static int tell_difference(const char *name, struct rp_text text[2], rp_setting_differs *differs,
                           void *context, struct rp_error *error)
{
    int result = text[0].failed || text[1].failed ? rp_store_memory(error) : RP_OK;
    if (result == RP_OK && strcmp(rp_text_string(&text[0]), rp_text_string(&text[1])) != 0)
        differs(context, name, rp_text_string(&text[0]), rp_text_string(&text[1]));
    rp_text_free(&text[0]);
    rp_text_free(&text[1]);
    return result;
}

int rp_configuration_compare(const struct rp_configuration *a, const struct rp_configuration *b,
                             rp_setting_differs *differs, void *context, struct rp_error *error)
{
    struct rp_text text[2] = {{0}};
    int result = RP_OK;
    for (size_t i = 0; i < SETTINGS && result == RP_OK; i++) {
        print(&settings[i], a, &text[0]);
        print(&settings[i], b, &text[1]);
        result = tell_difference(settings[i].name, text, differs, context, error);
    }
    if (result)
        return result;
    print_beyond(a, &text[0]);
    print_beyond(b, &text[1]);
    return tell_difference("resources beyond the executors", text, differs, context, error);
}

/* A resource that nothing can set here, and that somebody could set there. */
static int walk_beyond(struct rp_store *store, struct rp_resource_set *beyond, struct rp_error *error)
{
    sqlite3_stmt *statement;
    bool there = true;
    int result = rp_store_prepare(store, "SELECT name FROM resource WHERE NOT settable AND machine = ?",
                                  &statement, error);
    if (result == RP_OK)
        sqlite3_bind_int(statement, 1, (int)store->machine);
    if (result == RP_OK)
        result = rp_store_next(store, statement, &there, error);
    while (result == RP_OK && there) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        enum rp_resource resource = name ? rp_resource_find(name) : RP_RESOURCE_NONE;
        if (resource == RP_RESOURCE_NONE)
            result =
                rp_error_set(error, RP_EINPUT,
                             "the campaign '%s' has the resource '%s', which this ringprobe does not know",
                             store->path, name ? name : "");
        else
            rp_resource_set_add(beyond, resource);
        if (result == RP_OK)
            result = rp_store_next(store, statement, &there, error);
    }
    sqlite3_finalize(statement);
    return result;
}

int rp_settings_compare(struct rp_store *store, const struct rp_configuration *configuration,
                        struct rp_error *error)
{
    struct rp_configuration mine = *configuration;
    struct rp_resource_set beyond = {0};
    int result = each_setting(store, compare, &mine, error);
    if (result == RP_OK)
        result = walk_beyond(store, &beyond, error);
    if (result == RP_OK && memcmp(&beyond, &configuration->beyond, sizeof beyond) != 0)
        result = rp_error_set(error, RP_EINPUT,
                              "the campaign '%s' was begun with executors that can set other resources; give "
                              "another file",
                              store->path);
    return result;
}

static int take(struct rp_store *store, const struct setting *setting, const char *value,
                struct rp_configuration *configuration, struct rp_error *error)
{
    if (scan(store, setting, value, configuration))
        return RP_OK;
    return rp_error_set(error, RP_EINPUT,
                        "the campaign '%s' has the %s '%s', which this ringprobe does not know", store->path,
                        setting->name, value);
}

int rp_settings_read(struct rp_store *store, struct rp_configuration *configuration, struct rp_error *error)
{
    int result = each_setting(store, take, configuration, error);
    return result == RP_OK ? walk_beyond(store, &configuration->beyond, error) : result;
}
