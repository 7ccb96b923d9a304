/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MOO files made in memory, of tests that are ours: no recording of anybody. */
#ifndef RP_TESTS_GOLDEN_MOO_FIXTURE_H
#define RP_TESTS_GOLDEN_MOO_FIXTURE_H

#include "base/text.h"
#include "golden/moo.h"

struct fixture_byte {
    uint32_t address;
    uint8_t value;
};

/* A test; registers in the order of enum rp_recorded. Bits of `changed` are the registers that FINA has, bits
 * of `masked` those of its mask. */
struct fixture_test {
    uint32_t index;
    const char *name;
    const char *code; /* hex, with the HLT */
    uint32_t before[RP_RECORDED_REGISTERS], after[RP_RECORDED_REGISTERS], mask[RP_RECORDED_REGISTERS];
    uint32_t changed, masked;
    struct fixture_byte init[64], fina[16];
    unsigned inits, finas;
    int exception; /* -1: no EXCP */
    bool odd;      /* with chunks that nobody knows, everywhere */
};

/* Begins a file for `tests` tests of `cpu` ("C286"), with META. */
void fixture_begin(struct rp_text *file, const char *cpu, uint32_t tests);
/* A mask of FLAGS for all tests. */
void fixture_mask_flags(struct rp_text *file, bool wide, uint32_t mask);
void fixture_unknown(struct rp_text *file);
/* Registers of a 386 if `wide`. */
void fixture_add(struct rp_text *file, const struct fixture_test *test, bool wide);

/* The default test: INC AX at 1234:5678 of AX = 1, everything recorded, HLT behind it. */
struct fixture_test fixture_inc(void);
/* Puts code (its HLT too) where CS:IP points. */
void fixture_code(struct fixture_test *test, const char *hex);
void fixture_init(struct fixture_test *test, uint32_t address, uint8_t value);
void fixture_fina(struct fixture_test *test, uint32_t address, uint8_t value);
void fixture_set(struct fixture_test *test, enum rp_recorded reg, uint32_t after);

/* Parses a copy. */
int fixture_parse(const struct rp_text *file, struct rp_moo_file *moo, struct rp_error *error);

/* The same packed by gzip. */
void fixture_pack(const struct rp_text *file, struct rp_text *packed);

#endif
