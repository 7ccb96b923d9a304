/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a record: what is written is read, and what is damaged is refused before anything is claimed.
 */
#include "golden/compare.h"
#include "golden/write.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define BLOCKS 3
#define RUNS   4 /* two encodings, two states */

static struct scratch scratch;
static uint64_t spoil_block, spoil_run, spoil_outcome; /* bits of what block 1 gets */
static struct rp_golden_identity identity;

static struct rp_golden_plan make_plan(void)
{
    struct rp_golden_plan plan = {0};
    struct rp_error error;
    uint32_t number;
    assert_int_equal(rp_golden_plan_state(&plan, RP_MODE_LONG64, "-", "ring=3", &number, &error), RP_OK);
    assert_int_equal(rp_golden_plan_state(&plan, RP_MODE_LONG64, "rax=5", "ring=3", &number, &error), RP_OK);
    assert_int_equal(number, 1);
    assert_int_equal(rp_golden_plan_state(&plan, RP_MODE_LONG64, "-", "ring=3", &number, &error), RP_OK);
    assert_int_equal(number, 0);
    for (uint32_t b = 0; b < BLOCKS; b++) {
        struct rp_golden_block *block;
        assert_int_equal(rp_golden_plan_block(&plan, RP_MODE_LONG64, 2, RUNS, &block, &error), RP_OK);
        block->encoding[0] = (struct rp_encoding){{0x90}, 1};
        block->encoding[1] = (struct rp_encoding){{0x0f, (uint8_t)b}, 2};
        block->first[1] = 2;
        block->first[2] = RUNS;
        block->state[1] = block->state[3] = 1;
    }
    return plan;
}

/* Block `b` of what was run: run 1 varies, a component of run 3 is masked. */
static void fill_block(struct rp_golden_plan *plan, uint32_t b, struct rp_outcomes *outcomes)
{
    struct rp_golden_block *block = &plan->block[b];
    struct rp_error error;
    rp_outcomes_clear(outcomes);
    block->skip[1] = RP_GOLDEN_VARIES;
    free(block->mask);
    block->mask = calloc(1, sizeof *block->mask);
    assert_non_null(block->mask);
    block->masks = 1;
    block->mask[0] = (struct rp_golden_mask){3, RP_REG_RAX};
    uint64_t hash[RUNS];
    size_t compared = 0;
    for (uint32_t run = 0; run < RUNS; run++) {
        if (!rp_golden_is_compared(block->skip[run]))
            continue;
        struct rp_outcome outcome = {.kind = RP_OUTCOME_TRAPPED,
                                     .vector = 14,
                                     .has_error_code = true,
                                     .error_code = run,
                                     .cr2 = UINT64_MAX - b,
                                     .length = 2};
        assert_int_equal(rp_outcomes_reserve(outcomes, 1, 2, &error), RP_OK);
        size_t first = outcomes->change_count;
        outcomes->change[outcomes->change_count++] = (struct rp_change){RP_REG_RIP, 0x10401};
        outcomes->change[outcomes->change_count++] = (struct rp_change){RP_COMPONENT_MEMORY + 5, UINT64_MAX};
        rp_outcome_seal(outcomes, &outcome, first);
        outcomes->outcome[outcomes->count++] = outcome;
        hash[compared++] = outcome.hash;
        block->run_hash[run] = (uint32_t)(outcome.hash ^ (b == 1 ? spoil_run : 0));
        outcomes->change[first + 1].value ^= b == 1 ? spoil_outcome : 0;
    }
    block->hash = rp_golden_block_hash(hash, compared) ^ (b == 1 ? spoil_block : 0);
}

/* Writes blocks from those that are there up to `end`; all of them: under its name. */
static uint32_t write_up_to(const char *name, uint32_t end)
{
    struct rp_golden_plan plan = make_plan();
    struct rp_golden_writer *writer;
    struct rp_outcomes outcomes = {0};
    struct rp_error error;
    uint32_t done;
    uint64_t size;
    assert_int_equal(
        rp_golden_writer_open(scratch_path(&scratch, name), &identity, &plan, &done, &writer, &error), RP_OK);
    for (uint32_t b = done; b < end; b++) {
        struct rp_text result = {0}, packed = {0};
        fill_block(&plan, b, &outcomes);
        rp_golden_block_pack(&plan.block[b], &result);
        rp_golden_outcomes_pack(&outcomes, &packed);
        assert_int_equal(rp_golden_writer_put(writer, &result, &packed, &error), RP_OK);
        rp_text_free(&result);
        rp_text_free(&packed);
    }
    if (end == BLOCKS)
        assert_int_equal(rp_golden_writer_finish(writer, &size, &error), RP_OK);
    else
        rp_golden_writer_close(writer);
    rp_outcomes_free(&outcomes);
    rp_golden_plan_free(&plan);
    return done;
}

