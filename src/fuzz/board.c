/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board; see board.h. */
#include "fuzz/board.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW   2048 /* tries of an arm that are remembered, about */
#define RECENT   256  /* of a donor: cells come in the order in which they were met, and its luck changes */
#define TRIAL    16   /* tries that a source has to show something */
#define EXPLORES 18   /* three draws of so many are not the best source's */
#define RATE     4096
#define POOR     16 /* a donor that gains less often gives its place to another */

static int map(int flags, int descriptor, struct rp_fuzz_board **board, struct rp_error *error)
{
    void *memory =
        mmap(NULL, sizeof **board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | flags, descriptor, 0);
    if (memory == MAP_FAILED)
        return rp_error_system(error, errno, "cannot map %zu bytes for what workers share", sizeof **board);
    *board = memory;
    return RP_OK;
}

int rp_fuzz_board_open(struct rp_fuzz_board **board, struct rp_error *error)
{
    return map(MAP_ANONYMOUS, -1, board, error);
}

int rp_fuzz_board_make(int *descriptor, struct rp_fuzz_board **board, struct rp_error *error)
{
    *descriptor = memfd_create("ringprobe-board", MFD_CLOEXEC);
    if (*descriptor < 0 || ftruncate(*descriptor, sizeof **board))
        return rp_error_system(error, errno, "cannot make %zu bytes for what afl-fuzz shares",
                               sizeof **board);
    return map(0, *descriptor, board, error);
}

int rp_fuzz_board_attach(int descriptor, struct rp_fuzz_board **board, struct rp_error *error)
{
    struct stat status;
    if (fstat(descriptor, &status) || status.st_size != sizeof **board)
        return rp_error_set(error, RP_EINPUT, "descriptor %d holds no board of this version", descriptor);
    return map(0, descriptor, board, error);
}

void rp_fuzz_board_close(struct rp_fuzz_board *board)
{
    if (board)
        munmap(board, sizeof *board);
}

bool rp_fuzz_board_is_full(const struct rp_fuzz_board *board)
{
    return rp_fuzz_set_is_full(&board->coarse) || rp_fuzz_set_is_full(&board->whole) ||
           rp_fuzz_set_is_full(&board->suspects);
}

/* A place is taken, then filled; its length comes last, and an input without bytes is one that nobody picks.
 * A worker that is killed between the two leaves such a place for ever. */
