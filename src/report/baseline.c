/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading and writing baselines; see baseline.h. */
#include "report/baseline.h"

#include "base/json_read.h"
#include "base/rows.h"
#include "report/hole_class.h"
#include "report/json.h"
#include "report/words.h"
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A baseline that is being read. */
struct reading {
    struct rp_baseline *baseline;
    enum rp_policy policy; /* that it must be of */
    bool begun;            /* something of it is of scans, and so says which holes there are */
};

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static int by_id(const void *a, const void *b)
{
    return by_number(&((const struct rp_known_hole *)a)->id, &((const struct rp_known_hole *)b)->id);
}

/* Sorts, and makes one of those with the same id. */
static void settle(struct rp_baseline *baseline)
{
    struct rp_known_hole *hole = baseline->hole;
    size_t kept = 0;
    if (baseline->count)
        qsort(hole, baseline->count, sizeof *hole, by_id);
    for (size_t i = 0; i < baseline->count; i++) {
        if (kept == 0 || hole[i].id != hole[kept - 1].id) {
            hole[kept++] = hole[i];
        } else {
            hole[kept - 1].open |= hole[i].open;
            hole[kept - 1].unanswered |= hole[i].unanswered;
            hole[kept - 1].modes |= hole[i].modes;
        }
    }
    baseline->count = kept;
    if (baseline->findings)
        qsort(baseline->finding, baseline->findings, sizeof *baseline->finding, by_number);
}

static int no_memory(struct rp_error *error)
{
    return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the baseline");
}

static int add(struct rp_baseline *baseline, struct rp_known_hole hole, struct rp_error *error)
{
    struct rp_known_hole *row =
        rp_rows_add((void **)&baseline->hole, &baseline->count, &baseline->capacity, sizeof *row);
    if (!row)
        return no_memory(error);
    *row = hole;
    return RP_OK;
}

static int broken(const struct reading *reading, const char *what, struct rp_error *error)
{
    return rp_error_set(error, RP_EINPUT, "the baseline '%s' is damaged: %s", reading->baseline->path, what);
}

/* Every part of it says which policy it is of. */
static int check_policy(struct reading *reading, const char *name, struct rp_error *error)
{
    enum rp_policy policy;
    if (!name || !rp_policy_find(name, &policy))
        return broken(reading, "it names no policy", error);
    if (policy != reading->policy)
        return rp_error_set(
            error, RP_EINPUT,
            "the baseline '%s' is of policy %s and cannot be compared with one of %s; make one "
            "with -p %s",
            reading->baseline->path, name, rp_policy_name(reading->policy), rp_policy_name(reading->policy));
    reading->baseline->policies |= 1u << policy;
    return RP_OK;
}

static unsigned policies_of(const struct rp_json_value *names)
{
    unsigned policies = 0;
    enum rp_policy policy;
    for (size_t i = 0; i < rp_json_elements(names); i++) {
        const char *name = rp_json_text(rp_json_element(names, i));
        if (name && rp_policy_find(name, &policy))
            policies |= 1u << policy;
    }
    return policies;
}

static int take_mode(const struct reading *reading, const char *name, uint8_t *modes, struct rp_error *error)
{
    enum rp_mode mode;
    if (!name || !rp_mode_find(name, &mode))
        return broken(reading, "it names a mode that there is not", error);
    *modes = (uint8_t)(*modes | 1u << mode);
    return RP_OK;
}

static int take_modes(const struct reading *reading, const struct rp_json_value *names, uint8_t *modes,
                      struct rp_error *error)
{
    int result = RP_OK;
    for (size_t i = 0; i < rp_json_elements(names) && result == RP_OK; i++)
        result = take_mode(reading, rp_json_text(rp_json_element(names, i)), modes, error);
    return result;
}

/* "rp-0123456789abcdef". */
static bool parse_id(const char *text, uint64_t *id)
{
    char *end = NULL;
    if (!text || strncmp(text, "rp-", 3) != 0 || strlen(text) != 19 ||
        strspn(text + 3, "0123456789abcdef") != 16)
        return false;
    *id = strtoull(text + 3, &end, 16);
    return true;
}

static int take_hole(struct reading *reading, const struct rp_json_value *hole, unsigned open,
                     unsigned unanswered, struct rp_error *error)
{
    struct rp_known_hole known = {.open = open | 1u << reading->policy, .unanswered = unanswered};
    if (!parse_id(rp_json_member_text(hole, "id"), &known.id))
        return broken(reading, "a hole without an id", error);
    int result = take_mode(reading, rp_json_member_text(hole, "mode"), &known.modes, error);
    return result ? result : add(reading->baseline, known, error);
}

