/* SPDX-License-Identifier: GPL-2.0-or-later */
/* False leads, held against what was found; see hunt_leads.h. */
#include "campaign/hunt_leads_rows.h"

#include <stdio.h>
#include <string.h>

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

static bool fits_demand(const struct rp_lead *lead, const struct rp_finding *f,
                        const struct rp_prefix_scan *scan)
{
    bool vector = scan->class != RP_CLASS_LEGACY;
    int selects = vector               ? scan->pp
                  : scan->repeat       ? (scan->repeat == 0xf3 ? 2 : 3)
                  : scan->operand_size ? 1
                                       : 0;
    switch (lead->demand) {
    case RP_LEAD_NO_PREFIX:
        return selects == 0;
    case RP_LEAD_PREFIX_66:
        return selects == 1;
    case RP_LEAD_PREFIX_F3:
        return selects == 2;
    case RP_LEAD_PREFIX_F2:
        return selects == 3;
    case RP_LEAD_STRIPPED:
        return decodes_stripped(f, scan);
    case RP_LEAD_FIELDS:
        return decodes_with_other_fields(f, scan);
    case RP_LEAD_V_PRIME:
        return decodes_with_v_prime(f, scan);
    case RP_LEAD_NO_DEMAND:
    case RP_LEAD_DEMAND_COUNT:
        break;
    }
    return true;
}

static bool within(int first, int last, int value)
{
    return first == RP_LEAD_ANY || (value >= first && value <= last);
}

static bool fits_modrm(const struct rp_lead *lead, const struct rp_prefix_scan *scan)
{
    if (lead->reg == RP_LEAD_ANY && lead->modrm_first == RP_LEAD_ANY)
        return true;
    return scan->has_modrm && within(lead->modrm_first, lead->modrm_last, scan->modrm) &&
           within(lead->reg, lead->reg, scan->modrm >> 3 & 7) &&
           within(lead->mod, lead->mod, scan->modrm >= 0xc0 ? 3 : 0);
}

/* NULL: nobody knows whose CPU it is; a row that knows no length would then explain any. */
static bool fits_vendor(const struct rp_lead *lead, const struct rp_cpu *cpu)
{
    if (lead->vendor == 0 || !cpu)
        return lead->rule != RP_LEAD_UNKNOWN_LENGTH;
    return lead->vendor == RP_LEAD_HYPERVISOR ? cpu->hypervisor[0] != '\0'
                                              : strcmp(rp_lead_vendors[lead->vendor], cpu->vendor) == 0;
}

/* What the row says of the length; 0: nothing that is known. */
static uint8_t length_of(const struct rp_lead *lead, uint8_t decoded_length,
                         const struct rp_prefix_scan *scan)
{
    if (lead->rule == RP_LEAD_RELATIVE)
        return (uint8_t)(decoded_length + lead->more);
    return lead->rule == RP_LEAD_ENDS_AT_OPCODE ? (uint8_t)(scan->opcode_offset + 1) : 0;
}

static bool fits_mode(const struct rp_lead *lead, enum rp_mode mode)
{
    return lead->modes == 0 || (lead->modes == 1) == (mode == RP_MODE_LONG64);
}

static bool fits(const struct rp_lead *lead, const struct rp_finding *f, const struct rp_prefix_scan *scan)
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
        const struct rp_lead *lead = &leads->lead[i];
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
        const struct rp_lead *lead = &leads->lead[i];
        if (lead->rule == RP_LEAD_NO_LENGTH || !fits_vendor(lead, cpu) ||
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
        const struct rp_lead *lead = &leads->lead[i];
        bool counts = lead->rule > RP_LEAD_UNKNOWN_LENGTH && fits_vendor(lead, cpu) && fits_mode(lead, mode);
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
