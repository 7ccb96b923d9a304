/* SPDX-License-Identifier: GPL-2.0-or-later */
/* False leads; see hunt_leads.h. */
#include "campaign/hunt_leads.h"

#include "base/hex.h"
#include "base/tsv.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANY (-1)

static const char leads_heading[] =
    "id\tmodes\treason\tclass\tmap\topcode\tmodrm\tprefixes\tvendor\tlength\tkind\twhat\tsource";
static const char features_heading[] = "set\tflag\tsource";
enum column { ID, MODES, REASON, CLASS, MAP, OPCODE, MODRM, PREFIXES, VENDOR, LENGTH, KIND, WHAT, SOURCE };

/* What a row asks of prefixes. */
enum demand {
    NO_DEMAND,
    NO_PREFIX,
    PREFIX_66,
    PREFIX_F3,
    PREFIX_F2,
    STRIPPED,
    FIELDS,
    V_PRIME,
    DEMAND_COUNT
};
static const char *const demands[] = {"-", "none", "66", "f3", "f2", "stripped", "fields", "v'"};
static_assert(sizeof demands / sizeof demands[0] == DEMAND_COUNT, "one word a demand");

static const char *const modes[] = {"all", "long64", "legacy"};
static const char *const classes[] = {"legacy", "3dnow", "xop", "vex", "evex", "-"};
static_assert(sizeof classes / sizeof classes[0] == RP_CLASS_COUNT + 1, "one word a class");
#define HYPERVISOR 3 /* any: the kernel does not tell which */
static const char *const vendors[] = {"-", "AuthenticAMD", "GenuineIntel", "hypervisor"};
static const char *const kinds[] = {"hint-nop",      "newer",      "alias",
                                    "vendor",        "reserved",   "prefix-only",
                                    "field-ignored", "hypervisor", RP_FINDING_HIDDEN};

/* What a row says of the length, where a CPU and the decoder differ. */
enum rule { NO_LENGTH, UNKNOWN_LENGTH, ENDS_AT_OPCODE, RELATIVE };

struct lead {
    char id[24], kind[RP_FINDING_CLASS_MAX], why[RP_FINDING_WHY_MAX];
    int modes, reason, class, map;
    int opcode_first, opcode_last, modrm_first, modrm_last, reg, mod;
    enum demand demand;
    int vendor;
    enum rule rule;
    int more; /* of RELATIVE: bytes */
};

struct feature {
    char set[32], flag[32];
};

