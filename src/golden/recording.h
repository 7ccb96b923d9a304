/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings of real mode on silicon, and how they run in the arena. A recording is one instruction with all
 * that it touched, anywhere in memory, as an 8086 to 80386 was recorded with it. Moved, it is a pre-state of
 * the arena and the end that a run of it must have: segments are chosen so that each touched byte lies in a
 * window and keeps its offset; what the instruction shows of selectors, of CS and of IP moves with them; a
 * vector that went through the table is the outcome's. Whoever reads recordings (moo.h; the conformance
 * tests) fills in struct rp_recording, and owns it. */
#ifndef RP_GOLDEN_RECORDING_H
#define RP_GOLDEN_RECORDING_H

#include "executor/outcome.h"
#include "state/prestate.h"
#include "x86/encoding.h"

#include <stdbool.h>
#include <stddef.h>

/* Who was recorded, as far as it decides what an instruction touches. */
enum rp_recorded_cpu {
    RP_RECORDED_8086, /* and 8088 */
    RP_RECORDED_V20,  /* and V30 */
    RP_RECORDED_186,
    RP_RECORDED_286,
    RP_RECORDED_386,
    RP_RECORDED_CPUS,
};

enum rp_recorded {
    RP_RECORDED_AX,
    RP_RECORDED_BX,
    RP_RECORDED_CX,
    RP_RECORDED_DX,
    RP_RECORDED_CS,
    RP_RECORDED_SS,
    RP_RECORDED_DS,
    RP_RECORDED_ES,
    RP_RECORDED_SP,
    RP_RECORDED_BP,
    RP_RECORDED_SI,
    RP_RECORDED_DI,
    RP_RECORDED_IP,
    RP_RECORDED_FLAGS,
    RP_RECORDED_FS, /* from here on of a 386 alone */
    RP_RECORDED_GS,
    RP_RECORDED_CR0,
    RP_RECORDED_REGISTERS,
};

struct rp_recorded_byte {
    uint32_t address; /* linear */
    uint8_t before, after;
};

struct rp_recording {
    enum rp_recorded_cpu cpu;
    char name[48];               /* that complaints call it by */
    struct rp_encoding encoding; /* without the HLT behind it */
    uint32_t before[RP_RECORDED_REGISTERS], after[RP_RECORDED_REGISTERS];
    uint32_t mask[RP_RECORDED_REGISTERS]; /* bits of `after` that are defined; of FLAGS, of the pushed too */
    struct rp_recorded_byte *byte;        /* what was touched, the code included, ascending by address */
    size_t bytes;
    int vector;            /* -1: none was taken */
    bool soft;             /* by INT n, INT3, INTO: no fault */
    uint32_t pushed_flags; /* address of the FLAGS that the vector pushed */
};

/* Sorts the bytes: before anything else is asked. Each address stands there once. */
void rp_recording_sort(struct rp_recording *recording);

/* The recorded byte at `address`; NULL where there is none. */
const struct rp_recorded_byte *rp_recording_find(const struct rp_recording *recording, uint32_t address);
/* The word that stood at `address` afterwards; 0, as all memory was, where there is none. */
uint16_t rp_recording_word_after(const struct rp_recording *recording, uint32_t address);

/* Memory that an instruction touches at most: `length` bytes at `offset` of a segment. They do not wrap at
 * the segment's end: where they cross it, the instruction must fault. */
struct rp_recorded_operand {
    uint8_t segment; /* enum rp_recorded */
    uint8_t length;
    bool named; /* at the address that the instruction names, or SI: it can be made another one */
    uint32_t offset;
    uint32_t by; /* that it is moved, within its segment */
};

#define RP_RECORDED_OPERANDS_MAX 320
#define RP_RECORDED_REPEATS_MAX  128 /* elements of a string instruction */

struct rp_recorded_operands {
    struct rp_recorded_operand operand[RP_RECORDED_OPERANDS_MAX];
    unsigned count;
    bool too_many;
};

