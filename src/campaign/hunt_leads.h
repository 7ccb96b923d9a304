/* SPDX-License-Identifier: GPL-2.0-or-later */
/* False leads: encodings that a decoder rejects or takes for others, and that are nevertheless explained. The
 * facts are rows of corpus/hunt-leads.tsv, and corpus/hunt-features.tsv says which feature of the CPU an
 * instruction set of the decoder needs. Read once; what is read is immutable. */
#ifndef RP_CAMPAIGN_HUNT_LEADS_H
#define RP_CAMPAIGN_HUNT_LEADS_H

#include "report/finding.h"
#include "x86/cpu.h"

struct rp_leads;

/* Reads both files. RP_EINPUT with file:line for a doubled id, an unknown word, a bad number, a missing
 * source. Close with rp_leads_close. */
int rp_leads_open(struct rp_leads **leads, struct rp_error *error);
/* The same from texts; complaints call them by these labels. */
int rp_leads_parse(const char *leads_text, const char *features_text, struct rp_leads **leads,
                   struct rp_error *error);
void rp_leads_close(struct rp_leads *leads); /* NULL is fine */

/* Fills in class and why of `finding`: of the first row that fits mode, encoding and reason, a CPU of
 * `vendor`
 * ("AuthenticAMD"; NULL: nobody knows, rows of all vendors count) and the length that was shown, else
 * RP_FINDING_UNEXPLAINED and "". */
void rp_leads_classify(const struct rp_leads *leads, const struct rp_cpu *cpu, struct rp_finding *finding);

/* How long CPUs like `cpu` find what the decoder takes `bytes` for: what the first row with a length that
 * fits says (*row: its id, as long as `leads` is open), else the decoder's (*row: NULL). 0: it is not known.
 */
uint8_t rp_leads_length(const struct rp_leads *leads, const struct rp_cpu *cpu, enum rp_mode mode,
                        const uint8_t bytes[RP_ENCODING_MAX], const struct rp_instruction *instruction,
                        const char **row);

/* The id of row `number`, from 0, of those that say a length of CPUs like `cpu` in `mode`; NULL: there are
 * fewer. */
const char *rp_leads_length_row(const struct rp_leads *leads, const struct rp_cpu *cpu, enum rp_mode mode,
                                size_t number);

/* The /proc/cpuinfo flag that instructions of this set of the decoder need; NULL: none that we know of. */
const char *rp_leads_feature(const struct rp_leads *leads, const struct rp_instruction *instruction);

#endif
