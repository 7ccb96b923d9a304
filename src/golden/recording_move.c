/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording moved into the arena; see recording.h. Segments that the instruction touches are tried at every
 * selector until their bytes lie in windows, apart from those of other segments, or together with them where
 * the recording has them together. All other segments stay. */
#include "golden/recording_patch.h"

#include "state/registers.h"

#include <string.h>

#define SELECTORS_FIRST 0x1000
#define SELECTORS       0x2200
#define MIDDLE          0x800
/* Where a guest's own frames do no harm: between the windows and VGA. */
#define FREE_FIRST 0x22000
#define FREE_END   0x9f000

/* What has to move by one selector: operands of a segment and the frames below a stack pointer. */
struct group {
    uint16_t selector; /* recorded */
    const struct rp_recorded_operands *operands;
    int segment; /* of the operands that count; -1: none */
    bool framed;
    uint16_t sp[2];
    uint32_t start; /* where the first byte would best be */
};

static bool is_allowed(uint32_t address, bool frame)
{
    bool window =
        address - RP_ARENA_DATA < RP_ARENA_DATA_SIZE || address - RP_ARENA_STACK < RP_ARENA_STACK_SIZE;
    return window || (frame && address >= FREE_FIRST && address < FREE_END);
}

/* True if the byte may move there: what was one byte stays one, what were two stay two. */
static bool keeps_identity(const struct rp_recorded_run *run, uint32_t from, uint32_t to)
{
    for (unsigned i = 0; i < run->cells; i++)
        if ((run->cell[i].from == from) != (run->cell[i].to == to))
            return false;
    return true;
}

/* `by`: how far it goes within the segment. */
typedef bool visit_byte(void *context, uint32_t offset, uint32_t by, bool frame);

/* Calls `visit` for each byte of the group; false as soon as it is. */
static bool each_byte(const struct group *group, visit_byte *visit, void *context)
{
    for (unsigned i = 0; i < group->operands->count; i++) {
        const struct rp_recorded_operand *operand = &group->operands->operand[i];
        for (unsigned k = 0; operand->segment == group->segment && k < operand->length; k++)
            if (!visit(context, operand->offset + k, operand->by, false))
                return false;
    }
    for (unsigned s = 0; group->framed && s < 2; s++)
        for (unsigned k = 1; k <= RP_RECORDED_FRAME; k++)
            if (!visit(context, (uint16_t)(group->sp[s] - k), 0, true))
                return false;
    return true;
}

struct trial {
    struct rp_mover *mover;
    const struct group *group;
    uint16_t selector;
    bool apart; /* also of what is there already */
};

static bool fits(void *context, uint32_t offset, uint32_t by, bool frame)
{
    const struct trial *trial = context;
    uint32_t from = rp_recorded_linear(trial->mover->recording, trial->group->selector, offset);
    uint32_t to = ((uint32_t)trial->selector << 4) + offset + by;
    return is_allowed(to, frame) && (!trial->apart || keeps_identity(trial->mover->run, from, to));
}

static bool take(void *context, uint32_t offset, uint32_t by, bool frame)
{
    const struct trial *trial = context;
    struct rp_recorded_run *run = trial->mover->run;
    uint32_t from = rp_recorded_linear(trial->mover->recording, trial->group->selector, offset);
    for (unsigned i = 0; i < run->cells; i++) {
        if (run->cell[i].from == from) {
            run->cell[i].frame = run->cell[i].frame && frame;
            return true;
        }
    }
    const struct rp_recorded_byte *byte = rp_recording_find(trial->mover->recording, from);
    if (run->cells == RP_RECORDED_CELLS_MAX)
        return false;
    run->cell[run->cells++] = (struct rp_recorded_cell){.from = from,
                                                        .to = ((uint32_t)trial->selector << 4) + offset + by,
                                                        .before = byte ? byte->before : 0,
                                                        .after = byte ? byte->after : 0,
                                                        .mask = 0xff,
                                                        .frame = frame};
    return true;
}

static bool first_offset(void *context, uint32_t offset, uint32_t by, bool frame)
{
    (void)frame;
    *(uint32_t *)context = offset + by;
    return false;
}

/* Another segment has the selector, and in the recording they are two. */
static bool is_taken(const struct trial *trial)
{
    static const uint8_t segments[] = {RP_RECORDED_SS, RP_RECORDED_DS, RP_RECORDED_ES, RP_RECORDED_FS,
                                       RP_RECORDED_GS};
    const uint32_t *recorded = trial->mover->recording->before, *moved = trial->mover->run->before;
    for (unsigned i = 0; i < sizeof segments; i++)
        if (moved[segments[i]] == trial->selector && recorded[segments[i]] != trial->group->selector)
            return true;
    return false;
}

