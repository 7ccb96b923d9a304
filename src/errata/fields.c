/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields of entries; see fields.h. */
#include "errata/fields.h"

#include "base/hex.h"
#include "errata/affected.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {"erratum", "leak", "variant"};
_Static_assert(sizeof kinds / sizeof kinds[0] == RP_ERRATUM_KIND_COUNT, "one name a kind");

static const char *const dangers[] = {"safe", "needs-kernel", "may-hang", "may-crash", "leaks"};
_Static_assert(sizeof dangers / sizeof dangers[0] == RP_DANGER_COUNT, "one name a danger");

const char *rp_erratum_kind_name(enum rp_erratum_kind kind)
{
    return kinds[kind];
}

const char *rp_danger_name(enum rp_danger danger)
{
    return dangers[danger];
}

/* The number of `value` among `names`; -1 if it is none of them. */
static int find_name(const char *value, const char *const *names, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(value, names[i]) == 0)
            return (int)i;
    return -1;
}

static int copy(const char *value, char **field, struct rp_error *error)
{
    *field = strdup(value);
    return *field ? RP_OK : rp_error_set(error, RP_EENVIRONMENT, "out of memory for the catalogue of errata");
}

static int set_kind(struct rp_erratum *e, char *value, struct rp_error *error)
{
    int kind = find_name(value, kinds, RP_ERRATUM_KIND_COUNT);
    e->kind = (enum rp_erratum_kind)kind;
    return kind >= 0
               ? RP_OK
               : rp_error_set(error, RP_EINPUT, "'%s' is no kind; write erratum, leak or variant", value);
}

static int set_danger(struct rp_erratum *e, char *value, struct rp_error *error)
{
    int danger = find_name(value, dangers, RP_DANGER_COUNT);
    e->danger = (enum rp_danger)danger;
    return danger >= 0
               ? RP_OK
               : rp_error_set(error, RP_EINPUT,
                              "'%s' is no danger; write safe, needs-kernel, may-hang, may-crash or leaks",
                              value);
}

static int set_names(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return copy(value, &e->names, error);
}

