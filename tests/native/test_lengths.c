/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long the CPU finds an encoding: what fetch faults say of it is what the decoder says, of what it knows,
 * or the corpus of CPUs of this vendor, whether it retires or faults and whatever the first guess was; and
 * what single step says. */
#include "native/raw.h"

#include "base/hex.h"
#include "base/random.h"
#include "campaign/hunt_leads.h"
#include "native/load.h"
#include "x86/cpu.h"
#include "x86/decode.h"

#include <stdio.h>
#include <string.h>

#define ENCODINGS 10000 /* a mode */
#define STEPPED   1000
#define SEED      7

static struct rp_random source;
static struct rp_leads *leads;
static struct rp_cpu cpu;

/* Random bytes, every third time behind one of the escapes that random bytes seldom begin with. */
static void draw(struct rp_encoding *encoding)
{
    static const uint8_t begins[][3] = {{0x0f}, {0x0f, 0x38}, {0x0f, 0x3a}, {0x66, 0x0f},
                                        {0xc5}, {0xc4, 0xe2}, {0x62},       {0xf3, 0x0f},
                                        {0x67}, {0x48},       {0x66}};
    for (unsigned i = 0; i < RP_ENCODING_MAX; i++)
        encoding->bytes[i] = (uint8_t)rp_random_next(&source);
    encoding->length = RP_ENCODING_MAX;
    if (rp_random_below(&source, 3))
        return;
    const uint8_t *begin = begins[rp_random_below(&source, sizeof begins / sizeof begins[0])];
    for (unsigned i = 0; i < 3 && begin[i]; i++)
        encoding->bytes[i] = begin[i];
}

/* How long this CPU has to find it: the decoder's length, or what a row of corpus/hunt-leads.tsv (*row) says
 * of the vendor. 0: the decoder rejects it, or nobody knows. */
static uint8_t expected_length(enum rp_mode mode, const struct rp_encoding *encoding, const char **row)
{
    struct rp_instruction instruction;
    *row = NULL;
    if (rp_decode(mode, encoding->bytes, RP_ENCODING_MAX, &instruction, NULL))
        return 0;
    /* Without AVX-512 the bytes are those of BOUND, or of nothing. */
    if (instruction.prefixes.class == RP_CLASS_EVEX && raw_process()->shared->layout.high == 0)
        return 0;
    return rp_leads_length(leads, &cpu, mode, encoding->bytes, &instruction, row);
}

static const char *text_of(enum rp_mode mode, const struct rp_encoding *encoding)
{
    static char text[2 * RP_ENCODING_MAX + 20];
    char hex[2 * RP_ENCODING_MAX + 1];
    rp_hex_print(hex, encoding->bytes, encoding->length);
    snprintf(text, sizeof text, "%s %s", rp_mode_info(mode)->name, hex);
    return text;
}

static void complain(enum rp_mode mode, const struct rp_encoding *encoding, unsigned expected,
                     const struct rp_native_result *result)
{
    print_error("%s: %s %u, length %u, expected %u\n", text_of(mode, encoding),
                rp_outcome_kind_name((enum rp_outcome_kind)result->kind), result->vector, result->length,
                expected);
}

static bool has_length(const struct rp_native_result *result)
{
    return result->kind == RP_OUTCOME_RETIRED || result->kind == RP_OUTCOME_TRAPPED;
}

/* Makes `count` jobs from the mode's default state; `count` is what the order holds. */
static void run_order(enum rp_mode mode, uint32_t count, enum rp_native_way way)
{
    struct rp_native_shared *shared = raw_process()->shared;
    int signal = 0;
    raw_run(mode, "-", "\x90", 1, RP_NATIVE_JUMP); /* its slot is what we are after; its job is made again */
    for (uint32_t i = 1; i < count; i++) {
        shared->job[i].way = (uint8_t)way;
        shared->job[i].slot = shared->job[0].slot;
    }
    for (shared->first = 1, shared->count = count; shared->first < count; shared->first = shared->done)
        assert_int_equal(rp_native_process_order(raw_process(), NULL, NULL, &signal), RP_NATIVE_ANSWERED);
}

