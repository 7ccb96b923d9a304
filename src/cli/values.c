/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the arguments of options; see values.h. */
#include "cli/values.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEM_MAX 64 /* bytes of a list's item that can be a name */

/* Cuts the next item off *list into `item`; false at the end. */
static bool next_item(const char **list, char item[ITEM_MAX])
{
    if (!*list)
        return false;
    size_t length = strcspn(*list, ",");
    snprintf(item, ITEM_MAX, "%.*s", (int)(length < ITEM_MAX ? length : ITEM_MAX - 1), *list);
    *list = (*list)[length] ? *list + length + 1 : NULL;
    return true;
}

int rp_value_modes(const char *list, uint8_t *modes, struct rp_error *error)
{
    char item[ITEM_MAX];
    *modes = 0;
    if (strcmp(list, "all") == 0) {
        *modes = (1u << RP_MODE_COUNT) - 1;
        return RP_OK;
    }
    while (next_item(&list, item)) {
        enum rp_mode mode;
        if (!rp_mode_find(item, &mode))
            return rp_error_set(
                error, RP_EINPUT,
                "'%s' is no mode, choose among long64 compat32 compat16 prot32 prot16 vm86 real16, "
                "or all",
                item);
        *modes |= (uint8_t)(1u << mode);
    }
    return RP_OK;
}

int rp_value_policies(const char *list, enum rp_policy *first, unsigned *others, struct rp_error *error)
{
    char item[ITEM_MAX];
    bool any = false;
    if (strcmp(list, "all") == 0)
        list = "legacy,linux,hardened";
    *others = 0;
    while (next_item(&list, item)) {
        enum rp_policy policy;
        if (!rp_policy_find(item, &policy))
            return rp_error_set(error, RP_EINPUT,
                                "'%s' is no policy, choose among legacy linux hardened as-found, or all",
                                item);
        if (!any)
            *first = policy;
        else if (policy != *first)
            *others |= 1u << policy;
        any = true;
    }
    return RP_OK;
}

static void list_executors(struct rp_text *text)
{
    for (size_t i = 0; i < rp_executor_entry_count; i++)
        rp_text_add(text, " %s", rp_executor_entries[i].name);
}

static int find_executor(const char *name, const struct rp_executor_entry **entry, struct rp_error *error)
{
    struct rp_text known = {0};
    int result = RP_OK;
    *entry = rp_executor_find(name);
    list_executors(&known);
    if (!*entry)
        result = rp_error_set(error, RP_EINPUT, "'%s' is no executor, choose among%s, or all", name,
                              rp_text_string(&known));
    else if (!(*entry)->executor)
        result =
            rp_error_set(error, RP_EENVIRONMENT, "executor '%s' can't run here: %s", name, (*entry)->missing);
    else if (strchr(name, ':') && (*entry)->executor->check_model)
        result = (*entry)->executor->check_model(rp_executor_model(name), error);
    else if (strchr(name, ':'))
        result = rp_error_set(error, RP_EINPUT, "'%s': %s has no CPU models to choose from, leave out '%s'",
                              name, (*entry)->name, strchr(name, ':'));
    rp_text_free(&known);
    return result;
}

/* Adds one; an executor that is named twice runs once. */
static int choose(struct rp_options *options, const struct rp_executor_entry *entry, const char *name,
                  struct rp_error *error)
{
    unsigned count = options->executor_count;
    for (unsigned i = 0; i < count; i++)
        if (strcmp(options->executor[i].name, name) == 0)
            return RP_OK;
    if (count == RP_OPINIONS_MAX)
        return rp_error_set(error, RP_EINPUT, "'%s' is one executor too many, at most %d run together", name,
                            RP_OPINIONS_MAX);
    options->executor[count].entry = *entry;
    snprintf(options->executor[count].name, sizeof options->executor[count].name, "%.*s",
             RP_EXECUTOR_NAME_MAX - 1, name);
    options->executor_count++;
    return RP_OK;
}

/* Why an executor that is built in does not run here, asked of itself; false if it does. */
static bool is_missing(const struct rp_executor_entry *entry, struct rp_executor_report *report)
{
    struct rp_error inner = {0};
    if (rp_executor_ask(entry, NULL, report, &inner))
        snprintf(report->why_not, sizeof report->why_not, "%.255s", inner.line);
    return !report->runs_here;
}

