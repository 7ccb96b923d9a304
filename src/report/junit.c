/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JUnit's XML; see junit.h. There is no standard: written is what Ant's JUnit task writes, which Jenkins,
 * GitLab and the rest read: testsuites, testsuite, properties, testcase, failure, skipped, system-out. */
#include "report/junit.h"

#include "report/hole_class.h"
#include "report/inert.h"
#include "report/words.h"

#include <string.h>

void rp_junit_attribute(struct rp_text *text, const char *name, const char *value)
{
    rp_text_add(text, " %s=\"", name);
    rp_inert_html(text, value);
    rp_text_add(text, "\"");
}

/* The case of a class: its name is what people look for in a list, its id what machines compare. */
static void add_hole(struct rp_text *text, const struct rp_hole_class *one,
                     const struct rp_baseline *baseline)
{
    struct rp_text words = {0};
    rp_text_add(&words, "%s %s ", one->example->mnemonic, one->kind);
    rp_text_add(&words, "%s ", one->group);
    rp_words_id(one->id, &words);
    rp_text_add(text, "    <testcase");
    rp_junit_attribute(text, "classname", rp_mode_info(one->example->mode)->name);
    rp_junit_attribute(text, "name", rp_text_string(&words));
    rp_text_add(text, ">\n");
    rp_text_free(&words);
    if (one->news > RP_NEWS_KNOWN) {
        rp_words_news(one, baseline, &words);
        rp_text_add(text, "      <failure");
        rp_junit_attribute(text, "message", rp_text_string(&words));
        rp_junit_attribute(text, "type", rp_news_word(one->news));
        rp_text_add(text, ">");
        rp_text_free(&words);
        rp_words_hole_class(one, &words);
        rp_inert_html(text, rp_text_string(&words));
        rp_text_add(text, "</failure>\n");
        rp_text_free(&words);
    } else {
        rp_words_hole_class(one, &words);
    }
    if (one->example->replay)
        rp_text_add(&words, "%sringprobe replay %s", words.length ? " Again: " : "", one->example->replay);
    rp_text_add(text, "      <system-out>");
    rp_inert_html(text, rp_text_string(&words));
    rp_text_add(text, "</system-out>\n    </testcase>\n");
    rp_text_free(&words);
}

/* What the suite rests on: how much was judged. Skipped where that is not everything. */
static void add_judged(struct rp_text *text, const struct rp_mode_results *m, const char *mode)
{
    rp_text_add(text, "    <testcase");
    rp_junit_attribute(text, "classname", mode);
    rp_text_add(text, " name=\"every encoding was judged\">");
    if (m->count < m->encodings)
        rp_text_add(text, "<skipped message=\"%zu of %zu encodings were judged\"/>", m->count, m->encodings);
    rp_text_add(text, "<system-out>%zu encodings</system-out></testcase>\n", m->count);
}

static void add_property(struct rp_text *text, const char *name, const char *value)
{
    rp_text_add(text, "      <property");
    rp_junit_attribute(text, "name", name);
    rp_junit_attribute(text, "value", value);
    rp_text_add(text, "/>\n");
}

void rp_junit_properties(struct rp_text *text, const struct rp_configuration *c)
{
    rp_text_add(text, "    <properties>\n");
    add_property(text, "ringprobe", c->version);
    add_property(text, "executors", c->executors);
    add_property(text, "cpu", c->cpu);
    add_property(text, "kernel", c->kernel);
    add_property(text, "command", c->command);
    add_property(text, "policy", rp_policy_name(c->policy));
    rp_text_add(text, "    </properties>\n");
}

/* "2026-01-01T00:00:00", which readers want without a zone; nothing where the date is none. */
void rp_junit_timestamp(struct rp_text *text, const char *date)
{
    static const char form[] = "0000-00-00T00:00:00";
    char stamp[sizeof form] = "";
    for (size_t i = 0; i < sizeof form - 1; i++) {
        bool digit = date[i] >= '0' && date[i] <= '9';
        if (form[i] == '0' ? !digit : date[i] != form[i])
            return;
        stamp[i] = date[i];
    }
    rp_text_add(text, " timestamp=\"%s\"", stamp);
}

static void add_suite(struct rp_text *text, const struct rp_results *results,
                      const struct rp_hole_classes *classes, enum rp_mode mode)
{
    const char *name = rp_mode_info(mode)->name;
    const struct rp_mode_results *m = &results->mode[mode];
    size_t holes = 0, failures = 0;
    for (size_t i = 0; i < classes->count; i++) {
        bool mine = classes->one[i].example->mode == mode;
        holes += mine;
        failures += mine && classes->one[i].news > RP_NEWS_KNOWN;
    }
    rp_text_add(text, "  <testsuite name=\"ringprobe %s\" tests=\"%zu\" failures=\"%zu\" errors=\"0\"", name,
                holes + 1, failures);
    rp_text_add(text, " skipped=\"%d\"", m->count < m->encodings);
    rp_junit_timestamp(text, results->configuration.date);
    rp_text_add(text, ">\n");
    rp_junit_properties(text, &results->configuration);
    add_judged(text, m, name);
    for (size_t i = 0; i < classes->count; i++)
        if (classes->one[i].example->mode == mode)
            add_hole(text, &classes->one[i], results->baseline);
    rp_text_add(text, "  </testsuite>\n");
}

void rp_junit_report(const struct rp_results *results, const struct rp_style *style, struct rp_text *text)
{
    struct rp_hole_classes classes;
    (void)style;
    text->failed |= rp_hole_classes_make(&classes, results, NULL) != RP_OK;
    rp_text_add(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ringprobe\">\n");
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        if (results->mode[mode].scanned)
            add_suite(text, results, &classes, (enum rp_mode)mode);
    rp_text_add(text, "</testsuites>\n");
    rp_hole_classes_free(&classes);
}
