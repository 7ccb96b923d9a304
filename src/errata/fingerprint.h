/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fingerprints: whose behaviour the variants follow that an executor has shown. */
#ifndef RP_ERRATA_FINGERPRINT_H
#define RP_ERRATA_FINGERPRINT_H

#include "errata/answer.h"

struct rp_fingerprint {
    unsigned shown;     /* variants that were run and came to an outcome of the catalogue */
    unsigned agree;     /* of them, as the CPU below does */
    unsigned against;   /* as others do, and not as that one */
    bool alike;         /* hardly any is against; else it is the nearest CPU and no more */
    char vendor[13];    /* as CPUID leaf 0 has it; "": no variant was shown that is any CPU's */
    uint16_t family[2]; /* the first and the last family that fit as well */
    bool or_later;      /* no later family is known to differ */
};

/* Counts what `results`, of variants and others, have shown. */
void rp_errata_fingerprint(const struct rp_errata_result *results, size_t count,
                           struct rp_fingerprint *fingerprint);

/* True if a CPU of this vendor and family does what was shown; `*says` if the catalogue says what it does. */
bool rp_errata_variant_agrees(const struct rp_errata_result *result, const char *vendor, unsigned family,
                              bool *says);

#endif
