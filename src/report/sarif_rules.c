/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of a SARIF log: what a person reads who opens an alert and has never heard of Popek and Goldberg.
 * See sarif.h. */
#include "report/rules.h"
#include "report/sarif.h"

#include <stdlib.h>
#include <string.h>

#define HOLE                                                                                                 \
    "A virtualization hole is an instruction that is sensitive, it shows or changes what belongs to the "    \
    "machine and not to the program, and yet does not trap in ring 3. Popek and Goldberg (1974) showed "     \
    "that "                                                                                                  \
    "a virtual machine monitor can be built by trap-and-emulate if every sensitive instruction is "          \
    "privileged: each hole refutes this condition, and is what binary translation, paravirtualization or "   \
    "VT-x and SVM exist for."
#define PROOF                                                                                                \
    "Each result has a witness, two runs on one line, which `ringprobe replay` makes again. It holds in "    \
    "the mode and under the policy that it names. An alert closes when the hole is closed: by the controls " \
    "that the result names, by an intercept of the hypervisor, or by accepting it into the baseline."

static int order(const struct rp_hole_class *a, const struct rp_hole_class *b)
{
    int kinds = strcmp(a->kind, b->kind);
    return kinds ? kinds : strcmp(a->group, b->group);
}

static int compare(const void *a, const void *b)
{
    return order(*(const struct rp_hole_class *const *)a, *(const struct rp_hole_class *const *)b);
}

int rp_sarif_rules_make(struct rp_sarif_rules *rules, const struct rp_hole_classes *classes,
                        struct rp_error *error)
{
    size_t kept = 0;
    rules->count = 0;
    rules->rule = malloc((classes->count + 1) * sizeof(const struct rp_hole_class *));
    if (!rules->rule)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for rules");
    for (size_t i = 0; i < classes->count; i++)
        rules->rule[i] = &classes->one[i];
    qsort(rules->rule, classes->count, sizeof(const struct rp_hole_class *), compare);
    for (size_t i = 0; i < classes->count; i++)
        if (kept == 0 || order(rules->rule[i], rules->rule[kept - 1]) != 0)
            rules->rule[kept++] = rules->rule[i];
    rules->count = kept;
    return RP_OK;
}

void rp_sarif_rules_free(struct rp_sarif_rules *rules)
{
    free(rules->rule);
    *rules = (struct rp_sarif_rules){0};
}

size_t rp_sarif_rules_index(const struct rp_sarif_rules *rules, const struct rp_hole_class *one)
{
    const struct rp_hole_class **found =
        bsearch(&one, rules->rule, rules->count, sizeof(const struct rp_hole_class *), compare);
    return found ? (size_t)(found - rules->rule) : 0;
}

static void add_text(struct rp_json *json, const char *key, const struct rp_text *text,
                     const struct rp_text *markdown)
{
    rp_json_open_object(json, key);
    rp_json_string(json, "text", rp_text_string(text));
    if (markdown)
        rp_json_string(json, "markdown", rp_text_string(markdown));
    rp_json_close(json);
}

static void add_help(struct rp_json *json, const struct rp_rule_words *kind,
                     const struct rp_rule_words *group)
{
    struct rp_text plain = {0}, markdown = {0};
    rp_text_add(&plain, "%s\n\n%s\n\n%s: %s\n\n%s\n\nSources: %s; %s.", HOLE, kind->text, group->title,
                group->text, PROOF, kind->source, group->source);
    rp_text_add(
        &markdown,
        "## What this is\n\n%s\n\n%s\n\n**%s**: %s\n\n## What to do with it\n\n%s\n\n_Sources: %s; %s._\n",
        HOLE, kind->text, group->title, group->text, PROOF, kind->source, group->source);
    add_text(json, "help", &plain, &markdown);
    rp_text_free(&plain);
    rp_text_free(&markdown);
}

static void add_properties(struct rp_json *json)
{
    rp_json_open_object(json, "properties");
    rp_json_open_array(json, "tags");
    rp_json_string(json, NULL, "virtualization");
    rp_json_string(json, NULL, "popek-goldberg");
    rp_json_close(json);
    rp_json_string(json, "precision", "very-high"); /* nothing without a witness that was repeated */
    rp_json_string(json, "problem.severity", "error");
    rp_json_close(json);
}

/* "Shows the time-stamp counter in ring 3 without a trap". */
static void add_titles(struct rp_json *json, const struct rp_rule_words *kind,
                       const struct rp_rule_words *group)
{
    struct rp_text title = {0};
    rp_text_add(&title, "Virtualization hole: %s %s in ring 3 without a trap", kind->title, group->title);
    add_text(json, "shortDescription", &title, NULL);
    rp_text_free(&title);
    rp_text_add(&title, "%s %s: %s", kind->text, group->title, group->text);
    add_text(json, "fullDescription", &title, NULL);
    rp_text_free(&title);
}

static void add_rule(struct rp_json *json, const struct rp_rules *words, const struct rp_hole_class *one)
{
    struct rp_text id = {0};
    const struct rp_rule_words *kind = rp_rules_find(words, RP_RULE_KIND, one->kind);
    const struct rp_rule_words *group = rp_rules_find(words, RP_RULE_GROUP, one->group);
    rp_words_rule(one, &id);
    rp_json_open_object(json, NULL);
    rp_json_string(json, "id", rp_text_string(&id));
    if (kind && group) {
        add_titles(json, kind, group);
        add_help(json, kind, group);
    }
    rp_json_open_object(json, "defaultConfiguration");
    rp_json_string(json, "level", "error");
    rp_json_close(json);
    add_properties(json);
    rp_json_close(json);
    rp_text_free(&id);
}

int rp_sarif_rules_add(struct rp_json *json, const struct rp_sarif_rules *rules, struct rp_error *error)
{
    static struct rp_rules words;
    int result = rp_rules_load(&words, error);
    rp_json_open_array(json, "rules");
    for (size_t i = 0; i < rules->count; i++)
        add_rule(json, &words, rules->rule[i]);
    rp_json_close(json);
    return result;
}
