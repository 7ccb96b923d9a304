/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a seed's notation to a recipe; the notation is explained at the head of corpus/seeds.tsv. */
#include "state/seeds.h"

#include "base/hex.h"
#include "state/component.h"

#include <inttypes.h>
#include <string.h>

/* Where items are written, and how wide `o:` is. */
struct build {
    enum rp_mode mode;
    unsigned operand_bits;
    struct rp_recipe *recipe;
    struct rp_state standard; /* the default pre-state of ring 0: what a register's name stands for */
    const char *memory;       /* the value of mem=, done last, when the operand's place is known */
};

static const struct {
    const char *name;
    uint16_t flat, segmented, unguarded; /* selector by kind of mode */
} selectors[] = {
    {"@code", RP_SELECTOR_CODE32, RP_SELECTOR_CODE16, RP_ARENA_CODE >> 4},
    {"@code0", RP_SELECTOR_CODE32_RING0, RP_SELECTOR_CODE16_RING0, RP_ARENA_CODE >> 4},
    {"@data", RP_SELECTOR_DATA, RP_SELECTOR_DATA16, RP_ARENA_DATA >> 4},
    {"@data0", RP_SELECTOR_DATA_RING0, RP_SELECTOR_DATA_RING0, RP_ARENA_DATA >> 4},
    {"@stack", RP_SELECTOR_DATA, RP_SELECTOR_STACK16, RP_ARENA_STACK >> 4},
    {"@stack0", RP_SELECTOR_DATA_RING0, RP_SELECTOR_STACK16_RING0, RP_ARENA_STACK >> 4},
    {"@probe_data", RP_SELECTOR_PROBE_DATA, RP_SELECTOR_PROBE_DATA, 0},
    {"@probe_code", RP_SELECTOR_PROBE_CODE, RP_SELECTOR_PROBE_CODE, 0},
    {"@probe_conforming", RP_SELECTOR_PROBE_CONFORMING, RP_SELECTOR_PROBE_CONFORMING, 0},
    {"@probe_gate", RP_SELECTOR_PROBE_GATE, RP_SELECTOR_PROBE_GATE, 0},
    {"@probe_tss", RP_SELECTOR_PROBE_TSS, RP_SELECTOR_PROBE_TSS, 0},
    {"@probe_ldt", RP_SELECTOR_PROBE_LDT, RP_SELECTOR_PROBE_LDT, 0},
    {"@ldt_data", 0x04, 0x04, 0},
    {"@ldt_code", 0x0c, 0x0c, 0},
    {"@absent", RP_SELECTOR_ABSENT, RP_SELECTOR_ABSENT, 0},
};

static uint64_t selector_value(enum rp_mode mode, size_t i)
{
    const struct rp_mode_info *info = rp_mode_info(mode);
    if (!info->protected_mode)
        return selectors[i].unguarded;
    uint64_t value = info->code_bits == 16 ? selectors[i].segmented : selectors[i].flat;
    if (info->code_bits == 64 && value == RP_SELECTOR_CODE32)
        return RP_SELECTOR_CODE64;
    return info->code_bits == 64 && value == RP_SELECTOR_CODE32_RING0 ? RP_SELECTOR_CODE64_RING0 : value;
}

/* One term: @selector, data, stack, ip, a register's name, or hex. */
static int term(const struct build *b, const char *word, uint64_t *value, struct rp_error *error)
{
    const struct rp_arena_view *view = rp_arena_view(b->mode);
    uint32_t component;
    for (size_t i = 0; i < sizeof selectors / sizeof selectors[0]; i++) {
        if (strcmp(word, selectors[i].name) == 0) {
            *value = selector_value(b->mode, i);
            return RP_OK;
        }
    }
    if (strcmp(word, "data") == 0)
        *value = view->data;
    else if (strcmp(word, "stack") == 0)
        *value = view->stack;
    else if (strcmp(word, "ip") == 0)
        *value = view->instruction;
    else if (word[0] > '9' && rp_component_find(word, &component) && component < RP_REG_COUNT)
        *value = b->standard.reg[component];
    else if (rp_hex_parse_u64(word, value, NULL))
        return rp_error_set(error, RP_EINPUT, "'%s' is no hex number, @selector, register, data, stack or ip",
                            word);
    return RP_OK;
}

static uint64_t join(uint64_t left, char operation, uint64_t right)
{
    return operation == '|' ? left | right : operation == '^' ? left ^ right : left + right;
}

