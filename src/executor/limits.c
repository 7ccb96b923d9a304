/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reader of the tables of limits; see limits.h. */
#include "executor/limits.h"

#include "base/corpus.h"
#include "base/hex.h"
#include "base/rows.h"
#include "base/tsv.h"
#include "executor/limit_terms.h"
#include "state/recipe.h"
#include "x86/vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADING "id\teffect\tapplies\tmodes\tcanary\tmachine\tuser\tshows\treason\tevidence"

enum column { ID, EFFECT, APPLIES, MODES, CANARY, MACHINE, USER, SHOWS, REASON, EVIDENCE };

struct rp_limits {
    struct rp_limit *limit;
    size_t count, capacity;
};

const struct rp_limit *rp_limits_find(const struct rp_limits *limits, enum rp_mode mode,
                                      const struct rp_instruction *instruction)
{
    for (size_t i = 0; i < limits->count; i++) {
        const struct rp_limit *limit = &limits->limit[i];
        if (limit->effect == RP_LIMIT_UNDECIDED && limit->modes >> mode & 1 &&
            rp_limit_terms_met(limit->terms, instruction))
            return limit;
    }
    return NULL;
}

bool rp_limits_ignores(const struct rp_limits *limits, enum rp_resource control, enum rp_mode mode)
{
    for (size_t i = 0; i < limits->count; i++)
        if (limits->limit[i].control == control && limits->limit[i].modes >> mode & 1)
            return true;
    return false;
}

size_t rp_limits_count(const struct rp_limits *limits)
{
    return limits->count;
}

const struct rp_limit *rp_limits_at(const struct rp_limits *limits, size_t index)
{
    return &limits->limit[index];
}

static int no_memory(struct rp_error *error)
{
    return rp_error_set(error, RP_EENVIRONMENT, "out of memory for limits");
}

static int read_modes(const struct rp_tsv_row *row, uint8_t *modes, struct rp_error *error)
{
    char *copy, *rest = NULL;
    if (strcmp(row->column[MODES], "all") == 0) {
        *modes = (1 << RP_MODE_COUNT) - 1;
        return RP_OK;
    }
    copy = strdup(row->column[MODES]);
    int result = copy ? RP_OK : no_memory(error);
    for (char *name = copy ? strtok_r(copy, ",", &rest) : NULL; name && result == RP_OK;
         name = strtok_r(NULL, ",", &rest)) {
        enum rp_mode mode;
        if (rp_mode_find(name, &mode))
            *modes = (uint8_t)(*modes | 1u << mode);
        else
            result = rp_tsv_complain(row, error, "unknown mode '%s'", name);
    }
    if (result == RP_OK && *modes == 0)
        result = rp_tsv_complain(row, error, "no mode");
    free(copy);
    return result;
}

/* "MODE HEX" */
static int read_run(const struct rp_tsv_row *row, struct rp_canary *canary, struct rp_error *error)
{
    char name[16];
    const char *blank = strchr(row->column[CANARY], ' ');
    size_t span = blank ? (size_t)(blank - row->column[CANARY]) : 0, length;
    struct rp_error cause;
    snprintf(name, sizeof name, "%.*s", (int)span, row->column[CANARY]);
    if (!blank || !rp_mode_find(name, &canary->mode))
        return rp_tsv_complain(row, error, "'%s' is no canary; expected MODE HEX", row->column[CANARY]);
    if (rp_hex_parse(blank + 1, canary->encoding.bytes, RP_ENCODING_MAX, &length, &cause) != RP_OK)
        return rp_tsv_complain(row, error, "%s", cause.line);
    canary->encoding.length = (uint8_t)length;
    return RP_OK;
}

static bool find_vector(const char *name, uint8_t *vector)
{
    uint64_t number;
    for (unsigned i = 0; i < RP_VECTOR_COUNT; i++) {
        if (strcmp(rp_vector_info(i)->name, name) == 0 && name[0]) {
            *vector = (uint8_t)i;
            return true;
        }
    }
    if (rp_hex_parse_u64(name, &number, NULL) != RP_OK || number > 255)
        return false;
    *vector = (uint8_t)number;
    return true;
}

/* "retired", "trapped #UD", "entered 80", and behind it components. */
static int read_shows(const struct rp_tsv_row *row, struct rp_canary *canary, struct rp_error *error)
{
    char *copy = strdup(row->column[SHOWS]), *rest = NULL;
    if (!copy)
        return no_memory(error);
    const char *kind = strtok_r(copy, " ", &rest);
    canary->kind = RP_OUTCOME_COUNT;
    for (unsigned i = 0; kind && i < RP_OUTCOME_COUNT; i++)
        if (strcmp(rp_outcome_kind_name((enum rp_outcome_kind)i), kind) == 0)
            canary->kind = (enum rp_outcome_kind)i;
    int result = RP_OK;
    if (canary->kind == RP_OUTCOME_COUNT)
        result = rp_tsv_complain(row, error, "unknown outcome '%s'", row->column[SHOWS]);
    if (result == RP_OK && (canary->kind == RP_OUTCOME_TRAPPED || canary->kind == RP_OUTCOME_ENTERED)) {
        const char *vector = strtok_r(NULL, " ", &rest);
        if (!vector || !find_vector(vector, &canary->vector))
            result = rp_tsv_complain(row, error, "'%s' names no vector", row->column[SHOWS]);
    }
    canary->changes = strdup(rest ? rest : "");
    if (result == RP_OK && !canary->changes)
        result = no_memory(error);
    free(copy);
    return result;
}

