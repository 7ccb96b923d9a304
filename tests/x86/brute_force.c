/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Brute force over the decoder; see brute_force.h. Some 75 million combinations, of which one in thirty
 * decodes. */
#include "x86/brute_force.h"

#include "support/suite.h"
#include "x86/form.h"

#include <Zydis/Zydis.h>
#include <xxhash.h>

#include <stdlib.h>
#include <string.h>

#define SLOTS 131072u /* of a hash set; a power of two, forms fill a fifth at most */

static struct {
    enum rp_mode modes[4];
    unsigned mode_count;
    const struct brute_figures *expected;

    ZydisDecoder decoder;
    uint64_t tuples[SLOTS]; /* hashes of the tuples seen; 0: free */
    bool mnemonics[ZYDIS_MNEMONIC_MAX_VALUE + 1];
    struct brute_figures found;

    uint64_t *ids; /* of the space, sorted, one a form */
    bool *met;
    size_t id_count;
    unsigned strangers; /* forms that the space lacks */
    unsigned twins;     /* forms that share an id with an earlier one */
    struct rp_encoding stranger;
} brute;

static bool is_new(uint64_t hash)
{
    size_t slot = hash & (SLOTS - 1);

    while (brute.tuples[slot] != 0) {
        if (brute.tuples[slot] == hash)
            return false;
        slot = (slot + 1) & (SLOTS - 1);
    }
    brute.tuples[slot] = hash;
    return true;
}

/* The tuple of the project's facts: mnemonic, encoding class, map, opcode, operand and address width, LOCK
 * and REP, vector length, mask and broadcast mode, memory or register, and of each operand its kind, size,
 * element type, encoding and register class; fixed, segment, control and debug registers by name. */
static uint64_t tuple_hash(const ZydisDecodedInstruction *i, const ZydisDecodedOperand *operands)
{
    const ZydisInstructionAttributes acting =
        ZYDIS_ATTRIB_HAS_LOCK | ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE;
    uint64_t words[16 + 6 * ZYDIS_MAX_OPERAND_COUNT];
    size_t n = 0;

    words[n++] =
        (uint64_t)i->mnemonic << 32 | (uint64_t)i->encoding << 24 | (uint64_t)i->opcode_map << 8 | i->opcode;
    words[n++] = (uint64_t)i->operand_width << 8 | i->address_width;
    words[n++] = i->attributes & acting;
    words[n++] =
        (uint64_t)i->avx.vector_length << 32 | (uint64_t)i->avx.mask.mode << 16 | i->avx.broadcast.mode;
    words[n++] = (i->attributes & ZYDIS_ATTRIB_HAS_MODRM) == 0 ? 0 : i->raw.modrm.mod == 3 ? 1 : 2;
    for (size_t k = 0; k < i->operand_count; k++) {
        const ZydisDecodedOperand *o = &operands[k];
        ZydisRegister reg = o->type == ZYDIS_OPERAND_TYPE_REGISTER ? o->reg.value : ZYDIS_REGISTER_NONE;
        ZydisRegisterClass class = ZydisRegisterGetClass(reg);
        bool named = o->encoding == ZYDIS_OPERAND_ENCODING_NONE || class == ZYDIS_REGCLASS_SEGMENT ||
                     class == ZYDIS_REGCLASS_CONTROL || class == ZYDIS_REGCLASS_DEBUG;

        words[n++] = (uint64_t)o->type << 32 | o->size;
        words[n++] = (uint64_t)o->element_type << 32 | o->encoding;
        words[n++] = (uint64_t) class << 32 | (named ? reg : ZYDIS_REGISTER_NONE);
    }
    return XXH64(words, n * sizeof words[0], 1);
}

static void count_class(ZydisInstructionEncoding encoding)
{
    unsigned *counters[] = {&brute.found.legacy, &brute.found.amd3dnow, &brute.found.xop, &brute.found.vex,
                            &brute.found.evex};

    brute.found.forms++;
    ++*counters[encoding];
}

