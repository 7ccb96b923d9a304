/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording's bytes, and what its opcode is called; see recording.h. */
#include "golden/recording.h"

#include <stdio.h>
#include <stdlib.h>

static int by_address(const void *a, const void *b)
{
    const struct rp_recorded_byte *first = a, *second = b;
    return (first->address > second->address) - (first->address < second->address);
}

void rp_recording_sort(struct rp_recording *recording)
{
    if (recording->bytes)
        qsort(recording->byte, recording->bytes, sizeof recording->byte[0], by_address);
}

const struct rp_recorded_byte *rp_recording_find(const struct rp_recording *recording, uint32_t address)
{
    struct rp_recorded_byte key = {.address = address};
    if (!recording->bytes)
        return NULL;
    return bsearch(&key, recording->byte, recording->bytes, sizeof key, by_address);
}

uint16_t rp_recording_word_after(const struct rp_recording *recording, uint32_t address)
{
    uint16_t word = 0;
    for (unsigned i = 0; i < 2; i++) {
        const struct rp_recorded_byte *byte = rp_recording_find(recording, address + i);
        word |= (uint16_t)((byte ? byte->after : 0) << 8 * i);
    }
    return word;
}

/* Groups 1 to 5 and those of the 0F page: SDM Vol. 2D table A-6. */
bool rp_recorded_is_group(const struct rp_recorded_instruction *it)
{
    static const struct {
        uint8_t map, first, last;
    } groups[] = {{0, 0x80, 0x83}, {0, 0xc0, 0xc1}, {0, 0xd0, 0xd3}, {0, 0xf6, 0xf7},
                  {0, 0xfe, 0xff}, {1, 0x00, 0x01}, {1, 0xba, 0xba}};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (it->map == groups[i].map && it->opcode >= groups[i].first && it->opcode <= groups[i].last)
            return it->has_modrm;
    return false;
}

void rp_recorded_opcode_name(const struct rp_recorded_instruction *it, char name[RP_RECORDED_OPCODE_MAX])
{
    char reg[3] = "";
    if (rp_recorded_is_group(it))
        snprintf(reg, sizeof reg, ".%u", it->reg & 7u);
    snprintf(name, RP_RECORDED_OPCODE_MAX, "%s%s%s%02X%s", it->address_bytes == 4 ? "67" : "",
             it->operand_bytes == 4 ? "66" : "", it->map ? "0F" : "", it->opcode, reg);
}
