/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recipe: user state and machine of one run before ring and mode make a pre-state of it; its notation in
 * replay lines; and how it is fitted to the operands of an instruction. */
#ifndef RP_STATE_RECIPE_H
#define RP_STATE_RECIPE_H

#include "base/text.h"
#include "state/prestate.h"
#include "x86/decode.h"

struct rp_recipe {
    struct rp_user user;
    struct rp_machine machine;
};

/* The default user state on the machine of `policy`. */
void rp_recipe_init(struct rp_recipe *recipe, enum rp_mode mode, enum rp_policy policy);

/* Fits the recipe to `instruction`: an address register is moved so that the memory operand lies within the
 * data or the stack, descriptor `probe` (RP_PROBE_COUNT: none) is placed where a far pointer points, the
 * probe gate at the vector of INT n, the probe port at the port of IN and OUT. Sets *operand to the physical
 * address of the memory operand, or of what RBX points at where there is none; 0 where it can't be had (an
 * absolute address that the arena does not map). */
void rp_recipe_fit(struct rp_recipe *recipe, enum rp_mode mode, const struct rp_instruction *instruction,
                   enum rp_probe probe, uint32_t *operand);

/* False if fitting would change nothing: the operands are where every recipe has them ([rbx], [bx],
 * registers). */
bool rp_recipe_needs_fit(enum rp_mode mode, const struct rp_instruction *instruction);

/* The physical address behind a linear one that belongs to the program in `mode`; false if there is none. */
bool rp_arena_physical(enum rp_mode mode, uint64_t linear, uint32_t *physical);

/* Appends the differences of `user` from rp_user_init as name=hex, separated by commas; "-" if there is none.
 * Memory is a run of bytes: data+400=0102... */
void rp_user_print(const struct rp_user *user, enum rp_mode mode, struct rp_text *text);
/* The way back. RP_EINPUT: names what it can't read. */
int rp_user_parse(const char *text, enum rp_mode mode, struct rp_user *user, struct rp_error *error);

/* The same for a machine under `policy`, "ring=0" or "ring=3" in front. */
void rp_machine_print(const struct rp_machine *machine, unsigned ring, enum rp_mode mode,
                      enum rp_policy policy, struct rp_text *text);
int rp_machine_parse(const char *text, enum rp_mode mode, enum rp_policy policy, struct rp_machine *machine,
                     unsigned *ring, struct rp_error *error);

#endif