/* What of an instruction decides how it is moved. */
struct rp_recorded_instruction {
    uint8_t map; /* 1 behind 0F */
    uint8_t opcode, modrm, mod, reg, rm;
    bool has_modrm, repeats;
    uint8_t operand_bytes, address_bytes; /* 2 or 4 */
    int override;                         /* enum rp_recorded, -1 without */
    uint8_t at;                           /* of the byte behind opcode and ModRM, within the encoding */
};

struct rp_recorded_instruction rp_recording_decode(const struct rp_encoding *encoding);
void rp_recording_operands(const struct rp_recording *recording,
                           const struct rp_recorded_instruction *instruction,
                           struct rp_recorded_operands *operands);
/* A general register by its number in encodings. */
enum rp_recorded rp_recorded_general(unsigned number);
/* A segment register likewise. */
enum rp_recorded rp_recorded_segment(unsigned number);
/* The segment register that the instruction loads from its operand; -1: none but, maybe, CS. */
int rp_recorded_loads_segment(const struct rp_recorded_instruction *instruction);

/* ModRM.reg is no register but part of the opcode. */
bool rp_recorded_is_group(const struct rp_recorded_instruction *it);

/* As the suites name their files: "80.4", "670FBA.5", "C9". */
#define RP_RECORDED_OPCODE_MAX 12
void rp_recorded_opcode_name(const struct rp_recorded_instruction *it, char name[RP_RECORDED_OPCODE_MAX]);

#define RP_RECORDED_CELLS_MAX 1200

/* Bytes below the stack pointer that guests may overwrite on their way out of a run; no executor's
 * capabilities say more for real mode. */
#define RP_RECORDED_FRAME 48

/* A byte of memory that has moved. */
struct rp_recorded_cell {
    uint32_t from, to;
    uint8_t before, after;
    uint8_t mask; /* bits of `after` that are defined */
    bool frame;   /* not the instruction's: a guest's own vectors push here */
};

/* A recording in the arena. */
struct rp_recorded_run {
    const struct rp_recording *recording;
    struct rp_encoding encoding; /* with another displacement, where that is what moves its operand */
    struct rp_recorded_instruction instruction;
    uint32_t before[RP_RECORDED_REGISTERS], after[RP_RECORDED_REGISTERS], mask[RP_RECORDED_REGISTERS];
    enum rp_outcome_kind kind;
    uint8_t vector;
    struct rp_recorded_cell cell[RP_RECORDED_CELLS_MAX];
    unsigned cells;
};

/* NULL, or why it can't be run in the arena: a cause by which such recordings are counted, static storage. */
const char *rp_recording_move(const struct rp_recording *recording, struct rp_recorded_run *run);

/* RP_EINPUT: more memory than a pre-state holds. */
int rp_recording_prestate(const struct rp_recorded_run *run, struct rp_prestate *prestate,
                          struct rp_error *error);

/* In what a run's end differs from the one it must have: bits 1 << enum rp_recorded, and these. */
#define RP_RECORDED_MEMORY      (UINT32_C(1) << RP_RECORDED_REGISTERS)
#define RP_RECORDED_OTHER       (UINT32_C(2) << RP_RECORDED_REGISTERS) /* what was not recorded, and must stay */
#define RP_RECORDED_OUTCOME     (UINT32_C(4) << RP_RECORDED_REGISTERS) /* then nothing else is compared */
#define RP_RECORDED_DIFFERENCES (RP_RECORDED_REGISTERS + 3)

struct rp_recorded_difference {
    uint32_t set;   /* 0: none */
    uint32_t flags; /* the bits in which FLAGS differ */
};

struct rp_recorded_difference rp_recording_compare(const struct rp_recorded_run *run,
                                                   const struct rp_prestate *prestate,
                                                   const struct rp_outcome *outcome,
                                                   const struct rp_change *changes);

/* The registers as a run left them. */
void rp_recorded_got(const struct rp_prestate *prestate, const struct rp_change *changes, size_t count,
                     uint64_t got[RP_RECORDED_REGISTERS]);

/* "ax flags", blank-separated. */
#define RP_RECORDED_NAMES_MAX 100
const char *rp_recorded_names(uint32_t set, char text[RP_RECORDED_NAMES_MAX]);
/* The way back; false if a word is none. */
bool rp_recorded_names_find(const char *text, uint32_t *set);

#endif
