/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the catalogue and the deviations; see catalogue.h. */
#include "conformance/catalogue.h"

#include "base/hex.h"
#include "base/tsv.h"
#include "support/scratch.h"
#include "support/suite.h"
#include "x86/vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH       "tests/conformance/catalogue.tsv"
#define HEADING    "name\tmode\tencoding\tmachine\tuser\toutcome\tchanges\tsource"
#define DEVIATIONS "name\toutcome\tchanges\tevidence"

static bool parse_number(const char *text, size_t length, uint64_t *value)
{
    char digits[20];
    if (length == 0 || length >= sizeof digits)
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    return rp_hex_parse_u64(digits, value, NULL) == RP_OK;
}

/* A name ("#GP") or a hex number. */
static bool parse_vector(const char *text, size_t length, uint8_t *vector)
{
    uint64_t number;
    for (unsigned i = 0; i < RP_VECTOR_COUNT; i++) {
        const char *name = rp_vector_info(i)->name;
        if (name[0] && strlen(name) == length && memcmp(name, text, length) == 0) {
            *vector = (uint8_t)i;
            return true;
        }
    }
    if (!parse_number(text, length, &number) || number > UINT8_MAX)
        return false;
    *vector = (uint8_t)number;
    return true;
}

/* "#GP(80)", "#UD", "#PF(4) cr2=100000", "80", "-": what stands behind the kind. */
static bool parse_cause(const char *text, struct demand *demand)
{
    size_t length = strcspn(text, "( ");
    uint64_t number;
    demand->through_msr = strcmp(text, "-") == 0;
    if (demand->through_msr)
        return demand->kind == RP_OUTCOME_ENTERED;
    if (!parse_vector(text, length, &demand->vector))
        return false;
    text += length;
    if (*text == '(') {
        length = strcspn(++text, ")");
        if (!parse_number(text, length, &number) || text[length] != ')')
            return false;
        demand->has_error_code = true;
        demand->error_code = (uint32_t)number;
        text += length + 1;
    }
    demand->has_cr2 = strncmp(text, " cr2=", 5) == 0;
    if (demand->has_cr2)
        return parse_number(text + 5, strlen(text + 5), &demand->cr2);
    return *text == '\0';
}

static bool parse_outcome(const char *text, struct demand *demand)
{
    size_t length = strcspn(text, " ");
    for (unsigned kind = 0; kind < RP_OUTCOME_COUNT; kind++) {
        const char *name = rp_outcome_kind_name((enum rp_outcome_kind)kind);
        if (strlen(name) != length || memcmp(name, text, length) != 0)
            continue;
        demand->kind = (enum rp_outcome_kind)kind;
        if (kind == RP_OUTCOME_TRAPPED || kind == RP_OUTCOME_ENTERED)
            return text[length] == ' ' && parse_cause(text + length + 1, demand);
        return text[length] == '\0';
    }
    return false;
}

/* "rax=5", "rflags&200=200", "rbx". */
static bool parse_check(char *text, struct demand *demand)
{
    if (demand->checks == DEMAND_CHECKS_MAX)
        return false;
    char *equals = strchr(text, '='), *mask = strchr(text, '&');
    unsigned at = demand->checks++;
    demand->check[at].mask = UINT64_MAX;
    demand->check[at].as_before = equals == NULL;
    if (equals) {
        *equals = '\0';
        if (!parse_number(equals + 1, strlen(equals + 1), &demand->check[at].value))
            return false;
    }
    if (mask) {
        *mask = '\0';
        if (!parse_number(mask + 1, strlen(mask + 1), &demand->check[at].mask))
            return false;
    }
    return rp_component_find(text, &demand->check[at].component);
}

static bool parse_changes(const char *text, struct demand *demand)
{
    char copy[256], *rest = NULL;
    bool good = snprintf(copy, sizeof copy, "%s", text) < (int)sizeof copy;
    if (strcmp(text, "-") == 0)
        return true;
    for (char *word = strtok_r(copy, " ", &rest); word && good; word = strtok_r(NULL, " ", &rest)) {
        good = !demand->only;
        if (strcmp(word, "only") == 0)
            demand->only = true;
        else
            good = good && parse_check(word, demand);
    }
    return good;
}

