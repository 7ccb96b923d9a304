/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board; see board.h. */
#include "fuzz/board.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW 8192 /* tries of an arm that are remembered, about */
#define FLOOR  16   /* what an arm without gains weighs; one whose every try gains weighs 4096 */

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
    *descriptor = memfd_create("ringprobe-board", 0);
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

/* A place is taken, then filled; its length comes last, and an input without bytes is one that nobody picks.
 * A worker that is killed between the two leaves such a place for ever. */
bool rp_fuzz_board_stock(struct rp_fuzz_board *board, const struct rp_fuzz_input *input)
{
    uint64_t at = __atomic_load_n(&board->stock, __ATOMIC_RELAXED);
    do {
        if (at >= RP_FUZZ_STOCK_MAX)
            return false;
    } while (
        !__atomic_compare_exchange_n(&board->stock, &at, at + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    struct rp_fuzz_input *slot = &board->input[at];
    struct rp_fuzz_input hidden = *input;
    hidden.encoding.length = 0;
    *slot = hidden;
    __atomic_store_n(&slot->encoding.length, input->encoding.length, __ATOMIC_RELEASE);
    return true;
}

/* Workers may step on each other here: a lost count changes nobody's mind. */
void rp_fuzz_board_gain(struct rp_fuzz_board *board, unsigned arm, unsigned tries, unsigned gains)
{
    struct rp_fuzz_arm *a = &board->arm[arm];
    if (a->tries >= WINDOW) {
        a->tries /= 2;
        a->gains /= 2;
    }
    a->tries += tries;
    a->gains += gains;
}

unsigned rp_fuzz_board_arm(const struct rp_fuzz_board *board, uint64_t random)
{
    uint64_t weight[RP_FUZZ_ARMS], sum = 0;
    for (unsigned i = 0; i < RP_FUZZ_ARMS; i++) {
        const struct rp_fuzz_arm *a = &board->arm[i];
        weight[i] = FLOOR + (uint64_t)a->gains * 4096 / (a->tries + 1) + (a->tries < WINDOW / 16 ? 1024 : 0);
        sum += weight[i];
    }
    random %= sum;
    unsigned arm = 0;
    while (random >= weight[arm])
        random -= weight[arm++];
    return arm;
}

static uint64_t deadly_key(uint64_t name, unsigned mode)
{
    return (name ^ mode) | 1;
}

void rp_fuzz_board_kills(struct rp_fuzz_board *board, uint64_t name, unsigned mode)
{
    if (rp_fuzz_board_is_deadly(board, name, mode))
        return;
    uint64_t at = __atomic_fetch_add(&board->deadly, 1, __ATOMIC_ACQ_REL);
    if (at < RP_FUZZ_DEADLY_MAX)
        __atomic_store_n(&board->deadly_key[at], deadly_key(name, mode), __ATOMIC_RELEASE);
}

bool rp_fuzz_board_is_deadly(const struct rp_fuzz_board *board, uint64_t name, unsigned mode)
{
    uint64_t count = __atomic_load_n(&board->deadly, __ATOMIC_ACQUIRE);
    for (uint64_t i = 0; i < count && i < RP_FUZZ_DEADLY_MAX; i++)
        if (__atomic_load_n(&board->deadly_key[i], __ATOMIC_ACQUIRE) == deadly_key(name, mode))
            return true;
    return false;
}
