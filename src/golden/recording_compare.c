/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A relocated recording as a pre-state, and a run's end against the recorded one; see recording.h. */
#include "golden/recording.h"

#include "state/recipe.h"

#include <stdio.h>
#include <string.h>

/* Where the registers of a recording are in a state. */
static const uint8_t places[RP_RECORDED_REGISTERS] = {
    [RP_RECORDED_AX] = RP_REG_RAX, [RP_RECORDED_BX] = RP_REG_RBX,       [RP_RECORDED_CX] = RP_REG_RCX,
    [RP_RECORDED_DX] = RP_REG_RDX, [RP_RECORDED_CS] = RP_REG_CS,        [RP_RECORDED_SS] = RP_REG_SS,
    [RP_RECORDED_DS] = RP_REG_DS,  [RP_RECORDED_ES] = RP_REG_ES,        [RP_RECORDED_SP] = RP_REG_RSP,
    [RP_RECORDED_BP] = RP_REG_RBP, [RP_RECORDED_SI] = RP_REG_RSI,       [RP_RECORDED_DI] = RP_REG_RDI,
    [RP_RECORDED_IP] = RP_REG_RIP, [RP_RECORDED_FLAGS] = RP_REG_RFLAGS, [RP_RECORDED_FS] = RP_REG_FS,
    [RP_RECORDED_GS] = RP_REG_GS,  [RP_RECORDED_CR0] = RP_REG_CR0};

static const char *const names[RP_RECORDED_DIFFERENCES] = {
    "ax", "bx", "cx", "dx",    "cs", "ss", "ds",  "es",     "sp",    "bp",
    "si", "di", "ip", "flags", "fs", "gs", "cr0", "memory", "other", "outcome"};

static bool is_segment(unsigned reg)
{
    return (reg >= RP_RECORDED_CS && reg <= RP_RECORDED_ES) || reg == RP_RECORDED_FS || reg == RP_RECORDED_GS;
}

#define CR0_HELD 0xe /* MP, EM, TS: SDM Vol. 3A 2.5 */

/* The default pre-state, which a process builds once. */
static const struct rp_prestate *find_base(struct rp_error *error)
{
    static struct rp_prestate base;
    static bool built;
    struct rp_recipe recipe;
    if (built)
        return &base;
    rp_recipe_init(&recipe, RP_MODE_REAL16, RP_POLICY_LEGACY);
    built = rp_prestate_build(&base, RP_MODE_REAL16, 0, &recipe.user, &recipe.machine, error) == RP_OK;
    return built ? &base : NULL;
}

int rp_recording_prestate(const struct rp_recorded_run *run, struct rp_prestate *prestate,
                          struct rp_error *error)
{
    const struct rp_prestate *base = find_base(error);
    if (!base)
        return RP_EINPUT;
    *prestate = *base;
    uint64_t *reg = prestate->state.reg;
    for (unsigned i = 0; i < RP_RECORDED_CR0; i++) {
        reg[places[i]] = run->before[i];
        if (is_segment(i))
            reg[places[i] + 1] = (uint64_t)run->before[i] << 4;
    }
    if (run->recording->cpu == RP_RECORDED_386)
        reg[RP_REG_CR0] = (reg[RP_REG_CR0] & ~(uint64_t)CR0_HELD) | (run->before[RP_RECORDED_CR0] & CR0_HELD);
    int result = RP_OK;
    for (unsigned i = 0; i < run->cells && result == RP_OK; i++)
        if (!run->cell[i].frame)
            result = rp_memory_write(&prestate->memory, run->cell[i].to, &run->cell[i].before, 1, error);
    return result;
}

#define WINDOWS (RP_ARENA_DATA_SIZE + RP_ARENA_STACK_SIZE)

