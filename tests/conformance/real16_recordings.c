/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading recordings; see real16.h. The file is unpacked by unpack_real16.sh, a fixture of the test. */
#include "conformance/real16.h"
#include "support/suite.h"

#include "base/hex.h"
#include "base/text.h"
#include "base/tsv.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "hw-real16.tsv"
#define HEADING                                                                                              \
    "id\thash\tdisasm\tbytes\tinit_regs\tinit_mem\tfinal_regs\tfinal_mem\tflags_mask\texception\t"           \
    "pushed_flags_addr\tio\ttags"
#define RUN_MAX 256 /* bytes */
#define HLT     0xf4

enum column {
    ID,
    HASH,
    DISASM,
    BYTES,
    INIT_REGS,
    INIT_MEM,
    FINAL_REGS,
    FINAL_MEM,
    MASK,
    EXCEPTION,
    PUSHED,
    IO,
    TAGS
};

static bool parse_registers(const char *text, uint32_t reg[RP_RECORDED_REGISTERS])
{
    for (unsigned i = 0; i <= RP_RECORDED_FLAGS; i++) {
        char *end;
        unsigned long value = strtoul(text, &end, 16);
        if (end == text || value > 0xffff)
            return false;
        reg[i] = (uint32_t)value;
        text = end;
    }
    return *text == '\0';
}

static struct rp_recorded_byte *find(const struct rp_recording *recording, uint32_t address)
{
    for (size_t i = 0; i < recording->bytes; i++)
        if (recording->byte[i].address == address)
            return &recording->byte[i];
    return NULL;
}

static void put(struct rp_recording *recording, uint32_t address, uint8_t value, bool after)
{
    struct rp_recorded_byte *byte = find(recording, address);
    if (!byte) {
        byte = &recording->byte[recording->bytes++];
        *byte = (struct rp_recorded_byte){.address = address};
    }
    byte->before = after ? byte->before : value;
    byte->after = value;
}

/* ADDRESS:BYTES, cut off at a blank. */
static bool parse_run(const char *text, size_t length, struct rp_recording *recording, bool after)
{
    char run[2 * RUN_MAX + 8], *end;
    unsigned char bytes[RUN_MAX];
    struct rp_error error;
    size_t count;
    if (length >= sizeof run)
        return false;
    memcpy(run, text, length);
    run[length] = '\0';
    uint32_t address = (uint32_t)strtoul(run, &end, 16);
    if (*end != ':' || rp_hex_parse(end + 1, bytes, sizeof bytes, &count, &error))
        return false;
    for (size_t i = 0; i < count; i++)
        put(recording, address + (uint32_t)i, bytes[i], after);
    return true;
}

/* Such runs, blank-separated. */
static bool parse_memory(const char *text, struct rp_recording *recording, bool after)
{
    if (strcmp(text, "-") == 0)
        return true;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (!parse_run(text, length, recording, after))
            return false;
        text += length + (text[length] == ' ');
    }
    return true;
}

static bool parse_encoding(const char *text, struct rp_encoding *encoding)
{
    unsigned char bytes[RP_ENCODING_MAX + 1];
    struct rp_error error;
    size_t length;
    if (rp_hex_parse(text, bytes, sizeof bytes, &length, &error) || length < 2 || bytes[length - 1] != HLT)
        return false;
    encoding->length = (uint8_t)(length - 1);
    memcpy(encoding->bytes, bytes, length - 1);
    return true;
}

static struct real16_recording *append(struct real16_recordings *recordings)
{
    if (recordings->count == recordings->capacity) {
        recordings->capacity = 2 * recordings->capacity + 1024;
        recordings->row = realloc(recordings->row, recordings->capacity * sizeof recordings->row[0]);
        assert_non_null(recordings->row);
    }
    struct real16_recording *row = &recordings->row[recordings->count++];
    memset(row, 0, sizeof *row);
    return row;
}

/* Everything is defined but FLAGS where the mask says so; IP is what the HLT behind the instruction left, one
 * byte behind it. */
static void finish(struct rp_recording *recording, uint16_t flags_mask)
{
    for (unsigned i = 0; i < RP_RECORDED_REGISTERS; i++)
        recording->mask[i] = i == RP_RECORDED_FLAGS ? flags_mask : UINT32_MAX;
    struct rp_recorded_instruction it = rp_recording_decode(&recording->encoding);
    recording->after[RP_RECORDED_IP] = (uint16_t)(recording->after[RP_RECORDED_IP] - (it.opcode != HLT));
    rp_recording_sort(recording);
}

static int take_row(void *context, const struct rp_tsv_row *tsv, struct rp_error *error)
{
    struct real16_recording *row = append(context);
    struct rp_recording *recording = &row->recording;
    const char *const *column = tsv->column;
    size_t room = strlen(column[INIT_MEM]) / 2 + strlen(column[FINAL_MEM]) / 2 + 1;
    recording->cpu = RP_RECORDED_286;
    recording->byte = calloc(room, sizeof recording->byte[0]);
    assert_non_null(recording->byte);
    snprintf(recording->name, sizeof recording->name, "%s", column[ID]);
    snprintf(row->opcode, sizeof row->opcode, "%.*s", (int)strcspn(column[ID], "#"), column[ID]);
    snprintf(row->text, sizeof row->text, "%s", column[DISASM]);
    snprintf(row->tags, sizeof row->tags, "%s", column[TAGS]);
    recording->vector = strcmp(column[EXCEPTION], "-") == 0 ? -1 : (int)strtol(column[EXCEPTION], NULL, 10);
    recording->soft = strstr(column[TAGS], "soft") != NULL;
    recording->pushed_flags = (uint32_t)strtoul(column[PUSHED], NULL, 16);
    if (!parse_encoding(column[BYTES], &recording->encoding) ||
        !parse_registers(column[INIT_REGS], recording->before) ||
        !parse_registers(column[FINAL_REGS], recording->after) ||
        !parse_memory(column[INIT_MEM], recording, false) ||
        !parse_memory(column[FINAL_MEM], recording, true))
        return rp_tsv_complain(tsv, error, "'%s' is no recording", column[ID]);
    finish(recording, (uint16_t)strtoul(column[MASK], NULL, 16));
    return RP_OK;
}

bool real16_load(struct real16_recordings *recordings)
{
    const char *build = getenv("RP_BUILD");
    char path[4096];
    struct rp_error error = {0};
    *recordings = (struct real16_recordings){0};
    snprintf(path, sizeof path, "%s/%s", build ? build : ".", NAME);
    if (access(path, R_OK) != 0) {
        print_message(
            "%s: not there: tests/conformance/unpack_real16.sh makes it of hw-real16/tests.tsv.gz in "
            "RP_SHARED_DATA or ../shared/data\n",
            path);
        return false;
    }
    char *text = scratch_read(path);
    int result = rp_tsv_parse(NAME, text, strlen(text), HEADING, take_row, recordings, &error);
    free(text);
    if (result)
        fail_msg("%s", error.line);
    return true;
}

void real16_free(struct real16_recordings *recordings)
{
    for (size_t i = 0; i < recordings->count; i++)
        free(recordings->row[i].recording.byte);
    free(recordings->row);
    *recordings = (struct real16_recordings){0};
}

const struct real16_recording *real16_of(const struct rp_recorded_run *run)
{
    return (const struct real16_recording *)(const void *)run->recording; /* its first member */
}
