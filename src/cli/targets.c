/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hex and names; see targets.h. */
#include "cli/targets.h"

#include "base/hex.h"
#include "base/rows.h"
#include "x86/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rp_targets_free(struct rp_targets *targets)
{
    free(targets->target);
    *targets = (struct rp_targets){0};
}

static int append(struct rp_targets *targets, enum rp_mode mode, const struct rp_encoding *encoding,
                  struct rp_error *error)
{
    struct rp_probe_target *target =
        rp_rows_add((void **)&targets->target, &targets->count, &targets->capacity, sizeof *target);
    if (!target)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory behind %zu targets", targets->count);
    *target = (struct rp_probe_target){mode, *encoding};
    return RP_OK;
}

/* An encoding that ends too early becomes another instruction, or none, with any bytes behind it: the decoder
 * says "needs more bytes". */
static bool is_truncated(enum rp_mode mode, const struct rp_encoding *encoding)
{
    struct rp_error error = {0};
    struct rp_instruction instruction;
    return rp_decode(mode, encoding->bytes, encoding->length, &instruction, &error) &&
           strstr(error.line, "where the input ends");
}

int rp_target_hex(const char *hex, enum rp_mode mode, struct rp_encoding *encoding, struct rp_error *error)
{
    uint8_t bytes[64];
    size_t length = 0;
    struct rp_instruction instruction;
    int result = rp_hex_parse(hex, bytes, sizeof bytes, &length, error);
    if (result)
        return result;
    if (length == 0 || length > RP_ENCODING_MAX)
        return rp_error_set(error, RP_EINPUT, "'%s' has %zu bytes, an instruction has 1 to %d", hex, length,
                            RP_ENCODING_MAX);
    *encoding = (struct rp_encoding){.length = (uint8_t)length};
    memcpy(encoding->bytes, bytes, length);
    if (is_truncated(mode, encoding))
        return rp_decode(mode, bytes, length, &instruction, error);
    if (rp_decode(mode, bytes, length, &instruction, NULL) == RP_OK && instruction.length < length)
        return rp_error_set(error, RP_EINPUT,
                            "'%s' is more than one instruction in %s: %s ends at offset %u, %zu byte%s left",
                            hex, rp_mode_info(mode)->name, instruction.mnemonic, instruction.length,
                            length - instruction.length, length - instruction.length == 1 ? " is" : "s are");
    return RP_OK;
}

static int add_name(struct rp_targets *targets, const char *name, enum rp_mode mode, struct rp_error *error)
{
    struct rp_form_space *space = NULL;
    struct rp_form form;
    size_t *indices = NULL, count = 0;
    int result = rp_form_space_open(mode, &space, error);
    if (result == RP_OK)
        result = rp_name_find(space, name, &indices, &count, error);
    for (size_t i = 0; i < count && result == RP_OK; i++) {
        rp_form_space_get(space, indices[i], &form);
        result = append(targets, mode, &form.encoding, error);
    }
    free(indices);
    rp_form_space_close(space);
    return result;
}

/* `fadd`, `dec` and `aad` are names, although nothing but hex digits; `0xfadd` and `fa dd` are hex. */
static bool is_hex(const char *word)
{
    bool marked = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
    return rp_hex_looks_like(word) && (marked || strchr(word, ' ') || !rp_name_known(word));
}

int rp_targets_add(struct rp_targets *targets, const char *word, uint8_t modes, struct rp_error *error)
{
    bool hex = is_hex(word);
    size_t before = targets->count;
    int result = RP_OK;
    for (unsigned mode = 0; mode < RP_MODE_COUNT && result == RP_OK; mode++) {
        struct rp_encoding encoding;
        if (!(modes >> mode & 1))
            continue;
        if (!hex)
            result = add_name(targets, word, (enum rp_mode)mode, error);
        else if ((result = rp_target_hex(word, (enum rp_mode)mode, &encoding, error)) == RP_OK)
            result = append(targets, (enum rp_mode)mode, &encoding, error);
        /* Of several modes, those that lack the instruction are passed over. */
        if (result == RP_EINPUT && !hex && rp_name_known(word) && modes & (modes - 1))
            result = RP_OK;
    }
    if (result == RP_OK && targets->count == before)
        result = rp_error_set(error, RP_EINPUT, "'%s' exists in none of the chosen modes", word);
    return result;
}
