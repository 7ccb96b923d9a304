/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MOO files; see moo.h. */
#include "golden/moo_chunk.h"

#include <stdlib.h>

#define HEADER 12 /* bytes of the first chunk at least */
/* Of META: where it has the mnemonic, the count of tests and the mode, which early files lack. */
#define MNEMONIC 7
#define COUNT    15
#define MODE     27
#define MAJOR    1

static const struct {
    char name[5];
    enum rp_recorded_cpu cpu;
} cpus[] = {{"8088", RP_RECORDED_8086}, {"88  ", RP_RECORDED_8086}, {"8086", RP_RECORDED_8086},
            {"V20 ", RP_RECORDED_V20},  {"V30 ", RP_RECORDED_V20},  {"188 ", RP_RECORDED_186},
            {"186 ", RP_RECORDED_186},  {"286 ", RP_RECORDED_286},  {"C286", RP_RECORDED_286},
            {"386E", RP_RECORDED_386},  {"386 ", RP_RECORDED_386}};

/* The registers of RG32 as enum rp_recorded has them; CR3, DR6 and DR7 are not compared. */
static const uint8_t wide_registers[] = {
    RP_RECORDED_CR0, RP_RECORDED_REGISTERS, RP_RECORDED_AX,    RP_RECORDED_BX,        RP_RECORDED_CX,
    RP_RECORDED_DX,  RP_RECORDED_SI,        RP_RECORDED_DI,    RP_RECORDED_BP,        RP_RECORDED_SP,
    RP_RECORDED_CS,  RP_RECORDED_DS,        RP_RECORDED_ES,    RP_RECORDED_FS,        RP_RECORDED_GS,
    RP_RECORDED_SS,  RP_RECORDED_IP,        RP_RECORDED_FLAGS, RP_RECORDED_REGISTERS, RP_RECORDED_REGISTERS};

bool rp_moo_is_registers(const struct rp_moo_chunk *chunk, bool *wide)
{
    *wide = rp_moo_is(chunk, "RG32");
    return *wide || rp_moo_is(chunk, "REGS");
}

bool rp_moo_is_masks(const struct rp_moo_chunk *chunk, bool *wide)
{
    *wide = rp_moo_is(chunk, "RM32");
    return *wide || rp_moo_is(chunk, "RMSK");
}

bool rp_moo_registers(const struct rp_moo_chunk *chunk, bool wide, uint32_t value[RP_RECORDED_REGISTERS],
                      uint32_t *there)
{
    size_t each = wide ? 4 : 2, at = each;
    unsigned known = wide ? sizeof wide_registers : RP_RECORDED_FLAGS + 1;
    if (chunk->length < each)
        return false;
    uint32_t bitmap = rp_moo_number(chunk->bytes, each);
    *there = 0;
    for (unsigned i = 0; i < 8 * each; i++) {
        if (!(bitmap >> i & 1))
            continue;
        if (i >= known || chunk->length - at < each)
            return false;
        unsigned reg = wide ? wide_registers[i] : i;
        if (reg < RP_RECORDED_REGISTERS) {
            value[reg] = rp_moo_number(chunk->bytes + at, each);
            *there |= UINT32_C(1) << reg;
        }
        at += each;
    }
    return at == chunk->length;
}

bool rp_moo_take_masks(const struct rp_moo_chunk *chunk, bool wide, struct rp_moo_masks *masks)
{
    uint32_t value[RP_RECORDED_REGISTERS], there;
    if (!rp_moo_registers(chunk, wide, value, &there))
        return false;
    for (unsigned i = 0; i < RP_RECORDED_REGISTERS; i++)
        if (there >> i & 1)
            masks->mask[i] &= value[i];
    masks->flags = masks->flags || there >> RP_RECORDED_FLAGS & 1;
    return true;
}

static int find_cpu(const char *label, struct rp_moo_file *file, struct rp_error *error)
{
    for (size_t i = 0; i < sizeof cpus / sizeof cpus[0]; i++) {
        if (memcmp(cpus[i].name, file->cpu_name, 4) != 0)
            continue;
        file->cpu = cpus[i].cpu;
        for (size_t k = 4; k && file->cpu_name[k - 1] == ' '; k--)
            file->cpu_name[k - 1] = '\0';
        return RP_OK;
    }
    return rp_error_set(error, RP_EINPUT, "'%s' is of a CPU '%s', which is none that is known here", label,
                        file->cpu_name);
}

