/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended state on CPUs that nobody here has, each as the leaves that CPUID gives there. Offsets of
 * components: Intel's as QEMU asserts them (target/i386/cpu.h), AMD's as GDB guesses them from a size
 * (gdb/i387-tdep.c, i387_guess_xsave_layout). */
#include "native/layout.h"
#include "support/suite.h"

#include <string.h>

#define OSXSAVE (UINT32_C(1) << 27)
#define AVX2    (UINT32_C(1) << 5)
#define AVX512F (UINT32_C(1) << 16)

struct cpu {
    uint32_t leaf1_ecx, leaf7_ebx;
    struct {
        uint32_t size, offset;
    } component[20];
};

static const struct cpu *cpu;

static void fake_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t abcd[4])
{
    memset(abcd, 0, 4 * sizeof *abcd);
    if (leaf == 1)
        abcd[2] = cpu->leaf1_ecx;
    else if (leaf == 7)
        abcd[1] = cpu->leaf7_ebx;
    else if (leaf == 0xd && subleaf < sizeof cpu->component / sizeof cpu->component[0]) {
        abcd[0] = cpu->component[subleaf].size;
        abcd[1] = cpu->component[subleaf].offset;
    }
}

static const struct cpu sandy_bridge = {.leaf1_ecx = OSXSAVE, .component = {[2] = {256, 576}}};
/* Skylake-SP with PKU; Sapphire Rapids adds AMX. */
static const struct cpu intel = {.leaf1_ecx = OSXSAVE,
                                 .leaf7_ebx = AVX2 | AVX512F,
                                 .component = {[2] = {256, 576},
                                               [5] = {64, 1088},
                                               [6] = {512, 1152},
                                               [7] = {1024, 1664},
                                               [9] = {8, 2688},
                                               [17] = {64, 2752},
                                               [18] = {8192, 2816}}};
static const struct cpu zen4 = {
    .leaf1_ecx = OSXSAVE,
    .leaf7_ebx = AVX2 | AVX512F,
    .component = {[2] = {256, 576}, [5] = {64, 832}, [6] = {512, 896}, [7] = {1024, 1408}, [9] = {8, 2432}}};

static struct rp_native_layout layout_of(const struct cpu *which, uint64_t xcr0)
{
    struct rp_native_machine machine = {.cpuid = fake_cpuid, .xcr0 = xcr0, .mxcsr_mask = 0xffff};
    struct rp_native_layout layout;
    struct rp_error error;
    cpu = which;
    assert_int_equal(rp_native_layout_of(&machine, &layout, &error), RP_OK);
    return layout;
}

static void avx_alone_ends_behind_it(void **state)
{
    (void)state;
    struct rp_native_layout layout = layout_of(&sandy_bridge, 7);
    assert_int_equal(layout.mask, 7);
    assert_int_equal(layout.avx, 576);
    assert_int_equal(layout.size, 832);
    assert_int_equal(layout.opmask | layout.upper | layout.high | layout.pkru, 0);
    assert_int_equal(layout.compare, 8); /* AVX compares no integers */
    assert_int_equal(layout_of(&sandy_bridge, 3).size, 576);
}

static void components_stand_where_each_vendor_has_them(void **state)
{
    (void)state;
    struct rp_native_layout layout = layout_of(&intel, 0x2e7);
    assert_int_equal(layout.opmask, 1088);
    assert_int_equal(layout.upper, 1152);
    assert_int_equal(layout.high, 1664);
    assert_int_equal(layout.pkru, 2688);
    assert_int_equal(layout.size, 2696);
    assert_int_equal(layout.compare, 64);
    layout = layout_of(&zen4, 0x2e7);
    assert_int_equal(layout.opmask, 832);
    assert_int_equal(layout.high, 1408);
    assert_int_equal(layout.pkru, 2432);
    assert_int_equal(layout.size, 2440);
}

/* Enabled by the kernel, but no process has it before it asks: XRSTOR of it would be #NM. */
static void amx_is_not_asked_for(void **state)
{
    (void)state;
    struct rp_native_layout layout = layout_of(&intel, 0x602e7);
    assert_int_equal(layout.mask, 0x2e7);
    assert_int_equal(layout.size, 2696);
}

static void what_xcr0_leaves_out_has_no_place(void **state)
{
    (void)state;
    struct rp_native_layout layout = layout_of(&intel, 7);
    assert_int_equal(layout.pkru | layout.high | layout.opmask, 0);
    assert_int_equal(layout.compare, 32);
}

static void a_component_that_does_not_fit_is_left_out(void **state)
{
    static const struct cpu far = {
        .leaf1_ecx = OSXSAVE,
        .component = {[2] = {256, 576}, [3] = {64, RP_NATIVE_AREA_SIZE - 8}, [4] = {8, UINT32_MAX}}};
    (void)state;
    struct rp_native_layout layout = layout_of(&far, 0x1f);
    assert_int_equal(layout.mask, 7);
    assert_int_equal(layout.size, 832);
}

static void without_xsave_nothing_runs(void **state)
{
    static const struct cpu old = {0};
    struct rp_native_machine machine = {.cpuid = fake_cpuid};
    struct rp_native_layout layout;
    struct rp_error error;
    (void)state;
    cpu = &old;
    assert_int_equal(rp_native_layout_of(&machine, &layout, &error), RP_EENVIRONMENT);
    assert_non_null(strstr(error.line, "XSAVE"));
}

static void mxcsr_without_a_mask_has_the_first_cpus_bits(void **state)
{
    struct rp_native_machine machine = {.cpuid = fake_cpuid, .xcr0 = 3};
    struct rp_native_layout layout;
    (void)state;
    cpu = &sandy_bridge;
    assert_int_equal(rp_native_layout_of(&machine, &layout, NULL), RP_OK);
    assert_int_equal(layout.mxcsr_mask, 0xffbf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(avx_alone_ends_behind_it),
        cmocka_unit_test(components_stand_where_each_vendor_has_them),
        cmocka_unit_test(amx_is_not_asked_for),
        cmocka_unit_test(what_xcr0_leaves_out_has_no_place),
        cmocka_unit_test(a_component_that_does_not_fit_is_left_out),
        cmocka_unit_test(without_xsave_nothing_runs),
        cmocka_unit_test(mxcsr_without_a_mask_has_the_first_cpus_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