/* An order of known encodings: every second one with its exact length as the guess, the others with all 15
 * bytes. Returns how many faulted. */
static unsigned check_order(enum rp_mode mode, unsigned *wrong)
{
    static uint8_t expected[RP_NATIVE_JOBS];
    struct rp_native_shared *shared = raw_process()->shared;
    unsigned faulted = 0;
    for (uint32_t i = 1; i < RP_NATIVE_JOBS;) {
        struct rp_encoding *encoding = &shared->job[i].encoding;
        const char *row;
        draw(encoding);
        expected[i] = expected_length(mode, encoding, &row);
        if (expected[i] == 0)
            continue;
        encoding->length = i % 2 ? expected[i] : RP_ENCODING_MAX;
        i++;
    }
    run_order(mode, RP_NATIVE_JOBS, RP_NATIVE_JUMP);
    for (uint32_t i = 1; i < RP_NATIVE_JOBS; i++) {
        const struct rp_native_result *result = &shared->result[i];
        if (has_length(result) && result->length != expected[i]) {
            complain(mode, &shared->job[i].encoding, expected[i], result);
            ++*wrong;
        }
        faulted += result->kind == RP_OUTCOME_TRAPPED;
    }
    return faulted;
}

static void lengths_are_the_decoders_of_what_it_knows(void **state)
{
    unsigned wrong = 0;
    (void)state;
    source = rp_random_make(SEED, 0);
    for (unsigned mode = 0; mode < RP_NATIVE_MODES; mode++) {
        unsigned faulted = 0, orders = ENCODINGS / RP_NATIVE_JOBS + 1;
        if (raw_process()->shared->missing[mode][0])
            continue;
        for (unsigned i = 0; i < orders; i++)
            faulted += check_order((enum rp_mode)mode, &wrong);
        assert_true(faulted > ENCODINGS / 10); /* they are tried too */
    }
    assert_int_equal(wrong, 0);
}

/* The cells of the one-byte and the 0F map that the decoder knows, each with memory and with register
 * operands. Every row about this vendor is met in each of its modes. */
struct sweep {
    enum rp_mode mode;
    uint32_t count; /* of the order; its first job is taken */
    uint8_t expected[RP_NATIVE_JOBS];
    const char *row[RP_NATIVE_JOBS];
    const char *met[64]; /* rows whose length was seen */
    unsigned rows;
};

static void note(struct sweep *sweep, const char *row)
{
    for (unsigned i = 0; i < sweep->rows; i++)
        if (sweep->met[i] == row)
            return;
    assert_true(sweep->rows < sizeof sweep->met / sizeof sweep->met[0]);
    sweep->met[sweep->rows++] = row;
}

static void check_sweep(struct sweep *sweep)
{
    const struct rp_native_shared *shared = raw_process()->shared;
    unsigned wrong = 0;
    run_order(sweep->mode, sweep->count, RP_NATIVE_JUMP);
    for (uint32_t i = 1; i < sweep->count; i++) {
        const struct rp_native_result *result = &shared->result[i];
        if (!has_length(result))
            continue;
        if (sweep->row[i])
            note(sweep, sweep->row[i]);
        if (result->length == sweep->expected[i])
            continue;
        complain(sweep->mode, &shared->job[i].encoding, sweep->expected[i], result);
        print_error("... as %s%s says\n", sweep->row[i] ? "row " : "the decoder",
                    sweep->row[i] ? sweep->row[i] : "");
        wrong++;
    }
    assert_int_equal(wrong, 0);
    sweep->count = 1;
}

static void add_to_sweep(struct sweep *sweep, const uint8_t *prefix, unsigned map, unsigned opcode,
                         unsigned modrm)
{
    struct rp_encoding *encoding = &raw_process()->shared->job[sweep->count].encoding;
    unsigned at = 0;
    *encoding = (struct rp_encoding){.length = RP_ENCODING_MAX};
    if (*prefix)
        encoding->bytes[at++] = *prefix;
    if (map)
        encoding->bytes[at++] = 0x0f;
    encoding->bytes[at++] = (uint8_t)opcode;
    encoding->bytes[at] = (uint8_t)modrm;
    sweep->expected[sweep->count] = expected_length(sweep->mode, encoding, &sweep->row[sweep->count]);
    if (sweep->expected[sweep->count] && ++sweep->count == RP_NATIVE_JOBS)
        check_sweep(sweep);
}

