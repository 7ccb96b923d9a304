/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Identities; see identity.h. */
#include "golden/identity.h"

#include "base/corpus.h"
#include "state/component.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <xxhash.h>

#define OUTCOME_HASH UINT64_C(1) /* counts changes of rp_outcome_seal's hash, and of rp_golden_hash */

enum kind { TEXT, NUMBER }; /* numbers of 1, 4 or 8 bytes */

struct field {
    const char *name;
    size_t at, size;
    enum kind kind;
};

#define FIELD(name, member, kind)                                                                            \
    {                                                                                                        \
        name, offsetof(struct rp_golden_identity, member), sizeof((struct rp_golden_identity *)0)->member,   \
            kind                                                                                             \
    }

/* In the order in which they are written. */
static const struct field fields[] = {
    FIELD("arch", arch, TEXT),
    FIELD("ringprobe", ringprobe, TEXT),
    FIELD("layout", layout, NUMBER),
    FIELD("corpus", corpus, TEXT),
    FIELD("executor", executor, TEXT),
    FIELD("executor.version", executor_version, TEXT),
    FIELD("provenance", provenance, TEXT),
    FIELD("policy", policy, TEXT),
    FIELD("cpu.vendor", cpu.vendor, TEXT),
    FIELD("cpu.brand", cpu.brand, TEXT),
    FIELD("cpu.signature", cpu.signature, NUMBER),
    FIELD("cpu.family", cpu.family, NUMBER),
    FIELD("cpu.model", cpu.model, NUMBER),
    FIELD("cpu.stepping", cpu.stepping, NUMBER),
    FIELD("cpu.microcode", cpu.microcode, NUMBER),
    FIELD("cpu.hypervisor", cpu.hypervisor, TEXT),
    FIELD("cpu.flags", cpu.flags, TEXT),
    FIELD("kernel", kernel, TEXT),
    FIELD("vector.registers", vector_registers, NUMBER),
    FIELD("vector.words", vector_words, NUMBER),
    FIELD("vector.masks", vector_masks, NUMBER),
    FIELD("stack.lost.long64", stack_lost[RP_MODE_LONG64], NUMBER),
    FIELD("stack.lost.compat32", stack_lost[RP_MODE_COMPAT32], NUMBER),
    FIELD("stack.lost.compat16", stack_lost[RP_MODE_COMPAT16], NUMBER),
    FIELD("stack.lost.prot32", stack_lost[RP_MODE_PROT32], NUMBER),
    FIELD("stack.lost.prot16", stack_lost[RP_MODE_PROT16], NUMBER),
    FIELD("stack.lost.vm86", stack_lost[RP_MODE_VM86], NUMBER),
    FIELD("stack.lost.real16", stack_lost[RP_MODE_REAL16], NUMBER),
    FIELD("resources", resources, TEXT),
    FIELD("descriptors.gdt", descriptor[0], NUMBER),
    FIELD("descriptors.ldt", descriptor[1], NUMBER),
    FIELD("space.modes", modes, NUMBER),
    FIELD("space.seeds", seeds, NUMBER),
    FIELD("space.seed", seed, NUMBER),
    FIELD("space.limit", limit, NUMBER),
};
#define FIELDS (sizeof fields / sizeof fields[0])

uint64_t rp_golden_layout(void)
{
    char name[RP_COMPONENT_NAME_MAX];
    uint64_t hash = OUTCOME_HASH;
    for (unsigned r = 0; r < RP_REG_COUNT; r++) {
        rp_component_name(r, name);
        hash = XXH64(name, strlen(name), hash);
    }
    for (unsigned window = 0; window < RP_WINDOW_COUNT; window++) {
        uint32_t first = rp_component_window((enum rp_window)window);
        hash = XXH64(&first, sizeof first, hash);
    }
    return XXH64("vector", 6, hash + RP_COMPONENT_VECTOR + RP_VECTOR_WORDS);
}

int rp_golden_identity_machine(struct rp_golden_identity *identity, struct rp_error *error)
{
    struct utsname name;
    char corpus[RP_CORPUS_VERSION_SIZE];
    if (uname(&name))
        return rp_error_set(error, RP_EENVIRONMENT, "the system does not tell what it is (uname)");
    snprintf(identity->arch, sizeof identity->arch, "%.15s", name.machine);
    snprintf(identity->kernel, sizeof identity->kernel, "%.60s %.60s", name.sysname, name.release);
    rp_corpus_version(corpus);
    snprintf(identity->corpus, sizeof identity->corpus, "%s", corpus);
    identity->layout = rp_golden_layout();
    return rp_cpu_read(&identity->cpu, error);
}

_Static_assert(RP_DESCRIPTORS <= 64, "a bit each");

