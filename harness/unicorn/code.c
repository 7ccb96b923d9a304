/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands where a run begins: an instruction or a sequence, with padding behind it. */
#include "unicorn/machine_internal.h"

#include <string.h>

#define SPAN (RP_SEQUENCE_MAX * RP_ENCODING_MAX + RP_UC_PADDED)

/* What stood there is padding again. */
static void write_code(struct rp_uc_machine *machine, const unsigned char *code, unsigned length)
{
    unsigned char bytes[SPAN];
    uint32_t span = machine->extent > length ? machine->extent : length;
    memset(bytes, RP_UC_PAD, sizeof bytes);
    memcpy(bytes, code, length);
    rp_uc_memory_write(&machine->memory, RP_ARENA_INSTRUCTION, bytes, span + RP_UC_PADDED / 2);
    machine->stale_bytes = machine->stale && machine->stale_bytes > span ? machine->stale_bytes : span;
    machine->stale = true;
    machine->extent = length;
    machine->keys = 0;
}

void rp_uc_code_place(struct rp_uc_machine *machine, const struct rp_encoding *encoding)
{
    const struct rp_encoding *old = &machine->encoding;
    if (old->length == encoding->length && memcmp(old->bytes, encoding->bytes, encoding->length) == 0)
        return;
    write_code(machine, encoding->bytes, encoding->length);
    machine->encoding = *encoding;
    machine->sequence.count = 0;
    machine->traits = rp_uc_traits(machine->mode, encoding);
}

/* The traits of each place that a jump within may lead to. */
static struct rp_uc_traits sequence_traits(enum rp_mode mode, const unsigned char *bytes, unsigned length)
{
    struct rp_uc_traits all = {.may_loop = true, .dr7_source = -1};
    for (unsigned at = 0; at < length; at++) {
        struct rp_encoding from = {.length = RP_ENCODING_MAX};
        memcpy(from.bytes, bytes + at, RP_ENCODING_MAX);
        struct rp_uc_traits traits = rp_uc_traits(mode, &from);
        all.writes_msr = all.writes_msr || traits.writes_msr;
        if (traits.dr7_source >= 0)
            all.dr7_source = traits.dr7_source;
    }
    return all;
}

void rp_uc_code_place_sequence(struct rp_uc_machine *machine, const struct rp_sequence *sequence)
{
    unsigned char bytes[SPAN] = {0};
    unsigned length = 0;
    if (machine->sequence.count && memcmp(&machine->sequence, sequence, sizeof *sequence) == 0)
        return;
    for (unsigned i = 0; i < sequence->count; i++) {
        memcpy(bytes + length, sequence->encoding[i].bytes, sequence->encoding[i].length);
        length += sequence->encoding[i].length;
    }
    write_code(machine, bytes, length);
    machine->encoding.length = 0;
    machine->sequence = *sequence;
    machine->traits = sequence_traits(machine->mode, bytes, length);
}
