/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x87, SSE, AVX and AVX-512 state as XSAVE and XRSTOR have it (SDM Vol. 1 10.5.1, 13.4), in words of 8 bytes.
 * Where AVX-512's components stand is said by CPUID, and the same everywhere. Freestanding. */
#ifndef RP_HARNESS_GUEST_AREA_H
#define RP_HARNESS_GUEST_AREA_H

#include <stdint.h>

#define RP_GUEST_AREA_ALIGNED 64
#define RP_GUEST_AREA_COMMON  832 /* bytes up to the end of AVX */
#define RP_GUEST_AREA_ALL     2688

#define RP_GUEST_AREA_FIP   1
#define RP_GUEST_AREA_FDP   2
#define RP_GUEST_AREA_MXCSR 3
#define RP_GUEST_AREA_ST    4
#define RP_GUEST_AREA_XMM   20
#define RP_GUEST_AREA_BV    64 /* XSTATE_BV */
#define RP_GUEST_AREA_AVX   72
#define RP_GUEST_AREA_MASKS 136
#define RP_GUEST_AREA_HIGH  144 /* the upper halves of ZMM0 to ZMM15 */
#define RP_GUEST_AREA_MORE  208 /* ZMM16 to ZMM31 */

/* Its components, as bits of XCR0. */
#define RP_GUEST_AREA_X87_TO_AVX UINT64_C(7)

struct rp_guest_area {
    uint64_t word[RP_GUEST_AREA_ALL / 8];
} __attribute__((aligned(RP_GUEST_AREA_ALIGNED)));

#endif