static int set_vendor(struct rp_erratum *e, char *value, struct rp_error *error)
{
    char *save = NULL;
    for (char *word = strtok_r(value, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        const char *vendor = rp_vendor_long(word);
        if (!vendor)
            return rp_error_set(error, RP_EINPUT, "'%s' is no vendor; write intel, amd, centaur ...", word);
        if (e->vendors == RP_VENDORS_MAX)
            return rp_error_set(error, RP_EINPUT, "'%s' is one vendor too many, %d are possible", word,
                                RP_VENDORS_MAX);
        snprintf(e->vendor[e->vendors++], sizeof e->vendor[0], "%s", vendor);
    }
    return RP_OK;
}

static int set_affects(struct rp_erratum *e, char *value, struct rp_error *error)
{
    int result = copy(value, &e->affects, error);
    return result ? result : rp_affected_parse(value, e, error);
}

static int set_needs(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return copy(value, &e->needs, error);
}

static int set_unless(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return copy(value, &e->unless, error);
}

static int set_fixed(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return copy(value, &e->fixed, error);
}

static int set_modes(struct rp_erratum *e, char *value, struct rp_error *error)
{
    char *save = NULL;
    for (char *word = strtok_r(value, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        enum rp_mode mode;
        if (!rp_mode_find(word, &mode))
            return rp_error_set(error, RP_EINPUT, "'%s' is no mode; write long64, compat32, prot32 ...",
                                word);
        e->modes |= (uint8_t)(1u << mode);
    }
    return RP_OK;
}

static int set_ring(struct rp_erratum *e, char *value, struct rp_error *error)
{
    e->ring = *value == '0' ? 0 : 3;
    return strcmp(value, "0") == 0 || strcmp(value, "3") == 0
               ? RP_OK
               : rp_error_set(error, RP_EINPUT, "'%s' is no ring; write 0 or 3", value);
}

static int set_code(struct rp_erratum *e, char *value, struct rp_error *error)
{
    char *save = NULL;
    for (char *word = strtok_r(value, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        size_t length = 0;
        if (e->code.count == RP_SEQUENCE_MAX)
            return rp_error_set(error, RP_EINPUT, "'%s' is one instruction too many, %d are possible", word,
                                RP_SEQUENCE_MAX);
        struct rp_encoding *encoding = &e->code.encoding[e->code.count++];
        if (rp_hex_parse(word, encoding->bytes, RP_ENCODING_MAX, &length, NULL) || length == 0)
            return rp_error_set(error, RP_EINPUT, "'%s' is no instruction of 1 to 15 bytes in hex", word);
        encoding->length = (uint8_t)length;
    }
    return RP_OK;
}

static int set_steps(struct rp_erratum *e, char *value, struct rp_error *error)
{
    e->in_steps = strcmp(value, "alike") == 0;
    return e->in_steps ? RP_OK
                       : rp_error_set(error, RP_EINPUT,
                                      "'%s' says nothing here; write alike, or no such line", value);
}

static int set_only(struct rp_erratum *e, char *value, struct rp_error *error)
{
    e->own_vendor = strcmp(value, "vendor") == 0;
    return e->own_vendor ? RP_OK
                         : rp_error_set(error, RP_EINPUT,
                                        "'%s' says nothing here; write vendor, or no such line", value);
}

/* Lists go on over several lines; their notation has no blanks. */
static char *without_blanks(char *value)
{
    char *to = value;
    for (const char *from = value; *from; from++)
        if (*from != ' ')
            *to++ = *from;
    *to = '\0';
    return value;
}

static int set_state(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return copy(without_blanks(value), &e->state, error);
}

static int set_machine(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return copy(without_blanks(value), &e->machine, error);
}

static int set_good(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return rp_expectation_parse(value, &e->good, error);
}

static int set_bad(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return rp_expectation_parse(value, &e->bad, error);
}

static int set_idle(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return rp_expectation_parse(value, &e->idle, error);
}

/* A part of all, above 0 and at most `most`. */
static int set_part(const char *value, double most, double *part, struct rp_error *error)
{
    char *end;
    *part = strtod(value, &end);
    return end != value && *end == '\0' && *part > 0 && *part <= most
               ? RP_OK
               : rp_error_set(error, RP_EINPUT, "'%s' is no number above 0 and up to %g", value, most);
}

static int set_rate(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return set_part(value, 1, &e->rate, error);
}

static int set_confidence(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return set_part(value, 0.999999, &e->confidence, error);
}

static int set_variant(struct rp_erratum *e, char *value, struct rp_error *error)
{
    if (e->variants == RP_VARIANTS_MAX)
        return rp_error_set(error, RP_EINPUT, "'%s' is one variant too many, %d are possible", value,
                            RP_VARIANTS_MAX);
    struct rp_variant *variant = &e->variant[e->variants++];
    char *arrow = strstr(value, " -> ");
    if (!arrow)
        return rp_error_set(error, RP_EINPUT, "'%s' is no variant; write VENDOR[:FAMILIES]... -> OUTCOME",
                            value);
    *arrow = '\0';
    int result = copy(value, &variant->label, error);
    if (result == RP_OK)
        result = rp_followers_parse(value, variant, error);
    return result ? result : rp_expectation_parse(arrow + 4, &variant->expectation, error);
}

static int set_linux(struct rp_erratum *e, char *value, struct rp_error *error)
{
    if (strspn(value, "abcdefghijklmnopqrstuvwxyz_0123456789") != strlen(value))
        return rp_error_set(error, RP_EINPUT, "'%s' is no file of Linux' vulnerabilities folder", value);
    return copy(value, &e->linux_name, error);
}

uint32_t rp_linux_release(const char *text)
{
    char *end;
    unsigned long major = strtoul(text, &end, 10);
    if (end == text || *end != '.' || major > 99)
        return 0;
    const char *rest = end + 1;
    unsigned long minor = strtoul(rest, &end, 10);
    return end == rest || minor > 999 ? 0 : RP_LINUX(major, minor);
}

static int read_release(const char *value, uint32_t *release, struct rp_error *error)
{
    *release = rp_linux_release(value);
    return *release && strspn(value, "0123456789.") == strlen(value)
               ? RP_OK
               : rp_error_set(error, RP_EINPUT, "'%s' is no release of Linux; write it as 4.1", value);
}

static int set_by(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return read_release(value, &e->linux_by, error);
}

static int set_by_host(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return read_release(value, &e->linux_by_host, error);
}

static int set_fix(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return copy(value, &e->fix, error);
}

static int set_what(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return copy(value, &e->what, error);
}

static int set_source(struct rp_erratum *e, char *value, struct rp_error *error)
{
    return copy(value, &e->source, error);
}

enum field {
    KIND,
    NAMES,
    VENDOR,
    AFFECTS,
    NEEDS,
    UNLESS,
    FIXED,
    MODES,
    RING,
    CODE,
    STEPS,
    ONLY,
    STATE,
    MACHINE,
    GOOD,
    BAD,
    IDLE,
    RATE,
    CONFIDENCE,
    VARIANT,
    DANGER,
    LINUX,
    BY,
    BY_HOST,
    FIX,
    WHAT,
    SOURCE,
    FIELD_COUNT
};

static const struct {
    const char *key;
    int (*set)(struct rp_erratum *erratum, char *value, struct rp_error *error);
} fields[] = {
    [KIND] = {"kind", set_kind},
    [NAMES] = {"names", set_names},
    [VENDOR] = {"vendor", set_vendor},
    [AFFECTS] = {"affects", set_affects},
    [NEEDS] = {"needs", set_needs},
    [UNLESS] = {"unless", set_unless},
    [FIXED] = {"fixed", set_fixed},
    [MODES] = {"modes", set_modes},
    [RING] = {"ring", set_ring},
    [CODE] = {"code", set_code},
    [STEPS] = {"steps", set_steps},
    [ONLY] = {"only", set_only},
    [STATE] = {"state", set_state},
    [MACHINE] = {"machine", set_machine},
    [GOOD] = {"good", set_good},
    [BAD] = {"bad", set_bad},
    [IDLE] = {"idle", set_idle},
    [RATE] = {"rate", set_rate},
    [CONFIDENCE] = {"confidence", set_confidence},
    [VARIANT] = {"variant", set_variant},
    [DANGER] = {"danger", set_danger},
    [LINUX] = {"linux", set_linux},
    [BY] = {"linux-by", set_by},
    [BY_HOST] = {"linux-by-host", set_by_host},
    [FIX] = {"fix", set_fix},
    [WHAT] = {"what", set_what},
    [SOURCE] = {"source", set_source},
};
_Static_assert(sizeof fields / sizeof fields[0] == FIELD_COUNT, "one row a field");

int rp_field_set(struct rp_erratum *erratum, const char *key, char *value, uint32_t *given,
                 struct rp_error *error)
{
    unsigned field = 0;
    while (field < FIELD_COUNT && strcmp(fields[field].key, key) != 0)
        field++;
    if (field == FIELD_COUNT)
        return rp_error_set(error, RP_EINPUT, "'%s' is no field; corpus/errata/README.md lists them", key);
    if (*given >> field & 1 && field != VARIANT)
        return rp_error_set(error, RP_EINPUT, "'%s' stands there twice", key);
    if (!*value)
        return rp_error_set(error, RP_EINPUT, "'%s' is empty; write its value, or no such line", key);
    *given |= UINT32_C(1) << field;
    return fields[field].set(erratum, value, error);
}

#define BIT(field) (UINT32_C(1) << (field))

/* The first field of `wanted` that is not given; FIELD_COUNT if all are. */
static unsigned first_of(uint32_t fields_wanted, uint32_t given)
{
    for (unsigned field = 0; field < FIELD_COUNT; field++)
        if (fields_wanted & ~given & BIT(field))
            return field;
    return FIELD_COUNT;
}

int rp_erratum_check(const struct rp_erratum *erratum, uint32_t given, struct rp_error *error)
{
    const uint32_t always = BIT(KIND) | BIT(NAMES) | BIT(DANGER) | BIT(WHAT) | BIT(SOURCE);
    const uint32_t experiment = BIT(GOOD) | BIT(BAD);
    bool varies = erratum->kind == RP_ERRATUM_VARIANT, runs = given & experiment || varies;
    uint32_t wanted = always | (varies ? BIT(VARIANT) : BIT(VENDOR) | BIT(AFFECTS) | BIT(FIX));
    if (runs)
        wanted |= BIT(CODE) | BIT(MODES) | (varies ? 0 : experiment);
    unsigned missing = first_of(wanted, given);
    if (missing < FIELD_COUNT)
        return rp_error_set(error, RP_EINPUT, "%s needs a line '%s:'", erratum->id, fields[missing].key);
    uint32_t refused =
        varies ? experiment | BIT(VENDOR) | BIT(AFFECTS) | BIT(ONLY) | BIT(LINUX) | BIT(BY) | BIT(BY_HOST)
               : BIT(VARIANT);
    if (!runs)
        refused |= BIT(IDLE) | BIT(RATE) | BIT(CONFIDENCE) | BIT(ONLY) | BIT(STEPS);
    unsigned extra = first_of(refused & given, 0);
    if (extra < FIELD_COUNT)
        return rp_error_set(error, RP_EINPUT, "%s may have no line '%s:'; only %s have one", erratum->id,
                            fields[extra].key, varies ? "errata and leaks" : "what is run and varies");
    if (varies && erratum->variants < 2)
        return rp_error_set(error, RP_EINPUT, "%s needs two lines 'variant:' at least", erratum->id);
    if (runs && erratum->danger != RP_DANGER_SAFE && erratum->danger != RP_DANGER_NEEDS_KERNEL)
        return rp_error_set(error, RP_EINPUT,
                            "%s has an outcome to look for, but is '%s'; what is dangerous is never run",
                            erratum->id, rp_danger_name(erratum->danger));
    return RP_OK;
}
