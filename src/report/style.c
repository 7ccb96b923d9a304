/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Colours; see style.h. ECMA-48 section 8.3.117 (SGR). */
#include "report/style.h"

static const char *const sequences[] = {
    [RP_TONE_PLAIN] = "",          [RP_TONE_STRONG] = "\33[1m", [RP_TONE_FAINT] = "\33[2m",
    [RP_TONE_ALARM] = "\33[1;31m", [RP_TONE_GOOD] = "\33[32m",  [RP_TONE_DOUBT] = "\33[33m",
};
_Static_assert(sizeof sequences / sizeof sequences[0] == RP_TONE_COUNT, "one sequence a tone");

const char *rp_style_on(const struct rp_style *style, enum rp_tone tone)
{
    return style->colour ? sequences[tone] : "";
}

const char *rp_style_off(const struct rp_style *style, enum rp_tone tone)
{
    return style->colour && tone != RP_TONE_PLAIN ? "\33[0m" : "";
}

enum rp_tone rp_judgement_tone(enum rp_judgement judgement)
{
    static const enum rp_tone tones[] = {[RP_VERDICT_UNKNOWN] = RP_TONE_DOUBT,
                                         [RP_VERDICT_PRIVILEGED] = RP_TONE_GOOD,
                                         [RP_VERDICT_INNOCUOUS] = RP_TONE_PLAIN,
                                         [RP_VERDICT_HOLE] = RP_TONE_ALARM};
    _Static_assert(sizeof tones / sizeof tones[0] == RP_VERDICT_COUNT, "one tone a judgement");
    return tones[judgement];
}

enum rp_tone rp_answer_tone(enum rp_policy_answer answer)
{
    static const enum rp_tone tones[] = {[RP_ANSWER_NOT_ASKED] = RP_TONE_PLAIN,
                                         [RP_ANSWER_UNKNOWN] = RP_TONE_DOUBT,
                                         [RP_ANSWER_PRIVILEGED] = RP_TONE_GOOD,
                                         [RP_ANSWER_INNOCUOUS] = RP_TONE_GOOD,
                                         [RP_ANSWER_HOLE] = RP_TONE_ALARM};
    return tones[answer];
}