/* A run's end, the registers as an array. */
struct end {
    const struct rp_recorded_run *run;
    const struct rp_prestate *prestate;
    const struct rp_change *changes;
    size_t count;
    uint64_t got[RP_REG_COUNT], want[RP_REG_COUNT];
    uint32_t set; /* what differs so far */
};

/* The tables that LGDT and LIDT load, and CR0 where it was not recorded: they may be anything. */
static void expect_system(struct end *end)
{
    const struct rp_recorded_run *run = end->run;
    const struct rp_recorded_instruction *it = &run->instruction;
    bool system = it->map == 1 && it->opcode == 0x01, recorded = run->recording->cpu == RP_RECORDED_386;
    uint64_t mask = recorded ? run->mask[RP_RECORDED_CR0] & (CR0_HELD | 1) : 0;
    if (recorded || (system && it->reg == 6))
        end->want[RP_REG_CR0] = (run->after[RP_RECORDED_CR0] & mask) | (end->got[RP_REG_CR0] & ~mask);
    for (unsigned reg = RP_REG_GDTR_BASE; system && reg <= RP_REG_IDTR_LIMIT; reg++)
        end->want[reg] = end->got[reg];
}

/* What must be there. Of CS and IP nothing behind a gate, which leads elsewhere in each executor; the
 * recordings say nothing of x87, of halting and of what comes behind STI and MOV SS. */
static void expect_registers(struct end *end)
{
    const struct rp_recorded_run *run = end->run;
    for (unsigned i = 0; i < RP_RECORDED_CR0; i++) {
        uint64_t mask = run->mask[i];
        end->want[places[i]] = (run->after[i] & mask) | (end->got[places[i]] & ~mask & UINT32_MAX);
        if (is_segment(i))
            end->want[places[i] + 1] = (uint64_t)run->after[i] << 4;
    }
    expect_system(end);
    for (unsigned reg = RP_REG_ACTIVITY; reg < RP_REG_COUNT; reg++)
        end->want[reg] = end->got[reg];
    if (run->kind != RP_OUTCOME_ENTERED)
        return;
    end->want[RP_REG_RIP] = end->got[RP_REG_RIP];
    end->want[RP_REG_CS] = end->got[RP_REG_CS];
    end->want[RP_REG_CS_BASE] = end->got[RP_REG_CS_BASE];
}

/* The difference that a register makes. */
static uint32_t find_register(unsigned reg)
{
    for (unsigned i = 0; i < RP_RECORDED_REGISTERS; i++)
        if (reg == places[i] || (is_segment(i) && reg == places[i] + 1u))
            return UINT32_C(1) << i;
    return RP_RECORDED_OTHER;
}

/* A place of the program's memory, from 0; WINDOWS: none. */
static uint32_t place_of(uint32_t address)
{
    if (address - RP_ARENA_DATA < RP_ARENA_DATA_SIZE)
        return address - RP_ARENA_DATA;
    return address - RP_ARENA_STACK < RP_ARENA_STACK_SIZE ? RP_ARENA_DATA_SIZE + (address - RP_ARENA_STACK)
                                                          : WINDOWS;
}

/* The instruction's own cells by place, from 1; 0: none. What is filled in is taken back. */
static uint16_t cell_at[WINDOWS + 1];

static void index_cells(const struct rp_recorded_run *run, bool fill)
{
    for (unsigned i = 0; i < run->cells; i++)
        if (!run->cell[i].frame)
            cell_at[place_of(run->cell[i].to)] = fill ? (uint16_t)(i + 1) : 0;
}

/* True if a word of memory that the run changed has become what it must. */
static bool is_word_right(const struct end *end, uint32_t address, uint64_t value, bool *seen)
{
    uint64_t was = rp_memory_get(&end->prestate->memory, address);
    bool right = true;
    for (unsigned i = 0; i < 8; i++) {
        unsigned index = cell_at[place_of(address + i)];
        uint8_t got = (uint8_t)(value >> 8 * i), want = (uint8_t)(was >> 8 * i), mask = 0xff;
        if (index) {
            want = end->run->cell[index - 1].after;
            mask = end->run->cell[index - 1].mask;
            seen[index - 1] = true;
        }
        right = right && !((got ^ want) & mask);
    }
    return right;
}

