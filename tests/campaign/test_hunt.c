/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hunts over a made-up CPU: what the decoder knows retires, all else is #UD, but for what is planted. */
#include "campaign/answers.h"
#include "campaign/hunt_file.h"
#include "report/finding.h"
#include "support/scratch.h"
#include "support/suite.h"
#include "x86/decode.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLANTED 0x03 /* 0F 3A 03, and ModRM and an immediate byte behind it */
#define DEADLY  0x02 /* 0F 3A 02 takes the process with it */
#define SMALL   6000 /* encodings that the tests of files look at */

static struct scratch scratch;

static bool is_0f3a(const struct rp_encoding *encoding, uint8_t opcode)
{
    return encoding->bytes[0] == 0x0f && encoding->bytes[1] == 0x3a && encoding->bytes[2] == opcode;
}

static void answer_cpu(void *context, const struct rp_prestate *prestate, uint32_t index,
                       const struct rp_encoding *encoding, struct rp_outcomes *outcomes)
{
    static struct rp_state after;
    struct rp_instruction instruction;
    (void)index;
    after = prestate->state;
    if (context && is_0f3a(encoding, DEADLY))
        abort();
    if (encoding->bytes[0] == 0x0f && encoding->bytes[1] == 0x3c) {
        after.reg[RP_REG_RIP] += 3; /* an early cell, and the tunnel's last head: both searches meet it */
        fake_retire(outcomes, prestate, &after, 3);
    } else if (is_0f3a(encoding, PLANTED)) {
        after.reg[RP_REG_RAX] ^= 7;
        after.reg[RP_REG_RIP] += 5;
        fake_retire(outcomes, prestate, &after, 0); /* it does not tell the length: RIP does */
    } else if (rp_decode(prestate->mode, encoding->bytes, encoding->length, &instruction, NULL) == RP_OK) {
        /* Here, and here alone. */
        bool longer = strcmp(instruction.mnemonic, "palignr") == 0;
        uint8_t length = (uint8_t)(instruction.length + longer);
        after.reg[RP_REG_RIP] += length;
        fake_retire(outcomes, prestate, &after, length);
    } else {
        fake_trap(outcomes, 6, -1);
    }
}

struct taken {
    struct rp_text line;
    unsigned findings;
    unsigned kill_at; /* lines; 0: never */
    struct rp_hunt_file *file;
};

static void count(void *context, const char *line, size_t length)
{
    struct taken *taken = context;
    rp_text_add_bytes(&taken->line, line, length);
    rp_text_add_bytes(&taken->line, "\n", 1);
    taken->findings++;
}

static int take(void *context, const char *line, size_t length, bool is_finding, struct rp_error *error)
{
    struct taken *taken = context;
    if (taken->kill_at && --taken->kill_at == 0)
        raise(SIGKILL);
    if (taken->file)
        return rp_hunt_file_take(taken->file, line, length, is_finding, error);
    if (is_finding)
        count(taken, line, length - 1);
    return RP_OK;
}

static struct rp_hunt_options options_of(struct taken *taken, unsigned searches, size_t limit,
                                         unsigned workers)
{
    return (struct rp_hunt_options){.campaign = campaign(answer_cpu, NULL, workers),
                                    .modes = 1 << RP_MODE_LONG64,
                                    .searches = (uint8_t)searches,
                                    .limit = limit,
                                    .position_runs = 5000,
                                    .first_head = 0x0f3a,
                                    .last_head = 0x0f3c,
                                    .take = take,
                                    .take_context = taken};
}

static void run(const struct rp_hunt_options *options, int wanted)
{
    struct rp_hunt *hunt;
    struct rp_error error = {0};
    assert_int_equal(rp_hunt_open(options, &hunt, &error), RP_OK);
    int result = rp_hunt_run(hunt, &error);
    if (result != wanted)
        fail_msg("%d: %s", result, error.line);
    rp_hunt_close(hunt);
}

