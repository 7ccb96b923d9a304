/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings of a fuzz campaign; see fuzz_finding.h. */
#include "report/fuzz_finding.h"

#include "base/hex.h"
#include "base/json.h"
#include "report/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

const char *rp_fuzz_finding_id(const struct rp_fuzz_finding *f, char id[RP_FINDING_ID_SIZE])
{
    char key[256];
    int length = snprintf(key, sizeof key, "%s\t%s\t%s\t%s\t%s", f->oracle, rp_mode_info(f->mode)->name,
                          f->name, f->detail, rp_policy_name(f->policy));
    snprintf(id, RP_FINDING_ID_SIZE, "rp-%016" PRIx64, (uint64_t)XXH64(key, (size_t)length, 0));
    return id;
}

static void add_executors(struct rp_json *json, const char *names)
{
    const char *plus = strchr(names, '+');
    size_t first = plus ? (size_t)(plus - names) : strlen(names);
    rp_json_open_array(json, "executors");
    rp_json_bytes(json, NULL, names, first);
    if (plus)
        rp_json_string(json, NULL, plus + 1);
    rp_json_close(json);
}

void rp_fuzz_finding_line(const struct rp_fuzz_finding *f, struct rp_text *text)
{
    char id[RP_FINDING_ID_SIZE], hex[2 * RP_ENCODING_MAX + 1];
    struct rp_json json;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.fuzz/1");
    rp_json_string(&json, "id", rp_fuzz_finding_id(f, id));
    rp_json_string(&json, "oracle", f->oracle);
    rp_json_string(&json, "encoding", rp_hex_print(hex, f->encoding.bytes, f->encoding.length));
    rp_json_string(&json, "mode", rp_mode_info(f->mode)->name);
    rp_json_string(&json, "mnemonic", f->name);
    rp_json_string(&json, "policy", rp_policy_name(f->policy));
    add_executors(&json, f->executor);
    rp_json_string(&json, "detail", f->detail);
    rp_json_string(&json, "why", f->why);
    rp_json_string(&json, "found", rp_hex_print(hex, f->found.bytes, f->found.length));
    rp_json_string(&json, "found_witness", f->before[0] ? f->before : NULL);
    rp_json_number(&json, "confirmed", f->confirmed);
    rp_json_string(&json, "witness", f->witness);
    rp_json_end(&json, text);
}

static void add_row(struct rp_table *table, const char *line, size_t length)
{
    static const char *const keys[] = {"id", "oracle", "mode", "mnemonic", "encoding", "why"};
    char value[RP_FINDING_WHY_MAX + 1];
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        rp_table_cell(table, i == 1 ? RP_TONE_STRONG : RP_TONE_PLAIN, "%s",
                      rp_line_field(line, length, keys[i], value, sizeof value) ? value : "?");
}

static void make_table(const char *lines, size_t length, struct rp_table *table)
{
    const char *end = lines + length;
    *table = (struct rp_table){.heading = {"id", "oracle", "mode", "instruction", "encoding", "what"},
                               .columns = 6};
    while (lines < end) {
        const char *feed = memchr(lines, '\n', (size_t)(end - lines));
        size_t span = (size_t)((feed ? feed : end) - lines);
        add_row(table, lines, span);
        lines += span + 1;
    }
}

static void add_summary(const struct rp_fuzz_summary *s, struct rp_text *text)
{
    rp_text_add(text,
                "%" PRIu64 " findings; %" PRIu64 " executions (%" PRIu64 " runs) showed %" PRIu64
                " behaviours, %" PRIu64 " by name and ends alone; %" PRIu64 " inputs are kept\n",
                s->findings, s->executions, s->runs, s->behaviours, s->coarse, s->inputs);
    if (s->baseline)
        rp_text_add(text, "%" PRIu64 " are not in the baseline\n", s->news);
}

void rp_fuzz_text(const char *lines, size_t length, const struct rp_fuzz_summary *summary,
                  const struct rp_style *style, struct rp_text *text)
{
    struct rp_table table;
    make_table(lines, length, &table);
    if (rp_table_rows(&table)) {
        rp_table_text(&table, style, text);
        rp_text_add(text, "\n");
    }
    rp_table_free(&table);
    add_summary(summary, text);
    if (length)
        rp_text_add(text,
                    "Each can be run again: ringprobe replay, with its line or the file of all lines.\n");
}

void rp_fuzz_markdown(const char *lines, size_t length, const struct rp_fuzz_summary *summary,
                      const struct rp_style *style, struct rp_text *text)
{
    struct rp_table table;
    (void)style;
    rp_text_add(text, "# Fuzz campaign\n\n");
    add_summary(summary, text);
    make_table(lines, length, &table);
    if (rp_table_rows(&table)) {
        rp_text_add(text, "\n");
        rp_table_markdown(&table, text);
    }
    rp_table_free(&table);
}
