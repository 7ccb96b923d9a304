/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wide space on Unicorn, one encoding in a hundred: it has no class of hole that the form space has not,
 * or the form space is too coarse; and what is counted would be judged as its form is. */
#include "campaign/scan.h"
#include "campaign/scan_range.h"
#include "executor/registry.h"
#include "support/suite.h"
#include "x86/form.h"
#include "x86/wide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

static const struct rp_executor_entry *unicorn(void)
{
    const struct rp_executor_entry *entry = rp_executor_find("unicorn");
    if (!entry || !entry->executor)
        skip();
    return entry;
}

/* A tenth of the forms with a tenth of their encodings. */
static struct rp_scan_options one_in_a_hundred(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return (struct rp_scan_options){
        .campaign = {.executor = {{unicorn(), "unicorn"}},
                     .executors = 1,
                     .other_policies = 1u << RP_POLICY_LINUX | 1u << RP_POLICY_HARDENED,
                     .random_seed = 1,
                     .workers = processors > 0 ? (unsigned)processors : 1},
        .modes = 1u << RP_MODE_LONG64 | 1u << RP_MODE_PROT32 | 1u << RP_MODE_VM86,
        .wide = true,
        .shard = 3,
        .shards = 10,
        .sample = 10};
}

/* The class of a hole: what its id names (mode, mnemonic, kind, group of the resource), and with which kinds
 * of evidence. */
static bool has_class(const struct rp_results *results, const struct rp_verdict *hole, size_t forms)
{
    const struct rp_mode_results *mode = &results->mode[hole->mode];
    for (size_t i = 0; i < forms; i++) {
        const struct rp_verdict *v = &results->verdict[mode->first + i];
        if (v->judgement == RP_VERDICT_HOLE && rp_verdict_id(v) == rp_verdict_id(hole) &&
            (v->sensitivity & hole->sensitivity) == hole->sensitivity)
            return true;
    }
    return false;
}

static void the_wide_space_has_no_class_of_hole_that_forms_miss(void **state)
{
    (void)state;
    struct rp_scan_options options = one_in_a_hundred();
    struct rp_results results = {.configuration = {.executors = "unicorn", .modes = options.modes}};
    struct rp_error error = {0};
    uint64_t compared = 0, otherwise = 0, exceptions = 0;
    unsigned holes = 0;
    if (rp_scan(&options, &results, &error))
        fail_msg("%s", error.line);
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
        const struct rp_mode_results *mode = &results.mode[m];
        size_t forms = mode->count - mode->exceptions;
        compared += mode->compared;
        otherwise += mode->otherwise;
        exceptions += mode->exceptions;
        for (size_t i = mode->first + forms; i < mode->first + mode->count; i++) {
            const struct rp_verdict *v = &results.verdict[i];
            holes += v->judgement == RP_VERDICT_HOLE;
            if (v->judgement == RP_VERDICT_HOLE && !has_class(&results, v, forms))
                fail_msg("forms miss a hole: %s %s: %s", rp_mode_info(v->mode)->name, v->name,
                         v->replay ? v->replay : "");
        }
    }
    printf("compared %llu, behave otherwise %llu as one of %llu, holes among these %u\n",
           (unsigned long long)compared, (unsigned long long)otherwise, (unsigned long long)exceptions,
           holes);
    assert_true(compared > 60000 && otherwise * 50 < compared);
    assert_true(exceptions > 0 && exceptions * 3 < otherwise * 2);
    rp_results_free(&results);
}

#define KEPT_MAX 12

/* What a verdict costs allows some hundred. */
struct check {
    struct rp_panel *panel;
    enum rp_mode mode;
    unsigned compared, alike, followers;
    /* Of the form: what stands for it, and what was alike to nothing before it. */
    struct rp_portrait portrait[KEPT_MAX];
    struct rp_verdict verdict[KEPT_MAX];
    unsigned kept;
};

static void judge(struct check *check, const struct rp_encoding *encoding, struct rp_verdict *verdict)
{
    struct rp_error error = {0};
    if (rp_panel_judge(check->panel, check->mode, encoding, NULL, verdict, &error))
        fail_msg("%s", error.line);
}

static void check_encoding(struct check *check, const struct rp_encoding *e)
{
    struct rp_error error = {0};
    struct rp_verdict own;
    unsigned which;
    if (rp_panel_compare(check->panel, check->mode, e, NULL, check->portrait, check->kept, &which,
                         &check->portrait[check->kept], &error))
        fail_msg("%s", error.line);
    check->compared++;
    judge(check, e, &own);
    if (which == check->kept) {
        assert_true(rp_panel_is_of(check->panel, &check->portrait[which], &own));
        assert_true(check->kept + 1 < KEPT_MAX);
        check->verdict[check->kept++] = own;
        return;
    }
    check->alike += which == 0;
    check->followers += which > 0;
    if (!rp_verdict_like(&own, &check->verdict[which])) {
        char name[RP_FORM_KEY_MAX];
        rp_form_key(check->mode, e, name, sizeof name);
        fail_msg("counted, but judged otherwise: %s, with number %u: %s %s, %s %s", name, which,
                 rp_judgement_name(own.judgement), own.unknown_reason,
                 rp_judgement_name(check->verdict[which].judgement), check->verdict[which].unknown_reason);
    }
    rp_verdict_free(&own);
}