int64_t rp_fuzz_board_stock(struct rp_fuzz_board *board, const struct rp_fuzz_input *input)
{
    uint64_t at = __atomic_load_n(&board->stock, __ATOMIC_RELAXED);
    do {
        if (at >= RP_FUZZ_STOCK_MAX)
            return -1;
    } while (
        !__atomic_compare_exchange_n(&board->stock, &at, at + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    struct rp_fuzz_input *slot = &board->input[at];
    struct rp_fuzz_input hidden = *input;
    hidden.cell = rp_fuzz_cell_of(input);
    hidden.encoding.length = 0;
    *slot = hidden;
    __atomic_store_n(&slot->encoding.length, input->encoding.length, __ATOMIC_RELEASE);
    if (rp_fuzz_set_add(&board->met, hidden.cell))
        __atomic_store_n(&board->first_of[__atomic_fetch_add(&board->cells, 1, __ATOMIC_ACQ_REL)],
                         (uint32_t)at + 1, __ATOMIC_RELEASE);
    return (int64_t)at;
}

/* A number has the same place in every set that has grown as far. Places that are free are not written, and
 * parts it has not grown to not read, so that they stay no memory. */
static void adopt_set(struct rp_fuzz_set *set, const struct rp_fuzz_set *other)
{
    size_t slots = 0;
    for (unsigned part = 0; part < RP_FUZZ_SET_PARTS && other->count > slots / 4 * 3; part++)
        slots += RP_FUZZ_SET_SLOTS << part;
    for (size_t i = 0; i < slots; i++)
        if (other->slot[i])
            set->slot[i] = other->slot[i];
    set->count = other->count;
}

void rp_fuzz_board_adopt(struct rp_fuzz_board *board, const struct rp_fuzz_board *other)
{
    adopt_set(&board->coarse, &other->coarse);
    adopt_set(&board->whole, &other->whole);
    memcpy(board->runs_of, other->runs_of, sizeof board->runs_of);
    memcpy(board->deadly_key, other->deadly_key, sizeof board->deadly_key);
    board->deadly = other->deadly;
    for (uint64_t i = 0; i < other->stock && i < RP_FUZZ_STOCK_MAX; i++)
        if (other->input[i].encoding.length)
            rp_fuzz_board_stock(board, &other->input[i]);
}

/* Workers may step on each other here: a lost count changes nobody's mind. */
static void gain(struct rp_fuzz_arm *arm, unsigned window, bool gains)
{
    if (arm->tries >= window) {
        arm->tries /= 2;
        arm->gains /= 2;
    }
    arm->tries++;
    arm->gains += gains;
}

void rp_fuzz_schedule_gain(struct rp_fuzz_schedule *schedule, unsigned source, bool gains)
{
    if (source < RP_FUZZ_ARMS) {
        gain(&schedule->arm[source], WINDOW, gains);
        return;
    }
    source -= RP_FUZZ_ARMS;
    gain(&schedule->donor[source / RP_FUZZ_KINDS].arm[source % RP_FUZZ_KINDS], RECENT, gains);
}

/* Gains of RATE tries, by what is known; of little nothing is known. */
static uint64_t rate_of(const struct rp_fuzz_arm *arm)
{
    return (uint64_t)arm->gains * RATE / (arm->tries + TRIAL / 2);
}

static bool can_give(const struct rp_fuzz_donor *donor, unsigned kind, uint64_t cells)
{
    return donor->input && donor->cursor[kind] < cells;
}

/* Of a donor the better half, and until it was tried some good. */
static uint64_t worth_of(const struct rp_fuzz_donor *donor, uint64_t cells)
{
    uint64_t worth = 0;
    for (unsigned kind = 0; kind < RP_FUZZ_KINDS; kind++) {
        uint64_t rate = donor->arm[kind].tries < TRIAL ? RATE : rate_of(&donor->arm[kind]);
        if (can_give(donor, kind, cells) && rate > worth)
            worth = rate;
    }
    return worth;
}

void rp_fuzz_schedule_donate(struct rp_fuzz_schedule *schedule, uint32_t input, uint64_t cells)
{
    uint64_t least = RATE / POOR;
    unsigned worst = RP_FUZZ_DONORS;
    for (unsigned i = 0; i < RP_FUZZ_DONORS && least; i++) {
        uint64_t worth = worth_of(&schedule->donor[i], cells);
        if (worth < least) {
            least = worth;
            worst = i;
        }
    }
    if (worst < RP_FUZZ_DONORS)
        schedule->donor[worst] = (struct rp_fuzz_donor){.input = input + 1};
}

static const struct rp_fuzz_arm *arm_of(const struct rp_fuzz_schedule *schedule, unsigned source,
                                        uint64_t cells)
{
    if (source < RP_FUZZ_ARMS)
        return &schedule->arm[source];
    unsigned kind = (source - RP_FUZZ_ARMS) % RP_FUZZ_KINDS;
    const struct rp_fuzz_donor *donor = &schedule->donor[(source - RP_FUZZ_ARMS) / RP_FUZZ_KINDS];
    return can_give(donor, kind, cells) ? &donor->arm[kind] : NULL;
}

/* One that was not tried yet; else each arm in turn. */
static unsigned explore(const struct rp_fuzz_schedule *schedule, uint64_t cells, uint64_t random)
{
    for (unsigned i = 0; i < RP_FUZZ_SOURCES; i++) {
        const struct rp_fuzz_arm *arm = arm_of(schedule, i, cells);
        if (arm && arm->tries < TRIAL)
            return i;
    }
    return (unsigned)(random % RP_FUZZ_ARMS);
}

/* Most turns are the best source's. Of the others two thirds see to it that none is given up, and a third is
 * the round's. */
unsigned rp_fuzz_schedule_draw(const struct rp_fuzz_schedule *schedule, uint64_t cells, uint64_t random)
{
    unsigned best = 0, turn = (unsigned)(random % EXPLORES);
    uint64_t most = 0;
    random /= EXPLORES;
    if (turn == 0)
        return explore(schedule, cells, random);
    if (turn == 1)
        return (unsigned)(random % RP_FUZZ_ARMS);
    if (turn == 2)
        return RP_FUZZ_ROUND;
    for (unsigned i = 0; i < RP_FUZZ_SOURCES; i++) {
        const struct rp_fuzz_arm *arm = arm_of(schedule, i, cells);
        if (arm && rate_of(arm) > most) {
            most = rate_of(arm);
            best = i;
        }
    }
    return best;
}

#define EVERY_MODE 7

static uint64_t deadly_key(uint64_t cell, unsigned mode)
{
    return cell << 3 | mode; /* a cell is not 0 */
}

/* How many of the keys that the cell may have are there, `mode`'s and EVERY_MODE's in *kills. */
static unsigned count_keys(const struct rp_fuzz_board *board, uint64_t cell, unsigned mode, bool *kills)
{
    uint64_t count = __atomic_load_n(&board->deadly, __ATOMIC_ACQUIRE);
    unsigned keys = 0;
    *kills = false;
    for (uint64_t i = 0; i < count && i < RP_FUZZ_DEADLY_MAX; i++) {
        uint64_t key = __atomic_load_n(&board->deadly_key[i], __ATOMIC_ACQUIRE);
        if (key >> 3 != cell << 3 >> 3)
            continue;
        keys++;
        *kills |= (key & 7) == mode || (key & 7) == EVERY_MODE;
    }
    return keys;
}

static void add_key(struct rp_fuzz_board *board, uint64_t key)
{
    uint64_t at = __atomic_fetch_add(&board->deadly, 1, __ATOMIC_ACQ_REL);
    if (at < RP_FUZZ_DEADLY_MAX)
        __atomic_store_n(&board->deadly_key[at], key, __ATOMIC_RELEASE);
}

void rp_fuzz_board_kills(struct rp_fuzz_board *board, uint64_t cell, unsigned mode)
{
    bool kills;
    unsigned keys = count_keys(board, cell, mode, &kills);
    if (!kills)
        add_key(board, deadly_key(cell, keys ? EVERY_MODE : mode));
}

bool rp_fuzz_board_is_deadly(const struct rp_fuzz_board *board, uint64_t cell, unsigned mode)
{
    bool kills;
    count_keys(board, cell, mode, &kills);
    return kills;
}
