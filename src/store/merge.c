/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shards into one campaign; see merge.h. Each file is first read as a report reads it, which finds what is
 * damaged or missing in it; then SQLite copies its rows, in the order of the shards and not of the arguments.
 */
#include "store/merge.h"

#include "base/path.h"
#include "store/hunt.h"
#include "store/merge_hunt.h"
#include "x86/form.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct merge {
    struct rp_merge_part *part; /* by shard, then by what tells two files of one shard apart */
    size_t parts;
    bool by_machine;
    const volatile sig_atomic_t *stop;
    struct rp_configuration whole; /* of what comes out, of one machine */
    struct rp_text command;
    struct rp_merged *merged;
};

static unsigned shards_of(const struct rp_configuration *configuration)
{
    return configuration->shards > 1 ? configuration->shards : 1;
}

static int interrupted(const struct merge *merge, struct rp_error *error)
{
    return merge->stop && *merge->stop ? rp_error_set(error, RP_EINTERRUPTED, "interrupted") : RP_OK;
}

/* The command of a shard, with other words in place of its own --shard. */
static void add_command(struct rp_text *text, const struct rp_configuration *c, const char *words)
{
    char own[48];
    int length = snprintf(own, sizeof own, " --shard %u/%u", c->shard, c->shards);
    const char *at = strstr(c->command, own);
    if (at)
        rp_text_add(text, "%.*s%s%s", (int)(at - c->command), c->command, words, at + length);
    else
        rp_text_add(text, "%s", c->command);
}

static int damaged(const struct rp_merge_part *part, const char *how, struct rp_error *error)
{
    const struct rp_configuration *c = &part->results.configuration;
    return rp_error_set(error, RP_EINPUT, "the campaign '%s' is damaged: as shard %u/%u it %s", part->path,
                        c->shard, shards_of(c), how);
}

static int check_part(const struct rp_merge_part *part, struct rp_error *error)
{
    const struct rp_configuration *c = &part->results.configuration;
    if (!rp_store_complete(part->store))
        return rp_error_set(error, RP_EINPUT,
                            "the shard '%s' (%u/%u) is unfinished; go on with it: %s -o %s%s", part->path,
                            c->shard, shards_of(c), c->command ? c->command : "ringprobe scan", part->path,
                            c->hunt ? " --resume" : "");
    if (!c->date || !c->command)
        return damaged(part, "does not say what made it", error);
    if (c->shard >= shards_of(c))
        return damaged(part, "cannot be", error);
    for (size_t i = 0; i < part->results.count; i++) {
        const struct rp_verdict *v = rp_results_at(&part->results, i);
        int result = rp_results_told(&part->results, error);
        if (result)
            return result;
        if (rp_form_shard(v->form, c->shards) != c->shard)
            return damaged(part, "has verdicts of another shard", error);
    }
    return RP_OK;
}

/* Its verdicts stay in the file: what is copied are rows. */
static int read_part(struct rp_merge_part *part, struct rp_error *error)
{
    bool hunt = false;
    int result = rp_store_open(part->path, false, &part->store, error);
    if (result == RP_OK && part->store->converted)
        result = rp_error_set(
            error, RP_EINPUT,
            "the shard '%s' has the schema of an earlier version; scan or hunt with -o '%s', as it was "
            "made, brings it up to date",
            part->path, part->path);
    if (result == RP_OK)
        result = rp_store_is_hunt(part->store, &hunt, error);
    if (result == RP_OK)
        result = hunt ? rp_merge_hunt_load(part, error) : rp_store_stream(part->store, &part->results, error);
    if (result == RP_OK)
        result = check_part(part, error);
    if (result == RP_OK)
        result = rp_store_number(part->store, "SELECT sittings FROM effort", &part->sittings, error);
    rp_results_free(&part->results);
    if (part->store)
        rp_store_let_go(part->store);
    return result;
}

/* Of two files of one shard the first in this order is copied, whatever the order of the arguments. */
static int by_shard(const void *a, const void *b)
{
    const struct rp_merge_part *x = a, *y = b;
    const struct rp_configuration *c = &x->results.configuration, *d = &y->results.configuration;
    int order = (c->shard > d->shard) - (c->shard < d->shard);
    if (order == 0)
        order = strcmp(c->date, d->date);
    if (order == 0)
        order = (x->results.seconds > y->results.seconds) - (x->results.seconds < y->results.seconds);
    return order ? order : strcmp(x->path, y->path);
}