static void check_form(struct check *check, const struct rp_form *form,
                       const struct rp_wide_encoding *encoding, size_t count, unsigned sample)
{
    struct rp_error error = {0};
    judge(check, &form->encoding, &check->verdict[0]);
    if (rp_panel_portray(check->panel, &check->verdict[0], NULL, &check->portrait[0], &error))
        fail_msg("%s", error.line);
    assert_true(rp_panel_is_of(check->panel, &check->portrait[0], &check->verdict[0]));
    check->kept = 1;
    for (size_t i = 0; i < count; i++) {
        const struct rp_encoding *e = &encoding[i].encoding;
        if (encoding[i].form == form->id && XXH64(e->bytes, e->length, 7) % sample == 0)
            check_encoding(check, e);
    }
    while (check->kept > 0)
        rp_verdict_free(&check->verdict[--check->kept]);
}

/* MOV to FS and GS, which encodings with ESP and EBP as the source are exceptions of. */
static bool has_exceptions(const struct rp_form *form)
{
    const struct rp_encoding *e = &form->encoding;
    return e->length == 2 && e->bytes[0] == 0x8e;
}

static void check_mode(struct check *check, unsigned shard)
{
    const struct rp_wide_encoding *encoding = NULL;
    struct rp_form_space *space;
    struct rp_wide *wide;
    size_t count = 0;
    unsigned last = RP_WIDE_OPCODES;
    assert_int_equal(rp_form_space_open(check->mode, &space, NULL), 0);
    assert_int_equal(rp_wide_open(check->mode, &wide, NULL), 0);
    for (size_t i = 0; i < rp_form_space_encodings(space); i++) {
        struct rp_form form;
        rp_form_space_get(space, i, &form);
        bool all = has_exceptions(&form);
        if (form.undocumented || form.representative || (rp_form_shard(form.id, 150) != shard && !all))
            continue;
        unsigned opcode = rp_wide_opcode_of(check->mode, &form.encoding);
        if (opcode != last)
            assert_int_equal(rp_wide_read(wide, opcode, &encoding, &count, NULL), 0);
        last = opcode;
        check_form(check, &form, encoding, count, all ? 1 : 40);
    }
    rp_wide_close(wide);
    rp_form_space_close(space);
}

static void what_is_counted_is_judged_as_what_it_is_counted_with(void **state)
{
    (void)state;
    static const enum rp_mode modes[] = {RP_MODE_LONG64, RP_MODE_COMPAT16, RP_MODE_VM86};
    struct rp_panel_options options = {.member = {{unicorn()->executor, "unicorn"}},
                                       .members = 1,
                                       .other_policies = 1u << RP_POLICY_LINUX,
                                       .random_seed = 1};
    static struct check check;
    assert_int_equal(rp_panel_open(&options, &check.panel, NULL), RP_OK);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        check.mode = modes[i];
        check_mode(&check, (unsigned)(40 + i));
    }
    printf("compared %u, alike to forms %u, to others %u\n", check.compared, check.alike, check.followers);
    assert_true(check.compared > 600 && check.followers > 10);
    rp_panel_close(check.panel);
}

/* An answer about twenty encodings, two of them exceptions. */
struct answer {
    struct rp_wide_answer head;
    struct rp_range_exception exception[2];
    struct {
        uint32_t length;
        char bytes[4];
    } verdict[2];
};

static int check_answer(const struct answer *answer, size_t length, bool sampled)
{
    static const struct rp_wide_range range = {.form = 3, .first = 512, .count = 20};
    struct rp_error error = {0};
    int result = rp_wide_check_answer(&range, sampled, (const char *)answer, length, &error);
    assert_true((result == RP_OK) == (error.line[0] == '\0'));
    return result;
}

/* A worker that went mad shall not write into the parent, nor put counts into the store. */
static void an_answer_that_does_not_add_up_is_refused(void **state)
{
    (void)state;
    static const struct answer right = {.head = {.alike = 15, .exceptions = 2, .runs = 9},
                                        .exception = {{.number = 512}, {.number = 531, .followers = 3}},
                                        .verdict = {{4, "abc"}, {4, "def"}}};
    static const struct answer dead = {.head = {.dead = true}};
    struct answer wrong;
    _Static_assert(sizeof(struct answer) ==
                       sizeof(struct rp_wide_answer) + 2 * sizeof(struct rp_range_exception) + 16,
                   "no padding");
    assert_int_equal(check_answer(&right, sizeof right, false), RP_OK);
    assert_int_equal(check_answer(&dead, sizeof dead.head, false), RP_OK);
    assert_int_equal(check_answer(&dead, sizeof dead, false), RP_EENVIRONMENT);
    for (size_t length = 0; length < sizeof right; length++)
        assert_int_equal(check_answer(&right, length, false), RP_EENVIRONMENT);
#define WRONG(field, value)                                                                                  \
    do {                                                                                                     \
        wrong = right;                                                                                       \
        wrong.field = (value);                                                                               \
        assert_int_equal(check_answer(&wrong, sizeof wrong, false), RP_EENVIRONMENT);                        \
    } while (0)
    WRONG(head.alike, 16);
    WRONG(head.alike, 14);
    WRONG(head.exceptions, 1);
    WRONG(head.exceptions, UINT32_MAX);
    WRONG(exception[0].number, 511);
    WRONG(exception[0].number, 531);
    WRONG(exception[1].number, 532);
    WRONG(exception[1].followers, 4);
    WRONG(exception[1].followers, UINT32_MAX);
    WRONG(verdict[0].length, 3);
    WRONG(verdict[1].length, 5);
    WRONG(verdict[1].length, UINT32_MAX);
    wrong = right;
    wrong.head.alike = 3;
    assert_int_equal(check_answer(&wrong, sizeof wrong, true), RP_OK);
    wrong.head.alike = 16;
    assert_int_equal(check_answer(&wrong, sizeof wrong, true), RP_EENVIRONMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_that_does_not_add_up_is_refused),
        cmocka_unit_test(the_wide_space_has_no_class_of_hole_that_forms_miss),
        cmocka_unit_test(what_is_counted_is_judged_as_what_it_is_counted_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
