/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reader of corpus/seeds.tsv; see seeds.h. Values are evaluated in seed_build.c. */
#include "state/seeds.h"

#include "base/corpus.h"
#include "base/tsv.h"

#include <stdlib.h>
#include <string.h>

#define HEADING "name\tmodes\tprobe\tflips\tstate\traises\twhy"

static const char *const probe_names[] = {"data", "code", "conforming", "ldt_data", "ldt_code",
                                          "gate", "tss",  "ldt",        "vector",   "-"};
_Static_assert(sizeof probe_names / sizeof probe_names[0] == RP_PROBE_COUNT + 1,
               "one name a probe, and none");

static const struct {
    const char *name;
    uint8_t modes;
} mode_groups[] = {{"all", 0x7f}, {"protected", 0x1f}, {"unguarded", 0x60}};

static int parse_mode_word(const struct rp_tsv_row *row, const char *word, uint8_t *modes,
                           struct rp_error *error)
{
    enum rp_mode mode;
    for (size_t i = 0; i < sizeof mode_groups / sizeof mode_groups[0]; i++) {
        if (strcmp(word, mode_groups[i].name) == 0) {
            *modes |= mode_groups[i].modes;
            return RP_OK;
        }
    }
    if (!rp_mode_find(word, &mode))
        return rp_tsv_complain(row, error,
                               "'%s' is no mode; all, protected, unguarded, or names as -m takes them", word);
    *modes |= (uint8_t)(1u << mode);
    return RP_OK;
}

static int parse_modes(const struct rp_tsv_row *row, const char *text, uint8_t *modes, struct rp_error *error)
{
    char copy[100];
    char *rest = NULL;
    size_t length = strlen(text);
    int result = RP_OK;
    if (length >= sizeof copy)
        return rp_tsv_complain(row, error, "the list of modes is too long");
    memcpy(copy, text, length + 1);
    for (char *word = strtok_r(copy, ",", &rest); word && result == RP_OK; word = strtok_r(NULL, ",", &rest))
        result = parse_mode_word(row, word, modes, error);
    return result || *modes ? result : rp_tsv_complain(row, error, "no mode; 'all' for all of them");
}

static int parse_probe(const struct rp_tsv_row *row, const char *text, enum rp_probe *probe,
                       struct rp_error *error)
{
    for (unsigned i = 0; i <= RP_PROBE_COUNT; i++) {
        if (strcmp(text, probe_names[i]) == 0) {
            *probe = (enum rp_probe)i;
            return RP_OK;
        }
    }
    return rp_tsv_complain(row, error, "'%s' is no probe descriptor of the arena; '-' for none", text);
}

static int try_seed(const struct rp_tsv_row *row, const struct rp_seed *seed, struct rp_error *error)
{
    static _Thread_local struct rp_recipe recipe;
    struct rp_error inner = {0};
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        for (unsigned bits = 16; bits <= 64 && seed->modes >> mode & 1; bits *= 2)
            if (rp_seed_build(seed, (enum rp_mode)mode, RP_POLICY_LEGACY, bits, NULL, &recipe, &inner))
                return rp_tsv_complain(row, error, "%s", inner.line);
    }
    return RP_OK;
}

static int add_seed(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct rp_seeds *seeds = context;
    struct rp_seed seed = {.line = row->line};
    for (size_t i = 0; i < seeds->count; i++)
        if (strcmp(seeds->seed[i].name, row->column[0]) == 0)
            return rp_tsv_complain(row, error, "seed '%s' stands in line %u already", row->column[0],
                                   seeds->seed[i].line);
    int result = parse_modes(row, row->column[1], &seed.modes, error);
    if (result == RP_OK)
        result = parse_probe(row, row->column[2], &seed.probe, error);
    seed.flips = strcmp(row->column[3], "yes") == 0;
    if (result == RP_OK && !seed.flips && strcmp(row->column[3], "no") != 0)
        result = rp_tsv_complain(row, error, "'%s' is neither yes nor no", row->column[3]);
    if (result)
        return result;
    struct rp_seed *grown = realloc(seeds->seed, (seeds->count + 1) * sizeof *grown);
    if (!grown)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for seeds");
    seeds->seed = grown;
    seed.name = strdup(row->column[0]);
    seed.state = strdup(row->column[4]);
    seed.raises = strdup(row->column[5]);
    seed.why = strdup(row->column[6]);
    grown[seeds->count++] = seed;
    if (!seed.name || !seed.state || !seed.raises || !seed.why)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for seeds");
    return try_seed(row, &grown[seeds->count - 1], error);
}

int rp_seeds_parse(const char *label, const char *text, size_t length, struct rp_seeds *seeds,
                   struct rp_error *error)
{
    *seeds = (struct rp_seeds){0};
    int result = rp_tsv_parse(label, text, length, HEADING, add_seed, seeds, error);
    if (result)
        rp_seeds_free(seeds);
    return result;
}

int rp_seeds_load(struct rp_seeds *seeds, struct rp_error *error)
{
    const struct rp_corpus_file *file = rp_corpus_find("seeds.tsv");
    if (!file)
        return rp_error_set(error, RP_EENVIRONMENT, "corpus/seeds.tsv is not built in: build again");
    return rp_seeds_parse("corpus/seeds.tsv", file->text, file->length, seeds, error);
}

void rp_seeds_free(struct rp_seeds *seeds)
{
    for (size_t i = 0; i < seeds->count; i++) {
        free(seeds->seed[i].name);
        free(seeds->seed[i].state);
        free(seeds->seed[i].raises);
        free(seeds->seed[i].why);
    }
    free(seeds->seed);
    *seeds = (struct rp_seeds){0};
}
