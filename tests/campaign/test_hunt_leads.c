/* SPDX-License-Identifier: GPL-2.0-or-later */
/* False leads are told from what nobody explains, and the walk of the tunnel does what its head says. */
#include "base/hex.h"
#include "base/tsv.h"
#include "campaign/hunt_leads.h"
#include "campaign/hunt_tunnel.h"
#include "support/suite.h"
#include "x86/form.h"

#include <stdio.h>
#include <string.h>

static struct rp_leads *leads;

static void known_false_leads_are_explained_by_class(void **state)
{
    (void)state;
    static const struct {
        enum rp_mode mode;
        const char *hex, *class;
        enum rp_finding_reason reason;
    } rows[] = {
        {RP_MODE_LONG64, "0f01fd", "newer", RP_FINDING_UNDECODED}, /* RDPRU */
        {RP_MODE_LONG64, "f20f01fd", "newer", RP_FINDING_UNDECODED},
        {RP_MODE_LONG64, "0f01fd", "hidden-feature", RP_FINDING_FEATURE},
        {RP_MODE_LONG64, "0f01fd", "unexplained", RP_FINDING_LENGTH},
        {RP_MODE_LONG64, "0f01c6", "newer", RP_FINDING_UNDECODED},            /* WRMSRNS */
        {RP_MODE_PROT32, "0f01c7", "unexplained", RP_FINDING_UNDECODED},      /* PBNDKB is of 64-bit mode */
        {RP_MODE_LONG64, "f20f38f8c0", "newer", RP_FINDING_UNDECODED},        /* URDMSR */
        {RP_MODE_LONG64, "f20f38f803", "hidden-feature", RP_FINDING_FEATURE}, /* ENQCMD */
        {RP_MODE_PROT32, "d6", "alias", RP_FINDING_UNDECODED},                /* SALC */
        {RP_MODE_LONG64, "d6", "unexplained", RP_FINDING_UNDECODED},
        {RP_MODE_PROT16, "660f1dc3", "hint-nop", RP_FINDING_UNDECODED},
        {RP_MODE_LONG64, "f30f18c0", "hint-nop", RP_FINDING_UNDECODED},
        {RP_MODE_LONG64, "0f18c0", "unexplained", RP_FINDING_LENGTH},
        {RP_MODE_LONG64, "0fff", "unexplained", RP_FINDING_LENGTH},
        {RP_MODE_LONG64, "f20fc8", "prefix-only", RP_FINDING_UNDECODED}, /* BSWAP */
        {RP_MODE_LONG64, "f00fc8", "unexplained", RP_FINDING_UNDECODED}, /* LOCK is none that is ignored */
        {RP_MODE_LONG64, "c4e27d58c0", "hidden-feature", RP_FINDING_FEATURE},
        {RP_MODE_LONG64, "c4e17c77", "unexplained", RP_FINDING_LENGTH},
        {RP_MODE_LONG64, "c4e27850c1", "newer", RP_FINDING_UNDECODED},           /* VPDPBUUD */
        {RP_MODE_LONG64, "c4e2a558c0", "field-ignored", RP_FINDING_UNDECODED},   /* VPBROADCASTD, vvvv */
        {RP_MODE_PROT32, "62f17d40fec1", "field-ignored", RP_FINDING_UNDECODED}, /* VPADDD, V' */
        {RP_MODE_PROT32, "62f17d40ffc1", "unexplained", RP_FINDING_UNDECODED},
        {RP_MODE_LONG64, "0f3a5bc300", "unexplained", RP_FINDING_UNDECODED},
        {RP_MODE_LONG64, "c6f900", "unexplained", RP_FINDING_UNDECODED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rp_finding finding = {.mode = rows[i].mode, .reason = rows[i].reason};
        size_t length;
        assert_int_equal(rp_hex_parse(rows[i].hex, finding.encoding.bytes, RP_ENCODING_MAX, &length, NULL),
                         0);
        finding.encoding.length = (uint8_t)length;
        rp_leads_classify(leads, NULL, &finding);
        if (strcmp(finding.class, rows[i].class) != 0)
            fail_msg("%s: %s (%s) instead of %s", rows[i].hex, finding.class, finding.why, rows[i].class);
        assert_int_equal(finding.why[0] == '\0', strcmp(finding.class, "unexplained") == 0);
    }
}

/* A length is explained only on the vendor's CPUs, and only that length. */
static void lengths_are_explained_by_vendor(void **state)
{
    (void)state;
    static const struct {
        enum rp_mode mode;
        const char *hex, *vendor;
        uint8_t shown, length; /* as a CPU shows it; as the corpus has it */
        const char *row;
    } rows[] = {
        {RP_MODE_LONG64, "66e800000000", "AuthenticAMD", 4, 4, "branch-66"},
        {RP_MODE_LONG64, "66e800000000", "AuthenticAMD", 5, 4, "branch-66"},
        {RP_MODE_LONG64, "66e800000000", "GenuineIntel", 4, 6, NULL},
        {RP_MODE_LONG64, "66e800000000", NULL, 4, 4, "branch-66"},
        {RP_MODE_LONG64, "66480f8400000000", "AuthenticAMD", 6, 6, "jcc-66"},
        {RP_MODE_LONG64, "e800000000", "AuthenticAMD", 3, 5, NULL},
        {RP_MODE_PROT32, "66e80000", "AuthenticAMD", 6, 4, NULL},
        {RP_MODE_PROT16, "f30fff450000", "AuthenticAMD", 3, 3, "ud0"},
        {RP_MODE_PROT16, "0fb94500", "AuthenticAMD", 4, 2, "ud1"},
        {RP_MODE_LONG64, "0f78c0", "AuthenticAMD", 5, 5, "vmread"},
        {RP_MODE_LONG64, "660f78c00000", "AuthenticAMD", 4, 6, NULL},
        {RP_MODE_LONG64, "0f0fc0bf", "GenuineIntel", 2, 0, "intel-3dnow"},
        {RP_MODE_LONG64, "0f0fc0bf", "AuthenticAMD", 2, 4, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct rp_cpu made;
        const struct rp_cpu *cpu = rows[i].vendor ? &made : NULL;
        struct rp_finding finding = {.mode = rows[i].mode, .reason = RP_FINDING_LENGTH};
        struct rp_instruction instruction;
        snprintf(made.vendor, sizeof made.vendor, "%s", rows[i].vendor ? rows[i].vendor : "");
        const char *row;
        size_t length;
        assert_int_equal(rp_hex_parse(rows[i].hex, finding.encoding.bytes, RP_ENCODING_MAX, &length, NULL),
                         RP_OK);
        assert_int_equal(rp_decode(rows[i].mode, finding.encoding.bytes, RP_ENCODING_MAX, &instruction, NULL),
                         RP_OK);
        finding.encoding.length = (uint8_t)length;
        finding.decoded_length = instruction.length;
        finding.shown.length = rows[i].shown;
        uint8_t said = rp_leads_length(leads, cpu, rows[i].mode, finding.encoding.bytes, &instruction, &row);
        if (said != rows[i].length || !row != !rows[i].row || (row && strcmp(row, rows[i].row) != 0))
            fail_msg("%s: length %u by '%s'", rows[i].hex, said, row ? row : "");
        bool explained = row && (said == 0 || said == rows[i].shown);
        rp_leads_classify(leads, cpu, &finding);
        if (strcmp(finding.class, explained ? "vendor" : "unexplained") != 0)
            fail_msg("%s: %s", rows[i].hex, finding.class);
    }
}

static void what_a_hypervisor_does_is_explained_under_it_alone(void **state)
{
    (void)state;
    static const char *const names[] = {"KVMKVMKVM", "?", ""};
    for (unsigned i = 0; i < 3; i++) {
        static struct rp_cpu cpu;
        struct rp_finding finding = {
            .mode = RP_MODE_LONG64, .reason = RP_FINDING_FEATURE, .encoding = {{0x0f, 0x01, 0xc1}, 3}};
        snprintf(cpu.hypervisor, sizeof cpu.hypervisor, "%s", names[i]);
        rp_leads_classify(leads, &cpu, &finding);
        assert_string_equal(finding.class, names[i][0] ? "hypervisor" : RP_FINDING_HIDDEN);
        finding.encoding.bytes[2] = 0xd8; /* VMRUN */
        rp_leads_classify(leads, &cpu, &finding);
        assert_string_equal(finding.class, names[i][0] ? "hypervisor" : RP_FINDING_HIDDEN);
    }
}

static const char *feature_of(const char *hex)
{
    struct rp_instruction instruction;
    uint8_t bytes[RP_ENCODING_MAX];
    size_t length;
    assert_int_equal(rp_hex_parse(hex, bytes, sizeof bytes, &length, NULL), RP_OK);
    assert_int_equal(rp_decode(RP_MODE_LONG64, bytes, length, &instruction, NULL), RP_OK);
    return rp_leads_feature(leads, &instruction);
}

static void instructions_name_the_feature_that_they_need(void **state)
{
    (void)state;
    assert_string_equal(feature_of("c4e3796ac030"), "fma4");
    assert_string_equal(feature_of("8fe97881c0"), "xop");
    assert_string_equal(feature_of("0f38c8c1"), "sha_ni");
    assert_string_equal(feature_of("0f01d8"), "svm");
    assert_string_equal(feature_of("0f01c1"), "vmx");
    assert_null(feature_of("90"));
}

struct sets {
    char name[128][32];
    bool met[128];
    unsigned count;
};

static int take_set(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct sets *sets = context;
    (void)error;
    assert_true(sets->count < 128);
    snprintf(sets->name[sets->count++], sizeof sets->name[0], "%s", row->column[0]);
    return RP_OK;
}

static bool is_of(const char *set, const char *name)
{
    size_t length = strlen(name);
    return name[length - 1] == '*' ? strncmp(set, name, length - 1) == 0 : strcmp(set, name) == 0;
}

static void each_set_of_the_features_file_is_one_of_the_decoders(void **state)
{
    (void)state;
    static struct sets sets;
    struct rp_form_space *space;
    struct rp_instruction instruction;
    struct rp_form form;
    struct rp_error error = {0};
    assert_int_equal(rp_tsv_read("hunt-features.tsv", "set\tflag\tsource", take_set, &sets, &error), RP_OK);
    assert_int_equal(rp_form_space_open(RP_MODE_LONG64, &space, &error), RP_OK);
    size_t known = rp_form_space_encodings(space) - rp_form_space_undocumented(space);
    for (size_t i = 0; i < known; i++) {
        rp_form_space_get(space, i, &form);
        if (rp_decode(RP_MODE_LONG64, form.encoding.bytes, form.encoding.length, &instruction, NULL))
            continue;
        for (unsigned k = 0; k < sets.count; k++)
            sets.met[k] |= is_of(instruction.isa_set, sets.name[k]);
    }
    rp_form_space_close(space);
    for (unsigned k = 0; k < sets.count; k++)
        if (!sets.met[k])
            fail_msg("no instruction is of '%s'", sets.name[k]);
}

#define HEADING  "id\tmodes\treason\tclass\tmap\topcode\tmodrm\tprefixes\tvendor\tlength\tkind\twhat\tsource\n"
#define FEATURES "set\tflag\tsource\n"

static void rows_that_make_no_sense_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *leads, *features, *why;
    } bad[] = {
        {HEADING "a\tall\tany\tlegacy\t1\t0\t-\t-\t-\t-\tcurious\tw\ts\n", FEATURES,
         "leads:2: 'curious' is no kind"},
        {HEADING "a\tmost\tany\tlegacy\t1\t0\t-\t-\t-\t-\talias\tw\ts\n", FEATURES,
         "leads:2: 'most' is no set of modes"},
        {HEADING "a\tall\tany\tlegacy\t1\t2-1\t-\t-\t-\t-\talias\tw\ts\n", FEATURES,
         "leads:2: column 6: '2-1'"},
        {HEADING "a\tall\tany\tlegacy\t1\t0\t/8\t-\t-\t-\talias\tw\ts\n", FEATURES,
         "leads:2: '/8' is no ModRM"},
        {HEADING "a\tall\tany\tlegacy\t1\t0\t/1 m\t-\t-\t-\talias\tw\ts\n", FEATURES,
         "leads:2: '/1 m' is no ModRM"},
        {HEADING "a\tall\twhim\tlegacy\t1\t0\t-\t-\t-\t-\talias\tw\ts\n", FEATURES,
         "leads:2: 'whim' is no reason"},
        {HEADING "a\tall\tany\tlegacy\t1\t0\t-\tf9\t-\t-\talias\tw\ts\n", FEATURES,
         "leads:2: 'f9' is nothing to ask"},
        {HEADING "a\tall\tany\tlegacy\t1\t0\t-\t-\t-\t-\talias\tw\t\n", FEATURES,
         "leads:2: 'a' has no source"},
        {HEADING "a\tall\tany\tlegacy\t1\t0\t-\t-\t-\t-\talias\tw\ts\na\tall\tany\tlegacy\t1\t0\t-\t-\t-\t-"
                 "\talias\tw\ts\n",
         FEATURES, "leads:3: 'a' stands here twice"},
        {HEADING "a\tall\tlength\tlegacy\t1\t0\t-\t-\tVIA\t-\talias\tw\ts\n", FEATURES,
         "leads:2: 'VIA' is no vendor"},
        {HEADING "a\tall\tlength\tlegacy\t1\t0\t-\t-\tGenuineIntel\t+12\talias\tw\ts\n", FEATURES,
         "leads:2: '+12' is no length"},
        {HEADING "a\tall\tlength\tlegacy\t1\t0\t-\t-\t-\t+2\talias\tw\ts\n", FEATURES,
         "leads:2: 'a' has a length, but no vendor"},
        {HEADING "a\tall\tany\tlegacy\t1\t0\t-\t-\tGenuineIntel\t+2\talias\tw\ts\n", FEATURES,
         "leads:2: 'a' has a length, but no vendor or another reason"},
        {HEADING, FEATURES "fma\t\ts\n", "features:2: a column is empty"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct rp_leads *none = NULL;
        struct rp_error error = {0};
        assert_int_equal(rp_leads_parse(bad[i].leads, bad[i].features, &none, &error), RP_EINPUT);
        if (!strstr(error.line, bad[i].why))
            fail_msg("no '%s' in: %s", bad[i].why, error.line);
    }
}

/* A CPU of its own: the head and one byte; byte 80h adds one, byte FFh another two. */
static uint8_t length_of(const uint8_t *bytes)
{
    return bytes[2] == 0x80 ? 4 : bytes[2] == 0xff ? 5 : 3;
}

static void the_tunnel_goes_deeper_where_the_length_changes_and_comes_back(void **state)
{
    (void)state;
    struct rp_tunnel tunnel = rp_tunnel_begin(0x1234);
    unsigned seen[256] = {0}, steps = 0;
    while (!tunnel.done && steps < 100000) {
        assert_int_equal(tunnel.bytes[0], 0x12);
        assert_int_equal(tunnel.bytes[1], 0x34);
        seen[tunnel.bytes[2]]++;
        steps++;
        rp_tunnel_advance(&tunnel, length_of(tunnel.bytes));
    }
    assert_true(tunnel.done);
    for (unsigned byte = 0; byte < 256; byte++)
        assert_int_equal(seen[byte], byte == 0x80 || byte == 0xff ? 256 : 1);
}

static void a_head_that_is_an_instruction_by_itself_has_one_step(void **state)
{
    (void)state;
    struct rp_tunnel tunnel = rp_tunnel_begin(0x9000);
    rp_tunnel_advance(&tunnel, 1);
    assert_true(tunnel.done);
    tunnel = rp_tunnel_begin(0x89c0);
    rp_tunnel_advance(&tunnel, 2);
    assert_true(tunnel.done);
}

static void what_kills_is_left_with_all_that_has_its_last_byte(void **state)
{
    (void)state;
    struct rp_tunnel tunnel = {.bytes = {0x0f, 0x3a, 0x02, 0x05}, .marker = 3, .last = 4};
    assert_int_equal(rp_tunnel_leave(&tunnel, RP_MODE_LONG64), 0xfa);
    static const uint8_t next[] = {0x0f, 0x3a, 0x03, 0x00};
    assert_memory_equal(tunnel.bytes, next, sizeof next);
    assert_int_equal(tunnel.marker, 2);
    /* An opcode: what is behind it, and no other opcode. */
    static const uint8_t opcode[] = {0x0f, 0x3a, 0x01, 0x00};
    tunnel = rp_tunnel_begin(0x0f3a);
    assert_int_equal(rp_tunnel_leave(&tunnel, RP_MODE_LONG64), 0xff);
    assert_memory_equal(tunnel.bytes, opcode, sizeof opcode);
    assert_int_equal(tunnel.marker, 2);
    tunnel = rp_tunnel_begin(0x9000);
    rp_tunnel_leave(&tunnel, RP_MODE_LONG64);
    assert_true(tunnel.done);
}

static void the_minimum_is_prefixes_opcode_and_modrm(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint8_t length;
    } rows[] = {{"90", 1},         {"660f58c0", 4},
                {"0f3a5bc300", 4}, {"66666666666666666666666666666666", 15},
                {"c4e27958c0", 5}, {"0f05", 2}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[RP_ENCODING_MAX + 1] = {0};
        size_t length;
        assert_int_equal(rp_hex_parse(rows[i].hex, bytes, sizeof bytes, &length, NULL), RP_OK);
        assert_int_equal(rp_tunnel_minimum(bytes, RP_MODE_LONG64), rows[i].length);
    }
}

static int read_leads(void **state)
{
    struct rp_error error = {0};
    (void)state;
    if (rp_leads_open(&leads, &error))
        fail_msg("%s", error.line);
    return 0;
}

static int close_leads(void **state)
{
    (void)state;
    rp_leads_close(leads);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_false_leads_are_explained_by_class),
        cmocka_unit_test(lengths_are_explained_by_vendor),
        cmocka_unit_test(what_a_hypervisor_does_is_explained_under_it_alone),
        cmocka_unit_test(instructions_name_the_feature_that_they_need),
        cmocka_unit_test(each_set_of_the_features_file_is_one_of_the_decoders),
        cmocka_unit_test(rows_that_make_no_sense_are_refused_with_their_place),
        cmocka_unit_test(the_tunnel_goes_deeper_where_the_length_changes_and_comes_back),
        cmocka_unit_test(a_head_that_is_an_instruction_by_itself_has_one_step),
        cmocka_unit_test(what_kills_is_left_with_all_that_has_its_last_byte),
        cmocka_unit_test(the_minimum_is_prefixes_opcode_and_modrm),
    };
    return cmocka_run_group_tests(tests, read_leads, close_leads);
}
