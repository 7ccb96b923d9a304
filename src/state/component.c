/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbering and naming of components; see component.h. The differ is diff.c. */
#include "state/component.h"

#include "base/hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(RP_REG_COUNT <= RP_COMPONENT_VECTOR, "registers come before vector words");
_Static_assert(RP_COMPONENT_VECTOR + RP_VECTOR_WORDS <= RP_COMPONENT_MEMORY,
               "vector words come before memory");

uint32_t rp_component_window(enum rp_window window)
{
    uint32_t component = RP_COMPONENT_MEMORY;
    for (unsigned i = 0; i < window; i++)
        component += rp_window_info((enum rp_window)i)->size / 8;
    return component;
}

uint32_t rp_component_at(uint32_t address)
{
    uint32_t first = RP_COMPONENT_MEMORY;
    for (unsigned i = 0; i < RP_WINDOW_COUNT; i++) {
        const struct rp_window_info *window = rp_window_info((enum rp_window)i);
        if (address - window->address < window->size)
            return first + (address - window->address) / 8;
        first += window->size / 8;
    }
    return 0;
}

enum rp_window rp_component_place(uint32_t component, uint32_t *offset)
{
    uint32_t first = RP_COMPONENT_MEMORY;
    if (component < first)
        return RP_WINDOW_COUNT;
    for (unsigned i = 0; i < RP_WINDOW_COUNT; i++) {
        uint32_t words = rp_window_info((enum rp_window)i)->size / 8;
        if (component - first < words) {
            *offset = (component - first) * 8;
            return (enum rp_window)i;
        }
        first += words;
    }
    return RP_WINDOW_COUNT;
}

char *rp_component_name(uint32_t component, char name[RP_COMPONENT_NAME_MAX])
{
    uint32_t offset = 0;
    enum rp_window window = rp_component_place(component, &offset);
    uint32_t vector = component - RP_COMPONENT_VECTOR;
    if (component < RP_REG_COUNT)
        snprintf(name, RP_COMPONENT_NAME_MAX, "%s", rp_register_info((enum rp_reg)component)->name);
    else if (window < RP_WINDOW_COUNT)
        snprintf(name, RP_COMPONENT_NAME_MAX, "%s+%x", rp_window_info(window)->name, offset);
    else if (vector < RP_VECTOR_MASKS)
        snprintf(name, RP_COMPONENT_NAME_MAX, "zmm%u.%u", vector / RP_VECTOR_WORDS_EACH,
                 vector % RP_VECTOR_WORDS_EACH);
    else
        snprintf(name, RP_COMPONENT_NAME_MAX, "k%u", vector - RP_VECTOR_MASKS);
    return name;
}

static bool find_memory(const char *name, uint32_t *component)
{
    const char *plus = strchr(name, '+');
    uint64_t offset;
    if (!plus || rp_hex_parse_u64(plus + 1, &offset, NULL))
        return false;
    for (unsigned i = 0; i < RP_WINDOW_COUNT; i++) {
        const struct rp_window_info *info = rp_window_info((enum rp_window)i);
        if (strlen(info->name) == (size_t)(plus - name) &&
            strncmp(info->name, name, (size_t)(plus - name)) == 0) {
            *component = rp_component_window((enum rp_window)i) + (uint32_t)offset / 8;
            return offset < info->size && offset % 8 == 0;
        }
    }
    return false;
}

bool rp_component_find(const char *name, uint32_t *component)
{
    char printed[RP_COMPONENT_NAME_MAX];
    for (uint32_t i = 0; i < RP_REG_COUNT; i++) {
        if (strcmp(name, rp_register_info((enum rp_reg)i)->name) == 0) {
            *component = i;
            return true;
        }
    }
    for (uint32_t i = RP_COMPONENT_VECTOR; i < RP_COMPONENT_VECTOR + RP_VECTOR_WORDS; i++) {
        if (strcmp(name, rp_component_name(i, printed)) == 0) {
            *component = i;
            return true;
        }
    }
    return find_memory(name, component);
}

bool rp_component_user(uint32_t component, enum rp_mode mode, uint64_t *mask)
{
    uint32_t offset;
    enum rp_window window = rp_component_place(component, &offset);
    *mask = UINT64_MAX;
    if (component < RP_REG_COUNT)
        *mask = rp_register_user_mask((enum rp_reg)component, mode);
    else if (window < RP_WINDOW_COUNT && !rp_window_info(window)->user)
        *mask = 0;
    return *mask != 0;
}
