/* SPDX-License-Identifier: GPL-2.0-or-later */
/* METHOD, "Attribute": a difference between A and B is traced to the resources that make it, alone or
 * together, and the witness holds nothing else. */
#include "judge/model.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

static uint64_t reg(const struct rp_prestate *p, enum rp_reg which)
{
    return p->state.reg[which];
}

static const struct rp_verdict *judge(model *instruction, size_t seeds)
{
    return model_ask(model_judge(instruction, seeds, RP_POLICY_LEGACY), RP_MODE_LONG64);
}

static bool ne(const struct rp_prestate *p)
{
    return !(reg(p, RP_REG_CR0) & 0x20); /* true in B */
}

static bool mp(const struct rp_prestate *p)
{
    return reg(p, RP_REG_CR0) & 2;
}

static bool mce(const struct rp_prestate *p)
{
    return reg(p, RP_REG_CR4) & 0x40;
}

/* The field of the resource under test, in place. */
static enum rp_resource shown;

static void shows_one(const struct rp_prestate *p, struct rp_outcomes *o)
{
    const struct rp_place *place = &rp_resource_info(shown)->place;
    uint64_t mask = place->width == 64 ? UINT64_MAX : (UINT64_C(1) << place->width) - 1;
    model_set(p, o, RP_REG_RAX, reg(p, place->reg) >> place->shift & mask);
}

static void each_resource_is_found_where_it_shows_and_no_other(void **state)
{
    (void)state;
    unsigned checked = 0;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        const struct rp_resource_info *info = rp_resource_info(r);
        if (!rp_resource_screened(r, RP_MODE_LONG64, RP_POLICY_LEGACY) || info->place.kind != RP_PLACE_BITS)
            continue;
        shown = r;
        const struct rp_verdict *v = judge(shows_one, 1);
        assert_string_equal(model_words(v), "hole resource");
        if (strcmp(model_resources(v), info->name) != 0 && info->group[0] != 'l' && info->group[0] != 't')
            fail_msg("%s is found as '%s'", info->name, model_resources(v));
        assert_true(
            rp_resource_set_has(&v->resources, r)); /* LDTR and TR: the selector brings the rest along */
        assert_true(v->has_witness);
        checked++;
    }
    assert_true(checked > 40);
}

static void shows_jointly(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, ne(p) && mp(p));
}

static void resources_that_show_only_together_are_both_found(void **state)
{
    (void)state;
    const struct rp_verdict *v = judge(shows_jointly, 12);
    assert_string_equal(model_resources(v), "cr0.mp cr0.ne");
    /* Fewest changed components: the other one stands in both runs. */
    bool first = strstr(v->replay, ":resource:-:ring=3,cr0.ne=0:ring=3,cr0.mp=1,cr0.ne=0:rax:") != NULL;
    bool second = strstr(v->replay, ":resource:-:ring=3,cr0.mp=1:ring=3,cr0.mp=1,cr0.ne=0:rax:") != NULL;
    assert_true(first || second);
}

static void shows_one_alone_and_two_jointly(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, reg(p, RP_REG_CR2) + (ne(p) && mp(p)));
}

static void what_shows_alone_does_not_hide_what_shows_together(void **state)
{
    (void)state;
    const struct rp_verdict *v = judge(shows_one_alone_and_two_jointly, 12);
    assert_string_equal(model_resources(v), "cr0.mp cr0.ne cr2");
}

static void shows_their_parity(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, ne(p) ^ mp(p));
}

/* B1 and B2 are drawn anew for each seed: in one of them they are parted. */
static void changes_that_cancel_each_other_are_found_by_another_draw(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct rp_judge *j = model_judge(shows_their_parity, 12, RP_POLICY_LEGACY);
        j->options.random_seed = seed;
        assert_string_equal(model_resources(model_ask(j, RP_MODE_LONG64)), "cr0.mp cr0.ne");
    }
}

static void shows_a_majority(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, ne(p) + mp(p) + mce(p) >= 2);
}

/* No single flip shows it, from A or back from a B that has all three. */
static void a_difference_that_no_single_flip_shows_is_taken_apart(void **state)
{
    (void)state;
    const struct rp_verdict *v = judge(shows_a_majority, 12);
    assert_int_equal(v->judgement, RP_VERDICT_HOLE);
    assert_true(v->has_witness);
    assert_true(strlen(model_resources(v)) >= strlen("cr0.mp cr0.ne"));
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        if (rp_resource_set_has(&v->resources, r))
            assert_true(r == RP_RESOURCE_CR0_NE || r == RP_RESOURCE_CR0_MP || r == RP_RESOURCE_CR4_MCE);
}

/* CPUID: a control that traps nothing here, and shows. */
static void shows_osxsave(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, reg(p, RP_REG_CR4) >> 18 & 1);
}

static void a_trap_control_that_shows_is_a_resource(void **state)
{
    (void)state;
    const struct rp_verdict *v = judge(shows_osxsave, 1);
    assert_string_equal(model_words(v), "hole resource");
    assert_string_equal(model_resources(v), "cr4.osxsave");
    assert_non_null(strstr(v->replay, ":ring=3:ring=3,cr4.osxsave=0:rax:"));
}

