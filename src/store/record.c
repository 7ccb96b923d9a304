/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of a verdict's tables; see record.h. What walks a row for writing or for a digest gives every
 * value back as it was, so that a shallow copy stands in for what is const. */
#include "store/record.h"

#include "store/digest.h"

static const char *judgement(unsigned value)
{
    return rp_judgement_name((enum rp_judgement)value);
}
static const struct rp_row_names judgements = {judgement, RP_VERDICT_COUNT};

static const char *policy(unsigned value)
{
    return rp_policy_name((enum rp_policy)value);
}
static const struct rp_row_names policies = {policy, RP_POLICY_COUNT};

static const char *sensitivity(unsigned bit)
{
    return rp_sensitivity_name((enum rp_sensitivity)(1u << bit));
}
static const struct rp_row_names sensitivities = {sensitivity, 3};

static const char *owner(unsigned value)
{
    static const char *const names[] = {"system", "delegated", "user"};
    return names[value];
}
static const struct rp_row_names owners = {owner, RP_OWNER_USER + 1};

static const char *answer_word(unsigned value)
{
    static const char *const names[] = {NULL, "unknown", "privileged", "innocuous", "hole"};
    _Static_assert(sizeof names / sizeof names[0] == RP_ANSWER_HOLE + 1, "one name an answer");
    return names[value];
}
static const struct rp_row_names answers = {answer_word, RP_ANSWER_HOLE + 1};

static const char *provenance(unsigned value)
{
    return rp_provenance_name((enum rp_provenance)value);
}
static const struct rp_row_names provenances = {provenance, RP_PROVENANCE_COUNT};

static const char *outcome(unsigned value)
{
    return rp_outcome_kind_name((enum rp_outcome_kind)value);
}
static const struct rp_row_names outcomes = {outcome, RP_OUTCOME_COUNT};

static const char *gate(unsigned value)
{
    return rp_gate_name((enum rp_gate)value);
}
static const struct rp_row_names gates = {gate, RP_GATE_COUNT};

static void walk_shown(struct rp_row *row, struct rp_shown *shown)
{
    unsigned kind = shown->present ? shown->kind : RP_OUTCOME_COUNT;
    kind = rp_row_word(row, kind, &outcomes, RP_OUTCOME_COUNT);
    if (row->way == RP_ROW_READ)
        *shown = (struct rp_shown){.present = kind < RP_OUTCOME_COUNT, .kind = (uint8_t)kind};
    shown->vector = (uint8_t)rp_row_number_if(row, &shown->present, shown->vector);
    shown->length = (uint8_t)rp_row_number_if(row, &shown->present, shown->length);
    shown->gate = (uint8_t)rp_row_word(row, shown->gate, &gates, RP_GATE_VECTOR);
    shown->error_code = (uint32_t)rp_row_number_if(row, &shown->has_error_code, shown->error_code);
    shown->cr2 = rp_row_number_if(row, &shown->present, shown->cr2);
    shown->kernel_emulated = rp_row_flag(row, shown->kernel_emulated);
    if (!shown->present && row->way == RP_ROW_READ)
        *shown = (struct rp_shown){0};
}

static void walk_key(struct rp_row *row, struct rp_record_key *key)
{
    if (row->way == RP_ROW_DIGEST) /* where it stands is no part of what it is */
        return;
    key->mode = rp_row_number(row, key->mode);
    key->place = rp_row_number(row, key->place);
}

/* Rows of a behaviour begin with its digest, which is not digested itself. */
static void walk_digest(struct rp_row *row, uint64_t *digest)
{
    if (row->way != RP_ROW_DIGEST)
        *digest = rp_row_number(row, *digest);
}

void rp_record_verdict(struct rp_row *row, struct rp_record_key *key, struct rp_verdict *v)
{
    walk_key(row, key);
    rp_row_encoding(row, &v->encoding);
    v->form = rp_row_number(row, v->form);
    rp_row_text(row, v->mnemonic, sizeof v->mnemonic);
    rp_row_text(row, v->name, sizeof v->name);
    v->decoded = rp_row_flag(row, v->decoded);
    key->behaviour = rp_row_number(row, key->behaviour);
    if (row->way != RP_ROW_DIGEST)
        v->runs = (uint32_t)rp_row_number(row, v->runs);
}

void rp_record_behaviour(struct rp_row *row, uint64_t *digest, struct rp_verdict *v)
{
    walk_digest(row, digest);
    v->policy = (enum rp_policy)rp_row_word(row, v->policy, &policies, RP_POLICY_LEGACY);
    v->judgement = (enum rp_judgement)rp_row_word(row, v->judgement, &judgements, RP_VERDICT_UNKNOWN);
    v->sensitivity = (uint8_t)rp_row_bits(row, v->sensitivity, &sensitivities);
    rp_row_resources(row, &v->resources);
    v->owner = (enum rp_owner)rp_row_word(row, v->owner, &owners, RP_OWNER_SYSTEM);
    v->user_sensitive = rp_row_flag(row, v->user_sensitive);
    rp_row_resources(row, &v->not_testable);
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++)
        v->by_policy[i] =
            (enum rp_policy_answer)rp_row_word(row, v->by_policy[i], &answers, RP_ANSWER_NOT_ASKED);
    rp_row_text(row, v->unknown_reason, sizeof v->unknown_reason);
    v->disagreement = rp_row_flag(row, v->disagreement);
    v->opinions = (uint8_t)rp_row_number(row, v->opinions);
    v->closers = (uint8_t)rp_row_number(row, v->closers);
    v->has_witness = rp_row_flag(row, v->has_witness);
    v->divergences = (uint8_t)rp_row_number(row, v->divergences);
}

