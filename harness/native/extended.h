/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The extended state between the registers of a pre-state and an XSAVE area of the standard format (SDM Vol.
 * 1 13.4). Freestanding: the runner is built from it too. */
#ifndef RP_HARNESS_NATIVE_EXTENDED_H
#define RP_HARNESS_NATIVE_EXTENDED_H

#include "native/contract.h"

/* Writes x87, MXCSR, vectors and PKRU of `state` into `area`, and a header by which XRSTOR loads all of them.
 */
void rp_native_pack(const struct rp_native_layout *layout, const struct rp_state *state, uint8_t *area);

/* Reads the components in `bits`, and MXCSR, back into `state`, whose other registers are left alone. A
 * component that the header calls initial reads as its initial value. */
void rp_native_unpack(const struct rp_native_layout *layout, const uint8_t *area, uint64_t bits,
                      struct rp_state *state);

#endif
