/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a hunt is kept; see hunt_place.h. */
#include "cli/hunt_place.h"

#include "cli/output.h"

#include <string.h>
#include <unistd.h>

static bool is_campaign(const char *path)
{
    const char *end = strrchr(path, '.');
    bool named_lines = end && strcmp(end, ".jsonl") == 0;
    return access(path, F_OK) ? !named_lines : rp_store_is_database(path);
}

static int check(const struct rp_options *options, struct rp_error *error)
{
    const char *output = options->output;
    if (options->executor_count != 1)
        return rp_error_set(error, RP_EINPUT, "a hunt runs on one executor, not on %u; name one with -x",
                            options->executor_count);
    if (strcmp(options->format->name, "markdown") == 0)
        return rp_error_set(error, RP_EINPUT, "a hunt is shown as text or json, not as markdown");
    if (options->resume && !output)
        return rp_error_set(error, RP_EINPUT, "--resume goes on with a file; name it with --output");
    if (options->import && !output)
        return rp_error_set(error, RP_EINPUT, "--import begins a campaign; name it with --output");
    if (output && strcmp(output, "-") == 0)
        return rp_error_set(error, RP_EINPUT,
                            "a hunt is kept in a file, not in '-'; -f json writes its findings there");
    return output ? rp_output_check(output, error) : RP_OK;
}

int rp_hunt_place_open(const struct rp_options *options, uint8_t modes, struct rp_hunt_place *place,
                       struct rp_error *error)
{
    struct rp_configuration *configuration = &place->results.configuration;
    int result = check(options, error);
    if (result || !options->output)
        return result;
    place->in_campaign = is_campaign(options->output);
    if (!place->in_campaign && options->import)
        return rp_error_set(error, RP_EINPUT,
                            "--import begins a campaign, and '%s' is JSON lines; name another file",
                            options->output);
    if (!place->in_campaign)
        return RP_OK;
    configuration->hunt = true;
    configuration->modes = modes;
    configuration->shard = options->shard;
    configuration->shards = options->shards;
    configuration->limit = options->limit;
    result = rp_configuration_make(options, configuration, &place->strings, error);
    place->campaign.results = &place->results;
    place->campaign.import = options->import;
    return result == RP_OK ? rp_store_open(options->output, true, &place->campaign.store, error) : result;
}

void rp_hunt_place_close(struct rp_hunt_place *place)
{
    rp_store_close(place->campaign.store);
    rp_results_free(&place->results);
    rp_text_free(&place->strings.command);
}

int rp_hunt_place_read(const char *path, struct rp_text *lines, struct rp_error *error)
{
    struct rp_store *store = NULL;
    int result = rp_store_open(path, false, &store, error);
    if (result == RP_OK)
        result = rp_store_hunt_read(store, lines, error);
    rp_store_close(store);
    return result;
}
