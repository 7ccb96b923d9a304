/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose silicon it is, and whether somebody stands between it and us. */
#include "native/load.h"
#include "native/native.h"

#include <cpuid.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define CPUID_1_HYPERVISOR (UINT32_C(1) << 31)

static void read_brand(char brand[49])
{
    uint32_t words[12] = {0};
    if ((uint32_t)__get_cpuid_max(0x80000000, NULL) >= 0x80000004)
        for (uint32_t i = 0; i < 3; i++) {
            uint32_t *of_leaf = words + (size_t)4 * i;
            __cpuid(0x80000002 + i, of_leaf[0], of_leaf[1], of_leaf[2], of_leaf[3]);
        }
    memcpy(brand, words, sizeof words);
    brand[48] = '\0';
}

/* "" without one; its name, or "unknown". SDM Vol. 2A "CPUID" leaves this leaf to hypervisors. */
static void read_hypervisor(char name[13])
{
    uint32_t a, words[3], c, d;
    name[0] = '\0';
    __cpuid(1, a, words[0], c, d);
    if (!(c & CPUID_1_HYPERVISOR))
        return;
    __cpuid(0x40000000, a, words[0], words[1], words[2]);
    memcpy(name, words, sizeof words);
    name[12] = '\0';
    if (name[0] == '\0')
        snprintf(name, 13, "unknown");
}

const char *rp_native_version(void)
{
    static char text[192];
    char brand[49], hypervisor[13];
    struct utsname system;
    if (text[0])
        return text;
    read_brand(brand);
    read_hypervisor(hypervisor);
    const char *name = brand + strspn(brand, " ");
    snprintf(text, sizeof text, "native on %.40s%s%s%s, %.8s %.20s", name[0] ? name : "an x86 CPU",
             hypervisor[0] ? ", under hypervisor " : "", hypervisor,
             hypervisor[0] ? " (ring 3 only is silicon)" : "", uname(&system) == 0 ? system.sysname : "Linux",
             uname(&system) == 0 ? system.release : "");
    return text;
}
