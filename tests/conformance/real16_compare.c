/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A relocated recording as a pre-state, and a run's end against the recorded one; see real16.h. */
#include "conformance/real16.h"
#include "support/suite.h"

#include "state/recipe.h"

#include <stdio.h>
#include <string.h>

/* Where the registers of a recording are in a state. */
static const uint8_t places[REAL16_REGISTERS] = {
    [REAL16_AX] = RP_REG_RAX, [REAL16_BX] = RP_REG_RBX,      [REAL16_CX] = RP_REG_RCX,
    [REAL16_DX] = RP_REG_RDX, [REAL16_CS] = RP_REG_CS,       [REAL16_SS] = RP_REG_SS,
    [REAL16_DS] = RP_REG_DS,  [REAL16_ES] = RP_REG_ES,       [REAL16_SP] = RP_REG_RSP,
    [REAL16_BP] = RP_REG_RBP, [REAL16_SI] = RP_REG_RSI,      [REAL16_DI] = RP_REG_RDI,
    [REAL16_IP] = RP_REG_RIP, [REAL16_FLAGS] = RP_REG_RFLAGS};

static const char *const names[REAL16_DIFFERENCES] = {"ax", "bx",    "cx",     "dx",    "cs",     "ss",
                                                      "ds", "es",    "sp",     "bp",    "si",     "di",
                                                      "ip", "flags", "memory", "other", "outcome"};

static bool is_segment(unsigned reg)
{
    return reg >= REAL16_CS && reg <= REAL16_ES;
}

void real16_prestate(const struct real16_run *run, struct rp_prestate *prestate)
{
    static struct rp_recipe recipe;
    struct rp_error error = {0};
    rp_recipe_init(&recipe, RP_MODE_REAL16, RP_POLICY_LEGACY);
    recipe.machine.value[RP_RESOURCE_RFLAGS_IF] = 0;
    recipe.machine.value[RP_RESOURCE_RFLAGS_IOPL] = 0;
    for (unsigned i = 0; i < REAL16_REGISTERS; i++) {
        recipe.user.state.reg[places[i]] = run->before[i];
        if (is_segment(i))
            recipe.user.state.reg[places[i] + 1] = (uint64_t)run->before[i] << 4;
    }
    for (unsigned i = 0; i < run->cells; i++)
        if (!run->cell[i].frame)
            assert_int_equal(
                rp_memory_write(&recipe.user.memory, run->cell[i].to, &run->cell[i].before, 1, &error),
                RP_OK);
    if (rp_prestate_build(prestate, RP_MODE_REAL16, 0, &recipe.user, &recipe.machine, &error))
        fail_msg("%s: %s", run->recording->id, error.line);
    assert_int_equal(prestate->state.reg[RP_REG_RFLAGS], run->before[REAL16_FLAGS]);
}

/* All that a run left. */
struct image {
    uint64_t reg[RP_REG_COUNT];
    unsigned char memory[RP_IMAGE_WORDS * 8];
    bool other; /* memory outside of the program's, vector registers */
};

static void fill_memory(unsigned char *bytes, const struct rp_prestate *prestate, enum rp_window window)
{
    const struct rp_window_info *info = rp_window_info(window);
    unsigned char *at = bytes + (size_t)(rp_component_window(window) - RP_COMPONENT_MEMORY) * 8;
    for (uint32_t offset = 0; offset < info->size; offset += 8) {
        uint64_t word = rp_memory_get(&prestate->memory, info->address + offset);
        memcpy(at + offset, &word, sizeof word);
    }
}

static void fill(struct image *image, const struct rp_prestate *prestate)
{
    memcpy(image->reg, prestate->state.reg, sizeof image->reg);
    memset(image->memory, 0, sizeof image->memory);
    fill_memory(image->memory, prestate, RP_WINDOW_DATA);
    fill_memory(image->memory, prestate, RP_WINDOW_STACK);
    image->other = false;
}

static void apply(struct image *image, const struct rp_change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t offset, component = changes[i].component;
        enum rp_window window = rp_component_place(component, &offset);
        if (window == RP_WINDOW_DATA || window == RP_WINDOW_STACK)
            memcpy(image->memory + (size_t)(component - RP_COMPONENT_MEMORY) * 8, &changes[i].value, 8);
        else if (component < RP_REG_COUNT)
            image->reg[component] = changes[i].value;
        else
            image->other = true;
    }
}