void rp_record_opinion(struct rp_row *row, uint64_t *digest, uint64_t *number, struct rp_opinion *o)
{
    walk_digest(row, digest);
    *number = rp_row_number(row, *number);
    rp_row_text(row, o->executor, sizeof o->executor);
    o->provenance = (enum rp_provenance)rp_row_word(row, o->provenance, &provenances, RP_PROVENANCE_EMULATED);
    o->decides = rp_row_flag(row, o->decides);
    rp_row_text(row, o->limit, sizeof o->limit);
    o->judgement = (enum rp_judgement)rp_row_word(row, o->judgement, &judgements, RP_VERDICT_UNKNOWN);
    o->one_ring = rp_row_flag(row, o->one_ring);
    o->as_found = rp_row_flag(row, o->as_found);
    o->closes = rp_row_flag(row, o->closes);
    o->virtualised = rp_row_flag(row, o->virtualised);
    for (unsigned ring = 0; ring < 2; ring++)
        walk_shown(row, &o->ring[ring]);
}

void rp_record_closer(struct rp_row *row, uint64_t *digest, uint64_t *number, struct rp_closer *closer)
{
    walk_digest(row, digest);
    *number = rp_row_number(row, *number);
    for (unsigned i = 0; i < 2; i++) {
        closer->control[i] = (uint8_t)rp_row_resource(row, (enum rp_resource)closer->control[i]);
        closer->value[i] = (uint8_t)rp_row_number(row, closer->value[i]);
    }
    closer->all = rp_row_flag(row, closer->all);
    closer->showed = (uint8_t)rp_row_number(row, closer->showed);
}

static void walk_side(struct rp_row *row, struct rp_witness_side *side)
{
    side->ring = (uint8_t)rp_row_number(row, side->ring);
    side->value = rp_row_number(row, side->value);
}

void rp_record_witness(struct rp_row *row, struct rp_record_key *key, struct rp_verdict *v)
{
    walk_key(row, key);
    rp_row_text(row, v->witness_executor, sizeof v->witness_executor);
    v->witness_kind = (enum rp_sensitivity)rp_row_bits(row, v->witness_kind, &sensitivities);
    v->component = rp_row_component(row, v->component);
    v->field = rp_row_resource(row, v->field);
    v->resource = rp_row_resource(row, v->resource);
    walk_side(row, &v->a);
    walk_side(row, &v->b);
    rp_row_string(row, &v->replay);
}

void rp_record_divergence(struct rp_row *row, struct rp_record_key *key, uint64_t *number,
                          struct rp_divergence *d)
{
    walk_key(row, key);
    *number = rp_row_number(row, *number);
    for (unsigned i = 0; i < 2; i++)
        rp_row_text(row, d->executor[i], sizeof d->executor[i]);
    d->cell = rp_row_component(row, d->cell);
    d->bits = rp_row_number(row, d->bits);
    d->answers = (uint8_t)rp_row_number(row, d->answers);
    rp_row_text(row, d->known, sizeof d->known);
    rp_row_string(row, &d->replay);
}

void rp_record_answer(struct rp_row *row, struct rp_record_key *key, uint64_t *number, uint64_t *place,
                      struct rp_answer *answer)
{
    walk_key(row, key);
    *number = rp_row_number(row, *number);
    *place = rp_row_number(row, *place);
    answer->executors = (uint8_t)rp_row_number(row, answer->executors);
    answer->value = rp_row_number(row, answer->value);
    walk_shown(row, &answer->shown);
}

uint64_t rp_record_behaviour_digest(const struct rp_verdict *verdict)
{
    XXH64_state_t hash;
    struct rp_row row = {.way = RP_ROW_DIGEST, .hash = &hash};
    struct rp_verdict v = *verdict;
    uint64_t none = 0;
    XXH64_reset(&hash, 0);
    rp_record_behaviour(&row, &none, &v);
    for (uint64_t i = 0; i < verdict->opinions; i++) {
        struct rp_opinion opinion = verdict->opinion[i];
        rp_record_opinion(&row, &none, &i, &opinion);
    }
    for (uint64_t i = 0; i < verdict->closers; i++)
        rp_record_closer(&row, &none, &i, &v.closer[i]);
    return XXH64_digest(&hash);
}

uint64_t rp_verdict_digest(const struct rp_verdict *verdict)
{
    XXH64_state_t hash;
    struct rp_row row = {.way = RP_ROW_DIGEST, .hash = &hash};
    struct rp_record_key key = {.behaviour = rp_record_behaviour_digest(verdict)};
    struct rp_verdict v = *verdict;
    XXH64_reset(&hash, 0);
    rp_record_verdict(&row, &key, &v);
    if (verdict->has_witness)
        rp_record_witness(&row, &key, &v);
    for (uint64_t i = 0; i < verdict->divergences; i++) {
        struct rp_divergence divergence = verdict->divergence[i];
        rp_record_divergence(&row, &key, &i, &divergence);
        for (uint64_t a = 0; a < divergence.answers; a++)
            rp_record_answer(&row, &key, &i, &a, &divergence.answer[a]);
    }
    return XXH64_digest(&hash);
}
