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
#define BLOCK       64                          /* words that are compared at once */
#define VECTORS_LOW (16 * RP_VECTOR_WORDS_EACH) /* words of the first 16 registers */
#define CANARY      3                           /* a NULL selector that IRET turns into 0 */
#define NOBODY      UINT32_MAX

_Static_assert(offsetof(struct back, reg) == BACK_REG && offsetof(struct back, end) == BACK_END &&
                   offsetof(struct back, host_stack) == BACK_HOST_STACK &&
                   offsetof(struct back, entry) == BACK_ENTRY && offsetof(struct back, mask) == BACK_MASK,
               "entry.S knows these");
_Static_assert(offsetof(struct rp_native_slot, area) == SLOT_AREA, "entry.S knows it");

struct back rp_native_back;

/* Data and stack as the pre-state has them. */
static uint64_t expected[WORDS_DATA + WORDS_STACK] __attribute__((aligned(64)));
static uint32_t applied = NOBODY; /* the slot whose words stand there */
/* The blocks in which it has any, a bit each. The others hold the fill, which is known without reading it
 * again. */
static uint32_t special;
_Static_assert((WORDS_DATA + WORDS_STACK) / BLOCK == 32, "a bit a block");

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
        special |= UINT32_C(1) << word / BLOCK;
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
    load_fs((uint16_t)segment(slot, RP_REG_FS));
    load_gs(canary ? CANARY : (uint16_t)segment(slot, RP_REG_GS));
    if (rp_native_shared->layout.fsgsbase)
        load_bases(slot);
}

__attribute__((target("fsgsbase"))) static void read_bases(void)
{
    rp_native_back.fs_base = _readfsbase_u64();
    rp_native_back.gs_base = _readgsbase_u64();
}