/* False if no selector will do. */
static bool find_selector(struct trial *trial)
{
    uint32_t offset = 0;
    each_byte(trial->group, first_offset, &offset);
    uint32_t best = (trial->group->start - offset) >> 4;
    for (unsigned i = 0; i < SELECTORS; i++) {
        trial->selector = (uint16_t)(SELECTORS_FIRST + (best - SELECTORS_FIRST + i) % SELECTORS);
        if (!is_taken(trial) && each_byte(trial->group, fits, trial))
            return true;
    }
    return false;
}

/* An offset that the group has besides the operand which the instruction names. */
static uint32_t find_anchor(const struct group *group)
{
    for (unsigned i = 0; i < group->operands->count && !group->framed; i++)
        if (group->operands->operand[i].segment == group->segment && !group->operands->operand[i].named)
            return group->operands->operand[i].offset;
    return group->sp[0];
}

/* NULL, or the cause. */
static const char *place(struct rp_mover *mover, const struct group *group, uint32_t *selector)
{
    struct trial trial = {mover, group, 0, true};
    const char *cause = NULL;
    if (!find_selector(&trial)) {
        trial.apart = false;
        if (find_selector(&trial))
            return "operands of two segments overlap in a way the arena can't hold";
        trial.apart = true;
        cause = rp_recording_bring(mover, group->segment, find_anchor(group));
        if (!cause && !find_selector(&trial))
            cause = RP_RECORDED_TOO_FAR;
    }
    if (cause)
        return cause;
    *selector = trial.selector;
    return each_byte(group, take, &trial) ? NULL : "too much memory";
}

static bool uses(const struct rp_mover *mover, int segment)
{
    for (unsigned i = 0; i < mover->operands.count; i++)
        if (mover->operands.operand[i].segment == segment)
            return true;
    return false;
}

/* SS as it is afterwards, if the instruction loaded it: guests push there. */
static bool loads_stack(const struct rp_mover *mover)
{
    return mover->recording->vector < 0 &&
           rp_recorded_loads_segment(&mover->run->instruction) == RP_RECORDED_SS;
}

/* Operands in the code segment, the selector of which is no choice. */
static const char *place_code(struct rp_mover *mover)
{
    struct group group = {.selector = (uint16_t)mover->recording->before[RP_RECORDED_CS],
                          .operands = &mover->operands,
                          .segment = RP_RECORDED_CS};
    const char *cause = rp_recording_enter_code(mover);
    struct trial trial = {mover, &group, (uint16_t)mover->code, true};
    if (cause)
        return cause;
    if (!each_byte(&group, fits, &trial))
        return "an operand of the code segment is the instruction itself, or too far from it";
    return each_byte(&group, take, &trial) ? NULL : "too much memory";
}

static const char *place_segments(struct rp_mover *mover)
{
    static const uint8_t data[] = {RP_RECORDED_DS, RP_RECORDED_ES, RP_RECORDED_FS, RP_RECORDED_GS};
    const struct rp_recording *recording = mover->recording;
    uint16_t sp = (uint16_t)recording->before[RP_RECORDED_SP];
    uint16_t sp_after = recording->vector < 0 ? (uint16_t)recording->after[RP_RECORDED_SP] : sp;
    bool loads = loads_stack(mover);
    struct group stack = {.selector = (uint16_t)recording->before[RP_RECORDED_SS],
                          .operands = &mover->operands,
                          .segment = RP_RECORDED_SS,
                          .framed = true,
                          .sp = {sp, loads ? sp : sp_after},
                          .start = RP_ARENA_STACK + MIDDLE};
    const char *cause = uses(mover, RP_RECORDED_CS) ? place_code(mover) : NULL;
    if (!cause)
        cause = place(mover, &stack, &mover->run->before[RP_RECORDED_SS]);
    for (unsigned i = 0; i < sizeof data && !cause; i++) {
        struct group group = {.selector = (uint16_t)recording->before[data[i]],
                              .operands = &mover->operands,
                              .segment = data[i],
                              .start = RP_ARENA_DATA + MIDDLE};
        if (uses(mover, data[i]))
            cause = place(mover, &group, &mover->run->before[data[i]]);
    }
    if (cause || !loads)
        return cause;
    stack.selector = (uint16_t)recording->after[RP_RECORDED_SS];
    stack.segment = -1;
    stack.sp[0] = stack.sp[1] = sp_after;
    return place(mover, &stack, &mover->run->after[RP_RECORDED_SS]);
}

bool rp_recorded_pushed(const struct rp_recording *recording, uint32_t address)
{
    return recording->vector >= 0 && address - (recording->pushed_flags - 4) < 6;
}

