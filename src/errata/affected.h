/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which CPUs an entry is about, as the catalogue writes it and as identities are matched with it.
 *
 *   FAMILY[..FAMILY]-MODEL[..MODEL][-STEPPING[..STEPPING]][@REVISION], ...
 *
 * in hex, families and models as Linux displays them; `*` for any model; REVISION is the first microcode that
 * has the fix. */
#ifndef RP_ERRATA_AFFECTED_H
#define RP_ERRATA_AFFECTED_H

#include "errata/erratum.h"
#include "x86/cpu.h"

/* Reads such a list, appending to the ranges of `erratum`. RP_EINPUT: names the item. */
int rp_affected_parse(const char *text, struct rp_erratum *erratum, struct rp_error *error);

/* Reads `VENDOR[:FAMILY[..FAMILY]] ...` into the followers of `variant`, an open end of a range being any
 * family
 * (`amd:17..`). RP_EINPUT likewise. */
int rp_followers_parse(const char *text, struct rp_variant *variant, struct rp_error *error);

/* Why an entry is about this CPU or is not. */
enum rp_applies {
    RP_APPLIES,
    RP_APPLIES_NOT_VENDOR,
    RP_APPLIES_NOT_MODEL,
    RP_APPLIES_NOT_FEATURE, /* it lacks what `needs` asks for, or has what `unless` names */
};
/* `*range` is the range that names it; NULL where none does. */
enum rp_applies rp_erratum_applies(const struct rp_erratum *erratum, const struct rp_cpu *cpu,
                                   const struct rp_affected **range);

/* A flag of the CPU that says that the entry has been dealt with, written to `flag`; false if there is none.
 */
bool rp_erratum_fixed_by_flag(const struct rp_erratum *erratum, const struct rp_cpu *cpu, char flag[32]);

/* True if `cpu` is the entry's vendor's; Hygon's CPUs are no AMD ones here. */
bool rp_erratum_vendor_is(const struct rp_erratum *erratum, const char *vendor);

/* True if a CPU of this vendor and family follows the variant. */
bool rp_variant_follows(const struct rp_variant *variant, const char *vendor, unsigned family);

/* The microcode revision, 0 where it is not known: a hypervisor shows 0, ffffffffh or a number of its own; of
 * chips that were not sold (bit 31) revisions can't be compared with those of others.
 * AMD's from family 17h on name family, model and stepping in their upper bits (Linux, union zen_patch_rev),
 * so that one of another CPU is none. */
uint32_t rp_cpu_known_microcode(const struct rp_cpu *cpu);

#endif
