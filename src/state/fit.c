/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fitting recipes to operands; see recipe.h. A memory operand anywhere must be able to retire, or every
 * encoding but [rbx] would be "#PF in both rings". */
#include "state/recipe.h"

#include <string.h>

#define MARGIN_MAX UINT64_C(64) /* bytes looked at behind an address: a ZMM register */

void rp_recipe_init(struct rp_recipe *recipe, enum rp_mode mode, enum rp_policy policy)
{
    rp_user_init(&recipe->user, mode);
    rp_machine_init(&recipe->machine, mode, policy);
}

bool rp_arena_physical(enum rp_mode mode, uint64_t linear, uint32_t *physical)
{
    static const struct {
        uint32_t linear, physical, size;
    } places[] = {{RP_ARENA_DATA, RP_ARENA_DATA, RP_ARENA_DATA_SIZE},
                  {RP_ARENA_STACK, RP_ARENA_STACK, RP_ARENA_STACK_SIZE},
                  {0, RP_ARENA_DATA, RP_ARENA_DATA_SIZE},
                  {RP_ARENA_ALIAS_SUM, RP_ARENA_DATA, RP_ARENA_DATA_SIZE},
                  {RP_ARENA_ALIAS_BASE, RP_ARENA_DATA, RP_ARENA_DATA_SIZE}};
    size_t count =
        rp_mode_info(mode)->protected_mode ? sizeof places / sizeof places[0] : 2; /* else no aliases */
    for (size_t i = 0; i < count; i++) {
        if (linear >= places[i].linear && linear - places[i].linear < places[i].size) {
            *physical = places[i].physical + (uint32_t)(linear - places[i].linear);
            return true;
        }
    }
    return false;
}

