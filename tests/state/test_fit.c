/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fitting: wherever an encoding's memory operand points, the fitted recipe makes it point into the arena, and
 * `operand` says where; immediates find the seed's descriptor, gate or port. */
#include "base/hex.h"
#include "base/random.h"
#include "state/seeds.h"
#include "support/suite.h"
#include "x86/form.h"

#include <string.h>

static uint64_t low_bits(uint64_t value, unsigned bits)
{
    return bits == 64 ? value : value & ((UINT64_C(1) << bits) - 1);
}

/* SDM Vol. 1 3.7.5: what the CPU computes, from the registers of ring 3's pre-state. Beyond the limit of the
 * segment is nowhere. */
static uint64_t linear_address(const struct rp_prestate *p, const struct rp_instruction *i)
{
    const struct rp_memory_operand *m = &i->memory;
    uint64_t offset = (uint64_t)m->displacement;
    if (m->base < 16)
        offset += p->state.reg[m->base];
    if (m->base == RP_REGISTER_IP)
        offset += p->state.reg[RP_REG_RIP] + i->length;
    if (m->index < 16 && !m->vector_index)
        offset += p->state.reg[m->index] * m->scale;
    offset = low_bits(offset, i->address_bits);
    if (p->mode != RP_MODE_LONG64 && offset > p->state.reg[RP_REG_ES + 4u * m->segment + 2])
        return UINT64_MAX;
    uint64_t base = p->state.reg[RP_REG_ES + 4u * m->segment + 1];
    if (p->mode == RP_MODE_LONG64 && m->segment < 4)
        base = 0;
    return low_bits(base + offset, p->mode == RP_MODE_LONG64 ? 64 : 32);
}

/* Where a fit must succeed: some register can be steered, and the segment holds any data. */
static bool can_be_steered(enum rp_mode mode, const struct rp_memory_operand *m)
{
    if (m->segment == 1 && rp_mode_info(mode)->code_bits == 16)
        return false;
    bool base = m->base < 16 && m->base != RP_REG_RSP;
    return base || (m->index < 16 && !m->vector_index);
}

/* Fits the default recipe, or a seed's, to the instruction and compares. */
static void check(enum rp_mode mode, const struct rp_instruction *i, struct rp_recipe *recipe,
                  const char *what)
{
    static struct rp_prestate p;
    uint32_t operand = 1, physical = 0;
    unsigned ring = rp_mode_info(mode)->has_ring3 ? 3 : 0;
    rp_recipe_fit(recipe, mode, i, RP_PROBE_COUNT, &operand);
    assert_int_equal(rp_prestate_build(&p, mode, ring, &recipe->user, &recipe->machine, NULL), RP_OK);
    bool mapped = rp_arena_physical(mode, linear_address(&p, i), &physical);
    if (operand ? !mapped || physical != operand : can_be_steered(mode, &i->memory))
        fail_msg("%s %s: operand %x, the address is %lx, %x", rp_mode_info(mode)->name, what, operand,
                 (unsigned long)linear_address(&p, i), physical);
}

