/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry of the catalogue of errata: what corpus/errata/ says of a defect, a leak or a behaviour in which
 * CPUs differ. corpus/errata/README explains the keys; catalogue.h reads them. */
#ifndef RP_ERRATA_ERRATUM_H
#define RP_ERRATA_ERRATUM_H

#include "errata/expectation.h"
#include "executor/sequence.h"
#include "x86/mode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rp_erratum_kind {
    RP_ERRATUM,         /* the CPU departs from its manual */
    RP_ERRATUM_LEAK,    /* it shows what is another's, by design or not */
    RP_ERRATUM_VARIANT, /* CPUs differ and each is right */
    RP_ERRATUM_KIND_COUNT,
};

/* What running it does to a machine that has it. Only `safe` ones are ever executed on silicon. */
enum rp_danger {
    RP_DANGER_SAFE,
    RP_DANGER_NEEDS_KERNEL, /* nothing that a program can do shows it */
    RP_DANGER_MAY_HANG,
    RP_DANGER_MAY_CRASH,
    RP_DANGER_LEAKS, /* what it shows is another program's */
    RP_DANGER_COUNT,
};

/* CPUs of one family: [model_first, model_last] in steppings [stepping_first, stepping_last]. */
struct rp_affected {
    uint16_t family_first, family_last;
    uint8_t model_first, model_last, stepping_first, stepping_last;
    bool has_fix;
    uint32_t fixed; /* by this microcode revision and later ones; 0: no source names the first */
};

/* CPUs that follow a variant: one vendor's, of families [first, last]. */
struct rp_follower {
    char vendor[13]; /* as CPUID leaf 0 has it */
    uint16_t family_first, family_last;
};

#define RP_FOLLOWERS_MAX 8
struct rp_variant {
    struct rp_follower follower[RP_FOLLOWERS_MAX];
    unsigned followers;
    char *label; /* the followers as they are written */
    struct rp_expectation expectation;
};

/* A release of Linux, to be compared. */
#define RP_LINUX(major, minor) ((uint32_t)(major) << 16 | (uint32_t)(minor))
/* Reads "6.18.5-amd64"; 0 if that is no release. */
uint32_t rp_linux_release(const char *text);

#define RP_AFFECTED_MAX 40
#define RP_VENDORS_MAX  6
#define RP_VARIANTS_MAX 6

struct rp_erratum {
    char *id, *names;
    enum rp_erratum_kind kind;
    char vendor[RP_VENDORS_MAX][13]; /* as CPUID leaf 0 has them */
    unsigned vendors;                /* 0: any */
    char *affects;                   /* as it is written */
    struct rp_affected affected[RP_AFFECTED_MAX];
    unsigned ranges;
    char *needs;   /* CPUs without all of these flags (of /proc/cpuinfo) are not affected; NULL: none */
    char *unless;  /* CPUs with one of these flags are not affected; NULL: none */
    char *fixed;   /* one of these flags says that microcode or kernel have dealt with it; NULL: none does */
    uint8_t modes; /* bits of 1 << enum rp_mode */
    unsigned ring; /* 0 or 3 */
    bool own_vendor;         /* another vendor's manual says otherwise: only run on the vendor's own */
    struct rp_sequence code; /* count 0: none is written down */
    bool in_steps;           /* its instructions may be run one by one, state handed on */
    char *state, *machine;   /* rp_user_parse, rp_machine_parse without ring; NULL: the default */
    struct rp_expectation good, bad, idle; /* idle: a run that shows neither and is made again */
    double rate;                           /* at least this part of the runs show it on a CPU that has it */
    double confidence;                     /* with which a CPU that never shows it is said not to have it */
    struct rp_variant variant[RP_VARIANTS_MAX];
    unsigned variants;
    enum rp_danger danger;
    char *linux_name; /* of /sys/devices/system/cpu/vulnerabilities/; NULL: Linux has no file about it */
    /* These releases of Linux work around it, earlier ones may, 0: none does; see RP_LINUX. The second
     * one's takes rights over the CPU that a guest's kernel has not. */
    uint32_t linux_by, linux_by_host;
    char *fix, *what, *source;
    const char *file; /* where it stands */
    unsigned line;
};

/* As the catalogue, text and JSON write them; static storage. */
const char *rp_erratum_kind_name(enum rp_erratum_kind kind);
const char *rp_danger_name(enum rp_danger danger);

/* "intel" for GenuineIntel, the string itself where the catalogue has no short name. */
const char *rp_vendor_short(const char *vendor);
/* "Intel", as people write it, likewise. */
const char *rp_vendor_title(const char *vendor);
/* The string of leaf 0 for a short name; NULL if there is none. */
const char *rp_vendor_long(const char *name);

#endif
