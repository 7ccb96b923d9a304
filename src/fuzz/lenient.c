/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inputs out of anything; see lenient.h. */
#include "fuzz/lenient.h"

#include "fuzz/anatomy.h"
#include "fuzz/mutate.h"

#include <string.h>

/* What is left to read; behind its end there are zeros. */
struct source {
    const uint8_t *at, *end;
};

static uint64_t get(struct source *s, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes && s->at < s->end; i++)
        value |= (uint64_t)*s->at++ << 8 * i;
    return value;
}

/* One of `count` for any number; there always is one, as facts are made. */
static size_t fold(uint64_t number, size_t count)
{
    return count ? number % count : 0;
}

static enum rp_mode take_mode(const struct rp_fuzz_facts *facts, uint8_t byte)
{
    for (unsigned i = 0; i < facts->mode_count; i++)
        if (facts->modes[i] == byte)
            return (enum rp_mode)byte;
    return (enum rp_mode)facts->modes[fold(byte, facts->mode_count)];
}

static uint8_t take_seed(const struct rp_fuzz_facts *facts, const struct rp_fuzz_mode *mode, uint32_t name)
{
    for (unsigned i = 0; i < mode->seeds; i++)
        if (facts->seed_name[mode->seed[i]] == name)
            return mode->seed[i];
    return mode->seed[fold(name, mode->seeds)];
}

static void take_encoding(struct source *s, unsigned length, struct rp_fuzz_input *input)
{
    uint8_t bytes[RP_ENCODING_MAX] = {0};
    for (unsigned i = 0; i < length && s->at < s->end; i++)
        bytes[i] = *s->at++;
    rp_fuzz_cut(input->mode, bytes, &input->encoding);
}

static const struct rp_fuzz_register *take_register(const struct rp_fuzz_mode *mode, uint32_t target)
{
    for (unsigned i = 0; i < mode->regs; i++)
        if (rp_fuzz_name(rp_register_info((enum rp_reg)mode->reg[i].reg)->name) == target)
            return &mode->reg[i];
    return &mode->reg[fold(target, mode->regs)];
}

static const struct rp_fuzz_resource *take_resource(const struct rp_fuzz_mode *mode, uint32_t target)
{
    for (unsigned i = 0; i < mode->resources; i++)
        if (rp_fuzz_name(rp_resource_info((enum rp_resource)mode->resource[i].resource)->name) == target)
            return &mode->resource[i];
    return &mode->resource[fold(target, mode->resources)];
}

static uint64_t take_value(const struct rp_fuzz_resource *resource, uint64_t value)
{
    for (unsigned i = 0; i < resource->count; i++)
        if (resource->value[i] == value)
            return value;
    return resource->value[fold(value, resource->count)];
}

static void take_tweak(const struct rp_fuzz_mode *mode, struct source *s, struct rp_fuzz_tweak *tweak)
{
    *tweak = (struct rp_fuzz_tweak){.place = (uint8_t)(get(s, 1) % RP_FUZZ_PLACE_COUNT)};
    uint32_t target = (uint32_t)get(s, 4);
    tweak->value = get(s, 8);
    if (tweak->place == RP_FUZZ_REGISTER) {
        const struct rp_fuzz_register *r = take_register(mode, target);
        tweak->index = r->reg;
        tweak->value &= r->mask;
    } else if (tweak->place == RP_FUZZ_RESOURCE) {
        const struct rp_fuzz_resource *r = take_resource(mode, target);
        tweak->index = r->resource;
        tweak->value = take_value(r, tweak->value);
    } else {
        tweak->index = (uint16_t)(target % rp_fuzz_words(tweak->place));
    }
}

static void take_fields(const struct rp_fuzz_facts *facts, struct source *s, struct rp_fuzz_input *input)
{
    input->mode = (uint8_t)take_mode(facts, (uint8_t)get(s, 1));
    const struct rp_fuzz_mode *mode = &facts->mode[input->mode];
    take_encoding(s, (unsigned)(get(s, 1) % (RP_ENCODING_MAX + 1)), input);
    input->seed = take_seed(facts, mode, (uint32_t)get(s, 4));
    input->tweaks = (uint8_t)(get(s, 1) % (RP_FUZZ_TWEAKS_MAX + 1));
    for (unsigned i = 0; i < input->tweaks; i++)
        take_tweak(mode, s, &input->tweak[i]);
}

bool rp_fuzz_input_take(const struct rp_fuzz_facts *facts, const uint8_t *bytes, size_t length,
                        struct rp_fuzz_input *input)
{
    struct source s = {bytes, bytes + length};
    size_t used;
    bool cut;
    if (!length)
        return false;
    if (rp_fuzz_input_read(facts, bytes, length, input, &used, &cut, NULL) == RP_OK &&
        facts->mode[input->mode].seeds)
        return !rp_fuzz_is_hazard(input);
    memset(input, 0, sizeof *input);
    if (length > 4 && memcmp(bytes, "rpf1", 4) == 0) {
        s.at += 4;
        take_fields(facts, &s, input);
    } else {
        input->mode = (uint8_t)take_mode(facts, (uint8_t)get(&s, 1));
        input->seed = take_seed(facts, &facts->mode[input->mode], (uint32_t)get(&s, 1));
        take_encoding(&s, RP_ENCODING_MAX, input);
    }
    return !rp_fuzz_is_hazard(input);
}
