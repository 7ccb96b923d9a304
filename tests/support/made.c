/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results made by hand; see made.h. */
#include "support/made.h"

#include "base/hex.h"
#include "support/suite.h"
#include "x86/decode.h"
#include "x86/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void made_init(struct made *made)
{
    memset(made, 0, sizeof *made);
    made->results.verdict = made->verdict;
    made->results.configuration = (struct rp_configuration){
        .version = "0.0",
        .corpus = "0123456789abcdef",
        .executors = "fake 1 (emulated)",
        .cpu = "a CPU",
        .hypervisor = "",
        .kernel = "Linux 0",
        .date = "2026-01-01T00:00:00Z",
        .command = "ringprobe scan",
        .policy = RP_POLICY_LEGACY,
        .other_policies = 1u << RP_POLICY_LINUX | 1u << RP_POLICY_HARDENED,
        .modes = 1u << RP_MODE_PROT32 | 1u << RP_MODE_LONG64,
        .random_seed = 7,
        .seeds = 12,
        .resources = 60,
    };
    made->results.seconds = 2.5;
    made->results.peak_pss = 100 << 20;
}

void made_free(struct made *made)
{
    for (size_t i = 0; i < made->results.count; i++)
        rp_verdict_free(&made->verdict[i]);
}

struct rp_verdict *made_add(struct made *made, enum rp_mode mode, const char *hex,
                            enum rp_judgement judgement)
{
    size_t length = 0;
    struct rp_instruction instruction;
    struct rp_verdict *verdict = &made->verdict[made->results.count++];
    assert_true(made->results.count <= sizeof made->verdict / sizeof made->verdict[0]);
    memset(verdict, 0, sizeof *verdict);
    assert_int_equal(rp_hex_parse(hex, verdict->encoding.bytes, RP_ENCODING_MAX, &length, NULL), RP_OK);
    verdict->encoding.length = (uint8_t)length;
    verdict->mode = mode;
    verdict->judgement = judgement;
    verdict->form = rp_form_id(mode, &verdict->encoding);
    verdict->runs = 96;
    verdict->resource = verdict->field = RP_RESOURCE_NONE;
    verdict->decoded = rp_decode(mode, verdict->encoding.bytes, length, &instruction, NULL) == RP_OK;
    snprintf(verdict->mnemonic, sizeof verdict->mnemonic, "%s",
             verdict->decoded ? instruction.mnemonic : "cell");
    snprintf(verdict->name, sizeof verdict->name, "%s", verdict->decoded ? instruction.name : "cell");
    assert_int_equal(rp_verdict_opinions(verdict, RP_OPINIONS_MAX, NULL), RP_OK);
    verdict->opinions = 1;
    verdict->opinion[0] = (struct rp_opinion){
        .executor = "fake", .provenance = RP_PROVENANCE_EMULATED, .decides = true, .judgement = judgement};
    for (int i = 0; i < 2; i++)
        verdict->opinion[0].ring[i] =
            (struct rp_shown){.present = true, .kind = RP_OUTCOME_RETIRED, .length = (uint8_t)length};
    made->results.mode[mode].scanned = true;
    made->results.mode[mode].count++;
    made->results.runs += verdict->runs;
    return verdict;
}

void made_hole(struct rp_verdict *verdict, enum rp_sensitivity kind, enum rp_resource resource,
               enum rp_policy_answer linux_answer, enum rp_policy_answer hardened)
{
    char line[128], hex[2 * RP_ENCODING_MAX + 1];
    verdict->sensitivity = (uint8_t)kind;
    rp_resource_set_add(&verdict->resources, resource);
    verdict->owner = rp_resource_info(resource)->owner;
    verdict->by_policy[RP_POLICY_LINUX] = linux_answer;
    verdict->by_policy[RP_POLICY_HARDENED] = hardened;
    verdict->has_witness = true;
    verdict->witness_kind = kind;
    verdict->component = RP_REG_RAX;
    verdict->resource = resource;
    verdict->a = (struct rp_witness_side){.ring = 3, .value = 1};
    verdict->b = (struct rp_witness_side){.ring = 3, .value = 2};
    snprintf(verdict->witness_executor, sizeof verdict->witness_executor, "fake");
    snprintf(line, sizeof line, "rp1:fake:%s:%s", rp_mode_info(verdict->mode)->name,
             rp_hex_print(hex, verdict->encoding.bytes, verdict->encoding.length));
    verdict->replay = strdup(line);
}

void made_silicon(struct rp_verdict *verdict, enum rp_judgement judgement, struct rp_shown ring3)
{
    struct rp_opinion *opinion = &verdict->opinion[verdict->opinions++];
    *opinion = (struct rp_opinion){.executor = "native",
                                   .provenance = RP_PROVENANCE_SILICON,
                                   .as_found = true,
                                   .one_ring = true,
                                   .decides = judgement == RP_VERDICT_HOLE,
                                   .judgement = judgement,
                                   .ring = {{.present = false}, ring3}};
    opinion->ring[1].present = true;
}

void made_divergence(struct rp_verdict *verdict, uint32_t cell, uint64_t bits, const char *known)
{
    static unsigned number;
    char line[64];
    struct rp_divergence *d =
        realloc(verdict->divergence, (verdict->divergences + 1u) * sizeof *verdict->divergence);
    assert_non_null(d);
    verdict->divergence = d;
    d += verdict->divergences++;
    *d = (struct rp_divergence){.executor = {"fake", "native"},
                                .cell = cell,
                                .bits = bits,
                                .answer = {{1, 0, {0}}, {2, bits, {0}}},
                                .answers = 2};
    snprintf(d->known, sizeof d->known, "%s", known);
    snprintf(line, sizeof line, "rp1:fake+native:line-%u", number++);
    d->replay = strdup(line);
}

char *made_report(const struct made *made, const char *format, unsigned columns)
{
    const struct rp_style style = {.columns = columns};
    struct rp_text text = {0};
    const struct rp_format *row = rp_format_find(format);
    assert_non_null(row);
    row->report(&made->results, &style, &text);
    assert_false(text.failed);
    rp_text_add(&text, "%s", "");
    return text.data;
}
