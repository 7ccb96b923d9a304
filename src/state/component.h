/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Components: one number for every 64-bit word that a run can change, and the one differ. Freestanding, but
 * for the names. A component is a register, a word of a vector register, or a word of a compared window of
 * memory. */
#ifndef RP_STATE_COMPONENT_H
#define RP_STATE_COMPONENT_H

#include "state/arena.h"
#include "state/registers.h"

#include <stddef.h>

/* Registers come first, by enum rp_reg; then vector words; then the windows, one behind the other. */
#define RP_COMPONENT_VECTOR UINT32_C(0x200)
#define RP_COMPONENT_MEMORY UINT32_C(0x1000)

/* The words of all windows together. */
#define RP_IMAGE_WORDS ((RP_ARENA_DATA_SIZE + RP_ARENA_STACK_SIZE + 2 * 0x200 + 2 * 0x40 + 0x80) / 8)

/* What one run changed: a component and its value afterwards. */
struct rp_change {
    uint32_t component;
    uint64_t value;
};

/* The component of the first word of `window`. */
uint32_t rp_component_window(enum rp_window window);

/* The component of the word at a physical address; 0, which is none of memory's, outside of the windows. */
uint32_t rp_component_at(uint32_t address);

/* The window that `component` lies in and its byte offset there; RP_WINDOW_COUNT if it is no memory. */
enum rp_window rp_component_place(uint32_t component, uint32_t *offset);

/* Compares one word under ~ignored; true if it differs, and `change` then says so. */
static inline bool rp_diff_word(uint64_t before, uint64_t after, uint64_t ignored, uint32_t component,
                                struct rp_change *change)
{
    uint64_t difference = (before ^ after) & ~ignored;
    if (difference)
        *change = (struct rp_change){component, before ^ difference};
    return difference != 0;
}

/* Appends a change for each of `count` words in which `after` differs from `before` under ~ignored[i]
 * (`ignored` NULL: everything counts), numbered from `component`; writes at most `capacity` changes.
 * Returns how many differ, which may be more than were written. */
size_t rp_diff(const uint64_t *before, const uint64_t *after, const uint64_t *ignored, size_t count,
               uint32_t component, struct rp_change *changes, size_t capacity);

/* Fills in the ignored bits of all registers, for rp_diff. */
void rp_registers_ignored(uint64_t ignored[RP_REG_COUNT]);

#define RP_COMPONENT_NAME_MAX 24

/* Writes the name of a component: "rax", "zmm3.0", "k1", "data+400"; returns `name`. */
char *rp_component_name(uint32_t component, char name[RP_COMPONENT_NAME_MAX]);

/* Finds a component by its name; false if there is none. */
bool rp_component_find(const char *name, uint32_t *component);

/* True if it belongs to the program's memory or registers (U) in `mode`; `*mask` then has the bits that do.
 */
bool rp_component_user(uint32_t component, enum rp_mode mode, uint64_t *mask);

#endif
