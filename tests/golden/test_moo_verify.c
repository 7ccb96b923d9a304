/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of MOO files on Unicorn: what was recorded right agrees, wherever in memory it was recorded, and what
 * was recorded wrong is found to differ in just that. And the whole files of ../shared/data/moo, where they
 * are, on each executor with real mode. */
#include "golden/moo_fixture.h"
#include "support/scratch.h"
#include "support/suite.h"

#include "campaign/scan.h"
#include "golden/moo_tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct scratch scratch;
static const struct rp_executor_entry *unicorn;

/* The last answer, and how many there were. */
struct heard {
    struct rp_moo_result result;
    struct rp_moo_tally tally;
    char detail[4096];
    unsigned count;
};

static int hear(void *context, const struct rp_moo_source *source, const struct rp_moo_result *result,
                const char *detail, struct rp_error *error)
{
    struct heard *heard = context;
    heard->result = *result;
    heard->count++;
    snprintf(heard->detail, sizeof heard->detail, "%s", detail);
    return rp_moo_tally_add(&heard->tally, source, result, error);
}

static void verify(const struct rp_moo_options *options, const struct rp_moo_source *source, size_t sources,
                   struct heard *heard)
{
    struct rp_error error = {0};
    *heard = (struct heard){0};
    if (rp_moo_verify(options, source, sources, hear, heard, &error))
        fail_msg("%s", error.line);
}

/* The file's tests on Unicorn. */
static void verify_text(const struct rp_text *text, const struct rp_moo_options *options, struct heard *heard)
{
    struct rp_moo_source source = {.path = scratch_path(&scratch, "made.moo")};
    struct rp_moo_file file;
    struct rp_error error = {0};
    if (fixture_parse(text, &file, &error))
        fail_msg("%s", error.line);
    memcpy(source.cpu, file.cpu_name, sizeof source.cpu);
    source.tests = file.tests;
    rp_moo_free(&file);
    assert_int_equal(rp_text_publish(text, source.path, &error), RP_OK);
    verify(options, &source, 1, heard);
}

static struct rp_moo_options on_unicorn(void)
{
    return (struct rp_moo_options){
        .executor = unicorn->executor, .workers = 2, .limit = SIZE_MAX, .log_descriptor = -1};
}

static struct rp_moo_result answer(const struct fixture_test *test, const char *cpu)
{
    struct rp_text text = {0};
    struct heard heard;
    struct rp_moo_options options = on_unicorn();
    fixture_begin(&text, cpu, 1);
    fixture_add(&text, test, strcmp(cpu, "386E") == 0);
    verify_text(&text, &options, &heard);
    rp_moo_tally_free(&heard.tally);
    rp_text_free(&text);
    assert_int_equal(heard.count, 1);
    return heard.result;
}

static void expect(const struct fixture_test *test, const char *cpu, enum rp_moo_answer wanted,
                   uint32_t differs)
{
    char names[RP_RECORDED_NAMES_MAX];
    struct rp_moo_result result = answer(test, cpu);
    if (result.answer != wanted || (wanted == RP_MOO_DIFFERS && result.differs != differs))
        fail_msg("%s: answer %u, differs in %s; %s", test->name, result.answer,
                 rp_recorded_names(result.differs, names), result.unfit ? result.unfit : "");
}

static void need_unicorn(void)
{
    struct rp_executor_report report;
    struct rp_error error = {0};
    assert_int_equal(rp_executor_ask(unicorn, NULL, &report, &error), RP_OK);
    if (!report.runs_here) {
        print_message("unicorn: %s\n", report.why_not);
        skip();
    }
}

static void each_register_that_is_wrong_is_named(void **state)
{
    (void)state;
    need_unicorn();
    struct fixture_test right = fixture_inc();
    expect(&right, "C286", RP_MOO_AGREES, 0);
    for (unsigned reg = 0; reg < RP_RECORDED_FLAGS; reg++) {
        if (reg >= RP_RECORDED_CS && reg <= RP_RECORDED_ES)
            continue; /* an INC does not load one, and the move takes it from before */
        struct fixture_test wrong = fixture_inc();
        uint32_t was = wrong.changed >> reg & 1 ? wrong.after[reg] : wrong.before[reg];
        fixture_set(&wrong, reg, was ^ 0x10);
        expect(&wrong, "C286", RP_MOO_DIFFERS, UINT32_C(1) << reg);
    }
}

