/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges of CPUs: reading and matching; see affected.h. */
#include "errata/affected.h"

#include "base/hex.h"

#include <stdio.h>
#include <string.h>

#define ITEM_MAX 64
/* Of a microcode revision: Intel's of chips that were not sold are above all others and fix nothing by that.
 */
#define PREPRODUCTION UINT32_C(0x80000000)

/* In the order of the years in which they began. */
static const struct {
    const char *name, *vendor, *title;
} vendors[] = {
    {"intel", "GenuineIntel", "Intel"},
    {"amd", "AuthenticAMD", "AMD"},
    {"cyrix", "CyrixInstead", "Cyrix"},
    {"nexgen", "NexGenDriven", "NexGen"},
    {"centaur", "CentaurHauls", "Centaur"},
    {"transmeta", "GenuineTMx86", "Transmeta"},
    {"nsc", "Geode by NSC", "NSC"},
    {"via", "VIA VIA VIA ", "VIA"},
    {"hygon", "HygonGenuine", "Hygon"},
    {"zhaoxin", "  Shanghai  ", "Zhaoxin"},
    {"rise", "RiseRiseRise", "Rise"},
    {"umc", "UMC UMC UMC ", "UMC"},
    {"none", "", "no CPU"},
};
#define VENDORS (sizeof vendors / sizeof vendors[0])

const char *rp_vendor_short(const char *vendor)
{
    for (size_t i = 0; i < VENDORS; i++)
        if (strcmp(vendors[i].vendor, vendor) == 0)
            return vendors[i].name;
    return vendor;
}

const char *rp_vendor_title(const char *vendor)
{
    for (size_t i = 0; i < VENDORS; i++)
        if (strcmp(vendors[i].vendor, vendor) == 0)
            return vendors[i].title;
    return vendor;
}

const char *rp_vendor_long(const char *name)
{
    for (size_t i = 0; i < VENDORS; i++)
        if (strcmp(vendors[i].name, name) == 0)
            return vendors[i].vendor;
    return NULL;
}

/* Cuts the next item between `separators` off *text; false at the end. */
static bool next_item(const char **text, const char *separators, char item[ITEM_MAX])
{
    *text += strspn(*text, separators);
    size_t length = strcspn(*text, separators), kept = length < ITEM_MAX ? length : ITEM_MAX - 1;
    memcpy(item, *text, kept);
    item[kept] = '\0';
    *text += length;
    return length > 0;
}

/* "17", "30..3f", "*"; with `open` also "17.." and "..16". */
static bool parse_range(char *text, uint64_t most, bool open, uint64_t *first, uint64_t *last)
{
    *first = 0;
    *last = most;
    if (strcmp(text, "*") == 0)
        return true;
    char *dots = strstr(text, ".."), *end = dots ? dots + 2 : text;
    if (dots)
        *dots = '\0';
    bool has_first = *text || !dots || !open, has_last = *end || !open;
    return (!has_first || rp_hex_parse_u64(text, first, NULL) == RP_OK) &&
           (!has_last || rp_hex_parse_u64(end, last, NULL) == RP_OK) && *first <= *last && *last <= most;
}

/* Takes "family-model-stepping" apart at its dashes; what stands behind a third one stays in the stepping,
 * which it spoils. */
static unsigned split(char *item, char *part[3])
{
    unsigned count = 1;
    part[0] = item;
    for (char *dash = strchr(item, '-'); dash && count < 3; dash = strchr(dash + 1, '-')) {
        *dash = '\0';
        part[count++] = dash + 1;
    }
    return count;
}

static bool parse_affected(char *item, struct rp_affected *affected)
{
    char *part[3] = {NULL, NULL, NULL}, *revision = strchr(item, '@');
    uint64_t family[2], model[2], stepping[2] = {0, 15}, fixed = 0;
    if (revision)
        *revision++ = '\0';
    unsigned parts = split(item, part);
    if (parts < 2 || !parse_range(part[0], 0xff + 0xf, false, &family[0], &family[1]) ||
        !parse_range(part[1], 0xff, false, &model[0], &model[1]) ||
        (parts == 3 && !parse_range(part[2], 0xf, false, &stepping[0], &stepping[1])) ||
        (revision && strcmp(revision, "?") != 0 &&
         (rp_hex_parse_u64(revision, &fixed, NULL) || fixed == 0 || fixed > UINT32_MAX)))
        return false;
    *affected =
        (struct rp_affected){(uint16_t)family[0],  (uint16_t)family[1],  (uint8_t)model[0], (uint8_t)model[1],
                             (uint8_t)stepping[0], (uint8_t)stepping[1], revision != NULL,  (uint32_t)fixed};
    return true;
}

