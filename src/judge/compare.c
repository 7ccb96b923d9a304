/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparison of outcomes; see compare.h. Change lists are sorted, so two are walked side by side. */
#include "judge/compare.h"

static uint64_t value_before(const struct rp_view *view, uint32_t component)
{
    uint32_t offset = 0;
    enum rp_window window = rp_component_place(component, &offset);
    if (component < RP_COMPONENT_VECTOR)
        return view->prestate->state.reg[component];
    if (window == RP_WINDOW_COUNT)
        return view->prestate->state.vector[component - RP_COMPONENT_VECTOR];
    return rp_memory_get(&view->prestate->memory, rp_window_info(window)->address + offset);
}

uint64_t rp_view_value(const struct rp_view *view, uint32_t component)
{
    for (uint32_t i = 0; i < view->outcome->count; i++)
        if (view->changes[i].component == component)
            return view->changes[i].value;
    return value_before(view, component);
}

static bool is_noise(const struct rp_noise *noise, uint32_t component)
{
    for (unsigned i = 0; noise && i < noise->count; i++)
        if (noise->component[i] == component)
            return true;
    return noise && noise->overflow;
}

/* M-CARRIER: the bits of a component that carry the ring, and what registers.def never compares (M-NOISE). */
static uint64_t hidden_bits(uint32_t component)
{
    if (component >= RP_REG_COUNT)
        return 0;
    const struct rp_register_info *info = rp_register_info((enum rp_reg)component);
    return info->carrier | info->ignored;
}

/* The physical address of the final stack pointer, 0 where it has left the arena's stack. */
static uint32_t final_stack(const struct rp_view *view)
{
    enum rp_mode mode = view->prestate->mode;
    uint64_t rsp = rp_view_value(view, RP_REG_RSP);
    if (rp_mode_info(mode)->stack_bits == 16)
        rsp &= 0xffff;
    uint64_t offset = rsp - rp_arena_view(mode)->stack;
    return offset < RP_ARENA_STACK_SIZE ? RP_ARENA_STACK + (uint32_t)offset : 0;
}

bool rp_compare_lost(const struct rp_view *view, uint32_t component, unsigned lost)
{
    uint32_t offset = 0, end = final_stack(view);
    if (!lost || !end || rp_component_place(component, &offset) != RP_WINDOW_STACK)
        return false;
    uint32_t word = RP_ARENA_STACK + offset;
    return word < end && word + 8 > end - lost;
}

/* M-MEMORY: what lies below both final stack pointers is nobody's, unless the instruction says where it
 * writes. */
static bool below_stack(const struct rp_view *a, const struct rp_view *b, uint32_t component)
{
    uint32_t offset = 0;
    if (a->names_memory || b->names_memory || rp_component_place(component, &offset) != RP_WINDOW_STACK)
        return false;
    uint32_t word_end = RP_ARENA_STACK + offset + 8;
    return word_end <= final_stack(a) && word_end <= final_stack(b);
}

/* Walks two change lists in step; returns the next component that either has, END at the end. */
#define END UINT32_MAX
struct walk {
    const struct rp_view *view[2];
    uint32_t at[2];
};

static uint32_t next_component(struct walk *walk, uint64_t value[2])
{
    uint32_t component = END;
    for (int i = 0; i < 2; i++) {
        const struct rp_view *view = walk->view[i];
        if (walk->at[i] < view->outcome->count && view->changes[walk->at[i]].component < component)
            component = view->changes[walk->at[i]].component;
    }
    for (int i = 0; i < 2 && component != END; i++) {
        const struct rp_view *view = walk->view[i];
        bool changed =
            walk->at[i] < view->outcome->count && view->changes[walk->at[i]].component == component;
        value[i] = changed ? view->changes[walk->at[i]].value : value_before(view, component);
        walk->at[i] += changed;
    }
    return component;
}

size_t rp_compare_user(const struct rp_view *a, const struct rp_view *b, const struct rp_noise *noise,
                       struct rp_difference *differences, size_t capacity)
{
    struct walk walk = {{a, b}, {0, 0}};
    size_t found = 0;
    uint64_t value[2], user;
    for (uint32_t c = next_component(&walk, value); c != END; c = next_component(&walk, value)) {
        if (!rp_component_user(c, a->mode, &user))
            continue;
        uint64_t bits = (value[0] ^ value[1]) & user & ~hidden_bits(c);
        if (!bits || is_noise(noise, c) || below_stack(a, b, c))
            continue;
        if (found < capacity)
            differences[found] = (struct rp_difference){c, bits, {value[0], value[1]}};
        found++;
    }
    return found;
}

/* M-UNDEFINED: the bits of a component that no manual defines after this instruction. */
static uint64_t undefined_bits(uint32_t component, const struct rp_undefined *undefined)
{
    return component == RP_REG_RFLAGS ? undefined->flags : component == RP_REG_FSW ? undefined->x87 : 0;
}

size_t rp_compare_fidelity(const struct rp_view *a, const struct rp_view *b,
                           const struct rp_undefined *undefined, struct rp_difference *differences,
                           size_t capacity)
{
    struct walk walk = {{a, b}, {0, 0}};
    size_t found = 0;
    uint64_t value[2];
    for (uint32_t c = next_component(&walk, value); c != END; c = next_component(&walk, value)) {
        uint64_t ignored = c < RP_REG_COUNT ? rp_register_info((enum rp_reg)c)->ignored : 0;
        uint64_t bits = (value[0] ^ value[1]) & ~ignored & ~undefined_bits(c, undefined);
        if (!bits || below_stack(a, b, c))
            continue;
        if (found < capacity)
            differences[found] = (struct rp_difference){c, bits, {value[0], value[1]}};
        found++;
    }
    return found;
}