/* Hunts with the file; returns what opening it returned. */
static int run_file(const struct rp_hunt_options *options, const char *path, bool resume, int wanted,
                    struct rp_error *error)
{
    struct taken *taken = options->take_context;
    struct rp_hunt *hunt;
    assert_int_equal(rp_hunt_open(options, &hunt, error), RP_OK);
    int result = rp_hunt_file_open(path, resume, NULL, hunt, count, taken, &taken->file, error);
    if (result == RP_OK) {
        assert_int_equal(rp_hunt_run(hunt, error), wanted);
        assert_int_equal(rp_hunt_file_close(taken->file, error), RP_OK);
        taken->file = NULL;
    }
    rp_hunt_close(hunt);
    return result;
}

static bool has_line(const struct taken *taken, const char *one, const char *two)
{
    const char *at = rp_text_string(&taken->line);
    for (size_t length; *at; at += length + 1) {
        length = strcspn(at, "\n");
        if (memmem(at, length, one, strlen(one)) && memmem(at, length, two, strlen(two)))
            return true;
    }
    return false;
}

static void assert_planted(unsigned search)
{
    struct taken taken = {0};
    struct rp_hunt_options options = options_of(&taken, 1u << search, 0, 2);
    run(&options, RP_OK);
    assert_true(
        has_line(&taken, "\"cell\":\"0f 3a 03\"", "\"ring3\":{\"outcome\":\"retired\",\"length\":5}"));
    assert_true(has_line(&taken, "\"cell\":\"0f 3a 03\"", "\"class\":\"unexplained\""));
    assert_true(has_line(&taken, "\"cell\":\"0f 3a 03\"", "\"changes\":[\"rax\"]"));
    if (search == RP_HUNT_TUNNEL) {
        assert_int_equal(taken.findings, 3);
        assert_true(has_line(&taken, "\"reason\":\"length\"", "\"decoder\":{\"text\":\"palignr"));
    } else {
        assert_int_equal(taken.findings, 2);
    }
    rp_text_free(&taken.line);
}

static void the_cells_show_what_is_planted_and_nothing_else(void **state)
{
    (void)state;
    assert_planted(RP_HUNT_CELLS);
}

static void the_tunnel_shows_it_too_and_what_is_longer_than_the_decoder_thinks(void **state)
{
    (void)state;
    assert_planted(RP_HUNT_TUNNEL);
}

/* Byte for byte, positions and all. */
static char *file_of(unsigned workers, const char *name)
{
    struct taken taken = {0};
    struct rp_error error = {0};
    struct rp_hunt_options options = options_of(&taken, 3, SMALL, workers);
    const char *path = scratch_path(&scratch, name);
    if (run_file(&options, path, false, RP_OK, &error))
        fail_msg("%s", error.line);
    rp_text_free(&taken.line);
    return scratch_read(scratch_path(&scratch, name));
}

static void any_number_of_workers_writes_the_same_file(void **state)
{
    (void)state;
    char *one = file_of(1, "one"), *three = file_of(3, "three");
    assert_string_equal(one, three);
    assert_non_null(strstr(one, "hunt-head/1"));
    assert_non_null(strstr(one, "\"search\":\"end\""));
    free(one);
    free(three);
}

/* A child hunts and is killed when it takes line `at`; true if it came so far. */
static bool hunt_until_killed(const char *path, unsigned at, bool resume)
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        struct taken taken = {.kill_at = at};
        struct rp_error error = {0};
        struct rp_hunt_options options = options_of(&taken, 3, SMALL, 2);
        run_file(&options, path, resume, RP_OK, &error);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status);
}

