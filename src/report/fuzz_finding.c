/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings of a fuzz campaign; see fuzz_finding.h. */
#include "report/fuzz_finding.h"

#include "base/hex.h"
#include "base/json.h"
#include "report/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

const char *rp_fuzz_finding_id(const struct rp_fuzz_finding *f, char id[RP_FINDING_ID_SIZE])
{
    char key[256];
    int length = f->cause[0]
                     ? snprintf(key, sizeof key, "%s\t%s\t%s", f->oracle, f->cause, rp_policy_name(f->policy))
                     : snprintf(key, sizeof key, "%s\t%s\t%s\t%s\t%s", f->oracle, rp_mode_info(f->mode)->name,
                                f->name, f->detail, rp_policy_name(f->policy));
    snprintf(id, RP_FINDING_ID_SIZE, "rp-%016" PRIx64, (uint64_t)XXH64(key, (size_t)length, 0));
    return id;
}

uint64_t rp_fuzz_sharer(const struct rp_fuzz_finding *f)
{
    char id[RP_FINDING_ID_SIZE];
    return strtoull(rp_fuzz_finding_id(f, id) + 3, NULL, 16) << 32 |
           (uint32_t)XXH64(f->name, strlen(f->name), 0);
}

bool rp_fuzz_sharer_is_of(uint64_t sharer, uint64_t id)
{
    return sharer >> 32 == (uint32_t)id;
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
    struct rp_text hole = {0};
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
    rp_json_string(&json, "cause", f->cause[0] ? f->cause : NULL);
    rp_json_string(&json, "why", f->why);
    rp_json_string(&json, "found", rp_hex_print(hex, f->found.bytes, f->found.length));
    rp_json_string(&json, "found_witness", f->before[0] ? f->before : NULL);
    rp_json_number(&json, "confirmed", f->confirmed);
    if (f->hole)
        rp_words_id(f->hole, &hole);
    rp_json_string(&json, "hole", f->hole ? rp_text_string(&hole) : NULL);
    rp_text_free(&hole);
    rp_json_string(&json, "witness", f->witness);
    rp_json_end(&json, text);
}
