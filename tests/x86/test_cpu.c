/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A CPU's identity: signatures are split as Linux does it, and other architectures have none. */
#include "support/suite.h"
#include "x86/cpu.h"

#include <string.h>

static void signatures_are_displayed_as_linux_does(void **state)
{
    static const struct {
        uint32_t signature, family, model, stepping;
    } cases[] = {
        {0x000206a7, 6, 0x2a, 7},    /* Sandy Bridge */
        {0x00a20f12, 0x19, 0x21, 2}, /* Zen 3 */
        {0x00a10f11, 0x19, 0x11, 1}, /* Zen 4 */
        {0x00000f4a, 0xf, 4, 0xa},   /* Pentium 4 */
        {0x00100f43, 0x10, 4, 3},    /* K10 */
        {0x00000543, 5, 4, 3},       /* Pentium MMX */
        {0x00b40f40, 0x1a, 0x44, 0}, /* Zen 5 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t family, model, stepping;

        rp_cpu_signature_split(cases[i].signature, &family, &model, &stepping);
        assert_int_equal(family, cases[i].family);
        assert_int_equal(model, cases[i].model);
        assert_int_equal(stepping, cases[i].stepping);
        assert_int_equal(rp_cpu_signature_make(family, model, stepping), cases[i].signature);
    }
}

static void extended_model_does_not_count_below_family_6(void **state)
{
    uint32_t family, model, stepping;

    (void)state;
    rp_cpu_signature_split(0x00010543, &family, &model, &stepping);
    assert_int_equal(model, 4);
}

static void the_first_processor_is_parsed(void **state)
{
    static const char text[] = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\n"
                               "model name\t: AMD EPYC 9B14\nstepping\t: 1\nmicrocode\t: 0xa101144\n"
                               "flags\t\t: fpu vme umip hypervisor fsgsbase\n\n"
                               "processor\t: 1\nvendor_id\t: AuthenticAMD\nmodel\t\t: 99\n";
    struct rp_cpu cpu;
    struct rp_text line = {0};

    (void)state;
    rp_cpu_parse(&cpu, text);
    assert_string_equal(cpu.vendor, "AuthenticAMD");
    assert_string_equal(cpu.brand, "AMD EPYC 9B14");
    assert_int_equal(cpu.family, 25);
    assert_int_equal(cpu.model, 17);
    assert_int_equal(cpu.microcode, 0xa101144);
    assert_int_equal(cpu.signature, 0x00a10f11);
    assert_true(rp_cpu_has(&cpu, "umip"));
    assert_true(rp_cpu_has(&cpu, "fpu"));
    assert_true(rp_cpu_has(&cpu, "fsgsbase"));
    assert_false(rp_cpu_has(&cpu, "gsbase"));
    assert_false(rp_cpu_has(&cpu, "vm"));
    assert_false(rp_cpu_has(&cpu, ""));
    rp_cpu_print(&cpu, &line);
    assert_string_equal(rp_text_string(&line),
                        "AMD EPYC 9B14, AuthenticAMD 19-11-01, microcode 0xa101144, under a hypervisor");
    rp_text_free(&line);
}

static void unknown_microcode_is_called_so(void **state)
{
    struct rp_cpu cpu = {
        .vendor = "GenuineIntel", .family = 6, .model = 0x2a, .stepping = 7, .microcode = 0xffffffff};
    struct rp_text line = {0};

    (void)state;
    strncat(cpu.hypervisor, "KVMKVMKVM", sizeof cpu.hypervisor - 1);
    rp_cpu_print(&cpu, &line);
    assert_string_equal(rp_text_string(&line),
                        "unnamed, GenuineIntel 06-2a-07, microcode unknown, under KVMKVMKVM");
    rp_text_free(&line);
}

static void other_architectures_leave_it_empty(void **state)
{
    static const char text[] =
        "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n";
    struct rp_cpu cpu;
    struct rp_text line = {0};

    (void)state;
    rp_cpu_parse(&cpu, text);
    assert_string_equal(cpu.vendor, "");
    assert_int_equal(cpu.signature, 0);
    rp_cpu_print(&cpu, &line);
    assert_string_equal(rp_text_string(&line), "not an x86 CPU");
    rp_text_free(&line);
    rp_cpu_parse(&cpu, "");
    assert_string_equal(cpu.vendor, "");
}

static void overlong_values_are_cut(void **state)
{
    struct rp_cpu cpu;
    char text[256] = "vendor_id\t: AVendorWithALongName\nmodel name\t: ";

    (void)state;
    memset(text + strlen(text), 'x', 120);
    rp_cpu_parse(&cpu, text);
    assert_string_equal(cpu.vendor, "AVendorWithA");
    assert_int_equal(strlen(cpu.brand), sizeof cpu.brand - 1);
}

static void this_machine_can_be_read(void **state)
{
    struct rp_cpu cpu;
    struct rp_error error = {0};

    (void)state;
    if (rp_cpu_read(&cpu, &error) != 0)
        fail_msg("%s", error.line);
#if defined(__x86_64__) || defined(__i386__)
    assert_true(cpu.vendor[0] != '\0');
    assert_true(rp_cpu_has(&cpu, "fpu"));
#else
    assert_string_equal(cpu.vendor, "");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_displayed_as_linux_does),
        cmocka_unit_test(extended_model_does_not_count_below_family_6),
        cmocka_unit_test(the_first_processor_is_parsed),
        cmocka_unit_test(unknown_microcode_is_called_so),
        cmocka_unit_test(other_architectures_leave_it_empty),
        cmocka_unit_test(overlong_values_are_cut),
        cmocka_unit_test(this_machine_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
