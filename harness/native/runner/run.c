/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One job: place the encoding, load the pre-state, enter, and make an outcome of what came back. The hot
 * path: a run that retires makes no system call, and what it costs beyond the run itself is
 * tests/bench/native_rate's to say. */
#include "native/extended.h"
#include "native/runner/runner.h"

#include <immintrin.h>
#include <string.h>

#define WORDS_DATA  (RP_ARENA_DATA_SIZE / 8)
#define WORDS_STACK (RP_ARENA_STACK_SIZE / 8)
#define VECTORS_LOW (16 * RP_VECTOR_WORDS_EACH) /* words of the first 16 registers */
#define CANARY      3                           /* a NULL selector that IRET turns into 0 */
#define AGAIN       2                           /* times that one which may have been is run again */
#define AT_MXCSR    24                          /* in an XSAVE area, SDM Vol. 1 table 10-2 */
#define NOBODY      UINT32_MAX

_Static_assert(offsetof(struct back, reg) == BACK_REG && offsetof(struct back, end) == BACK_END &&
                   offsetof(struct back, host_stack) == BACK_HOST_STACK &&
                   offsetof(struct back, entry) == BACK_ENTRY && offsetof(struct back, mask) == BACK_MASK &&
                   offsetof(struct back, inside) == BACK_INSIDE,
               "entry.S knows these");
_Static_assert(offsetof(struct rp_native_slot, area_at) == SLOT_AREA_AT, "entry.S knows it");

struct back rp_native_back;

/* Data and stack as the pre-state has them. */
static uint64_t expected[WORDS_DATA + WORDS_STACK] __attribute__((aligned(64)));
static uint32_t applied = NOBODY; /* the slot whose words stand there */
static uint32_t special;          /* the blocks in which it has any, a bit each */

static uint64_t *live(uint32_t word)
{
    uintptr_t data = RP_ARENA_DATA, stack = RP_ARENA_STACK;
    return word < WORDS_DATA ? (uint64_t *)data + word : (uint64_t *)stack + (word - WORDS_DATA);
}

static uint32_t word_of(uint32_t address)
{
    if (address - RP_ARENA_DATA < RP_ARENA_DATA_SIZE)
        return (address - RP_ARENA_DATA) / 8;
    return WORDS_DATA + (address - RP_ARENA_STACK) / 8;
}

void rp_native_forget_memory(void)
{
    for (uint32_t i = 0; i < WORDS_DATA + WORDS_STACK; i++)
        *live(i) = expected[i] = RP_MEMORY_FILL;
    applied = NOBODY;
}

static void put_words(const struct rp_native_slot *slot, bool fill)
{
    for (uint32_t i = 0; i < slot->words; i++) {
        uint32_t word = word_of(slot->word[i].address);
        *live(word) = expected[word] = fill ? RP_MEMORY_FILL : slot->word[i].value;
        special |= UINT32_C(1) << word / RP_NATIVE_BLOCK;
    }
}

static void apply_memory(uint32_t number)
{
    if (applied == number)
        return;
    if (applied != NOBODY)
        put_words(&rp_native_shared->slot[applied], true);
    special = 0;
    put_words(&rp_native_shared->slot[number], false);
    applied = number;
}

