/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long the CPU finds an encoding, without single step and without a decoder, whether it retires or
 * faults: its first bytes are placed up to the end of the code page, behind which nothing is mapped. A CPU
 * that wants more bytes faults on fetching them, before anything else happens; one that has enough does not
 * (Domas, "Breaking the x86 ISA", section "Page fault analysis"). Gain: two signals instead of a single step,
 * which costs as much as ten of them. */
#include "native/runner/runner.h"
#include "x86/vector.h"

#include <string.h>

#define ERROR_FETCH 0x10 /* SDM Vol. 3A 4.7: I/D */
#define BEGINNINGS  64

/* First bytes that are known to want more. What a CPU wants behind them is decided by them and by the mode,
 * and neighbours in a search share them: one signal less for each that does. */
struct beginning {
    uint8_t mode, count;
    uint8_t bytes[RP_ENCODING_MAX];
};
static struct beginning beginnings[BEGINNINGS];

/* Where the first `count` bytes of the encoding belong; `*is_known`: they stand there. */
static struct beginning *beginning_of(const struct placed *placed, unsigned count, bool *is_known)
{
    struct beginning *beginning =
        &beginnings[rp_native_hash(placed->encoding.bytes, count, placed->mode) % BEGINNINGS];
    *is_known = beginning->count == count && beginning->mode == placed->mode &&
                memcmp(beginning->bytes, placed->encoding.bytes, count) == 0;
    return beginning;
}

static void note_beginning(const struct placed *placed, unsigned count, struct beginning *beginning)
{
    beginning->mode = (uint8_t)placed->mode;
    beginning->count = (uint8_t)count;
    memcpy(beginning->bytes, placed->encoding.bytes, count);
}

/* The instruction wants more than it has been given. A branch to the same place has another RIP, a load or
 * store there another error code. */
static bool wants_more(const struct rp_native_slot *slot, uint64_t start)
{
    const struct back *back = &rp_native_back;
    return back->end == END_SIGNAL && back->vector == RP_VECTOR_PF && back->error_code & ERROR_FETCH &&
           back->cr2 == PAGE_END && back->reg[RP_REG_RIP] == start &&
           back->cs == slot->segment[RP_REG_CS - RP_REG_ES];
}

uint64_t rp_native_enter_at_end(const struct rp_native_slot *slot, unsigned count)
{
    uint64_t start =
        rp_native_start_of((enum rp_mode)slot->mode) + (PAGE_END - RP_ARENA_INSTRUCTION - (uint64_t)count);
    rp_native_place_at_end(count);
    for (unsigned ticks = 0; ticks < RP_NATIVE_TICKS_HUNG; ticks++) {
        rp_native_placed.fresh = true; /* what is entered: not where it was placed first */
        rp_native_enter(slot, start, false, false);
        if (wants_more(slot, start))
            break; /* nothing has been executed */
        rp_native_restore_memory();
        if (rp_native_back.end != END_TICK)
            break;
    }
    return start;
}

/* Is it longer than `count` bytes? What hangs is not: it runs. */
static bool try_longer(const struct rp_native_slot *slot, unsigned count)
{
    return wants_more(slot, rp_native_enter_at_end(slot, count));
}

bool rp_native_is_longer(const struct rp_native_slot *slot, unsigned count)
{
    const struct placed *placed = &rp_native_placed;
    bool is_known;
    if (count > placed->encoding.length)
        return try_longer(slot, count);
    struct beginning *beginning = beginning_of(placed, count, &is_known);
    if (is_known)
        return true;
    if (!try_longer(slot, count))
        return false;
    note_beginning(placed, count, beginning);
    return true;
}

/* Longer than `low`, no longer than `high`: halves what is between. */
static unsigned search(const struct rp_native_slot *slot, unsigned low, unsigned high)
{
    while (high - low > 1) {
        unsigned middle = (low + high) / 2;
        if (rp_native_is_longer(slot, middle))
            low = middle;
        else
            high = middle;
    }
    return high;
}

uint8_t rp_native_find_length(const struct rp_native_slot *slot, bool fits)
{
    unsigned length = rp_native_placed.length;
    if (!fits && rp_native_is_longer(slot, length))
        length = search(slot, length, RP_ENCODING_MAX + 1);
    else if (length > 1 && !rp_native_is_longer(slot, length - 1))
        length = search(slot, 0, length - 1);
    return length > RP_ENCODING_MAX ? 0 : (uint8_t)length;
}
