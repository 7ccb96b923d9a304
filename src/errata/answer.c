/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From experiments and tables to answers; see answer.h. */
#include "errata/answer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RUNS_LEAST 3 /* a single run is an anecdote */
#define RUNS_MOST  UINT64_C(10000000)

const char *rp_errata_answer_name(enum rp_errata_answer answer)
{
    static const char *const names[] = {"present",        "absent",   "fixed",
                                        "not-applicable", "affected", "unknown"};
    _Static_assert(sizeof names / sizeof names[0] == RP_ERRATA_ANSWER_COUNT, "one name an answer");
    return names[answer];
}

uint64_t rp_errata_runs_wanted(double rate, double confidence)
{
    uint64_t runs = 0;
    for (double unseen = 1; unseen > 1 - confidence && runs < RUNS_MOST; runs++)
        unseen *= 1 - rate;
    return runs < RUNS_LEAST ? RUNS_LEAST : runs;
}

static void settle(struct rp_errata_result *result, enum rp_errata_answer answer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void settle(struct rp_errata_result *result, enum rp_errata_answer answer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(result->reason, sizeof result->reason, format, arguments);
    va_end(arguments);
    result->answer = answer;
}

/* Runs were made: they are what is said, whatever the tables have. */
static void decide_by_runs(struct rp_errata_result *result, const struct rp_cpu *cpu)
{
    const struct rp_experiment *e = &result->experiment;
    const char *unnamed = cpu && result->applies != RP_APPLIES ? "; no table names this CPU" : "";
    if (e->bad)
        settle(result, RP_ERRATA_PRESENT, "%" PRIu64 " of %" PRIu64 " runs show it%s", e->bad, e->runs,
               unnamed);
    else if (e->other.present)
        settle(result, RP_ERRATA_UNKNOWN, "a run ends as neither outcome of the entry describes");
    else if (e->good < e->wanted)
        settle(result, RP_ERRATA_UNKNOWN, "%" PRIu64 " runs show nothing, %" PRIu64 " are wanted", e->good,
               e->wanted);
    else if (result->erratum->rate < 1)
        settle(result, RP_ERRATA_ABSENT, "%" PRIu64 " runs, none shows it (rate %g, confidence %g)%s",
               e->good, result->erratum->rate, result->erratum->confidence, unnamed);
    else
        settle(result, RP_ERRATA_ABSENT, "%" PRIu64 " runs, none shows it%s", e->good, unnamed);
}

/* Why no table names the CPU. */
static void not_applicable(struct rp_errata_result *result, const struct rp_cpu *cpu)
{
    if (result->applies == RP_APPLIES_NOT_VENDOR)
        settle(result, RP_ERRATA_NOT_APPLICABLE, "vendor %s", cpu->vendor[0] ? cpu->vendor : "unknown");
    else if (result->applies == RP_APPLIES_NOT_MODEL)
        settle(result, RP_ERRATA_NOT_APPLICABLE, "family %02x, model %02x, stepping %x", cpu->family,
               cpu->model, cpu->stepping);
    else if (result->erratum->unless && !result->erratum->needs)
        settle(result, RP_ERRATA_NOT_APPLICABLE, "it has %s", result->erratum->unless);
    else
        settle(result, RP_ERRATA_NOT_APPLICABLE, "it has no %s", result->erratum->needs);
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* The kernel knows what it does and whether the microcode lets it: its word counts before flags and
 * revisions. False if it has none. */
static bool decide_by_kernel(struct rp_errata_result *result, const char *says)
{
    static const struct {
        const char *begin;
        enum rp_errata_answer answer;
    } words[] = {
        {"Vulnerable", RP_ERRATA_AFFECTED},
        {"Mitigation", RP_ERRATA_FIXED},
        {"Not affected", RP_ERRATA_NOT_APPLICABLE},
        {"Unknown", RP_ERRATA_UNKNOWN},
    };
    const char *word = says && begins(says, "KVM: ") ? says + 5 : says;
    for (size_t i = 0; word && i < sizeof words / sizeof words[0]; i++) {
        if (!begins(word, words[i].begin))
            continue;
        if (words[i].answer == RP_ERRATA_AFFECTED)
            settle(result, RP_ERRATA_AFFECTED, "not run: %s; the kernel says '%.160s'",
                   rp_danger_name(result->erratum->danger), says);
        else
            settle(result, words[i].answer, "the kernel says '%.180s'", says);
        return true;
    }
    return false;
}

/* Revisions of one model whose first byte differs are of chips that are numbered by themselves, as Xeon Max
 * is among Sapphire Rapids. */
static bool is_other_line(const struct rp_affected *range, uint32_t microcode)
{
    return (range->fixed ^ microcode) >> 24 != 0;
}

/* A microcode fixes it, and this one does not, as far as is known. False if none does. */
static bool decide_by_revision(struct rp_errata_result *result, const struct rp_cpu *cpu, uint32_t microcode)
{
    const struct rp_affected *range = result->range;
    if (range->has_fix && range->fixed == 0)
        settle(result, RP_ERRATA_UNKNOWN, "fixed by microcode, and no source says by which revision first");
    else if (range->has_fix && microcode == 0)
        settle(result, RP_ERRATA_UNKNOWN, "fixed by microcode %" PRIx32 ", and the revision is not known",
               range->fixed);
    else if (range->has_fix && cpu->hypervisor[0])
        settle(result, RP_ERRATA_UNKNOWN,
               "fixed by microcode %" PRIx32 ", and a hypervisor may make the revision %" PRIx32 " up",
               range->fixed, microcode);
    else if (range->has_fix && is_other_line(range, microcode))
        settle(result, RP_ERRATA_UNKNOWN,
               "fixed by microcode %" PRIx32 ", and the revision %" PRIx32 " is of other chips", range->fixed,
               microcode);
    else
        return false;
    return true;
}

/* Nothing says that it is dealt with. */
static void decide_unfixed(struct rp_errata_result *result, const struct rp_cpu *cpu,
                           const struct rp_errata_system *system, uint32_t microcode)
{
    const struct rp_erratum *erratum = result->erratum;
    uint32_t host = erratum->linux_by_host, by = host ? host : erratum->linux_by;
    if (decide_by_revision(result, cpu, microcode))
        return;
    if (host && cpu->hypervisor[0])
        settle(result, RP_ERRATA_UNKNOWN, "Linux %u.%u works around it, and the host's kernel can't be seen",
               host >> 16, host & 0xffff);
    else if (by && system->release)
        settle(result, RP_ERRATA_UNKNOWN,
               "Linux %u.%u works around it, and no source says whether %u.%u does", by >> 16, by & 0xffff,
               system->release >> 16, system->release & 0xffff);
    else if (erratum->danger == RP_DANGER_SAFE)
        settle(result, RP_ERRATA_UNKNOWN, "affected by table, not shown: %s",
               result->experiment.why_not[0] ? result->experiment.why_not
                                             : "no run of a program can show it");
    else
        settle(result, RP_ERRATA_AFFECTED, "not run: %s", rp_danger_name(erratum->danger));
}

static void decide_by_table(struct rp_errata_result *result, const struct rp_cpu *cpu,
                            const struct rp_errata_system *system)
{
    const struct rp_erratum *erratum = result->erratum;
    const struct rp_affected *range = result->range;
    uint32_t microcode = rp_cpu_known_microcode(cpu), by = erratum->linux_by;
    char flag[32];
    if (decide_by_kernel(result, system->vulnerability))
        return;
    if (!by && !cpu->hypervisor[0])
        by = erratum->linux_by_host;
    if (rp_erratum_fixed_by_flag(erratum, cpu, flag))
        settle(result, RP_ERRATA_FIXED, "flag %s", flag);
    else if (range->has_fix && range->fixed && microcode >= range->fixed && !is_other_line(range, microcode))
        settle(result, RP_ERRATA_FIXED, "microcode %" PRIx32 " >= %" PRIx32, microcode, range->fixed);
    else if (by && system->release >= by)
        settle(result, RP_ERRATA_FIXED, "Linux %u.%u works around it", by >> 16, by & 0xffff);
    else
        decide_unfixed(result, cpu, system, microcode);
}

void rp_errata_decide(const struct rp_erratum *erratum, const struct rp_cpu *cpu,
                      const struct rp_errata_system *system, const struct rp_experiment *experiment,
                      struct rp_errata_result *result)
{
    *result = (struct rp_errata_result){.erratum = erratum, .experiment = *experiment};
    result->applies = cpu ? rp_erratum_applies(erratum, cpu, &result->range) : RP_APPLIES_NOT_VENDOR;
    if (experiment->made)
        decide_by_runs(result, cpu);
    else if (!cpu)
        settle(result, RP_ERRATA_NOT_APPLICABLE, "an emulator: %s",
               experiment->why_not[0] ? experiment->why_not : "no table names it");
    else if (result->applies == RP_APPLIES)
        decide_by_table(result, cpu, system);
    else
        not_applicable(result, cpu);
}

bool rp_errata_is_news(const struct rp_errata_result *result)
{
    return result->erratum->kind != RP_ERRATUM_VARIANT &&
           (result->answer == RP_ERRATA_PRESENT || result->answer == RP_ERRATA_AFFECTED);
}
