/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings of real mode on silicon, and how they run in the arena. A recording is one instruction on an
 * 80286 with all that it touched, anywhere in a megabyte (the README beside the data,
 * ../shared/data/hw-real16, says how they were made). Relocated, it is a pre-state of the arena and the end
 * that a run of it must have: segments are moved so that each touched byte lies in a window and keeps its
 * offset; what the instruction shows of selectors, of CS and of IP moves with them; a vector that went
 * through the table is the outcome's. */
#ifndef RP_TESTS_CONFORMANCE_REAL16_H
#define RP_TESTS_CONFORMANCE_REAL16_H

#include "executor/outcome.h"
#include "state/prestate.h"
#include "x86/encoding.h"

#include <stdbool.h>
#include <stddef.h>

/* In the order of the recordings' columns. */
enum real16_register {
    REAL16_AX,
    REAL16_BX,
    REAL16_CX,
    REAL16_DX,
    REAL16_CS,
    REAL16_SS,
    REAL16_DS,
    REAL16_ES,
    REAL16_SP,
    REAL16_BP,
    REAL16_SI,
    REAL16_DI,
    REAL16_IP,
    REAL16_FLAGS,
    REAL16_REGISTERS,
};

struct real16_byte {
    uint32_t address; /* linear */
    uint8_t before, after;
};

struct real16_recording {
    char id[12], opcode[8]; /* "80.4#07", "80.4" */
    char text[40], tags[40];
    struct rp_encoding encoding; /* without the HLT behind it */
    uint16_t before[REAL16_REGISTERS], after[REAL16_REGISTERS];
    struct real16_byte *byte; /* what was touched, the code included */
    size_t bytes;
    uint16_t flags_mask;
    int vector; /* -1: none was taken */
    bool soft;  /* by INT n, INT3, INTO: no fault */
    uint32_t pushed_flags;
};

struct real16_recordings {
    struct real16_recording *row;
    size_t count, capacity;
};

/* Reads the unpacked file; false, with the cause in a line, where it is not there. What it cannot read fails
 * the test. */
bool real16_load(struct real16_recordings *recordings);
void real16_free(struct real16_recordings *recordings);

/* The recorded byte at `address`; 0, as all memory was, where there is none. */
struct real16_byte real16_at(const struct real16_recording *recording, uint32_t address);
/* The word that stood at `address` afterwards. */
uint16_t real16_word_after(const struct real16_recording *recording, uint32_t address);

/* Memory that an instruction touches at most: `length` bytes at `offset` of a segment. They do not wrap at
 * the segment's end: where they cross it, the instruction must fault. */
struct real16_operand {
    uint8_t segment; /* enum real16_register */
    uint32_t offset;
    uint8_t length;
};

#define REAL16_OPERANDS_MAX 160

struct real16_operands {
    struct real16_operand operand[REAL16_OPERANDS_MAX];
    unsigned count;
};

/* What of an instruction decides how it is relocated. */
struct real16_instruction {
    uint8_t opcode, modrm, mod, reg, rm;
    bool has_modrm, repeats;
    int override; /* enum real16_register, -1 without */
    uint8_t at;   /* of the byte behind opcode and ModRM, within the encoding */
};

struct real16_instruction real16_decode(const struct rp_encoding *encoding);
void real16_find_operands(const struct real16_recording *recording,
                          const struct real16_instruction *instruction, struct real16_operands *operands);
/* A general register by its number in encodings. */
enum real16_register real16_general(unsigned number);
/* A segment register likewise. */
enum real16_register real16_segment(unsigned number);
/* The segment register that the instruction loads from its operand; -1: none but, maybe, CS. */
int real16_loads_segment(const struct real16_instruction *instruction);

#define REAL16_CELLS_MAX 512

/* A byte of memory that has moved. */
struct real16_cell {
    uint32_t from, to;
    uint8_t before, after;
    bool frame; /* not the instruction's: a guest's own vectors push here */
};

/* A recording in the arena. */
struct real16_run {
    const struct real16_recording *recording;
    uint16_t before[REAL16_REGISTERS], after[REAL16_REGISTERS];
    uint16_t flags_after; /* that must be there: of a vector, the pushed ones */
    enum rp_outcome_kind kind;
    uint8_t vector;
    struct real16_cell cell[REAL16_CELLS_MAX];
    unsigned cells;
};

/* NULL, or why it can't be run in the arena: a cause by which such recordings are counted. */
const char *real16_relocate(const struct real16_recording *recording, struct real16_run *run);

void real16_prestate(const struct real16_run *run, struct rp_prestate *prestate);

/* In what a run's end differs from the one it must have: bits 1 << enum real16_register, and these. */
#define REAL16_MEMORY      (UINT32_C(1) << REAL16_REGISTERS)
#define REAL16_OTHER       (UINT32_C(2) << REAL16_REGISTERS) /* what no real-mode instruction of a 286 reaches */
#define REAL16_OUTCOME     (UINT32_C(4) << REAL16_REGISTERS) /* then nothing else is compared */
#define REAL16_DIFFERENCES (REAL16_REGISTERS + 3)

struct real16_difference {
    uint32_t set;   /* 0: none */
    uint16_t flags; /* the bits in which FLAGS differ */
};

struct real16_difference real16_compare(const struct real16_run *run, const struct rp_prestate *prestate,
                                        const struct rp_outcome *outcome, const struct rp_change *changes);

/* "ax flags", blank-separated. */
#define REAL16_NAMES_MAX 80
const char *real16_difference_names(uint32_t set, char text[REAL16_NAMES_MAX]);
/* The way back; false if a word is none. */
bool real16_difference_find(const char *text, uint32_t *set);

#endif
