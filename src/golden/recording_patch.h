/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moving a recording, shared by its two halves: where its segments go (recording_move.c), and what of them,
 * of CS and of IP the instruction shows (recording_patch.c). Private to src/golden. */
#ifndef RP_GOLDEN_RECORDING_PATCH_H
#define RP_GOLDEN_RECORDING_PATCH_H

#include "golden/recording.h"

#define RP_MOVED_CODE (RP_ARENA_CODE >> 4) /* CS, but for operands in it */
#define RP_MOVED_CODE_LOW                                                                                    \
    (RP_ARENA_INSTRUCTION >> 4) /* the last CS from which the instruction is reached                         \
                                 */

struct rp_mover {
    const struct rp_recording *recording;
    struct rp_recorded_operands operands;
    struct rp_recorded_run *run;
    uint32_t code, start; /* CS and IP */
};

/* As the recorded CPU forms it: up to the 186 it wraps at 1 MiB. */
static inline uint32_t rp_recorded_linear(const struct rp_recording *recording, uint32_t selector,
                                          uint32_t offset)
{
    uint32_t linear = (selector << 4) + offset;
    return recording->cpu < RP_RECORDED_286 ? linear & 0xfffff : linear;
}

/* True if the vector pushed FLAGS, CS or IP there. */
bool rp_recorded_pushed(const struct rp_recording *recording, uint32_t address);

/* A far transfer that loads CS. */
bool rp_recorded_loads_code_segment(const struct rp_recorded_instruction *it);

/* Puts CS where operands in it can be had, and these where they can be had. NULL, or why that can't be. */
const char *rp_recording_enter_code(struct rp_mover *mover);

/* Brings the operand that the instruction names near to `anchor`, an offset of the same segment. */
const char *rp_recording_bring(struct rp_mover *mover, int segment, uint32_t anchor);

#define RP_RECORDED_TOO_FAR "operands of one segment too far apart"

/* Makes the end that the recording has the end that it has in the arena, once its segments have been placed
 * there. NULL, or why that can't be. */
const char *rp_recording_patch(struct rp_mover *mover, bool loads_stack);

#endif
