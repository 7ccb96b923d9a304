/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of a suspicion, and of the files that keep those that are open. */
#include "campaign/fuzz_examine.h"
#include "campaign/fuzz_sealed.h"
#include "campaign/planting.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct taken {
    struct rp_fuzz_finding finding;
    unsigned findings, looks[RP_FUZZ_LOOKS];
};

static int take(void *context, const struct rp_fuzz_finding *finding, struct rp_error *error)
{
    struct taken *taken = context;
    (void)error;
    taken->finding = *finding;
    taken->findings++;
    return RP_OK;
}

static int looked(void *context, enum rp_fuzz_look look, struct rp_error *error)
{
    struct taken *taken = context;
    (void)error;
    taken->looks[look]++;
    return RP_OK;
}

static struct rp_fuzz_suspicion suspicion_of(const struct rp_fuzz_facts *facts, const char *bytes,
                                             size_t length)
{
    struct rp_fuzz_suspicion s = {.input = {.mode = RP_MODE_LONG64},
                                  .key = 7,
                                  .oracle = RP_FUZZ_RINGS,
                                  .side = RP_FUZZ_LEAD3,
                                  .kind = RP_SENSITIVE_MODE,
                                  .component = RP_CELL_END,
                                  .resource = RP_RESOURCE_NONE};
    while (!(facts->seeds.seed[s.input.seed].modes >> RP_MODE_LONG64 & 1))
        s.input.seed++;
    memcpy(s.input.encoding.bytes, bytes, length);
    s.input.encoding.length = (uint8_t)length;
    return s;
}

/* GETSEC hangs the planted executor: a look at how the rings differ in it does not come back. */
static void a_look_that_hangs_is_a_finding_and_each_is_counted(void **state)
{
    static struct taken taken;
    struct found none = {0};
    struct rp_fuzz_options options = planting_options(1, 1, &none);
    struct rp_fuzz_facts *facts;
    struct rp_leads *leads;
    struct rp_hunt_ids known = {0};
    struct rp_error error = {0};
    char id[RP_FINDING_ID_SIZE];
    (void)state;
    planted_bugs = PLANTED_HANG;
    assert_int_equal(rp_fuzz_facts_open(options.modes, &facts, &error), RP_OK);
    assert_int_equal(rp_leads_open(&leads, &error), RP_OK);
    const struct rp_fuzz_suspicion s[] = {suspicion_of(facts, "\x90", 1), suspicion_of(facts, "\x0f\x37", 2)};
    struct rp_fuzz_examiner examiner = {.options = &options.campaign,
                                        .facts = facts,
                                        .leads = leads,
                                        .known = &known,
                                        .suspicion = s,
                                        .count = 2,
                                        .take = take,
                                        .looked = looked,
                                        .context = &taken};
    assert_int_equal(rp_fuzz_examine(&examiner, &error), RP_OK);
    assert_int_equal(taken.looks[RP_FUZZ_UNREPRODUCED], 1); /* NOP: the rings don't differ */
    assert_int_equal(taken.looks[RP_FUZZ_FOUND], 1);
    assert_int_equal(taken.findings, 1);
    assert_string_equal(taken.finding.oracle, "hung");
    assert_int_equal(taken.finding.confirmed, RP_FUZZ_CONFIRMATIONS);
    assert_true(rp_hunt_ids_add(&known, rp_fuzz_finding_id(&taken.finding, id)) >= 0);
    examiner.suspicion = &s[1];
    examiner.count = 1;
    assert_int_equal(rp_fuzz_examine(&examiner, &error), RP_OK);
    assert_int_equal(taken.findings, 1);
    assert_int_equal(taken.looks[RP_FUZZ_KNOWN], 1);
    free(known.slot);
    rp_leads_close(leads);
    rp_fuzz_facts_close(facts);
}