static void append_to(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void a_hunt_that_is_killed_and_resumed_writes_what_an_undisturbed_one_writes(void **state)
{
    (void)state;
    char *whole = file_of(2, "whole"), path[PATH_MAX];
    unsigned kills = 0;
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "killed"));
    for (unsigned at = 1; hunt_until_killed(path, at, kills > 0); at += 1 + kills, kills++)
        append_to(path, "{\"schema\":\"ringprobe.hunt/1\",\"id\":\"rp-00"); /* half a line */
    assert_true(kills >= 3);
    char *killed = scratch_read(path);
    assert_string_equal(killed, whole);
    /* What is through is through, and keeps its findings. */
    struct taken taken = {0};
    struct rp_error error = {0};
    struct rp_hunt_options options = options_of(&taken, 3, SMALL, 2);
    assert_int_equal(run_file(&options, path, true, RP_OK, &error), RP_OK);
    assert_int_equal(taken.findings, 3);
    rp_text_free(&taken.line);
    free(killed);
    killed = scratch_read(path);
    assert_string_equal(killed, whole);
    free(whole);
    free(killed);
}

static void budgets_end_a_sitting_and_the_next_goes_on(void **state)
{
    (void)state;
    char *whole = file_of(2, "unhurried"), path[PATH_MAX];
    int result = RP_EINTERRUPTED;
    unsigned sittings = 0;
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "sittings"));
    while (result == RP_EINTERRUPTED && sittings < 1000) {
        struct taken taken = {0};
        struct rp_error error = {0};
        struct rp_hunt_options options = options_of(&taken, 3, SMALL, 2);
        struct rp_hunt *hunt;
        options.runs = 7000;
        assert_int_equal(rp_hunt_open(&options, &hunt, &error), RP_OK);
        assert_int_equal(
            rp_hunt_file_open(path, sittings > 0, NULL, hunt, count, &taken, &taken.file, &error), RP_OK);
        result = rp_hunt_run(hunt, &error);
        rp_hunt_file_close(taken.file, &error);
        rp_hunt_close(hunt);
        rp_text_free(&taken.line);
        sittings++;
    }
    assert_int_equal(result, RP_OK);
    assert_true(sittings > 1);
    char *file = scratch_read(path);
    assert_string_equal(file, whole);
    free(file);
    free(whole);
}

static void assert_refused(const struct rp_hunt_options *options, const char *path, bool resume,
                           const char *why)
{
    struct rp_error error = {0};
    assert_int_equal(run_file(options, path, resume, RP_OK, &error), RP_EINPUT);
    if (!strstr(error.line, why))
        fail_msg("no '%s' in: %s", why, error.line);
}

