/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of resources: each row says everything that the program builds on, and rows agree with each other
 * and with METHOD's policies. */
#include "state/arena.h"
#include "state/resources.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct rp_resource_info *row(unsigned resource)
{
    return rp_resource_info((enum rp_resource)resource);
}

static uint64_t widest(const struct rp_place *place)
{
    return place->width == 64 ? UINT64_MAX : (UINT64_C(1) << place->width) - 1;
}

static void each_row_is_written_with_owner_place_and_source(void **state)
{
    (void)state;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/src/state/resources.def", getenv("RP_SOURCE"));
    char *text = scratch_read(path);
    unsigned rows = 0;
    for (char *at = strstr(text, "RP_RESOURCE("), *next; at; at = next) {
        static const char *const needed[] = {".name =", ".group =", ".owner =", ".place =", ".source ="};
        next = strstr(at + 1, "RP_RESOURCE(");
        if (next)
            next[-1] = '\0';
        for (size_t i = 0; i < sizeof needed / sizeof needed[0] && strchr(at, '='); i++)
            if (!strstr(at, needed[i]))
                fail_msg("a row has no '%s': %.60s", needed[i], at);
        rows += strchr(at, '=') != NULL;
    }
    assert_true(rows > 80);
    free(text);
}

static void names_are_unique_and_found(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        assert_true(row(r)->group[0] && row(r)->source[0]);
        assert_int_equal(rp_resource_find(row(r)->name), r);
    }
    assert_int_equal(rp_resource_find("cr4"), RP_RESOURCE_NONE);
    assert_int_equal(rp_resource_find(""), RP_RESOURCE_NONE);
}

static void each_row_can_be_changed_or_says_why_not(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        bool changed = row(r)->perturb.count || row(r)->flip.count || row(r)->traps != RP_TRAPS_NOTHING;
        if (changed == (row(r)->fixed != NULL))
            fail_msg("%s: %s", row(r)->name,
                     changed ? "is changed, and says why it is not"
                             : "is never changed, and does not say why");
    }
}

static void values_fit_their_fields(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        const struct rp_resource_info *info = row(r);
        if (info->place.kind != RP_PLACE_BITS)
            continue;
        assert_true(info->place.width > 0 && info->place.shift + info->place.width <= 64);
        assert_true(info->place.reg < RP_REG_COUNT);
        uint64_t values = info->open | info->trap;
        for (unsigned i = 0; i < info->perturb.count; i++)
            values |= info->perturb.value[i];
        for (unsigned i = 0; info->policy.given && i < RP_POLICY_AS_FOUND; i++)
            values |= info->policy.value[i];
        if (values & ~widest(&info->place))
            fail_msg("%s: a value is wider than its field", info->name);
    }
}

static void a_perturbation_changes_something_in_each_mode(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        for (unsigned m = 0; m < RP_MODE_COUNT; m++)
            for (unsigned i = 0; i < row(r)->perturb.count; i++)
                if (rp_resource_perturbation(r, m, i) == rp_resource_default(r, m, RP_POLICY_LEGACY))
                    fail_msg("%s: perturbation %u is the default of %s", row(r)->name, i,
                             rp_mode_info(m)->name);
}

/* rflags.iopl is perturbed to 1 and 2, which trap ring 3 as 0 does. */
static void a_perturbation_never_opens_or_closes_a_control(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        const struct rp_resource_info *info = row(r);
        for (unsigned i = 0; i < info->perturb.count && info->traps != RP_TRAPS_NOTHING && !info->with; i++)
            if (info->perturb.value[i] == info->trap || info->perturb.value[i] == info->open)
                fail_msg("%s: perturbation %u changes what traps", info->name, i);
    }
}

static void a_control_traps_with_another_value_than_its_open_one(void **state)
{
    (void)state;
    unsigned controls = 0;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        const struct rp_resource_info *info = row(r);
        controls += info->traps != RP_TRAPS_NOTHING;
        if (info->traps == RP_TRAPS_OPENS || info->traps == RP_TRAPS_NOTHING)
            assert_int_equal(info->trap, info->traps == RP_TRAPS_OPENS ? info->open : 0);
        else if (info->trap == info->open)
            fail_msg("%s: traps with %lx, which is its open value", info->name, (unsigned long)info->trap);
    }
    assert_true(controls > 15);
}

