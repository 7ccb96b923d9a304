/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupts come when they come, and leave their marks: a NULL selector that is not 0 is 0 behind one. What
 * the instruction did is told all the same, each time: so many runs meet some dozens of interrupts. */
#include "native/rig.h"

#include "base/hex.h"
#include "native/native.h"

#define BATCH   1000
#define BATCHES 200

static void expect_the_same_each_time(enum rp_mode mode, const char *machine, const char *user,
                                      const char *hex)
{
    static struct rp_job job[BATCH];
    struct rp_outcomes outcomes = {0};
    struct rp_error error = {0};
    size_t length;
    uint32_t prestate = rig_prepare_on(rig_instance(), mode, machine, user);
    for (unsigned i = 0; i < BATCH; i++) {
        job[i].prestate = prestate;
        assert_int_equal(rp_hex_parse(hex, job[i].encoding.bytes, RP_ENCODING_MAX, &length, NULL), RP_OK);
        job[i].encoding.length = (uint8_t)length;
    }
    uint64_t hash = 0;
    for (unsigned batch = 0; batch < BATCHES; batch++) {
        rp_outcomes_clear(&outcomes);
        assert_int_equal(rp_executor_native.run(rig_instance(), job, BATCH, &outcomes, &error), RP_OK);
        for (unsigned i = 0; i < BATCH; i++) {
            assert_int_equal(outcomes.outcome[i].kind, RP_OUTCOME_RETIRED);
            hash = hash ? hash : outcomes.outcome[i].hash;
            if (outcomes.outcome[i].hash != hash)
                fail_msg("%s %s: run %u is another", rp_mode_info(mode)->name, hex, batch * BATCH + i);
        }
    }
    rp_outcomes_free(&outcomes);
    rig_forget(prestate);
}

static void a_null_selector_that_was_loaded_is_shown_as_it_was_loaded(void **state)
{
    uint64_t value = 0;
    (void)state;
    rig_run(RP_MODE_LONG64, "ring=3", "rax=1", "8ee0");
    assert_true(rig_changed("fs.selector", &value));
    assert_int_equal(value, 1);
    expect_the_same_each_time(RP_MODE_LONG64, "ring=3", "rax=1", "8ee0");
    expect_the_same_each_time(RP_MODE_LONG64, "ring=3", "rax=3", "8ee8");
}

static void a_null_selector_that_was_there_is_seen_as_it_was_there(void **state)
{
    uint64_t value = 0;
    (void)state;
    uint32_t prestate = rig_prepare_on(rig_instance(), RP_MODE_LONG64, "ring=3,fs.selector=2", "-");
    rig_run_job(&(struct rp_job){.prestate = prestate, .encoding = {{0x8c, 0xe0}, 2}});
    assert_true(rig_changed("rax", &value));
    assert_int_equal(value, 2);
    rig_forget(prestate);
    expect_the_same_each_time(RP_MODE_LONG64, "ring=3,fs.selector=2", "-", "8ce0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_null_selector_that_was_loaded_is_shown_as_it_was_loaded),
        cmocka_unit_test(a_null_selector_that_was_there_is_seen_as_it_was_there),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
