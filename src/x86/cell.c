/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opcode cells and their names; see cell.h. */
#include "x86/cell.h"

#include "x86/decode.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>

static const struct {
    uint8_t class, map, first, last, split, byte_regs;
} splits[] = {
#define RP_CELL(class, map, first, last, split, byte_regs)                                                   \
    {RP_CLASS_##class, map, first, last, RP_SPLIT_##split, byte_regs},
#include "x86/cell_split.def"
#undef RP_CELL
};

const struct rp_map rp_maps[RP_MAP_COUNT] = {
    {RP_CLASS_LEGACY, 0}, {RP_CLASS_LEGACY, 1}, {RP_CLASS_LEGACY, 2}, {RP_CLASS_LEGACY, 3},
    {RP_CLASS_3DNOW, 1},  {RP_CLASS_XOP, 8},    {RP_CLASS_XOP, 9},    {RP_CLASS_XOP, 10},
    {RP_CLASS_VEX, 1},    {RP_CLASS_VEX, 2},    {RP_CLASS_VEX, 3},    {RP_CLASS_EVEX, 1},
    {RP_CLASS_EVEX, 2},   {RP_CLASS_EVEX, 3},   {RP_CLASS_EVEX, 5},   {RP_CLASS_EVEX, 6},
};

#define MAPS 16 /* of a class; XOP's go up to 10 */

/* 1 + the row of an opcode, 0 where there is none; made at the first use, since the walk asks a million
 * times. */
static uint8_t rows[RP_CLASS_COUNT][MAPS][256];
static pthread_once_t rows_once = PTHREAD_ONCE_INIT;
static_assert(sizeof splits / sizeof splits[0] < 255, "a row's number fits a byte");

static void make_rows(void)
{
    for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++) {
        for (unsigned opcode = splits[i].first; opcode <= splits[i].last; opcode++)
            rows[splits[i].class][splits[i].map][opcode] = (uint8_t)(i + 1);
    }
}

enum rp_cell_split rp_cell_split(enum rp_encoding_class class, uint8_t map, uint8_t opcode, uint8_t modrm)
{
    unsigned row;

    pthread_once(&rows_once, make_rows);
    row = map < MAPS ? rows[class][map][opcode] : 0;
    if (row == 0)
        return RP_SPLIT_NONE;
    if (modrm >= 0xc0 && (splits[row - 1].byte_regs >> (modrm >> 3 & 7) & 1) != 0)
        return RP_SPLIT_BYTE;
    return (enum rp_cell_split)splits[row - 1].split;
}

/* Legacy encodings: the mandatory-prefix column of SDM Vol. 2D tables, where F3 and F2 win
 * over 66. */
static uint8_t legacy_pp(const struct rp_prefix_scan *scan)
{
    if (scan->repeat != 0)
        return scan->repeat == 0xf3 ? 2 : 3;
    return scan->operand_size > 0 ? 1 : 0;
}

/* The bits of `modrm` that belong to the cell; register operands all look like mod = 3. */
static uint8_t modrm_part(enum rp_cell_split split, uint8_t modrm)
{
    uint8_t mod = modrm >= 0xc0 ? 0xc0 : 0;

    switch (split) {
    case RP_SPLIT_NONE:
        return 0;
    case RP_SPLIT_MOD:
        return mod;
    case RP_SPLIT_REG:
        return (uint8_t)(mod | (modrm & 0x38));
    case RP_SPLIT_BYTE:
        return modrm;
    }
    return 0;
}

struct rp_cell rp_cell_of(const struct rp_prefix_scan *scan)
{
    struct rp_cell cell = {.class = scan->class, .map = scan->map, .opcode = scan->opcode};

    if (scan->class == RP_CLASS_3DNOW)
        return cell;
    cell.pp = scan->class == RP_CLASS_LEGACY ? legacy_pp(scan) : scan->pp;
    cell.w = scan->class == RP_CLASS_LEGACY ? 0 : scan->w;
    if (scan->has_modrm) {
        cell.split = rp_cell_split(scan->class, scan->map, scan->opcode, scan->modrm);
        cell.modrm = modrm_part(cell.split, scan->modrm);
    }
    return cell;
}

/* What stands in front of the opcode. */
static int print_map(const struct rp_cell *cell, char *text, size_t capacity)
{
    static const char *const classes[] = {"", "3dnow ", "xop", "vex", "evex"};
    static const char *const prefixes[] = {"", "66", "f3", "f2"};
    static const char *const legacy_maps[] = {"", "0f ", "0f 38 ", "0f 3a "};
    static const char *const vector_maps[] = {"map0", "0f", "0f38", "0f3a"};
    char map[8];

    if (cell->class == RP_CLASS_3DNOW)
        return snprintf(text, capacity, "%s", classes[cell->class]);
    if (cell->class == RP_CLASS_LEGACY)
        return snprintf(text, capacity, "%s%s%s", prefixes[cell->pp], cell->pp != 0 ? " " : "",
                        legacy_maps[cell->map]);
    snprintf(map, sizeof map, "map%u", cell->map);
    return snprintf(text, capacity, "%s%s%s.%s.w%u ", classes[cell->class], cell->pp != 0 ? "." : "",
                    prefixes[cell->pp], cell->map < 4 ? vector_maps[cell->map] : map, cell->w);
}

static int print_modrm(const struct rp_cell *cell, char *text, size_t capacity)
{
    const char *operand = cell->modrm >= 0xc0 ? "reg" : "mem";

    switch (cell->split) {
    case RP_SPLIT_NONE:
        return 0;
    case RP_SPLIT_MOD:
        return snprintf(text, capacity, " %s", operand);
    case RP_SPLIT_REG:
        return snprintf(text, capacity, " /%d %s", cell->modrm >> 3 & 7, operand);
    case RP_SPLIT_BYTE:
        return snprintf(text, capacity, " %02x", cell->modrm);
    }
    return 0;
}

size_t rp_cell_print(const struct rp_cell *cell, char *text, size_t capacity)
{
    char line[RP_OPCODE_CELL_MAX];
    int length = print_map(cell, line, sizeof line);

    length += snprintf(line + length, sizeof line - (size_t)length, "%02x", cell->opcode);
    length += print_modrm(cell, line + length, sizeof line - (size_t)length);
    snprintf(text, capacity, "%s", line);
    return (size_t)length;
}

const char *rp_opcode_cell(enum rp_mode mode, const uint8_t *bytes, size_t length, char *text,
                           size_t capacity)
{
    struct rp_prefix_scan scan;
    struct rp_cell cell;

    if (!rp_prefix_scan(mode, bytes, length, &scan)) {
        snprintf(text, capacity, "truncated");
        return text;
    }
    cell = rp_cell_of(&scan);
    rp_cell_print(&cell, text, capacity);
    return text;
}

uint32_t rp_opcode_cell_number(enum rp_mode mode, const uint8_t *bytes, size_t length)
{
    struct rp_prefix_scan scan;
    struct rp_cell cell;

    if (!rp_prefix_scan(mode, bytes, length, &scan))
        return UINT32_MAX;
    cell = rp_cell_of(&scan);
    return (uint32_t)scan.vector_length << 30 | (uint32_t)cell.class << 27 | (uint32_t)cell.map << 22 |
           (uint32_t)cell.pp << 20 | (uint32_t)cell.w << 19 | (uint32_t)cell.split << 16 |
           (uint32_t)cell.opcode << 8 | cell.modrm;
}