static void keep_resources(struct rp_golden_identity *identity, const struct rp_capabilities *can)
{
    size_t length = 0, size = sizeof identity->resources;
    identity->resources[0] = '\0';
    for (unsigned r = 0; r < RP_RESOURCE_COUNT && length < size; r++)
        if (can->resource[r])
            length += (size_t)snprintf(identity->resources + length, size - length, "%s%s", length ? " " : "",
                                       rp_resource_info((enum rp_resource)r)->name);
    for (unsigned table = 0; table < 2; table++) {
        identity->descriptor[table] = 0;
        for (unsigned i = 0; i < RP_DESCRIPTORS; i++)
            identity->descriptor[table] |= (uint64_t)can->descriptor[table][i] << i;
    }
}

void rp_golden_identity_executor(struct rp_golden_identity *identity, const struct rp_executor *executor,
                                 const struct rp_capabilities *can)
{
    snprintf(identity->executor_version, sizeof identity->executor_version, "%s", executor->version());
    snprintf(identity->provenance, sizeof identity->provenance, "%s",
             rp_provenance_name(executor->provenance));
    identity->vector_registers = can->vector_registers;
    identity->vector_words = can->vector_words;
    identity->vector_masks = can->vector_masks;
    memcpy(identity->stack_lost, can->stack_lost, sizeof identity->stack_lost);
    keep_resources(identity, can);
}

void rp_golden_identity_capabilities(const struct rp_golden_identity *identity, struct rp_capabilities *can)
{
    *can = (struct rp_capabilities){.vector_registers = identity->vector_registers,
                                    .vector_words = identity->vector_words,
                                    .vector_masks = identity->vector_masks};
    memcpy(can->stack_lost, identity->stack_lost, sizeof can->stack_lost);
    for (const char *at = identity->resources; *at; at += strspn(at, " ")) {
        char name[40];
        size_t length = strcspn(at, " ");
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        enum rp_resource resource = rp_resource_find(name);
        if (resource != RP_RESOURCE_NONE)
            can->resource[resource] = true;
        at += length;
    }
    for (unsigned table = 0; table < 2; table++)
        for (unsigned i = 0; i < RP_DESCRIPTORS; i++)
            can->descriptor[table][i] = identity->descriptor[table] >> i & 1;
}

static uint64_t number_at(const struct rp_golden_identity *identity, const struct field *field)
{
    uint64_t value = 0; /* hosts are little-endian, as the CPUs that are asked */
    memcpy(&value, (const char *)identity + field->at, field->size);
    return value;
}

void rp_golden_identity_write(const struct rp_golden_identity *identity, struct rp_text *text)
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].kind == TEXT)
            rp_text_add(text, "%s %s\n", fields[i].name, (const char *)identity + fields[i].at);
        else
            rp_text_add(text, "%s %" PRIx64 "\n", fields[i].name, number_at(identity, &fields[i]));
    }
}

static bool read_number(const char *value, size_t length, void *to, size_t size)
{
    char digits[17], *end;
    if (length == 0 || length >= sizeof digits)
        return false;
    memcpy(digits, value, length);
    digits[length] = '\0';
    uint64_t number = strtoull(digits, &end, 16);
    memcpy(to, &number, size);
    return *end == '\0' && (size == sizeof number || number >> 8 * size == 0);
}

static bool read_field(const struct field *field, const char *value, size_t length,
                       struct rp_golden_identity *identity)
{
    char *to = (char *)identity + field->at;
    if (field->kind == NUMBER)
        return read_number(value, length, to, field->size);
    if (length >= field->size || memchr(value, '\0', length))
        return false;
    memcpy(to, value, length);
    to[length] = '\0';
    return true;
}

int rp_golden_identity_read(const uint8_t *bytes, size_t length, struct rp_golden_identity *identity,
                            struct rp_error *error)
{
    const char *at = (const char *)bytes, *end = at + length;
    size_t i = 0;
    *identity = (struct rp_golden_identity){0};
    for (; i < FIELDS; i++) {
        size_t name = strlen(fields[i].name);
        const char *line = memchr(at, '\n', (size_t)(end - at));
        if (!line || (size_t)(line - at) < name + 1 || memcmp(at, fields[i].name, name) != 0 ||
            at[name] != ' ' ||
            !read_field(&fields[i], at + name + 1, (size_t)(line - at) - name - 1, identity))
            break;
        at = line + 1;
    }
    bool bad_mode = identity->modes >> RP_MODE_COUNT;
    if (i == FIELDS && at == end && !bad_mode)
        return RP_OK;
    return rp_error_set(error, RP_EINPUT, "its identity has no good '%s'",
                        i < FIELDS ? fields[i].name : "end");
}

bool rp_golden_identity_same_cpu(const struct rp_golden_identity *a, const struct rp_golden_identity *b)
{
    return strcmp(a->cpu.vendor, b->cpu.vendor) == 0 && a->cpu.signature == b->cpu.signature &&
           a->cpu.microcode == b->cpu.microcode && strcmp(a->cpu.flags, b->cpu.flags) == 0;
}

void rp_golden_identity_print(const struct rp_golden_identity *identity, struct rp_text *text)
{
    rp_cpu_print(&identity->cpu, text);
    rp_text_add(text, "; %s; %s", identity->kernel, identity->executor);
    if (strcmp(identity->executor, "native") != 0)
        rp_text_add(text, " (%s)", identity->executor_version);
}
