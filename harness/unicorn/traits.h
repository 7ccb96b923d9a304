/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the machine has to know of an encoding before Unicorn sees it, by its bytes and in doubt the cautious
 * answer. It does not decode: Unicorn's idea of where an instruction ends need not be the decoder's. Private
 * to harness/unicorn. */
#ifndef RP_HARNESS_UNICORN_TRAITS_H
#define RP_HARNESS_UNICORN_TRAITS_H

#include "x86/encoding.h"
#include "x86/mode.h"

struct rp_uc_traits {
    uint8_t opcode;  /* the byte behind legacy and REX prefixes; 0 if there is none */
    bool repeats;    /* a string instruction with F2 or F3 */
    bool may_loop;   /* it may lead back to itself, so that only a hook stops it */
    bool writes_msr; /* there is WRMSR in it, which reaches what no context holds: MTRRs, machine-check banks
                      */
    int8_t dr7_source; /* the general register that it moves to DR7; -1: it does no such thing */
};

struct rp_uc_traits rp_uc_traits(enum rp_mode mode, const struct rp_encoding *encoding);

#endif
