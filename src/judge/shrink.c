/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making the states of a witness small; see shrink.h. */
#include "judge/shrink.h"

#include <string.h>

struct shrinker {
    struct rp_witness *witness;
    struct rp_user standard;
    rp_witness_shows *shows;
    void *context;
    struct rp_error *error;
    int result;
};

static bool still_shows(struct shrinker *m)
{
    bool shows = false;
    m->result = m->shows(m->context, m->witness, &shows, m->error);
    return m->result == RP_OK && shows;
}

/* Keeps the change just made to *word if the witness still shows; puts `old` back otherwise. */
static void keep_or_undo(struct shrinker *m, uint64_t *word, uint64_t old)
{
    if (!still_shows(m))
        *word = old;
}

static void minimize_registers(struct shrinker *m)
{
    for (unsigned reg = 0; reg < RP_REG_COUNT && m->result == RP_OK; reg++) {
        uint64_t *word = &m->witness->user.state.reg[reg], old = *word;
        if (old == m->standard.state.reg[reg])
            continue;
        *word = m->standard.state.reg[reg];
        keep_or_undo(m, word, old);
    }
    for (unsigned i = 0; i < RP_VECTOR_WORDS && m->result == RP_OK; i++) {
        uint64_t *word = &m->witness->user.state.vector[i], old = *word;
        if (old == m->standard.state.vector[i])
            continue;
        *word = m->standard.state.vector[i];
        keep_or_undo(m, word, old);
    }
}

static void minimize_memory(struct shrinker *m)
{
    struct rp_memory *memory = &m->witness->user.memory;
    for (uint32_t i = memory->count; i > 0 && m->result == RP_OK; i--) {
        struct rp_memory_word old = memory->word[i - 1];
        memmove(&memory->word[i - 1], &memory->word[i], (memory->count - i) * sizeof old);
        memory->count--;
        if (!still_shows(m))
            rp_memory_set(memory, old.address, old.value, NULL);
    }
}

/* Keeps a change of the runs' machines if the witness still shows. */
static void keep_or_restore(struct shrinker *m, enum rp_resource resource, const uint64_t old[2])
{
    bool does = still_shows(m);
    for (unsigned i = 0; i < 2 && !does; i++)
        m->witness->run[i].machine.value[resource] = old[i];
}

/* Resources in which both runs are away from the policy's value, or the second one from the first. */
static void minimize_machines(struct shrinker *m)
{
    struct rp_witness_run *run = m->witness->run;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT && m->result == RP_OK; r++) {
        uint64_t old[2] = {run[0].machine.value[r], run[1].machine.value[r]};
        uint64_t standard = rp_resource_default((enum rp_resource)r, m->witness->mode, m->witness->policy);
        if (old[0] != old[1])
            run[1].machine.value[r] = old[0];
        else if (old[0] != standard)
            run[0].machine.value[r] = run[1].machine.value[r] = standard;
        else
            continue;
        keep_or_restore(m, (enum rp_resource)r, old);
    }
}

/* Often nothing of the user state matters. */
static bool default_user_shows(struct shrinker *m)
{
    static _Thread_local struct rp_user old;
    old = m->witness->user;
    m->witness->user = m->standard;
    bool does = still_shows(m);
    if (!does)
        m->witness->user = old;
    return does;
}

int rp_witness_shrink(struct rp_witness *witness, rp_witness_shows *shows, void *context,
                      struct rp_error *error)
{
    static _Thread_local struct shrinker m;
    m = (struct shrinker){.witness = witness, .shows = shows, .context = context, .error = error};
    rp_user_init(&m.standard, witness->mode);
    if (!default_user_shows(&m) && m.result == RP_OK) {
        minimize_memory(&m);
        minimize_registers(&m);
    }
    if (m.result == RP_OK)
        minimize_machines(&m);
    return m.result;
}
