/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of many machines: kinds, who is odd, in what. */
#include "support/scratch.h"
#include "support/suite.h"

#include "base/text.h"
#include "golden/fleet.h"

#include <stdio.h>
#include <string.h>

static struct scratch scratch;
static struct rp_fleet fleet;

static const char *write_file(const char *name, const char *lines)
{
    struct rp_text text = {0};
    struct rp_error error = {0};
    const char *path = scratch_path(&scratch, name);
    rp_text_add(&text, "%s", lines);
    assert_int_equal(rp_text_publish(&text, path, &error), RP_OK);
    rp_text_free(&text);
    return path;
}

/* A machine of a microcode, that answers FDIV and one opcode. */
static void add(const char *name, const char *microcode, const char *fdiv, unsigned agree)
{
    char lines[1024];
    struct rp_error error = {0};
    snprintf(lines, sizeof lines,
             "{\"schema\":\"ringprobe.errata/1\",\"machine\":{\"host\":\"%s\",\"vendor\":\"GenuineIntel\","
             "\"family\":6,\"microcode\":\"%s\"},\"id\":\"fdiv\",\"kind\":\"erratum\",\"answer\":\"%s\"}\n"
             "{\"schema\":\"ringprobe.golden/1\",\"kind\":\"moo\",\"what\":\"opcode\",\"executor\":\"qemu\","
             "\"cpu\":\"C286\",\"opcode\":\"99\",\"run\":10,\"agree\":%u}\n"
             "{\"schema\":\"ringprobe.golden/1\",\"kind\":\"moo\",\"what\":\"summary\",\"tests\":10}\n",
             name, microcode, fdiv, agree);
    if (rp_fleet_read(&fleet, write_file(name, lines), &error))
        fail_msg("%s", error.line);
}

static void compare(void)
{
    struct rp_error error = {0};
    assert_int_equal(rp_fleet_compare(&fleet, &error), RP_OK);
}

static int forget(void **state)
{
    (void)state;
    rp_fleet_free(&fleet);
    return 0;
}

static void the_one_that_differs_is_odd(void **state)
{
    (void)state;
    add("a.jsonl", "0x1", "absent", 10);
    add("b.jsonl", "0x1", "absent", 10);
    add("c.jsonl", "0x1", "absent", 9);
    add("d.jsonl", "0x2", "present", 10); /* another kind, which may */
    compare();
    assert_int_equal(fleet.machines, 4);
    assert_int_equal(fleet.cells, 2);
    assert_int_equal(fleet.kinds, 2);
    assert_int_equal(fleet.odd, 1);
    assert_int_equal(fleet.answers, 3);
    assert_int_equal(fleet.machine[2].odd, 1);
    assert_string_equal(fleet.machine[2].name, "c");
    assert_string_equal(fleet.machine[2].host, "c.jsonl");
    assert_string_equal(fleet.machine[2].identity, "GenuineIntel, family 6, microcode 0x1");
    assert_string_equal(fleet.cell[0].name, "errata fdiv");
    assert_string_equal(fleet.cell[1].name, "moo qemu C286 99");
    assert_string_equal(rp_fleet_value(&fleet, 2, 1), "10 run, agree 9");
    assert_false(rp_fleet_is_odd(&fleet, 2, 0));
    assert_true(rp_fleet_is_odd(&fleet, 2, 1));
    assert_string_equal(fleet.kind[0].most[1].value, "10 run, agree 10");
    assert_int_equal(fleet.kind[0].most[1].count, 2);
    assert_int_equal(fleet.kind[0].answers, 2);
    assert_int_equal(fleet.kind[1].answers, 1);
}

static void of_two_that_differ_both_are(void **state)
{
    (void)state;
    add("a.jsonl", "0x1", "absent", 10);
    add("b.jsonl", "0x1", "present", 10);
    compare();
    assert_int_equal(fleet.odd, 2);
    assert_null(fleet.kind[0].most[0].value);
}

