/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for verdicts; see words.h. */
#include "report/words.h"

#include "report/inert.h"
#include "x86/vector.h"

#include <inttypes.h>

const char *rp_answer_word(enum rp_policy_answer answer)
{
    static const char *const words[] = {[RP_ANSWER_NOT_ASKED] = "-",
                                        [RP_ANSWER_UNKNOWN] = "unknown",
                                        [RP_ANSWER_PRIVILEGED] = "privileged",
                                        [RP_ANSWER_INNOCUOUS] = "innocuous",
                                        [RP_ANSWER_HOLE] = "hole"};
    return words[answer];
}

const char *rp_resource_label(enum rp_resource resource)
{
    return resource < RP_RESOURCE_COUNT ? rp_resource_info(resource)->name : NULL;
}

/* Appends `separator` unless nothing has been added since `start`. */
static void separate(struct rp_text *text, size_t start, const char *separator)
{
    if (text->length > start)
        rp_text_add(text, "%s", separator);
}

void rp_words_resources(const struct rp_resource_set *set, unsigned most, struct rp_text *text)
{
    size_t start = text->length;
    unsigned count = 0;
    for (unsigned r = rp_resource_set_next(set, 0); r < RP_RESOURCE_COUNT;
         r = rp_resource_set_next(set, r + 1)) {
        if (count++ >= most)
            continue;
        separate(text, start, ", ");
        rp_text_add(text, "%s", rp_resource_info((enum rp_resource)r)->name);
    }
    if (count > most)
        rp_text_add(text, " and %u more", count - most);
    else if (count == 0)
        rp_text_add(text, "none");
}

void rp_words_sensitivity(uint8_t sensitivity, struct rp_text *text)
{
    size_t start = text->length;
    for (unsigned bit = RP_SENSITIVE_CONTROL; bit <= RP_SENSITIVE_RESOURCE; bit <<= 1) {
        if (!(sensitivity & bit))
            continue;
        separate(text, start, ", ");
        rp_text_add(text, "%s", rp_sensitivity_name((enum rp_sensitivity)bit));
    }
    if (text->length == start)
        rp_text_add(text, "none");
}

void rp_words_modes(uint8_t modes, struct rp_text *text)
{
    size_t start = text->length;
    for (unsigned i = 0; i < RP_MODE_COUNT; i++) {
        if (!(modes >> i & 1))
            continue;
        separate(text, start, ", ");
        rp_text_add(text, "%s", rp_mode_info((enum rp_mode)i)->name);
    }
}

void rp_words_closer(const struct rp_closer *closer, struct rp_text *text)
{
    size_t start = text->length;
    for (unsigned i = 0; i < 2; i++) {
        if (closer->control[i] >= RP_RESOURCE_COUNT)
            continue;
        separate(text, start, " with ");
        rp_text_add(text, "%s=%u", rp_resource_info((enum rp_resource)closer->control[i])->name,
                    closer->value[i]);
    }
    if (closer->all)
        rp_text_add(text, " (both rings)");
}

void rp_words_executors(const struct rp_verdict *verdict, unsigned executors, struct rp_text *text)
{
    size_t start = text->length;
    for (unsigned i = 0; i < verdict->opinions; i++) {
        if (!(executors >> i & 1))
            continue;
        separate(text, start, ", ");
        rp_inert_plain(text, verdict->opinion[i].executor);
    }
}

void rp_words_closers(const struct rp_verdict *verdict, struct rp_text *text)
{
    for (unsigned i = 0; i < verdict->closers; i++) {
        if (i)
            rp_text_add(text, " or ");
        rp_words_closer(&verdict->closer[i], text);
        if (verdict->opinions < 2)
            continue;
        rp_text_add(text, " (shown by ");
        rp_words_executors(verdict, verdict->closer[i].showed, text);
        rp_text_add(text, ")");
    }
    if (verdict->closers == 0)
        rp_text_add(text, "nothing");
}

