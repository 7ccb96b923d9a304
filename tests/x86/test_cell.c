/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opcode cells have stable names, and are cut where the decoder cuts them. */
#include "base/hex.h"
#include "support/suite.h"
#include "x86/cell.h"
#include "x86/decode.h"

#include <Zydis/Zydis.h>

#include <string.h>

static void cells_are_named_as_findings_are_filed(void **state)
{
    static const struct {
        enum rp_mode mode;
        const char *hex, *name;
    } cases[] = {
        {RP_MODE_LONG64, "9d", "9d"},
        {RP_MODE_LONG64, "660f3a5bc301", "66 0f 3a 5b"},
        {RP_MODE_LONG64, "66f20f38f1c3", "f2 0f 38 f1 reg"},
        {RP_MODE_PROT32, "0f001b", "0f 00 /3 mem"},
        {RP_MODE_PROT32, "0f01c5", "0f 01 c5"},
        {RP_MODE_PROT32, "0f01e0", "0f 01 /4 reg"},
        {RP_MODE_PROT32, "f00fc7c8", "0f c7 /1 reg"},
        {RP_MODE_PROT32, "8dc3", "8d reg"},
        {RP_MODE_PROT32, "8d8b00000000", "8d mem"},
        {RP_MODE_LONG64, "c4e27d5cc3", "vex.66.0f38.w0 5c reg"},
        {RP_MODE_LONG64, "c5f877", "vex.0f.w0 77"},
        {RP_MODE_LONG64, "62f5ff0810c3", "evex.f2.map5.w1 10"},
        {RP_MODE_LONG64, "8fe97801cb", "xop.map9.w0 01 /1 reg"},
        {RP_MODE_LONG64, "0f0f035a", "3dnow 5a"},
        {RP_MODE_LONG64, "0f", "truncated"},
        {RP_MODE_LONG64, "0f01", "truncated"},
    };

    uint32_t numbers[sizeof cases / sizeof cases[0]];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[RP_OPCODE_CELL_MAX];
        uint8_t bytes[RP_ENCODING_MAX];
        size_t length;

        rp_hex_parse(cases[i].hex, bytes, sizeof bytes, &length, NULL);
        assert_string_equal(rp_opcode_cell(cases[i].mode, bytes, length, text, sizeof text), cases[i].name);
        numbers[i] = rp_opcode_cell_number(cases[i].mode, bytes, length);
        for (size_t k = 0; k < i; k++)
            assert_int_equal(numbers[i] == numbers[k], strcmp(cases[i].name, cases[k].name) == 0);
    }
}

static void names_are_cut_to_the_room_there_is(void **state)
{
    char text[8];

    (void)state;
    assert_string_equal(
        rp_opcode_cell(RP_MODE_LONG64, (const uint8_t *)"\xc4\xe2\x7d\x5c\xc3", 5, text, sizeof text),
        "vex.66.");
}

/* Decodes with any of the prefixes that leave the cell as it is: 67, REX.W, 66 beside F2 or F3. */
static bool decodes(enum rp_mode mode, unsigned map, unsigned pp, unsigned opcode, unsigned modrm)
{
    static const uint8_t mandatory[] = {0, 0x66, 0xf3, 0xf2};
    struct rp_instruction instruction;

    for (unsigned variant = 0; variant < 8; variant++) {
        uint8_t bytes[RP_ENCODING_MAX] = {0};
        size_t at = 0;

        if ((variant & 1) != 0)
            bytes[at++] = 0x67;
        if ((variant & 2) != 0 && pp >= 2)
            bytes[at++] = 0x66;
        if (pp != 0)
            bytes[at++] = mandatory[pp];
        if ((variant & 4) != 0 && mode == RP_MODE_LONG64)
            bytes[at++] = 0x48;
        if (map >= 1)
            bytes[at++] = 0x0f;
        if (map >= 2)
            bytes[at++] = map == 2 ? 0x38 : 0x3a;
        bytes[at++] = (uint8_t)opcode;
        bytes[at] = (uint8_t)modrm;
        if (rp_decode(mode, bytes, sizeof bytes, &instruction, NULL) == 0)
            return true;
    }
    return false;
}

/* Within a cell all of ModRM decodes or none does. Of what may differ all the same, the reasons: 8F and C4,
 * C5, 62 become vector prefixes; LOCK is another matter; MPX has four of eight registers; EXTRQ's second byte
 * is 0. */
static bool may_differ(unsigned map, unsigned opcode)
{
    return (map == 0 && (opcode == 0x62 || opcode == 0x8f || opcode == 0xc4 || opcode == 0xc5)) ||
           (map == 1 && (opcode == 0x1a || opcode == 0x1b || opcode == 0x38 || opcode == 0x3a));
}

static bool is_prefix_or_escape(enum rp_mode mode, unsigned map, unsigned opcode)
{
    if (map != 0)
        return map == 1 && opcode == 0x0f;
    return opcode == 0x0f || (opcode & 0xe7) == 0x26 || (opcode >= 0x64 && opcode <= 0x67) ||
           opcode == 0xf0 || opcode == 0xf2 || opcode == 0xf3 || (mode == RP_MODE_LONG64 && opcode >> 4 == 4);
}

static void check_opcode(enum rp_mode mode, unsigned map, unsigned pp, unsigned opcode)
{
    signed char seen[4]
                    [256]; /* by split and what of ModRM belongs to the cell: 0 unknown, 1 decodes, -1 not */

    memset(seen, 0, sizeof seen);
    for (unsigned modrm = 0; modrm < 256; modrm++) {
        struct rp_prefix_scan scan = {
            .class = RP_CLASS_LEGACY, .map = (uint8_t)map, .opcode = (uint8_t)opcode};
        struct rp_cell cell;
        signed char now = decodes(mode, map, pp, opcode, modrm) ? 1 : -1;

        scan.has_modrm = true;
        scan.modrm = (uint8_t)modrm;
        cell = rp_cell_of(&scan);
        if (seen[cell.split][cell.modrm] == -now)
            fail_msg("%s: map %u pp %u opcode %02x: ModRM %02x is unlike others of its cell",
                     rp_mode_info(mode)->name, map, pp, opcode, modrm);
        seen[cell.split][cell.modrm] = now;
    }
}

static void cells_of_legacy_opcodes_are_uniform(void **state)
{
    static const enum rp_mode modes[] = {RP_MODE_LONG64, RP_MODE_PROT32};

    (void)state;
    for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++) {
        for (unsigned n = 0; n < 4 * 4 * 256; n++) {
            unsigned map = n >> 10, pp = n >> 8 & 3, opcode = n & 0xff;

            if (!may_differ(map, opcode) && !is_prefix_or_escape(modes[m], map, opcode))
                check_opcode(modes[m], map, pp, opcode);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_named_as_findings_are_filed),
        cmocka_unit_test(names_are_cut_to_the_room_there_is),
        cmocka_unit_test(cells_of_legacy_opcodes_are_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