/* MOV eax, m with random prefixes, ModRM, SIB and displacement. */
static void draw(struct rp_random *random, uint8_t bytes[RP_ENCODING_MAX])
{
    static const uint8_t prefixes[] = {0x67, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
    size_t length = 0;
    for (unsigned n = (unsigned)rp_random_below(random, 3); n > 0; n--)
        bytes[length++] = prefixes[rp_random_below(random, sizeof prefixes)];
    bytes[length++] = 0x8b;
    while (length < RP_ENCODING_MAX)
        bytes[length++] = (uint8_t)rp_random_next(random);
}

static void a_random_operand_lies_in_the_arena(void **state)
{
    (void)state;
    static struct rp_recipe recipe;
    struct rp_random random = rp_random_make(3, 0);
    unsigned checked = 0;
    for (unsigned n = 0; n < 40000; n++) {
        enum rp_mode mode = n % RP_MODE_COUNT;
        uint8_t bytes[RP_ENCODING_MAX];
        char hex[2 * RP_ENCODING_MAX + 1];
        struct rp_instruction i;
        draw(&random, bytes);
        if (rp_decode(mode, bytes, sizeof bytes, &i, NULL) || !i.memory.present)
            continue;
        rp_recipe_init(&recipe, mode, RP_POLICY_LEGACY);
        check(mode, &i, &recipe, rp_hex_print(hex, bytes, i.length));
        checked++;
    }
    assert_true(checked > 20000);
}

/* Each seed fits too, wherever its registers point to begin with. */
static void a_seed_fits_each_addressing_form(void **state)
{
    (void)state;
    static struct rp_recipe recipe;
    struct rp_seeds seeds;
    assert_int_equal(rp_seeds_load(&seeds, NULL), RP_OK);
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        for (unsigned modrm = 0; modrm < 0xc0; modrm++) {
            const uint8_t bytes[] = {0x8b, (uint8_t)modrm, 0x58, 0x40, 0, 0, 0, 0, 0};
            struct rp_instruction i;
            char hex[2 * RP_ENCODING_MAX + 1];
            assert_int_equal(rp_decode(m, bytes, sizeof bytes, &i, NULL), RP_OK);
            for (size_t s = 0; s < seeds.count; s++) {
                if (!(seeds.seed[s].modes >> m & 1))
                    continue;
                assert_int_equal(rp_seed_build(&seeds.seed[s], m, RP_POLICY_LEGACY, 32, NULL, &recipe, NULL),
                                 RP_OK);
                check(m, &i, &recipe, rp_hex_print(hex, bytes, i.length));
            }
        }
    rp_seeds_free(&seeds);
}

static void a_form_of_the_space_is_fitted_to_its_operand(void **state)
{
    (void)state;
    static struct rp_recipe recipe;
    for (unsigned m = 0; m < RP_MODE_COUNT; m += 2) {
        struct rp_form_space *space;
        unsigned fitted = 0;
        assert_int_equal(rp_form_space_open(m, &space, NULL), RP_OK);
        for (size_t n = 0; n < rp_form_space_encodings(space); n += 7) {
            struct rp_form form;
            struct rp_instruction i;
            char hex[2 * RP_ENCODING_MAX + 1];
            rp_form_space_get(space, n, &form);
            if (form.undocumented || rp_decode(m, form.encoding.bytes, form.encoding.length, &i, NULL) ||
                !i.memory.present)
                continue;
            rp_recipe_init(&recipe, m, RP_POLICY_LEGACY);
            check(m, &i, &recipe, rp_hex_print(hex, form.encoding.bytes, form.encoding.length));
            fitted++;
        }
        assert_true(fitted > 400);
        rp_form_space_close(space);
    }
}

static struct rp_instruction decode(enum rp_mode mode, const char *hex)
{
    struct rp_instruction i;
    uint8_t bytes[RP_ENCODING_MAX];
    size_t length;
    assert_int_equal(rp_hex_parse(hex, bytes, sizeof bytes, &length, NULL), RP_OK);
    assert_int_equal(rp_decode(mode, bytes, length, &i, NULL), RP_OK);
    return i;
}

/* Where nothing has to be moved, one plan serves all encodings: the recipe must then stay as it is. */
static void a_recipe_that_needs_no_fit_is_not_changed_by_one(void **state)
{
    (void)state;
    static const char *const hex[] = {"8b03", "90", "0f0103", "8bc3", "c8100000", "cc"};
    static struct rp_recipe before, after;
    for (size_t h = 0; h < sizeof hex / sizeof hex[0]; h++) {
        struct rp_instruction i = decode(RP_MODE_LONG64, hex[h]);
        uint32_t operand;
        assert_false(rp_recipe_needs_fit(RP_MODE_LONG64, &i));
        rp_recipe_init(&before, RP_MODE_LONG64, RP_POLICY_LEGACY);
        after = before;
        rp_recipe_fit(&after, RP_MODE_LONG64, &i, RP_PROBE_CODE, &operand);
        assert_memory_equal(&before, &after, sizeof before);
        assert_int_equal(operand, RP_ARENA_DATA + 0x400);
    }
}

static uint64_t placed(enum rp_mode mode, const char *hex, enum rp_probe probe, enum rp_resource resource)
{
    static struct rp_recipe recipe;
    struct rp_instruction i = decode(mode, hex);
    uint32_t operand;
    rp_recipe_init(&recipe, mode, RP_POLICY_LEGACY);
    recipe.user.state.reg[RP_REG_RDX] = 0x3f8;
    assert_true(rp_recipe_needs_fit(mode, &i) || !rp_mode_info(mode)->protected_mode);
    rp_recipe_fit(&recipe, mode, &i, probe, &operand);
    return recipe.machine.value[resource];
}

static void immediates_find_what_the_seed_places_there(void **state)
{
    (void)state;
    assert_int_equal(placed(RP_MODE_PROT32, "9a000801002301", RP_PROBE_CODE, RP_RESOURCE_PROBE_CODE_SLOT),
                     0x120);
    assert_int_equal(placed(RP_MODE_PROT32, "ea000801002301", RP_PROBE_GATE, RP_RESOURCE_PROBE_GATE_SLOT),
                     0x120);
    assert_int_equal(placed(RP_MODE_PROT32, "ea000801002301", RP_PROBE_COUNT, RP_RESOURCE_PROBE_GATE_SLOT),
                     0);
    assert_int_equal(placed(RP_MODE_PROT16, "9a00082701", RP_PROBE_TSS, RP_RESOURCE_PROBE_TSS_SLOT), 0x124);
    assert_int_equal(placed(RP_MODE_PROT32, "cd21", RP_PROBE_COUNT, RP_RESOURCE_IDT_GATE_VECTOR), 0x21);
    assert_int_equal(placed(RP_MODE_PROT32, "cdff", RP_PROBE_COUNT, RP_RESOURCE_IDT_GATE_VECTOR), 0xff);
    assert_int_equal(placed(RP_MODE_LONG64, "e4e4", RP_PROBE_COUNT, RP_RESOURCE_TSS_PORT), 0xe4);
    assert_int_equal(placed(RP_MODE_LONG64, "e760", RP_PROBE_COUNT, RP_RESOURCE_TSS_PORT), 0x60);
    assert_int_equal(placed(RP_MODE_LONG64, "ec", RP_PROBE_COUNT, RP_RESOURCE_TSS_PORT), 0x3f8);
    assert_int_equal(placed(RP_MODE_LONG64, "6f", RP_PROBE_COUNT, RP_RESOURCE_TSS_PORT), 0x3f8);
    assert_int_equal(placed(RP_MODE_VM86, "cd21", RP_PROBE_COUNT, RP_RESOURCE_IDT_GATE_VECTOR), 0x21);
    assert_int_equal(placed(RP_MODE_VM86, "ec", RP_PROBE_COUNT, RP_RESOURCE_TSS_PORT), 0x3f8);
    assert_int_equal(placed(RP_MODE_REAL16, "cd21", RP_PROBE_COUNT, RP_RESOURCE_IDT_GATE_VECTOR), 0x80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_random_operand_lies_in_the_arena),
        cmocka_unit_test(a_seed_fits_each_addressing_form),
        cmocka_unit_test(a_form_of_the_space_is_fitted_to_its_operand),
        cmocka_unit_test(a_recipe_that_needs_no_fit_is_not_changed_by_one),
        cmocka_unit_test(immediates_find_what_the_seed_places_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
