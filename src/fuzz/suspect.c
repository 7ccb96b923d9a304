/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suspicions; see suspect.h. */
#include "fuzz/suspect.h"

#include "judge/divergence.h"
#include "x86/vector.h"

#include <string.h>
#include <xxhash.h>

#define CELLS_MAX 16

static const char *const names[] = {"died",  "hung",       "length",        "undecoded",
                                    "rings", "divergence", "nondeterminism"};
_Static_assert(sizeof names / sizeof names[0] == RP_FUZZ_ORACLE_COUNT, "one name an oracle");

const char *rp_fuzz_oracle_name(enum rp_fuzz_oracle oracle)
{
    return names[oracle];
}

bool rp_fuzz_oracle_find(const char *name, enum rp_fuzz_oracle *oracle)
{
    for (unsigned i = 0; i < RP_FUZZ_ORACLE_COUNT; i++) {
        *oracle = (enum rp_fuzz_oracle)i;
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* What suspicions of a shot are gathered in. */
struct suspicions {
    const struct rp_fuzz_shot *shot;
    uint64_t name;
    struct rp_fuzz_suspicion *out;
    unsigned count;
};

static uint64_t key_of(uint64_t name, const struct rp_fuzz_suspicion *s, uint64_t detail)
{
    const uint64_t parts[] = {name, s->oracle, s->input.mode, s->kind, detail};
    return XXH64(parts, sizeof parts, 0);
}

/* Adds it unless one with its key is there. */
static void add(struct suspicions *all, struct rp_fuzz_suspicion suspicion, uint64_t detail)
{
    suspicion.input = *all->shot->input;
    suspicion.key = key_of(all->name, &suspicion, detail);
    for (unsigned i = 0; i < all->count; i++)
        if (all->out[i].key == suspicion.key)
            return;
    if (all->count < RP_FUZZ_SUSPICIONS_MAX)
        all->out[all->count++] = suspicion;
}

static struct rp_witness_end end_of(const struct rp_outcome *o, uint8_t length)
{
    return (struct rp_witness_end){o->kind, o->kind == RP_OUTCOME_RETIRED ? 0 : o->vector, length};
}

static uint64_t detail_of(unsigned side, struct rp_witness_end end)
{
    /* Both rings of the lead are one executor; a length too many is the same in both. */
    return (uint64_t)(side == RP_FUZZ_SECOND3) << 24 | (uint64_t)end.kind << 16 | (uint64_t)end.vector << 8;
}

static void suspect_end(struct suspicions *all, unsigned side)
{
    const struct rp_fuzz_shot *shot = all->shot;
    const struct rp_view *view = &shot->view[side];
    const struct rp_outcome *o = view->outcome;
    if (!o || o->kind == RP_OUTCOME_UNSUPPORTED)
        return;
    uint8_t length = rp_outcome_length(o, view->changes, view->prestate->state.reg[RP_REG_RIP],
                                       shot->decoded && shot->instruction.branch != RP_BRANCH_NONE);
    const struct rp_witness_end end = end_of(o, length);
    struct rp_fuzz_suspicion s = {.side = (uint8_t)side, .end = end, .oracle = RP_FUZZ_LENGTH};
    bool ended = o->kind == RP_OUTCOME_RETIRED || o->kind == RP_OUTCOME_TRAPPED;
    bool ud = o->kind == RP_OUTCOME_TRAPPED && o->vector == RP_VECTOR_UD;
    /* More than 15 bytes are #GP, whatever they say (SDM Vol. 2 section 2.3.11). */
    bool too_long = shot->input->encoding.length == RP_ENCODING_MAX && o->vector == RP_VECTOR_GP;
    if (o->kind == RP_OUTCOME_DIED || o->kind == RP_OUTCOME_HUNG) {
        s.oracle = o->kind == RP_OUTCOME_DIED ? RP_FUZZ_DIED : RP_FUZZ_HUNG;
        add(all, s, detail_of(side, end));
    } else if (shot->decoded && ended && length && length != shot->instruction.length && !ud) {
        add(all, s, detail_of(side, end) | length);
    } else if (!shot->decoded && !ud && !too_long) {
        s.oracle = RP_FUZZ_UNDECODED;
        add(all, s, detail_of(side, end));
    }
}

static void suspect_rings(struct suspicions *all)
{
    static _Thread_local struct rp_screen screen;
    struct rp_screen_runs runs = {0};
    runs.run[RP_STATE_A][0] = all->shot->view[RP_FUZZ_LEAD0];
    runs.run[RP_STATE_A][1] = all->shot->view[RP_FUZZ_LEAD3];
    rp_screen(&runs, NULL, &screen);
    bool declared = all->shot->decoded && rp_fuzz_nondeterministic(&all->shot->instruction);
    for (unsigned i = 0; i < screen.count; i++) {
        const struct rp_evidence *e = &screen.evidence[i];
        /* Of RDRAND two rings never show the same; that one of them traps still counts. */
        if (!e->hole || (declared && e->component != RP_REG_RIP))
            continue;
        struct rp_fuzz_suspicion s = {.oracle = RP_FUZZ_RINGS,
                                      .side = RP_FUZZ_LEAD3,
                                      .kind = (uint8_t)e->kind,
                                      .component = e->component,
                                      .resource = (uint16_t)e->resource};
        add(all, s, e->resource);
    }
    if (screen.pair[RP_STATE_A] == RP_PAIR_PRIVILEGED) {
        struct rp_fuzz_suspicion s = {.oracle = RP_FUZZ_RINGS,
                                      .side = RP_FUZZ_LEAD3,
                                      .kind = RP_SENSITIVE_MODE,
                                      .component = RP_REG_RIP,
                                      .resource = RP_RESOURCE_CPL,
                                      .traps = true};
        add(all, s, UINT64_C(1) << 32); /* ring 3 traps: another thing than that it retires */
    }
}

/* One for each class of cell. */
static void suspect_divergence(struct suspicions *all, const struct rp_capabilities *const can[2])
{
    struct rp_cell_difference cells[CELLS_MAX];
    const struct rp_view two[2] = {all->shot->view[RP_FUZZ_LEAD3], all->shot->view[RP_FUZZ_SECOND3]};
    const struct rp_instruction *instruction = all->shot->decoded ? &all->shot->instruction : NULL;
    bool declared = instruction && rp_fuzz_nondeterministic(instruction);
    size_t count = rp_divergence_cells(two, can, instruction, cells, CELLS_MAX);
    for (size_t i = 0; i < count && i < CELLS_MAX; i++) {
        const char *class = rp_divergence_class(cells[i].cell);
        if (declared && cells[i].cell < RP_CELL_OUTCOME)
            continue;
        uint64_t detail = XXH64(class, strlen(class), 0);
        if (cells[i].cell >= RP_CELL_OUTCOME)
            detail ^= cells[i].value[0] << 32 | cells[i].value[1];
        add(all,
            (struct rp_fuzz_suspicion){.oracle = RP_FUZZ_DIVERGENCE,
                                       .side = RP_FUZZ_SECOND3,
                                       .kind = RP_KIND_DIVERGENCE,
                                       .component = cells[i].cell},
            detail);
    }
}

unsigned rp_fuzz_suspect(const struct rp_fuzz_shot *shot, const struct rp_fuzz_behaviour *behaviour,
                         const struct rp_capabilities *const can[2], bool open,
                         struct rp_fuzz_suspicion suspicions[RP_FUZZ_SUSPICIONS_MAX])
{
    struct suspicions all = {.shot = shot, .name = behaviour->name, .out = suspicions};
    for (unsigned side = RP_FUZZ_SIDES; side-- > 0;)
        suspect_end(&all, side);
    if (open && shot->view[RP_FUZZ_LEAD0].outcome && shot->view[RP_FUZZ_LEAD3].outcome)
        suspect_rings(&all);
    if (behaviour->differs)
        suspect_divergence(&all, can);
    return all.count;
}

void rp_fuzz_suspect_noise(const struct rp_fuzz_input *input, uint64_t name, unsigned side,
                           struct rp_fuzz_suspicion *suspicion)
{
    *suspicion =
        (struct rp_fuzz_suspicion){.input = *input, .oracle = RP_FUZZ_NONDETERMINISM, .side = (uint8_t)side};
    suspicion->key = key_of(name, suspicion, side);
}

void rp_fuzz_suspect_death(const struct rp_fuzz_shot *shot, unsigned side, const struct rp_death *death,
                           struct rp_fuzz_suspicion *suspicion)
{
    *suspicion = (struct rp_fuzz_suspicion){
        .input = *shot->input,
        .oracle = death->hung ? RP_FUZZ_HUNG : RP_FUZZ_DIED,
        .side = (uint8_t)side,
        .end = {death->hung ? RP_OUTCOME_HUNG : RP_OUTCOME_DIED, (uint8_t)death->signal, 0}};
    suspicion->key = key_of(rp_fuzz_shot_number(shot), suspicion, detail_of(side, suspicion->end));
}