void rp_words_shown(const struct rp_shown *shown, struct rp_text *text)
{
    char name[8];
    if (!shown->present)
        rp_text_add(text, "not run");
    else if (shown->kind == RP_OUTCOME_TRAPPED)
        rp_text_add(text, "%s", rp_vector_name(shown->vector, name));
    else if (shown->kind == RP_OUTCOME_ENTERED && shown->gate)
        rp_text_add(text, "entered the kernel (%s)", shown->gate == RP_GATE_SYSCALL ? "SYSCALL" : "SYSENTER");
    else if (shown->kind == RP_OUTCOME_ENTERED)
        rp_text_add(text, "entered %s", rp_vector_name(shown->vector, name));
    else if (shown->kind == RP_OUTCOME_DIED && shown->vector)
        rp_text_add(text, "died of signal %u", shown->vector);
    else
        rp_text_add(text, "%s", rp_outcome_kind_name((enum rp_outcome_kind)shown->kind));
    if (!shown->present)
        return;
    if (shown->kind == RP_OUTCOME_TRAPPED && shown->has_error_code)
        rp_text_add(text, "(%#" PRIx32 ")", shown->error_code);
    if (shown->kind == RP_OUTCOME_TRAPPED && shown->vector == RP_VECTOR_PF)
        rp_text_add(text, " at %" PRIx64, shown->cr2);
    if (shown->kind == RP_OUTCOME_RETIRED && shown->length)
        rp_text_add(text, ", %u byte%s", shown->length, shown->length == 1 ? "" : "s");
}

/* RFLAGS by the manuals' names, SDM Vol. 1 figure 3-8; reserved bits have none. */
static const struct {
    uint64_t bits;
    const char *name;
} flags[] = {
    {RP_FLAG_CF, "CF"},   {RP_FLAG_PF, "PF"}, {RP_FLAG_AF, "AF"}, {RP_FLAG_ZF, "ZF"}, {RP_FLAG_SF, "SF"},
    {RP_FLAG_TF, "TF"},   {RP_FLAG_IF, "IF"}, {RP_FLAG_DF, "DF"}, {RP_FLAG_OF, "OF"}, {RP_FLAG_IOPL, "IOPL"},
    {RP_FLAG_NT, "NT"},   {RP_FLAG_RF, "RF"}, {RP_FLAG_VM, "VM"}, {RP_FLAG_AC, "AC"}, {RP_FLAG_VIF, "VIF"},
    {RP_FLAG_VIP, "VIP"}, {RP_FLAG_ID, "ID"},
};

static void add_flags(uint64_t value, struct rp_text *text)
{
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (!(value & flags[i].bits))
            continue;
        rp_text_add(text, " %s", flags[i].name);
        if (flags[i].bits == RP_FLAG_IOPL)
            rp_text_add(text, "=%u", (unsigned)(value >> 12 & 3));
    }
}

static bool is_selector(uint32_t component)
{
    static const enum rp_reg selectors[] = {RP_REG_ES, RP_REG_CS, RP_REG_SS,   RP_REG_DS,
                                            RP_REG_FS, RP_REG_GS, RP_REG_LDTR, RP_REG_TR};
    for (size_t i = 0; i < sizeof selectors / sizeof selectors[0]; i++)
        if (component == selectors[i])
            return true;
    return false;
}

void rp_words_value(uint32_t component, uint64_t value, struct rp_text *text)
{
    rp_text_add(text, "0x%" PRIx64, value);
    if (component == RP_REG_RFLAGS)
        add_flags(value, text);
    else if (is_selector(component) && value & ~UINT64_C(3))
        rp_text_add(text, " RPL %u", (unsigned)(value & 3));
}

/* Names the resources of a register that `bits` touch and returns the bits that none owns. */
static uint64_t add_resources(uint32_t component, uint64_t bits, size_t start, struct rp_text *text)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        if (!(bits >> bit & 1))
            continue;
        enum rp_resource resource = rp_resource_of_bit((enum rp_reg)component, bit);
        if (resource == RP_RESOURCE_NONE)
            continue;
        const struct rp_place *place = &rp_resource_info(resource)->place;
        if (place->width >= 32) /* the whole register, which the reader sees already */
            continue;
        separate(text, start, ", ");
        rp_text_add(text, "%s", rp_resource_info(resource)->name);
        bits &= ~(((UINT64_C(1) << place->width) - 1) << place->shift);
    }
    return bits;
}

void rp_words_bits(uint32_t component, uint64_t bits, struct rp_text *text)
{
    size_t start = text->length;
    if (component == RP_REG_RFLAGS) {
        for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
            if (!(bits & flags[i].bits))
                continue;
            separate(text, start, ", ");
            rp_text_add(text, "%s", flags[i].name);
            bits &= ~flags[i].bits;
        }
    } else if (component < RP_REG_COUNT) {
        bits = add_resources(component, bits, start, text);
    }
    if (!bits)
        return;
    separate(text, start, ", ");
    rp_text_add(text, "bits 0x%" PRIx64, bits);
}

void rp_words_id(uint64_t id, struct rp_text *text)
{
    rp_text_add(text, "rp-%016" PRIx64, id);
}

void rp_words_policies(unsigned policies, struct rp_text *text)
{
    const char *before = "";
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++)
        if (policies >> i & 1) {
            rp_text_add(text, "%s%s", before, rp_policy_name((enum rp_policy)i));
            before = ", ";
        }
}