/* METHOD, "The state": Robin & Irvine's machine. */
static void legacy_opens_every_control_but_iopl_and_the_bitmap(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        if (row(r)->traps == RP_TRAPS_RING3 || row(r)->traps == RP_TRAPS_BOTH) {
            bool closed = r == RP_RESOURCE_RFLAGS_IOPL || r == RP_RESOURCE_TSS_IOMAP;
            assert_int_equal(rp_resource_default(r, RP_MODE_PROT32, RP_POLICY_LEGACY),
                             closed ? row(r)->trap : row(r)->open);
        }
    assert_int_equal(rp_resource_default(RP_RESOURCE_CR4_VME, RP_MODE_VM86, RP_POLICY_LEGACY), 0);
    assert_int_equal(rp_resource_default(RP_RESOURCE_CR4_PVI, RP_MODE_PROT32, RP_POLICY_LEGACY), 0);
}

static void linux_sets_what_linux_sets(void **state)
{
    (void)state;
    static const struct {
        enum rp_resource resource;
        uint64_t value;
    } rows[] = {{RP_RESOURCE_RFLAGS_IOPL, 0}, {RP_RESOURCE_CR0_MP, 1},       {RP_RESOURCE_CR0_NE, 1},
                {RP_RESOURCE_CR0_WP, 1},      {RP_RESOURCE_CR0_AM, 1},       {RP_RESOURCE_CR4_TSD, 0},
                {RP_RESOURCE_CR4_DE, 1},      {RP_RESOURCE_CR4_PCE, 0},      {RP_RESOURCE_CR4_UMIP, 1},
                {RP_RESOURCE_CR4_OSXSAVE, 1}, {RP_RESOURCE_CR4_FSGSBASE, 1}, {RP_RESOURCE_CR4_SMEP, 1},
                {RP_RESOURCE_CR4_SMAP, 1},    {RP_RESOURCE_TSS_IOMAP, 1},    {RP_RESOURCE_IDT_GATE_DPL, 3}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(rp_resource_default(rows[i].resource, RP_MODE_LONG64, RP_POLICY_LINUX),
                         rows[i].value);
}

static void hardened_closes_every_control_of_ring_3_and_is_linux_besides(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        uint64_t value = rp_resource_default(r, RP_MODE_LONG64, RP_POLICY_HARDENED);
        uint64_t wanted = row(r)->traps == RP_TRAPS_RING3
                              ? row(r)->trap
                              : rp_resource_default(r, RP_MODE_LONG64, RP_POLICY_LINUX);
        if (value != wanted)
            fail_msg("%s: hardened sets %lx", row(r)->name, (unsigned long)value);
    }
}

static void each_bit_of_a_register_has_one_row(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        const struct rp_place *place = &row(r)->place;
        for (unsigned bit = place->shift; place->kind == RP_PLACE_BITS && bit < place->shift + place->width;
             bit++)
            if (rp_resource_of_bit(place->reg, bit) != r)
                fail_msg("%s: bit %u is another row's", row(r)->name, bit);
    }
    assert_int_equal(rp_resource_of_bit(RP_REG_RFLAGS, 9), RP_RESOURCE_RFLAGS_IF);
    assert_int_equal(rp_resource_of_bit(RP_REG_CR3, 12), RP_RESOURCE_CR3);
    assert_int_equal(rp_resource_of_bit(RP_REG_RAX, 0), RP_RESOURCE_NONE);
}

/* TF AC ID NT RF are U: they never make an instruction sensitive. */
static void who_owns_a_bit_of_a_register_agrees_with_registers_def(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        const struct rp_place *place = &row(r)->place;
        if (place->kind != RP_PLACE_BITS)
            continue;
        bool user = rp_register_user_mask(place->reg, RP_MODE_PROT32) >> place->shift & 1;
        assert_int_equal(user, row(r)->owner == RP_OWNER_USER);
    }
}