static void a_file_of_another_hunt_is_refused_and_left_as_it_is(void **state)
{
    (void)state;
    struct taken taken = {0};
    struct rp_error error = {0};
    struct rp_hunt_options options = options_of(&taken, 1, 300, 2);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "other"));
    assert_int_equal(run_file(&options, path, false, RP_OK, &error), RP_OK);
    char *before = scratch_read(path);
    assert_refused(&options, path, false, "is there already; --resume");
    options.campaign.random_seed = 2;
    assert_refused(&options, path, true, "its seed is not the same");
    options.campaign.random_seed = 1;
    options.limit = 301;
    assert_refused(&options, path, true, "its limit is not the same");
    options.limit = 300;
    options.modes = 1 << RP_MODE_PROT32;
    assert_refused(&options, path, true, "its modes or searches are not the same");
    char *after = scratch_read(path);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void a_malformed_line_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *line, *why;
    } bad[] = {
        {"hello\n", ":3: it is no line of a hunt"},
        {"{\"schema\":\"ringprobe.verdict/1\"}\n", ":3: 'ringprobe.verdict/1' is nothing"},
        {"{\"schema\":\"ringprobe.hunt/1\",\"id\":\"rp-zz\"}\n", ":3: its id is 'rp-zz'"},
        {"{\"schema\":\"ringprobe.hunt-head/1\",\"at\":\"0f3a\",\"marker\":3,\"last\":4}\n",
         ":3: '0f3a' is no place"},
        {"{\"schema\":\"ringprobe.hunt-head/1\",\"at\":\"0f3a\",\"marker\":15,\"last\":4}\n",
         ":3: its 'marker'"},
    };
    struct taken taken = {0};
    struct rp_hunt_options options = options_of(&taken, 3, 300, 2);
    struct rp_text head = {0};
    struct rp_hunt *hunt;
    char path[PATH_MAX];
    static const char position[] = "{\"schema\":\"ringprobe.hunt-position/1\",\"mode\":\"long64\","
                                   "\"search\":\"cells\",\"round\":0,\"next\":0,"
                                   "\"tried\":{\"long64\":0},\"encodings\":0,\"runs\":0,\"given_up\":0}\n";
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "malformed"));
    assert_int_equal(rp_hunt_open(&options, &hunt, NULL), RP_OK);
    rp_hunt_head(hunt, &head);
    rp_hunt_close(hunt);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct rp_text text = {0};
        rp_text_add(&text, "%s%s%s%s", head.data, position, bad[i].line, position);
        assert_int_equal(rp_text_publish(&text, path, NULL), RP_OK);
        assert_refused(&options, path, true, bad[i].why);
        rp_text_free(&text);
    }
    struct rp_text text = {0};
    rp_text_add(&text, "%s{\"schema\":\"ringprobe.hunt-position/1\",\"mode\":\"long32\",\"round\":0}\n",
                head.data);
    assert_int_equal(rp_text_publish(&text, path, NULL), RP_OK);
    assert_refused(&options, path, true, ":2: it has no 'next'");
    rp_text_free(&text);
    rp_text_add(&text, "root:x:0:0\n");
    assert_int_equal(rp_text_publish(&text, path, NULL), RP_OK);
    assert_refused(&options, path, true, "is no file of a hunt");
    rp_text_free(&text);
    rp_text_free(&head);
}

static void an_encoding_that_kills_is_a_finding_and_the_tunnel_goes_on_behind_it(void **state)
{
    (void)state;
    struct taken taken = {0};
    struct rp_hunt_options options = options_of(&taken, 1u << RP_HUNT_TUNNEL, 0, 1);
    options.campaign = campaign(answer_cpu, (void *)&scratch, 1);
    options.limit = SMALL;
    struct rp_hunt *hunt;
    assert_int_equal(rp_hunt_open(&options, &hunt, NULL), RP_OK);
    assert_int_equal(rp_hunt_run(hunt, NULL), RP_OK);
    assert_int_equal(rp_hunt_totals(hunt).given_up, 255); /* the other ModRM bytes */
    rp_hunt_close(hunt);
    assert_true(has_line(&taken, "\"cell\":\"0f 3a 02\"", "\"outcome\":\"died\""));
    assert_true(has_line(&taken, "\"cell\":\"0f 3a 03\"", "\"outcome\":\"retired\""));
    rp_text_free(&taken.line);
}

static int make_scratch(void **state)
{
    (void)state;
    scratch_init(&scratch);
    return 0;
}

static int free_scratch(void **state)
{
    (void)state;
    scratch_free(&scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cells_show_what_is_planted_and_nothing_else),
        cmocka_unit_test(the_tunnel_shows_it_too_and_what_is_longer_than_the_decoder_thinks),
        cmocka_unit_test(any_number_of_workers_writes_the_same_file),
        cmocka_unit_test(a_hunt_that_is_killed_and_resumed_writes_what_an_undisturbed_one_writes),
        cmocka_unit_test(budgets_end_a_sitting_and_the_next_goes_on),
        cmocka_unit_test(a_file_of_another_hunt_is_refused_and_left_as_it_is),
        cmocka_unit_test(a_malformed_line_is_refused_with_its_place),
        cmocka_unit_test(an_encoding_that_kills_is_a_finding_and_the_tunnel_goes_on_behind_it),
    };
    return cmocka_run_group_tests(tests, make_scratch, free_scratch);
}