/* A verdict, of a line or of a report. */
static int take_verdict(struct reading *reading, const struct rp_json_value *verdict, struct rp_error *error)
{
    const struct rp_json_value *answers = rp_json_member(verdict, "by_policy");
    const char *judgement = rp_json_member_text(verdict, "verdict");
    unsigned by_answer[RP_ANSWER_HOLE + 1] = {0};
    int result = check_policy(reading, rp_json_member_text(verdict, "policy"), error);
    if (result == RP_OK)
        result = take_mode(reading, rp_json_member_text(verdict, "mode"), &reading->baseline->modes, error);
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++) {
        const char *answer = rp_json_member_text(answers, rp_policy_name((enum rp_policy)i));
        reading->baseline->policies |= answer ? 1u << i : 0;
        for (unsigned a = 0; answer && a <= RP_ANSWER_HOLE; a++)
            by_answer[a] |= strcmp(answer, rp_answer_word((enum rp_policy_answer)a)) == 0 ? 1u << i : 0;
    }
    if (result || !judgement || strcmp(judgement, rp_judgement_name(RP_VERDICT_HOLE)) != 0)
        return result;
    return take_hole(reading, verdict, by_answer[RP_ANSWER_HOLE], by_answer[RP_ANSWER_UNKNOWN], error);
}

/* The configuration of a report, and the document that is a baseline, have these. */
static int take_heading(struct reading *reading, const struct rp_json_value *heading, struct rp_error *error)
{
    const char *executors = rp_json_member_text(heading, "executors");
    struct rp_baseline *baseline = reading->baseline;
    int result = take_modes(reading, rp_json_member(heading, "modes"), &baseline->modes, error);
    baseline->policies |= policies_of(rp_json_member(heading, "other_policies"));
    if (executors && !baseline->executors.length)
        rp_words_executor_names(executors, &baseline->executors);
    return result ? result : check_policy(reading, rp_json_member_text(heading, "policy"), error);
}

static int take_report(struct reading *reading, const struct rp_json_value *report, struct rp_error *error)
{
    const struct rp_json_value *verdicts = rp_json_member(report, "verdicts");
    int result = take_heading(reading, rp_json_member(report, "configuration"), error);
    if (result == RP_OK && !rp_json_is_array(verdicts))
        return broken(reading, "it has no verdicts, not even an empty list of them", error);
    for (size_t i = 0; i < rp_json_elements(verdicts) && result == RP_OK; i++)
        result = take_verdict(reading, rp_json_element(verdicts, i), error);
    return result;
}

static int take_baseline(struct reading *reading, const struct rp_json_value *document,
                         struct rp_error *error)
{
    const struct rp_json_value *holes = rp_json_member(document, "holes");
    int result = take_heading(reading, document, error);
    if (result == RP_OK && !rp_json_is_array(holes))
        return broken(reading, "it has no holes, not even an empty list of them", error);
    for (size_t i = 0; i < rp_json_elements(holes) && result == RP_OK; i++) {
        const struct rp_json_value *hole = rp_json_element(holes, i);
        result = take_hole(reading, hole, policies_of(rp_json_member(hole, "open")),
                           policies_of(rp_json_member(hole, "unanswered")), error);
    }
    return result;
}

/* A line of a fuzz campaign. */
static int take_finding(struct reading *reading, const struct rp_json_value *finding, struct rp_error *error)
{
    struct rp_baseline *baseline = reading->baseline;
    uint64_t id;
    if (!parse_id(rp_json_member_text(finding, "id"), &id))
        return broken(reading, "a finding without an id", error);
    uint64_t *row = rp_rows_add((void **)&baseline->finding, &baseline->findings, &baseline->finding_capacity,
                                sizeof *row);
    if (!row)
        return no_memory(error);
    *row = id;
    return RP_OK;
}

/* What a fuzz campaign's -f baseline wrote, or its report. */
static int take_findings(struct reading *reading, const struct rp_json_value *document,
                         struct rp_error *error)
{
    const struct rp_json_value *findings = rp_json_member(document, "findings");
    int result = check_policy(reading, rp_json_member_text(document, "policy"), error);
    if (result == RP_OK && !rp_json_is_array(findings))
        return broken(reading, "it has no findings, not even an empty list of them", error);
    for (size_t i = 0; i < rp_json_elements(findings) && result == RP_OK; i++)
        result = take_finding(reading, rp_json_element(findings, i), error);
    return result;
}