static void delegated_is_what_an_os_hands_out(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        const char *group = row(r)->group;
        bool handed = strcmp(group, "pkru") == 0 || strcmp(group, "es") == 0 || strcmp(group, "ds") == 0 ||
                      strcmp(group, "fs") == 0 || strcmp(group, "gs") == 0;
        assert_int_equal(row(r)->owner == RP_OWNER_DELEGATED, handed);
    }
}

static void a_partner_is_a_control_itself(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        if (row(r)->with)
            assert_int_not_equal(row((enum rp_resource)row(r)->with)->traps, RP_TRAPS_NOTHING);
    assert_int_equal(row((enum rp_resource)0)->traps, RP_TRAPS_NOTHING); /* 0 means: no partner */
}

static void what_a_mode_does_not_have_is_not_screened(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        for (unsigned m = 0; m < RP_MODE_COUNT; m++)
            if (rp_resource_screened(r, m, RP_POLICY_LEGACY))
                assert_true(rp_resource_in_mode(r, m) && row(r)->perturb.count);
    assert_true(rp_resource_screened(RP_RESOURCE_CR8, RP_MODE_LONG64, RP_POLICY_LEGACY));
    assert_false(rp_resource_screened(RP_RESOURCE_CR8, RP_MODE_PROT32, RP_POLICY_LEGACY));
    assert_false(rp_resource_screened(RP_RESOURCE_LDTR_SELECTOR, RP_MODE_REAL16, RP_POLICY_LEGACY));
    assert_false(rp_resource_screened(RP_RESOURCE_CR4_UMIP, RP_MODE_PROT32, RP_POLICY_LEGACY));
    assert_true(rp_resource_screened(RP_RESOURCE_CR0_MP, RP_MODE_PROT32, RP_POLICY_LEGACY)); /* TS is open */
}

static void modes_with_16_bit_segments_use_their_own_data_selectors(void **state)
{
    (void)state;
    assert_int_equal(rp_resource_default(RP_RESOURCE_DS_SELECTOR, RP_MODE_PROT16, RP_POLICY_LEGACY),
                     RP_SELECTOR_DATA16 | 3);
    assert_int_equal(rp_resource_perturbation(RP_RESOURCE_FS_SELECTOR, RP_MODE_COMPAT16, 0),
                     RP_SELECTOR_DATA16_TWIN_LDT | 3);
    assert_int_equal(rp_resource_default(RP_RESOURCE_DS_SELECTOR, RP_MODE_PROT32, RP_POLICY_LEGACY),
                     RP_SELECTOR_DATA | 3);
}

static void policies_are_found_by_name(void **state)
{
    (void)state;
    enum rp_policy policy;
    for (unsigned p = 0; p < RP_POLICY_COUNT; p++) {
        assert_true(rp_policy_find(rp_policy_name((enum rp_policy)p), &policy));
        assert_int_equal(policy, p);
    }
    assert_false(rp_policy_find("Legacy", &policy));
    assert_false(rp_policy_find("", &policy));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_written_with_owner_place_and_source),
        cmocka_unit_test(names_are_unique_and_found),
        cmocka_unit_test(each_row_can_be_changed_or_says_why_not),
        cmocka_unit_test(values_fit_their_fields),
        cmocka_unit_test(a_perturbation_changes_something_in_each_mode),
        cmocka_unit_test(a_perturbation_never_opens_or_closes_a_control),
        cmocka_unit_test(a_control_traps_with_another_value_than_its_open_one),
        cmocka_unit_test(legacy_opens_every_control_but_iopl_and_the_bitmap),
        cmocka_unit_test(linux_sets_what_linux_sets),
        cmocka_unit_test(hardened_closes_every_control_of_ring_3_and_is_linux_besides),
        cmocka_unit_test(each_bit_of_a_register_has_one_row),
        cmocka_unit_test(who_owns_a_bit_of_a_register_agrees_with_registers_def),
        cmocka_unit_test(delegated_is_what_an_os_hands_out),
        cmocka_unit_test(a_partner_is_a_control_itself),
        cmocka_unit_test(what_a_mode_does_not_have_is_not_screened),
        cmocka_unit_test(modes_with_16_bit_segments_use_their_own_data_selectors),
        cmocka_unit_test(policies_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
