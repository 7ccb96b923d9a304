/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Robin and Irvine's list; see robin_irvine.h. */
#include "report/robin_irvine.h"

#include "base/tsv.h"
#include "x86/decode.h"
#include "x86/names.h"

#include <stdio.h>
#include <string.h>

enum { MNEMONIC, GROUP, MEANS, PROT32, RESOURCES, WHY, SOURCE };

static int copy(const struct rp_tsv_row *row, unsigned column, char *to, size_t size, struct rp_error *error)
{
    if ((size_t)snprintf(to, size, "%s", row->column[column]) >= size || !*to)
        return rp_tsv_complain(row, error, "'%s' is empty or too long", row->column[column]);
    return RP_OK;
}

static int take_row(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct rp_robin_irvine *list = context;
    struct rp_robin_irvine_row *entry = &list->row[list->count];
    if (list->count == RP_ROBIN_IRVINE_MAX)
        return rp_tsv_complain(row, error, "more than %d rows", RP_ROBIN_IRVINE_MAX);
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->row[i].mnemonic, row->column[MNEMONIC]) == 0)
            return rp_tsv_complain(row, error, "'%s' stands there twice", row->column[MNEMONIC]);
    entry->protection = strcmp(row->column[GROUP], "protection") == 0;
    if (!entry->protection && strcmp(row->column[GROUP], "register") != 0)
        return rp_tsv_complain(row, error, "'%s' is no group, it is register or protection",
                               row->column[GROUP]);
    if (!rp_name_known(row->column[MEANS]))
        return rp_tsv_complain(row, error, "'%s' is no name that anybody knows", row->column[MEANS]);
    int result = copy(row, MNEMONIC, entry->mnemonic, sizeof entry->mnemonic, error);
    if (result == RP_OK)
        result = copy(row, MEANS, entry->name, sizeof entry->name, error);
    if (result == RP_OK)
        result = copy(row, PROT32, entry->encoding, sizeof entry->encoding, error);
    if (result == RP_OK)
        result = copy(row, RESOURCES, entry->resources, sizeof entry->resources, error);
    if (result == RP_OK)
        result = copy(row, WHY, entry->why, sizeof entry->why, error);
    list->count += result == RP_OK;
    return result;
}

int rp_robin_irvine_load(struct rp_robin_irvine *list, struct rp_error *error)
{
    list->count = 0;
    return rp_tsv_read("robin-irvine.tsv", "mnemonic\tgroup\tmeans\tprot32\tresources\twhy\tsource", take_row,
                       list, error);
}

#define ALIKE                                                                                                \
    3 /* letters in which a name and the mnemonics that it means agree; looking names up is slow             \
       */

size_t rp_robin_irvine_find(const struct rp_robin_irvine *list, const struct rp_verdict *verdict)
{
    struct rp_instruction instruction;
    bool decoded = false;
    for (size_t i = 0; i < list->count; i++) {
        if (strncmp(list->row[i].name, verdict->mnemonic, ALIKE) != 0)
            continue;
        if (!decoded &&
            rp_decode(verdict->mode, verdict->encoding.bytes, verdict->encoding.length, &instruction, NULL))
            break;
        decoded = true;
        if (rp_name_matches(list->row[i].name, &instruction))
            return i;
    }
    return list->count;
}