static int compare_ids(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Looks a new form up in the space. */
static void meet(const uint8_t *bytes, uint8_t length)
{
    struct rp_encoding encoding = {.length = length};
    const uint64_t *place;
    uint64_t id;

    memcpy(encoding.bytes, bytes, length);
    id = rp_form_id(brute.modes[0], &encoding);
    place = bsearch(&id, brute.ids, brute.id_count, sizeof id, compare_ids);
    if (place == NULL) {
        brute.stranger = brute.strangers++ == 0 ? encoding : brute.stranger;
        return;
    }
    brute.twins += brute.met[place - brute.ids] ? 1 : 0;
    brute.met[place - brute.ids] = true;
}

static void attempt(const uint8_t *bytes)
{
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisDecoderContext context;

    if (ZYAN_FAILED(ZydisDecoderDecodeInstruction(&brute.decoder, &context, bytes, 15, &instruction)) ||
        ZYAN_FAILED(ZydisDecoderDecodeOperands(&brute.decoder, &context, &instruction, operands,
                                               instruction.operand_count)))
        return;
    brute.found.mnemonics += brute.mnemonics[instruction.mnemonic] ? 0 : 1;
    brute.mnemonics[instruction.mnemonic] = true;
    if (is_new(tuple_hash(&instruction, operands))) {
        count_class(instruction.encoding);
        meet(bytes, instruction.length);
    }
}

/* All opcodes and ModRM bytes behind these prefixes and this escape. */
static void try_legacy(const char *prefixes, bool rex_w, unsigned map)
{
    uint8_t bytes[24] = {0};
    size_t at = 0;

    for (; prefixes[at] != '\0'; at++)
        bytes[at] = (uint8_t)prefixes[at];
    if (rex_w)
        bytes[at++] = 0x48;
    if (map >= 1)
        bytes[at++] = 0x0f;
    if (map >= 2)
        bytes[at++] = map == 2 ? 0x38 : 0x3a;
    for (unsigned n = 0; n < 65536; n++) {
        bytes[at] = (uint8_t)(n >> 8);
        bytes[at + 1] = (uint8_t)n;
        attempt(bytes);
    }
}

static void try_all_legacy(void)
{
    static const char *const prefixes[] = {"",         "\x66",     "\xf2",     "\xf3",     "\x66\xf2",
                                           "\x66\xf3", "\xf0",     "\x66\xf0", "\xf2\xf0", "\xf3\xf0",
                                           "\x67",     "\x67\x66", "\x67\xf3", "\x67\xf2"};
    unsigned wide = brute.modes[0] == RP_MODE_LONG64 ? 1 : 0;

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        for (unsigned map = 0; map < 4; map++) {
            for (unsigned w = 0; w <= wide; w++)
                try_legacy(prefixes[i], w == 1, map);
        }
    }
}

static void try_3dnow(void)
{
    uint8_t bytes[24];

    for (unsigned n = 0; n < 65536; n++) {
        memset(bytes, (int)(n >> 8), sizeof bytes); /* wherever the opcode may be looked for */
        bytes[0] = bytes[1] = 0x0f;
        bytes[2] = (uint8_t)n;
        attempt(bytes);
    }
}

static void try_vex(uint8_t first, unsigned map)
{
    uint8_t bytes[24] = {first, (uint8_t)(0xe0 | map)};

    for (unsigned n = 0; n < 32 * 65536u; n++) { /* L, W, pp, vvvv = 15 or 14, opcode, ModRM */
        bytes[2] = (uint8_t)((n >> 17 & 1) << 7 | (n >> 16 & 1) << 2 | (n >> 18 & 3) |
                             ((n >> 20 & 1) != 0 ? 0x70 : 0x78));
        bytes[3] = (uint8_t)(n >> 8);
        bytes[4] = (uint8_t)n;
        attempt(bytes);
    }
}

static void try_evex(unsigned map)
{
    uint8_t bytes[24] = {0x62, (uint8_t)(0xf0 | map)};

    for (unsigned n = 0; n < 512 * 16384u;
         n++) { /* mod, reg, rm = 3 or 4, opcode, LL, W, pp, b, z, k, vvvv */
        bytes[2] = (uint8_t)((n >> 16 & 1) << 7 | 4 | (n >> 17 & 3) | ((n >> 22 & 1) != 0 ? 0x70 : 0x78));
        bytes[3] =
            (uint8_t)((n >> 20 & 1) << 7 | (n >> 14 & 3) << 5 | (n >> 19 & 1) << 4 | 8 | (n >> 21 & 1));
        bytes[4] = (uint8_t)(n >> 6);
        bytes[5] = (uint8_t)((n >> 4 & 3) << 6 | (n >> 1 & 7) << 3 | (3 + (n & 1)));
        attempt(bytes);
    }
}

