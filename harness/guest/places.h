/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the guest image and what belongs to it stand in a guest's memory, and what it owns in the arena; for
 * C and assembly. All of it lies above the arena (state/arena.h) and is mapped, supervisor only, under every
 * one of its roots at the same linear addresses, so that entering and leaving a test changes no CR3.
 *
 *  linear             physical           what
 *  01000000-017FFFFF  the same           the image: code, constants, variables, stacks
 *  02000000-029FFFFF  00000000-009FFFFF  the arena, as the image reaches it
 *  03000000-06FFFFFF  the same           struct rp_guest_shared (guest/contract.h)
 *
 * The arena's pages there are no test's, whatever CR0.WP and CR4.SMAP are. */
#ifndef RP_HARNESS_GUEST_PLACES_H
#define RP_HARNESS_GUEST_PLACES_H

#define RP_GUEST_IMAGE       0x01000000
#define RP_GUEST_IMAGE_SIZE  0x00800000
#define RP_GUEST_LOW         0x02000000
#define RP_GUEST_LOW_SIZE    0x00a00000
#define RP_GUEST_SHARED      0x03000000
#define RP_GUEST_SHARED_SIZE 0x04000000
#define RP_GUEST_MEMORY      0x07000000 /* that a guest needs from 0 on */

/* Offsets into the image's header of addresses, 4 bytes each: where zeroed memory ends, where it is entered
 * (as multiboot has them), and up to where no run may change it. */
#define RP_GUEST_HEADER_END      24
#define RP_GUEST_HEADER_ENTRY    28
#define RP_GUEST_HEADER_CONSTANT 32

/* How the image is told to look for an order, struct rp_guest_shared's `bell`. */
#define RP_GUEST_BELL_COM1  0 /* a byte */
#define RP_GUEST_BELL_BREAK 1 /* it stops with XCHG BX, BX (Bochs' magic_break) and is let go on */

/* Selectors of the image's flat data and flat code, in its own table and in the arena's. */
#define RP_GUEST_DATA 0xffb8
#define RP_GUEST_CODE 0xffd8

/* Real mode's own code, data and stack: the 64 KiB that the arena's code page begins, but not that page. */
#define RP_GUEST_REAL_BASE 0x10000
#define RP_GUEST_REAL_CS   0x1000 /* also a selector of the image's table */
#define RP_GUEST_REAL_CODE 0x1000 /* offsets in it */
#define RP_GUEST_REAL_DATA 0x2000 /* another page: where code is translated, writes next to it are slow */
#define RP_GUEST_REAL_SS   0x1280 /* likewise, its base 12800h */
#define RP_GUEST_REAL_SP   0x100
#define RP_GUEST_REAL_END  0x3000 /* where what belongs to the image ends */

/* Bytes below the stack pointer that a test of a legacy mode leaves behind and nobody sees: three words and
 * an error code of a vector's frame, three words that its handler pushes, five of a tick of the guard in
 * there. */
#define RP_GUEST_STACK_LOST 48

/* The doorbell: a 16550 (COM1). */
#define RP_GUEST_BELL_PORT 0x3f8

#endif