bool rp_compare_same_end(const struct rp_outcome *a, const struct rp_outcome *b)
{
    return a->kind == b->kind && a->vector == b->vector && a->has_error_code == b->has_error_code &&
           a->error_code == b->error_code && a->cr2 == b->cr2;
}

/* The privileged bits of a component that may count as an effect. */
static uint64_t privileged_bits(uint32_t component, enum rp_mode mode)
{
    uint64_t user;
    rp_component_user(component, mode, &user);
    return ~user & ~hidden_bits(component);
}

size_t rp_compare_effects(const struct rp_view *view, const struct rp_noise *noise,
                          struct rp_difference *differences, size_t capacity)
{
    size_t found = 0;
    for (uint32_t i = 0; i < view->outcome->count; i++) {
        uint32_t c = view->changes[i].component;
        uint64_t before = value_before(view, c), after = view->changes[i].value,
                 mask = privileged_bits(c, view->mode);
        /* What stood in system memory before is not kept; that the executor reports the word is the change.
         */
        uint64_t bits = c < RP_COMPONENT_MEMORY ? (before ^ after) & mask : mask;
        if (!bits || is_noise(noise, c))
            continue;
        if (found < capacity)
            differences[found] = (struct rp_difference){c, bits, {before, after}};
        found++;
    }
    return found;
}

bool rp_compare_same_effects(const struct rp_view *a, const struct rp_view *b, const struct rp_noise *noise)
{
    struct walk walk = {{a, b}, {0, 0}};
    uint64_t value[2];
    for (uint32_t c = next_component(&walk, value); c != END; c = next_component(&walk, value)) {
        uint64_t mask = privileged_bits(c, a->mode);
        if (!mask || is_noise(noise, c))
            continue;
        /* Both left it alone, whatever each began with (CR3, hidden CS); or both ended with the same. */
        uint64_t changed = (value[0] ^ value_before(a, c)) | (value[1] ^ value_before(b, c));
        if ((changed & mask) && ((value[0] ^ value[1]) & mask))
            return false;
    }
    return true;
}

/* Which resource a word of system memory belongs to: the descriptor that stands there. */
static enum rp_resource resource_of_memory(enum rp_window window, uint32_t offset)
{
    static const struct {
        uint16_t selector;
        enum rp_resource resource;
    } rows[] = {{RP_SELECTOR_PROBE_DATA, RP_RESOURCE_PROBE_DATA_A},
                {RP_SELECTOR_PROBE_CODE, RP_RESOURCE_PROBE_CODE_A},
                {RP_SELECTOR_PROBE_CONFORMING, RP_RESOURCE_PROBE_CONFORMING_A},
                {RP_SELECTOR_PROBE_TSS, RP_RESOURCE_PROBE_TSS_TYPE}};
    if (window == RP_WINDOW_TSS)
        return RP_RESOURCE_TSS;
    if (window == RP_WINDOW_LDT || window == RP_WINDOW_LDT_COPY)
        return offset == 0 ? RP_RESOURCE_PROBE_LDT_DATA_A : RP_RESOURCE_PROBE_LDT_CODE_A;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].selector == offset)
            return rows[i].resource;
    return RP_RESOURCE_TR_ATTRIBUTES; /* another TSS made busy or available */
}

enum rp_resource rp_difference_resource(const struct rp_difference *difference)
{
    uint32_t offset = 0;
    enum rp_window window = rp_component_place(difference->component, &offset);
    if (window < RP_WINDOW_COUNT)
        return resource_of_memory(window, offset);
    if (difference->component >= RP_REG_COUNT || !difference->bits)
        return RP_RESOURCE_NONE;
    return rp_resource_of_bit((enum rp_reg)difference->component,
                              (unsigned)__builtin_ctzll(difference->bits));
}

/* The bits of a register that a resource is. */
static uint64_t bits_of(enum rp_resource resource)
{
    const struct rp_place *place = &rp_resource_info(resource)->place;
    return place->kind == RP_PLACE_BITS && place->width < 64
               ? ((UINT64_C(1) << place->width) - 1) << place->shift
               : UINT64_MAX;
}

unsigned rp_difference_resources(const struct rp_difference *difference, enum rp_resource resources[64])
{
    struct rp_difference rest = *difference;
    unsigned count = 0;
    if (rest.component >= RP_REG_COUNT) {
        resources[0] = rp_difference_resource(&rest);
        return 1;
    }
    while (rest.bits) {
        enum rp_resource resource = rp_difference_resource(&rest);
        if (resource != RP_RESOURCE_NONE)
            resources[count++] = resource;
        rest.bits &= resource == RP_RESOURCE_NONE ? rest.bits - 1 : ~bits_of(resource);
    }
    if (count == 0)
        resources[count++] = RP_RESOURCE_NONE;
    return count;
}

void rp_compare_noise(const struct rp_view *a, const struct rp_view *b, struct rp_noise *noise)
{
    struct walk walk = {{a, b}, {0, 0}};
    uint64_t value[2];
    for (uint32_t c = next_component(&walk, value); c != END; c = next_component(&walk, value)) {
        if (!((value[0] ^ value[1]) & ~hidden_bits(c)) || is_noise(noise, c))
            continue;
        if (noise->count == RP_NOISE_MAX)
            noise->overflow = true;
        else
            noise->component[noise->count++] = c;
    }
}