/* Each byte that the chip touched is the code's, an operand's, or the vector's (entry, target, frame). */
static bool is_explained(const struct rp_mover *mover, uint32_t address)
{
    const struct rp_recording *recording = mover->recording;
    for (unsigned i = 0; i < mover->run->cells; i++)
        if (mover->run->cell[i].from == address && !mover->run->cell[i].frame)
            return true;
    bool entry = recording->vector >= 0 && address - 4 * (uint32_t)recording->vector < 4;
    return entry || rp_recorded_pushed(recording, address);
}

#define FETCHED 40 /* bytes from where code begins that a queue may hold, and more */

static bool all_explained(const struct rp_mover *mover)
{
    const struct rp_recording *recording = mover->recording;
    const uint32_t *before = recording->before, *after = recording->after;
    uint32_t code = rp_recorded_linear(recording, before[RP_RECORDED_CS], before[RP_RECORDED_IP]);
    uint32_t target = rp_recorded_linear(recording, after[RP_RECORDED_CS], after[RP_RECORDED_IP]);
    for (size_t i = 0; i < recording->bytes; i++) {
        const struct rp_recorded_byte *byte = &recording->byte[i];
        if (!is_explained(mover, byte->address) &&
            (byte->before != byte->after ||
             (byte->address - (code & ~3u) >= FETCHED && byte->address - (target & ~3u) >= FETCHED)))
            return false;
    }
    return true;
}

/* Opcodes that mean something else from the 386 on, prefixes aside. The list ends with FF, which does not. */
static const uint8_t others[RP_RECORDED_CPUS][32] = {
    [RP_RECORDED_8086] = {0x0f, 0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a,
                          0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0xc0, 0xc1, 0xc8, 0xc9, 0xf1, 0xff},
    [RP_RECORDED_V20] = {0x0f, 0x63, 0x64, 0x65, 0x66, 0x67, 0xd6, 0xf1, 0xff},
    [RP_RECORDED_186] = {0x0f, 0x63, 0x64, 0x65, 0x66, 0x67, 0xf1, 0xff},
    [RP_RECORDED_286] = {0x64, 0x65, 0x66, 0x67, 0xff},
    [RP_RECORDED_386] = {0xff},
};

static bool is_other_instruction(const struct rp_recording *recording)
{
    static const uint8_t prefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0xf0, 0xf2, 0xf3};
    const struct rp_encoding *encoding = &recording->encoding;
    const uint8_t *other = others[recording->cpu];
    unsigned at = 0;
    while (at + 1 < encoding->length && memchr(prefixes, encoding->bytes[at], sizeof prefixes))
        at++;
    while (*other != 0xff && *other != encoding->bytes[at])
        other++;
    return *other != 0xff;
}

/* Why the instruction can't be asked about; NULL: it can. */
static const char *find_unfit(const struct rp_recording *recording, const struct rp_recorded_instruction *it)
{
    bool system = it->map == 1 && it->opcode >= 0x20 && it->opcode <= 0x26;
    if (is_other_instruction(recording))
        return "an opcode that means something else from the 386 on";
    if (recording->before[RP_RECORDED_FLAGS] & RP_FLAG_TF)
        return "TF is set, and the trap behind it is not the instruction's";
    if (it->map == 1 && it->opcode == 0x01 && it->reg < 2)
        return "stores GDTR or IDTR, of which the recording does not tell what they were";
    if (system && (it->reg != 0 || it->opcode == 0x21 || it->opcode > 0x22))
        return "control, debug and test registers but CR0, which the arena has of its own";
    return NULL;
}

const char *rp_recording_move(const struct rp_recording *recording, struct rp_recorded_run *run)
{
    struct rp_mover mover = {.recording = recording,
                             .run = run,
                             .code = RP_MOVED_CODE,
                             .start = RP_ARENA_INSTRUCTION - RP_ARENA_CODE};
    run->recording = recording;
    run->encoding = recording->encoding;
    run->cells = 0;
    run->kind = RP_OUTCOME_RETIRED;
    run->vector = 0;
    memcpy(run->before, recording->before, sizeof run->before);
    memcpy(run->after, recording->after, sizeof run->after);
    memcpy(run->mask, recording->mask, sizeof run->mask);
    run->instruction = rp_recording_decode(&recording->encoding);
    const char *cause = find_unfit(recording, &run->instruction);
    if (cause)
        return cause;
    rp_recording_operands(recording, &run->instruction, &mover.operands);
    if (mover.operands.too_many)
        return "more elements than a pre-state's memory holds";
    cause = place_segments(&mover);
    if (!cause && !all_explained(&mover))
        cause = "memory that no operand explains";
    return cause ? cause : rp_recording_patch(&mover, loads_stack(&mover));
}
