/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suspicions: what of an input's runs may be a finding. Pure and cheap; whether it is one, a closer look says
 * (src/campaign/fuzz_examine.h). */
#ifndef RP_FUZZ_SUSPECT_H
#define RP_FUZZ_SUSPECT_H

#include "fuzz/behaviour.h"
#include "judge/witness.h"

enum rp_fuzz_oracle {
    RP_FUZZ_DIED,           /* a run took the executor with it */
    RP_FUZZ_HUNG,           /* a run did not end */
    RP_FUZZ_LENGTH,         /* the decoder takes it for shorter or longer than the executor */
    RP_FUZZ_UNDECODED,      /* no decoder knows it, and it is not #UD */
    RP_FUZZ_RINGS,          /* the rings differ, or ring 3 changes privileged state */
    RP_FUZZ_DIVERGENCE,     /* the executors differ in ring 3 */
    RP_FUZZ_NONDETERMINISM, /* the same run, another outcome */
    RP_FUZZ_ORACLE_COUNT,
};

/* "died", "hung", "length", "undecoded", "rings", "divergence", "nondeterminism". */
const char *rp_fuzz_oracle_name(enum rp_fuzz_oracle oracle);
bool rp_fuzz_oracle_find(const char *name, enum rp_fuzz_oracle *oracle);

/* Flat: workers send it as bytes. */
struct rp_fuzz_suspicion {
    struct rp_fuzz_input input;
    uint64_t key; /* alike ones have the same */
    uint8_t oracle, side;
    uint8_t kind;              /* RINGS: enum rp_sensitivity */
    bool traps;                /* RINGS: that ring 3 traps is what it shows */
    struct rp_witness_end end; /* DIED to UNDECODED */
    uint16_t resource;         /* RINGS */
    uint32_t component;        /* RINGS, DIVERGENCE */
};

#define RP_FUZZ_SUSPICIONS_MAX 8 /* of one input */

/* Writes what the shot is suspicious of; returns how many. `open`: rp_fuzz_input_is_open. */
unsigned rp_fuzz_suspect(const struct rp_fuzz_shot *shot, const struct rp_fuzz_behaviour *behaviour,
                         const struct rp_capabilities *const can[2], bool open,
                         struct rp_fuzz_suspicion suspicions[RP_FUZZ_SUSPICIONS_MAX]);

/* The one of a shot whose second run came out differently. */
void rp_fuzz_suspect_noise(const struct rp_fuzz_input *input, uint64_t name, unsigned side,
                           struct rp_fuzz_suspicion *suspicion);

/* The one of a run that is known to have died or hung. */
void rp_fuzz_suspect_death(const struct rp_fuzz_shot *shot, unsigned side, const struct rp_death *death,
                           struct rp_fuzz_suspicion *suspicion);

#endif
