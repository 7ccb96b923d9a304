/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The form space: every instruction form that the decoder knows in a mode, each with the encodings that stand
 * for it, and behind them one encoding for each opcode cell that it does not know. What makes two encodings
 * the same form is the key, described in form_key.h; how the space is walked is in form_enumerate.c.
 * A space is immutable once open: share it over fork or threads as you like. */
#ifndef RP_X86_FORM_H
#define RP_X86_FORM_H

#include "base/error.h"
#include "x86/encoding.h"
#include "x86/mode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RP_FORM_REPRESENTATIVES_MAX 16  /* encodings a form */
#define RP_FORM_KEY_MAX             512 /* bytes that any key needs, terminator included */

struct rp_form {
    uint64_t id; /* XXH64, seed 0, of the key; of an undocumented one: of its cell's name */
    struct rp_encoding encoding;
    uint8_t representative, representatives; /* this is number `representative` of so many of its form */
    bool undocumented;                       /* no variant of this opcode cell decodes in this mode */
};

struct rp_form_space;

/* Enumerates the space of `mode`; takes some 0.1 s and 2 MiB, so open once and share. Close it with
 * rp_form_space_close. RP_EENVIRONMENT: no memory; RP_EINPUT: a line of corpus/operands.tsv. */
int rp_form_space_open(enum rp_mode mode, struct rp_form_space **space, struct rp_error *error);
void rp_form_space_close(struct rp_form_space *space); /* NULL is fine */

enum rp_mode rp_form_space_mode(const struct rp_form_space *space);

/* How many forms the decoder knows. */
size_t rp_form_space_count(const struct rp_form_space *space);
/* How many opcode cells it does not know. */
size_t rp_form_space_undocumented(const struct rp_form_space *space);
/* How many encodings: all representatives of all forms, then the undocumented cells, one each. */
size_t rp_form_space_encodings(const struct rp_form_space *space);

/* Encoding number `index` (below rp_form_space_encodings). The order is fixed: by encoding class, map,
 * opcode, prefixes, ModRM; a form's representatives follow each other; the same in every run and build. */
void rp_form_space_get(const struct rp_form_space *space, size_t index, struct rp_form *form);

/* Writes the key of the form that `encoding` belongs to, one line of printable ASCII without tabs, and
 * returns `text`; NULL if it does not decode. RP_FORM_KEY_MAX bytes are always enough. */
const char *rp_form_key(enum rp_mode mode, const struct rp_encoding *encoding, char *text, size_t capacity);

/* XXH64 with seed 0 of the key of `encoding`; of its cell's name if it does not decode. */
uint64_t rp_form_id(enum rp_mode mode, const struct rp_encoding *encoding);

/* The part of so many that a form with this id lies in, from 0; of 0 or 1 parts: 0. The id hashes the key,
 * which has no mode in it: a form and all its encodings lie in the same shard in every mode, on every
 * machine. */
unsigned rp_form_shard(uint64_t id, unsigned shards);

#endif
