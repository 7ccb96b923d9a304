/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exception vectors that the architecture defines, and what goes with each (SDM Vol. 3A table 6-1). The
 * facts are rows of vector.def. */
#ifndef RP_X86_VECTOR_H
#define RP_X86_VECTOR_H

#include <stdbool.h>
#include <stdint.h>

#define RP_VECTOR_COUNT 32 /* 0 to 31 are the architecture's; 32 to 255 are free for the system's use */

/* SDM Vol. 3A section 6.5. */
enum rp_vector_class {
    RP_VECTOR_FAULT,     /* the saved pointer names the instruction, which can be restarted */
    RP_VECTOR_TRAP,      /* the saved pointer names the next instruction */
    RP_VECTOR_ABORT,     /* no saved pointer to rely on */
    RP_VECTOR_INTERRUPT, /* NMI, #HV: comes from outside the instruction stream */
    RP_VECTOR_BY_CAUSE,  /* #DB: fault or trap, as DR6 tells */
    RP_VECTOR_RESERVED,
};

/* RP_VECTOR_GP = 13 and so on; numbers as in the SDM. */
enum rp_vector {
#define RP_VECTOR(number, id, ...) RP_VECTOR_##id = number,
#include "x86/vector.def"
#undef RP_VECTOR
};

struct rp_vector_info {
    const char *name;  /* "#GP"; "" where the vector is reserved */
    const char *title; /* "General Protection" */
    enum rp_vector_class class;
    bool has_error_code; /* pushed in protected mode; real mode and vm86's redirected INT push none */
    const char *source;
};

/* Facts about `vector`; NULL at and above RP_VECTOR_COUNT. Static storage. */
const struct rp_vector_info *rp_vector_info(unsigned vector);

/* "#GP" for 13; for vectors without a name of their own (reserved, 32 and above) "#0x80". `text` holds at
 * least 8 bytes and is returned. */
const char *rp_vector_name(unsigned vector, char text[8]);

#endif
