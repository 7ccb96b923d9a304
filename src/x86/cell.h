/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/x86 only: opcode cells, the places of the opcode maps. A cell is an encoding class, a map, the
 * prefix that selects (none, 66, F3, F2), VEX.W and its like, an opcode and, where cell_split.def says so,
 * ModRM.reg, memory or register operand, or the whole ModRM byte. Vector length is not part of it: each
 * length of a cell that has none at all would tell the same. */
#ifndef RP_X86_CELL_H
#define RP_X86_CELL_H

#include "x86/prefix.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much of ModRM belongs to the opcode. */
enum rp_cell_split {
    RP_SPLIT_NONE,
    RP_SPLIT_MOD,  /* memory and register operand are two cells */
    RP_SPLIT_REG,  /* /0 to /7, each with memory and register operand */
    RP_SPLIT_BYTE, /* as REG, and with a register operand each ModRM byte is a cell */
};

struct rp_cell {
    enum rp_encoding_class class;
    uint8_t map, pp, w, opcode;
    enum rp_cell_split split;
    uint8_t modrm; /* where split is not NONE: bits that don't belong to the cell are 0 */
};

#define RP_MAP_COUNT 16

/* The opcode maps that have instructions; EVEX map 4 is reserved (SDM Vol. 2 table 2-34). */
extern const struct rp_map {
    enum rp_encoding_class class;
    uint8_t map;
} rp_maps[RP_MAP_COUNT];

/* The split of an opcode, for encodings with this ModRM byte. */
enum rp_cell_split rp_cell_split(enum rp_encoding_class class, uint8_t map, uint8_t opcode, uint8_t modrm);

/* The cell of what rp_prefix_scan found (completely). */
struct rp_cell rp_cell_of(const struct rp_prefix_scan *scan);

/* Writes the cell's name, as rp_opcode_cell documents it; returns its length. */
size_t rp_cell_print(const struct rp_cell *cell, char *text, size_t capacity);

#endif
