/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Zydis set up for one of our modes; see raw.h. */
#include "x86/raw.h"

#include <Zydis/Zydis.h>

#include <assert.h>

static const struct {
    ZydisMachineMode machine;
    ZydisStackWidth stack;
} machines[] = {
    [RP_MODE_LONG64] = {ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64},
    [RP_MODE_COMPAT32] = {ZYDIS_MACHINE_MODE_LONG_COMPAT_32, ZYDIS_STACK_WIDTH_32},
    [RP_MODE_COMPAT16] = {ZYDIS_MACHINE_MODE_LONG_COMPAT_16, ZYDIS_STACK_WIDTH_16},
    [RP_MODE_PROT32] = {ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32},
    [RP_MODE_PROT16] = {ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16},
    [RP_MODE_VM86] = {ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16},
    [RP_MODE_REAL16] = {ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16},
};
static_assert(sizeof machines / sizeof machines[0] == RP_MODE_COUNT, "one row a mode");

/* Zydis' status codes that say more than "no such opcode". */
static const struct {
    ZyanStatus status;
    const char *why;
} illegal[] = {
    {ZYDIS_STATUS_INSTRUCTION_TOO_LONG, "it is longer than 15 bytes"},
    {ZYDIS_STATUS_BAD_REGISTER, "there is no such register, or a register appears twice"},
    {ZYDIS_STATUS_ILLEGAL_LOCK, "LOCK is not allowed in front of it"},
    {ZYDIS_STATUS_ILLEGAL_LEGACY_PFX, "a legacy prefix stands in front of VEX, XOP or EVEX"},
    {ZYDIS_STATUS_ILLEGAL_REX, "a REX prefix stands in front of VEX, XOP or EVEX"},
    {ZYDIS_STATUS_INVALID_MASK, "its mask register or zeroing is not allowed"},
};

/* The stack width only names hidden operands, SP or ESP. Modes of one width share it, so that they share
 * their forms' ids, although compat16 keeps SS.B = 1. */
void rp_raw_decoder(ZydisDecoder *decoder, enum rp_mode mode)
{
    ZyanStatus status = ZydisDecoderInit(decoder, machines[mode].machine, machines[mode].stack);

    assert(ZYAN_SUCCESS(status));
    (void)status;
}

static enum rp_raw_status status_of(ZyanStatus status, const char **why)
{
    if (status == ZYDIS_STATUS_NO_MORE_DATA) {
        *why = "it needs more bytes";
        return RP_RAW_TRUNCATED;
    }
    for (size_t i = 0; i < sizeof illegal / sizeof illegal[0]; i++) {
        if (status == illegal[i].status) {
            *why = illegal[i].why;
            return RP_RAW_ILLEGAL;
        }
    }
    *why = "no such opcode";
    return RP_RAW_UNDEFINED;
}

enum rp_raw_status rp_raw_decode(const ZydisDecoder *decoder, const uint8_t *bytes, size_t length,
                                 ZydisDecodedInstruction *instruction, ZydisDecodedOperand *operands,
                                 const char **why)
{
    ZydisDecoderContext context;
    const char *ignored;
    ZyanStatus status;

    if (why == NULL)
        why = &ignored;
    status = ZydisDecoderDecodeInstruction(decoder, &context, bytes, length, instruction);
    if (ZYAN_SUCCESS(status) && instruction->encoding == ZYDIS_INSTRUCTION_ENCODING_MVEX) {
        *why = "MVEX exists on Xeon Phi's first generation alone";
        return RP_RAW_UNDEFINED;
    }
    if (ZYAN_SUCCESS(status))
        status =
            ZydisDecoderDecodeOperands(decoder, &context, instruction, operands, instruction->operand_count);
    if (ZYAN_SUCCESS(status))
        return RP_RAW_VALID;
    return status_of(status, why);
}