#define READ_SELECTOR(name)                                                                                  \
    static uint16_t read_##name(void)                                                                        \
    {                                                                                                        \
        uint16_t selector;                                                                                   \
        __asm__ volatile("mov %%" #name ", %0" : "=r"(selector));                                            \
        return selector;                                                                                     \
    }
#define LOAD_SELECTOR(name)                                                                                  \
    static void load_##name(uint16_t selector)                                                               \
    {                                                                                                        \
        if (read_##name() != selector)                                                                       \
            __asm__ volatile("mov %0, %%" #name : : "r"(selector));                                          \
    }
READ_SELECTOR(ds)
READ_SELECTOR(es)
READ_SELECTOR(fs)
READ_SELECTOR(gs)
READ_SELECTOR(ss)
LOAD_SELECTOR(ds)
LOAD_SELECTOR(es)
LOAD_SELECTOR(fs)
LOAD_SELECTOR(gs)
LOAD_SELECTOR(ss)

static uint64_t segment(const struct rp_native_slot *slot, enum rp_reg reg)
{
    return slot->segment[reg - RP_REG_ES];
}

/* Loading a selector loads the base that its descriptor has, so bases come behind. */
__attribute__((target("fsgsbase"))) static void load_bases(const struct rp_native_slot *slot)
{
    if (_readfsbase_u64() != segment(slot, RP_REG_FS_BASE))
        _writefsbase_u64(segment(slot, RP_REG_FS_BASE));
    if (_readgsbase_u64() != segment(slot, RP_REG_GS_BASE))
        _writegsbase_u64(segment(slot, RP_REG_GS_BASE));
}

static void load_segments(const struct rp_native_slot *slot, bool canary)
{
    bool null_ds = canary && slot->mode == RP_MODE_LONG64; /* there nothing is addressed by it */
    load_ds(null_ds ? CANARY : (uint16_t)segment(slot, RP_REG_DS));
    load_es((uint16_t)segment(slot, RP_REG_ES));
    load_fs(canary ? CANARY : (uint16_t)segment(slot, RP_REG_FS));
    load_gs(canary ? CANARY : (uint16_t)segment(slot, RP_REG_GS));
    if (rp_native_shared->layout.fsgsbase)
        load_bases(slot);
}

__attribute__((target("fsgsbase"))) static void read_bases(void)
{
    rp_native_back.fs_base = _readfsbase_u64();
    rp_native_back.gs_base = _readgsbase_u64();
}

/* A signal is an interrupt: a NULL selector that is not 0 is 0 behind it, which is none of the test's doing.
 */
static uint16_t before_signal(uint16_t found, uint64_t loaded)
{
    return rp_native_back.end == END_SIGNAL && found == 0 && loaded <= CANARY ? (uint16_t)loaded : found;
}

/* Takes the selectors of the test, and puts SS back, which a signal has done already. */
static void read_segments(const struct rp_native_slot *slot)
{
    struct back *back = &rp_native_back;
    back->ds = before_signal(read_ds(), segment(slot, RP_REG_DS));
    back->es = before_signal(read_es(), segment(slot, RP_REG_ES));
    back->fs = before_signal(read_fs(), segment(slot, RP_REG_FS));
    back->gs = before_signal(read_gs(), segment(slot, RP_REG_GS));
    if (back->end == END_JUMP) {
        back->ss = read_ss();
        back->cs = (uint16_t)segment(slot, RP_REG_CS);
        load_ss(RP_NATIVE_DATA);
    }
    if (rp_native_shared->layout.fsgsbase)
        read_bases();
}

void rp_native_enter(const struct rp_native_slot *slot, uint64_t start, bool stepping, bool canary)
{
    struct placed *placed = &rp_native_placed;
    uint64_t flags = slot->reg[RP_REG_RFLAGS] | (stepping ? RP_FLAG_TF : 0);
    if (rp_native_ticked) {
        rp_native_ticked = 0;
        rp_native_timer();
    }
    load_segments(slot, canary);
    rp_native_back.entry = start;
    /* Code written through another address is seen behind a serializing instruction, SDM Vol. 3A 8.1.3: IRET.
     */
    if (slot->mode == RP_MODE_LONG64 && !(flags & RP_FLAG_TF) && !placed->fresh)
        rp_native_enter_jump(slot);
    else
        rp_native_enter_iret(slot, segment(slot, RP_REG_CS), segment(slot, RP_REG_SS), flags);
    placed->fresh = false;
    rp_native_back.entry = 0;
    if (rp_native_shared->layout.avx)
        __asm__ volatile("vzeroupper" : : : "memory");
    rp_native_shared->beat++;
    read_segments(slot);
}

struct list {
    struct rp_change *change;
    size_t count;
};

static void compare(struct list *list, const uint64_t *before, const uint64_t *after, const uint64_t *ignored,
                    size_t count, uint32_t component)
{
    list->count += rp_diff(before, after, ignored, count, component, list->change + list->count, count);
}

/* The same, where hardly anything differs: found by vectors, named by the differ. `count` is 64 at most. */
static void compare_words(struct list *list, const uint64_t *before, const uint64_t *after,
                          const uint64_t *ignored, size_t count, uint32_t component)
{
    for (uint64_t bits = rp_native_words_differ(before, after, count); bits; bits &= bits - 1) {
        unsigned i = (unsigned)__builtin_ctzll(bits);
        compare(list, before + i, after + i, ignored ? ignored + i : NULL, 1, component + i);
    }
}

/* Puts blocks of data and stack back, and lists what differs in them unless `list` is NULL. */
static void settle_blocks(struct list *list, uint32_t blocks)
{
    for (; blocks; blocks &= blocks - 1) {
        uint32_t word = (uint32_t)__builtin_ctz(blocks) * RP_NATIVE_BLOCK;
        uint64_t *now = live(word);
        for (uint64_t bits = rp_native_words_differ(&expected[word], now, RP_NATIVE_BLOCK); bits;
             bits &= bits - 1) {
            unsigned i = (unsigned)__builtin_ctzll(bits);
            if (list)
                compare(list, &expected[word + i], &now[i], NULL, 1, RP_COMPONENT_MEMORY + word + i);
            now[i] = expected[word + i];
        }
    }
}

static void settle_memory(void)
{
    settle_blocks(NULL, rp_native_blocks_changed(expected, special));
}

/* What the CPU loads with a selector: of our own descriptors the base is known, the rest it says itself. */
static void find_hidden(uint16_t selector, uint64_t hidden[3])
{
    uint32_t limit = 0, rights = 0;
    uint8_t valid;
    __asm__ volatile("lsl %2, %1; setz %0" : "=q"(valid), "+r"(limit) : "r"((uint32_t)selector) : "cc");
    __asm__ volatile("lar %1, %0" : "+r"(rights) : "r"((uint32_t)selector) : "cc");
    hidden[0] = rp_native_base_of(selector);
    hidden[1] = valid ? limit : 0;
    hidden[2] = valid ? rights >> 8 & 0xf0ff : 0;
}

static void compare_segment(struct list *list, const struct rp_native_slot *slot, enum rp_reg reg,
                            uint16_t selector)
{
    const uint64_t *before = &slot->segment[reg - RP_REG_ES];
    bool based = reg == RP_REG_FS || reg == RP_REG_GS;
    if (selector == before[0] && !based)
        return;
    uint64_t after[4] = {selector, before[1], before[2], before[3]};
    if (selector != before[0])
        find_hidden(selector, after + 1);
    if (slot->mode == RP_MODE_LONG64 && rp_native_shared->layout.fsgsbase && reg == RP_REG_FS)
        after[1] = rp_native_back.fs_base;
    if (slot->mode == RP_MODE_LONG64 && rp_native_shared->layout.fsgsbase && reg == RP_REG_GS)
        after[1] = rp_native_back.gs_base;
    compare(list, before, after, NULL, 4, reg);
}

static bool bases_stand(const struct rp_native_slot *slot)
{
    const struct back *back = &rp_native_back;
    return slot->mode != RP_MODE_LONG64 || !rp_native_shared->layout.fsgsbase ||
           (back->fs_base == segment(slot, RP_REG_FS_BASE) && back->gs_base == segment(slot, RP_REG_GS_BASE));
}

static void compare_segments(struct list *list, const struct rp_native_slot *slot)
{
    const struct back *back = &rp_native_back;
    uint64_t changed = (back->es ^ segment(slot, RP_REG_ES)) | (back->cs ^ segment(slot, RP_REG_CS)) |
                       (back->ss ^ segment(slot, RP_REG_SS)) | (back->ds ^ segment(slot, RP_REG_DS)) |
                       (back->fs ^ segment(slot, RP_REG_FS)) | (back->gs ^ segment(slot, RP_REG_GS));
    if (changed == 0 && bases_stand(slot))
        return;
    compare_segment(list, slot, RP_REG_ES, back->es);
    compare_segment(list, slot, RP_REG_CS, back->cs);
    compare_segment(list, slot, RP_REG_SS, back->ss);
    compare_segment(list, slot, RP_REG_DS, back->ds);
    compare_segment(list, slot, RP_REG_FS, back->fs);
    compare_segment(list, slot, RP_REG_GS, back->gs);
}

/* ZMM0 to 15, which stand in three components, register by register: changes ascend. */
static void compare_low_vectors(struct list *list, const uint8_t *a, const uint8_t *b, uint64_t bits)
{
    const struct rp_native_layout *layout = &rp_native_shared->layout;
    const struct {
        uint32_t at, each; /* words of a register */
        uint64_t bit;
    } parts[] = {
        {160, 2, RP_NATIVE_SSE}, {layout->avx, 2, RP_NATIVE_AVX}, {layout->upper, 4, RP_NATIVE_UPPER}};
    const unsigned count = sizeof parts / sizeof parts[0];
    uint64_t words[3] = {0};
    for (unsigned part = 0; part < count; part++)
        if (bits & parts[part].bit)
            words[part] =
                rp_native_words_differ((const uint64_t *)(a + parts[part].at),
                                       (const uint64_t *)(b + parts[part].at), 16 * parts[part].each);
    for (unsigned reg = 0; reg < 16 && (words[0] | words[1] | words[2]); reg++) {
        uint32_t component = RP_COMPONENT_VECTOR + reg * RP_VECTOR_WORDS_EACH;
        for (unsigned part = 0; part < count; part++) {
            unsigned each = parts[part].each, at = parts[part].at + 8 * each * reg;
            if (words[part] & ((UINT64_C(1) << each) - 1))
                compare(list, (const uint64_t *)(a + at), (const uint64_t *)(b + at), NULL, each, component);
            words[part] >>= each;
            component += each;
        }
    }
}

static void compare_x87(struct list *list, const uint8_t *a, const uint8_t *b)
{
    static struct rp_state before, after;
    static uint64_t ignored[RP_REG_COUNT];
    if (!ignored[RP_REG_FOP])
        rp_registers_ignored(ignored);
    rp_native_unpack(&rp_native_shared->layout, a, RP_NATIVE_X87, &before);
    rp_native_unpack(&rp_native_shared->layout, b, RP_NATIVE_X87, &after);
    compare(list, &before.reg[RP_REG_FCW], &after.reg[RP_REG_FCW], &ignored[RP_REG_FCW],
            RP_REG_MXCSR - RP_REG_FCW, RP_REG_FCW);
}

/* A register of 32 bits that stands at `at`. */
static void compare_32(struct list *list, const uint8_t *a, const uint8_t *b, uint32_t at, enum rp_reg reg)
{
    const uint64_t before = *(const uint32_t *)(a + at), after = *(const uint32_t *)(b + at);
    compare(list, &before, &after, NULL, 1, reg);
}

/* XSAVE writes components in their initial state too, so areas are compared as they are. */
static void compare_extended(struct list *list, const struct rp_native_slot *slot)
{
    const struct rp_native_layout *layout = &rp_native_shared->layout;
    const uint8_t *a = (const uint8_t *)slot + slot->area_at, *b = rp_native_back.area;
    uint64_t bits = rp_native_areas_differ(a, b);
    if (bits == 0)
        return;
    if (bits & RP_NATIVE_PKRU)
        compare_32(list, a, b, layout->pkru, RP_REG_PKRU);
    if (bits & RP_NATIVE_X87)
        compare_x87(list, a, b);
    compare_32(list, a, b, AT_MXCSR, RP_REG_MXCSR);
    compare_low_vectors(list, a, b, bits);
    for (unsigned half = 0; half < 2 && bits & RP_NATIVE_HIGH; half++)
        compare_words(list, (const uint64_t *)(a + layout->high) + 64 * half,
                      (const uint64_t *)(b + layout->high) + 64 * half, NULL, 64,
                      RP_COMPONENT_VECTOR + VECTORS_LOW + 64 * half);
    if (bits & RP_NATIVE_OPMASK)
        compare_words(list, (const uint64_t *)(a + layout->opmask), (const uint64_t *)(b + layout->opmask),
                      NULL, 8, RP_COMPONENT_VECTOR + RP_VECTOR_MASKS);
}

/* The single step sets TF by itself; what the instruction made of it is not to be seen then. */
static void take_flags(const struct rp_native_slot *slot, bool stepping)
{
    uint64_t *flags = &rp_native_back.reg[RP_REG_RFLAGS];
    if (stepping && *flags & RP_FLAG_TF)
        *flags = (*flags & ~RP_FLAG_TF) | (slot->reg[RP_REG_RFLAGS] & RP_FLAG_TF);
}

static void collect(const struct rp_native_slot *slot, bool stepping, struct rp_native_result *result)
{
    static const uint64_t ignored[RP_REG_RFLAGS + 1] = {[RP_REG_RFLAGS] = RP_FLAG_RF};
    struct rp_native_shared *shared = rp_native_shared;
    struct list list = {&shared->change[shared->changes], 0};
    if (shared->bare)
        return;
    if (result->kind == RP_OUTCOME_HUNG || result->kind == RP_OUTCOME_UNSUPPORTED) {
        settle_memory();
        return;
    }
    /* First of all: what XSAVE has just stored, in narrow words, reaches the cache in the meantime. */
    uint32_t blocks = rp_native_blocks_changed(expected, special);
    take_flags(slot, stepping);
    compare_words(&list, slot->reg, rp_native_back.reg, ignored, RP_REG_RFLAGS + 1, 0);
    compare_segments(&list, slot);
    compare_extended(&list, slot);
    settle_blocks(&list, blocks);
    result->count = (uint32_t)list.count;
    shared->changes += (uint32_t)list.count;
}

void rp_native_restore_memory(void)
{
    if (!rp_native_shared->bare)
        settle_memory();
}

/* A NULL selector other than 0 is 0 behind any interrupt, whose IRET makes it that (SDM Vol. 2A "IRET"). Some
 * hundred runs in a million meet one, and the instruction may have seen it, too. Who runs it again can tell
 * that from a 0 of the instruction's own. */
static bool may_be_interrupted(const struct rp_native_slot *slot)
{
    const struct back *back = &rp_native_back;
    return back->end == END_JUMP &&
           ((back->ds == 0 && segment(slot, RP_REG_DS)) || (back->es == 0 && segment(slot, RP_REG_ES)) ||
            (back->fs == 0 && segment(slot, RP_REG_FS)) || (back->gs == 0 && segment(slot, RP_REG_GS)));
}

/* Makes the run until it ends by itself; false if it does not. */
static bool run_to_its_end(const struct rp_native_slot *slot, bool stepping, bool canary)
{
    uint64_t start = rp_native_start_of((enum rp_mode)slot->mode);
    unsigned again = canary ? 0 : AGAIN, ticks = 0; /* a canary waits for an interrupt */
    while (ticks < RP_NATIVE_TICKS_HUNG) {
        rp_native_enter(slot, start, stepping, canary);
        if (rp_native_back.end == END_TICK)
            ticks++;
        else if (again == 0 || !may_be_interrupted(slot))
            return true;
        else
            again--;
        rp_native_restore_memory();
    }
    return false;
}

/* Once for each encoding: does the CPU find its end where the way out stands? If not, that has been moved,
 * and what the run came to is not to be believed. */
static bool length_holds(const struct rp_native_slot *slot, bool fits, struct rp_native_result *result)
{
    struct placed *placed = &rp_native_placed;
    uint8_t before = placed->length;
    if (!rp_native_found(rp_native_find_length(slot, fits), slot)) {
        *result = (struct rp_native_result){
            .kind = RP_OUTCOME_UNSUPPORTED, .hazard = placed->hazard, .first = result->first};
        return true;
    }
    return placed->length == before;
}

/* One try at a result. False: it has to be made again, as `placed` and `*stepping` say now. What does not end
 * is settled by single step: a branch to itself retires each time. */
static bool make_once(const struct rp_native_slot *slot, bool *stepping, bool canary,
                      struct rp_native_result *result)
{
    const struct placed *placed = &rp_native_placed;
    bool asked = placed->found || placed->way == RP_NATIVE_STEP;
    rp_native_clear_end();
    result->kind = RP_OUTCOME_HUNG;
    *stepping |= rp_native_branch_may_come_back(placed);
    bool ended = run_to_its_end(slot, *stepping, canary);
    if (!ended && !*stepping && !placed->sequence) {
        *stepping = true;
        return false;
    }
    enum verdict verdict = ended ? rp_native_classify(slot, *stepping, result) : DONE;
    if (verdict == SETTLE && ((*stepping && asked) || placed->sequence)) {
        result->kind = RP_OUTCOME_UNSUPPORTED;
        verdict = DONE;
    }
    if (verdict ==
        SETTLE) { /* an instruction that ends elsewhere is the likelier cause, and cheaper to see */
        rp_native_restore_memory();
        *stepping = asked;
        rp_native_shared->settled += asked;
        if (!asked)
            length_holds(slot, false, result);
        return placed->hazard != 0;
    }
    result->kernel = canary && rp_native_back.end == END_JUMP && (rp_native_back.fs | rp_native_back.gs) == 0;
    collect(slot, *stepping, result);
    /* What hangs may do so in what is no part of it. */
    if (asked || result->kind == RP_OUTCOME_ENTERED || result->kind == RP_OUTCOME_UNSUPPORTED)
        return true;
    return length_holds(slot, rp_native_back.end == END_JUMP, result);
}

static void make(const struct rp_native_slot *slot, bool canary, struct rp_native_result *result)
{
    const struct placed *placed = &rp_native_placed;
    const struct rp_native_result empty = *result;
    bool stepping = placed->way == RP_NATIVE_STEP;
    while (!make_once(slot, &stepping, canary, result)) {
        *result = empty;
        rp_native_shared->changes = result->first;
    }
    bool whole = result->kind == RP_OUTCOME_RETIRED || result->kind == RP_OUTCOME_TRAPPED;
    if (whole && placed->found && !placed->sequence)
        result->length = placed->endless ? 0 : placed->length;
}

void rp_native_run(uint32_t number)
{
    struct rp_native_shared *shared = rp_native_shared;
    const struct rp_native_job *job = &shared->job[number];
    struct rp_native_result *result = &shared->result[number];
    const struct rp_native_slot *slot = &shared->slot[job->slot];
    uint8_t way = job->way == RP_NATIVE_STEP ? RP_NATIVE_STEP : RP_NATIVE_JUMP;
    *result = (struct rp_native_result){.kind = RP_OUTCOME_UNSUPPORTED, .first = shared->changes};
    bool allowed = job->is_sequence ? rp_native_place_sequence(&shared->sequence, (enum rp_mode)slot->mode)
                                    : rp_native_place(&job->encoding, (enum rp_mode)slot->mode, way, slot);
    if (allowed && job->is_sequence)
        apply_memory(job->slot);
    if (allowed && !job->is_sequence) {
        apply_memory(job->slot);
        if (job->way == RP_NATIVE_BRIEF && rp_native_run_brief(slot, result))
            return;
        allowed = rp_native_stand(slot);
    }
    if (allowed)
        make(slot, job->way == RP_NATIVE_CANARY, result);
    else
        result->hazard = rp_native_placed.hazard;
}
