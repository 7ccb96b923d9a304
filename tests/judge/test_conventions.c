/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What METHOD means for real encodings, on Unicorn: Robin & Irvine's instructions, and one row for each kind
 * of reasoning. Where Unicorn is not architecture-true it must say so. Every witness replays in a judge of
 * its own. */
#include "base/hex.h"
#include "base/tsv.h"
#include "judge/judge.h"
#include "support/suite.h"
#include "unicorn/unicorn.h"

#include <stdio.h>
#include <string.h>

/* Judges keep the pre-states of one mode at a time, so rows are grouped by mode. */
static const struct row {
    const char *mode, *hex, *verdict;
    const char *kinds;     /* exactly these: c, m, r */
    const char *resources; /* these at least, blank-separated */
    const char *closed_by; /* a control; NULL: by nothing */
} rows[] = {
    {"long64", "9d", "hole", "cm", "rflags.if rflags.iopl", NULL},
    {"long64", "9c", "hole", "r", "rflags.if rflags.iopl", NULL},
    {"long64", "0f0103", "hole", "r", "gdtr.base gdtr.limit", NULL},
    {"long64", "0f01e0", "hole", "r", "cr0.mp cr0.ne", NULL},
    {"long64", "8cc8", "hole", "m", "cpl", NULL},
    {"long64", "fa", "privileged", "c", "rflags.if", "rflags.iopl"},
    {"long64", "f4", "privileged", "c", "activity", NULL},
    {"long64", "0f31", "hole", "r", "tsc", "cr4.tsd"},
    {"long64", "0fa2", "hole", "r", "cr4.osxsave cr4.pke", NULL},
    {"long64", "0f01d0", "hole", "r", "xcr0", "cr4.osxsave"},
    {"long64", "f30faec0", "hole", "r", "fs.base", "cr4.fsgsbase"},
    {"long64", "f30faed0", "hole", "c", "fs.base", "cr4.fsgsbase"},
    {"long64", "0f01ef", "hole", "c", "pkru", "cr4.pke"},
    {"long64", "0f22c0", "privileged", "c", "cr0.ne", NULL},
    {"long64", "0f30", "privileged", "c", "sysenter_cs", NULL},
    {"long64", "0f01f8", "privileged", "c", "gs.base", NULL},
    {"long64", "0f09", "privileged", "", "", NULL},
    {"long64", "0f01ca", "privileged", "", "", NULL},
    {"long64", "0f01c1", "unknown", "", "", NULL}, /* VMCALL: nowhere outside a VM */
    {"long64", "0f0b", "innocuous", "", "", NULL},
    {"long64", "d9c0", "innocuous", "", "", NULL},   /* M-IMPLICIT, M-CARRIER: TS and EM; FCS and FDS */
    {"long64", "8b03", "innocuous", "", "", NULL},   /* M-IMPLICIT, M-VIEW: segments, paging */
    {"long64", "0fc7f0", "innocuous", "", "", NULL}, /* M-NOISE */
    {"long64", "0f05", "unknown", "", "", NULL},     /* SYSCALL: not Unicorn's to decide */
    {"long64", "cd80", "unknown", "", "", NULL},
    {"prot32", "9d", "hole", "cm", "rflags.if rflags.iopl", NULL},
    {"prot32", "9c", "hole", "r", "rflags.if rflags.iopl", NULL},
    {"prot32", "0f00c8", "hole", "r", "tr.selector", NULL},
    {"prot32", "0f02c3", "hole", "mr", "gdt.data.dpl gdt.data.type cpl", NULL},
    {"prot32", "0f00e3", "hole", "mr", "cpl", NULL},
    {"prot32", "8cd8", "hole", "r", "ds.selector", NULL},
    {"prot32", "8ed8", "hole", "cm", "ds.selector cpl", NULL}, /* M-ACCESSED: and not the A bit alone */
    {"prot32", "17", "hole", "cm", "ss.selector cpl", NULL},
    {"prot32", "ff1b", "hole", "cmr", "cs.selector cpl gdt.gate.offset", NULL},
    {"prot32", "cb", "hole", "cm", "cs.selector cpl", NULL},
    {"prot32", "cf", "hole", "cm", "rflags.if rflags.iopl cs.selector", NULL},
    {"prot32", "ec", "unknown", "", "", NULL},
    {"prot32", "cc", "unknown", "", "", NULL},
    {"prot32", "c8100000", "innocuous", "", "", NULL},
    {"prot32", "c9", "innocuous", "", "", NULL},
    {"prot32", "d6", "innocuous", "", "", NULL},
    {"prot32", "63c3", "innocuous", "", "", NULL},
    {"vm86", "9d", "privileged", "c", "rflags.if", "rflags.iopl"},
    {"vm86", "8ed8", "innocuous", "", "", NULL},
    {"vm86", "0f31", "hole", "r", "tsc", "cr4.tsd"},
    {"vm86", "f4", "privileged", "c", "activity", NULL},
    {"real16", "8ed8", "innocuous", "", "", NULL},
    {"real16", "fa", "unknown", "c", "rflags.if", NULL}, /* one ring */
};

