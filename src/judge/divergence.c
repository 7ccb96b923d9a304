/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cells of a comparison; see divergence.h. */
#include "judge/divergence.h"

#include "judge/fidelity.h"
#include "judge/witness.h"
#include "state/looks.h"
#include "x86/vector.h"

#include <string.h>

#define DIFFERENCES 64

int rp_divergence_load(struct rp_error *error)
{
    int result = rp_fidelity_load(error);
    return result ? result : rp_looks_load(error);
}

/* True if the run was made, and by the CPU. */
static bool shows_something(const struct rp_outcome *outcome)
{
    return (rp_outcome_retired(outcome) || outcome->kind == RP_OUTCOME_TRAPPED) && !outcome->kernel_emulated;
}

/* M-MEMORY: outside of the program's memory each executor has what it needs itself, and maps it or not; nor
 * can everyone map a view of it elsewhere (page 0). */
static bool is_elsewhere(const struct rp_view *view)
{
    uint32_t physical;
    uint64_t linear = view->outcome->cr2;
    return view->outcome->kind == RP_OUTCOME_TRAPPED && view->outcome->vector == RP_VECTOR_PF &&
           !(rp_arena_physical(view->mode, linear, &physical) && physical == linear);
}

/* A repeated string instruction is compared where it runs once at most: Unicorn stops behind the first
 * iteration, which is no mistake (an interrupt may do the same), and CPUs differ in how far they get. */
static bool repeats(const struct rp_view *view, const struct rp_instruction *instruction)
{
    bool string = instruction && strstr(instruction->category, "stringop") != NULL;
    if (!string || !instruction->prefixes.repeat)
        return false;
    unsigned bits = instruction->address_bits;
    uint64_t count = view->prestate->state.reg[RP_REG_RCX];
    return (bits == 64 ? count : count & ((UINT64_C(1) << bits) - 1)) > 1;
}

static size_t add(struct rp_cell_difference *cells, size_t capacity, size_t count,
                  struct rp_cell_difference cell)
{
    if (count < capacity)
        cells[count] = cell;
    return count + 1;
}

bool rp_divergence_ends(const struct rp_view view[2], struct rp_cell_difference *cell)
{
    const struct rp_outcome *a = view[0].outcome, *b = view[1].outcome;
    if (a->kind != b->kind)
        *cell = (struct rp_cell_difference){RP_CELL_OUTCOME, UINT64_MAX, {a->kind, b->kind}};
    else if (a->kind != RP_OUTCOME_RETIRED && a->vector != b->vector)
        *cell = (struct rp_cell_difference){RP_CELL_VECTOR, UINT64_MAX, {a->vector, b->vector}};
    else if (a->has_error_code != b->has_error_code || a->error_code != b->error_code)
        *cell = (struct rp_cell_difference){RP_CELL_ERROR_CODE, UINT64_MAX, {a->error_code, b->error_code}};
    else
        return false;
    return true;
}

void rp_divergence_end(const struct rp_view view[2], uint32_t cell, uint64_t value[2])
{
    for (unsigned i = 0; i < 2; i++) {
        const struct rp_outcome *o = view[i].outcome;
        value[i] = cell == RP_CELL_OUTCOME      ? o->kind
                   : cell == RP_CELL_VECTOR     ? o->vector
                   : cell == RP_CELL_ERROR_CODE ? o->error_code
                                                : o->length;
    }
}

static bool both_hold(const struct rp_capabilities *const can[2], const struct rp_view view[2],
                      uint32_t component)
{
    for (unsigned i = 0; i < 2; i++)
        for (unsigned k = 0; k < 2; k++)
            if (rp_compare_lost(&view[k], component, can[i]->stack_lost[view[i].mode]))
                return false;
    if (component < RP_COMPONENT_VECTOR || component >= RP_COMPONENT_MEMORY)
        return true;
    uint32_t word = component - RP_COMPONENT_VECTOR;
    for (unsigned i = 0; i < 2; i++) {
        bool holds = word >= RP_VECTOR_MASKS ? can[i]->vector_masks
                                             : word / RP_VECTOR_WORDS_EACH < can[i]->vector_registers &&
                                                   word % RP_VECTOR_WORDS_EACH < can[i]->vector_words;
        if (!holds)
            return false;
    }
    return true;
}