/* Terms joined by | ^ +, from left to right; at least one. */
static int evaluate(const struct build *b, const char *text, size_t length, uint64_t *value,
                    struct rp_error *error)
{
    const char *end = text + length;
    char operation = '+';
    *value = 0;
    for (const char *next = text; next; text = next) {
        char word[32];
        uint64_t right;
        size_t n = strcspn(text, "|^+, ");
        if (n > (size_t)(end - text))
            n = (size_t)(end - text);
        if (n >= sizeof word)
            return rp_error_set(error, RP_EINPUT, "'%.*s' is too long for a term", (int)n, text);
        memcpy(word, text, n);
        word[n] = '\0';
        int result = term(b, word, &right, error);
        if (result)
            return result;
        *value = join(*value, operation, right);
        operation = text[n];
        next = text + n < end ? text + n + 1 : NULL;
    }
    return RP_OK;
}

/* Bytes of an item's kind: w 2, d 4, q 8, o as wide as the operand, s the word eight times, z zeros, k left
 * as they are (their value counts them). */
static uint32_t item_bytes(const struct build *b, char kind, uint64_t value)
{
    switch (kind) {
    case 'w':
        return 2;
    case 'd':
        return 4;
    case 'q':
        return 8;
    case 's':
        return 16;
    case 'o':
        return b->operand_bits / 8;
    default:
        return (uint32_t)value & 0xfff;
    }
}

/* True if the bytes lie within the program's data or stack; what would lie beyond is left out. */
static bool is_writable(uint32_t address, uint32_t bytes)
{
    return (address >= RP_ARENA_DATA && address + bytes <= RP_ARENA_DATA + RP_ARENA_DATA_SIZE) ||
           (address >= RP_ARENA_STACK && address + bytes <= RP_ARENA_STACK + RP_ARENA_STACK_SIZE);
}

static int write_item(const struct build *b, char kind, uint64_t value, uint32_t address, uint32_t bytes,
                      struct rp_error *error)
{
    struct rp_memory *memory = &b->recipe->user.memory;
    uint64_t written = kind == 'z' ? 0 : value;
    uint32_t step = kind == 's' ? 2 : kind == 'z' ? 1 : bytes;
    int result = RP_OK;
    for (uint32_t at = 0; at < bytes && kind != 'k' && result == RP_OK; at += step)
        if (is_writable(address + at, step))
            result = rp_memory_write(memory, address + at, &written, step, error);
    return result;
}

static int write_items(const struct build *b, const char *items, uint32_t address, struct rp_error *error)
{
    int result = RP_OK;
    for (const char *next = items; next && result == RP_OK; items = next) {
        size_t length = strcspn(items, ",");
        if (length < 3 || items[1] != ':' || !strchr("wdqoszk", items[0]))
            return rp_error_set(error, RP_EINPUT, "'%.*s' is no item: w: d: q: o: s: z: or k: and a value",
                                (int)length, items);
        uint64_t value;
        result = evaluate(b, items + 2, length - 2, &value, error);
        uint32_t bytes = item_bytes(b, items[0], value);
        if (result == RP_OK)
            result = write_item(b, items[0], value, address, bytes, error);
        address += bytes;
        next = items[length] ? items + length + 1 : NULL;
    }
    return result;
}

static uint32_t stack_top(const struct build *b)
{
    uint64_t rsp = b->recipe->user.state.reg[RP_REG_RSP];
    return (uint32_t)(rsp - rp_arena_view(b->mode)->stack) + RP_ARENA_STACK;
}

/* Every general register but the stack's two. */
static void set_general(const struct build *b, uint64_t value)
{
    unsigned last = rp_mode_info(b->mode)->code_bits == 64 ? RP_REG_R15 : RP_REG_RDI;
    for (unsigned reg = RP_REG_RAX; reg <= last; reg++)
        if (reg != RP_REG_RSP && reg != RP_REG_RBP)
            b->recipe->user.state.reg[reg] = value;
}

static void set_user(const struct build *b, uint32_t component, uint64_t value)
{
    struct rp_state *state = &b->recipe->user.state;
    if (component < RP_COMPONENT_VECTOR)
        state->reg[component] = component == RP_REG_RFLAGS ? value | RP_FLAG_ONE : value;
    else
        state->vector[component - RP_COMPONENT_VECTOR] = value;
}

/* A register is the program's where it can be; else its name is that of a resource. */
static int set_register(const struct build *b, const char *name, uint64_t value, struct rp_error *error)
{
    enum rp_resource resource = rp_resource_find(name);
    const struct rp_resource_info *info = resource == RP_RESOURCE_NONE ? NULL : rp_resource_info(resource);
    uint32_t component;
    uint64_t mask;
    if (strcmp(name, "gpr") == 0)
        set_general(b, value);
    else if (rp_component_find(name, &component) && component < RP_COMPONENT_MEMORY &&
             rp_component_user(component, b->mode, &mask))
        set_user(b, component, value);
    else if (!info || info->owner == RP_OWNER_USER)
        return rp_error_set(error, RP_EINPUT, "'%s' is nothing that a seed can set in %s", name,
                            rp_mode_info(b->mode)->name);
    else if (info->fixed && info->place.kind == RP_PLACE_BITS)
        return rp_error_set(error, RP_EINPUT, "'%s' cannot be set: %s", name, info->fixed);
    else
        b->recipe->machine.value[resource] = value;
    return RP_OK;
}

