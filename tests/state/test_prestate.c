/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pre-states are states that architectural loads reach: hidden parts agree with the descriptors in memory,
 * for every seed, mode and ring; and both rings begin alike but for what carries the ring. */
#include "state/image.h"
#include "state/seeds.h"
#include "support/suite.h"

#include <string.h>

static struct rp_seeds seeds;

static int load_seeds(void **state)
{
    (void)state;
    return rp_seeds_load(&seeds, NULL);
}

static int free_seeds(void **state)
{
    (void)state;
    rp_seeds_free(&seeds);
    return 0;
}

/* Calls `check` with the pre-state of every seed, mode, ring and policy, and one with everything perturbed.
 */
typedef void check_prestate(const struct rp_prestate *prestate, const struct rp_recipe *recipe);

static void perturb_all(struct rp_machine *machine, enum rp_mode mode)
{
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        if (rp_resource_screened(r, mode, RP_POLICY_LEGACY))
            machine->value[r] = rp_resource_perturbation(r, mode, 0);
}

static void build_and_check(enum rp_mode mode, const struct rp_recipe *recipe, check_prestate *check)
{
    static struct rp_prestate prestate;
    for (unsigned ring = 0; ring <= 3; ring += 3) {
        const struct rp_mode_info *info = rp_mode_info(mode);
        if (ring ? !info->has_ring3 : !info->has_ring0)
            continue;
        assert_int_equal(rp_prestate_build(&prestate, mode, ring, &recipe->user, &recipe->machine, NULL),
                         RP_OK);
        assert_int_equal(prestate.mode, mode);
        assert_int_equal(prestate.ring, ring);
        check(&prestate, recipe);
    }
}

static void check_all(check_prestate *check)
{
    static struct rp_recipe recipe;
    for (size_t s = 0; s < seeds.count; s++)
        for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
            for (unsigned p = 0; p < RP_POLICY_AS_FOUND && seeds.seed[s].modes >> m & 1; p++) {
                assert_int_equal(rp_seed_build(&seeds.seed[s], m, p, 32, NULL, &recipe, NULL), RP_OK);
                build_and_check(m, &recipe, check);
            }
            if (seeds.seed[s].modes >> m & 1) {
                perturb_all(&recipe.machine, m);
                build_and_check(m, &recipe, check);
            }
        }
}

/* SDM Vol. 3A 3.4.5 read backwards. */
struct unpacked {
    uint64_t base, limit, attributes;
};

static struct unpacked unpack(uint64_t low, uint64_t high, bool wide)
{
    struct unpacked d;
    d.base = (low >> 16 & 0xffffff) | (low >> 56) << 24 | (wide ? high << 32 : 0);
    d.limit = (low & 0xffff) | (low >> 48 & 0xf) << 16;
    if (low >> 55 & 1)
        d.limit = d.limit << 12 | 0xfff;
    d.attributes = low >> 40 & 0xf0ff;
    return d;
}

/* The register at `reg` against the descriptor that its selector names. */
static void check_segment(const struct rp_prestate *p, const struct image *image, unsigned reg, bool system)
{
    uint64_t selector = p->state.reg[reg];
    if ((selector & 0xfffc) == 0)
        return;
    uint64_t table = selector & 4 ? p->state.reg[RP_REG_LDTR_BASE] : p->state.reg[RP_REG_GDTR_BASE];
    uint64_t limit = selector & 4 ? p->state.reg[RP_REG_LDTR_LIMIT] : p->state.reg[RP_REG_GDTR_LIMIT];
    uint64_t offset = selector & 0xfff8;
    bool wide = system && rp_mode_info(p->mode)->long_mode;
    assert_true(offset + (wide ? 15 : 7) <= limit);
    struct unpacked d = unpack(image_read(image, table + offset, 8),
                               wide ? image_read(image, table + offset + 8, 8) : 0, wide);
    bool moved = p->mode == RP_MODE_LONG64 && (reg == RP_REG_FS || reg == RP_REG_GS);
    if (!moved) /* by WRFSBASE or an MSR */
        assert_int_equal(p->state.reg[reg + 1], d.base);
    assert_int_equal(p->state.reg[reg + 2], d.limit);
    assert_int_equal(p->state.reg[reg + 3], d.attributes);
    assert_true(d.attributes >> 7 & 1);
}

