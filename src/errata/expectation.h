/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations: an outcome in words, as the catalogue writes it, and whether a run came to it.
 *
 *   END [NAME[&MASK]=VALUE | NAME[&MASK]!=VALUE]...
 *
 * END is `retired` (`entered` is retired too), `any`, or a vector by name, `#UD`; NAME a component (rax,
 * rflags, st0.mantissa, zmm0.0, data+400: eight bytes there, as a number) or `length`; numbers are hex. All
 * of it must hold. */
#ifndef RP_ERRATA_EXPECTATION_H
#define RP_ERRATA_EXPECTATION_H

#include "judge/compare.h"

#define RP_CONDITIONS_MAX 8
#define RP_EXPECT_LENGTH  UINT32_MAX /* as a component: the outcome's length */
#define RP_EXPECT_ANY_END (-1)
#define RP_EXPECT_RETIRED (-2)

struct rp_condition {
    uint32_t component;
    uint64_t mask, value;
    bool differs; /* != */
};

struct rp_expectation {
    char *text; /* as it is written; NULL: there is none */
    int end;    /* a vector, or one of the above */
    struct rp_condition condition[RP_CONDITIONS_MAX];
    unsigned conditions;
};

/* Reads one; `text` is copied. RP_EINPUT: the line says which word and what could stand there. */
int rp_expectation_parse(const char *text, struct rp_expectation *expectation, struct rp_error *error);
void rp_expectation_free(struct rp_expectation *expectation);

/* True if the run came to it. */
bool rp_expectation_met(const struct rp_expectation *expectation, const struct rp_view *view);

#endif
