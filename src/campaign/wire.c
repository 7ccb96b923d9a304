/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts as bytes; see wire.h. */
#include "campaign/wire.h"

#include <stdlib.h>
#include <string.h>

static void put_string(struct rp_text *text, const char *string)
{
    uint32_t size = string ? (uint32_t)strlen(string) + 1 : 0;
    rp_text_add_bytes(text, (const char *)&size, sizeof size);
    rp_text_add_bytes(text, string ? string : "", size);
}

void rp_wire_put(struct rp_text *text, const struct rp_verdict *verdict, const struct rp_detail *detail)
{
    struct rp_verdict flat = *verdict;
    flat.replay = NULL;
    flat.divergence = NULL;
    flat.opinion = NULL;
    rp_text_add_bytes(text, (const char *)&flat, sizeof flat);
    rp_text_add_bytes(text, (const char *)verdict->opinion, verdict->opinions * sizeof *verdict->opinion);
    put_string(text, verdict->replay);
    for (unsigned i = 0; i < verdict->divergences; i++) {
        struct rp_divergence divergence = verdict->divergence[i];
        divergence.replay = NULL;
        rp_text_add_bytes(text, (const char *)&divergence, sizeof divergence);
        put_string(text, verdict->divergence[i].replay);
    }
    if (detail)
        rp_text_add_bytes(text, (const char *)detail, sizeof *detail);
}

/* What is left to read. */
struct wire {
    const char *bytes;
    size_t length;
    int result;
    struct rp_error *error;
};

static void get(struct wire *wire, void *to, size_t size)
{
    if (wire->result == RP_OK && wire->length < size)
        wire->result = rp_error_set(wire->error, RP_EENVIRONMENT, "a worker's verdict was cut short");
    if (wire->result || size == 0)
        return;
    memcpy(to, wire->bytes, size);
    wire->bytes += size;
    wire->length -= size;
}

static void *get_memory(struct wire *wire, size_t size)
{
    void *memory = wire->result == RP_OK && size ? calloc(1, size) : NULL;
    if (wire->result == RP_OK && size && !memory)
        wire->result = rp_error_set(wire->error, RP_EENVIRONMENT, "out of memory for verdicts");
    return memory;
}

static char *get_string(struct wire *wire)
{
    uint32_t size = 0;
    get(wire, &size, sizeof size);
    if (wire->result == RP_OK && size > wire->length)
        size = (uint32_t)wire->length + 1; /* which `get` refuses */
    char *string = get_memory(wire, size);
    if (string)
        get(wire, string, size);
    return string;
}

int rp_wire_get(const char *bytes, size_t length, struct rp_verdict *verdict, struct rp_detail *detail,
                bool *has_detail, struct rp_error *error)
{
    struct wire wire = {bytes, length, RP_OK, error};
    *verdict = (struct rp_verdict){0};
    get(&wire, verdict, sizeof *verdict);
    unsigned divergences = wire.result == RP_OK ? verdict->divergences : 0;
    unsigned opinions = wire.result == RP_OK ? verdict->opinions : 0;
    verdict->divergences = verdict->opinions = 0;
    verdict->opinion = get_memory(&wire, opinions * sizeof *verdict->opinion);
    get(&wire, verdict->opinion, wire.result == RP_OK ? opinions * sizeof *verdict->opinion : 0);
    verdict->opinions = (uint8_t)opinions;
    if (wire.result == RP_OK)
        verdict->replay = get_string(&wire);
    verdict->divergence = get_memory(&wire, divergences * sizeof *verdict->divergence);
    for (unsigned i = 0; i < divergences && verdict->divergence && wire.result == RP_OK; i++) {
        get(&wire, &verdict->divergence[i], sizeof verdict->divergence[i]);
        if (wire.result == RP_OK)
            verdict->divergence[i].replay = get_string(&wire);
        verdict->divergences = (uint8_t)(i + 1);
    }
    if (wire.result) {
        rp_verdict_free(verdict);
        return wire.result;
    }
    *has_detail = detail && wire.length == sizeof *detail;
    if (*has_detail)
        memcpy(detail, wire.bytes, sizeof *detail);
    return RP_OK;
}
