/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The readers of the facts; see fidelity.h. */
#include "judge/fidelity.h"

#include "base/hex.h"
#include "base/tsv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum when { ALWAYS, ZERO_FLAG, WORD_OPERAND, COUNTER };

/* What is undefined after a mnemonic. */
struct undefined {
    char mnemonic[16];
    enum when when;
    uint64_t flags;  /* of RFLAGS */
    uint64_t result; /* of general registers and memory */
};

struct bound {
    char mnemonic[16];
    bool ends_only, virtualised;
    enum rp_resource shows; /* what its value is of; RP_RESOURCE_NONE: of the machine */
};

#define ROWS_MAX 128
static struct undefined undefined[ROWS_MAX];
static struct bound bound[ROWS_MAX];
static size_t undefined_count, bound_count;

static int read_mnemonic(const struct rp_tsv_row *row, char mnemonic[16], struct rp_error *error)
{
    size_t length = strlen(row->column[0]);
    bool plain = length > 0 && length < 16 &&
                 strspn(row->column[0], "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
    if (!plain)
        return rp_tsv_complain(row, error, "'%s' is no mnemonic of at most 15 lower-case letters and digits",
                               row->column[0]);
    memcpy(mnemonic, row->column[0], length + 1);
    return RP_OK;
}

static int add_undefined(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    static const char *const whens[] = {
        [ALWAYS] = "-", [ZERO_FLAG] = "zf", [WORD_OPERAND] = "16", [COUNTER] = "ecx"};
    static const char masked[] = "result:";
    struct undefined *u = &undefined[undefined_count];
    const char *when = row->column[1], *what = row->column[2];
    (void)context;
    if (undefined_count == ROWS_MAX)
        return rp_tsv_complain(row, error, "more than %d rows", ROWS_MAX);
    int result = read_mnemonic(row, u->mnemonic, error);
    if (result)
        return result;
    size_t number = 0;
    while (number < sizeof whens / sizeof whens[0] && strcmp(when, whens[number]) != 0)
        number++;
    if (number == sizeof whens / sizeof whens[0])
        return rp_tsv_complain(row, error, "'%s' is no condition, choose among - zf 16 ecx", when);
    u->when = (enum when)number;
    u->result = strcmp(what, "result") == 0 ? UINT64_MAX : 0;
    u->flags = 0;
    bool bits = strncmp(what, masked, strlen(masked)) == 0;
    if (bits ? rp_hex_parse_u64(what + strlen(masked), &u->result, NULL) || !u->result
             : !u->result && (rp_hex_parse_u64(what, &u->flags, NULL) || (u->flags & ~RP_FLAGS_STATUS)))
        return rp_tsv_complain(row, error, "'%s' is neither result, result:BITS nor status flags in hex",
                               what);
    undefined_count++;
    return RP_OK;
}

/* yes or no. */
static int read_answer(const struct rp_tsv_row *row, unsigned column, bool *answer, struct rp_error *error)
{
    *answer = strcmp(row->column[column], "yes") == 0;
    if (!*answer && strcmp(row->column[column], "no") != 0)
        return rp_tsv_complain(row, error, "'%s' is neither yes nor no", row->column[column]);
    return RP_OK;
}

static int add_bound(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct bound *b = &bound[bound_count];
    (void)context;
    if (bound_count == ROWS_MAX)
        return rp_tsv_complain(row, error, "more than %d rows", ROWS_MAX);
    int result = read_mnemonic(row, b->mnemonic, error);
    b->shows = rp_resource_find(row->column[1]);
    b->ends_only = b->shows != RP_RESOURCE_NONE;
    if (result == RP_OK && !b->ends_only)
        result = read_answer(row, 1, &b->ends_only, error);
    if (result == RP_OK)
        result = read_answer(row, 2, &b->virtualised, error);
    bound_count += result == RP_OK;
    return result;
}

int rp_fidelity_load(struct rp_error *error)
{
    if (undefined_count && bound_count)
        return RP_OK;
    undefined_count = bound_count = 0;
    int result =
        rp_tsv_read("undefined.tsv", "mnemonic\twhen\twhat\twhy\tsource", add_undefined, NULL, error);
    if (result == RP_OK)
        result = rp_tsv_read("machine-bound.tsv", "mnemonic\town\tvirtualised\twhy\tsource", add_bound, NULL,
                             error);
    return result;
}

static bool holds(const struct undefined *u, const struct rp_instruction *instruction,
                  const struct rp_view *view)
{
    if (u->when == ZERO_FLAG)
        return (rp_view_value(view, RP_REG_RFLAGS) & RP_FLAG_ZF) != 0;
    if (u->when == COUNTER)
        return (uint32_t)rp_view_value(view, RP_REG_RCX) != 0;
    return u->when == ALWAYS || instruction->operand_bits <= 16;
}

uint64_t rp_fidelity_undefined(const struct rp_instruction *instruction, const struct rp_view *view,
                               uint32_t component)
{
    uint64_t bits = 0;
    for (size_t i = 0; instruction && i < undefined_count; i++) {
        const struct undefined *u = &undefined[i];
        if (strcmp(u->mnemonic, instruction->mnemonic) != 0 || !holds(u, instruction, view))
            continue;
        bool result = component <= RP_REG_R15 || component >= RP_COMPONENT_MEMORY;
        bits |= result ? u->result : component == RP_REG_RFLAGS ? u->flags : 0;
    }
    return bits;
}

static const struct bound *find_bound(const char *mnemonic)
{
    for (size_t i = 0; i < bound_count; i++)
        if (strcmp(bound[i].mnemonic, mnemonic) == 0)
            return &bound[i];
    return NULL;
}

bool rp_fidelity_ends_only(const struct rp_instruction *instruction)
{
    const struct bound *b = instruction ? find_bound(instruction->mnemonic) : NULL;
    return b && b->ends_only;
}

bool rp_fidelity_machines_own(const struct rp_instruction *instruction,
                              const struct rp_capabilities *const can[2])
{
    const struct bound *b = instruction ? find_bound(instruction->mnemonic) : NULL;
    return b && b->ends_only &&
           !(b->shows != RP_RESOURCE_NONE && can[0]->resource[b->shows] && can[1]->resource[b->shows]);
}

bool rp_fidelity_virtualised(const char *mnemonic)
{
    const struct bound *b = find_bound(mnemonic);
    return b && b->virtualised;
}
