/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AFL++'s custom mutator: afl-fuzz loads this library (AFL_CUSTOM_MUTATOR_LIBRARY) and asks it for mutants.
 * It is our own mutator and, where `ringprobe fuzz --engine afl` shares its board, the novelty loop's choice
 * among proposals. Debian packages no header of AFL++: the functions are declared here as AFL++'s
 * docs/custom_mutators.md has them for 4.x.
 *
 * Environment: RINGPROBE_AFL_BOARD, the descriptor of the board (else one of its own); RINGPROBE_AFL_MODES,
 * bits of 1 << enum rp_mode (else all). */
#include "fuzz/lenient.h"
#include "fuzz/mutate.h"
#include "fuzz/propose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

/* Mutants of a queue entry in one go: few, for behaviours are spread over many entries. Measured: with 16
 * afl-fuzz finds 1.7 times as many behaviours in a minute as with the number it would take by itself. */
#define ENERGY 16

struct mutator {
    struct rp_fuzz_facts *facts;
    struct rp_fuzz_board *board;
    struct rp_random random;
    struct rp_fuzz_credit credit;
    size_t length; /* of the last mutant */
    uint8_t made[RP_FUZZ_INPUT_BYTES_MAX], mended[RP_FUZZ_INPUT_BYTES_MAX];
    char description[64];
};

EXPORT void *afl_custom_init(void *afl, unsigned seed);
EXPORT void afl_custom_deinit(void *data);
EXPORT size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t length, uint8_t **out, uint8_t *other,
                              size_t other_length, size_t max_length);
EXPORT size_t afl_custom_post_process(void *data, uint8_t *bytes, size_t length, uint8_t **out);
EXPORT const char *afl_custom_describe(void *data, size_t max_length);
EXPORT uint32_t afl_custom_fuzz_count(void *data, const uint8_t *bytes, size_t length);

static unsigned long number_of(const char *variable, unsigned long otherwise)
{
    const char *text = getenv(variable);
    char *end;
    unsigned long number = text ? strtoul(text, &end, 10) : otherwise;
    return text && (end == text || *end) ? otherwise : number;
}

/* NULL makes afl-fuzz end with a line of its own, behind ours. */
void *afl_custom_init(void *afl, unsigned seed)
{
    struct rp_error error = {0};
    unsigned long modes = number_of("RINGPROBE_AFL_MODES", (1u << RP_MODE_COUNT) - 1);
    int descriptor = (int)number_of("RINGPROBE_AFL_BOARD", 0);
    struct mutator *m = calloc(1, sizeof *m);
    (void)afl;
    if (!m)
        return NULL;
    m->random = rp_random_make(seed, 0);
    int result = modes && modes < 1u << RP_MODE_COUNT
                     ? rp_fuzz_facts_open((uint8_t)modes, &m->facts, &error)
                     : rp_error_set(&error, RP_EINPUT, "RINGPROBE_AFL_MODES is no set of modes");
    if (result == RP_OK)
        result = descriptor ? rp_fuzz_board_attach(descriptor, &m->board, &error)
                            : rp_fuzz_board_open(&m->board, &error);
    if (result == RP_OK)
        return m;
    fprintf(stderr, "ringprobe: mutator: %s\n", error.line);
    afl_custom_deinit(m);
    return NULL;
}

void afl_custom_deinit(void *data)
{
    struct mutator *m = data;
    rp_fuzz_facts_close(m->facts);
    rp_fuzz_board_close(m->board);
    free(m);
}

size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t length, uint8_t **out, uint8_t *other,
                       size_t other_length, size_t max_length)
{
    struct mutator *m = data;
    const struct rp_fuzz_proposer proposer = {m->facts, m->board, RP_FUZZ_NOVELTY};
    size_t max = max_length < sizeof m->made ? max_length : sizeof m->made;
    *out = m->made;
    m->length = rp_fuzz_choose_bytes(&proposer, &m->random, bytes, length, other, other_length, m->made, max,
                                     &m->credit);
    return m->length;
}

/* Of what afl-fuzz itself made, with its own mutators or a user's: one that can be read. */
size_t afl_custom_post_process(void *data, uint8_t *bytes, size_t length, uint8_t **out)
{
    struct mutator *m = data;
    struct rp_fuzz_input input;
    if (!rp_fuzz_input_take(m->facts, bytes, length, &input)) {
        struct rp_random random = rp_random_make(length, 1);
        rp_fuzz_generate(m->facts, &random, &input);
    }
    *out = m->mended;
    return rp_fuzz_input_write(m->facts, &input, m->mended);
}

/* What the last mutant is, for the names of files. */
const char *afl_custom_describe(void *data, size_t max_length)
{
    struct mutator *m = data;
    struct rp_instruction instruction;
    struct rp_fuzz_input input;
    if (!rp_fuzz_input_take(m->facts, m->made, m->length, &input))
        return "none";
    bool known =
        rp_decode(input.mode, input.encoding.bytes, input.encoding.length, &instruction, NULL) == RP_OK;
    snprintf(m->description, sizeof m->description, "%s-%.40s", rp_mode_info(input.mode)->name,
             known ? instruction.mnemonic : "undecoded");
    if (max_length < sizeof m->description)
        m->description[max_length] = '\0';
    return m->description;
}

uint32_t afl_custom_fuzz_count(void *data, const uint8_t *bytes, size_t length)
{
    (void)data, (void)bytes, (void)length;
    return ENERGY;
}
