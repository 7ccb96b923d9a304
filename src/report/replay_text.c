/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a replay came to; see replay_text.h. */
#include "report/replay_text.h"

#include "base/hex.h"
#include "report/inert.h"
#include "report/json.h"
#include "report/words.h"
#include "x86/decode.h"

#include <string.h>

static void title(const struct rp_witness *witness, const char *executor, const struct rp_style *style,
                  struct rp_text *text)
{
    char source[128], hex[2 * RP_ENCODING_MAX + 1];
    const struct rp_encoding *encoding = &witness->encoding;
    rp_disassemble(witness->mode, encoding->bytes, encoding->length, source, sizeof source);
    rp_text_add(text, "%s", rp_style_on(style, RP_TONE_STRONG));
    rp_inert_plain(text, source);
    rp_text_add(text, "%s  (%s)  %s, policy %s, on ", rp_style_off(style, RP_TONE_STRONG),
                rp_hex_print(hex, encoding->bytes, encoding->length), rp_mode_info(witness->mode)->name,
                rp_policy_name(witness->policy));
    rp_inert_plain(text, executor);
    rp_text_add(text, ": %s witness\n", rp_sensitivity_name(witness->kind));
}

/* What a run began with, beyond the default state. */
static void begun(const struct rp_witness *witness, int run, struct rp_text *text)
{
    rp_text_add(text, "  from    ");
    rp_machine_print(&witness->run[run].machine, witness->run[run].ring, witness->mode, witness->policy,
                     text);
    rp_text_add(text, "\n");
}

/* The executor of one of a divergence's runs, out of "unicorn+native". */
static void add_maker(const char *executor, int number, struct rp_text *text)
{
    size_t first = strcspn(executor, "+");
    if (number)
        rp_text_add(text, "%s", executor + first + (executor[first] == '+'));
    else
        rp_text_add_bytes(text, executor, first);
}

static void run_title(const struct rp_witness *witness, const char *executor, int number,
                      struct rp_text *text)
{
    struct rp_text maker = {0};
    if (witness->kind == RP_KIND_DIVERGENCE) {
        add_maker(executor, number, &maker);
        rp_text_add(text, "on ");
        rp_inert_plain(text, rp_text_string(&maker));
        rp_text_add(text, "\n");
    } else {
        bool control = witness->kind == RP_SENSITIVE_CONTROL, finding = witness->kind == RP_KIND_FINDING;
        rp_text_add(text, "%s\n",
                    finding && number    ? "when it was found"
                    : control || finding ? "the run"
                    : number             ? "second run"
                                         : "first run");
    }
    rp_text_free(&maker);
}

static void run(const struct rp_witness *witness, const char *executor, const struct rp_replay *replay,
                int number, struct rp_text *text)
{
    char name[RP_COMPONENT_NAME_MAX];
    bool control = witness->kind == RP_SENSITIVE_CONTROL;
    run_title(witness, executor, number, text);
    if (witness->kind != RP_KIND_FINDING || number == 0)
        begun(witness, number, text);
    rp_text_add(text, "  outcome ");
    rp_words_shown(&replay->shown[number], text);
    rp_text_add(text, "\n");
    if (witness->component >= RP_CELL_OUTCOME) /* which is all there is to say */
        return;
    rp_text_add(text, "  %s", rp_witness_component_name(witness->component, witness->field, name));
    if (control) {
        rp_text_add(text, " was ");
        rp_words_value(witness->component, replay->value[0], text);
    }
    rp_text_add(text, control ? ", is " : " = ");
    rp_words_value(witness->component, replay->value[control ? 1 : number], text);
    rp_text_add(text, "\n");
}

void rp_replay_text(const char *line, const struct rp_witness *witness, const char *executor,
                    const struct rp_replay *replay, const struct rp_style *style, struct rp_text *text)
{
    (void)line;
    title(witness, executor, style, text);
    rp_text_add(text, "program   ");
    rp_user_print(&witness->user, witness->mode, text);
    rp_text_add(text, "\n");
    run(witness, executor, replay, 0, text);
    if (witness->kind != RP_SENSITIVE_CONTROL)
        run(witness, executor, replay, 1, text);
    enum rp_tone tone = replay->reproduced ? RP_TONE_GOOD : RP_TONE_ALARM;
    rp_text_add(text, "%s%s", rp_style_on(style, tone),
                replay->reproduced ? "reproduces" : "does not reproduce: ");
    if (!replay->reproduced)
        rp_inert_plain(text, replay->why);
    rp_text_add(text, "%s\n", rp_style_off(style, tone));
}

static void add_run(struct rp_json *json, const struct rp_witness *witness, const char *executor,
                    const struct rp_replay *replay, int number)
{
    struct rp_text maker = {0};
    rp_json_open_object(json, number ? "b" : "a");
    add_maker(executor, number, &maker);
    if (witness->kind == RP_KIND_DIVERGENCE)
        rp_json_string(json, "executor", rp_text_string(&maker));
    rp_text_free(&maker);
    rp_json_number(json, "ring", witness->run[number].ring);
    rp_json_hex(json, "value", replay->value[number]);
    rp_json_shown(json, "shown", &replay->shown[number]);
    rp_json_close(json);
}

void rp_replay_json(const char *line, const struct rp_witness *witness, const char *executor,
                    const struct rp_replay *replay, const struct rp_style *style, struct rp_text *text)
{
    struct rp_json json;
    char hex[2 * RP_ENCODING_MAX + 1], name[RP_COMPONENT_NAME_MAX];
    (void)style;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.replay/1");
    rp_json_string(&json, "encoding", rp_hex_print(hex, witness->encoding.bytes, witness->encoding.length));
    rp_json_string(&json, "mode", rp_mode_info(witness->mode)->name);
    rp_json_string(&json, "policy", rp_policy_name(witness->policy));
    rp_json_string(&json, "executor", executor);
    rp_json_string(&json, "kind", rp_sensitivity_name(witness->kind));
    rp_json_string(&json, "component", rp_witness_component_name(witness->component, witness->field, name));
    rp_json_bool(&json, "reproduced", replay->reproduced);
    rp_json_string(&json, "why", replay->reproduced ? NULL : replay->why);
    add_run(&json, witness, executor, replay, 0);
    add_run(&json, witness, executor, replay, 1);
    rp_json_string(&json, "replay", line);
    rp_json_end(&json, text);
}

/* Indented by four, so that nothing in it can be markup (CommonMark 4.4). */
void rp_replay_markdown(const char *line, const struct rp_witness *witness, const char *executor,
                        const struct rp_replay *replay, const struct rp_style *style, struct rp_text *text)
{
    struct rp_text page = {0};
    const struct rp_style plain = {.columns = style->columns};
    rp_replay_text(line, witness, executor, replay, &plain, &page);
    rp_inert_markdown_block(text, &page);
    rp_text_free(&page);
}
