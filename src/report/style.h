/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How text for people looks: colours or not, and how wide. Colour never carries a meaning that a word or a
 * glyph beside it does not. */
#ifndef RP_REPORT_STYLE_H
#define RP_REPORT_STYLE_H

#include "judge/verdict.h"

#include <stdbool.h>

struct rp_style {
    bool colour;
    unsigned columns; /* of the terminal */
};

enum rp_tone {
    RP_TONE_PLAIN,
    RP_TONE_STRONG, /* headings */
    RP_TONE_FAINT,
    RP_TONE_ALARM, /* a hole */
    RP_TONE_GOOD,  /* privileged, closed */
    RP_TONE_DOUBT, /* unknown, not answered */
    RP_TONE_COUNT,
};

/* The escape sequences around a piece of text; "" without colours. */
const char *rp_style_on(const struct rp_style *style, enum rp_tone tone);
const char *rp_style_off(const struct rp_style *style, enum rp_tone tone);

enum rp_tone rp_judgement_tone(enum rp_judgement judgement);
enum rp_tone rp_answer_tone(enum rp_policy_answer answer);

#endif