static void flags_count_where_they_are_defined(void **state)
{
    struct fixture_test test = fixture_inc();
    (void)state;
    need_unicorn();
    test.after[RP_RECORDED_FLAGS] = 0x0012;
    struct rp_moo_result result = answer(&test, "C286");
    assert_int_equal(result.answer, RP_MOO_DIFFERS);
    assert_int_equal(result.differs, UINT32_C(1) << RP_RECORDED_FLAGS);
    assert_int_equal(result.flags, 0x10);
    test.masked = 1 << RP_RECORDED_FLAGS; /* the test's own mask */
    test.mask[RP_RECORDED_FLAGS] = 0xffef;
    expect(&test, "C286", RP_MOO_AGREES, 0);
    fixture_code(&test, "0fafc0f4"); /* IMUL AX, AX: the table has AF undefined */
    test.name = "imul ax,ax";
    test.masked = 0;
    test.before[RP_RECORDED_FLAGS] = 0x0002; /* a 386 keeps IOPL and NT */
    fixture_set(&test, RP_RECORDED_AX, 1);
    fixture_set(&test, RP_RECORDED_IP, 0x567c);
    expect(&test, "386E", RP_MOO_AGREES, 0);
    fixture_set(&test, RP_RECORDED_FLAGS, 0x0013); /* but not CF */
    expect(&test, "386E", RP_MOO_DIFFERS, UINT32_C(1) << RP_RECORDED_FLAGS);
}

static void registers_count_where_they_are_defined(void **state)
{
    struct fixture_test test = fixture_inc();
    (void)state;
    need_unicorn();
    test.after[RP_RECORDED_AX] = 0xab02;
    expect(&test, "C286", RP_MOO_DIFFERS, UINT32_C(1) << RP_RECORDED_AX);
    test.masked = 1 << RP_RECORDED_AX;
    test.mask[RP_RECORDED_AX] = 0x00ff;
    expect(&test, "C286", RP_MOO_AGREES, 0);
}

/* ADD byte [segment:offset], 5 with 3 there, of an 80386. */
static struct fixture_test add_5(const char *name, const char *code, uint32_t address)
{
    struct fixture_test test = fixture_inc();
    test.name = name;
    test.changed = 0;
    fixture_code(&test, code);
    fixture_init(&test, address, 3);
    fixture_fina(&test, address, 8);
    fixture_set(&test, RP_RECORDED_IP, 0x5678 + (uint32_t)strlen(code) / 2);
    return test;
}

static void memory_is_found_wherever_it_was(void **state)
{
    (void)state;
    need_unicorn();
    struct fixture_test test = add_5("add [si],5", "800405f4", 0x30100);
    expect(&test, "C286", RP_MOO_AGREES, 0);
    test.fina[0].value = 9;
    expect(&test, "C286", RP_MOO_DIFFERS, RP_RECORDED_MEMORY);
    test = add_5("add es:[di],5", "26800505f4", 0x90200);
    expect(&test, "C286", RP_MOO_AGREES, 0);
    test = add_5("add cs:[0x8001],5", "2e8006018005f4", 0x1a341);
    expect(&test, "C286", RP_MOO_AGREES, 0);
    test = add_5("add cs:[si],5", "2e800405f4", 0x12440);
    expect(&test, "C286", RP_MOO_AGREES, 0);
    test = add_5("add [0xfff0],5", "8006f0ff05f4", 0x3fff0);
    test.before[RP_RECORDED_DS] = 0xffff; /* beyond 1 MiB */
    test.init[test.inits - 1].address = test.fina[0].address = 0x10ffe0;
    expect(&test, "C286", RP_MOO_AGREES, 0);
    test = add_5("add fs:[ebx+esi*4],5", "64678004b305f4", 0);
    test.before[RP_RECORDED_FS] = 0xabcd;
    test.before[RP_RECORDED_BX] = 0x1000;
    test.init[test.inits - 1].address = test.fina[0].address = 0xabcd0 + 0x1400;
    expect(&test, "386E", RP_MOO_AGREES, 0);
    fixture_fina(&test, 0xabcd0 + 0x1401, 1); /* a byte that nobody wrote */
    test.init[test.inits++] = (struct fixture_byte){0xabcd0 + 0x1401, 0};
    assert_int_equal(answer(&test, "386E").answer, RP_MOO_UNFIT);
}

