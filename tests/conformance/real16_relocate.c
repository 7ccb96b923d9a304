/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording moved into the arena; see real16.h. Segments that the instruction touches are tried at every
 * selector until their bytes lie in windows, apart from those of other segments, or together with them where
 * the recording has them together. All other segments stay. */
#include "conformance/real16.h"

#include "guest/places.h"
#include "state/recipe.h"

#include <string.h>

#define SELECTORS_FIRST 0x1000
#define SELECTORS       0x2200
#define FRAME           RP_GUEST_STACK_LOST
#define MIDDLE          0x800
/* Where a guest's own frames do no harm: between the windows and VGA. */
#define FREE_FIRST 0x22000
#define FREE_END   0x9f000
#define CODE       (RP_ARENA_CODE >> 4)
#define START      (RP_ARENA_INSTRUCTION - RP_ARENA_CODE)

struct mover {
    const struct real16_recording *recording;
    struct real16_instruction instruction;
    struct real16_operands operands;
    struct real16_run *run;
};

/* What has to move by one selector: operands of a segment and the frames below a stack pointer. */
struct group {
    uint16_t selector; /* recorded */
    const struct real16_operands *operands;
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
static bool keeps_identity(const struct real16_run *run, uint32_t from, uint32_t to)
{
    for (unsigned i = 0; i < run->cells; i++)
        if ((run->cell[i].from == from) != (run->cell[i].to == to))
            return false;
    return true;
}

typedef bool visit_byte(void *context, uint32_t offset, bool frame);

/* Calls `visit` for each byte of the group; false as soon as it is. */
static bool each_byte(const struct group *group, visit_byte *visit, void *context)
{
    for (unsigned i = 0; i < group->operands->count; i++) {
        const struct real16_operand *operand = &group->operands->operand[i];
        for (unsigned k = 0; operand->segment == group->segment && k < operand->length; k++)
            if (!visit(context, operand->offset + k, false))
                return false;
    }
    for (unsigned s = 0; group->framed && s < 2; s++)
        for (unsigned k = 1; k <= FRAME; k++)
            if (!visit(context, (uint16_t)(group->sp[s] - k), true))
                return false;
    return true;
}

struct trial {
    struct mover *mover;
    const struct group *group;
    uint16_t selector;
    bool apart; /* also of what is there already */
};

static bool fits(void *context, uint32_t offset, bool frame)
{
    const struct trial *trial = context;
    uint32_t from = ((uint32_t)trial->group->selector << 4) + offset;
    uint32_t to = ((uint32_t)trial->selector << 4) + offset;
    return is_allowed(to, frame) && (!trial->apart || keeps_identity(trial->mover->run, from, to));
}

static bool take(void *context, uint32_t offset, bool frame)
{
    const struct trial *trial = context;
    struct real16_run *run = trial->mover->run;
    uint32_t from = ((uint32_t)trial->group->selector << 4) + offset;
    for (unsigned i = 0; i < run->cells; i++) {
        if (run->cell[i].from == from) {
            run->cell[i].frame = run->cell[i].frame && frame;
            return true;
        }
    }
    struct real16_byte byte = real16_at(trial->mover->recording, from);
    if (run->cells == REAL16_CELLS_MAX)
        return false;
    run->cell[run->cells++] =
        (struct real16_cell){from, ((uint32_t)trial->selector << 4) + offset, byte.before, byte.after, frame};
    return true;
}

static bool first_offset(void *context, uint32_t offset, bool frame)
{
    (void)frame;
    *(uint32_t *)context = offset;
    return false;
}

/* Another segment has the selector, and in the recording they are two. */
static bool is_taken(const struct trial *trial)
{
    static const uint8_t segments[] = {REAL16_SS, REAL16_DS, REAL16_ES};
    const uint16_t *recorded = trial->mover->recording->before, *moved = trial->mover->run->before;
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

/* NULL, or the cause. */
static const char *place(struct mover *mover, const struct group *group, uint16_t *selector)
{
    struct trial trial = {mover, group, 0, true};
    if (!find_selector(&trial)) {
        trial.apart = false;
        return find_selector(&trial) ? "operands of two segments overlap in a way the arena can't hold"
                                     : "operands of one segment too far apart";
    }
    *selector = trial.selector;
    return each_byte(group, take, &trial) ? NULL : "too much memory";
}

static bool uses(const struct mover *mover, int segment)
{
    for (unsigned i = 0; i < mover->operands.count; i++)
        if (mover->operands.operand[i].segment == segment)
            return true;
    return false;
}

/* SS as it is afterwards, if the instruction loaded it: guests push there. */
static bool loads_stack(const struct mover *mover)
{
    return mover->recording->vector < 0 && real16_loads_segment(&mover->instruction) == REAL16_SS;
}

static const char *place_segments(struct mover *mover)
{
    static const uint8_t data[] = {REAL16_DS, REAL16_ES};
    const struct real16_recording *recording = mover->recording;
    uint16_t sp = recording->before[REAL16_SP];
    uint16_t sp_after = recording->vector < 0 ? recording->after[REAL16_SP] : sp;
    bool loads = loads_stack(mover);
    struct group stack = {.selector = recording->before[REAL16_SS],
                          .operands = &mover->operands,
                          .segment = REAL16_SS,
                          .framed = true,
                          .sp = {sp, loads ? sp : sp_after},
                          .start = RP_ARENA_STACK + MIDDLE};
    if (uses(mover, REAL16_CS))
        return "an operand in the code segment, whose place is fixed";
    const char *cause = place(mover, &stack, &mover->run->before[REAL16_SS]);
    for (unsigned i = 0; i < 2 && !cause; i++) {
        struct group group = {.selector = recording->before[data[i]],
                              .operands = &mover->operands,
                              .segment = data[i],
                              .start = RP_ARENA_DATA + MIDDLE};
        if (uses(mover, data[i]))
            cause = place(mover, &group, &mover->run->before[data[i]]);
    }
    if (cause || !loads)
        return cause;
    stack.selector = recording->after[REAL16_SS];
    stack.segment = -1;
    stack.sp[0] = stack.sp[1] = sp_after;
    return place(mover, &stack, &mover->run->after[REAL16_SS]);
}

/* By the vector: FLAGS, CS and IP. */
static bool is_pushed(const struct real16_recording *recording, uint32_t address)
{
    return recording->vector >= 0 && address - (recording->pushed_flags - 4) < 6;
}

/* Each byte that the chip touched is the code's, an operand's, or the vector's (entry, target, frame). */
static bool is_explained(const struct mover *mover, uint32_t address)
{
    const struct real16_recording *recording = mover->recording;
    for (unsigned i = 0; i < mover->run->cells; i++)
        if (mover->run->cell[i].from == address && !mover->run->cell[i].frame)
            return true;
    bool entry = recording->vector >= 0 && address - 4 * (uint32_t)recording->vector < 4;
    return entry || is_pushed(recording, address);
}

#define FETCHED 24 /* bytes from where code begins that a queue may hold, and more */

static bool all_explained(const struct mover *mover)
{
    const struct real16_recording *recording = mover->recording;
    uint32_t code = ((uint32_t)recording->before[REAL16_CS] << 4) + recording->before[REAL16_IP];
    uint32_t target =
        ((uint32_t)recording->after[REAL16_CS] << 4) + (uint16_t)(recording->after[REAL16_IP] - 1);
    for (size_t i = 0; i < recording->bytes; i++) {
        const struct real16_byte *byte = &recording->byte[i];
        if (!is_explained(mover, byte->address) &&
            (byte->before != byte->after ||
             (byte->address - code >= FETCHED && byte->address - target >= FETCHED)))
            return false;
    }
    return true;
}

static struct real16_cell *cell_at(struct real16_run *run, uint32_t from)
{
    for (unsigned i = 0; i < run->cells; i++)
        if (run->cell[i].from == from)
            return &run->cell[i];
    return NULL;
}

/* Puts `value` where the recording has its own at `offset` of the recorded segment. */
static void patch(struct mover *mover, enum real16_register segment, uint16_t offset, uint16_t value,
                  bool before)
{
    uint32_t from = ((uint32_t)mover->recording->before[segment] << 4) + offset;
    for (unsigned i = 0; i < 2; i++) {
        struct real16_cell *cell = cell_at(mover->run, from + i);
        uint8_t byte = (uint8_t)(value >> 8 * i);
        if (cell) {
            cell->after = byte;
            cell->before = before ? byte : cell->before;
        }
    }
}

/* The same in the operand that ModRM names. */
static void patch_named(struct mover *mover, uint16_t value, bool before)
{
    const struct real16_instruction *it = &mover->instruction;
    if (it->mod == 3) {
        enum real16_register reg = real16_general(it->rm);
        mover->run->after[reg] = value;
        mover->run->before[reg] = before ? value : mover->run->before[reg];
        return;
    }
    const struct real16_operand *operand = &mover->operands.operand[0];
    patch(mover, operand->segment, (uint16_t)operand->offset, value, before);
}

/* IP behind the instruction, or where it branches to: relative to where it stands, but for those that load it
 * whole. */
static uint16_t final_ip(const struct mover *mover)
{
    static const uint8_t absolute[] = {0x9a, 0xc2, 0xc3, 0xca, 0xcb, 0xcf, 0xea};
    const struct real16_recording *recording = mover->recording;
    const struct real16_instruction *it = &mover->instruction;
    bool halts = it->opcode == 0xf4;
    uint16_t end = (uint16_t)(recording->after[REAL16_IP] - !halts);
    if (memchr(absolute, it->opcode, sizeof absolute) || (it->opcode == 0xff && it->reg >= 2 && it->reg <= 5))
        return end;
    return (uint16_t)(START + end - recording->before[REAL16_IP]);
}

static bool loads_code_segment(const struct real16_instruction *it)
{
    static const uint8_t far[] = {0x9a, 0xca, 0xcb, 0xcf, 0xea};
    return memchr(far, it->opcode, sizeof far) || (it->opcode == 0xff && (it->reg == 3 || it->reg == 5));
}

/* What the instruction makes of selectors, CS and IP for the program to see. */
static void move_pushed(struct mover *mover)
{
    const struct real16_instruction *it = &mover->instruction;
    uint16_t *before = mover->run->before, sp = mover->recording->before[REAL16_SP];
    uint16_t next = (uint16_t)(START + mover->recording->encoding.length);
    bool far_call = it->opcode == 0x9a || (it->opcode == 0xff && it->reg == 3);
    bool call = it->opcode == 0xe8 || (it->opcode == 0xff && it->reg == 2);
    if ((it->opcode & 0xe7) == 0x06)
        patch(mover, REAL16_SS, (uint16_t)(sp - 2), before[real16_segment(it->opcode >> 3)], false);
    if (it->opcode == 0x8c && it->reg < 4)
        patch_named(mover, before[real16_segment(it->reg)], false);
    if (call || far_call)
        patch(mover, REAL16_SS, (uint16_t)(sp - (far_call ? 4 : 2)), next, false);
    if (far_call)
        patch(mover, REAL16_SS, (uint16_t)(sp - 2), CODE, false);
}

/* SS gets a value that leaves it in the arena; what it is loaded from has that value. */
static const char *move_loaded(struct mover *mover)
{
    const struct real16_instruction *it = &mover->instruction;
    uint16_t value = mover->run->after[REAL16_SS];
    if (it->opcode == 0x17)
        patch(mover, REAL16_SS, mover->recording->before[REAL16_SP], value, true);
    else if (it->mod == 3 && real16_general(it->rm) == REAL16_SP)
        return "SS is loaded from SP, which has to be another then";
    else
        patch_named(mover, value, true);
    return NULL;
}

static void move_segments(struct mover *mover)
{
    static const uint8_t segments[] = {REAL16_ES, REAL16_SS, REAL16_DS};
    struct real16_run *run = mover->run;
    int loaded = mover->recording->vector < 0 ? real16_loads_segment(&mover->instruction) : -1;
    for (unsigned i = 0; i < sizeof segments; i++)
        if (segments[i] != loaded)
            run->after[segments[i]] = run->before[segments[i]];
    run->before[REAL16_CS] = CODE;
    if (!loads_code_segment(&mover->instruction))
        run->after[REAL16_CS] = CODE;
    run->before[REAL16_IP] = START;
}

/* A vector's outcome: the state as it was pushed, and nothing of the table, the frame or the target. */
static void undo_vector(struct mover *mover)
{
    const struct real16_recording *recording = mover->recording;
    struct real16_run *run = mover->run;
    uint16_t ip = real16_word_after(recording, recording->pushed_flags - 4);
    run->kind = recording->soft ? RP_OUTCOME_ENTERED : RP_OUTCOME_TRAPPED;
    run->vector = (uint8_t)recording->vector;
    run->flags_after = real16_word_after(recording, recording->pushed_flags);
    run->after[REAL16_SP] = (uint16_t)(recording->after[REAL16_SP] + 6);
    run->after[REAL16_CS] = CODE;
    run->after[REAL16_IP] = (uint16_t)(START + ip - recording->before[REAL16_IP]);
    for (unsigned i = 0; i < run->cells; i++)
        if (is_pushed(recording, run->cell[i].from))
            run->cell[i].after = run->cell[i].before;
}

const char *real16_relocate(const struct real16_recording *recording, struct real16_run *run)
{
    struct mover mover = {.recording = recording, .run = run};
    run->recording = recording;
    run->cells = 0;
    run->kind = RP_OUTCOME_RETIRED;
    run->vector = 0;
    memcpy(run->before, recording->before, sizeof run->before);
    memcpy(run->after, recording->after, sizeof run->after);
    run->flags_after = recording->after[REAL16_FLAGS];
    mover.instruction = real16_decode(&recording->encoding);
    real16_find_operands(recording, &mover.instruction, &mover.operands);
    const char *cause = place_segments(&mover);
    if (!cause && !all_explained(&mover))
        cause = "memory that no operand explains";
    if (cause)
        return cause;
    move_segments(&mover);
    if (recording->vector >= 0) {
        undo_vector(&mover);
        return NULL;
    }
    run->after[REAL16_IP] = final_ip(&mover);
    move_pushed(&mover);
    return loads_stack(&mover) ? move_loaded(&mover) : NULL;
}
