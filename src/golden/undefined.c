/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Undefined flags; see undefined.h. */
#include "golden/undefined.h"

#include "base/tsv.h"
#include "state/registers.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME    "undefined-flags.tsv"
#define HEADING "opcodes\tvector\tflags\tsource"

enum column { OPCODES, VECTOR, FLAGS, SOURCE };

static const struct {
    const char *name;
    uint32_t bit;
} flag_names[] = {{"cf", RP_FLAG_CF}, {"pf", RP_FLAG_PF}, {"af", RP_FLAG_AF},
                  {"zf", RP_FLAG_ZF}, {"sf", RP_FLAG_SF}, {"of", RP_FLAG_OF}};

/* 0: a word is no flag. */
static uint32_t parse_flags(const char *text)
{
    uint32_t flags = 0;
    while (*text) {
        size_t i = 0, length = strcspn(text, " ");
        while (i < sizeof flag_names / sizeof flag_names[0] &&
               (length != 2 || memcmp(flag_names[i].name, text, 2) != 0))
            i++;
        if (i == sizeof flag_names / sizeof flag_names[0])
            return 0;
        flags |= flag_names[i].bit;
        text += length + (text[length] == ' ');
    }
    return flags;
}

static int take_row(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct rp_undefined_rows *undefined = context;
    uint32_t flags = parse_flags(row->column[FLAGS]);
    if (undefined->rows == RP_UNDEFINED_ROWS_MAX)
        return rp_tsv_complain(row, error, "more than %d rows", RP_UNDEFINED_ROWS_MAX);
    if (!flags)
        return rp_tsv_complain(row, error, "'%s' are no status flags", row->column[FLAGS]);
    if (strlen(row->column[OPCODES]) >= sizeof undefined->row[0].opcodes)
        return rp_tsv_complain(row, error, "too many opcodes in one row");
    unsigned i = undefined->rows++;
    snprintf(undefined->row[i].opcodes, sizeof undefined->row[i].opcodes, "%s", row->column[OPCODES]);
    undefined->row[i].flags = flags;
    undefined->row[i].vector =
        strcmp(row->column[VECTOR], "-") == 0 ? -1 : (int)strtol(row->column[VECTOR], NULL, 10);
    return RP_OK;
}

int rp_undefined_load(struct rp_undefined_rows *undefined, struct rp_error *error)
{
    undefined->rows = 0;
    return rp_tsv_read(NAME, HEADING, take_row, undefined, error);
}

static bool has_opcode(const char *list, const char *opcode)
{
    size_t wanted = strlen(opcode);
    while (*list) {
        size_t length = strcspn(list, " ");
        if (length == wanted && strncmp(list, opcode, length) == 0)
            return true;
        list += length + (list[length] == ' ');
    }
    return false;
}

uint32_t rp_undefined_flags(const struct rp_undefined_rows *undefined, const char *opcode, int vector)
{
    while (strncmp(opcode, "66", 2) == 0 || strncmp(opcode, "67", 2) == 0)
        opcode += 2;
    for (unsigned i = 0; i < undefined->rows; i++)
        if (undefined->row[i].vector == vector && has_opcode(undefined->row[i].opcodes, opcode))
            return undefined->row[i].flags;
    return 0;
}
