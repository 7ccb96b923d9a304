/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reader of the false leads; see hunt_leads.h. */
#include "campaign/hunt_leads_rows.h"

#include "base/hex.h"
#include "base/tsv.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char leads_heading[] =
    "id\tmodes\treason\tclass\tmap\topcode\tmodrm\tprefixes\tvendor\tlength\tkind\twhat\tsource";
static const char features_heading[] = "set\tflag\tsource";
enum column { ID, MODES, REASON, CLASS, MAP, OPCODE, MODRM, PREFIXES, VENDOR, LENGTH, KIND, WHAT, SOURCE };

static const char *const demands[] = {"-", "none", "66", "f3", "f2", "stripped", "fields", "v'"};
static_assert(sizeof demands / sizeof demands[0] == RP_LEAD_DEMAND_COUNT, "one word a demand");

static const char *const modes[] = {"all", "long64", "legacy"};
static const char *const classes[] = {"legacy", "3dnow", "xop", "vex", "evex", "-"};
static_assert(sizeof classes / sizeof classes[0] == RP_CLASS_COUNT + 1, "one word a class");
const char *const rp_lead_vendors[] = {"-", "AuthenticAMD", "GenuineIntel", "hypervisor"};
static const char *const kinds[] = {"hint-nop",      "newer",      "alias",
                                    "vendor",        "reserved",   "prefix-only",
                                    "field-ignored", "hypervisor", RP_FINDING_HIDDEN};

static int find_word(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return (int)i;
    return -1;
}
#define FIND(words, word) find_word(words, sizeof(words) / sizeof((words)[0]), word)

/* "-", "N" or "N-M" in hex, N <= M <= most. */
static int parse_range(const struct rp_tsv_row *row, enum column column, const char *text, uint64_t most,
                       int *first, int *last, struct rp_error *error)
{
    char low[16];
    uint64_t numbers[2];
    const char *dash = strchr(text, '-');
    *first = *last = RP_LEAD_ANY;
    if (strcmp(text, "-") == 0)
        return RP_OK;
    snprintf(low, sizeof low, "%.*s", dash ? (int)(dash - text) : 15, text);
    if (rp_hex_parse_u64(low, &numbers[0], NULL) ||
        rp_hex_parse_u64(dash ? dash + 1 : low, &numbers[1], NULL) || numbers[0] > numbers[1] ||
        numbers[1] > most)
        return rp_tsv_complain(row, error, "column %d: '%s' is no hex number or range up to %x", column + 1,
                               text, (unsigned)most);
    *first = (int)numbers[0];
    *last = (int)numbers[1];
    return RP_OK;
}

/* "-", "/R", "/R mem", "/R reg", or a range of bytes. */
static int parse_modrm(const struct rp_tsv_row *row, struct rp_lead *lead, struct rp_error *error)
{
    const char *text = row->column[MODRM];
    lead->reg = lead->mod = lead->modrm_first = lead->modrm_last = RP_LEAD_ANY;
    if (text[0] != '/')
        return parse_range(row, MODRM, text, 0xff, &lead->modrm_first, &lead->modrm_last, error);
    lead->reg = text[1] - '0';
    const char *rest = text[1] ? text + 2 : "?";
    if (strcmp(rest, " mem") == 0)
        lead->mod = 0;
    else if (strcmp(rest, " reg") == 0)
        lead->mod = 3;
    else if (*rest)
        lead->reg = -2;
    if (lead->reg < 0 || lead->reg > 7)
        return rp_tsv_complain(row, error, "'%s' is no ModRM: /0 to /7, with mem or reg behind it, or a byte",
                               text);
    return RP_OK;
}

/* "-", "?", "opcode", "+N", "-N". */
static int parse_length(const struct rp_tsv_row *row, struct rp_lead *lead, struct rp_error *error)
{
    const char *text = row->column[LENGTH];
    bool relative = (text[0] == '+' || text[0] == '-') && text[1] >= '1' && text[1] <= '9' && !text[2];
    lead->vendor = FIND(rp_lead_vendors, row->column[VENDOR]);
    if (lead->vendor < 0)
        return rp_tsv_complain(row, error, "'%s' is no vendor", row->column[VENDOR]);
    if (relative)
        lead->more = text[0] == '+' ? text[1] - '0' : '0' - text[1];
    lead->rule = relative                      ? RP_LEAD_RELATIVE
                 : strcmp(text, "?") == 0      ? RP_LEAD_UNKNOWN_LENGTH
                 : strcmp(text, "opcode") == 0 ? RP_LEAD_ENDS_AT_OPCODE
                                               : RP_LEAD_NO_LENGTH;
    if (lead->rule == RP_LEAD_NO_LENGTH && strcmp(text, "-") != 0)
        return rp_tsv_complain(row, error, "'%s' is no length: +N, -N, opcode, ? or -", text);
    if (lead->rule != RP_LEAD_NO_LENGTH && (lead->vendor == 0 || lead->reason != RP_FINDING_LENGTH))
        return rp_tsv_complain(row, error, "'%s' has a length, but no vendor or another reason",
                               row->column[ID]);
    return RP_OK;
}