/* Both notations are read here once, so that a canary that nobody can run is refused where it stands. */
static int check_state(const struct rp_tsv_row *row, const struct rp_canary *canary, struct rp_error *error)
{
    struct rp_recipe *recipe = malloc(sizeof *recipe);
    struct rp_error cause;
    unsigned ring;
    if (!recipe)
        return no_memory(error);
    rp_recipe_init(recipe, canary->mode, RP_POLICY_LEGACY);
    int result =
        rp_machine_parse(canary->machine, canary->mode, RP_POLICY_LEGACY, &recipe->machine, &ring, &cause);
    if (result == RP_OK)
        result = rp_user_parse(canary->user, canary->mode, &recipe->user, &cause);
    if (result != RP_OK)
        result = rp_tsv_complain(row, error, "%s", cause.line);
    free(recipe);
    return result;
}

static int read_canary(const struct rp_tsv_row *row, struct rp_canary *canary, struct rp_error *error)
{
    int result = read_run(row, canary, error);
    if (result == RP_OK)
        result = read_shows(row, canary, error);
    if (result != RP_OK)
        return result;
    canary->machine = strdup(row->column[MACHINE]);
    canary->user = strdup(row->column[USER]);
    if (!canary->machine || !canary->user)
        return no_memory(error);
    return check_state(row, canary, error);
}

static int read_effect(const struct rp_tsv_row *row, struct rp_limit *limit, struct rp_error *error)
{
    const char *applies = row->column[APPLIES], control[] = "control=";
    limit->control = RP_RESOURCE_NONE;
    limit->traps_are_true = strcmp(row->column[EFFECT], "undecided-value") == 0;
    if (limit->traps_are_true || strcmp(row->column[EFFECT], "undecided") == 0)
        return rp_limit_terms_read(row, applies, &limit->terms, error);
    if (strcmp(row->column[EFFECT], "ignores-control") != 0)
        return rp_tsv_complain(row, error,
                               "unknown effect '%s'; expected undecided, undecided-value or ignores-control",
                               row->column[EFFECT]);
    limit->effect = RP_LIMIT_IGNORES_CONTROL;
    if (strncmp(applies, control, sizeof control - 1) == 0)
        limit->control = rp_resource_find(applies + sizeof control - 1);
    if (limit->control == RP_RESOURCE_NONE || rp_resource_info(limit->control)->traps == RP_TRAPS_NOTHING)
        return rp_tsv_complain(row, error, "'%s' names no trap control; expected control=RESOURCE", applies);
    return RP_OK;
}

static struct rp_limit *add(struct rp_limits *limits)
{
    return rp_rows_add((void **)&limits->limit, &limits->count, &limits->capacity, sizeof *limits->limit);
}

static int read_texts(const struct rp_tsv_row *row, struct rp_limit *limit, struct rp_error *error)
{
    static const uint8_t needed[] = {ID, REASON, EVIDENCE};
    for (size_t i = 0; i < sizeof needed; i++)
        if (row->column[needed[i]][0] == '\0')
            return rp_tsv_complain(row, error, "a limit needs an id, a reason and its evidence");
    limit->id = strdup(row->column[ID]);
    limit->reason = strdup(row->column[REASON]);
    limit->evidence = strdup(row->column[EVIDENCE]);
    return limit->id && limit->reason && limit->evidence ? RP_OK : no_memory(error);
}

static int read_row(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct rp_limits *limits = context;
    for (size_t i = 0; i < limits->count; i++)
        if (strcmp(limits->limit[i].id, row->column[ID]) == 0)
            return rp_tsv_complain(row, error, "'%s' stands in line %u already", row->column[ID],
                                   limits->limit[i].line);
    struct rp_limit *limit = add(limits);
    if (!limit)
        return no_memory(error);
    limit->line = row->line;
    int result = read_texts(row, limit, error);
    if (result == RP_OK)
        result = read_effect(row, limit, error);
    if (result == RP_OK)
        result = read_modes(row, &limit->modes, error);
    if (result == RP_OK)
        result = read_canary(row, &limit->canary, error);
    return result;
}

/* Keeps `limits` only if reading it went well. */
static int finish(int result, struct rp_limits *read, struct rp_limits **limits)
{
    if (result != RP_OK) {
        rp_limits_close(read);
        read = NULL;
    }
    *limits = read;
    return result;
}

int rp_limits_parse(const char *label, const char *text, size_t length, struct rp_limits **limits,
                    struct rp_error *error)
{
    struct rp_limits *read = calloc(1, sizeof *read);
    if (!read)
        return no_memory(error);
    return finish(rp_tsv_parse(label, text, length, HEADING, read_row, read, error), read, limits);
}

int rp_limits_open(const char *name, struct rp_limits **limits, struct rp_error *error)
{
    char file[64];
    struct rp_limits *read = calloc(1, sizeof *read);
    if (!read)
        return no_memory(error);
    snprintf(file, sizeof file, "limits-%s.tsv", name);
    int result = rp_corpus_find(file) ? rp_tsv_read(file, HEADING, read_row, read, error) : RP_OK;
    return finish(result, read, limits);
}

static void free_limit(struct rp_limit *limit)
{
    rp_limit_terms_free(limit->terms);
    free(limit->id);
    free(limit->reason);
    free(limit->evidence);
    free(limit->canary.machine);
    free(limit->canary.user);
    free(limit->canary.changes);
}

void rp_limits_close(struct rp_limits *limits)
{
    if (!limits)
        return;
    for (size_t i = 0; i < limits->count; i++)
        free_limit(&limits->limit[i]);
    free(limits->limit);
    free(limits);
}
