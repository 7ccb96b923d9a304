/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each line of corpus/limits-unicorn.tsv is still true: its canary still shows the mistake. A newer Unicorn
 * that no longer makes it fails here, and the line has to go. */
#include "unicorn/rig.h"

#include "base/hex.h"
#include "executor/limits.h"

#include <string.h>

static struct rp_limits *limits;

static int open_all(void **state)
{
    struct rp_error error;
    int code = rp_limits_open("unicorn", &limits, &error);
    if (code != RP_OK)
        print_error("%s\n", error.line);
    return code != RP_OK ? code : rig_open(state);
}

static int close_all(void **state)
{
    rp_limits_close(limits);
    return rig_close(state);
}

static void each_canary_still_shows_unicorns_mistake(void **state)
{
    (void)state;
    assert_true(rp_limits_count(limits) > 10);
    rig_expect_canaries(limits);
}

static void each_canary_is_what_its_line_is_about(void **state)
{
    (void)state;
    rig_expect_canaries_apply(limits);
}

static bool decided(enum rp_mode mode, const char *hex)
{
    struct rp_instruction instruction;
    struct rp_error error;
    uint8_t bytes[RP_ENCODING_MAX];
    size_t length;
    assert_int_equal(rp_hex_parse(hex, bytes, sizeof bytes, &length, &error), RP_OK);
    if (rp_decode(mode, bytes, length, &instruction, &error) != RP_OK)
        fail_msg("%s: %s", hex, error.line);
    return rp_limits_find(limits, mode, &instruction) == NULL;
}

/* Robin and Irvine's seventeen, and what people meet every day; the eighteenth, INT n, is honestly unknown.
 */
static void what_matters_stays_decided(void **state)
{
    static const char *const hex[] = {"0f0103", "0f010b", "0f00c0", "0f01e0", "9c",   "9d",   "0f02c3",
                                      "0f03c3", "0f00e3", "0f00eb", "1f",     "0e",   "ff1b", "ff2b",
                                      "cb",     "0f00c8", "8ed8",   "8cc8",   "90",   "01d8", "8b03",
                                      "f4",     "0f22c0", "0f30",   "0fa2",   "0f31", "d9e8", "0f58c1",
                                      "0fefc0", "cf",     "fa",     "0f01ca"};
    (void)state;
    for (unsigned i = 0; i < sizeof hex / sizeof hex[0]; i++)
        if (!decided(RP_MODE_PROT32, hex[i]))
            fail_msg("%s is not decided", hex[i]);
    assert_false(decided(RP_MODE_PROT32, "cd80"));
    assert_true(decided(RP_MODE_VM86, "cd80"));
    assert_false(decided(RP_MODE_LONG64, "ec"));
    assert_false(decided(RP_MODE_LONG64, "0f05"));
    assert_false(decided(RP_MODE_LONG64, "c5f058c2"));
    assert_true(decided(RP_MODE_LONG64, "c4e278f3cb")); /* BLSR: VEX, but general registers */
}

static void ignored_controls_are_named_by_mode(void **state)
{
    (void)state;
    assert_true(rp_limits_ignores(limits, RP_RESOURCE_CR4_UMIP, RP_MODE_PROT32));
    assert_true(rp_limits_ignores(limits, RP_RESOURCE_CR4_VME, RP_MODE_VM86));
    assert_false(rp_limits_ignores(limits, RP_RESOURCE_CR4_TSD, RP_MODE_PROT32));
    assert_false(rp_limits_ignores(limits, RP_RESOURCE_CR0_TS, RP_MODE_LONG64));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_canary_still_shows_unicorns_mistake),
        cmocka_unit_test(each_canary_is_what_its_line_is_about),
        cmocka_unit_test(what_matters_stays_decided),
        cmocka_unit_test(ignored_controls_are_named_by_mode),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
