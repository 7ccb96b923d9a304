/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which CPU: a value that is recorded with every result. Printing, parsing and what Linux tells in
 * /proc/cpuinfo; CPUID itself is executed by harness/native. On machines that are not x86 the fields stay
 * empty, and printing says so. */
#ifndef RP_X86_CPU_H
#define RP_X86_CPU_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rp_cpu {
    char vendor[13];                  /* "GenuineIntel", CPUID leaf 0; "" where there is none */
    uint32_t signature;               /* CPUID leaf 1 EAX; 0 if unknown */
    uint32_t family, model, stepping; /* as displayed (rp_cpu_signature_split) */
    uint32_t microcode;  /* revision as the kernel tells it; 0 or ffffffffh: unknown, or a hypervisor's */
    char brand[49];      /* "AMD EPYC 9B14", CPUID leaves 80000002h-80000004h */
    char hypervisor[13]; /* CPUID leaf 40000000h; "" if none answers; "?" if there is one without a name */
    char flags[4096];    /* as in /proc/cpuinfo: names separated by one blank */
};

/* Splits a signature as Linux displays it (arch/x86/lib/cpu.c; SDM Vol. 2A "CPUID" figure 3-6): the extended
 * family is added to a base family of 15, the extended model counts from family 6 on. */
void rp_cpu_signature_split(uint32_t signature, uint32_t *family, uint32_t *model, uint32_t *stepping);

/* The signature that displays as these numbers (type field 0). */
uint32_t rp_cpu_signature_make(uint32_t family, uint32_t model, uint32_t stepping);

/* Fills `cpu` from text in the format of /proc/cpuinfo, first processor. What is not there stays empty. */
void rp_cpu_parse(struct rp_cpu *cpu, const char *cpuinfo);

/* Reads /proc/cpuinfo. RP_EENVIRONMENT if it cannot be read. */
int rp_cpu_read(struct rp_cpu *cpu, struct rp_error *error);

/* True if `flag` ("umip") is among the flags. */
bool rp_cpu_has(const struct rp_cpu *cpu, const char *flag);

/* Appends one line without a newline: brand, vendor, family-model-stepping in hex (as microcode files are
 * named), microcode, hypervisor. "not an x86 CPU" where vendor is empty. */
void rp_cpu_print(const struct rp_cpu *cpu, struct rp_text *text);

#endif