static void check_hidden_parts(const struct rp_prestate *p, const struct rp_recipe *recipe)
{
    (void)recipe;
    const struct image *image = image_make(p->mode, &p->memory);
    if (!rp_mode_info(p->mode)->protected_mode) {
        for (unsigned reg = RP_REG_ES; reg <= RP_REG_GS; reg += 4) {
            assert_int_equal(p->state.reg[reg + 1], p->state.reg[reg] << 4); /* SDM Vol. 3A 20.1.1 */
            assert_int_equal(p->state.reg[reg + 2], 0xffff);
        }
    } else {
        for (unsigned reg = RP_REG_ES; reg <= RP_REG_GS; reg += 4)
            check_segment(p, image, reg, false);
    }
    if (p->mode == RP_MODE_REAL16)
        return;
    check_segment(p, image, RP_REG_LDTR, true);
    check_segment(p, image, RP_REG_TR, true);
    assert_int_equal(p->state.reg[RP_REG_TR_ATTRIBUTES] & 0x1f, 0xb); /* busy: it is in use */
}

static void hidden_parts_agree_with_the_descriptors_in_memory(void **state)
{
    (void)state;
    check_all(check_hidden_parts);
}

/* SDM Vol. 3A 5.5: CPL is CS.RPL and SS.DPL; what each mode needs to be that mode. */
static void check_mode(const struct rp_prestate *p, const struct rp_recipe *recipe)
{
    (void)recipe;
    const uint64_t *reg = p->state.reg;
    const struct rp_mode_info *info = rp_mode_info(p->mode);
    assert_int_equal(reg[RP_REG_CR0] & 1, p->mode != RP_MODE_REAL16);
    assert_int_equal(reg[RP_REG_CR0] >> 31 & 1, p->mode != RP_MODE_REAL16);
    assert_int_equal(reg[RP_REG_EFER] & 0x500, info->long_mode ? 0x500 : 0);
    assert_int_equal(reg[RP_REG_CR4] >> 5 & 1, info->long_mode);
    assert_int_equal(reg[RP_REG_RFLAGS] >> 17 & 1, p->mode == RP_MODE_VM86);
    assert_true(reg[RP_REG_RFLAGS] & RP_FLAG_ONE);
    assert_int_equal(reg[RP_REG_DR7] & 0xff, 0); /* no breakpoint */
    if (!info->protected_mode)
        return;
    assert_int_equal(reg[RP_REG_CS] & 3, p->ring);
    assert_int_equal(reg[RP_REG_SS] & 3, p->ring);
    assert_int_equal(reg[RP_REG_CS_ATTRIBUTES] >> 5 & 3, p->ring);
    assert_int_equal(reg[RP_REG_SS_ATTRIBUTES] >> 5 & 3, p->ring);
    assert_int_equal(reg[RP_REG_CS_ATTRIBUTES] >> 13 & 1, info->code_bits == 64);
    assert_int_equal(reg[RP_REG_CS_ATTRIBUTES] >> 14 & 1, info->code_bits == 32);
    if (info->code_bits != 64)
        assert_int_equal(reg[RP_REG_SS_ATTRIBUTES] >> 14 & 1, info->stack_bits == 32);
}

static void each_mode_and_ring_is_what_its_name_says(void **state)
{
    (void)state;
    check_all(check_mode);
}

/* A reserved combination would be #GP when loaded: SDM Vol. 3A 2.5. */
static void check_reserved(const struct rp_prestate *p, const struct rp_recipe *recipe)
{
    (void)recipe;
    uint64_t cr0 = p->state.reg[RP_REG_CR0], cr4 = p->state.reg[RP_REG_CR4], xcr0 = p->state.reg[RP_REG_XCR0];
    assert_false((cr0 >> 29 & 1) && !(cr0 >> 30 & 1)); /* NW without CD */
    assert_int_equal(cr0 & ~UINT64_C(0xe005003f), 0);
    assert_int_equal(cr4 & ~UINT64_C(0x75ffff), 0);
    assert_true((xcr0 & 1) && (!(xcr0 & 4) || (xcr0 & 2))); /* x87 always; AVX needs SSE */
    assert_int_equal(p->state.reg[RP_REG_RFLAGS] & ~UINT64_C(0x3f7fd7), 0);
}

static void no_register_holds_what_loading_it_would_refuse(void **state)
{
    (void)state;
    check_all(check_reserved);
}