static void read_space(void)
{
    struct rp_form_space *space;
    struct rp_error error = {0};
    size_t forms;

    if (rp_form_space_open(brute.modes[0], &space, &error) < 0)
        fail_msg("%s", error.line);
    forms = rp_form_space_count(space);
    brute.ids = calloc(forms, sizeof *brute.ids);
    brute.met = calloc(forms, sizeof *brute.met);
    assert_non_null(brute.ids);
    assert_non_null(brute.met);
    for (size_t i = 0; i < rp_form_space_encodings(space); i++) {
        struct rp_form form;

        rp_form_space_get(space, i, &form);
        if (!form.undocumented && form.representative == 0 && brute.id_count < forms)
            brute.ids[brute.id_count++] = form.id;
    }
    rp_form_space_close(space);
    qsort(brute.ids, brute.id_count, sizeof *brute.ids, compare_ids);
}

static int run(void **state)
{
    static const struct {
        ZydisMachineMode machine;
        ZydisStackWidth stack;
    } machines[] = {
        [RP_MODE_LONG64] = {ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64},
        [RP_MODE_PROT32] = {ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32},
        [RP_MODE_PROT16] = {ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16},
    };

    (void)state;
    read_space();
    if (ZYAN_FAILED(ZydisDecoderInit(&brute.decoder, machines[brute.modes[0]].machine,
                                     machines[brute.modes[0]].stack)))
        return -1;
    try_all_legacy();
    try_3dnow();
    for (unsigned map = 0; map < 3; map++) {
        try_vex(0x8f, 8 + map);
        try_vex(0xc4, 1 + map);
    }
    for (unsigned map = 1; map < 8; map++)
        try_evex(map);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    free(brute.ids);
    free(brute.met);
    return 0;
}

static void brute_force_counts_what_was_counted_before(void **state)
{
    const struct brute_figures *found = &brute.found, *expected = brute.expected;

    (void)state;
    assert_int_equal(found->forms, expected->forms);
    assert_int_equal(found->mnemonics, expected->mnemonics);
    assert_int_equal(found->legacy, expected->legacy);
    assert_int_equal(found->amd3dnow, expected->amd3dnow);
    assert_int_equal(found->xop, expected->xop);
    assert_int_equal(found->vex, expected->vex);
    assert_int_equal(found->evex, expected->evex);
}

static void the_space_misses_no_form(void **state)
{
    (void)state;
    if (brute.strangers > 0) {
        char key[RP_FORM_KEY_MAX];

        fail_msg("%u forms missed, the first is %s", brute.strangers,
                 rp_form_key(brute.modes[0], &brute.stranger, key, sizeof key));
    }
}

static void the_space_has_no_form_more(void **state)
{
    (void)state;
    assert_int_equal(brute.id_count, brute.expected->forms);
    for (size_t i = 0; i < brute.id_count; i++)
        assert_true(brute.met[i]);
}

static void keys_tell_forms_apart(void **state)
{
    (void)state;
    assert_int_equal(brute.twins, 0);
}

static void modes_of_one_width_have_the_same_forms(void **state)
{
    (void)state;
    for (unsigned m = 0; m < brute.mode_count; m++) {
        struct rp_form_space *space;
        size_t seen = 0;

        assert_int_equal(rp_form_space_open(brute.modes[m], &space, NULL), 0);
        assert_int_equal(rp_form_space_count(space), brute.expected->forms);
        for (size_t i = 0; i < rp_form_space_encodings(space); i++) {
            struct rp_form form;

            rp_form_space_get(space, i, &form);
            if (form.undocumented || form.representative != 0)
                continue;
            assert_non_null(bsearch(&form.id, brute.ids, brute.id_count, sizeof form.id, compare_ids));
            seen++;
        }
        assert_int_equal(seen, brute.expected->forms);
        rp_form_space_close(space);
    }
}

int brute_force_tests(const char *name, const enum rp_mode *modes, unsigned count,
                      const struct brute_figures *expected)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brute_force_counts_what_was_counted_before),
        cmocka_unit_test(the_space_misses_no_form),
        cmocka_unit_test(the_space_has_no_form_more),
        cmocka_unit_test(keys_tell_forms_apart),
        cmocka_unit_test(modes_of_one_width_have_the_same_forms),
    };

    memcpy(brute.modes, modes, count * sizeof *modes);
    brute.mode_count = count;
    brute.expected = expected;
    return _cmocka_run_group_tests(name, tests, sizeof tests / sizeof tests[0], run, clean_up);
}
