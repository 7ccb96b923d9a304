/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is fuzzed: a pair of an encoding and a pre-state. The state is a user-state seed and a few tweaks,
 * single registers, words of memory or resources that are away from it.
 *
 * The serialised form is what mutators take and give, and what a corpus file holds, one behind the other
 * (numbers little-endian):
 *   4  "rpf1", the version
 *   1  mode, as enum rp_mode has them
 *   1  length of the encoding, 1 to 15
 *   n  the encoding
 *   4  seed, rp_fuzz_name of its name
 *   1  tweaks, RP_FUZZ_TWEAKS_MAX at most; of each:
 *      1  place, enum rp_fuzz_place
 *      4  target: rp_fuzz_name of a register or resource; else the number of a word
 *      8  value
 *   4  checksum: the low half of XXH64 over all before it */
#ifndef RP_FUZZ_INPUT_H
#define RP_FUZZ_INPUT_H

#include "fuzz/facts.h"
#include "x86/decode.h"

enum rp_fuzz_place {
    RP_FUZZ_REGISTER,
    RP_FUZZ_VECTOR,   /* a word of zmm0 to k7 */
    RP_FUZZ_DATA,     /* an aligned word of the program's data */
    RP_FUZZ_STACK,    /* of its stack */
    RP_FUZZ_RESOURCE, /* privileged state */
    RP_FUZZ_PLACE_COUNT,
};

struct rp_fuzz_tweak {
    uint64_t value;
    uint16_t index;    /* enum rp_reg, word, or enum rp_resource */
    uint8_t place;     /* enum rp_fuzz_place */
    uint8_t unused[5]; /* 0: tweaks are compared and hashed as bytes */
};

#define RP_FUZZ_TWEAKS_MAX 8

struct rp_fuzz_input {
    uint8_t mode; /* enum rp_mode */
    uint8_t seed; /* number in the facts' seeds */
    uint8_t tweaks;
    struct rp_encoding encoding;
    uint64_t cell; /* rp_fuzz_cell; 0: nobody asked yet. Not serialised */
    struct rp_fuzz_tweak tweak[RP_FUZZ_TWEAKS_MAX];
};

#define RP_FUZZ_INPUT_BYTES_MAX (4 + 2 + RP_ENCODING_MAX + 4 + 1 + RP_FUZZ_TWEAKS_MAX * 13 + 4)

/* How many words a place has; 0 of registers and resources. */
unsigned rp_fuzz_words(enum rp_fuzz_place place);

/* Writes the serialised form into `bytes` of RP_FUZZ_INPUT_BYTES_MAX; returns its length. */
size_t rp_fuzz_input_write(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *input,
                           uint8_t *bytes);

/* Reads one from the front of `bytes`, of `length`; *used: its bytes. Strict: RP_EINPUT for another version,
 * a wrong checksum, what the facts don't have, a value that its row doesn't give. *cut is true where `bytes`
 * end within it, which is what a killed writer leaves. */
int rp_fuzz_input_read(const struct rp_fuzz_facts *facts, const uint8_t *bytes, size_t length,
                       struct rp_fuzz_input *input, size_t *used, bool *cut, struct rp_error *error);

/* Where the encoding is in the space that a campaign covers: opcode cell and vector length, as a number that
 * is odd where a decoder knows the encoding. Never 0. */
uint64_t rp_fuzz_cell(enum rp_mode mode, const struct rp_encoding *encoding, bool decoded);
uint64_t rp_fuzz_cell_of(const struct rp_fuzz_input *input);

/* The operand size that the seed's frames get. `instruction` NULL: no decoder knows it. */
unsigned rp_fuzz_operand_bits(const struct rp_fuzz_input *input, const struct rp_instruction *instruction);

/* User state and machine of the input on the machine of `policy`: the seed, fitted to the operands, then the
 * tweaks. */
int rp_fuzz_input_recipe(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *input,
                         const struct rp_instruction *instruction, enum rp_policy policy,
                         struct rp_recipe *recipe, struct rp_error *error);

/* Makes the pre-state of an input without tweaks, of `mode` (of the ring, rp_ring_mode), that of the input.
 * False, and then it is anything: a tweak is one of the machine, or there is no room for it. */
bool rp_fuzz_input_patch(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *input,
                         struct rp_prestate *prestate);

/* The tweaks alone, on what the seed came to. */
int rp_fuzz_input_apply(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *input,
                        struct rp_recipe *recipe, struct rp_error *error);

/* False if a tweak sets what makes things trap: then only executors are compared, not rings. */
bool rp_fuzz_input_is_open(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *input);

#endif