/* CS and SS as wholes: their index names the ring's own descriptor. M-CARRIER. */
static bool carries_the_ring(enum rp_mode mode, unsigned reg)
{
    bool segments =
        rp_mode_info(mode)->protected_mode &&
        (reg == RP_REG_CS || reg == RP_REG_SS || reg == RP_REG_CS_ATTRIBUTES || reg == RP_REG_SS_ATTRIBUTES);
    return segments || reg == RP_REG_CR3;
}

static void both_rings_differ_in_what_carries_the_ring_and_in_cr3_alone(void **state)
{
    (void)state;
    static struct rp_recipe recipe;
    static struct rp_prestate p[2];
    for (size_t s = 0; s < seeds.count; s++)
        for (unsigned m = 0; m <= RP_MODE_PROT16; m++) {
            if (!(seeds.seed[s].modes >> m & 1))
                continue;
            assert_int_equal(rp_seed_build(&seeds.seed[s], m, RP_POLICY_LINUX, 16, NULL, &recipe, NULL),
                             RP_OK);
            for (unsigned i = 0; i < 2; i++)
                rp_prestate_build(&p[i], m, 3 * i, &recipe.user, &recipe.machine, NULL);
            for (unsigned reg = 0; reg < RP_REG_COUNT; reg++)
                if (!carries_the_ring(m, reg))
                    assert_int_equal(p[0].state.reg[reg], p[1].state.reg[reg]);
            assert_memory_equal(p[0].state.vector, p[1].state.vector, sizeof p[0].state.vector);
            assert_int_equal(p[0].memory.count, p[1].memory.count);
            assert_memory_equal(p[0].memory.word, p[1].memory.word,
                                p[0].memory.count * sizeof p[0].memory.word[0]);
        }
}

/* METHOD, "One ring": the supervisor that a vm86 program believes it is. */
static void vm86_and_its_partner_have_the_same_user_state(void **state)
{
    (void)state;
    static struct rp_recipe recipe;
    static struct rp_prestate p[2];
    for (size_t s = 0; s < seeds.count; s++) {
        if (!(seeds.seed[s].modes >> RP_MODE_VM86 & 1))
            continue;
        assert_int_equal(
            rp_seed_build(&seeds.seed[s], RP_MODE_VM86, RP_POLICY_LEGACY, 16, NULL, &recipe, NULL), RP_OK);
        rp_prestate_build(&p[0], RP_MODE_REAL16, 0, &recipe.user, &recipe.machine, NULL);
        rp_prestate_build(&p[1], RP_MODE_VM86, 3, &recipe.user, &recipe.machine, NULL);
        for (unsigned reg = 0; reg < RP_REG_COUNT; reg++) {
            uint64_t mask = rp_register_user_mask(reg, RP_MODE_VM86);
            assert_int_equal(mask, rp_register_user_mask(reg, RP_MODE_REAL16));
            assert_int_equal(p[0].state.reg[reg] & mask, p[1].state.reg[reg] & mask);
        }
    }
}

static void check_minimal(const struct rp_prestate *p, const struct rp_recipe *recipe)
{
    (void)recipe;
    const struct image *base = image_make(p->mode, NULL);
    for (uint32_t i = 0; i < p->memory.count; i++) {
        const struct rp_memory_word *word = &p->memory.word[i];
        assert_int_equal(word->address % 8, 0);
        assert_true(i == 0 || word->address > p->memory.word[i - 1].address);
        if (word->address >= RP_ARENA_SYSTEM && image_read(base, word->address, 8) == word->value)
            fail_msg("%x is set to what the base has", word->address);
    }
}

static void system_memory_lists_what_differs_from_the_base_alone(void **state)
{
    (void)state;
    check_all(check_minimal);
}

static void moving_a_table_register_keeps_the_view(void **state)
{
    (void)state;
    static const uint32_t tables[][3] = {{RP_ARENA_GDT, RP_ARENA_TABLE_SIZE, RP_ARENA_TABLE_SIZE},
                                         {RP_ARENA_LDT, RP_ARENA_TABLE_SIZE, RP_ARENA_TABLE_SIZE},
                                         {RP_ARENA_IDT, RP_ARENA_IDT_SIZE, RP_ARENA_IDT_SIZE},
                                         {RP_ARENA_TSS, RP_ARENA_TSS_STRIDE, RP_ARENA_TSS_LIMIT + 1}};
    static struct rp_recipe recipe;
    static struct rp_prestate p;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) { /* M-VIEW */
        rp_recipe_init(&recipe, m, RP_POLICY_LEGACY);
        perturb_all(&recipe.machine, m);
        rp_prestate_build(&p, m, rp_mode_info(m)->has_ring3 ? 3 : 0, &recipe.user, &recipe.machine, NULL);
        const struct image *image = image_make(m, &p.memory);
        for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
            assert_memory_equal(image_at(image, tables[t][0], tables[t][2]),
                                image_at(image, tables[t][0] + tables[t][1], tables[t][2]), tables[t][2]);
    }
}