static void what_is_written_is_read(void **state)
{
    struct rp_golden_record record;
    struct rp_outcomes expected = {0}, outcomes = {0};
    struct rp_golden_plan plan = make_plan();
    struct rp_error error = {0};
    (void)state;
    write_up_to("good", BLOCKS);
    assert_int_equal(rp_golden_record_open(scratch_path(&scratch, "good"), &record, &error), RP_OK);
    assert_memory_equal(&record.identity, &identity, sizeof identity);
    assert_int_equal(record.plan.states, 2);
    assert_string_equal(record.plan.state[1].user, "rax=5");
    assert_int_equal(record.plan.blocks, BLOCKS);
    for (uint32_t b = 0; b < BLOCKS; b++) {
        const struct rp_golden_block *block = &record.plan.block[b];
        fill_block(&plan, b, &expected);
        assert_int_equal(block->hash, plan.block[b].hash);
        assert_int_equal(block->skip[1], RP_GOLDEN_VARIES);
        assert_int_equal(block->masks, 1);
        assert_int_equal(block->encoding[1].bytes[1], b);
        assert_int_equal(block->state[3], 1);
        assert_int_equal(rp_golden_record_outcomes(&record, b, &outcomes, &error), RP_OK);
        assert_int_equal(outcomes.count, RUNS - 1);
        for (size_t i = 0; i < outcomes.count; i++) {
            assert_int_equal(outcomes.outcome[i].hash, expected.outcome[i].hash);
            assert_int_equal(outcomes.outcome[i].length, 2);
        }
        assert_int_equal(block->run_hash[3], (uint32_t)expected.outcome[2].hash);
    }
    rp_outcomes_free(&expected);
    rp_outcomes_free(&outcomes);
    rp_golden_plan_free(&plan);
    rp_golden_record_close(&record);
}