struct rp_leads {
    struct lead *lead;
    size_t leads;
    struct feature *feature;
    size_t features;
};

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
    *first = *last = ANY;
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
static int parse_modrm(const struct rp_tsv_row *row, struct lead *lead, struct rp_error *error)
{
    const char *text = row->column[MODRM];
    lead->reg = lead->mod = lead->modrm_first = lead->modrm_last = ANY;
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
static int parse_length(const struct rp_tsv_row *row, struct lead *lead, struct rp_error *error)
{
    const char *text = row->column[LENGTH];
    bool relative = (text[0] == '+' || text[0] == '-') && text[1] >= '1' && text[1] <= '9' && !text[2];
    lead->vendor = FIND(vendors, row->column[VENDOR]);
    if (lead->vendor < 0)
        return rp_tsv_complain(row, error, "'%s' is no vendor", row->column[VENDOR]);
    if (relative)
        lead->more = text[0] == '+' ? text[1] - '0' : '0' - text[1];
    lead->rule = relative                      ? RELATIVE
                 : strcmp(text, "?") == 0      ? UNKNOWN_LENGTH
                 : strcmp(text, "opcode") == 0 ? ENDS_AT_OPCODE
                                               : NO_LENGTH;
    if (lead->rule == NO_LENGTH && strcmp(text, "-") != 0)
        return rp_tsv_complain(row, error, "'%s' is no length: +N, -N, opcode, ? or -", text);
    if (lead->rule != NO_LENGTH && (lead->vendor == 0 || lead->reason != RP_FINDING_LENGTH))
        return rp_tsv_complain(row, error, "'%s' has a length, but no vendor or another reason",
                               row->column[ID]);
    return RP_OK;
}

static int parse_words(const struct rp_tsv_row *row, struct lead *lead, struct rp_error *error)
{
    int demand = FIND(demands, row->column[PREFIXES]);
    lead->modes = FIND(modes, row->column[MODES]);
    lead->class = FIND(classes, row->column[CLASS]);
    lead->reason = ANY;
    for (unsigned i = 0; i < RP_FINDING_REASON_COUNT; i++)
        if (strcmp(row->column[REASON], rp_finding_reason_name((enum rp_finding_reason)i)) == 0)
            lead->reason = (int)i;
    if (demand < 0)
        return rp_tsv_complain(row, error, "'%s' is nothing to ask of prefixes", row->column[PREFIXES]);
    lead->demand = (enum demand)demand;
    if (lead->modes < 0)
        return rp_tsv_complain(row, error, "'%s' is no set of modes", row->column[MODES]);
    if (lead->class < 0)
        return rp_tsv_complain(row, error, "'%s' is no encoding class", row->column[CLASS]);
    if (lead->reason == ANY && strcmp(row->column[REASON], "any") != 0)
        return rp_tsv_complain(row, error, "'%s' is no reason", row->column[REASON]);
    if (FIND(kinds, row->column[KIND]) < 0)
        return rp_tsv_complain(row, error, "'%s' is no kind of lead", row->column[KIND]);
    return RP_OK;
}

static int parse_lead(const struct rp_tsv_row *row, struct lead *lead, struct rp_error *error)
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
    struct lead lead = {0}, *grown;
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
    struct feature feature, *grown;
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

static bool decodes(enum rp_mode mode, const uint8_t *bytes, size_t length)
{
    struct rp_instruction instruction;
    return rp_decode(mode, bytes, length, &instruction, NULL) == RP_OK;
}

/* Without all its prefixes but LOCK, which a CPU that takes it where none is allowed has to be asked about.
 */
static bool decodes_stripped(const struct rp_finding *f, const struct rp_prefix_scan *scan)
{
    uint8_t bytes[RP_ENCODING_MAX] = {0};
    if (scan->lock || scan->prefix_length == 0)
        return false;
    memcpy(bytes, f->encoding.bytes + scan->prefix_length,
           (size_t)(f->encoding.length - scan->prefix_length));
    return decodes(f->mode, bytes, sizeof bytes);
}

/* With EVEX.V' set, which is P2[3] (SDM Vol. 2A section 2.7.1). */
static bool decodes_with_v_prime(const struct rp_finding *f, const struct rp_prefix_scan *scan)
{
    uint8_t bytes[RP_ENCODING_MAX] = {0};
    if (scan->class != RP_CLASS_EVEX)
        return false;
    memcpy(bytes, f->encoding.bytes, f->encoding.length);
    bytes[scan->prefix_length + 3] |= 0x08;
    return decodes(f->mode, bytes, sizeof bytes);
}

/* With another vector length, W, or vvvv as none and as register 2 (SDM Vol. 2A section 2.3.5.6: stored
 * inverted). */
static bool decodes_with_other_fields(const struct rp_finding *f, const struct rp_prefix_scan *scan)
{
    static const uint8_t vvvv[] = {0x78, 0x68};
    uint8_t bytes[RP_ENCODING_MAX] = {0};
    if (scan->class == RP_CLASS_LEGACY || scan->class == RP_CLASS_3DNOW)
        return false;
    memcpy(bytes, f->encoding.bytes, f->encoding.length);
    bool evex = scan->class == RP_CLASS_EVEX, wide = f->encoding.bytes[scan->prefix_length] != 0xc5;
    uint8_t *p = &bytes[scan->prefix_length + (wide ? 2 : 1)], *length = evex ? p + 1 : p;
    uint8_t p_as_is = *p, length_as_is = *length;
    for (unsigned i = 0; i < 2u * 2 * 4; i++) {
        unsigned w = i & 1, v = i >> 1 & 1, l = i >> 2 & 3;
        *length = length_as_is;
        *p = (uint8_t)((p_as_is & (wide ? 0x07 : 0x87)) | vvvv[v] | (wide ? w << 7 : 0));
        *length = (uint8_t)(evex ? (*length & ~0x60u) | l << 5 : (*length & ~4u) | (l & 1) << 2);
        if (decodes(f->mode, bytes, sizeof bytes))
            return true;
    }
    return false;
}

static bool fits_demand(const struct lead *lead, const struct rp_finding *f,
                        const struct rp_prefix_scan *scan)
{
    bool vector = scan->class != RP_CLASS_LEGACY;
    int selects = vector               ? scan->pp
                  : scan->repeat       ? (scan->repeat == 0xf3 ? 2 : 3)
                  : scan->operand_size ? 1
                                       : 0;
    switch (lead->demand) {
    case NO_PREFIX:
        return selects == 0;
    case PREFIX_66:
        return selects == 1;
    case PREFIX_F3:
        return selects == 2;
    case PREFIX_F2:
        return selects == 3;
    case STRIPPED:
        return decodes_stripped(f, scan);
    case FIELDS:
        return decodes_with_other_fields(f, scan);
    case V_PRIME:
        return decodes_with_v_prime(f, scan);
    case NO_DEMAND:
    case DEMAND_COUNT:
        break;
    }
    return true;
}

static bool within(int first, int last, int value)
{
    return first == ANY || (value >= first && value <= last);
}

static bool fits_modrm(const struct lead *lead, const struct rp_prefix_scan *scan)
{
    if (lead->reg == ANY && lead->modrm_first == ANY)
        return true;
    return scan->has_modrm && within(lead->modrm_first, lead->modrm_last, scan->modrm) &&
           within(lead->reg, lead->reg, scan->modrm >> 3 & 7) &&
           within(lead->mod, lead->mod, scan->modrm >= 0xc0 ? 3 : 0);
}

/* NULL: nobody knows whose CPU it is; a row that knows no length would then explain any. */
static bool fits_vendor(const struct lead *lead, const struct rp_cpu *cpu)
{
    if (lead->vendor == 0 || !cpu)
        return lead->rule != UNKNOWN_LENGTH;
    return lead->vendor == HYPERVISOR ? cpu->hypervisor[0] != '\0'
                                      : strcmp(vendors[lead->vendor], cpu->vendor) == 0;
}

/* What the row says of the length; 0: nothing that is known. */
static uint8_t length_of(const struct lead *lead, uint8_t decoded_length, const struct rp_prefix_scan *scan)
{
    if (lead->rule == RELATIVE)
        return (uint8_t)(decoded_length + lead->more);
    return lead->rule == ENDS_AT_OPCODE ? (uint8_t)(scan->opcode_offset + 1) : 0;
}

static bool fits_mode(const struct lead *lead, enum rp_mode mode)
{
    return lead->modes == 0 || (lead->modes == 1) == (mode == RP_MODE_LONG64);
}

static bool fits(const struct lead *lead, const struct rp_finding *f, const struct rp_prefix_scan *scan)
{
    return fits_mode(lead, f->mode) && within(lead->reason, lead->reason, (int)f->reason) &&
           (lead->class == RP_CLASS_COUNT || lead->class == (int)scan->class) &&
           within(lead->map, lead->map, scan->map) &&
           within(lead->opcode_first, lead->opcode_last, scan->opcode) && fits_modrm(lead, scan) &&
           fits_demand(lead, f, scan);
}

void rp_leads_classify(const struct rp_leads *leads, const struct rp_cpu *cpu, struct rp_finding *finding)
{
    struct rp_prefix_scan scan;
    uint8_t bytes[RP_ENCODING_MAX] = {0};
    memcpy(bytes, finding->encoding.bytes, finding->encoding.length);
    snprintf(finding->class, sizeof finding->class, "%s", RP_FINDING_UNEXPLAINED);
    finding->why[0] = '\0';
    if (!rp_prefix_scan(finding->mode, bytes, sizeof bytes, &scan))
        return;
    for (size_t i = 0; i < leads->leads; i++) {
        const struct lead *lead = &leads->lead[i];
        if (!fits(lead, finding, &scan) || !fits_vendor(lead, cpu))
            continue;
        uint8_t length = length_of(lead, finding->decoded_length, &scan);
        if (length && length != finding->shown.length)
            continue;
        memcpy(finding->class, lead->kind, sizeof finding->class);
        memcpy(finding->why, lead->why, sizeof finding->why);
        return;
    }
}

uint8_t rp_leads_length(const struct rp_leads *leads, const struct rp_cpu *cpu, enum rp_mode mode,
                        const uint8_t bytes[RP_ENCODING_MAX], const struct rp_instruction *instruction,
                        const char **row)
{
    struct rp_finding finding = {.mode = mode, .reason = RP_FINDING_LENGTH};
    memcpy(finding.encoding.bytes, bytes, RP_ENCODING_MAX);
    finding.encoding.length = RP_ENCODING_MAX;
    *row = NULL;
    for (size_t i = 0; i < leads->leads; i++) {
        const struct lead *lead = &leads->lead[i];
        if (lead->rule == NO_LENGTH || !fits_vendor(lead, cpu) ||
            !fits(lead, &finding, &instruction->prefixes))
            continue;
        *row = lead->id;
        return length_of(lead, instruction->length, &instruction->prefixes);
    }
    return instruction->length;
}

const char *rp_leads_length_row(const struct rp_leads *leads, const struct rp_cpu *cpu, enum rp_mode mode,
                                size_t number)
{
    for (size_t i = 0; i < leads->leads; i++) {
        const struct lead *lead = &leads->lead[i];
        bool counts = lead->rule > UNKNOWN_LENGTH && fits_vendor(lead, cpu) && fits_mode(lead, mode);
        if (counts && number-- == 0)
            return lead->id;
    }
    return NULL;
}

const char *rp_leads_feature(const struct rp_leads *leads, const struct rp_instruction *instruction)
{
    for (size_t i = 0; i < leads->features; i++) {
        const char *set = leads->feature[i].set;
        size_t length = strlen(set);
        bool prefix = set[length - 1] == '*';
        if (prefix ? strncmp(instruction->isa_set, set, length - 1) == 0
                   : strcmp(instruction->isa_set, set) == 0)
            return leads->feature[i].flag;
    }
    return NULL;
}