/* SDM Vol. 1 19.5.2: a bit for each port, 1 denies. */
static void the_bitmap_opens_the_probe_port_alone(void **state)
{
    (void)state;
    static struct rp_recipe recipe;
    static struct rp_prestate p;
    rp_recipe_init(&recipe, RP_MODE_PROT32, RP_POLICY_LEGACY);
    recipe.machine.value[RP_RESOURCE_TSS_PORT] = 0x3f8;
    for (unsigned denies = 0; denies < 2; denies++) {
        recipe.machine.value[RP_RESOURCE_TSS_IOMAP] = denies;
        rp_prestate_build(&p, RP_MODE_PROT32, 3, &recipe.user, &recipe.machine, NULL);
        const struct image *image = image_make(RP_MODE_PROT32, &p.memory);
        uint64_t map = RP_ARENA_TSS + image_read(image, RP_ARENA_TSS + 0x66, 2);
        for (unsigned port = 0; port < 0x10008; port++) { /* the byte of ones behind them too */
            bool open = !denies && port >= 0x3f8 && port < 0x3fc;
            assert_int_equal(image_read(image, map + port / 8, 1) >> port % 8 & 1, !open);
        }
    }
}

static bool is_redirected(const struct image *image, uint32_t tss, unsigned vector)
{
    uint64_t bitmap = tss + image_read(image, tss + 0x66, 2) - 32;
    return !(image_read(image, bitmap + vector / 8, 1) >> vector % 8 & 1);
}

/* SDM Vol. 3A 20.3.3: the 32 bytes before the I/O bitmap, a bit for each vector, 0 redirects. */
static void one_vector_of_vm86_is_not_redirected(void **state)
{
    (void)state;
    static struct rp_recipe recipe;
    static struct rp_prestate p;
    rp_recipe_init(&recipe, RP_MODE_VM86, RP_POLICY_LEGACY);
    recipe.machine.value[RP_RESOURCE_IDT_GATE_VECTOR] = 0xc9;
    for (unsigned set = 0; set < 2; set++) {
        recipe.machine.value[RP_RESOURCE_TSS_REDIRECTION] = set;
        rp_prestate_build(&p, RP_MODE_VM86, 3, &recipe.user, &recipe.machine, NULL);
        const struct image *image = image_make(RP_MODE_VM86, &p.memory);
        for (unsigned vector = 0; vector < 256; vector++) {
            bool redirected = !set || vector != 0xc9;
            assert_int_equal(is_redirected(image, RP_ARENA_TSS, vector), redirected);
            assert_int_equal(is_redirected(image, RP_ARENA_TSS + RP_ARENA_TSS_STRIDE, vector), redirected);
        }
    }
}

/* The same table, whichever way it is reached. */
static void vectors_of_vm86_lead_where_those_of_real_mode_do(void **state)
{
    (void)state;
    for (unsigned vector = 0; vector < 256; vector++) {
        uint64_t real = image_read(image_make(RP_MODE_REAL16, NULL), RP_ARENA_IDT + 4 * vector, 4);
        uint64_t own = image_read(image_make(RP_MODE_VM86, NULL), RP_ARENA_VECTORS + 4 * vector, 4);
        assert_int_equal(own, real);
        assert_int_equal((own >> 16) * 16 + (own & 0xffff), RP_ARENA_CODE + 0x800 + vector * 8);
    }
}

/* SDM Vol. 3A 7.2.1 and 7.7. */
static void the_tss_names_the_stack_of_ring_0(void **state)
{
    (void)state;
    const struct image *image = image_make(RP_MODE_LONG64, NULL);
    assert_int_equal(image_read(image, RP_ARENA_TSS + 4, 8), RP_ARENA_STACK0_TOP);
    image = image_make(RP_MODE_PROT32, NULL);
    assert_int_equal(image_read(image, RP_ARENA_TSS + 4, 4), RP_ARENA_STACK0_TOP);
    assert_int_equal(image_read(image, RP_ARENA_TSS + 8, 2), RP_SELECTOR_DATA_RING0);
}

