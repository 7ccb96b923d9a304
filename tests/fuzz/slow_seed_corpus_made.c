/* SPDX-License-Identifier: GPL-2.0-or-later */
/* corpus/fuzz-corpus.tsv is what the form space gives: of the first encoding of each form, from two
 * user-state seeds, the first of each signature. With RP_REBASE set it is written anew; review the
 * difference. */
#include "base/corpus.h"
#include "base/hex.h"
#include "fuzz/seed_corpus.h"
#include "fuzz/signature.h"
#include "support/scratch.h"
#include "support/suite.h"
#include "x86/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEN_SLOTS 65536

struct making {
    const struct rp_fuzz_facts *facts;
    struct rp_text inputs; /* struct rp_fuzz_input, of a mode */
    struct rp_text lines;
    uint64_t seen[SEEN_SLOTS];
    unsigned kept, dead;
};

static bool is_new(struct making *m, uint64_t signature)
{
    size_t at = signature % SEEN_SLOTS;
    while (m->seen[at] && m->seen[at] != signature)
        at = (at + 1) % SEEN_SLOTS;
    bool fresh = !m->seen[at];
    m->seen[at] = signature;
    return fresh;
}

static void keep(void *context, size_t number, const struct seen *seen)
{
    struct making *m = context;
    const struct rp_fuzz_input *input = (const struct rp_fuzz_input *)(const void *)m->inputs.data + number;
    char hex[2 * RP_ENCODING_MAX + 1];
    m->dead += !seen->signature;
    if (!seen->signature || !is_new(m, seen->signature))
        return;
    assert_true(++m->kept < SEEN_SLOTS / 2);
    rp_text_add(&m->lines, "%s\t%s\t%s\t%s\t%s\n", rp_mode_info(input->mode)->name,
                rp_hex_print(hex, input->encoding.bytes, input->encoding.length),
                m->facts->seeds.seed[input->seed].name, seen->ring[0], seen->ring[1]);
}

/* The usual state, and another one for each form. */
static void add_inputs(struct making *m, enum rp_mode mode)
{
    const struct rp_fuzz_mode *of_mode = &m->facts->mode[mode];
    struct rp_form_space *space;
    struct rp_form form;
    assert_int_equal(rp_form_space_open(mode, &space, NULL), RP_OK);
    for (size_t i = 0; i < rp_form_space_encodings(space); i++) {
        rp_form_space_get(space, i, &form);
        struct rp_fuzz_input input = {
            .mode = (uint8_t)mode, .encoding = form.encoding, .seed = of_mode->seed[0]};
        if (form.representative)
            continue;
        rp_text_add_bytes(&m->inputs, (const char *)&input, sizeof input);
        input.seed = of_mode->seed[1 + form.id % (of_mode->seeds - 1u)];
        rp_text_add_bytes(&m->inputs, (const char *)&input, sizeof input);
    }
    rp_form_space_close(space);
    assert_false(m->inputs.failed);
}

/* Comments and heading of the file as it is; the rows are ours to make. */
static void add_head(struct rp_text *text)
{
    const struct rp_corpus_file *file = rp_corpus_find("fuzz-corpus.tsv");
    assert_non_null(file);
    const char *end = strstr(file->text, RP_FUZZ_CORPUS_HEADING "\n");
    assert_non_null(end);
    rp_text_add_bytes(text, file->text, (size_t)(end - file->text) + sizeof RP_FUZZ_CORPUS_HEADING);
}

static void the_seed_corpus_is_what_the_form_space_gives(void **state)
{
    static struct making m;
    struct rp_fuzz_facts *facts;
    struct rp_error error = {0};
    (void)state;
    assert_int_equal(rp_fuzz_facts_open((1u << RP_MODE_COUNT) - 1, &facts, &error), RP_OK);
    m.facts = facts;
    add_head(&m.lines);
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        m.inputs.length = 0;
        add_inputs(&m, (enum rp_mode)mode);
        int result = signature_run(facts, (const struct rp_fuzz_input *)(const void *)m.inputs.data,
                                   m.inputs.length / sizeof(struct rp_fuzz_input), 2, keep, &m, &error);
        if (result)
            print_error("%s\n", error.line);
        assert_int_equal(result, RP_OK);
    }
    print_message("%u inputs; %u killed Unicorn\n", m.kept, m.dead);
    char path[512];
    snprintf(path, sizeof path, "%s/corpus/fuzz-corpus.tsv", getenv("RP_SOURCE") ? getenv("RP_SOURCE") : ".");
    if (getenv("RP_REBASE"))
        assert_int_equal(rp_text_publish(&m.lines, path, &error), RP_OK);
    char *is = scratch_read(path);
    if (strcmp(is, rp_text_string(&m.lines)) != 0)
        print_error("corpus/fuzz-corpus.tsv differs; make it with RP_REBASE=1, and review the difference\n");
    assert_string_equal(is, rp_text_string(&m.lines));
    free(is);
    rp_text_free(&m.inputs);
    rp_text_free(&m.lines);
    rp_fuzz_facts_close(facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_seed_corpus_is_what_the_form_space_gives)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
