/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User states and machines as text, for replay lines; see recipe.h. Only differences are written, so a line
 * names what matters and nothing else. */
#include "state/component.h"
#include "state/recipe.h"

#include "base/hex.h"

#include <inttypes.h>
#include <string.h>

static void add_item(struct rp_text *text, size_t start, const char *name, uint64_t value)
{
    rp_text_add(text, "%s%s=%" PRIx64, text->length > start ? "," : "", name, value);
}

static void print_memory(const struct rp_memory *memory, size_t start, struct rp_text *text)
{
    for (uint32_t i = 0; i < memory->count;) {
        uint32_t first = i, offset;
        do {
            i++;
        } while (i < memory->count && memory->word[i].address == memory->word[i - 1].address + 8);
        bool data = memory->word[first].address < RP_ARENA_STACK;
        offset = memory->word[first].address - (data ? RP_ARENA_DATA : RP_ARENA_STACK);
        rp_text_add(text, "%s%s+%" PRIx32 "=", text->length > start ? "," : "", data ? "data" : "stack",
                    offset);
        for (uint32_t w = first; w < i; w++) {
            char hex[17];
            rp_text_add(text, "%s", rp_hex_print(hex, (const uint8_t *)&memory->word[w].value, 8));
        }
    }
}

void rp_user_print(const struct rp_user *user, enum rp_mode mode, struct rp_text *text)
{
    static _Thread_local struct rp_user standard;
    size_t start = text->length;
    char name[RP_COMPONENT_NAME_MAX];
    rp_user_init(&standard, mode);
    for (unsigned reg = 0; reg < RP_REG_COUNT; reg++) {
        uint64_t mask = rp_register_user_mask((enum rp_reg)reg, mode);
        if ((user->state.reg[reg] ^ standard.state.reg[reg]) & mask)
            add_item(text, start, rp_component_name(reg, name), user->state.reg[reg] & mask);
    }
    for (unsigned i = 0; i < RP_VECTOR_WORDS; i++)
        if (user->state.vector[i] != standard.state.vector[i])
            add_item(text, start, rp_component_name(RP_COMPONENT_VECTOR + i, name), user->state.vector[i]);
    print_memory(&user->memory, start, text);
    if (text->length == start)
        rp_text_add(text, "-");
}

void rp_machine_print(const struct rp_machine *machine, unsigned ring, enum rp_mode mode,
                      enum rp_policy policy, struct rp_text *text)
{
    size_t start = text->length;
    add_item(text, start, "ring", ring);
    for (unsigned i = 0; i < RP_RESOURCE_COUNT; i++)
        if (machine->value[i] != rp_resource_default((enum rp_resource)i, mode, policy))
            add_item(text, start, rp_resource_info((enum rp_resource)i)->name, machine->value[i]);
}

/* One name=value of a list, cut out of it. */
struct item {
    char name[RP_COMPONENT_NAME_MAX + 16];
    const char *value; /* not terminated */
    size_t length;
};

/* True if `list` names the item before `end` already. */
static bool is_doubled(const char *list, const char *end, const struct item *item)
{
    size_t length = strlen(item->name);
    for (const char *at = list; at < end; at += strcspn(at, ",") + 1)
        if (strncmp(at, item->name, length) == 0 && at[length] == '=')
            return true;
    return false;
}

/* Takes the next item of `list` off *text, which becomes NULL behind the last one. */
static int next_item(const char *list, const char **text, struct item *item, struct rp_error *error)
{
    const char *start = *text, *end = start + strcspn(start, ",");
    const char *equals = memchr(start, '=', (size_t)(end - start));
    if (!equals || equals == start || (size_t)(equals - start) >= sizeof item->name)
        return rp_error_set(error, RP_EINPUT, "'%.*s' is not name=hex", (int)(end - start), start);
    memcpy(item->name, start, (size_t)(equals - start));
    item->name[equals - start] = '\0';
    item->value = equals + 1;
    item->length = (size_t)(end - item->value);
    if (is_doubled(list, start, item))
        return rp_error_set(error, RP_EINPUT, "'%s' stands in the list twice", item->name);
    *text = *end ? end + 1 : NULL;
    return RP_OK;
}