struct refusal {
    bool by_machine;              /* what machines differ in is none */
    const char *mend, *otherwise; /* `otherwise` helps only where machines differ */
    const char *path[2];          /* the second NULL: what the shards together are */
    int result;
    struct rp_error *error;
};

static void refuse(void *context, const char *name, const char *a, const char *b)
{
    struct refusal *refusal = context;
    const char *path = refusal->path[1], *quote = path ? "'" : "";
    if (refusal->by_machine && rp_setting_is_machine(name))
        return;
    if (refusal->result == RP_OK)
        refusal->result = rp_error_set(
            refusal->error, RP_EINPUT,
            "'%s' and %s%s%s are not of one campaign: %s '%s' of the first, '%s' of the second; %s%s",
            refusal->path[0], quote, path ? path : "the merged shards", quote, name, a, b, refusal->mend,
            rp_setting_is_machine(name) ? refusal->otherwise : "");
}

/* Refuses two files by the first setting that they differ in; which shard they are is none. */
static int compare(const char *path_a, const struct rp_configuration *a, const char *path_b,
                   const struct rp_configuration *b, bool by_machine, const char *mend, const char *otherwise,
                   struct rp_error *error)
{
    struct refusal refusal = {by_machine, mend, otherwise, {path_a, path_b}, RP_OK, error};
    struct rp_configuration same = *b;
    same.shard = a->shard;
    int result = rp_configuration_compare(a, &same, refuse, &refusal, error);
    return result ? result : refusal.result;
}

/* The first setting that two machines differ in puts one of them before the other. */
static void note_order(void *context, const char *name, const char *a, const char *b)
{
    int *order = context;
    if (*order == 0 && rp_setting_is_machine(name))
        *order = strcmp(a, b);
}

/* Of configurations that are alike in what options choose, but the shard. */
static int machine_order(const struct rp_configuration *a, const struct rp_configuration *b)
{
    int order = 0;
    struct rp_configuration same = *b;
    same.shard = a->shard;
    return rp_configuration_compare(a, &same, note_order, &order, NULL) ? strcmp(a->cpu, b->cpu) : order;
}

static int by_machine_and_shard(const void *a, const void *b)
{
    const struct rp_merge_part *x = a, *y = b;
    int order = machine_order(&x->results.configuration, &y->results.configuration);
    return order ? order : by_shard(a, b);
}

/* The parts of the machine that part `first` is of end before this. */
static size_t end_of_machine(const struct merge *merge, size_t first)
{
    size_t end = first;
    while (end < merge->parts && merge->part[end].machine == merge->part[first].machine)
        end++;
    return end;
}

/* Numbers machines, and marks files of a shard that an earlier one has. */
static void arrange(struct merge *merge)
{
    qsort(merge->part, merge->parts, sizeof *merge->part, by_machine_and_shard);
    merge->merged->machines = 1;
    for (size_t i = 1; i < merge->parts; i++) {
        struct rp_merge_part *part = &merge->part[i], *before = part - 1;
        bool same = machine_order(&before->results.configuration, &part->results.configuration) == 0;
        merge->merged->machines += !same;
        part->machine = before->machine + !same;
        part->again = same && part->results.configuration.shard == before->results.configuration.shard;
        merge->merged->twice += part->again;
    }
}

/* The configuration of what comes out for the machine of part `first`. */
static int choose_whole(struct merge *merge, size_t first, struct rp_error *error)
{
    rp_text_free(&merge->command);
    merge->whole = merge->part[first].results.configuration;
    add_command(&merge->command, &merge->whole, "");
    merge->whole.command = rp_text_string(&merge->command);
    merge->whole.shard = merge->whole.shards = 0;
    return merge->command.failed ? rp_store_memory(error) : RP_OK;
}