static int take_document(struct reading *reading, const struct rp_json_value *document,
                         struct rp_error *error)
{
    static const struct {
        const char *schema;
        bool scan;
        int (*take)(struct reading *reading, const struct rp_json_value *document, struct rp_error *error);
    } readers[] = {{"ringprobe.baseline/1", true, take_baseline},
                   {"ringprobe.report/1", true, take_report},
                   {"ringprobe.verdict/1", true, take_verdict},
                   {"ringprobe.fuzz/1", false, take_finding},
                   {"ringprobe.fuzz-baseline/1", false, take_findings},
                   {"ringprobe.fuzz-report/1", false, take_findings}};
    const char *schema = rp_json_member_text(document, "schema");
    for (size_t i = 0; schema && i < sizeof readers / sizeof readers[0]; i++)
        if (strcmp(schema, readers[i].schema) == 0) {
            reading->begun |= readers[i].scan;
            return readers[i].take(reading, document, error);
        }
    return rp_error_set(error, RP_EINPUT,
                        "'%s' is no baseline: neither a campaign nor what -f baseline or -f json wrote",
                        reading->baseline->path);
}

static int read_json(struct reading *reading, FILE *file, struct rp_error *error)
{
    struct rp_json_value *document = NULL;
    int result;
    do {
        rp_json_release(document);
        result = rp_json_read(file, reading->baseline->path, &document, error);
        if (result == RP_OK && document)
            result = take_document(reading, document, error);
    } while (result == RP_OK && document);
    rp_json_release(document);
    return result;
}

static int read_campaign(struct reading *reading, struct rp_error *error)
{
    struct rp_baseline *baseline = reading->baseline;
    struct rp_results results = {0};
    struct rp_hole_classes classes = {0};
    struct rp_store *store = NULL;
    int result = rp_store_open(baseline->path, false, &store, error);
    if (result == RP_OK)
        result = rp_store_stream(store, &results, error);
    if (result == RP_OK)
        result = check_policy(reading, rp_policy_name(results.configuration.policy), error);
    if (result == RP_OK)
        result = rp_hole_classes_make(&classes, &results, error);
    if (result == RP_OK)
        result = rp_results_told(&results, error);
    baseline->policies |= classes.policies;
    baseline->modes = results.configuration.modes;
    if (result == RP_OK)
        rp_words_executor_names(results.configuration.executors, &baseline->executors);
    for (size_t i = 0; i < classes.count && result == RP_OK; i++)
        result = add(baseline,
                     (struct rp_known_hole){classes.one[i].id, classes.one[i].open, classes.one[i].unanswered,
                                            (uint8_t)(1u << classes.one[i].example->mode)},
                     error);
    rp_hole_classes_free(&classes);
    rp_results_free(&results);
    rp_store_close(store);
    return result;
}

static int read_baseline(struct rp_baseline *baseline, const char *path, enum rp_policy policy, bool scan,
                         struct rp_error *error)
{
    static const char magic[] = "SQLite format 3"; /* with its NUL (SQLite file format, 1.2) */
    struct reading reading = {.baseline = baseline, .policy = policy};
    char head[sizeof magic] = "";
    *baseline = (struct rp_baseline){.path = path};
    FILE *file = fopen(path, "re");
    if (!file)
        return rp_error_system(error, errno, "cannot read the baseline '%s'", path);
    bool campaign = fread(head, 1, sizeof head, file) == sizeof head && memcmp(head, magic, sizeof head) == 0;
    rewind(file);
    int result = campaign ? read_campaign(&reading, error) : read_json(&reading, file, error);
    fclose(file);
    settle(baseline);
    if (result == RP_OK && scan && !campaign && !reading.begun && !baseline->findings)
        return broken(&reading, "it is empty", error);
    if (result == RP_OK && scan && !campaign && !reading.begun)
        return rp_error_set(error, RP_EINPUT,
                            "'%s' is a baseline of fuzz campaigns alone and says nothing of holes", path);
    return result;
}

int rp_baseline_read(struct rp_baseline *baseline, const char *path, enum rp_policy policy,
                     struct rp_error *error)
{
    return read_baseline(baseline, path, policy, true, error);
}

int rp_baseline_read_findings(struct rp_baseline *baseline, const char *path, enum rp_policy policy,
                              struct rp_error *error)
{
    return read_baseline(baseline, path, policy, false, error);
}

bool rp_baseline_has_finding(const struct rp_baseline *baseline, uint64_t id, uint64_t hole)
{
    const struct rp_known_hole wanted = {.id = hole};
    return (baseline->findings &&
            bsearch(&id, baseline->finding, baseline->findings, sizeof id, by_number) != NULL) ||
           (hole && baseline->count &&
            bsearch(&wanted, baseline->hole, baseline->count, sizeof wanted, by_id) != NULL);
}

void rp_baseline_free(struct rp_baseline *baseline)
{
    free(baseline->hole);
    free(baseline->finding);
    rp_text_free(&baseline->executors);
    *baseline = (struct rp_baseline){0};
}