static int assign(struct build *b, const char *word, size_t length, struct rp_error *error)
{
    const char *equals = memchr(word, '=', length);
    char name[32];
    if (!equals || equals == word || (size_t)(equals - word) >= sizeof name)
        return rp_error_set(error, RP_EINPUT, "'%.*s' is not name=value", (int)length, word);
    memcpy(name, word, (size_t)(equals - word));
    name[equals - word] = '\0';
    if (strcmp(name, "mem") == 0) {
        b->memory = equals + 1;
        return RP_OK;
    }
    char items[200];
    size_t n = length - (size_t)(equals + 1 - word);
    if (n >= sizeof items)
        return rp_error_set(error, RP_EINPUT, "'%s=' is too long", name);
    memcpy(items, equals + 1, n);
    items[n] = '\0';
    if (strcmp(name, "stack") == 0)
        return write_items(b, items, stack_top(b), error);
    uint64_t value;
    int result = evaluate(b, items, n, &value, error);
    return result ? result : set_register(b, name, value, error);
}

/* Writes mem= where the operand is; a value that reaches a blank ends there. */
static int write_memory(const struct build *b, uint32_t operand, struct rp_error *error)
{
    char items[200];
    size_t n = b->memory ? strcspn(b->memory, " ") : 0;
    if (!b->memory || !operand)
        return RP_OK;
    if (n >= sizeof items)
        return rp_error_set(error, RP_EINPUT, "'mem=' is too long");
    memcpy(items, b->memory, n);
    items[n] = '\0';
    return write_items(b, items, operand, error);
}

/* True if what `word` sets was set by an earlier word of the state. */
static bool is_doubled(const char *state, const char *word)
{
    size_t length = strcspn(word, "= ") + 1;
    for (; state < word; state += strcspn(state, " ") + 1)
        if (strncmp(state, word, length) == 0)
            return true;
    return false;
}

int rp_seed_build(const struct rp_seed *seed, enum rp_mode mode, enum rp_policy policy, unsigned operand_bits,
                  const struct rp_instruction *instruction, struct rp_recipe *recipe, struct rp_error *error)
{
    static const uint64_t nothing[RP_REG_COUNT];
    return rp_seed_build_without(seed, mode, policy, operand_bits, instruction, nothing, recipe, error);
}

int rp_seed_build_without(const struct rp_seed *seed, enum rp_mode mode, enum rp_policy policy,
                          unsigned operand_bits, const struct rp_instruction *instruction,
                          const uint64_t lacks[RP_REG_COUNT], struct rp_recipe *recipe,
                          struct rp_error *error)
{
    static _Thread_local struct rp_seed_draft draft;
    int result = rp_seed_draft(seed, mode, policy, operand_bits, lacks, &draft, error);
    return result ? result : rp_seed_finish(&draft, instruction, recipe, error);
}

int rp_seed_draft(const struct rp_seed *seed, enum rp_mode mode, enum rp_policy policy, unsigned operand_bits,
                  const uint64_t lacks[RP_REG_COUNT], struct rp_seed_draft *draft, struct rp_error *error)
{
    static _Thread_local struct rp_prestate standard;
    struct rp_recipe *recipe = &draft->recipe;
    struct build b = {.mode = mode, .operand_bits = operand_bits, .recipe = recipe};
    rp_recipe_init(recipe, mode, policy);
    unsigned ring = rp_mode_info(mode)->has_ring0 ? 0 : 3;
    int result = rp_prestate_build(&standard, mode, ring, &recipe->user, &recipe->machine, error);
    rp_prestate_reduce(&standard, lacks);
    b.standard = standard.state;
    for (const char *word = seed->state; *word && result == RP_OK;) {
        size_t length = strcspn(word, " ");
        if (is_doubled(seed->state, word))
            return rp_error_set(error, RP_EINPUT, "'%.*s' stands there twice", (int)strcspn(word, "=") + 1,
                                word);
        if (length && strncmp(word, "-", length) != 0)
            result = assign(&b, word, length, error);
        word += length + strspn(word + length, " ");
    }
    draft->probe = seed->probe;
    draft->mode = mode;
    draft->operand_bits = operand_bits;
    draft->standard = b.standard;
    draft->memory = b.memory;
    return result;
}

int rp_seed_finish(const struct rp_seed_draft *draft, const struct rp_instruction *instruction,
                   struct rp_recipe *recipe, struct rp_error *error)
{
    uint32_t operand = 0;
    *recipe = draft->recipe;
    rp_recipe_fit(recipe, draft->mode, instruction, draft->probe, &operand);
    if (!draft->memory)
        return RP_OK;
    const struct build b = {draft->mode, draft->operand_bits, recipe, draft->standard, draft->memory};
    return write_memory(&b, operand, error);
}