static unsigned char *byte_at(struct image *image, uint32_t address)
{
    enum rp_window window = address >= RP_ARENA_STACK ? RP_WINDOW_STACK : RP_WINDOW_DATA;
    size_t first = (size_t)(rp_component_window(window) - RP_COMPONENT_MEMORY) * 8;
    return image->memory + first + (address - rp_window_info(window)->address);
}

/* What must be there. Of CS and IP nothing behind a gate, which leads elsewhere in each executor; the
 * recordings say nothing of x87, of halting and of what comes behind STI and MOV SS. */
static void expect(struct image *image, const struct real16_run *run, const struct image *got)
{
    for (unsigned i = 0; i < REAL16_REGISTERS; i++) {
        image->reg[places[i]] = run->after[i];
        if (is_segment(i))
            image->reg[places[i] + 1] = (uint64_t)run->after[i] << 4;
    }
    uint64_t mask = run->recording->flags_mask, flags = got->reg[RP_REG_RFLAGS];
    image->reg[RP_REG_RFLAGS] = (run->flags_after & mask) | (flags & ~mask & 0xffff);
    for (unsigned i = 0; i < run->cells; i++)
        if (!run->cell[i].frame)
            *byte_at(image, run->cell[i].to) = run->cell[i].after;
    for (unsigned reg = RP_REG_ACTIVITY; reg < RP_REG_COUNT; reg++)
        image->reg[reg] = got->reg[reg];
    if (run->kind != RP_OUTCOME_ENTERED)
        return;
    image->reg[RP_REG_RIP] = got->reg[RP_REG_RIP];
    image->reg[RP_REG_CS] = got->reg[RP_REG_CS];
    image->reg[RP_REG_CS_BASE] = got->reg[RP_REG_CS_BASE];
}

static struct real16_difference differences(const struct image *want, const struct image *got)
{
    struct real16_difference found = {.set = got->other ? REAL16_OTHER : 0};
    for (unsigned reg = 0; reg < RP_REG_COUNT; reg++) {
        if (want->reg[reg] == got->reg[reg])
            continue;
        unsigned i = 0;
        while (i < REAL16_REGISTERS && reg != places[i] && !(is_segment(i) && reg == places[i] + 1u))
            i++;
        found.set |= i < REAL16_REGISTERS ? UINT32_C(1) << i : REAL16_OTHER;
    }
    uint64_t flags = want->reg[RP_REG_RFLAGS] ^ got->reg[RP_REG_RFLAGS];
    found.flags = (uint16_t)flags;
    found.set |= flags >> 16 ? REAL16_OTHER : 0;
    if (memcmp(want->memory, got->memory, sizeof want->memory) != 0)
        found.set |= REAL16_MEMORY;
    return found;
}

struct real16_difference real16_compare(const struct real16_run *run, const struct rp_prestate *prestate,
                                        const struct rp_outcome *outcome, const struct rp_change *changes)
{
    static struct image want, got;
    if (outcome->kind != run->kind || (run->kind != RP_OUTCOME_RETIRED && outcome->vector != run->vector))
        return (struct real16_difference){.set = REAL16_OUTCOME};
    fill(&got, prestate);
    want = got;
    apply(&got, changes, outcome->count);
    expect(&want, run, &got);
    return differences(&want, &got);
}

const char *real16_difference_names(uint32_t set, char text[REAL16_NAMES_MAX])
{
    size_t length = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < REAL16_DIFFERENCES && length < REAL16_NAMES_MAX; i++)
        if (set >> i & 1)
            length += (size_t)snprintf(text + length, REAL16_NAMES_MAX - length, "%s%s", length ? " " : "",
                                       names[i]);
    return text;
}

bool real16_difference_find(const char *text, uint32_t *set)
{
    *set = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        unsigned i = 0;
        while (i < REAL16_DIFFERENCES && (strlen(names[i]) != length || strncmp(text, names[i], length) != 0))
            i++;
        if (i == REAL16_DIFFERENCES)
            return false;
        *set |= UINT32_C(1) << i;
        text += length + (text[length] == ' ');
    }
    return *set != 0;
}