static int take_header(const char *label, struct rp_moo_cursor *cursor, struct rp_moo_file *file,
                       uint32_t *tests, struct rp_error *error)
{
    struct rp_moo_chunk chunk;
    if (cursor->left < 4 || memcmp(cursor->at, "MOO ", 4) != 0)
        return rp_error_set(error, RP_EINPUT, "'%s' is no MOO file: it does not begin with 'MOO '", label);
    if (!rp_moo_next(cursor, &chunk) || chunk.length < HEADER)
        return rp_error_set(error, RP_EINPUT, "'%s' is cut off in its header", label);
    if (chunk.bytes[0] != MAJOR)
        return rp_error_set(error, RP_EINPUT, "'%s' is of version %u.%u of MOO; this reads version %d", label,
                            chunk.bytes[0], chunk.bytes[1], MAJOR);
    *tests = rp_moo_number(chunk.bytes + 4, 4);
    memcpy(file->cpu_name, chunk.bytes + 8, 4);
    return find_cpu(label, file, error);
}

/* Its count of tests is the set's before files were made smaller, and is not asked. */
static bool take_meta(const struct rp_moo_chunk *chunk, struct rp_moo_file *file)
{
    if (chunk->length < COUNT + 4)
        return false;
    memcpy(file->mnemonic, chunk->bytes + MNEMONIC, 8);
    for (size_t i = 8; i && file->mnemonic[i - 1] == ' '; i--)
        file->mnemonic[i - 1] = '\0';
    file->mode = chunk->length > MODE ? chunk->bytes[MODE] : 0;
    return true;
}

/* A chunk of the file. False: it is damaged. */
static bool take_chunk(const struct rp_moo_chunk *chunk, uint32_t tests, struct rp_moo_file *file)
{
    bool wide;
    if (rp_moo_is(chunk, "META"))
        return take_meta(chunk, file);
    if (rp_moo_is_masks(chunk, &wide))
        return rp_moo_take_masks(chunk, wide, &file->masks);
    if (!rp_moo_is(chunk, "TEST"))
        return true;
    if (chunk->length < 4 || file->tests == tests)
        return false;
    file->test[file->tests++] =
        (struct rp_moo_test_place){.index = rp_moo_number(chunk->bytes, 4),
                                   .offset = (uint32_t)(chunk->bytes + 4 - file->bytes),
                                   .size = (uint32_t)chunk->length - 4};
    return true;
}

static int take_chunks(const char *label, struct rp_moo_cursor *cursor, uint32_t tests,
                       struct rp_moo_file *file, struct rp_error *error)
{
    struct rp_moo_chunk chunk;
    if (tests > cursor->left / 8)
        return rp_error_set(error, RP_EINPUT, "'%s' is cut off: it has no room for its %u tests", label,
                            tests);
    file->test = calloc(tests + (size_t)1, sizeof file->test[0]);
    if (!file->test)
        return rp_error_set(error, RP_EENVIRONMENT, "no memory for the %u tests of '%s'", tests, label);
    while (rp_moo_next(cursor, &chunk))
        if (!take_chunk(&chunk, tests, file))
            return rp_error_set(error, RP_EINPUT, "'%s' is damaged: its chunk '%s' at byte %td is not valid",
                                label, chunk.name, chunk.bytes - 8 - file->bytes);
    if (cursor->cut)
        return rp_error_set(error, RP_EINPUT, "'%s' is cut off at byte %zu, within a chunk", label,
                            file->length);
    if (file->tests != tests)
        return rp_error_set(error, RP_EINPUT, "'%s' is cut off: it has %zu of its %u tests", label,
                            file->tests, tests);
    return RP_OK;
}

/* Each test once, so that none is found to be damaged when others have run. */
static int look_at_tests(const char *label, const struct rp_moo_file *file, struct rp_error *error)
{
    struct rp_moo_test test = {0};
    struct rp_error why = {0};
    int result = RP_OK;
    for (size_t i = 0; i < file->tests && result == RP_OK; i++)
        result = rp_moo_test(file, i, &test, &why);
    rp_moo_test_free(&test);
    return result ? rp_error_set(error, result, "'%s' is damaged: %s", label, why.line) : RP_OK;
}

int rp_moo_parse(const char *label, unsigned char *bytes, size_t length, struct rp_moo_file *file,
                 struct rp_error *error)
{
    struct rp_moo_cursor cursor = {bytes, length, false};
    uint32_t tests = 0;
    *file = (struct rp_moo_file){.bytes = bytes, .length = length};
    for (unsigned i = 0; i < RP_RECORDED_REGISTERS; i++)
        file->masks.mask[i] = UINT32_MAX;
    int result = take_header(label, &cursor, file, &tests, error);
    if (result == RP_OK)
        result = take_chunks(label, &cursor, tests, file, error);
    if (result == RP_OK)
        result = look_at_tests(label, file, error);
    if (result)
        rp_moo_free(file);
    return result;
}

void rp_moo_free(struct rp_moo_file *file)
{
    free(file->bytes);
    free(file->test);
    *file = (struct rp_moo_file){0};
}