static struct rp_judge *judge;

static void open_one(struct rp_judge **one)
{
    struct rp_judge_options options = {.executor = &rp_executor_unicorn, .random_seed = 7};
    struct rp_error error = {0};
    if (rp_judge_open(&options, one, &error))
        fail_msg("%s", error.line);
}

static int open_judge(void **state)
{
    (void)state;
    open_one(&judge);
    return 0;
}

static int close_judge(void **state)
{
    (void)state;
    rp_judge_close(judge);
    return 0;
}

static struct rp_verdict ask(const char *mode_name, const char *hex)
{
    struct rp_verdict verdict;
    struct rp_encoding encoding = {.length = 0};
    struct rp_error error = {0};
    enum rp_mode mode;
    size_t length;
    assert_true(rp_mode_find(mode_name, &mode));
    assert_int_equal(rp_hex_parse(hex, encoding.bytes, RP_ENCODING_MAX, &length, NULL), RP_OK);
    encoding.length = (uint8_t)length;
    if (rp_judge_encoding(judge, mode, &encoding, NULL, &verdict, &error))
        fail_msg("%s %s: %s", mode_name, hex, error.line);
    return verdict;
}

static uint8_t kinds(const char *letters)
{
    return (uint8_t)((strchr(letters, 'c') ? RP_SENSITIVE_CONTROL : 0) |
                     (strchr(letters, 'm') ? RP_SENSITIVE_MODE : 0) |
                     (strchr(letters, 'r') ? RP_SENSITIVE_RESOURCE : 0));
}

static bool has_all(const struct rp_verdict *v, const char *names)
{
    char copy[100], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
        if (!rp_resource_set_has(&v->resources, rp_resource_find(name)))
            return false;
    return true;
}

static bool is_closed_by(const struct rp_verdict *v, const char *control)
{
    bool found = false;
    for (unsigned i = 0; i < v->closers; i++)
        found |= control && v->closer[i].control[0] == rp_resource_find(control);
    return control ? found : v->closers == 0;
}

static void check_replay(const struct rp_verdict *v)
{
    static struct rp_witness witness;
    struct rp_replay replay;
    struct rp_judge *fresh[2] = {NULL, NULL};
    open_one(&fresh[0]);
    assert_int_equal(rp_witness_parse(v->replay, &witness, NULL), RP_OK);
    assert_int_equal(rp_judge_replay(fresh, &witness, &replay, NULL), RP_OK);
    if (!replay.reproduced)
        fail_msg("%s: %s", v->replay, replay.why);
    rp_judge_close(fresh[0]);
}

static bool is_as_it_must_be(const struct row *row, const struct rp_verdict *v)
{
    return strcmp(rp_judgement_name(v->judgement), row->verdict) == 0 &&
           v->sensitivity == kinds(row->kinds) && has_all(v, row->resources) &&
           is_closed_by(v, row->closed_by) &&
           (v->judgement == RP_VERDICT_UNKNOWN) == (v->unknown_reason[0] != '\0');
}