/* A death that nobody sees again is none. */
static void a_death_that_does_not_reproduce_is_no_finding(void **state)
{
    static struct taken taken;
    struct found none = {0};
    struct rp_fuzz_options options = planting_options(1, 1, &none);
    struct rp_fuzz_facts *facts;
    struct rp_hunt_ids known = {0};
    struct rp_error error = {0};
    (void)state;
    planted_bugs = 0;
    assert_int_equal(rp_fuzz_facts_open(options.modes, &facts, &error), RP_OK);
    struct rp_fuzz_suspicion s = suspicion_of(facts, "\x90", 1);
    s.oracle = RP_FUZZ_DIED;
    s.end = (struct rp_witness_end){RP_OUTCOME_DIED, SIGSEGV, 0};
    struct rp_fuzz_examiner examiner = {.options = &options.campaign,
                                        .facts = facts,
                                        .known = &known,
                                        .suspicion = &s,
                                        .count = 1,
                                        .take = take,
                                        .looked = looked,
                                        .context = &taken};
    assert_int_equal(rp_fuzz_examine(&examiner, &error), RP_OK);
    assert_int_equal(taken.findings, 0);
    assert_int_equal(taken.looks[RP_FUZZ_UNREPRODUCED], 1);
    rp_fuzz_facts_close(facts);
}

static void open_suspicions_come_back_as_they_were(void **state)
{
    struct rp_fuzz_facts *facts;
    struct rp_text text = {0}, back = {0};
    struct rp_error error = {0};
    (void)state;
    assert_int_equal(rp_fuzz_facts_open(1u << RP_MODE_LONG64, &facts, &error), RP_OK);
    struct rp_fuzz_suspicion s[2] = {suspicion_of(facts, "\x90", 1), suspicion_of(facts, "\x0f\x37", 2)};
    s[1].end = (struct rp_witness_end){3, 2, 1};
    s[1].traps = true;
    rp_fuzz_suspicions_write(facts, s, 2, &text);
    assert_null(rp_fuzz_suspicions_read(facts, &text, &back));
    assert_int_equal(back.length, sizeof s);
    const struct rp_fuzz_suspicion *r = (const void *)back.data;
    for (unsigned i = 0; i < 2; i++) {
        assert_memory_equal(&r[i].input.encoding, &s[i].input.encoding, sizeof s[i].input.encoding);
        assert_true(r[i].key == s[i].key && r[i].oracle == s[i].oracle && r[i].side == s[i].side);
        assert_true(r[i].kind == s[i].kind && r[i].traps == s[i].traps && r[i].resource == s[i].resource);
        assert_true(r[i].component == s[i].component && r[i].end.kind == s[i].end.kind);
        assert_true(r[i].end.vector == s[i].end.vector && r[i].end.length == s[i].end.length);
    }
    text.length--;
    assert_non_null(rp_fuzz_suspicions_read(facts, &text, &back));
    rp_text_free(&text);
    rp_text_free(&back);
    rp_fuzz_facts_close(facts);
}

static void a_sealed_file_is_of_its_commit_and_whole(void **state)
{
    static const char content[] = "what a commit wrote";
    struct scratch scratch;
    struct rp_text text = {0};
    (void)state;
    scratch_init(&scratch);
    const char *path = scratch_path(&scratch, "");
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(folder >= 0);
    assert_true(rp_fuzz_sealed_write(folder, "counts", 5, content, sizeof content));
    assert_null(rp_fuzz_sealed_read(folder, "counts", 5, &text));
    assert_int_equal(text.length, sizeof content);
    assert_memory_equal(text.data, content, sizeof content);
    assert_string_equal(rp_fuzz_sealed_read(folder, "counts", 7, &text), "it is of another commit");
    assert_string_equal(rp_fuzz_sealed_read(folder, "counts", 6, &text), "it ends too early");
    for (off_t at = 0; at < (off_t)(16 + sizeof content); at++) {
        int fd = openat(folder, "counts.1", O_RDWR | O_CLOEXEC);
        char byte;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        assert_non_null(rp_fuzz_sealed_read(folder, "counts", 5, &text));
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        close(fd);
    }
    assert_int_equal(text.length, sizeof content); /* nothing of a damaged one */
    close(folder);
    scratch_free(&scratch);
    rp_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_look_that_hangs_is_a_finding_and_each_is_counted),
        cmocka_unit_test(a_death_that_does_not_reproduce_is_no_finding),
        cmocka_unit_test(open_suspicions_come_back_as_they_were),
        cmocka_unit_test(a_sealed_file_is_of_its_commit_and_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
