/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images and results; see guest.h. */
#include "guest/guest.h"

#include <string.h>

extern const unsigned char rp_guest_image_64[], rp_guest_image_64_end[];
extern const unsigned char rp_guest_image_32[], rp_guest_image_32_end[];

enum rp_guest_kind rp_guest_kind_of(enum rp_mode mode)
{
    return rp_mode_info(mode)->long_mode ? RP_GUEST_KIND_LONG : RP_GUEST_KIND_LEGACY;
}

/* Bytes of the image up to the address that its header has at `offset`. */
static size_t up_to(const struct rp_guest_image *image, size_t offset)
{
    uint32_t address;
    memcpy(&address, image->bytes + offset, sizeof address);
    return address - RP_GUEST_IMAGE;
}

struct rp_guest_image rp_guest_image(enum rp_guest_kind kind)
{
    bool wide = kind == RP_GUEST_KIND_LONG;
    struct rp_guest_image image = {.bytes = wide ? rp_guest_image_64 : rp_guest_image_32};
    image.size = (size_t)((wide ? rp_guest_image_64_end : rp_guest_image_32_end) - image.bytes);
    image.memory = up_to(&image, RP_GUEST_HEADER_END);
    image.constant = up_to(&image, RP_GUEST_HEADER_CONSTANT);
    return image;
}

bool rp_guest_intact(const struct rp_guest_image *image, const unsigned char *memory)
{
    return memcmp(image->bytes, memory, image->constant) == 0;
}

int rp_guest_append(struct rp_guest_shared *shared, uint32_t number, enum rp_provenance provenance,
                    struct rp_outcomes *outcomes, struct rp_error *error)
{
    const struct rp_guest_result *from = &shared->result[number];
    struct rp_outcome outcome = {.kind = from->kind,
                                 .vector = from->vector,
                                 .has_error_code = from->has_error_code != 0,
                                 .gate = from->gate,
                                 .length = from->length,
                                 .provenance = (uint8_t)provenance,
                                 .error_code = from->error_code,
                                 .cr2 = from->cr2};
    uint32_t at = from->first, count = from->count;
    bool saved = from->saved != RP_GUEST_SAVED_NOTHING;
    if (at > RP_GUEST_CHANGES || count > RP_GUEST_CHANGES - at ||
        shared->job[number].slot >= RP_GUEST_SLOTS) { /* a test has written over it */
        outcome = (struct rp_outcome){.kind = RP_OUTCOME_DIED, .provenance = (uint8_t)provenance};
        count = 0;
        saved = false;
    }
    int result = rp_outcomes_reserve(outcomes, 1, RP_GUEST_COMPARED + count, error);
    if (result)
        return result;
    size_t first = outcomes->change_count;
    if (saved)
        outcomes->change_count += rp_guest_compare(shared, number, outcomes->change + first);
    if (count)
        memcpy(outcomes->change + outcomes->change_count, shared->change + at,
               count * sizeof(struct rp_change));
    outcomes->change_count += count;
    rp_outcome_seal(outcomes, &outcome, first);
    outcomes->outcome[outcomes->count++] = outcome;
    return RP_OK;
}