static int parse_demand(const struct rp_tsv_row *row, unsigned column, struct demand *demand,
                        struct rp_error *error)
{
    if (!parse_outcome(row->column[column], demand))
        return rp_tsv_complain(row, error, "'%s' is no outcome", row->column[column]);
    if (!parse_changes(row->column[column + 1], demand))
        return rp_tsv_complain(row, error, "'%s' are no changes", row->column[column + 1]);
    return RP_OK;
}

/* Makes room for one more of `size` bytes each. */
static void *grow(void *rows, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return rows;
    *capacity = 2 * *capacity + 128;
    rows = realloc(rows, *capacity * size);
    assert_non_null(rows);
    return rows;
}

/* Reads what the state columns say once, so that a row that nobody can run is refused where it stands. */
static int parse_state(struct conformance_row *row, struct rp_error *error)
{
    struct rp_recipe *recipe = malloc(sizeof *recipe);
    assert_non_null(recipe);
    rp_recipe_init(recipe, row->mode, RP_POLICY_LEGACY);
    int result =
        rp_machine_parse(row->machine, row->mode, RP_POLICY_LEGACY, &recipe->machine, &row->ring, error);
    if (result == RP_OK)
        result = rp_user_parse(row->user, row->mode, &recipe->user, error);
    free(recipe);
    return result;
}

static int take_row(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    enum { NAME, MODE, ENCODING, MACHINE, USER, OUTCOME, CHANGES, SOURCE };
    struct catalogue *catalogue = context;
    struct conformance_row item = {.line = row->line};
    size_t length;
    snprintf(item.name, sizeof item.name, "%s", row->column[NAME]);
    snprintf(item.machine, sizeof item.machine, "%s", row->column[MACHINE]);
    snprintf(item.user, sizeof item.user, "%s", row->column[USER]);
    snprintf(item.source, sizeof item.source, "%s", row->column[SOURCE]);
    if (!rp_mode_find(row->column[MODE], &item.mode) ||
        rp_hex_parse(row->column[ENCODING], item.encoding.bytes, RP_ENCODING_MAX, &length, error))
        return rp_tsv_complain(row, error, "no mode and encoding");
    item.encoding.length = (uint8_t)length;
    if (parse_state(&item, error))
        return RP_EINPUT;
    int result = parse_demand(row, OUTCOME, &item.demand, error);
    catalogue->row = grow(catalogue->row, catalogue->count, &catalogue->capacity, sizeof item);
    catalogue->row[catalogue->count++] = item;
    return result;
}

static int take_deviation(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    enum { NAME, OUTCOME, CHANGES, EVIDENCE };
    struct deviations *deviations = context;
    struct deviation item = {.line = row->line};
    snprintf(item.name, sizeof item.name, "%s", row->column[NAME]);
    if (strlen(row->column[EVIDENCE]) < 8)
        return rp_tsv_complain(row, error, "no evidence");
    int result = parse_demand(row, OUTCOME, &item.demand, error);
    deviations->row = grow(deviations->row, deviations->count, &deviations->capacity, sizeof item);
    deviations->row[deviations->count++] = item;
    return result;
}

static void read_file(const char *path, const char *heading, rp_tsv_callback *take, void *context)
{
    struct rp_error error = {0};
    char *text = scratch_read(path);
    int result = rp_tsv_parse(path, text, strlen(text), heading, take, context, &error);
    free(text);
    if (result)
        fail_msg("%s", error.line);
}

void catalogue_load(struct catalogue *catalogue)
{
    *catalogue = (struct catalogue){0};
    read_file(PATH, HEADING, take_row, catalogue);
}

void catalogue_free(struct catalogue *catalogue)
{
    free(catalogue->row);
}

void deviations_load(struct deviations *deviations, const char *executor)
{
    char path[128];
    snprintf(path, sizeof path, "tests/conformance/deviations-%s.tsv", executor);
    if (access(path, R_OK) == 0)
        read_file(path, DEVIATIONS, take_deviation, deviations);
}

void deviations_free(struct deviations *deviations)
{
    free(deviations->row);
}

const struct deviation *deviations_find(const struct deviations *deviations, const char *name)
{
    for (size_t i = deviations->count; i-- > 0;)
        if (strcmp(deviations->row[i].name, name) == 0)
            return &deviations->row[i];
    return NULL;
}
