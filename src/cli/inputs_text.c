/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What inputs came to, as text and JSON; see inputs.h. */
#include "base/hex.h"
#include "cli/inputs.h"
#include "report/inert.h"
#include "report/json.h"
#include "report/words.h"

#include <string.h>

static const char *const sides[RP_FUZZ_SIDES] = {"ring 0", "ring 3", "ring 3 of the second"};
static const char *const keys[RP_FUZZ_SIDES] = {"ring0", "ring3", "second"};

static const char *hex_of(const struct rp_fuzz_input *input, char *hex)
{
    return rp_hex_print(hex, input->encoding.bytes, input->encoding.length);
}

/* The finding behind `at`; *at moves on. Its id, its sentence and its witness. */
static void add_finding(const char **at, struct rp_text *text)
{
    char id[RP_FINDING_ID_SIZE] = "?", why[RP_FINDING_WHY_MAX + 1] = "?",
         witness[RP_WITNESS_LINE_MAX + 1] = "?";
    const char *feed = strchr(*at, '\n');
    size_t length = feed ? (size_t)(feed - *at) : strlen(*at);
    rp_line_field(*at, length, "id", id, sizeof id);
    rp_line_field(*at, length, "why", why, sizeof why);
    rp_line_field(*at, length, "witness", witness, sizeof witness);
    rp_text_add(text, " %s, ", id);
    rp_inert_plain(text, why);
    rp_text_add(text, "\n    %s", witness);
    *at += length + (feed != NULL);
}

void rp_inputs_text(const struct rp_fuzz_tried *tried, struct rp_text *text)
{
    const struct rp_fuzz_input *input = tried->input;
    const char *separator = ": ", *finding = rp_text_string(tried->findings);
    char hex[2 * RP_ENCODING_MAX + 1], source[128] = "";
    rp_disassemble(input->mode, input->encoding.bytes, input->encoding.length, source, sizeof source);
    rp_text_add(text, "%s %s  (", rp_mode_info(input->mode)->name, hex_of(input, hex));
    rp_inert_plain(text, source);
    rp_text_add(text, ")  seed %s, %u tweaks", tried->facts->seeds.seed[input->seed].name, input->tweaks);
    for (unsigned side = 0; side < RP_FUZZ_SIDES; side++) {
        if (!tried->shown[side].present)
            continue;
        rp_text_add(text, "%s%s ", separator, sides[side]);
        rp_words_shown(&tried->shown[side], text);
        separator = "; ";
    }
    rp_text_add(text, "\n");
    for (unsigned i = 0; i < tried->looks; i++) {
        rp_text_add(text, "  %s: %s", rp_fuzz_oracle_name((enum rp_fuzz_oracle)tried->look[i].oracle),
                    rp_fuzz_look_name((enum rp_fuzz_look)tried->look[i].look));
        if (tried->look[i].look == RP_FUZZ_FOUND)
            add_finding(&finding, text);
        rp_text_add(text, "\n");
    }
}

void rp_inputs_json(const struct rp_fuzz_tried *tried, struct rp_text *text)
{
    const struct rp_fuzz_input *input = tried->input;
    char hex[2 * RP_ENCODING_MAX + 1];
    struct rp_json json;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.input/1");
    rp_json_string(&json, "encoding", hex_of(input, hex));
    rp_json_string(&json, "mode", rp_mode_info(input->mode)->name);
    rp_json_string(&json, "seed", tried->facts->seeds.seed[input->seed].name);
    rp_json_number(&json, "tweaks", input->tweaks);
    for (unsigned side = 0; side < RP_FUZZ_SIDES; side++)
        rp_json_shown(&json, keys[side], &tried->shown[side]);
    rp_json_open_array(&json, "looks");
    for (unsigned i = 0; i < tried->looks; i++) {
        rp_json_open_object(&json, NULL);
        rp_json_string(&json, "oracle", rp_fuzz_oracle_name((enum rp_fuzz_oracle)tried->look[i].oracle));
        rp_json_string(&json, "look", rp_fuzz_look_name((enum rp_fuzz_look)tried->look[i].look));
        rp_json_close(&json);
    }
    rp_json_end(&json, text);
    rp_text_add_bytes(text, rp_text_string(tried->findings), tried->findings->length);
}