static struct rp_undefined undefined_of(const struct rp_instruction *instruction)
{
    return instruction ? (struct rp_undefined){instruction->flags_undefined, instruction->x87_undefined}
                       : (struct rp_undefined){0, 0};
}

enum rp_silence rp_divergence_silence(const struct rp_view view[2], const struct rp_instruction *instruction)
{
    if (view[0].outcome->kernel_emulated || view[1].outcome->kernel_emulated)
        return RP_SILENCE_KERNEL;
    if (!shows_something(view[0].outcome) || !shows_something(view[1].outcome))
        return RP_SILENCE_LOST;
    if (repeats(&view[0], instruction))
        return RP_SILENCE_REPEATS;
    return is_elsewhere(&view[0]) || is_elsewhere(&view[1]) ? RP_SILENCE_MEMORY : RP_SILENCE_NONE;
}

size_t rp_divergence_components(const struct rp_view view[2], const struct rp_capabilities *const can[2],
                                const struct rp_instruction *instruction, struct rp_cell_difference *cells,
                                size_t capacity)
{
    const struct rp_outcome *a = view[0].outcome, *b = view[1].outcome;
    struct rp_difference differences[DIFFERENCES];
    size_t found = 0;
    bool length = a->length && b->length && a->length != b->length;
    if (length)
        found = add(cells, capacity, found,
                    (struct rp_cell_difference){RP_CELL_LENGTH, UINT64_MAX, {a->length, b->length}});
    /* Where a gate leads to is the system's; what the machine itself answers is no mistake of anyone. */
    if (a->kind == RP_OUTCOME_ENTERED || rp_fidelity_machines_own(instruction, can))
        return found;
    const struct rp_undefined undefined = undefined_of(instruction);
    size_t count = rp_compare_fidelity(&view[0], &view[1], &undefined, differences, DIFFERENCES);
    for (size_t i = 0; i < count && i < DIFFERENCES; i++) {
        uint32_t component = differences[i].component;
        uint64_t user;
        rp_component_user(component, view[0].mode, &user);
        uint64_t bits = differences[i].bits & user & ~rp_fidelity_undefined(instruction, &view[0], component);
        if (bits && both_hold(can, view, component) && !(length && component == RP_REG_RIP))
            found = add(cells, capacity, found,
                        (struct rp_cell_difference){
                            component, bits, {differences[i].value[0], differences[i].value[1]}});
    }
    return found;
}

size_t rp_divergence_cells(const struct rp_view view[2], const struct rp_capabilities *const can[2],
                           const struct rp_instruction *instruction, struct rp_cell_difference *cells,
                           size_t capacity)
{
    struct rp_cell_difference end;
    if (rp_divergence_silence(view, instruction) != RP_SILENCE_NONE)
        return 0;
    return rp_divergence_ends(view, &end) ? add(cells, capacity, 0, end)
                                          : rp_divergence_components(view, can, instruction, cells, capacity);
}

static const struct {
    uint32_t first, last; /* cells */
    const char *name;
} classes[] = {
    {RP_CELL_OUTCOME, RP_CELL_OUTCOME, "outcome"},
    {RP_CELL_VECTOR, RP_CELL_VECTOR, "vector"},
    {RP_CELL_ERROR_CODE, RP_CELL_ERROR_CODE, "error code"},
    {RP_CELL_LENGTH, RP_CELL_LENGTH, "length"},
    {RP_REG_RAX, RP_REG_R15, "general registers"},
    {RP_REG_ST0, RP_REG_ST7_EXPONENT, "x87 registers"},
    {RP_COMPONENT_VECTOR, RP_COMPONENT_MEMORY - 1, "vector registers"},
    {RP_COMPONENT_MEMORY, RP_CELL_OUTCOME - 1, "memory"},
};