int rp_affected_parse(const char *text, struct rp_erratum *erratum, struct rp_error *error)
{
    char item[ITEM_MAX], copy[ITEM_MAX];
    while (next_item(&text, ", ", item)) {
        memcpy(copy, item, sizeof copy);
        if (erratum->ranges == RP_AFFECTED_MAX)
            return rp_error_set(error, RP_EINPUT, "'%s' is one range too many, %d are possible", item,
                                RP_AFFECTED_MAX);
        if (!parse_affected(copy, &erratum->affected[erratum->ranges++]))
            return rp_error_set(
                error, RP_EINPUT,
                "'%s' is no range of CPUs; write FAMILY-MODEL[-STEPPING][@REVISION] in hex, as "
                "17-30..3f@830107b",
                item);
    }
    return erratum->ranges ? RP_OK : rp_error_set(error, RP_EINPUT, "no range of CPUs; write as 06-3c..3f");
}

int rp_followers_parse(const char *text, struct rp_variant *variant, struct rp_error *error)
{
    char item[ITEM_MAX];
    while (next_item(&text, " ", item)) {
        char *family = strchr(item, ':');
        uint64_t first = 0, last = 0xff + 0xf;
        if (family)
            *family++ = '\0';
        const char *vendor = rp_vendor_long(item);
        if (!vendor)
            return rp_error_set(error, RP_EINPUT, "'%s' is no vendor; write intel, amd, centaur ...", item);
        if (family && !parse_range(family, last, true, &first, &last))
            return rp_error_set(error, RP_EINPUT, "'%s' is no range of families; write 17, 10..16 or 17..",
                                family);
        if (variant->followers == RP_FOLLOWERS_MAX)
            return rp_error_set(error, RP_EINPUT, "'%s' is one vendor too many, %d are possible", item,
                                RP_FOLLOWERS_MAX);
        struct rp_follower *follower = &variant->follower[variant->followers++];
        *follower = (struct rp_follower){.family_first = (uint16_t)first, .family_last = (uint16_t)last};
        snprintf(follower->vendor, sizeof follower->vendor, "%s", vendor);
    }
    return RP_OK;
}

bool rp_erratum_vendor_is(const struct rp_erratum *erratum, const char *vendor)
{
    for (unsigned i = 0; i < erratum->vendors; i++)
        if (strcmp(erratum->vendor[i], vendor) == 0)
            return true;
    return erratum->vendors == 0;
}

static bool within(const struct rp_affected *range, const struct rp_cpu *cpu)
{
    return cpu->family >= range->family_first && cpu->family <= range->family_last &&
           cpu->model >= range->model_first && cpu->model <= range->model_last &&
           cpu->stepping >= range->stepping_first && cpu->stepping <= range->stepping_last;
}

/* True if the CPU has one, or all, of the flags. */
static bool has_flags(const struct rp_cpu *cpu, const char *flags, bool all)
{
    char flag[ITEM_MAX];
    while (next_item(&flags, " ", flag))
        if (rp_cpu_has(cpu, flag) != all)
            return !all;
    return all;
}

bool rp_erratum_fixed_by_flag(const struct rp_erratum *erratum, const struct rp_cpu *cpu, char flag[32])
{
    char item[ITEM_MAX];
    const char *flags = erratum->fixed ? erratum->fixed : "";
    while (next_item(&flags, " ", item)) {
        snprintf(flag, 32, "%.31s", item);
        if (rp_cpu_has(cpu, flag))
            return true;
    }
    return false;
}

enum rp_applies rp_erratum_applies(const struct rp_erratum *erratum, const struct rp_cpu *cpu,
                                   const struct rp_affected **range)
{
    *range = NULL;
    if (!rp_erratum_vendor_is(erratum, cpu->vendor))
        return RP_APPLIES_NOT_VENDOR;
    for (unsigned i = 0; i < erratum->ranges && !*range; i++)
        if (within(&erratum->affected[i], cpu))
            *range = &erratum->affected[i];
    if (!*range)
        return RP_APPLIES_NOT_MODEL;
    if ((erratum->needs && !has_flags(cpu, erratum->needs, true)) ||
        (erratum->unless && has_flags(cpu, erratum->unless, false)))
        return RP_APPLIES_NOT_FEATURE;
    return RP_APPLIES;
}

bool rp_variant_follows(const struct rp_variant *variant, const char *vendor, unsigned family)
{
    for (unsigned i = 0; i < variant->followers; i++) {
        const struct rp_follower *follower = &variant->follower[i];
        if (strcmp(follower->vendor, vendor) == 0 && family >= follower->family_first &&
            family <= follower->family_last)
            return true;
    }
    return false;
}

uint32_t rp_cpu_known_microcode(const struct rp_cpu *cpu)
{
    if (cpu->microcode == 0 || cpu->microcode & PREPRODUCTION)
        return 0;
    if (strcmp(cpu->vendor, "AuthenticAMD") != 0 || cpu->family < 0x17)
        return cpu->microcode;
    uint32_t family = cpu->microcode >> 24,
             model = (cpu->microcode >> 20 & 0xf) << 4 | (cpu->microcode >> 12 & 0xf),
             stepping = cpu->microcode >> 8 & 0xf;
    bool own = family + 0xf == cpu->family && model == cpu->model && stepping == cpu->stepping;
    return own ? cpu->microcode : 0;
}