/* RDTSC under TSD: ring 3 traps on one side, so nothing is shown. */
static void traps_by_tsd(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring && (reg(p, RP_REG_CR4) & 4))
        fake_trap(o, 13, 0);
    else
        model_set(p, o, RP_REG_RAX, 5);
}

static void a_trap_control_that_traps_is_no_resource(void **state)
{
    (void)state;
    const struct rp_verdict *v = judge(traps_by_tsd, 1);
    assert_string_equal(model_words(v), "innocuous");
}

static void traps_by_tsd_or_shows_others(const struct rp_prestate *p, struct rp_outcomes *o)
{
    uint64_t cr4 = reg(p, RP_REG_CR4);
    if (p->ring && cr4 & 4)
        fake_trap(o, 13, 0);
    else
        model_set(p, o, RP_REG_RAX, (cr4 & UINT64_C(0x410008)) | (reg(p, RP_REG_EFER) & 1));
}

static void a_control_that_traps_does_not_hide_what_others_of_its_group_show(void **state)
{
    (void)state;
    assert_string_equal(model_resources(judge(traps_by_tsd_or_shows_others, 1)),
                        "cr4.de cr4.fsgsbase cr4.pke efer.sce");
}

/* Flipped in one group, either would hide the other; another seed draws other groups. */
static void shows_parity_of_controls(const struct rp_prestate *p, struct rp_outcomes *o)
{
    uint64_t cr4 = reg(p, RP_REG_CR4);
    model_set(p, o, RP_REG_RAX, (cr4 >> 2 ^ cr4 >> 16) & 1);
}

static void controls_that_cancel_each_other_are_found_by_another_draw(void **state)
{
    (void)state;
    assert_string_equal(model_resources(judge(shows_parity_of_controls, 6)), "cr4.tsd cr4.fsgsbase");
}

static void shows_nothing(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_retire(p, o, model_after(p));
}

static void controls_that_show_nothing_in_groups_are_not_flipped_alone(void **state)
{
    (void)state;
    const struct rp_verdict *v = judge(shows_nothing, 1);
    assert_string_equal(model_words(v), "innocuous");
    assert_int_equal(v->runs,
                     RP_STATE_COUNT * RP_RINGS + RP_LONE_GROUPS - 1); /* it points at no descriptor */
}

/* What ring 0 sees and ring 3 does not is no hole, but neither is it nothing: the rings differ. */
static void shows_in_ring_0_only(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, p->ring ? 0 : reg(p, RP_REG_CR2));
}

static void a_resource_that_ring_0_alone_shows_makes_a_mode_hole(void **state)
{
    (void)state;
    const struct rp_verdict *v = judge(shows_in_ring_0_only, 2);
    assert_string_equal(model_words(v), "hole mode resource");
    assert_int_equal(v->witness_kind, RP_SENSITIVE_MODE);
    assert_false(v->user_sensitive);
}

/* LAR: what may not be changed by screening, since it makes loads trap, is flipped alone. */
static void shows_probe_dpl(const struct rp_prestate *p, struct rp_outcomes *o)
{
    uint64_t word = rp_memory_get(&p->memory, RP_ARENA_GDT + RP_SELECTOR_PROBE_DATA);
    model_set(p, o, RP_REG_RAX, word ? word >> 45 & 3 : 3); /* not listed: the base's */
}

static void a_descriptors_dpl_is_flipped_alone_from_the_seed_that_points_at_it(void **state)
{
    (void)state;
    struct rp_judge *j = model_judge(shows_probe_dpl, 1, RP_POLICY_LEGACY);
    j->seeds.seed[0].probe = RP_PROBE_DATA;
    assert_string_equal(model_resources(model_ask(j, RP_MODE_PROT32)), "gdt.data.dpl");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_resource_is_found_where_it_shows_and_no_other, model_free),
        cmocka_unit_test_teardown(resources_that_show_only_together_are_both_found, model_free),
        cmocka_unit_test_teardown(what_shows_alone_does_not_hide_what_shows_together, model_free),
        cmocka_unit_test_teardown(changes_that_cancel_each_other_are_found_by_another_draw, model_free),
        cmocka_unit_test_teardown(a_difference_that_no_single_flip_shows_is_taken_apart, model_free),
        cmocka_unit_test_teardown(a_trap_control_that_shows_is_a_resource, model_free),
        cmocka_unit_test_teardown(a_trap_control_that_traps_is_no_resource, model_free),
        cmocka_unit_test_teardown(a_control_that_traps_does_not_hide_what_others_of_its_group_show,
                                  model_free),
        cmocka_unit_test_teardown(controls_that_cancel_each_other_are_found_by_another_draw, model_free),
        cmocka_unit_test_teardown(controls_that_show_nothing_in_groups_are_not_flipped_alone, model_free),
        cmocka_unit_test_teardown(a_resource_that_ring_0_alone_shows_makes_a_mode_hole, model_free),
        cmocka_unit_test_teardown(a_descriptors_dpl_is_flipped_alone_from_the_seed_that_points_at_it,
                                  model_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