static void compare_memory(struct end *end, bool *seen)
{
    for (size_t i = 0; i < end->count; i++) {
        uint32_t offset;
        enum rp_window window = rp_component_place(end->changes[i].component, &offset);
        if (window == RP_WINDOW_DATA || window == RP_WINDOW_STACK) {
            uint32_t address = rp_window_info(window)->address + offset;
            if (!is_word_right(end, address, end->changes[i].value, seen))
                end->set |= RP_RECORDED_MEMORY;
        } else if (end->changes[i].component >= RP_REG_COUNT) {
            end->set |= RP_RECORDED_OTHER;
        }
    }
    for (unsigned i = 0; i < end->run->cells; i++) {
        const struct rp_recorded_cell *cell = &end->run->cell[i];
        if (!cell->frame && !seen[i] && (cell->before ^ cell->after) & cell->mask)
            end->set |= RP_RECORDED_MEMORY;
    }
}

struct rp_recorded_difference rp_recording_compare(const struct rp_recorded_run *run,
                                                   const struct rp_prestate *prestate,
                                                   const struct rp_outcome *outcome,
                                                   const struct rp_change *changes)
{
    struct end end = {.run = run, .prestate = prestate, .changes = changes, .count = outcome->count};
    bool seen[RP_RECORDED_CELLS_MAX] = {false};
    if (outcome->kind != run->kind || (run->kind != RP_OUTCOME_RETIRED && outcome->vector != run->vector))
        return (struct rp_recorded_difference){.set = RP_RECORDED_OUTCOME};
    memcpy(end.got, prestate->state.reg, sizeof end.got);
    memcpy(end.want, prestate->state.reg, sizeof end.want);
    for (size_t i = 0; i < outcome->count; i++)
        if (changes[i].component < RP_REG_COUNT)
            end.got[changes[i].component] = changes[i].value;
    expect_registers(&end);
    for (unsigned reg = 0; reg < RP_REG_COUNT; reg++)
        if (end.want[reg] != end.got[reg])
            end.set |= find_register(reg);
    index_cells(run, true);
    compare_memory(&end, seen);
    index_cells(run, false);
    return (struct rp_recorded_difference){end.set,
                                           (uint32_t)(end.want[RP_REG_RFLAGS] ^ end.got[RP_REG_RFLAGS])};
}

void rp_recorded_got(const struct rp_prestate *prestate, const struct rp_change *changes, size_t count,
                     uint64_t got[RP_RECORDED_REGISTERS])
{
    for (unsigned i = 0; i < RP_RECORDED_REGISTERS; i++) {
        got[i] = prestate->state.reg[places[i]];
        for (size_t k = 0; k < count; k++)
            if (changes[k].component == places[i])
                got[i] = changes[k].value;
    }
}

const char *rp_recorded_names(uint32_t set, char text[RP_RECORDED_NAMES_MAX])
{
    size_t length = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < RP_RECORDED_DIFFERENCES && length < RP_RECORDED_NAMES_MAX; i++)
        if (set >> i & 1)
            length += (size_t)snprintf(text + length, RP_RECORDED_NAMES_MAX - length, "%s%s",
                                       length ? " " : "", names[i]);
    return text;
}

bool rp_recorded_names_find(const char *text, uint32_t *set)
{
    *set = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        unsigned i = 0;
        while (i < RP_RECORDED_DIFFERENCES &&
               (strlen(names[i]) != length || strncmp(text, names[i], length) != 0))
            i++;
        if (i == RP_RECORDED_DIFFERENCES)
            return false;
        *set |= UINT32_C(1) << i;
        text += length + (text[length] == ' ');
    }
    return *set != 0;
}
