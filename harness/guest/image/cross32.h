/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cross32.S and real32.S jump by, and what they come back with. */
#ifndef RP_HARNESS_GUEST_IMAGE_CROSS32_H
#define RP_HARNESS_GUEST_IMAGE_CROSS32_H

#include "guest/image/cpu.h"
#include "guest/image/image.h"

struct rp_guest_jump {
    uint32_t flags, esp, ss, eip, cs, es, ds, fs, gs, ldtr;
    uint32_t reg[8];
    struct rp_guest_table gdtr;
    uint16_t unused_1;
    struct rp_guest_table idtr;
    uint16_t unused_2;
    uint32_t pushed[16]; /* by a tick of the guard, while `frame` is the stack */
    uint32_t frame[9];
};
#if !RP_GUEST_LONG
_Static_assert(offsetof(struct rp_guest_jump, reg) == 40, "cross32.S");
_Static_assert(offsetof(struct rp_guest_jump, gdtr) == 72, "cross32.S");
_Static_assert(offsetof(struct rp_guest_jump, idtr) == 80, "cross32.S");
_Static_assert(offsetof(struct rp_guest_jump, frame) == 152, "cross32.S");
#endif

extern struct rp_guest_jump rp_guest_jump;
#define RP_GUEST_BACK_FLAGS 16
extern uint64_t rp_guest_back[RP_GUEST_BACK_FLAGS + 1]; /* general registers as RP_REG_RAX on, then RFLAGS */
extern uint32_t rp_guest_back_segments[6];

void rp_guest_cross_outer(void);
void rp_guest_cross_inner(void);
void rp_guest_cross_inner_frame(void);

/* load.c. Makes a flat stack segment with that base in the table that is loaded; its selector. */
uint32_t rp_guest_load_stack(unsigned long base);

/* Puts the segments there in which real mode is entered; the selector of data. */
uint32_t rp_guest_load_real(void);
extern struct rp_guest_table rp_guest_load_idtr;
/* Where a tick goes that comes while the image runs, in protected and in real mode. */
extern const unsigned char rp_guest_tick[], rp_guest_real_tick[];
/* Where #DB goes while DR7 is read; load.c lets it, or not. */
extern const unsigned char rp_guest_detect[];
void rp_guest_load_detect(bool detect);
/* As the test left them: by the time anybody looks, the image's are loaded. */
extern struct rp_guest_table rp_guest_back_gdtr, rp_guest_back_idtr;

/* Puts back what lies closely below the stack pointer that a test has left: in ring 0 and in real mode
 * vectors push there, so that what the test wrote can't be shown, and what one ring can't show the other must
 * not. */
void rp_guest_cross_lose(enum rp_mode mode, const uint64_t *after);

/* vm86: back from where the program's own vector table has led, to what the frame on its stack says. */
void rp_guest_cross_unwind(const uint64_t *before, uint64_t *after);

/* real32.c. */
void rp_guest_real_cross(const uint64_t *before, uint64_t flags, uint64_t *after, struct rp_guest_exit *exit);

#endif