static uint64_t width_mask(unsigned bits)
{
    return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

/* The base that the operand's segment has in the recipe. */
static uint64_t segment_base(const struct rp_recipe *recipe, enum rp_mode mode, unsigned segment)
{
    const struct rp_arena_view *view = rp_arena_view(mode);
    if (!rp_mode_info(mode)->protected_mode)
        return recipe->user.state.reg[RP_REG_ES_BASE + 4 * segment];
    if (rp_mode_info(mode)->code_bits == 64)
        return segment == 4   ? recipe->machine.value[RP_RESOURCE_FS_BASE]
               : segment == 5 ? recipe->machine.value[RP_RESOURCE_GS_BASE]
                              : 0;
    return segment == 1 ? view->code_base : segment == 2 ? view->stack_base : view->data_base;
}

static bool has(uint8_t reg)
{
    return reg < 16;
}

/* What the registers contribute besides the displacement. */
static uint64_t register_part(const struct rp_recipe *recipe, const struct rp_memory_operand *memory)
{
    uint64_t sum = has(memory->base) ? recipe->user.state.reg[memory->base] : 0;
    if (has(memory->index) && !memory->vector_index)
        sum += recipe->user.state.reg[memory->index] * memory->scale;
    return sum;
}

/* The operand's offset into its segment. */
static uint64_t offset_of(const struct rp_recipe *recipe, const struct rp_instruction *instruction)
{
    const struct rp_memory_operand *memory = &instruction->memory;
    uint64_t offset = register_part(recipe, memory) + (uint64_t)memory->displacement;
    if (memory->base == RP_REGISTER_IP)
        offset += recipe->user.state.reg[RP_REG_RIP] + instruction->length;
    return offset & width_mask(instruction->address_bits);
}

/* The bytes that an operand reaches behind its address; where the architecture gives no size, as many as are
 * looked at. */
static uint64_t margin(const struct rp_instruction *instruction)
{
    uint64_t size = instruction->memory.size ? instruction->memory.size : MARGIN_MAX;
    return (size < MARGIN_MAX ? size : MARGIN_MAX) - 1;
}

static bool reaches(const struct rp_recipe *recipe, enum rp_mode mode,
                    const struct rp_instruction *instruction, uint64_t offset, uint32_t *physical)
{
    unsigned segment_bits = rp_mode_info(mode)->code_bits; /* of 16 have a limit of FFFFh */
    if (segment_bits == 16 && (offset & width_mask(instruction->address_bits)) + margin(instruction) > 0xffff)
        return false;
    uint64_t linear = segment_base(recipe, mode, instruction->memory.segment) +
                      (offset & width_mask(instruction->address_bits));
    uint32_t end;
    if (rp_mode_info(mode)->code_bits != 64)
        linear &= UINT32_MAX;
    return rp_arena_physical(mode, linear, physical) &&
           rp_arena_physical(mode, linear + margin(instruction), &end);
}

/* Moves one address register so that the operand's offset becomes `offset`; false if that can't be had
 * exactly. */
static bool steer(struct rp_recipe *recipe, const struct rp_instruction *instruction, uint64_t offset)
{
    const struct rp_memory_operand *memory = &instruction->memory;
    uint64_t mask = width_mask(instruction->address_bits), *reg = recipe->user.state.reg;
    uint64_t rest = offset - (uint64_t)memory->displacement;
    unsigned moved = memory->base;
    if (has(memory->base) && memory->base == memory->index && !memory->vector_index) {
        rest = (rest & mask) / (memory->scale + 1u); /* both at once */
    } else if (has(memory->base) && memory->base != RP_REG_RSP) {
        rest -= register_part(recipe, memory) - reg[memory->base];
    } else if (has(memory->index) && !memory->vector_index) {
        rest = ((rest - (has(memory->base) ? reg[memory->base] : 0)) & mask) / memory->scale;
        moved = memory->index;
    } else {
        return false;
    }
    reg[moved] = (reg[moved] & ~mask) | (rest & mask);
    if (instruction->address_bits == 32)
        reg[moved] &= UINT32_MAX;
    return offset_of(recipe, instruction) == (offset & mask);
}

/* Steers to `offset`, or where a scale does not allow that, to the next 64-byte line or byte behind it that
 * it allows. */
static bool steer_near(struct rp_recipe *recipe, enum rp_mode mode, const struct rp_instruction *instruction,
                       uint64_t offset, uint32_t *operand)
{
    enum { SCALE = 9 }; /* the largest factor: base and index the same register, scale 8 */
    uint64_t reg[16];
    memcpy(reg, recipe->user.state.reg, sizeof reg);
    for (unsigned i = 0; i < 2 * SCALE; i++) {
        uint64_t target = offset + (i < SCALE ? 64 * i : i - SCALE);
        if (reaches(recipe, mode, instruction, target, operand) && steer(recipe, instruction, target))
            return true;
        memcpy(recipe->user.state.reg, reg, sizeof reg);
    }
    return false;
}

static void fit_memory(struct rp_recipe *recipe, enum rp_mode mode, const struct rp_instruction *instruction,
                       uint32_t *operand)
{
    const struct rp_arena_view *view = rp_arena_view(mode);
    uint64_t pointer = recipe->user.state.reg[RP_REG_RBX], standard = view->data + 0x400;
    bool in_place = reaches(recipe, mode, instruction, offset_of(recipe, instruction), operand);
    if ((in_place && *operand % 64 == 0) || steer_near(recipe, mode, instruction, pointer, operand) ||
        steer_near(recipe, mode, instruction, standard, operand))
        return;
    if (!reaches(recipe, mode, instruction, offset_of(recipe, instruction), operand))
        *operand = 0;
}

static const uint8_t slots[RP_PROBE_COUNT] = {[RP_PROBE_DATA] = RP_RESOURCE_PROBE_DATA_SLOT,
                                              [RP_PROBE_CODE] = RP_RESOURCE_PROBE_CODE_SLOT,
                                              [RP_PROBE_CONFORMING] = RP_RESOURCE_PROBE_CONFORMING_SLOT,
                                              [RP_PROBE_LDT_DATA] = RP_RESOURCE_PROBE_LDT_DATA_SLOT,
                                              [RP_PROBE_LDT_CODE] = RP_RESOURCE_PROBE_LDT_CODE_SLOT,
                                              [RP_PROBE_GATE] = RP_RESOURCE_PROBE_GATE_SLOT,
                                              [RP_PROBE_TSS] = RP_RESOURCE_PROBE_TSS_SLOT,
                                              [RP_PROBE_LDT] = RP_RESOURCE_PROBE_LDT_SLOT,
                                              [RP_PROBE_VECTOR] = RP_RESOURCE_IDT_GATE_VECTOR};

/* CD ib is INT n; E4-E7 ib are IN and OUT, EC-EF and 6C-6F the same with the port in DX. */
static bool is_one_byte(const struct rp_instruction *instruction, uint8_t first, uint8_t last)
{
    const struct rp_prefix_scan *scan = &instruction->prefixes;
    return scan->class == RP_CLASS_LEGACY && scan->map == 0 && scan->opcode >= first && scan->opcode <= last;
}

static bool port_in_dx(const struct rp_instruction *instruction)
{
    return is_one_byte(instruction, 0xec, 0xef) || is_one_byte(instruction, 0x6c, 0x6f);
}

/* The probe that fits instructions which take a selector from the stack's two registers, the ones that no
 * seed sets; RP_PROBE_COUNT for all others. */
static enum rp_probe selector_in_stack_register(const struct rp_instruction *instruction)
{
    const struct rp_prefix_scan *scan = &instruction->prefixes;
    unsigned rm = scan->modrm & 7, reg = scan->modrm >> 3 & 7;
    if (scan->class != RP_CLASS_LEGACY || !scan->has_modrm || instruction->memory.present ||
        (rm != RP_REG_RSP && rm != RP_REG_RBP) || scan->rex & 1)
        return RP_PROBE_COUNT;
    if ((scan->map == 0 && scan->opcode == 0x8e) ||                         /* MOV Sreg */
        (scan->map == 1 && (scan->opcode == 0x02 || scan->opcode == 0x03))) /* LAR, LSL */
        return RP_PROBE_DATA;
    if (scan->map != 1 || scan->opcode != 0x00)
        return RP_PROBE_COUNT;
    return reg == 2               ? RP_PROBE_LDT /* LLDT, LTR, VERR, VERW */
           : reg == 3             ? RP_PROBE_TSS
           : reg == 4 || reg == 5 ? RP_PROBE_DATA
                                  : RP_PROBE_COUNT;
}

/* Vectors and ports: guarded in vm86 too, whose selectors are the program's own. */
static bool has_guarded_number(const struct rp_instruction *instruction)
{
    return is_one_byte(instruction, 0xcd, 0xcd) || is_one_byte(instruction, 0xe4, 0xe7) ||
           port_in_dx(instruction);
}

static bool has_placement(enum rp_mode mode, const struct rp_instruction *instruction)
{
    bool selector =
        instruction->far_pointer.present || selector_in_stack_register(instruction) != RP_PROBE_COUNT;
    return (rp_mode_info(mode)->protected_mode && selector) ||
           (mode != RP_MODE_REAL16 && has_guarded_number(instruction));
}

static void place_selectors(struct rp_recipe *recipe, const struct rp_instruction *instruction,
                            enum rp_probe probe)
{
    struct rp_machine *machine = &recipe->machine;
    if (instruction->far_pointer.present && probe != RP_PROBE_COUNT)
        machine->value[slots[probe]] = instruction->far_pointer.selector & 0xfffc;
    if (selector_in_stack_register(instruction) != RP_PROBE_COUNT)
        machine->value[slots[selector_in_stack_register(instruction)]] =
            recipe->user.state.reg[instruction->prefixes.modrm & 7] & 0xfffc;
}

static void place_numbers(struct rp_recipe *recipe, const struct rp_instruction *instruction)
{
    struct rp_machine *machine = &recipe->machine;
    uint64_t immediate = instruction->immediate[0].value & 0xff;
    if (is_one_byte(instruction, 0xcd, 0xcd))
        machine->value[RP_RESOURCE_IDT_GATE_VECTOR] = immediate;
    if (is_one_byte(instruction, 0xe4, 0xe7))
        machine->value[RP_RESOURCE_TSS_PORT] = immediate;
    if (port_in_dx(instruction))
        machine->value[RP_RESOURCE_TSS_PORT] = recipe->user.state.reg[RP_REG_RDX] & 0xffff;
}

void rp_recipe_fit(struct rp_recipe *recipe, enum rp_mode mode, const struct rp_instruction *instruction,
                   enum rp_probe probe, uint32_t *operand)
{
    if (!instruction || !instruction->memory.present) {
        uint64_t linear = segment_base(recipe, mode, 3) + recipe->user.state.reg[RP_REG_RBX];
        if (!rp_arena_physical(mode, linear, operand))
            *operand = 0;
    } else {
        fit_memory(recipe, mode, instruction, operand);
    }
    if (instruction && rp_mode_info(mode)->protected_mode)
        place_selectors(recipe, instruction, probe);
    if (instruction && mode != RP_MODE_REAL16)
        place_numbers(recipe, instruction);
}

bool rp_recipe_needs_fit(enum rp_mode mode, const struct rp_instruction *instruction)
{
    const struct rp_memory_operand *memory = &instruction->memory;
    bool usual = memory->base == RP_REG_RBX && memory->displacement == 0 &&
                 (memory->index == RP_REGISTER_NONE || memory->vector_index) &&
                 (memory->segment != 2 || rp_mode_info(mode)->code_bits != 16);
    return (memory->present && !usual) || has_placement(mode, instruction);
}