static void real16_has_a_far_pointer_for_each_vector(void **state)
{
    (void)state;
    const struct image *image = image_make(RP_MODE_REAL16, NULL);
    for (unsigned vector = 0; vector < 256; vector++) {
        uint64_t entry = image_read(image, RP_ARENA_IDT + 4 * vector, 2);
        uint64_t segment = image_read(image, RP_ARENA_IDT + 4 * vector + 2, 2);
        assert_true(segment * 16 + entry > RP_ARENA_INSTRUCTION);
        assert_true(segment * 16 + entry < RP_ARENA_CODE + RP_ARENA_CODE_SIZE);
    }
}

/* The slot of a probe is whatever a far pointer names: nothing may be written outside of the tables for it.
 */
static void a_placed_probe_stays_in_its_table(void **state)
{
    (void)state;
    static const uint16_t slots[] = {0xfff8, 0xfffc, 0xfff0, 0x100, 0x44, 0xc, 0x8, 0xfffb};
    static struct rp_recipe recipe;
    static struct rp_prestate p;
    for (unsigned m = 0; m <= RP_MODE_PROT16; m++)
        for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
            rp_recipe_init(&recipe, m, RP_POLICY_LEGACY);
            recipe.machine.value[RP_RESOURCE_PROBE_GATE_SLOT] = slots[i] & 0xfffc;
            assert_int_equal(rp_prestate_build(&p, m, 3, &recipe.user, &recipe.machine, NULL), RP_OK);
            for (uint32_t w = 0; w < p.memory.count; w++) {
                uint32_t offset = p.memory.word[w].address - RP_ARENA_GDT;
                bool ldt = slots[i] & 4;
                assert_int_equal(offset / RP_ARENA_TABLE_SIZE / 2, ldt);
                assert_true(offset % RP_ARENA_TABLE_SIZE >= (slots[i] & 0xfff8u));
            }
        }
}

static void a_probe_stands_at_any_free_slot_too(void **state)
{
    (void)state;
    static const uint16_t slots[] = {0x100, 0x1f8, 0x14, 0x8000, 0xffe8};
    static struct rp_recipe recipe;
    static struct rp_prestate p;
    for (unsigned m = 0; m <= RP_MODE_PROT16; m++)
        for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
            rp_recipe_init(&recipe, m, RP_POLICY_LEGACY);
            recipe.machine.value[RP_RESOURCE_PROBE_GATE_SLOT] = slots[i];
            rp_prestate_build(&p, m, 3, &recipe.user, &recipe.machine, NULL);
            const struct image *image = image_make(m, &p.memory);
            uint64_t place = (slots[i] & 4 ? RP_ARENA_LDT : RP_ARENA_GDT) + (slots[i] & 0xfff8u);
            for (unsigned half = 0; half < (rp_mode_info(m)->long_mode ? 16 : 8); half += 8)
                assert_int_equal(image_read(image, place + half, 8),
                                 image_read(image, RP_ARENA_GDT + RP_SELECTOR_PROBE_GATE + half, 8));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hidden_parts_agree_with_the_descriptors_in_memory),
        cmocka_unit_test(each_mode_and_ring_is_what_its_name_says),
        cmocka_unit_test(no_register_holds_what_loading_it_would_refuse),
        cmocka_unit_test(both_rings_differ_in_what_carries_the_ring_and_in_cr3_alone),
        cmocka_unit_test(vm86_and_its_partner_have_the_same_user_state),
        cmocka_unit_test(system_memory_lists_what_differs_from_the_base_alone),
        cmocka_unit_test(moving_a_table_register_keeps_the_view),
        cmocka_unit_test(the_bitmap_opens_the_probe_port_alone),
        cmocka_unit_test(one_vector_of_vm86_is_not_redirected),
        cmocka_unit_test(vectors_of_vm86_lead_where_those_of_real_mode_do),
        cmocka_unit_test(the_tss_names_the_stack_of_ring_0),
        cmocka_unit_test(real16_has_a_far_pointer_for_each_vector),
        cmocka_unit_test(a_placed_probe_stays_in_its_table),
        cmocka_unit_test(a_probe_stands_at_any_free_slot_too),
    };
    return cmocka_run_group_tests(tests, load_seeds, free_seeds);
}