/* All that run here; notes about each that does not. */
static int choose_all(struct rp_options *options, struct rp_text *notes, struct rp_error *error)
{
    static struct rp_executor_report report;
    for (size_t i = 0; i < rp_executor_entry_count; i++) {
        const struct rp_executor_entry *entry = &rp_executor_entries[i];
        if (is_missing(entry, &report))
            rp_text_add(notes, "without %s: %s\n", entry->name, report.why_not);
        else if (options->executor_count == RP_OPINIONS_MAX)
            rp_text_add(notes, "without %s: at most %d run together; name those that you want\n", entry->name,
                        RP_OPINIONS_MAX);
        else
            choose(options, entry, entry->name, error);
    }
    if (!options->executor_count)
        return rp_error_set(error, RP_EENVIRONMENT,
                            "no executor can run here; `ringprobe executors` says what is missing");
    return RP_OK;
}

int rp_value_executors(const char *list, struct rp_options *options, struct rp_text *notes,
                       struct rp_error *error)
{
    char item[ITEM_MAX];
    options->executor_count = 0;
    if (strcmp(list, "all") == 0)
        return choose_all(options, notes, error);
    while (next_item(&list, item)) {
        const struct rp_executor_entry *entry;
        int result = find_executor(item, &entry, error);
        if (result == RP_OK)
            result = choose(options, entry, item, error);
        if (result)
            return result;
    }
    return RP_OK;
}

int rp_value_settle_policy(struct rp_options *options, struct rp_error *error)
{
    const char *sets = NULL; /* an executor that does not have its controls as found */
    for (unsigned i = 0; i < options->executor_count; i++)
        if (!options->executor[i].entry.executor->as_found)
            sets = options->executor[i].name;
    bool as_found =
        options->policy == RP_POLICY_AS_FOUND || options->other_policies >> RP_POLICY_AS_FOUND & 1;
    if (sets && as_found)
        return rp_error_set(error, RP_EINPUT,
                            "policy 'as-found' is for executors that cannot set controls, and '%s' can; "
                            "choose among legacy linux hardened",
                            sets);
    if (sets)
        return RP_OK;
    if (options->policy_given && (options->policy != RP_POLICY_AS_FOUND || options->other_policies))
        return rp_error_set(
            error, RP_EINPUT,
            "'%s' cannot set controls: its one policy is as-found; leave out --policy, or add "
            "an executor that can",
            options->executor[0].name);
    options->policy = RP_POLICY_AS_FOUND;
    options->other_policies = 0;
    return RP_OK;
}

int rp_value_number(const char *what, const char *text, uint64_t least, uint64_t most, uint64_t *value,
                    struct rp_error *error)
{
    char *end;
    int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
    errno = 0;
    unsigned long long number = strtoull(text, &end, base);
    bool digits =
        base == 16 ? strspn(text + 2, "0123456789abcdefABCDEF") > 0 : strspn(text, "0123456789") > 0;
    if (!digits || *end || errno || number < least || number > most)
        return rp_error_set(error, RP_EINPUT, "%s takes a number from %llu to %llu, not '%s'", what,
                            (unsigned long long)least, (unsigned long long)most, text);
    *value = number;
    return RP_OK;
}

int rp_value_shard(const char *text, unsigned *shard, unsigned *shards, struct rp_error *error)
{
    char first[ITEM_MAX];
    const char *slash = strchr(text, '/');
    uint64_t part, parts;
    size_t length = slash ? (size_t)(slash - text) : 0;
    snprintf(first, sizeof first, "%.*s", (int)(length < ITEM_MAX ? length : 0), text);
    if (!slash || rp_value_number("--shard", slash + 1, 1, UINT_MAX, &parts, NULL) ||
        rp_value_number("--shard", first, 0, parts - 1, &part, NULL))
        return rp_error_set(error, RP_EINPUT, "--shard takes I/N with I from 0 to N-1, not '%s'", text);
    *shard = (unsigned)part;
    *shards = (unsigned)parts;
    return RP_OK;
}

int rp_value_when(const char *what, const char *text, enum rp_when *when, struct rp_error *error)
{
    static const char *const names[] = {[RP_AUTO] = "auto", [RP_ALWAYS] = "always", [RP_NEVER] = "never"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *when = (enum rp_when)i;
            return RP_OK;
        }
    }
    return rp_error_set(error, RP_EINPUT, "%s takes auto, always or never, not '%s'", what, text);
}