static int parse_words(const struct rp_tsv_row *row, struct rp_lead *lead, struct rp_error *error)
{
    int demand = FIND(demands, row->column[PREFIXES]);
    lead->modes = FIND(modes, row->column[MODES]);
    lead->class = FIND(classes, row->column[CLASS]);
    lead->reason = RP_LEAD_ANY;
    for (unsigned i = 0; i < RP_FINDING_REASON_COUNT; i++)
        if (strcmp(row->column[REASON], rp_finding_reason_name((enum rp_finding_reason)i)) == 0)
            lead->reason = (int)i;
    if (demand < 0)
        return rp_tsv_complain(row, error, "'%s' is nothing to ask of prefixes", row->column[PREFIXES]);
    lead->demand = (enum rp_lead_demand)demand;
    if (lead->modes < 0)
        return rp_tsv_complain(row, error, "'%s' is no set of modes", row->column[MODES]);
    if (lead->class < 0)
        return rp_tsv_complain(row, error, "'%s' is no encoding class", row->column[CLASS]);
    if (lead->reason == RP_LEAD_ANY && strcmp(row->column[REASON], "any") != 0)
        return rp_tsv_complain(row, error, "'%s' is no reason", row->column[REASON]);
    if (FIND(kinds, row->column[KIND]) < 0)
        return rp_tsv_complain(row, error, "'%s' is no kind of lead", row->column[KIND]);
    return RP_OK;
}

static int parse_lead(const struct rp_tsv_row *row, struct rp_lead *lead, struct rp_error *error)
{
    int map_last, result = parse_words(row, lead, error);
    if (result == RP_OK)
        result = parse_range(row, MAP, row->column[MAP], 31, &lead->map, &map_last, error);
    if (result == RP_OK)
        result = parse_range(row, OPCODE, row->column[OPCODE], 0xff, &lead->opcode_first, &lead->opcode_last,
                             error);
    if (result == RP_OK)
        result = parse_modrm(row, lead, error);
    if (result == RP_OK)
        result = parse_length(row, lead, error);
    if (result)
        return result;
    if (!row->column[SOURCE][0])
        return rp_tsv_complain(row, error, "'%s' has no source", row->column[ID]);
    int id = snprintf(lead->id, sizeof lead->id, "%s", row->column[ID]);
    int why = snprintf(lead->why, sizeof lead->why, "%s", row->column[WHAT]);
    snprintf(lead->kind, sizeof lead->kind, "%s", row->column[KIND]);
    if (id == 0 || id >= (int)sizeof lead->id || why == 0 || why >= (int)sizeof lead->why)
        return rp_tsv_complain(row, error, "id or what is empty or too long");
    return RP_OK;
}

static int take_lead(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct rp_leads *leads = context;
    struct rp_lead lead = {0}, *grown;
    int result = parse_lead(row, &lead, error);
    if (result)
        return result;
    for (size_t i = 0; i < leads->leads; i++)
        if (strcmp(leads->lead[i].id, lead.id) == 0)
            return rp_tsv_complain(row, error, "'%s' stands here twice", lead.id);
    grown = realloc(leads->lead, (leads->leads + 1) * sizeof *grown);
    if (!grown)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for leads");
    leads->lead = grown;
    leads->lead[leads->leads++] = lead;
    return RP_OK;
}

static int take_feature(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct rp_leads *leads = context;
    struct rp_lead_feature feature, *grown;
    if (!row->column[0][0] || strlen(row->column[0]) >= sizeof feature.set || !row->column[1][0] ||
        strlen(row->column[1]) >= sizeof feature.flag || !row->column[2][0])
        return rp_tsv_complain(row, error, "a column is empty or too long");
    snprintf(feature.set, sizeof feature.set, "%s", row->column[0]);
    snprintf(feature.flag, sizeof feature.flag, "%s", row->column[1]);
    grown = realloc(leads->feature, (leads->features + 1) * sizeof *grown);
    if (!grown)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for features");
    leads->feature = grown;
    leads->feature[leads->features++] = feature;
    return RP_OK;
}

static int make(struct rp_leads **leads,
                int (*read)(struct rp_leads *, const char *const *, struct rp_error *),
                const char *const *texts, struct rp_error *error)
{
    struct rp_leads *made = calloc(1, sizeof *made);
    if (!made)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for leads");
    int result = read(made, texts, error);
    if (result)
        rp_leads_close(made);
    else
        *leads = made;
    return result;
}

static int read_corpus(struct rp_leads *leads, const char *const *texts, struct rp_error *error)
{
    (void)texts;
    int result = rp_tsv_read("hunt-leads.tsv", leads_heading, take_lead, leads, error);
    return result ? result : rp_tsv_read("hunt-features.tsv", features_heading, take_feature, leads, error);
}

static int read_texts(struct rp_leads *leads, const char *const *texts, struct rp_error *error)
{
    int result = rp_tsv_parse("leads", texts[0], strlen(texts[0]), leads_heading, take_lead, leads, error);
    return result ? result
                  : rp_tsv_parse("features", texts[1], strlen(texts[1]), features_heading, take_feature,
                                 leads, error);
}

int rp_leads_open(struct rp_leads **leads, struct rp_error *error)
{
    return make(leads, read_corpus, NULL, error);
}

int rp_leads_parse(const char *leads_text, const char *features_text, struct rp_leads **leads,
                   struct rp_error *error)
{
    const char *const texts[] = {leads_text, features_text};
    return make(leads, read_texts, texts, error);
}

void rp_leads_close(struct rp_leads *leads)
{
    if (!leads)
        return;
    free(leads->lead);
    free(leads->feature);
    free(leads);
}
