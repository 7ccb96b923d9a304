/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Differences as JSON lines; see difference.h. */
#include "base/hex.h"
#include "report/difference.h"
#include "report/json.h"

static void add_setting(struct rp_json *json, const struct rp_setting_difference *setting)
{
    rp_json_string(json, "what", "configuration");
    rp_json_string(json, "change", "changed");
    rp_json_string(json, "name", setting->name);
    rp_json_string(json, "old", setting->old);
    rp_json_string(json, "new", setting->new);
}

static void add_encoding_of(struct rp_json *json, const char *key, const struct rp_verdict *v)
{
    char hex[2 * RP_ENCODING_MAX + 1];
    rp_hex_print(hex, v->encoding.bytes, v->encoding.length);
    rp_json_string(json, key, hex);
}

static void add_finding(struct rp_json *json, const struct rp_finding_difference *finding)
{
    rp_json_string(json, "what", "finding");
    rp_json_string(json, "change", finding->appeared ? "appeared" : "vanished");
    rp_json_id(json, finding->id);
    rp_json_string(json, "mode", rp_mode_info(finding->example->mode)->name);
    rp_json_string(json, "mnemonic", finding->example->mnemonic);
    rp_json_number(json, "encodings", (int64_t)finding->encodings);
    add_encoding_of(json, "example", finding->example);
    rp_json_class(json, finding->appeared ? "new" : "old", finding->example);
}

static void add_encoding(struct rp_json *json, const struct rp_encoding_difference *encoding)
{
    static const char *const names[] = {"verdict", "sensitivity", "resources", "closed_by", "by_policy"};
    const struct rp_verdict *any = encoding->old ? encoding->old : encoding->new;
    rp_json_string(json, "what", "encoding");
    rp_json_string(json, "change", !encoding->old ? "appeared" : !encoding->new ? "vanished" : "changed");
    rp_json_string(json, "mode", rp_mode_info(any->mode)->name);
    add_encoding_of(json, "encoding", any);
    rp_json_string(json, "mnemonic", any->mnemonic);
    rp_json_open_array(json, "differs");
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (encoding->parts >> i & 1)
            rp_json_string(json, NULL, names[i]);
    rp_json_close(json);
    rp_json_class(json, "old", encoding->old);
    rp_json_class(json, "new", encoding->new);
}

size_t rp_differences_lines(const struct rp_differences *d)
{
    return d->settings + d->findings + d->encodings;
}

void rp_differences_line(const struct rp_differences *d, size_t line, struct rp_text *text)
{
    struct rp_json json;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.difference/1");
    if (line < d->settings)
        add_setting(&json, &d->setting[line]);
    else if (line < d->settings + d->findings)
        add_finding(&json, &d->finding[line - d->settings]);
    else
        add_encoding(&json, &d->encoding[line - d->settings - d->findings]);
    rp_json_end(&json, text);
}