static void no_answer_is_one_too(void **state)
{
    struct rp_error error = {0};
    (void)state;
    add("a.jsonl", "0x1", "absent", 10);
    add("b.jsonl", "0x1", "absent", 10);
    assert_int_equal(
        rp_fleet_read(&fleet,
                      write_file("c.jsonl", "{\"schema\":\"ringprobe.errata/1\",\"machine\":{\"vendor\":"
                                            "\"GenuineIntel\",\"family\":6,\"microcode\":\"0x1\"},\"id\":"
                                            "\"fdiv\",\"answer\":\"absent\"}\n"),
                      &error),
        RP_OK);
    compare();
    assert_int_equal(fleet.kinds, 1);
    assert_int_equal(fleet.machine[2].odd, 1);
    assert_string_equal(rp_fleet_value(&fleet, 2, 1), "");
}

/* Golden records: differences by encoding; a machine that says two things says both. */
static void differences_of_records_are_answers(void **state)
{
    static const char line[] =
        "{\"schema\":\"ringprobe.golden/1\",\"kind\":\"difference\",\"mode\":\"long64\","
        "\"encoding\":\"90\",\"mnemonic\":\"nop\",\"cells\":[{\"component\":\"%s\"}]}\n";
    struct rp_text text = {0};
    struct rp_error error = {0};
    (void)state;
    rp_text_add(&text, line, "rax");
    rp_text_add(&text, line, "rcx");
    rp_text_add(&text, "{\"schema\":\"ringprobe.golden/1\",\"kind\":\"summary\",\"same\":false,\"here\":{"
                       "\"vendor\":\"AuthenticAMD\"}}\n");
    assert_int_equal(rp_fleet_read(&fleet, write_file("a.jsonl", rp_text_string(&text)), &error), RP_OK);
    rp_text_free(&text);
    compare();
    assert_string_equal(fleet.machine[0].identity, "AuthenticAMD");
    assert_string_equal(fleet.cell[0].name, "golden long64 90 nop");
    assert_ptr_equal(strstr(rp_fleet_value(&fleet, 0, 0), "rax; rcx, values "), rp_fleet_value(&fleet, 0, 0));
    assert_string_equal(rp_fleet_value(&fleet, 0, 1), "false");
    assert_int_equal(fleet.odd, 0);
    assert_int_equal(fleet.unlike, 1);
}

/* A machine that differs from its record: on which processor, how constantly, with what in the cell. */
static void add_recorded(const char *name, const char *cpu, const char *constancy, const char *seen,
                         unsigned passes, const char *same)
{
    struct rp_text text = {0};
    struct rp_error error = {0};
    for (unsigned pass = 1; pass <= passes; pass++)
        for (unsigned run = 0; run < 2; run++)
            rp_text_add(&text,
                        "{\"schema\":\"ringprobe.golden/1\",\"kind\":\"difference\",\"mode\":\"long64\","
                        "\"encoding\":\"90\",\"mnemonic\":\"nop\",\"run\":%u,\"pass\":%u,\"cpu\":%s,"
                        "\"constancy\":\"%s\",\"cells\":[{\"component\":\"rax\",\"seen\":\"%s\"}]}\n",
                        run, pass, cpu, constancy, seen);
    rp_text_add(&text,
                "{\"schema\":\"ringprobe.golden/1\",\"kind\":\"summary\",\"same\":%s,\"complete\":true,"
                "\"here\":{\"vendor\":\"AuthenticAMD\"}}\n",
                same);
    assert_int_equal(rp_fleet_read(&fleet, write_file(name, rp_text_string(&text)), &error), RP_OK);
    rp_text_free(&text);
}