/* Takes the selectors of the test, and puts SS back, which a signal has done already. */
static void read_segments(const struct rp_native_slot *slot)
{
    struct back *back = &rp_native_back;
    back->ds = read_ds();
    back->es = read_es();
    back->fs = read_fs();
    back->gs = read_gs();
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

/* Finds what differs in data and stack and puts it back. `list` NULL: only puts back. */
static void settle_memory(struct list *list)
{
    for (uint32_t word = 0; word < WORDS_DATA + WORDS_STACK; word += BLOCK) {
        uint64_t *now = live(word);
        bool changed = special >> word / BLOCK & 1
                           ? rp_native_differ(&expected[word], now, BLOCK * sizeof *now)
                           : rp_native_is_not(now, RP_MEMORY_FILL, BLOCK * sizeof *now);
        if (!changed)
            continue;
        if (list)
            compare(list, &expected[word], now, NULL, BLOCK, RP_COMPONENT_MEMORY + word);
        memcpy(now, &expected[word], BLOCK * sizeof *now);
    }
}

/* What the CPU loads with a selector: of our own descriptors the base is known, the rest it says itself. */
static void find_hidden(uint16_t selector, uint64_t hidden[3])
{
    uint32_t limit = 0, rights = 0;
    uint8_t valid;
    __asm__ volatile("lsl %2, %1; setz %0" : "=q"(valid), "+r"(limit) : "r"((uint32_t)selector) : "cc");
    __asm__ volatile("lar %1, %0" : "+r"(rights) : "r"((uint32_t)selector) : "cc");
    hidden[0] = selector == RP_NATIVE_CS16      ? RP_ARENA_CODE
                : selector == RP_NATIVE_DATA16  ? RP_ARENA_DATA
                : selector == RP_NATIVE_STACK16 ? RP_ARENA_STACK
                                                : 0;
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

static void compare_segments(struct list *list, const struct rp_native_slot *slot)
{
    const struct back *back = &rp_native_back;
    compare_segment(list, slot, RP_REG_ES, back->es);
    compare_segment(list, slot, RP_REG_CS, back->cs);
    compare_segment(list, slot, RP_REG_SS, back->ss);
    compare_segment(list, slot, RP_REG_DS, back->ds);
    compare_segment(list, slot, RP_REG_FS, back->fs);
    compare_segment(list, slot, RP_REG_GS, back->gs);
}

/* Only what differs is unpacked: in both states the rest stands as it was left, and is not looked at. */
static void compare_extended(struct list *list, const struct rp_native_slot *slot)
{
    static struct rp_state before, after;
    static uint64_t ignored[RP_REG_COUNT];
    const struct rp_native_layout *layout = &rp_native_shared->layout;
    uint64_t bits = rp_native_areas_differ(slot->area, rp_native_back.area);
    if (bits == 0)
        return;
    if (!ignored[RP_REG_FOP])
        rp_registers_ignored(ignored);
    if (bits & (RP_NATIVE_SSE | RP_NATIVE_AVX | RP_NATIVE_UPPER))
        bits |= RP_NATIVE_SSE | RP_NATIVE_AVX | RP_NATIVE_UPPER;
    rp_native_unpack(layout, slot->area, bits, &before);
    rp_native_unpack(layout, rp_native_back.area, bits, &after);
    if (bits & RP_NATIVE_PKRU)
        compare(list, &before.reg[RP_REG_PKRU], &after.reg[RP_REG_PKRU], NULL, 1, RP_REG_PKRU);
    if (bits & RP_NATIVE_X87)
        compare(list, &before.reg[RP_REG_FCW], &after.reg[RP_REG_FCW], &ignored[RP_REG_FCW],
                RP_REG_MXCSR - RP_REG_FCW, RP_REG_FCW);
    compare(list, &before.reg[RP_REG_MXCSR], &after.reg[RP_REG_MXCSR], NULL, 1, RP_REG_MXCSR);
    if (bits & RP_NATIVE_SSE)
        compare(list, before.vector, after.vector, NULL, VECTORS_LOW, RP_COMPONENT_VECTOR);
    if (bits & RP_NATIVE_HIGH)
        compare(list, before.vector + VECTORS_LOW, after.vector + VECTORS_LOW, NULL, VECTORS_LOW,
                RP_COMPONENT_VECTOR + VECTORS_LOW);
    if (bits & RP_NATIVE_OPMASK)
        compare(list, before.vector + RP_VECTOR_MASKS, after.vector + RP_VECTOR_MASKS, NULL, 8,
                RP_COMPONENT_VECTOR + RP_VECTOR_MASKS);
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
        settle_memory(NULL);
        return;
    }
    take_flags(slot, stepping);
    compare(&list, slot->reg, rp_native_back.reg, ignored, RP_REG_RFLAGS + 1, 0);
    compare_segments(&list, slot);
    compare_extended(&list, slot);
    settle_memory(&list);
    result->count = (uint32_t)list.count;
    shared->changes += (uint32_t)list.count;
}

void rp_native_restore_memory(void)
{
    if (!rp_native_shared->bare)
        settle_memory(NULL);
}

/* Makes the run until it ends by itself; false if it does not. */
static bool run_to_its_end(const struct rp_native_slot *slot, bool stepping, bool canary)
{
    uint64_t start = rp_native_start_of((enum rp_mode)slot->mode);
    for (unsigned ticks = 0; ticks < RP_NATIVE_TICKS_HUNG; ticks++) {
        rp_native_enter(slot, start, stepping, canary);
        if (rp_native_back.end != END_TICK)
            return true;
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

/* One try at a result. False: it has to be made again, as `placed` and `*stepping` say now. */
static bool make_once(const struct rp_native_slot *slot, bool *stepping, bool canary,
                      struct rp_native_result *result)
{
    const struct placed *placed = &rp_native_placed;
    bool asked = placed->found || placed->way == RP_NATIVE_STEP;
    result->kind = RP_OUTCOME_HUNG;
    enum verdict verdict =
        run_to_its_end(slot, *stepping, canary) ? rp_native_classify(slot, *stepping, result) : DONE;
    if (verdict == SETTLE && *stepping && asked) {
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
    result->kernel = canary && rp_native_back.end == END_JUMP && rp_native_back.gs == 0;
    collect(slot, *stepping, result);
    if (asked || (result->kind != RP_OUTCOME_RETIRED && result->kind != RP_OUTCOME_TRAPPED))
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
    if (whole && placed->found)
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
    if (!rp_native_place(&job->encoding, (enum rp_mode)slot->mode, way, slot)) {
        result->hazard = rp_native_placed.hazard;
        return;
    }
    apply_memory(job->slot);
    make(slot, job->way == RP_NATIVE_CANARY, result);
}