static int item_number(const struct item *item, uint64_t *value, struct rp_error *error)
{
    char digits[20] = "";
    if (item->length < sizeof digits)
        memcpy(digits, item->value, item->length);
    if (rp_hex_parse_u64(digits, value, NULL))
        return rp_error_set(error, RP_EINPUT, "'%s=%.*s': the value is no hex number of 1 to 16 digits",
                            item->name, (int)item->length, item->value);
    return RP_OK;
}

static int parse_memory(struct rp_user *user, const struct item *item, uint32_t component,
                        struct rp_error *error)
{
    uint32_t offset = 0;
    enum rp_window window = rp_component_place(component, &offset);
    uint32_t address = rp_window_info(window)->address + offset;
    for (size_t i = 0; i < item->length; i += 2) {
        char digits[3] = {item->value[i], i + 1 < item->length ? item->value[i + 1] : '\0', '\0'};
        uint8_t byte;
        size_t one;
        if (rp_hex_parse(digits, &byte, 1, &one, NULL))
            return rp_error_set(error, RP_EINPUT, "'%s': '%s' is no byte in hex", item->name, digits);
        if (address >= rp_window_info(window)->address + rp_window_info(window)->size)
            return rp_error_set(error, RP_EINPUT, "'%s': the bytes reach beyond the end of the %s",
                                item->name, rp_window_info(window)->name);
        int result = rp_memory_write(&user->memory, address++, &byte, 1, error);
        if (result)
            return result;
    }
    return RP_OK;
}

static int parse_user_item(struct rp_user *user, enum rp_mode mode, const struct item *item,
                           struct rp_error *error)
{
    uint32_t component;
    uint64_t mask, value;
    if (!rp_component_find(item->name, &component))
        return rp_error_set(error, RP_EINPUT, "'%s' is no register or memory of a user state", item->name);
    if (!rp_component_user(component, mode, &mask))
        return rp_error_set(error, RP_EINPUT, "'%s' does not belong to the user state in %s", item->name,
                            rp_mode_info(mode)->name);
    if (component >= RP_COMPONENT_MEMORY)
        return parse_memory(user, item, component, error);
    int result = item_number(item, &value, error);
    if (result == RP_OK && component < RP_COMPONENT_VECTOR)
        user->state.reg[component] = value;
    else if (result == RP_OK)
        user->state.vector[component - RP_COMPONENT_VECTOR] = value;
    return result;
}

int rp_user_parse(const char *text, enum rp_mode mode, struct rp_user *user, struct rp_error *error)
{
    rp_user_init(user, mode);
    if (strcmp(text, "-") == 0)
        return RP_OK;
    int result = RP_OK;
    for (const char *rest = text; result == RP_OK && rest;) {
        struct item item;
        result = next_item(text, &rest, &item, error);
        if (result == RP_OK)
            result = parse_user_item(user, mode, &item, error);
    }
    return result;
}

int rp_machine_parse(const char *text, enum rp_mode mode, enum rp_policy policy, struct rp_machine *machine,
                     unsigned *ring, struct rp_error *error)
{
    bool ring_given = false;
    rp_machine_init(machine, mode, policy);
    for (const char *rest = *text ? text : NULL; rest;) {
        struct item item;
        uint64_t value;
        int result = next_item(text, &rest, &item, error);
        if (result == RP_OK)
            result = item_number(&item, &value, error);
        if (result)
            return result;
        enum rp_resource resource = rp_resource_find(item.name);
        if (strcmp(item.name, "ring") == 0 && (value == 0 || value == 3)) {
            *ring = (unsigned)value;
            ring_given = true;
        } else if (resource != RP_RESOURCE_NONE) {
            machine->value[resource] = value;
        } else {
            return rp_error_set(error, RP_EINPUT, "'%s=%" PRIx64 "' is no resource of a machine", item.name,
                                value);
        }
    }
    return ring_given ? RP_OK : rp_error_set(error, RP_EINPUT, "a run has no 'ring=0' or 'ring=3'");
}