static void sweep_mode(enum rp_mode mode)
{
    static const uint8_t prefixes[] = {0, 0x66, 0xf3, 0xf2}, modrms[] = {0x03, 0x45, 0x84, 0xc0, 0xd0, 0xff};
    static struct sweep sweep;
    const char *row;
    sweep = (struct sweep){.mode = mode, .count = 1};
    for (unsigned cell = 0; cell < 2 * 256; cell++)
        for (unsigned p = 0; p < sizeof prefixes; p++)
            for (unsigned m = 0; m < sizeof modrms; m++)
                add_to_sweep(&sweep, &prefixes[p], cell >> 8, cell & 0xff, modrms[m]);
    check_sweep(&sweep);
    for (size_t i = 0; (row = rp_leads_length_row(leads, &cpu, mode, i)); i++) {
        unsigned k = 0;
        while (k < sweep.rows && sweep.met[k] != row)
            k++;
        if (k == sweep.rows)
            fail_msg("%s: nothing that row '%s' is about has a length", rp_mode_info(mode)->name, row);
    }
}

static void each_cell_is_as_long_as_the_decoder_or_a_row_of_this_vendor_says(void **state)
{
    (void)state;
    for (unsigned mode = 0; mode < RP_NATIVE_MODES; mode++)
        if (!raw_process()->shared->missing[mode][0])
            sweep_mode((enum rp_mode)mode);
}

/* A taken branch may come to lie within 15 bytes: to single step that is no other than an instruction's end.
 */
static bool goes_on(const struct rp_encoding *encoding, enum rp_mode mode)
{
    struct rp_instruction instruction;
    return rp_decode(mode, encoding->bytes, encoding->length, &instruction, NULL) == RP_OK &&
           instruction.branch != RP_BRANCH_NONE;
}

/* What retires by single step has that length by fetch faults too. No decoder is asked: random bytes, whole.
 */
static void lengths_are_those_of_single_step(void **state)
{
    struct rp_native_shared *shared = raw_process()->shared;
    static struct rp_native_result stepped[STEPPED];
    (void)state;
    source = rp_random_make(SEED, 1);
    for (unsigned mode = 0; mode < RP_NATIVE_MODES; mode++) {
        unsigned compared = 0;
        if (shared->missing[mode][0])
            continue;
        for (uint32_t i = 1; i < STEPPED; i++)
            draw(&shared->job[i].encoding);
        run_order((enum rp_mode)mode, STEPPED, RP_NATIVE_STEP);
        memcpy(stepped, shared->result, sizeof stepped);
        run_order((enum rp_mode)mode, STEPPED, RP_NATIVE_JUMP);
        for (uint32_t i = 1; i < STEPPED; i++) {
            const struct rp_native_result *result = &shared->result[i];
            bool both = result->kind == RP_OUTCOME_RETIRED && stepped[i].kind == RP_OUTCOME_RETIRED;
            if (!both || stepped[i].length == 0)
                continue;
            compared++;
            if (result->length != stepped[i].length && !goes_on(&shared->job[i].encoding, (enum rp_mode)mode))
                fail_msg("%s: length %u, by single step %u",
                         text_of((enum rp_mode)mode, &shared->job[i].encoding), result->length,
                         stepped[i].length);
        }
        assert_true(compared > STEPPED / 10);
    }
}

struct odd {
    enum rp_mode mode;
    const char *bytes;
    uint8_t guess;
    enum rp_outcome_kind kind;
    uint8_t length;
};

