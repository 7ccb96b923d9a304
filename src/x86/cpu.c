/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Printing and parsing of a CPU's identity; see cpu.h. */
#include "x86/cpu.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rp_cpu_signature_split(uint32_t signature, uint32_t *family, uint32_t *model, uint32_t *stepping)
{
    uint32_t base = signature >> 8 & 0xf;

    *family = base == 0xf ? base + (signature >> 20 & 0xff) : base;
    *model = signature >> 4 & 0xf;
    if (*family >= 6)
        *model |= (signature >> 16 & 0xf) << 4;
    *stepping = signature & 0xf;
}

uint32_t rp_cpu_signature_make(uint32_t family, uint32_t model, uint32_t stepping)
{
    uint32_t base = family < 0xf ? family : 0xf;

    return (family - base) << 20 | (model >> 4 & 0xf) << 16 | base << 8 | (model & 0xf) << 4 |
           (stepping & 0xf);
}

/* Where the value of `key` ("model name") begins in the lines up to `end`; NULL if it is not there. */
static const char *find_value(const char *text, const char *end, const char *key)
{
    size_t length = strlen(key);

    for (const char *line = text; line < end; line++) {
        const char *colon, *newline = memchr(line, '\n', (size_t)(end - line));

        newline = newline == NULL ? end : newline;
        colon = line + length;
        while (colon < newline && (*colon == ' ' || *colon == '\t'))
            colon++;
        if ((size_t)(newline - line) > length && strncmp(line, key, length) == 0 && *colon == ':')
            return colon[1] == ' ' ? colon + 2 : colon + 1;
        line = newline;
    }
    return NULL;
}

/* Copies the value of `key` up to the end of its line; what doesn't fit is cut. */
static void copy_value(const char *text, const char *end, const char *key, char *to, size_t capacity)
{
    const char *value = find_value(text, end, key);
    size_t length = value == NULL ? 0 : strcspn(value, "\n");

    snprintf(to, capacity, "%.*s", (int)length, value == NULL ? "" : value);
}

/* The number of `key`, decimal or with 0x; 0 if it is not there. */
static uint32_t number_value(const char *text, const char *end, const char *key)
{
    const char *value = find_value(text, end, key);

    return value == NULL ? 0 : (uint32_t)strtoul(value, NULL, 0);
}

void rp_cpu_parse(struct rp_cpu *cpu, const char *cpuinfo)
{
    const char *end = strstr(cpuinfo, "\n\n"); /* processors are parted by an empty line */

    *cpu = (struct rp_cpu){0};
    end = end == NULL ? cpuinfo + strlen(cpuinfo) : end;
    copy_value(cpuinfo, end, "vendor_id", cpu->vendor, sizeof cpu->vendor);
    if (cpu->vendor[0] == '\0')
        return;
    copy_value(cpuinfo, end, "model name", cpu->brand, sizeof cpu->brand);
    copy_value(cpuinfo, end, "flags", cpu->flags, sizeof cpu->flags);
    cpu->family = number_value(cpuinfo, end, "cpu family");
    cpu->model = number_value(cpuinfo, end, "model");
    cpu->stepping = number_value(cpuinfo, end, "stepping");
    cpu->microcode = number_value(cpuinfo, end, "microcode");
    cpu->signature = rp_cpu_signature_make(cpu->family, cpu->model, cpu->stepping);
    if (rp_cpu_has(cpu, "hypervisor"))
        snprintf(cpu->hypervisor, sizeof cpu->hypervisor, "?");
}

int rp_cpu_read(struct rp_cpu *cpu, struct rp_error *error)
{
    /* The first processor's lines are some 2 KiB; flags make up most of them. */
    static const char path[] = "/proc/cpuinfo";
    char text[16384];
    size_t length;
    FILE *file = fopen(path, "r");

    if (file == NULL)
        return rp_error_system(error, errno, "cannot read '%s'", path);
    length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    rp_cpu_parse(cpu, text);
    return 0;
}

bool rp_cpu_has(const struct rp_cpu *cpu, const char *flag)
{
    size_t length = strlen(flag);

    for (const char *at = cpu->flags; (at = strstr(at, flag)) != NULL; at += length) {
        bool starts = at == cpu->flags || at[-1] == ' ', ends = at[length] == '\0' || at[length] == ' ';

        if (starts && ends && length > 0)
            return true;
        if (length == 0)
            return false;
    }
    return false;
}

void rp_cpu_print(const struct rp_cpu *cpu, struct rp_text *text)
{
    if (cpu->vendor[0] == '\0') {
        rp_text_add(text, "not an x86 CPU");
        return;
    }
    rp_text_add(text, "%s, %s %02" PRIx32 "-%02" PRIx32 "-%02" PRIx32,
                cpu->brand[0] != '\0' ? cpu->brand : "unnamed", cpu->vendor, cpu->family, cpu->model,
                cpu->stepping);
    if (cpu->microcode == 0 || cpu->microcode == UINT32_MAX)
        rp_text_add(text, ", microcode unknown");
    else
        rp_text_add(text, ", microcode 0x%" PRIx32, cpu->microcode);
    if (strcmp(cpu->hypervisor, "?") == 0)
        rp_text_add(text, ", under a hypervisor");
    else if (cpu->hypervisor[0] != '\0')
        rp_text_add(text, ", under %s", cpu->hypervisor);
}