static void each_encoding_gets_the_verdict_that_method_means(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rp_verdict v = ask(rows[i].mode, rows[i].hex);
        if (!is_as_it_must_be(&rows[i], &v)) {
            wrong++;
            print_message("%s %s: %s %u, %u closers, %s; resources", rows[i].mode, rows[i].hex,
                          rp_judgement_name(v.judgement), v.sensitivity, v.closers, v.unknown_reason);
            for (unsigned r = rp_resource_set_next(&v.resources, 0); r < RP_RESOURCE_COUNT;
                 r = rp_resource_set_next(&v.resources, r + 1))
                print_message(" %s", rp_resource_info((enum rp_resource)r)->name);
            print_message("\n");
        }
        assert_int_equal(v.has_witness, v.judgement == RP_VERDICT_HOLE ||
                                            v.judgement == RP_VERDICT_PRIVILEGED ||
                                            (v.judgement == RP_VERDICT_UNKNOWN && v.sensitivity));
        if (v.has_witness)
            check_replay(&v);
        rp_verdict_free(&v);
    }
    assert_int_equal(wrong, 0);
}

/* True if a resource of the verdict is in one of the blank-separated groups. */
static bool shows_group(const struct rp_verdict *v, const char *groups)
{
    char padded[120];
    snprintf(padded, sizeof padded, " %s ", groups);
    for (unsigned r = rp_resource_set_next(&v->resources, 0); r < RP_RESOURCE_COUNT;
         r = rp_resource_set_next(&v->resources, r + 1)) {
        char group[40];
        snprintf(group, sizeof group, " %s ", rp_resource_info((enum rp_resource)r)->group);
        if (strstr(padded, group))
            return true;
    }
    return false;
}

static int check_robin_irvine(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    unsigned *holes = context;
    struct rp_verdict v = ask("prot32", row->column[3]);
    (void)error;
    if (strcmp(row->column[0], "INT n") == 0) { /* Unicorn never consults the IDT */
        assert_int_equal(v.judgement, RP_VERDICT_UNKNOWN);
    } else {
        if (v.judgement != RP_VERDICT_HOLE || !shows_group(&v, row->column[4]))
            fail_msg("%s: %s", row->column[0], rp_judgement_name(v.judgement));
        assert_true(v.has_witness);
        check_replay(&v);
        ++*holes;
    }
    rp_verdict_free(&v);
    return RP_OK;
}

static void seventeen_of_robin_and_irvines_instructions_are_holes(void **state)
{
    (void)state;
    unsigned holes = 0;
    struct rp_error error = {0};
    if (rp_tsv_read("robin-irvine.tsv", "mnemonic\tgroup\tmeans\tprot32\tresources\twhy\tsource",
                    check_robin_irvine, &holes, &error))
        fail_msg("%s", error.line);
    assert_int_equal(holes, 17);
}

/* The random halves of B1 and B2 are no part of the answer. */
static void the_random_seed_does_not_change_a_verdict(void **state)
{
    (void)state;
    static const char *const hex[] = {"9c", "0f0103", "0f01e0", "0f02c3", "8ed8", "ff1b"};
    for (size_t i = 0; i < sizeof hex / sizeof hex[0]; i++) {
        struct rp_verdict first = ask("prot32", hex[i]);
        for (uint64_t seed = 100; seed < 103; seed++) {
            struct rp_judge *same = judge, *other;
            struct rp_judge_options options = {.executor = &rp_executor_unicorn, .random_seed = seed};
            assert_int_equal(rp_judge_open(&options, &other, NULL), RP_OK);
            judge = other;
            struct rp_verdict v = ask("prot32", hex[i]);
            judge = same;
            rp_judge_close(other);
            assert_int_equal(v.sensitivity, first.sensitivity);
            assert_memory_equal(&v.resources, &first.resources, sizeof v.resources);
            assert_int_equal(rp_verdict_id(&v), rp_verdict_id(&first));
            rp_verdict_free(&v);
        }
        rp_verdict_free(&first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_encoding_gets_the_verdict_that_method_means),
        cmocka_unit_test(seventeen_of_robin_and_irvines_instructions_are_holes),
        cmocka_unit_test(the_random_seed_does_not_change_a_verdict),
    };
    return cmocka_run_group_tests(tests, open_judge, close_judge);
}
