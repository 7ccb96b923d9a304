/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the end of a worker means: whether a run is to blame, and the line that tells people about it. */
#include "executor/slot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define FUTILE_MAX 3 /* ends in a row without a result or a culprit: the fourth is a fault */

/* True if the end is a sanitizer's report, which is a fault of the program and must not pass for an outcome
 * of the test bytes. Sanitizers exit with 1 where nobody changed that. */
static bool sanitizer_spoke(int status)
{
#ifdef __SANITIZE_ADDRESS__
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
#else
    (void)status;
    return false;
#endif
}

static bool known_dead(const struct rp_deaths *deaths, uint64_t run)
{
    for (unsigned i = 0; i < deaths->count; i++)
        if (deaths->death[i].run == run)
            return true;
    return false;
}

/* The party whose run it was, or is. */
static unsigned at_work(const struct rp_slot *slot)
{
    return slot->work->party ? slot->board->marks.at_work : 0;
}

static unsigned deaths_of(const struct rp_deaths *deaths, unsigned party)
{
    unsigned count = 0;
    for (unsigned i = 0; i < deaths->count; i++)
        count += deaths->death[i].party == party;
    return count;
}

/* True if the first runs of a party, from ordinal `first` on, died one after the other: what kills does not
 * depend on their states. */
static bool nothing_came_back(const struct rp_deaths *deaths, uint64_t first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!known_dead(deaths, first + i))
            return false;
    return true;
}

/* True if a party that has just died again is to make no more runs of the item. */
static bool is_spent(const struct rp_slot *slot, const struct rp_deaths *deaths, unsigned party)
{
    unsigned count = deaths_of(deaths, party);
    uint64_t first = slot->work->party ? slot->board->marks.first[party] : 0;
    return count == RP_DEATHS_MAX || (count > 1 && nothing_came_back(deaths, first, count));
}

/* The last death is the party's, which it made spent. Without its runs those of the others have other
 * ordinals, so what is known of them is forgotten. */
static void put_out(struct rp_deaths *deaths, unsigned party)
{
    deaths->out[party] = (struct rp_party_out){deaths_of(deaths, party), deaths->death[deaths->count - 1]};
    deaths->outs++;
    deaths->count = 0;
}

/* True if the worker that hung is the one that stands still, not one that moved on before the kill arrived.
 */
static bool stood_still(const struct rp_slot *slot)
{
    const struct rp_watch *watch = &slot->watch;
    return watch->killed && watch->item == slot->board->item && watch->runs == slot->board->runs;
}

/* True if nobody but the kernel (out of memory) or a person can have done it. Once an item; whoever is killed
 * again in the same item shall have an outcome and not go on for ever. */
static bool killed_from_outside(const struct rp_slot *slot, int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !stood_still(slot) && !slot->spared;
}

static enum rp_end blame(struct rp_slot *slot, int status)
{
    struct rp_deaths *deaths = &slot->order[0].deaths;
    uint64_t runs = slot->board->runs;
    unsigned party = at_work(slot);
    if (deaths->exhausted || runs == 0 || known_dead(deaths, runs - 1) || sanitizer_spoke(status) ||
        party >= RP_PARTIES_MAX || deaths->out[party].count)
        return RP_END_TOOL;
    bool hung = stood_still(slot);
    int signal = WIFSIGNALED(status) && !hung ? WTERMSIG(status) : 0;
    deaths->death[deaths->count++] =
        (struct rp_death){.run = runs - 1, .signal = signal, .hung = hung, .party = party};
    bool spent = is_spent(slot, deaths, party);
    if (spent && slot->work->party)
        put_out(deaths, party);
    else
        deaths->exhausted = spent;
    slot->futile = 0;
    return RP_END_BLAMED;
}

static enum rp_end judge(struct rp_slot *slot, int status)
{
    uint32_t phase = slot->board->phase;
    if (phase == RP_PHASE_CLOSING)
        return RP_END_LEFT;
    if (phase == RP_PHASE_RUNNING && !killed_from_outside(slot, status))
        return blame(slot, status);
    if (phase == RP_PHASE_OPENING && !killed_from_outside(slot, status))
        return RP_END_TOOL;
    slot->spared = phase == RP_PHASE_RUNNING;
    return ++slot->futile > FUTILE_MAX ? RP_END_TOOL : RP_END_KILLED;
}

/* "died of SIGABRT", "hung", "exited with 3". */
static void print_how(const struct rp_slot *slot, int status, char *text, size_t size)
{
    const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;
    if (slot->watch.killed)
        snprintf(text, size, "hung");
    else if (WIFEXITED(status))
        snprintf(text, size, "exited with %d", WEXITSTATUS(status));
    else if (name)
        snprintf(text, size, "died of SIG%s", name);
    else
        snprintf(text, size, "died of signal %d", WTERMSIG(status));
}

/* "in run 3 of item 17", "in run 3 of item 17, by unicorn", "before the first run of item 17", "while
 * opening". */
static void print_where(const struct rp_slot *slot, char *text, size_t size)
{
    static const char *const elsewhere[] = {[RP_PHASE_OPENING] = "while opening",
                                            [RP_PHASE_WAITING] = "between items",
                                            [RP_PHASE_SENDING] = "while sending a result",
                                            [RP_PHASE_CLOSING] = "while closing"};
    const struct rp_board *board = slot->board;
    if (board->phase != RP_PHASE_RUNNING) {
        snprintf(text, size, "%s", elsewhere[board->phase]);
        return;
    }
    char name[128], party[40] = "";
    snprintf(name, sizeof name, "item %" PRIu64, board->item);
    if (slot->work->name)
        slot->work->name(slot->work->context, (size_t)board->item, name, sizeof name);
    if (slot->work->party)
        slot->work->party(slot->work->context, at_work(slot), party, sizeof party);
    if (board->runs)
        snprintf(text, size, "in run %" PRIu64 " of %s%s%s", board->runs - 1, name, party[0] ? ", by " : "",
                 party);
    else
        snprintf(text, size, "before the first run of %s", name);
}

/* The last lines of its standard error, as one; of a sanitizer's report, what it says in short. */
static void print_words(const struct rp_slot *slot, char *text, size_t size)
{
    size_t length = slot->word_count, shown = size - 24;
    while (length && slot->word[length - 1] == '\n')
        length--;
    const char *begin = memmem(slot->word, length, "SUMMARY: ", 9);
    if (!begin)
        begin = slot->word + (length < shown ? 0 : length - shown);
    snprintf(text, size, "%s%.*s", length ? "; its last words: " : "", (int)(slot->word + length - begin),
             begin);
    for (char *c = text; *c; c++)
        if (*c == '\n')
            *c = '|';
}

enum rp_end rp_slot_judge(struct rp_slot *slot, int status, struct rp_error *error)
{
    char how[40], where[200], words[400];
    const char *why = "";
    bool known = slot->board->runs && known_dead(&slot->order[0].deaths, slot->board->runs - 1);
    enum rp_end end = judge(slot, status);
    if (end == RP_END_TOOL && slot->board->phase == RP_PHASE_RUNNING)
        why =
            known ? ", which is known to be dead and was not to be made" : ", which no run can be blamed for";
    print_how(slot, status, how, sizeof how);
    print_where(slot, where, sizeof where);
    print_words(slot, words, sizeof words);
    rp_error_set(error, RP_EENVIRONMENT, "a worker %s %s%s%s", how, where, why, words);
    return end;
}