static void write_bytes(const char *name, const uint8_t *bytes, size_t length)
{
    FILE *file = fopen(scratch_path(&scratch, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

/* The bytes of a good record. */
static uint8_t *good_bytes(size_t *size)
{
    struct rp_golden_record record;
    struct rp_error error = {0};
    if (access(scratch_path(&scratch, "good"), F_OK))
        write_up_to("good", BLOCKS);
    assert_int_equal(rp_golden_record_open(scratch_path(&scratch, "good"), &record, &error), RP_OK);
    uint8_t *bytes = malloc(record.size);
    assert_non_null(bytes);
    memcpy(bytes, record.file, record.size);
    *size = record.size;
    rp_golden_record_close(&record);
    return bytes;
}

/* What opening these bytes says; must be RP_EINPUT with the file's name in it. */
static const char *refused(const uint8_t *bytes, size_t length)
{
    static struct rp_error error;
    struct rp_golden_record record;
    write_bytes("bad", bytes, length);
    error = (struct rp_error){0};
    assert_int_equal(rp_golden_record_open(scratch_path(&scratch, "bad"), &record, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "bad"));
    assert_null(record.file);
    return error.line;
}

static void a_record_that_was_cut_anywhere_is_refused(void **state)
{
    size_t size;
    uint8_t *bytes = good_bytes(&size);
    (void)state;
    for (size_t length = 0; length < size; length++)
        refused(bytes, length);
    assert_non_null(strstr(refused(bytes, size - 1), "cut short"));
    free(bytes);
}

static void a_record_with_any_byte_edited_is_refused(void **state)
{
    size_t size;
    uint8_t *bytes = good_bytes(&size);
    (void)state;
    for (size_t i = 0; i < size; i++) {
        for (unsigned bit = 0; bit < 8; bit += 3) {
            bytes[i] ^= (uint8_t)(1u << bit);
            refused(bytes, size);
            bytes[i] ^= (uint8_t)(1u << bit);
        }
    }
    free(bytes);
}

static void what_stands_behind_the_end_is_refused(void **state)
{
    size_t size;
    uint8_t *bytes = good_bytes(&size), *more = malloc(size + 1);
    (void)state;
    assert_non_null(more);
    memcpy(more, bytes, size);
    more[size] = 0;
    refused(more, size + 1);
    free(more);
    free(bytes);
}

static void another_version_is_named(void **state)
{
    size_t size;
    uint8_t *bytes = good_bytes(&size);
    (void)state;
    bytes[strlen("ringprobe golden\n")] = '7';
    assert_non_null(strstr(refused(bytes, size), "version '7'"));
    uint8_t *more = malloc(size + 1); /* "2x" */
    assert_non_null(more);
    const size_t behind = strlen("ringprobe golden\n2");
    bytes[behind - 1] = '2';
    memcpy(more, bytes, behind);
    more[behind] = 'x';
    memcpy(more + behind + 1, bytes + behind, size - behind);
    assert_non_null(strstr(refused(more, size + 1), "version '2x'"));
    free(more);
    free(bytes);
}

/* What opening a record with the identity of now says. */
static const char *refused_identity(const char *name)
{
    static struct rp_error error;
    struct rp_golden_record record;
    write_up_to(name, BLOCKS);
    error = (struct rp_error){0};
    assert_int_equal(rp_golden_record_open(scratch_path(&scratch, name), &record, &error), RP_EINPUT);
    return error.line;
}

/* Every checksum is right, and the parts do not belong to each other. */
static void a_record_that_contradicts_itself_is_refused(void **state)
{
    uint64_t *const spoils[] = {&spoil_block, &spoil_run, &spoil_outcome};
    char name[] = "contradicts0";
    (void)state;
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        name[sizeof name - 2] = (char)('0' + i);
        *spoils[i] = 1;
        assert_non_null(strstr(refused_identity(name), "contradicts itself in block 2 of 3"));
        *spoils[i] = 0;
    }
}

/* Of a version that wrote other lines the line is named, and nothing called damaged. */
static void lines_of_another_version_are_named(void **state)
{
    struct rp_golden_identity mine = identity;
    (void)state;
    identity.modes = 0x80;
    const char *line = refused_identity("lines");
    assert_non_null(strstr(line, "another version"));
    assert_null(strstr(line, "damaged"));
    identity = mine;
}

static void another_architecture_is_named(void **state)
{
    struct rp_golden_identity mine = identity;
    (void)state;
    snprintf(identity.arch, sizeof identity.arch, "riscv64");
    assert_non_null(strstr(refused_identity("riscv"), "'riscv64'"));
    identity = mine;
}

static void another_numbering_of_registers_is_refused(void **state)
{
    struct rp_golden_identity mine = identity;
    (void)state;
    identity.layout ^= 1;
    assert_non_null(strstr(refused_identity("layout"), "numbers registers otherwise"));
    identity = mine;
}

static void a_part_goes_on_behind_its_whole_blocks(void **state)
{
    struct stat status;
    size_t size;
    struct rp_golden_record record;
    struct rp_error error = {0};
    uint8_t *bytes = good_bytes(&size);
    (void)state;
    assert_int_equal(write_up_to("part", 2), 0);
    assert_int_equal(stat(scratch_path(&scratch, "part.part"), &status), 0);
    assert_int_equal(truncate(scratch_path(&scratch, "part.part"), status.st_size - 1), 0);
    assert_int_equal(write_up_to("part", BLOCKS), 1); /* the second was cut */
    assert_int_equal(rp_golden_record_open(scratch_path(&scratch, "part"), &record, &error), RP_OK);
    assert_int_equal(record.size, size);
    assert_memory_equal(record.file, bytes, size);
    rp_golden_record_close(&record);
    free(bytes);
}

static int open_again(const char *name, struct rp_error *error)
{
    struct rp_golden_plan plan = make_plan();
    struct rp_golden_writer *writer = NULL;
    uint32_t done;
    int result = rp_golden_writer_open(scratch_path(&scratch, name), &identity, &plan, &done, &writer, error);
    if (result == RP_OK)
        rp_golden_writer_close(writer);
    rp_golden_plan_free(&plan);
    return result;
}

static void a_part_of_another_recording_is_left_as_it_is(void **state)
{
    struct rp_golden_identity mine = identity;
    struct rp_error error = {0};
    struct stat before, after;
    (void)state;
    write_up_to("other", 2);
    assert_int_equal(stat(scratch_path(&scratch, "other.part"), &before), 0);
    identity.seed++;
    assert_int_equal(open_again("other", &error), RP_EINPUT);
    identity = mine;
    assert_non_null(strstr(error.line, "other options"));
    assert_int_equal(stat(scratch_path(&scratch, "other.part"), &after), 0);
    assert_int_equal(before.st_size, after.st_size);
    assert_int_equal(open_again("other", &error), RP_OK);
}

static void a_record_that_is_there_is_not_written_over(void **state)
{
    struct rp_error error = {0};
    size_t size;
    (void)state;
    free(good_bytes(&size));
    assert_int_equal(open_again("good", &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "is there"));
    free(good_bytes(&size));
}

static int set_up(void **state)
{
    struct rp_error error;
    (void)state;
    scratch_init(&scratch);
    int result = rp_golden_identity_machine(&identity, &error);
    identity.modes = 1;
    identity.seeds = 2;
    snprintf(identity.executor, sizeof identity.executor, "native");
    snprintf(identity.policy, sizeof identity.policy, "as-found");
    return result;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_free(&scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_record_that_was_cut_anywhere_is_refused),
        cmocka_unit_test(a_record_with_any_byte_edited_is_refused),
        cmocka_unit_test(what_stands_behind_the_end_is_refused),
        cmocka_unit_test(another_version_is_named),
        cmocka_unit_test(a_record_that_contradicts_itself_is_refused),
        cmocka_unit_test(lines_of_another_version_are_named),
        cmocka_unit_test(another_architecture_is_named),
        cmocka_unit_test(another_numbering_of_registers_is_refused),
        cmocka_unit_test(a_part_goes_on_behind_its_whole_blocks),
        cmocka_unit_test(a_part_of_another_recording_is_left_as_it_is),
        cmocka_unit_test(a_record_that_is_there_is_not_written_over),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
