/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `probe` prints: two runs side by side, and which bits tell them apart. */
#include "report/probe.h"

#include "report/words.h"
#include "support/made.h"
#include "support/suite.h"

#include <string.h>

static const struct rp_style plain = {.columns = 100};

static void change(struct rp_detail_run *run, uint32_t component, uint64_t before, uint64_t after)
{
    run->change[run->count].component = component;
    run->change[run->count].before = before;
    run->change[run->count++].after = after;
}

/* POPF, as it is: IF cleared in ring 0, kept in ring 3. */
static void make_popf(struct rp_detail *detail)
{
    *detail = (struct rp_detail){
        .of_witness = true, .kind = RP_SENSITIVE_MODE, .user = "-", .a = "ring=0", .b = "ring=3"};
    for (int i = 0; i < 2; i++) {
        struct rp_detail_run *run = &detail->run[i];
        run->present = true;
        run->ring = i ? 3 : 0;
        run->mode = RP_MODE_PROT32;
        run->shown = (struct rp_shown){.present = true, .kind = RP_OUTCOME_RETIRED, .length = 1};
        change(run, RP_REG_RSP, 0x31000, 0x31004);
        change(run, RP_REG_RFLAGS, 0x202, i ? 0x203 : 0x3);
    }
}

static void the_bits_that_differ_are_marked_and_named(void **state)
{
    (void)state;
    static struct rp_detail detail;
    struct rp_text text = {0};
    make_popf(&detail);
    rp_probe_runs(&detail, &plain, &text);
    assert_non_null(strstr(text.data,
                           "\n   rsp              0x31000                   0x31004                   "
                           "0x31004\n"));
    assert_non_null(strstr(text.data,
                           "\n*! rflags           0x202 IF                  0x3 CF                    "
                           "0x203 CF IF\n                    differs in IF\n"));
    assert_non_null(strstr(text.data, "ring 0                    ring 3\n"));
    rp_text_free(&text);
}

static void a_run_that_trapped_is_no_difference_of_values(void **state)
{
    (void)state;
    static struct rp_detail detail;
    struct rp_text text = {0};
    make_popf(&detail);
    detail.run[1].count = 0;
    detail.run[1].shown =
        (struct rp_shown){.present = true, .kind = RP_OUTCOME_TRAPPED, .vector = 13, .has_error_code = true};
    rp_probe_runs(&detail, &plain, &text);
    assert_null(strstr(text.data, "differs in"));
    assert_non_null(strstr(text.data, "retired, 1 byte           #GP(0)\n"));
    assert_non_null(strstr(text.data, "unchanged\n"));
    rp_text_free(&text);
}

static void a_kernel_entered_without_a_vector_is_not_a_divide_error(void **state)
{
    (void)state;
    static struct rp_detail detail;
    struct rp_text text = {0};
    make_popf(&detail);
    detail.run[1].shown =
        (struct rp_shown){.present = true, .kind = RP_OUTCOME_ENTERED, .gate = RP_GATE_SYSCALL};
    rp_probe_runs(&detail, &plain, &text);
    assert_non_null(strstr(text.data, "entered the kernel (SYSCALL)\n"));
    assert_null(strstr(text.data, "#DE"));
    rp_text_free(&text);
}

static void bits_have_the_names_of_their_resources(void **state)
{
    (void)state;
    static const struct {
        uint32_t component;
        uint64_t bits;
        const char *expected;
    } cases[] = {
        {RP_REG_RFLAGS, RP_FLAG_IF | RP_FLAG_IOPL, "IF, IOPL"},
        {RP_REG_RFLAGS, RP_FLAG_CF | 0x8, "CF, bits 0x8"},
        {RP_REG_CR0, 0x22, "cr0.mp, cr0.ne"},
        {RP_REG_RAX, 0x10, "bits 0x10"},
        {RP_REG_GDTR_BASE, 0x10000, "bits 0x10000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rp_text text = {0};
        rp_words_bits(cases[i].component, cases[i].bits, &text);
        assert_string_equal(rp_text_string(&text), cases[i].expected);
        rp_text_free(&text);
    }
}

static void resources_are_named_in_brief(void **state)
{
    (void)state;
    struct rp_resource_set set = {0};
    struct rp_text text = {0};
    rp_words_resources_brief(&set, 4, &text);
    rp_resource_set_add(&set, RP_RESOURCE_GDTR_BASE);
    rp_resource_set_add(&set, RP_RESOURCE_GDTR_LIMIT);
    rp_resource_set_add(&set, RP_RESOURCE_CPL);
    rp_text_add(&text, "; ");
    rp_words_resources_brief(&set, 3, &text);
    rp_text_add(&text, "; ");
    rp_words_resources_brief(&set, 2, &text);
    assert_string_equal(text.data, "none; cpl, gdtr.base/limit; cpl, gdtr");
    rp_text_free(&text);
}

static void the_sentence_claims_no_more_than_was_shown(void **state)
{
    (void)state;
    struct made made;
    struct rp_text text = {0};
    made_init(&made);
    rp_words_verdict(made_add(&made, RP_MODE_PROT32, "90", RP_VERDICT_INNOCUOUS), &text);
    assert_string_equal(text.data, "Innocuous as far as was tried: no witness in 96 runs.");
    rp_text_free(&text);
    struct rp_verdict *v = made_add(&made, RP_MODE_PROT32, "8cd8", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_DS_SELECTOR, RP_ANSWER_HOLE, RP_ANSWER_HOLE);
    rp_words_verdict(v, &text);
    assert_string_equal(text.data,
                        "Sensitive, and it does not trap: ring 3 retires and its result depends on "
                        "ds.selector (delegated to the program by its system).");
    rp_text_free(&text);
    made_free(&made);
}

static void a_probe_tells_what_the_cpu_did_and_where_executors_part(void **state)
{
    (void)state;
    const struct rp_shown shown = {.kind = RP_OUTCOME_RETIRED, .length = 1};
    struct made made;
    struct rp_text text = {0};
    made_init(&made);
    struct rp_verdict *v = made_add(&made, RP_MODE_PROT32, "90", RP_VERDICT_INNOCUOUS);
    made_silicon(v, RP_VERDICT_UNKNOWN, shown);
    v->opinion[1].virtualised = true;
    made_divergence(v, RP_REG_RDX, 8, "fake: cannot count");
    const struct rp_style wide = {.columns = 400};
    rp_probe_text(v, NULL, &wide, &text);
    assert_non_null(strstr(text.data,
                           "native (silicon) says unknown: ring 0 not run, ring 3 retired, 1 byte; "
                           "it retires in ring 3 on this CPU; virtualised: suspect"));
    assert_non_null(strstr(
        text.data, "general registers (rdx) differs: fake: 0x0; native: 0x8; known, fake: cannot count"));
    assert_non_null(strstr(text.data, v->divergence->replay));
    rp_text_free(&text);
    made_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bits_that_differ_are_marked_and_named),
        cmocka_unit_test(a_run_that_trapped_is_no_difference_of_values),
        cmocka_unit_test(a_kernel_entered_without_a_vector_is_not_a_divide_error),
        cmocka_unit_test(bits_have_the_names_of_their_resources),
        cmocka_unit_test(resources_are_named_in_brief),
        cmocka_unit_test(a_probe_tells_what_the_cpu_did_and_where_executors_part),
        cmocka_unit_test(the_sentence_claims_no_more_than_was_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
