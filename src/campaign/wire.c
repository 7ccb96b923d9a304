/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts as bytes; see wire.h. */
#include "campaign/wire.h"

#include <stdlib.h>
#include <string.h>

void rp_wire_put(struct rp_text *text, const struct rp_verdict *verdict, const struct rp_detail *detail)
{
    uint32_t replay = verdict->replay ? (uint32_t)strlen(verdict->replay) + 1 : 0;
    struct rp_verdict flat = *verdict;
    flat.replay = NULL;
    rp_text_add_bytes(text, (const char *)&flat, sizeof flat);
    rp_text_add_bytes(text, (const char *)&replay, sizeof replay);
    rp_text_add_bytes(text, verdict->replay ? verdict->replay : "", replay);
    if (detail)
        rp_text_add_bytes(text, (const char *)detail, sizeof *detail);
}

int rp_wire_get(const char *bytes, size_t length, struct rp_verdict *verdict, struct rp_detail *detail,
                bool *has_detail, struct rp_error *error)
{
    uint32_t replay = 0;
    size_t head = sizeof *verdict + sizeof replay;
    if (length >= head)
        memcpy(&replay, bytes + sizeof *verdict, sizeof replay);
    if (length < head || length - head < replay)
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's verdict was cut short");
    memcpy(verdict, bytes, sizeof *verdict);
    verdict->replay = NULL;
    if (replay) {
        verdict->replay = malloc(replay);
        if (!verdict->replay)
            return rp_error_set(error, RP_EENVIRONMENT, "out of memory for verdicts");
        memcpy(verdict->replay, bytes + head, replay);
    }
    *has_detail = detail && length - head - replay == sizeof *detail;
    if (*has_detail)
        memcpy(detail, bytes + head + replay, sizeof *detail);
    return RP_OK;
}