static const struct odd odds[] = {
    /* Shorter than the guess, longer, right. */
    {RP_MODE_LONG64, "\x90\x90", 2, RP_OUTCOME_RETIRED, 1},
    {RP_MODE_COMPAT16, "\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90", 15, RP_OUTCOME_RETIRED,
     1},
    {RP_MODE_LONG64, "\x90\xeb\xfd", 3, RP_OUTCOME_RETIRED, 1}, /* not the loop that stands behind it */
    {RP_MODE_LONG64, "\x0f\x1f", 2, RP_OUTCOME_RETIRED, 3},
    {RP_MODE_LONG64, "\x48\xb8", 2, RP_OUTCOME_RETIRED, 10},
    {RP_MODE_COMPAT32, "\xb8", 1, RP_OUTCOME_RETIRED, 5},
    {RP_MODE_COMPAT16, "\xb8", 1, RP_OUTCOME_RETIRED, 3},
    {RP_MODE_COMPAT32, "\xd6", 1, RP_OUTCOME_RETIRED, 1}, /* SALC */
    /* CCh is a byte like any other, also at the end. */
    {RP_MODE_LONG64, "\xb8\xcc\xcc\xcc\xcc", 5, RP_OUTCOME_RETIRED, 5},
    {RP_MODE_LONG64, "\x0f\x0b\xcc", 3, RP_OUTCOME_TRAPPED, 2},
    /* What faults has a length too, and not that of what stands behind it. */
    {RP_MODE_LONG64, "\x0f\x0b", 2, RP_OUTCOME_TRAPPED, 2},
    {RP_MODE_LONG64, "\xf4", 1, RP_OUTCOME_TRAPPED, 1},
    {RP_MODE_LONG64, "\xf4\x90\x90", 3, RP_OUTCOME_TRAPPED, 1},
    {RP_MODE_LONG64, "\xa1\0\0\0\0\0\0\0\0", 9, RP_OUTCOME_TRAPPED, 9},
    {RP_MODE_COMPAT32, "\xa1\0\0\0\0", 5, RP_OUTCOME_TRAPPED, 5},
    /* Branches, taken; one into the fill right behind itself. */
    {RP_MODE_LONG64, "\xeb\x01", 2, RP_OUTCOME_RETIRED, 2},
    {RP_MODE_LONG64, "\xeb\x01\x90", 3, RP_OUTCOME_RETIRED, 2},
    {RP_MODE_COMPAT32, "\xc3", 1, RP_OUTCOME_RETIRED, 1},
};

static void odd_ones_have_the_length_that_they_have(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof odds / sizeof odds[0]; i++) {
        const struct odd *o = &odds[i];
        if (raw_process()->shared->missing[o->mode][0])
            continue;
        for (unsigned repeat = 0; repeat < 2; repeat++) { /* found, and remembered */
            const struct rp_native_result *result = raw_run(o->mode, "-", o->bytes, o->guess, RP_NATIVE_JUMP);
            if (result->kind != o->kind || result->length != o->length)
                fail_msg("%u: %s %u, length %u", i, rp_outcome_kind_name((enum rp_outcome_kind)result->kind),
                         result->vector, result->length);
        }
    }
}

/* The state behind it, which tells the next instruction's doing from its own. */
static void a_guess_that_is_too_long_runs_nothing_more(void **state)
{
    (void)state;
    const struct rp_native_result *result =
        raw_run(RP_MODE_LONG64, "rax=5,rbx=5", "\x90\xff\xc0\xff\xc3", 5, RP_NATIVE_JUMP);
    assert_int_equal(result->count, 1);
    assert_int_equal(raw_process()->shared->change[result->first].component, RP_REG_RIP);
    assert_int_equal(raw_process()->shared->change[result->first].value, RP_ARENA_INSTRUCTION + 1);
}

static int open_all(void **state)
{
    struct rp_error error = {0};
    if (rp_cpu_read(&cpu, &error) || rp_leads_open(&leads, &error))
        fail_msg("%s", error.line);
    return raw_open(state);
}

static int close_all(void **state)
{
    rp_leads_close(leads);
    return raw_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_are_the_decoders_of_what_it_knows),
        cmocka_unit_test(each_cell_is_as_long_as_the_decoder_or_a_row_of_this_vendor_says),
        cmocka_unit_test(lengths_are_those_of_single_step),
        cmocka_unit_test(odd_ones_have_the_length_that_they_have),
        cmocka_unit_test(a_guess_that_is_too_long_runs_nothing_more),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