static int read_parts(struct merge *merge, char *const *file, struct rp_error *error)
{
    int result = RP_OK;
    for (size_t i = 0; i < merge->parts && result == RP_OK; i++) {
        merge->part[i].path = file[i];
        result = read_part(&merge->part[i], error);
        if (result == RP_OK)
            result = compare(
                file[0], &merge->part[0].results.configuration, file[i],
                &merge->part[i].results.configuration, merge->by_machine,
                merge->part[0].results.configuration.hunt ? "merge what one machine hunted alike"
                : merge->by_machine                       ? "merge what was asked for alike"
                                                          : "merge what one machine judged alike",
                merge->by_machine || merge->part[0].results.configuration.hunt ? "" : ", or --by-machine",
                error);
        if (result == RP_OK)
            result = interrupted(merge, error);
    }
    if (result)
        return result;
    if (merge->by_machine && merge->part[0].results.configuration.hunt)
        return rp_error_set(error, RP_EINPUT,
                            "--by-machine is about scans, and '%s' is a hunt's; diff "
                            "compares the hunts of two machines",
                            file[0]);
    arrange(merge);
    merge->merged->hunt = merge->part[0].results.configuration.hunt;
    merge->merged->shards = shards_of(&merge->part[0].results.configuration);
    return choose_whole(merge, 0, error);
}

/* The first that is missing, with the command that makes it. */
static int check_missing_of(const struct merge *merge, size_t from, size_t end, struct rp_error *error)
{
    const struct rp_configuration *c = &merge->part[from].results.configuration;
    unsigned shards = merge->merged->shards, missing = shards, first = 0;
    struct rp_text command = {0};
    char words[48];
    for (size_t i = from; i < end; i++)
        missing -= !merge->part[i].again;
    if (missing == 0)
        return RP_OK;
    for (size_t i = from; i < end; i++)
        first += merge->part[i].results.configuration.shard == first;
    snprintf(words, sizeof words, " --shard %u/%u", first, shards);
    add_command(&command, c, words);
    int result =
        command.failed ? rp_store_memory(error)
        : missing == 1
            ? rp_error_set(error, RP_EINPUT, "shard %u/%u is missing; make it: %s -o FILE", first, shards,
                           command.data)
            : rp_error_set(error, RP_EINPUT, "shard %u/%u is missing, and %u others; make them: %s -o FILE",
                           first, shards, missing - 1, command.data);
    rp_text_free(&command);
    return result;
}

static int check_missing(const struct merge *merge, struct rp_error *error)
{
    int result = RP_OK;
    for (size_t first = 0, end; first < merge->parts && result == RP_OK; first = end) {
        end = end_of_machine(merge, first);
        result = check_missing_of(merge, first, end, error);
    }
    return result;
}

/* The rows of one machine. The configuration of the first is there already. */
static int fill_machine(struct rp_store *store, struct merge *merge, size_t first, size_t end,
                        struct rp_error *error)
{
    int result = choose_whole(merge, first, error);
    store->machine = merge->part[first].machine;
    if (result == RP_OK && store->machine)
        result = rp_settings_write(store, &merge->whole, error);
    if (result == RP_OK && merge->whole.hunt)
        result = rp_merge_hunt_rows(store, &merge->part[first], end - first, error);
    for (size_t i = first; i < end && result == RP_OK && !merge->whole.hunt; i++) {
        result = rp_merge_rows(store, &merge->part[i], merge->part[i].again, error);
        if (result == RP_OK)
            result = interrupted(merge, error);
    }
    if (result == RP_OK)
        result = rp_merge_effort(store, &merge->part[first], end - first, merge->whole.command, error);
    store->machine = 0;
    return result;
}

/* The rows of a new file; behind them it is packed, since shards come interleaved. */
static int fill(struct rp_store *store, void *context, struct rp_error *error)
{
    struct merge *merge = context;
    int result = RP_OK;
    for (size_t first = 0, end; first < merge->parts && result == RP_OK; first = end) {
        end = end_of_machine(merge, first);
        result = fill_machine(store, merge, first, end, error);
    }
    if (result == RP_OK)
        result = rp_merge_check_whole(store, merge->whole.limit, error);
    return result == RP_OK ? rp_store_run(store, "VACUUM", error) : result;
}

