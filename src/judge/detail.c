/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runs behind a verdict; see detail.h. */
#include "judge/detail.h"

#include "judge/inquiry.h"
#include "judge/replay.h"

#include <stdio.h>
#include <string.h>

/* Ring 0 and ring 3 of the default state: what a verdict without witness is shown with. */
static void default_runs(const struct rp_judge *judge, const struct rp_verdict *verdict, struct rp_witness *w)
{
    static _Thread_local struct rp_recipe recipe;
    struct rp_instruction instruction;
    uint32_t operand;
    bool decoded = rp_decode(verdict->mode, verdict->encoding.bytes, verdict->encoding.length, &instruction,
                             NULL) == RP_OK;
    rp_recipe_init(&recipe, verdict->mode, judge->options.policy);
    rp_recipe_fit(&recipe, verdict->mode, decoded ? &instruction : NULL, RP_PROBE_COUNT, &operand);
    *w = (struct rp_witness){.policy = judge->options.policy,
                             .mode = verdict->mode,
                             .encoding = verdict->encoding,
                             .kind = RP_SENSITIVE_MODE,
                             .user = recipe.user,
                             .run = {{0, recipe.machine}, {3, recipe.machine}},
                             .component = RP_REG_RIP};
}

static void cut(char *text, size_t size, const struct rp_text *from)
{
    size_t length = from->length;
    snprintf(text, size, "%s", rp_text_string(from));
    if (length >= size)
        memcpy(text + size - 4, "...", 4);
}

static void write_states(const struct rp_witness *w, struct rp_detail *detail)
{
    char *side[2] = {detail->a, detail->b};
    struct rp_text text = {0};
    rp_user_print(&w->user, w->mode, &text);
    cut(detail->user, sizeof detail->user, &text);
    rp_text_free(&text);
    for (unsigned i = 0; i < 2; i++) {
        rp_machine_print(&w->run[i].machine, w->run[i].ring, w->mode, w->policy, &text);
        cut(side[i], sizeof detail->a, &text);
        rp_text_free(&text);
    }
}

static void write_run(const struct rp_view *view, struct rp_detail_run *run)
{
    uint64_t hidden[RP_REG_COUNT];
    rp_registers_ignored(hidden);
    run->present = true;
    run->ring = view->prestate->ring;
    run->mode = view->prestate->mode;
    run->shown = rp_outcome_shown(view->outcome);
    for (uint32_t i = 0; i < view->outcome->count && run->count < RP_DETAIL_CHANGES_MAX; i++) {
        uint32_t c = view->changes[i].component, offset = 0;
        enum rp_window window = rp_component_place(c, &offset);
        uint64_t before =
            c < RP_COMPONENT_VECTOR ? view->prestate->state.reg[c]
            : window == RP_WINDOW_COUNT
                ? view->prestate->state.vector[c - RP_COMPONENT_VECTOR]
                : rp_memory_get(&view->prestate->memory, rp_window_info(window)->address + offset);
        if (c < RP_REG_COUNT && !((before ^ view->changes[i].value) & ~hidden[c]))
            continue;
        run->change[run->count].component = c;
        run->change[run->count].before = before;
        run->change[run->count++].after = view->changes[i].value;
    }
}

/* One ring where a mode has only one: the other side stays empty. */
static int run_one(struct rp_judge *judge, const struct rp_witness *w, unsigned number,
                   struct rp_detail *detail, struct rp_error *error)
{
    static _Thread_local struct rp_witness_outcome outcome;
    static _Thread_local struct rp_witness single;
    const struct rp_mode_info *info = rp_mode_info(rp_ring_mode(w->mode, w->run[number].ring));
    if (w->run[number].ring ? !info->has_ring3 : !info->has_ring0)
        return RP_OK;
    single = *w;
    single.kind = RP_SENSITIVE_CONTROL; /* one run */
    single.run[0] = w->run[number];
    struct rp_judge *const maker[2] = {judge, NULL};
    int result = rp_witness_run_both(maker, &single, &outcome, error);
    if (result == RP_OK)
        write_run(&outcome.view[0], &detail->run[number]);
    return result;
}

int rp_judge_detail(struct rp_judge *judge, const struct rp_verdict *verdict, struct rp_detail *detail,
                    struct rp_error *error)
{
    static _Thread_local struct rp_witness w;
    int result = RP_OK;
    memset(detail, 0, sizeof *detail);
    if (verdict->has_witness)
        result = rp_witness_parse(verdict->replay, &w, error);
    else
        default_runs(judge, verdict, &w);
    if (result)
        return result;
    detail->of_witness = verdict->has_witness;
    detail->kind = w.kind;
    if (w.kind == RP_SENSITIVE_CONTROL) { /* both sides name the one run: show it in both rings */
        w.run[0].ring = 0;
        w.run[1].ring = 3;
    }
    write_states(&w, detail);
    for (unsigned i = 0; i < 2 && result == RP_OK; i++)
        result = run_one(judge, &w, i, detail, error);
    return result;
}