/* 8088: the address wraps at 1 MiB. */
static void addresses_wrap_as_they_did(void **state)
{
    struct fixture_test test = add_5("add [0x20],5", "8006200005", 0x10);
    (void)state;
    need_unicorn();
    test.before[RP_RECORDED_DS] = 0xffff;
    expect(&test, "8088", RP_MOO_AGREES, 0);
}

/* What is recorded of an exception: vector table, frame, handler. */
static struct fixture_test divide(uint32_t ip_pushed)
{
    struct fixture_test test = fixture_inc();
    test.name = "div cl";
    test.before[RP_RECORDED_CX] = 0;
    fixture_code(&test, "f6f1f4");
    for (unsigned i = 0; i < 4; i++)
        fixture_init(&test, i, (uint8_t)(0x40 + i)); /* 4342:4140 */
    fixture_init(&test, 0x47560, 0xf4);
    test.changed = 0;
    fixture_set(&test, RP_RECORDED_SP, 0x07fa);
    fixture_set(&test, RP_RECORDED_CS, 0x4342);
    fixture_set(&test, RP_RECORDED_IP, 0x4141);
    fixture_fina(&test, 0x207fa, (uint8_t)ip_pushed);
    fixture_fina(&test, 0x207fb, (uint8_t)(ip_pushed >> 8));
    fixture_fina(&test, 0x207fc, 0x34);
    fixture_fina(&test, 0x207fd, 0x12);
    fixture_fina(&test, 0x207fe, 0x02);
    fixture_fina(&test, 0x207ff, 0x00);
    test.exception = 0;
    return test;
}

static void exceptions_are_compared(void **state)
{
    struct fixture_test test = divide(0x5678);
    (void)state;
    need_unicorn();
    expect(&test, "C286", RP_MOO_AGREES, 0);
    test = divide(0x567a);
    expect(&test, "C286", RP_MOO_DIFFERS, UINT32_C(1) << RP_RECORDED_IP);
    test = divide(0x5678);
    test.exception = 6;
    test.inits = 3; /* its code; 6's entry stands elsewhere */
    for (unsigned i = 0; i < 4; i++)
        fixture_init(&test, 24 + i, (uint8_t)(0x40 + i));
    struct rp_moo_result result = answer(&test, "C286");
    assert_int_equal(result.answer, RP_MOO_DIFFERS);
    assert_int_equal(result.differs, RP_RECORDED_OUTCOME);
    assert_int_equal(result.wanted.vector, 6);
    assert_int_equal(result.got.vector, 0);
}

static void what_cannot_be_run_says_why(void **state)
{
    struct fixture_test test = fixture_inc();
    (void)state;
    need_unicorn();
    fixture_code(&test, "0f"); /* POP CS of an 8086 */
    struct rp_moo_result result = answer(&test, "8088");
    assert_int_equal(result.answer, RP_MOO_UNFIT);
    assert_non_null(strstr(result.unfit, "from the 386 on"));
    test = fixture_inc();
    test.before[RP_RECORDED_FLAGS] |= 0x100;
    result = answer(&test, "C286");
    assert_int_equal(result.answer, RP_MOO_UNFIT);
    assert_non_null(strstr(result.unfit, "TF"));
}

/* Far CALL of a register ends Unicorn's process: many next to each other are all answered. */
static void runs_that_kill_are_answers(void **state)
{
    struct rp_text text = {0};
    struct heard heard;
    struct rp_moo_options options = on_unicorn();
    enum { TESTS = 24 };
    (void)state;
    need_unicorn();
    fixture_begin(&text, "C286", TESTS);
    for (uint32_t i = 0; i < TESTS; i++) {
        struct fixture_test test = fixture_inc();
        if (i % 3 == 0)
            fixture_code(&test, "ffd8f4");
        test.index = i;
        fixture_add(&text, &test, false);
    }
    verify_text(&text, &options, &heard);
    assert_int_equal(heard.tally.answer[RP_MOO_AGREES], 16);
    assert_int_equal(heard.tally.answer[RP_MOO_DIFFERS], 8);
    assert_int_equal(heard.tally.causes, 1);
    assert_int_equal(heard.tally.cause[0].like.got.kind, RP_OUTCOME_DIED);
    assert_int_equal(heard.tally.cause[0].count, 8);
    rp_moo_tally_free(&heard.tally);
    rp_text_free(&text);
}

