/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A branch that leads to itself, or into the bytes behind it, is executed once: the next instruction is not
 * part of it, also where that is the same one, or stands in what the runner has written there. */
#include "native/rig.h"

#include "native/native.h"

#include <stdio.h>

static void one_that_leads_to_itself_retires(void **state)
{
    static const struct {
        enum rp_mode mode;
        const char *user, *hex;
    } branches[] = {
        {RP_MODE_LONG64, "-", "ebfe"},           {RP_MODE_LONG64, "-", "e9fbffffff"},
        {RP_MODE_LONG64, "rax=10400", "ffe0"},   {RP_MODE_LONG64, "-", "71fe"},
        {RP_MODE_LONG64, "-", "0f81faffffff"},   {RP_MODE_COMPAT32, "-", "ebfe"},
        {RP_MODE_COMPAT32, "rax=10400", "ffe0"}, {RP_MODE_COMPAT32, "-", "ea000401002300"},
        {RP_MODE_COMPAT16, "-", "ebfe"},         {RP_MODE_COMPAT16, "rax=400", "ffe0"},
        {RP_MODE_COMPAT16, "-", "e9fdff"},       {RP_MODE_COMPAT16, "-", "66ebfd"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof branches / sizeof branches[0]; i++) {
        rig_run(branches[i].mode, "ring=3", branches[i].user, branches[i].hex);
        rig_expect("rip");
    }
}

static void one_turn_of_a_loop_is_made(void **state)
{
    (void)state;
    rig_run(RP_MODE_LONG64, "ring=3", "rcx=3", "e2fe");
    rig_expect("rcx=2 rip");
    rig_run(RP_MODE_LONG64, "ring=3", "rcx=1", "e2fe");
    rig_expect("rcx=0 rip=10402");
    rig_run(RP_MODE_COMPAT16, "ring=3", "rcx=0", "e2fe");
    rig_expect("rcx=ffff rip");
}

static void one_call_of_itself_is_made(void **state)
{
    uint64_t before = 0x31000, rsp = 0;
    (void)state;
    rig_run(RP_MODE_LONG64, "ring=3", "-", "e8fbffffff");
    rig_expect("rip");
    assert_true(rig_changed("rsp", &rsp));
    assert_int_equal(rsp, before - 8);
    rig_run(RP_MODE_COMPAT32, "ring=3", "rax=10400", "ffd0");
    rig_expect("rip");
    assert_true(rig_changed("rsp", &rsp));
    assert_int_equal(rsp, before - 4);
}

static void one_return_to_itself_is_made(void **state)
{
    (void)state;
    rig_run(RP_MODE_LONG64, "ring=3", "stack+1000=0004010000000000", "c3");
    rig_expect("rsp=31008 rip");
}

static void one_into_the_way_out_stays_there(void **state)
{
    static const struct {
        enum rp_mode mode;
        uint64_t start;
    } modes[] = {{RP_MODE_LONG64, 0x10400}, {RP_MODE_COMPAT32, 0x10400}, {RP_MODE_COMPAT16, 0x400}};
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        for (unsigned distance = 0; distance < 12; distance++) {
            char hex[5], rip[20];
            snprintf(hex, sizeof hex, "eb%02x", distance);
            snprintf(rip, sizeof rip, "rip=%lx", (unsigned long)(modes[i].start + 2 + distance));
            rig_run(modes[i].mode, "ring=3", "-", hex);
            rig_expect(rip);
        }
    }
}

/* Single step is an interrupt, and so is a fault, behind which a NULL selector that is not 0 is 0. */
static void a_null_selector_stays_what_it_was(void **state)
{
    uint64_t value;
    (void)state;
    rig_run(RP_MODE_LONG64, "ring=3,fs.selector=2", "-", "ebfe");
    assert_false(rig_changed("fs.selector", &value));
    rig_run(RP_MODE_LONG64, "ring=3,fs.selector=2", "-", "c3");
    assert_false(rig_changed("fs.selector", &value));
    rig_run(RP_MODE_LONG64, "ring=3,fs.selector=2", "-", "0f0b");
    assert_false(rig_changed("fs.selector", &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_leads_to_itself_retires),
        cmocka_unit_test(one_turn_of_a_loop_is_made),
        cmocka_unit_test(one_call_of_itself_is_made),
        cmocka_unit_test(one_return_to_itself_is_made),
        cmocka_unit_test(one_into_the_way_out_stays_there),
        cmocka_unit_test(a_null_selector_stays_what_it_was),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