const char *rp_divergence_class(uint32_t cell)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (cell >= classes[i].first && cell <= classes[i].last)
            return classes[i].name;
    return rp_register_info((enum rp_reg)cell)->name;
}

static bool same_end(const struct rp_shown *a, const struct rp_shown *b)
{
    return a->kind == b->kind && a->vector == b->vector;
}

static bool is_end(uint32_t cell)
{
    return cell == RP_CELL_OUTCOME || cell == RP_CELL_VECTOR;
}

static bool same_class(const struct rp_divergence *a, const struct rp_divergence *b)
{
    return strcmp(rp_divergence_class(a->cell), rp_divergence_class(b->cell)) == 0;
}

/* True if the executors that one set names, of its verdict's opinions, are those of the other. */
static bool same_executors(const struct rp_verdict *of_a, unsigned a, const struct rp_verdict *of_b,
                           unsigned b)
{
    if (__builtin_popcount(a) != __builtin_popcount(b))
        return false;
    for (unsigned i = 0; i < of_a->opinions; i++) {
        bool found = !(a >> i & 1);
        for (unsigned k = 0; k < of_b->opinions && !found; k++)
            found = b >> k & 1 && strcmp(of_a->opinion[i].executor, of_b->opinion[k].executor) == 0;
        if (!found)
            return false;
    }
    return true;
}

bool rp_divergence_alike(const struct rp_verdict *of_a, const struct rp_divergence *a,
                         const struct rp_verdict *of_b, const struct rp_divergence *b)
{
    if (a->answers != b->answers || !same_class(a, b))
        return false;
    for (unsigned i = 0; i < a->answers; i++) {
        const struct rp_answer *left = &a->answer[i], *right = &b->answer[i];
        if (!same_executors(of_a, left->executors, of_b, right->executors) ||
            (is_end(a->cell) && !same_end(&left->shown, &right->shown)))
            return false;
    }
    return true;
}

/* The number of the answer that one of `executors` gave; `answers` if it is not there. */
static unsigned answer_of(const struct rp_divergence *d, unsigned executors)
{
    unsigned i = 0;
    while (i < d->answers && !(d->answer[i].executors & executors))
        i++;
    return i;
}

bool rp_divergence_contains(const struct rp_divergence *known, const struct rp_divergence *d)
{
    unsigned at[2];
    if (!same_class(known, d))
        return false;
    for (unsigned i = 0; i < 2; i++) {
        at[i] = answer_of(known, d->answer[i].executors);
        if (at[i] == known->answers ||
            (is_end(d->cell) && !same_end(&known->answer[at[i]].shown, &d->answer[i].shown)))
            return false;
    }
    return at[0] != at[1];
}

/* Alike in the cell that it is about. */
static bool same_answer(uint32_t cell, const struct rp_answer *a, const struct rp_answer *b)
{
    return a->value == b->value && (!is_end(cell) || same_end(&a->shown, &b->shown)) &&
           (cell < RP_CELL_OUTCOME || cell == RP_CELL_LENGTH || a->shown.error_code == b->shown.error_code);
}

bool rp_divergence_join(struct rp_divergence *known, const struct rp_divergence *d)
{
    for (unsigned i = 0; i < 2 && known->cell == d->cell; i++) {
        const struct rp_answer *shared = &d->answer[i], *other = &d->answer[1 - i];
        unsigned at = answer_of(known, shared->executors), to = 0;
        if (at == known->answers || !same_answer(d->cell, &known->answer[at], shared) ||
            answer_of(known, other->executors) < known->answers)
            continue;
        while (to < known->answers && !same_answer(d->cell, &known->answer[to], other))
            to++;
        if (to == RP_ANSWERS_MAX)
            return false;
        if (to == known->answers)
            known->answer[known->answers++] = (struct rp_answer){0, other->value, other->shown};
        known->answer[to].executors |= other->executors;
        known->bits |= d->bits;
        return true;
    }
    return false;
}
