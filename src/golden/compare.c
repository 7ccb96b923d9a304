/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparing; see compare.h. */
#include "golden/compare.h"

#include "judge/witness.h"

#include <string.h>
#include <xxhash.h>

size_t rp_golden_masks(const struct rp_golden_block *block, uint32_t run, const struct rp_golden_mask **masks)
{
    uint32_t from = 0, to = block->masks;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (block->mask[middle].run < run)
            from = middle + 1;
        else
            to = middle;
    }
    *masks = block->mask + from;
    while (to < block->masks && block->mask[to].run == run)
        to++;
    return to - from;
}

static bool is_masked(const struct rp_golden_mask *masks, size_t count, uint32_t component)
{
    for (size_t i = 0; i < count; i++)
        if (masks[i].component == component || masks[i].component == RP_GOLDEN_MASK_ALL)
            return true;
    return false;
}

int rp_golden_outcome_keep(const struct rp_outcome *outcome, const struct rp_change *changes,
                           const struct rp_golden_mask *masks, size_t count, struct rp_outcomes *kept,
                           struct rp_error *error)
{
    struct rp_outcome rest = *outcome;
    size_t first = kept->change_count;
    int result = rp_outcomes_reserve(kept, 1, outcome->count, error);
    if (result)
        return result;
    for (uint32_t i = 0; i < outcome->count; i++)
        if (!is_masked(masks, count, changes[i].component))
            kept->change[kept->change_count++] = changes[i];
    rp_outcome_seal(kept, &rest, first);
    kept->outcome[kept->count++] = rest;
    return RP_OK;
}

int rp_golden_hash(const struct rp_outcome *outcome, const struct rp_change *changes,
                   const struct rp_golden_mask *masks, size_t count, struct rp_outcomes *scratch,
                   uint64_t *hash, struct rp_error *error)
{
    *hash = outcome->hash;
    if (count == 0)
        return RP_OK;
    rp_outcomes_clear(scratch);
    int result = rp_golden_outcome_keep(outcome, changes, masks, count, scratch, error);
    if (result == RP_OK)
        *hash = scratch->outcome[0].hash;
    return result;
}

uint64_t rp_golden_block_hash(const uint64_t *hash, size_t count)
{
    return XXH64(hash, count * sizeof *hash, 0);
}

/* Walks two ascending change lists together; true while there is a component, of which *in says who changed
 * it. */
static bool next_component(const struct rp_view view[2], uint32_t at[2], uint32_t *component)
{
    bool more = false;
    for (unsigned side = 0; side < 2; side++) {
        if (at[side] >= view[side].outcome->count)
            continue;
        uint32_t own = view[side].changes[at[side]].component;
        *component = more && *component < own ? *component : own;
        more = true;
    }
    return more;
}

/* The next component whose values differ; false: there is none. */
static bool next_difference(const struct rp_view view[2], uint32_t at[2], struct rp_cell_difference *cell)
{
    uint32_t component = 0;
    while (next_component(view, at, &component)) {
        uint64_t value[2];
        for (unsigned side = 0; side < 2; side++) {
            const struct rp_view *v = &view[side];
            bool changed = at[side] < v->outcome->count && v->changes[at[side]].component == component;
            value[side] = changed ? v->changes[at[side]].value : rp_view_value(v, component);
            at[side] += changed;
        }
        if (value[0] == value[1])
            continue;
        *cell = (struct rp_cell_difference){component, value[0] ^ value[1], {value[0], value[1]}};
        return true;
    }
    return false;
}

size_t rp_golden_mask_add(struct rp_golden_mask *masks, size_t count, size_t capacity, uint32_t run,
                          const struct rp_view *a, const struct rp_view *b)
{
    const struct rp_view view[2] = {*a, *b};
    struct rp_cell_difference cell;
    uint32_t at[2] = {0, 0};
    while (next_difference(view, at, &cell)) {
        size_t place = count;
        if (is_masked(masks, count, cell.cell))
            continue;
        if (count == capacity) {
            masks[0] = (struct rp_golden_mask){run, RP_GOLDEN_MASK_ALL};
            return 1;
        }
        for (; place > 0 && masks[place - 1].component > cell.cell; place--)
            masks[place] = masks[place - 1];
        masks[place] = (struct rp_golden_mask){run, cell.cell};
        count++;
    }
    return count;
}

/* How the two ended, if not alike. */
static bool end_differs(const struct rp_view view[2], struct rp_cell_difference *cell)
{
    const struct rp_outcome *a = view[0].outcome, *b = view[1].outcome;
    if (rp_divergence_ends(view, cell))
        return true;
    const struct rp_cell_difference ends[] = {
        {RP_GOLDEN_CELL_CR2, UINT64_MAX, {a->cr2, b->cr2}},
        {RP_GOLDEN_CELL_GATE, UINT64_MAX, {a->gate, b->gate}},
    };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        *cell = ends[i];
        if (cell->value[0] != cell->value[1])
            return true;
    }
    return false;
}

size_t rp_golden_cells(const struct rp_view view[2], const struct rp_golden_mask *masks, size_t count,
                       struct rp_cell_difference *cells, size_t capacity)
{
    struct rp_cell_difference cell;
    uint32_t at[2] = {0, 0};
    size_t found = 0;
    if (end_differs(view, &cell)) {
        if (capacity)
            cells[0] = cell;
        return 1;
    }
    while (next_difference(view, at, &cell)) {
        if (is_masked(masks, count, cell.cell))
            continue;
        if (found < capacity)
            cells[found] = cell;
        found++;
    }
    return found;
}
