/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts of a verdict as words, the same ones in every format. Each function appends to a text and adds no
 * line feed. */
#ifndef RP_REPORT_WORDS_H
#define RP_REPORT_WORDS_H

#include "base/text.h"
#include "judge/detail.h"
#include "store/results.h"

/* "hole", "privileged", "innocuous", "unknown" (not answered here), "-" (not asked). */
const char *rp_answer_word(enum rp_policy_answer answer);

/* The resource's name; NULL for RP_RESOURCE_NONE. */
const char *rp_resource_label(enum rp_resource resource);

/* "gdtr.base, gdtr.limit"; at most `most` names, then "and 3 more"; "none" for an empty set. */
void rp_words_resources(const struct rp_resource_set *set, unsigned most, struct rp_text *text);

/* "gdtr.base/limit, cr0.mp/ne": names that differ in their last part stand together. Of more than `most`
 * resources only the groups are named, "cs, descriptor"; "none" for an empty set. */
void rp_words_resources_brief(const struct rp_resource_set *set, unsigned most, struct rp_text *text);

/* "control, mode"; "none". */
void rp_words_sensitivity(uint8_t sensitivity, struct rp_text *text);

/* "long64, prot32" from bits of 1 << enum rp_mode. */
void rp_words_modes(uint8_t modes, struct rp_text *text);

/* The same against those that were scanned: "all", "all but vm86", or the list. */
void rp_words_modes_brief(uint8_t modes, uint8_t scanned, struct rp_text *text);

/* Of what a report is not about: "Incomplete: a budget ended the scan. What is here was judged, the rest was
 * not.", "Not the whole space: shard 0/2 of at most 300 encodings of each mode. ..."; nothing of a whole
 * scan, whatever its limit. */
void rp_words_incomplete(const struct rp_results *results, struct rp_text *text);

/* "cr4.umip=1"; "cr0.ts=1 with cr0.mp=1"; "(both rings)" behind it where ring 0 is closed too. */
void rp_words_closer(const struct rp_closer *closer, struct rp_text *text);

/* "bochs, qemu": the executors of a set, bits of the verdict's opinions. */
void rp_words_executors(const struct rp_verdict *verdict, unsigned executors, struct rp_text *text);

/* "native, unicorn": the names of a configuration's "unicorn 2.0.1 (emulated), native (silicon)", sorted. */
void rp_words_executor_names(const char *executors, struct rp_text *text);

/* All of them, "or" between, of several executors with those that showed it; "nothing". */
void rp_words_closers(const struct rp_verdict *verdict, struct rp_text *text);

/* "retired, 2 bytes", "#GP(0)", "entered #0x80", "entered the kernel (SYSCALL)", "died of signal 6". */
void rp_words_shown(const struct rp_shown *shown, struct rp_text *text);

/* The value of a component; flags by name behind it: "0x202 IF". */
void rp_words_value(uint32_t component, uint64_t value, struct rp_text *text);

/* The bits of `bits` within a component, by name where they have one: "IF, IOPL", "cr0.mp", "bits 0x10". */
void rp_words_bits(uint32_t component, uint64_t bits, struct rp_text *text);

/* METHOD, "More than one executor": what the CPU did with an encoding in ring 3. */
enum rp_silicon {
    RP_SILICON_NOTHING, /* no run that shows anything, or no CPU */
    RP_SILICON_RETIRES,
    RP_SILICON_TRAPS,
    RP_SILICON_KERNEL_EMULATES,
    RP_SILICON_COUNT,
};
enum rp_silicon rp_silicon(const struct rp_opinion *opinion);
/* "retires in ring 3 on this CPU"; NULL for RP_SILICON_NOTHING. */
const char *rp_silicon_sentence(enum rp_silicon silicon);

/* "rp-0123456789abcdef", the id of a finding. */
void rp_words_id(uint64_t id, struct rp_text *text);

/* "legacy, linux" from bits of 1 << enum rp_policy. */
void rp_words_policies(unsigned policies, struct rp_text *text);

/* Where a divergence is: "outcome", "rflags (AF)", "general registers (rdx)". */
void rp_words_cell(const struct rp_divergence *divergence, struct rp_text *text);
/* Who made what of it, those that came to the same together: "unicorn: retires; bochs, qemu: #GP(0x40a)". */
void rp_words_answers(const struct rp_verdict *verdict, const struct rp_divergence *divergence,
                      struct rp_text *text);

/* The verdict as one sentence, with a full stop. */
void rp_words_verdict(const struct rp_verdict *verdict, struct rp_text *text);

#endif
