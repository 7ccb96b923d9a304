/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who was recorded: machine, system and executor, and how the record was chosen. In a file it is lines of
 * text, which anybody can read. */
#ifndef RP_GOLDEN_IDENTITY_H
#define RP_GOLDEN_IDENTITY_H

#include "base/error.h"
#include "base/text.h"
#include "executor/executor.h"
#include "x86/cpu.h"

struct rp_golden_identity {
    char arch[16];      /* uname -m */
    char ringprobe[32]; /* version */
    uint64_t layout;    /* rp_golden_layout() */
    char corpus[24];    /* the facts' version */
    char executor[32];  /* as it was asked for */
    char executor_version[256];
    char provenance[16];
    char policy[16];
    struct rp_cpu cpu;
    char kernel[128];
    /* Of its capabilities, what a comparison needs. */
    uint8_t vector_registers, vector_words;
    bool vector_masks;
    uint8_t stack_lost[RP_MODE_COUNT];
    char resources[4096];   /* names, a blank between */
    uint64_t descriptor[2]; /* bits of those that it has as the arena has them, GDT and LDT */
    /* How the space was chosen. */
    uint8_t modes;
    uint32_t seeds;
    uint64_t seed;
    uint64_t limit;
};

/* Hash of the names of all components and of how outcomes are hashed: records of another layout mean other
 * registers by their numbers. */
uint64_t rp_golden_layout(void);

/* Machine, kernel and architecture of where this runs. */
int rp_golden_identity_machine(struct rp_golden_identity *identity, struct rp_error *error);
/* What the executor says of itself. */
void rp_golden_identity_executor(struct rp_golden_identity *identity, const struct rp_executor *executor,
                                 const struct rp_capabilities *can);
/* The way back: what the identity tells of capabilities; of the rest nothing is held. */
void rp_golden_identity_capabilities(const struct rp_golden_identity *identity, struct rp_capabilities *can);

void rp_golden_identity_write(const struct rp_golden_identity *identity, struct rp_text *text);
/* RP_EINPUT: those are no such lines. */
int rp_golden_identity_read(const uint8_t *bytes, size_t length, struct rp_golden_identity *identity,
                            struct rp_error *error);

/* True if both are the same CPU: vendor, family, model, stepping and microcode, with the same flags. */
bool rp_golden_identity_same_cpu(const struct rp_golden_identity *a, const struct rp_golden_identity *b);

/* "AMD EPYC 9B14, AuthenticAMD 19-11-01, microcode ..., kernel ..., native ..." */
void rp_golden_identity_print(const struct rp_golden_identity *identity, struct rp_text *text);

#endif
