/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine of an answer; see site.h. */
#include "report/site.h"

#include <stdio.h>
#include <sys/utsname.h>

int rp_site_read(struct rp_site *site, struct rp_error *error)
{
    struct utsname name;
    *site = (struct rp_site){0};
    if (uname(&name) == 0) {
        snprintf(site->host, sizeof site->host, "%s", name.nodename);
        snprintf(site->kernel, sizeof site->kernel, "%s %s", name.sysname, name.release);
    }
    return rp_cpu_read(&site->cpu, error);
}

static void add_string(struct rp_json *json, const char *key, const char *string)
{
    rp_json_string(json, key, string[0] ? string : NULL);
}

static void add_number(struct rp_json *json, const char *key, bool known, int64_t number)
{
    if (known)
        rp_json_number(json, key, number);
    else
        rp_json_null(json, key);
}

void rp_site_json(struct rp_json *json, const struct rp_site *site)
{
    const struct rp_cpu *cpu = &site->cpu;
    bool known = cpu->signature != 0;
    rp_json_open_object(json, "machine");
    add_string(json, "host", site->host);
    add_string(json, "vendor", cpu->vendor);
    add_number(json, "family", known, cpu->family);
    add_number(json, "model", known, cpu->model);
    add_number(json, "stepping", known, cpu->stepping);
    if (cpu->microcode)
        rp_json_hex(json, "microcode", cpu->microcode);
    else
        rp_json_null(json, "microcode");
    add_string(json, "brand", cpu->brand);
    add_string(json, "kernel", site->kernel);
    add_string(json, "hypervisor", cpu->hypervisor);
    rp_json_close(json);
}
