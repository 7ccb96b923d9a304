/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tunnel search, after sandsifter (C. Domas, "Breaking the x86 ISA", Black Hat USA 2017): of 15 bytes the
 * one under the marker is counted up; while the instruction's length changes the marker goes deeper, as deep
 * as the instruction goes, and where a byte is through it goes back. So each length that a byte decides is
 * seen, and immediates and displacements are not walked through.
 * A tunnel is confined to a head of two bytes, so that heads can be walked independently. A value type: a
 * copy goes on as the original would have. Pure. */
#ifndef RP_CAMPAIGN_HUNT_TUNNEL_H
#define RP_CAMPAIGN_HUNT_TUNNEL_H

#include "x86/encoding.h"
#include "x86/mode.h"

#include <stdbool.h>
#include <stdint.h>

#define RP_TUNNEL_HEAD  2
#define RP_TUNNEL_HEADS 65536

struct rp_tunnel {
    uint8_t bytes[RP_ENCODING_MAX]; /* the next to run, unless `done` */
    uint8_t marker;                 /* the byte that is counted up */
    uint8_t last;                   /* length of the one before; 0: none on this level */
    bool done;
};

/* The tunnel whose first two bytes are head >> 8 and head & 255, at its beginning. */
struct rp_tunnel rp_tunnel_begin(unsigned head);

/* Goes on from tunnel->bytes, which were found to be `length` bytes long (1 to 15). */
void rp_tunnel_advance(struct rp_tunnel *tunnel, uint8_t length);

/* Goes on where tunnel->bytes took the executor with them. What kills once kills again, and each death costs
 * more than a thousand runs: of an opcode what is behind it is left out, of a ModRM byte and what follows the
 * values that are left. Returns how many values of one byte that are. */
unsigned rp_tunnel_leave(struct rp_tunnel *tunnel, enum rp_mode mode);

/* True if tunnel->bytes are worth a run: at most two prefixes and no redundant one. Others are passed over
 * as if they had the length of the one before (sandsifter's max_prefix). */
bool rp_tunnel_wanted(const struct rp_tunnel *tunnel, enum rp_mode mode);

/* What the bytes are at least, whatever a decoder says: prefixes, opcode and ModRM; where they don't reach an
 * opcode, all 15. The length that a trap which tells none is given. */
uint8_t rp_tunnel_minimum(const uint8_t bytes[RP_ENCODING_MAX], enum rp_mode mode);

#endif