static void one_test_is_shown_in_detail(void **state)
{
    struct rp_text text = {0};
    struct heard heard;
    struct rp_moo_options options = on_unicorn();
    uint32_t only = 5;
    (void)state;
    need_unicorn();
    options.only = &only;
    options.only_count = 1;
    fixture_begin(&text, "C286", 3);
    for (uint32_t i = 4; i < 7; i++) {
        struct fixture_test test = fixture_inc();
        test.index = i;
        test.after[RP_RECORDED_AX] = i;
        fixture_add(&text, &test, false);
    }
    verify_text(&text, &options, &heard);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.result.index, 5);
    assert_non_null(strstr(heard.detail, "inc ax  (40)"));
    assert_non_null(strstr(heard.detail, "* ax               1        5        2"));
    rp_moo_tally_free(&heard.tally);
    options.only_count = 0;
    options.limit = 2;
    verify_text(&text, &options, &heard);
    assert_int_equal(heard.count, 2);
    rp_moo_tally_free(&heard.tally);
    rp_text_free(&text);
}

/* The folder of whole files; NULL, with the cause in a line, where it is not there. */
static const char *shared_file(const char *name)
{
    static char path[4096];
    const char *data = getenv("RP_SHARED_DATA"), *source = getenv("RP_SOURCE");
    snprintf(path, sizeof path, "%s%s/moo/%s",
             data     ? data
             : source ? source
                      : ".",
             data ? "" : "/../shared/data", name);
    FILE *file = fopen(path, "rbe");
    if (!file) {
        print_message("'%s' is not there: get the data, or name its folder in RP_SHARED_DATA\n", path);
        return NULL;
    }
    fclose(file);
    return path;
}

static bool runs_real_mode(const struct rp_executor_entry *entry)
{
    struct rp_executor_report report;
    struct rp_error error = {0};
    assert_int_equal(rp_executor_ask(entry, NULL, &report, &error), RP_OK);
    bool runs = report.runs_here && report.capabilities.ring[RP_MODE_REAL16][0];
    if (!runs)
        print_message("%-8s not run here: %s\n", entry->name,
                      report.runs_here ? report.capabilities.refused[RP_MODE_REAL16] : report.why_not);
    return runs;
}

/* 286 CWD and STC, 386 ADD: nobody does them wrong, and all of them can be run; but for one, which writes
 * where guests lose it. */
static void whole_files_agree(void **state)
{
    static const char *const names[] = {"286-99.MOO.gz", "286-F9.MOO.gz", "386-00.moo.gz"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *path = shared_file(names[i]);
        struct rp_moo_file file;
        struct rp_error error = {0};
        if (!path)
            skip();
        if (rp_moo_read(path, &file, &error))
            fail_msg("%s", error.line);
        struct rp_moo_source source = {.path = path, .tests = file.tests};
        rp_moo_free(&file);
        assert_int_equal(source.tests, i < 2 ? 1000 : 500);
        for (size_t k = 0; k < rp_executor_entry_count; k++) {
            struct rp_moo_options options = on_unicorn();
            struct heard heard;
            if (!runs_real_mode(&rp_executor_entries[k]))
                continue;
            options.executor = rp_executor_entries[k].executor;
            verify(&options, &source, 1, &heard);
            print_message("%-8s %s: %llu agree\n", rp_executor_entries[k].name, names[i],
                          (unsigned long long)heard.tally.answer[RP_MOO_AGREES]);
            assert_int_equal(heard.count, source.tests);
            assert_int_equal(heard.tally.answer[RP_MOO_DIFFERS], 0);
            assert_in_range(heard.tally.answer[RP_MOO_UNFIT], 0, i == 2);
            rp_moo_tally_free(&heard.tally);
        }
    }
}

static int begin(void **state)
{
    (void)state;
    unicorn = rp_executor_find("unicorn");
    scratch_init(&scratch);
    return unicorn ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    scratch_free(&scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_register_that_is_wrong_is_named),
        cmocka_unit_test(flags_count_where_they_are_defined),
        cmocka_unit_test(registers_count_where_they_are_defined),
        cmocka_unit_test(memory_is_found_wherever_it_was),
        cmocka_unit_test(addresses_wrap_as_they_did),
        cmocka_unit_test(exceptions_are_compared),
        cmocka_unit_test(what_cannot_be_run_says_why),
        cmocka_unit_test(runs_that_kill_are_answers),
        cmocka_unit_test(one_test_is_shown_in_detail),
        cmocka_unit_test(whole_files_agree),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
