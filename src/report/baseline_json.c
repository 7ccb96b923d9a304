/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Baselines as JSON; see baseline.h. What changes from one machine to the next (times, the CPU, the command)
 * is not in it, so that it changes when holes do. */
#include "report/baseline.h"
#include "report/hole_class.h"
#include "report/json.h"
#include "report/words.h"

static void add_hole(struct rp_json *json, const struct rp_hole_class *one)
{
    rp_json_open_object(json, NULL);
    rp_json_id(json, one->id);
    rp_json_string(json, "mode", rp_mode_info(one->example->mode)->name);
    rp_json_string(json, "mnemonic", one->example->mnemonic);
    rp_json_string(json, "kind", one->kind);
    rp_json_string(json, "resource", one->group);
    rp_json_policies(json, "open", one->open);
    rp_json_policies(json, "unanswered", one->unanswered & ~one->open);
    rp_json_close(json);
}

void rp_baseline_report(const struct rp_results *results, const struct rp_style *style, struct rp_text *text)
{
    const struct rp_configuration *c = &results->configuration;
    struct rp_hole_classes classes;
    struct rp_json json;
    (void)style;
    text->failed |= rp_hole_classes_make(&classes, results, NULL) != RP_OK;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.baseline/1");
    rp_json_string(&json, "version", c->version);
    rp_json_string(&json, "executors", c->executors);
    rp_json_string(&json, "policy", rp_policy_name(c->policy));
    rp_json_policies(&json, "other_policies", c->other_policies);
    rp_json_modes(&json, "modes", c->modes);
    rp_json_open_array(&json, "holes");
    for (size_t i = 0; i < classes.count; i++)
        add_hole(&json, &classes.one[i]);
    rp_json_end_lines(&json, text);
    rp_hole_classes_free(&classes);
}

/* The ids of those that are `news`. */
static void add_ids(struct rp_json *json, const char *key, const struct rp_hole_classes *classes,
                    enum rp_news news)
{
    rp_json_open_array(json, key);
    for (size_t i = 0; i < classes->count; i++)
        if (classes->one[i].news == news) {
            struct rp_text id = {0};
            rp_words_id(classes->one[i].id, &id);
            rp_json_string(json, NULL, rp_text_string(&id));
            rp_text_free(&id);
        }
    rp_json_close(json);
}

bool rp_json_baseline(struct rp_json *json, const struct rp_results *results)
{
    struct rp_hole_classes classes;
    if (!results->baseline)
        return true;
    bool made = rp_hole_classes_make(&classes, results, NULL) == RP_OK;
    rp_json_open_object(json, "baseline");
    rp_json_string(json, "file", results->baseline->path);
    add_ids(json, "new", &classes, RP_NEWS_HOLE);
    add_ids(json, "opened", &classes, RP_NEWS_OPENED);
    rp_json_number(json, "unchanged", (int64_t)classes.news[RP_NEWS_KNOWN]);
    rp_json_number(json, "gone", (int64_t)classes.gone);
    rp_json_close(json);
    rp_hole_classes_free(&classes);
    return made;
}