/* Finds, in a file that is there, the machine of part `first`, and numbers its parts so. */
static int find_machine(struct rp_store *store, struct merge *merge, size_t first, size_t end,
                        struct rp_error *error)
{
    unsigned machines = 0;
    int result = choose_whole(merge, first, error);
    if (result == RP_OK)
        result = rp_store_machines(store, &machines, error);
    for (store->machine = 0; store->machine < machines && result == RP_OK; store->machine++) {
        struct rp_configuration there = {0};
        bool last = store->machine + 1 == machines;
        result = rp_settings_read(store, &there, error);
        if (result == RP_OK && (!last || merge->by_machine) && machine_order(&there, &merge->whole) != 0 &&
            !last)
            continue;
        if (result == RP_OK)
            result = compare(store->path, &there, NULL, &merge->whole, false, "give another file", "", error);
        break;
    }
    for (size_t i = first; i < end; i++)
        merge->part[i].machine = store->machine;
    store->machine = 0;
    return result;
}

static const char scan_unfinished[] =
    "SELECT count(*) FROM configuration AS c WHERE name = 'modes' AND "
    "length(value) - length(replace(value, ',', '')) + 1 <> "
    "(SELECT count(*) FROM mode WHERE complete AND mode.machine = c.machine)";

/* A file that is there: of the same campaign, whole, and with all that the shards have. */
static int verify(struct rp_store *store, struct merge *merge, struct rp_error *error)
{
    uint64_t unfinished = 0;
    int result = RP_OK;
    for (size_t first = 0, end; first < merge->parts && result == RP_OK; first = end) {
        end = end_of_machine(merge, first);
        result = find_machine(store, merge, first, end, error);
    }
    if (result == RP_OK)
        result = rp_store_number(store, merge->whole.hunt ? RP_HUNT_UNFINISHED : scan_unfinished, &unfinished,
                                 error);
    if (result == RP_OK && unfinished)
        result = rp_error_set(error, RP_EINPUT,
                              "'%s' is there and no merge but an unfinished %s; give another file",
                              store->path, merge->whole.hunt ? "hunt" : "scan");
    for (size_t i = 0; i < merge->parts && result == RP_OK; i++) {
        result = merge->whole.hunt ? rp_merge_hunt_verify(store, &merge->part[i], error)
                                   : rp_merge_rows(store, &merge->part[i], true, error);
        if (result == RP_OK)
            result = interrupted(merge, error);
    }
    merge->merged->nothing_new = true;
    return result;
}

/* Opened twice by one process, a file loses its locks when one of the two is closed. */
static int check_other_file(const char *out, const char *file, struct rp_error *error)
{
    if (!rp_path_same(out, file))
        return RP_OK;
    return rp_error_set(error, RP_EINPUT, "'%s' cannot be both a shard and the campaign", out);
}

static int write_whole(struct merge *merge, const char *out, struct rp_error *error)
{
    struct rp_store *store;
    int result = rp_store_open(out, true, &store, error);
    if (result == RP_OK && store->db) {
        result = verify(store, merge, error);
    } else if (result == RP_OK) {
        result = check_missing(merge, error);
        if (result == RP_OK)
            result = rp_store_make_file(store, &merge->whole, fill, merge, error);
        if (result == RP_OK)
            result = rp_store_open_file(store, error);
    }
    uint64_t encodings = 0;
    if (result == RP_OK)
        result = rp_store_number(store, merge->whole.hunt ? RP_HUNT_FINDINGS : "SELECT count(*) FROM verdict",
                                 &encodings, error);
    merge->merged->encodings = encodings;
    rp_store_close(store);
    return result;
}

int rp_store_merge(const char *out, char *const *file, size_t count, bool by_machine,
                   const volatile sig_atomic_t *stop, struct rp_merged *merged, struct rp_error *error)
{
    struct merge merge = {.part = calloc(count, sizeof *merge.part),
                          .parts = count,
                          .by_machine = by_machine,
                          .stop = stop,
                          .merged = merged};
    int result = RP_OK;
    *merged = (struct rp_merged){0};
    if (!merge.part)
        return rp_store_memory(error);
    for (size_t i = 0; i < count && result == RP_OK; i++)
        result = check_other_file(out, file[i], error);
    if (result == RP_OK)
        result = read_parts(&merge, file, error);
    if (result == RP_OK)
        result = write_whole(&merge, out, error);
    for (size_t i = 0; i < count; i++)
        rp_store_close(merge.part[i].store);
    rp_text_free(&merge.command);
    free(merge.part);
    return result;
}