static void what_was_seen_where_belongs_to_the_answer(void **state)
{
    (void)state;
    add_recorded("a.jsonl", "0", "lasting", "0x1", 1, "false");
    add_recorded("b.jsonl", "0", "lasting", "0x1", 3, "false");
    add_recorded("c.jsonl", "0", "lasting", "0x1", 2, "false");
    add_recorded("d.jsonl", "0", "lasting", "0x2", 1, "false");
    add_recorded("e.jsonl", "1", "lasting", "0x1", 1, "false");
    add_recorded("f.jsonl", "0", "transient", "0x1", 1, "false");
    add_recorded("g.jsonl", "0", "lasting", "0x1", 1, "false");
    compare();
    assert_int_equal(fleet.odd, 3);
    assert_int_equal(fleet.unlike, 7);
    for (size_t i = 0; i < fleet.machines; i++)
        assert_int_equal(fleet.machine[i].odd, i >= 3 && i <= 5 ? 1 : 0);
}

static void half_a_verification_is_another_answer(void **state)
{
    (void)state;
    add_recorded("a.jsonl", "0", "lasting", "0x1", 0, "true");
    add_recorded("b.jsonl", "0", "lasting", "0x1", 0, "true");
    add_recorded("c.jsonl", "0", "lasting", "0x1", 0, "null");
    compare();
    assert_int_equal(fleet.unlike, 0);
    assert_int_equal(fleet.odd, 1);
    assert_int_equal(fleet.machine[2].odd, 1);
}

/* Names that are looked up are found among many, whatever order they come in. */
static void many_cells_are_one_each(void **state)
{
    struct rp_error error = {0};
    (void)state;
    for (unsigned machine = 0; machine < 2; machine++) {
        struct rp_text text = {0};
        for (unsigned i = 0; i < 3000; i++)
            rp_text_add(&text, "{\"schema\":\"ringprobe.errata/1\",\"id\":\"e%u\",\"answer\":\"absent\"}\n",
                        machine ? 2999 - i : i);
        assert_int_equal(
            rp_fleet_read(&fleet, write_file(machine ? "b.jsonl" : "a.jsonl", rp_text_string(&text)), &error),
            RP_OK);
        rp_text_free(&text);
    }
    compare();
    assert_int_equal(fleet.cells, 3000);
    assert_int_equal(fleet.odd, 0);
}

static void what_is_no_answer_is_refused(void **state)
{
    static const char *const bad[] = {"", "{\"schema\":\"ringprobe.verdict/1\"}\n", "{\"a\":", "no JSON",
                                      "{\"schema\":\"ringprobe.golden/1\",\"kind\":\"record\"}\n"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct rp_error error = {0};
        char name[16];
        snprintf(name, sizeof name, "%zu.jsonl", i);
        assert_int_equal(rp_fleet_read(&fleet, write_file(name, bad[i]), &error), RP_EINPUT);
        assert_non_null(strstr(error.line, name));
    }
}

static void two_files_of_one_name_are_refused(void **state)
{
    struct rp_error error = {0};
    (void)state;
    add("a.jsonl", "0x1", "absent", 10);
    assert_int_equal(rp_fleet_read(&fleet, write_file("a.json", "{}"), &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "two files are named like"));
}

static int begin(void **state)
{
    (void)state;
    scratch_init(&scratch);
    return 0;
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
        cmocka_unit_test_teardown(the_one_that_differs_is_odd, forget),
        cmocka_unit_test_teardown(of_two_that_differ_both_are, forget),
        cmocka_unit_test_teardown(no_answer_is_one_too, forget),
        cmocka_unit_test_teardown(differences_of_records_are_answers, forget),
        cmocka_unit_test_teardown(what_was_seen_where_belongs_to_the_answer, forget),
        cmocka_unit_test_teardown(half_a_verification_is_another_answer, forget),
        cmocka_unit_test_teardown(many_cells_are_one_each, forget),
        cmocka_unit_test_teardown(what_is_no_answer_is_refused, forget),
        cmocka_unit_test_teardown(two_files_of_one_name_are_refused, forget),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
