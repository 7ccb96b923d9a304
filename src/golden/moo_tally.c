/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting; see moo_tally.h. */
#include "golden/moo_tally.h"

#include "base/rows.h"

#include <stdlib.h>
#include <string.h>

static bool is_opcode(const struct rp_moo_opcode *row, const struct rp_moo_source *source,
                      const struct rp_moo_result *result)
{
    return strcmp(row->opcode, result->opcode) == 0 && strcmp(row->cpu, source->cpu) == 0;
}

static struct rp_moo_opcode *find_opcode(struct rp_moo_tally *tally, const struct rp_moo_source *source,
                                         const struct rp_moo_result *result)
{
    if (tally->opcodes && is_opcode(&tally->opcode[tally->opcode_last], source, result))
        return &tally->opcode[tally->opcode_last];
    size_t i = 0;
    while (i < tally->opcodes && !is_opcode(&tally->opcode[i], source, result))
        i++;
    tally->opcode_last = i;
    if (i < tally->opcodes)
        return &tally->opcode[i];
    struct rp_moo_opcode *row =
        rp_rows_add((void **)&tally->opcode, &tally->opcodes, &tally->opcode_capacity, sizeof *row);
    if (row) {
        memcpy(row->cpu, source->cpu, sizeof row->cpu);
        memcpy(row->opcode, result->opcode, sizeof row->opcode);
    }
    return row;
}

/* IOPL is one field. */
static uint32_t flags_of(const struct rp_moo_result *result)
{
    return result->flags | (uint32_t)(result->flags & RP_FLAG_IOPL ? RP_FLAG_IOPL : 0);
}

static bool is_cause(const struct rp_moo_result *a, const struct rp_moo_result *b)
{
    return a->differs == b->differs && flags_of(a) == flags_of(b) && a->wanted.kind == b->wanted.kind &&
           a->wanted.vector == b->wanted.vector && a->got.kind == b->got.kind &&
           a->got.vector == b->got.vector;
}

static struct rp_moo_cause *find_cause(struct rp_moo_tally *tally, const struct rp_moo_result *result)
{
    for (size_t i = 0; i < tally->causes; i++)
        if (is_cause(&tally->cause[i].like, result))
            return &tally->cause[i];
    struct rp_moo_cause *row =
        rp_rows_add((void **)&tally->cause, &tally->causes, &tally->cause_capacity, sizeof *row);
    if (row) {
        row->like = *result;
        row->like.flags = flags_of(result);
    }
    return row;
}

static struct rp_moo_reason *find_reason(struct rp_moo_tally *tally, const char *text)
{
    for (size_t i = 0; i < tally->reasons; i++)
        if (strcmp(tally->reason[i].text, text) == 0)
            return &tally->reason[i];
    struct rp_moo_reason *row =
        rp_rows_add((void **)&tally->reason, &tally->reasons, &tally->reason_capacity, sizeof *row);
    if (row)
        row->text = text;
    return row;
}

static bool count_opcode(struct rp_moo_cause *cause, const char *opcode)
{
    size_t i = cause->opcodes;
    while (i && strcmp(cause->opcode[i - 1].opcode, opcode) != 0)
        i--;
    struct rp_moo_cause_opcode *row = i ? &cause->opcode[i - 1] : NULL;
    if (!row) {
        row = rp_rows_add((void **)&cause->opcode, &cause->opcodes, &cause->opcode_capacity, sizeof *row);
        if (!row)
            return false;
        memcpy(row->opcode, opcode, sizeof row->opcode);
    }
    row->count++;
    return true;
}

static void keep_example(struct rp_moo_example *examples, uint64_t count, const struct rp_moo_source *source,
                         uint32_t index)
{
    if (count <= RP_MOO_EXAMPLES_MAX)
        examples[count - 1] = (struct rp_moo_example){source->path, index};
}

/* False: no memory. */
static bool add(struct rp_moo_tally *tally, const struct rp_moo_source *source,
                const struct rp_moo_result *result)
{
    struct rp_moo_opcode *opcode = find_opcode(tally, source, result);
    if (!opcode)
        return false;
    opcode->answer[result->answer]++;
    tally->answer[result->answer]++;
    tally->tests++;
    if (result->answer == RP_MOO_DIFFERS) {
        struct rp_moo_cause *cause = find_cause(tally, result);
        if (!cause || !count_opcode(cause, result->opcode))
            return false;
        keep_example(cause->example, ++cause->count, source, result->index);
    } else if (result->answer == RP_MOO_UNFIT) {
        struct rp_moo_reason *reason = find_reason(tally, result->unfit);
        if (!reason)
            return false;
        keep_example(reason->example, ++reason->count, source, result->index);
    }
    return true;
}

int rp_moo_tally_add(struct rp_moo_tally *tally, const struct rp_moo_source *source,
                     const struct rp_moo_result *result, struct rp_error *error)
{
    if (add(tally, source, result))
        return RP_OK;
    return rp_error_set(error, RP_EENVIRONMENT, "no memory for what %llu tests came to",
                        (unsigned long long)tally->tests);
}

static int by_count(uint64_t a, uint64_t b)
{
    return (a < b) - (a > b);
}

static int compare_causes(const void *a, const void *b)
{
    const struct rp_moo_cause *first = a, *second = b;
    int order = by_count(first->count, second->count);
    if (order == 0)
        order = by_count(second->like.differs, first->like.differs);
    return order ? order : by_count(second->like.flags, first->like.flags);
}

static int compare_reasons(const void *a, const void *b)
{
    const struct rp_moo_reason *first = a, *second = b;
    int order = by_count(first->count, second->count);
    return order ? order : strcmp(first->text, second->text);
}

void rp_moo_tally_sort(struct rp_moo_tally *tally)
{
    if (tally->causes)
        qsort(tally->cause, tally->causes, sizeof tally->cause[0], compare_causes);
    if (tally->reasons)
        qsort(tally->reason, tally->reasons, sizeof tally->reason[0], compare_reasons);
}

void rp_moo_tally_free(struct rp_moo_tally *tally)
{
    for (size_t i = 0; i < tally->causes; i++)
        free(tally->cause[i].opcode);
    free(tally->opcode);
    free(tally->cause);
    free(tally->reason);
    *tally = (struct rp_moo_tally){0};
}
