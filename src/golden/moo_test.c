/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A test of a MOO file as a recording; see moo.h. */
#include "golden/moo_chunk.h"

#include "state/registers.h"

#include <stdlib.h>

#define HLT       0xf4
#define BYTES_MAX 4096 /* of memory, in a state */
#define CR0_KNOWN 0xf  /* PE, MP, EM, TS; what else is there a 386 invents */

/* Bits of FLAGS that a run begins with, and that are compared: what real mode of a CPU holds. The others it
 * sets in its own way, and recorders leave what they like in them. */
static const struct {
    uint32_t begun, compared;
} flags_of[RP_RECORDED_CPUS] = {[RP_RECORDED_8086] = {0x0fd5, 0x0fd5},
                                [RP_RECORDED_V20] = {0x0fd5, 0x0fd5},
                                [RP_RECORDED_186] = {0x0fd5, 0x0fd5},
                                [RP_RECORDED_286] = {0x0fd5, 0x7fd5},
                                [RP_RECORDED_386] = {0x7fd5, 0x7fd5}};

/* What of a test its chunks say, before it is made a recording. */
struct reading {
    const struct rp_moo_file *file;
    struct rp_moo_test *test;
    struct rp_moo_masks masks;
    unsigned char code[64];
    size_t code_length;
    uint32_t begun, ended; /* registers that INIT and FINA have */
    bool has_final;        /* FINA */
    bool excepted;
    uint8_t vector;
};

/* Where the byte at `address` is, or belongs. */
static size_t find_place(const struct rp_recording *recording, uint32_t address)
{
    size_t first = 0, end = recording->bytes;
    while (first < end) {
        size_t middle = (first + end) / 2;
        if (recording->byte[middle].address < address)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

/* The byte at `address`, 0 if it is new; NULL: no memory. */
static struct rp_recorded_byte *make_byte(struct rp_moo_test *test, uint32_t address, bool *is_new)
{
    struct rp_recording *recording = &test->recording;
    size_t place = find_place(recording, address);
    *is_new = place == recording->bytes || recording->byte[place].address != address;
    if (!*is_new)
        return &recording->byte[place];
    if (recording->bytes == test->capacity) {
        size_t capacity = 2 * test->capacity + 256;
        struct rp_recorded_byte *bytes = realloc(recording->byte, capacity * sizeof bytes[0]);
        if (!bytes)
            return NULL;
        recording->byte = bytes;
        test->capacity = capacity;
    }
    struct rp_recorded_byte *byte = &recording->byte[place];
    memmove(byte + 1, byte, (recording->bytes++ - place) * sizeof *byte);
    *byte = (struct rp_recorded_byte){.address = address};
    return byte;
}

/* Of an address that stands there twice the first one counts before, the last one after. */
static bool take_memory(const struct rp_moo_chunk *chunk, struct rp_moo_test *test, bool after)
{
    if (chunk->length < 4)
        return false;
    size_t count = rp_moo_number(chunk->bytes, 4);
    /* What a file may claim is inserted one by one: a recorder's hundreds, not a hostile file's millions. */
    if (count > BYTES_MAX || (chunk->length - 4) / 5 != count || (chunk->length - 4) % 5)
        return false;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *entry = chunk->bytes + 4 + 5 * i;
        bool is_new;
        struct rp_recorded_byte *byte = make_byte(test, rp_moo_number(entry, 4), &is_new);
        if (!byte)
            return false;
        if (!after && is_new)
            byte->before = entry[4];
        if (after || is_new)
            byte->after = entry[4];
    }
    return true;
}

static bool take_state(const struct rp_moo_chunk *state, struct reading *reading, bool after)
{
    struct rp_moo_cursor cursor = {state->bytes, state->length, false};
    struct rp_recording *recording = &reading->test->recording;
    struct rp_moo_chunk chunk;
    while (rp_moo_next(&cursor, &chunk)) {
        bool wide, fine = true;
        if (rp_moo_is_registers(&chunk, &wide))
            fine = rp_moo_registers(&chunk, wide, after ? recording->after : recording->before,
                                    after ? &reading->ended : &reading->begun);
        else if (rp_moo_is_masks(&chunk, &wide))
            fine = rp_moo_take_masks(&chunk, wide, &reading->masks);
        else if (rp_moo_is(&chunk, "RAM "))
            fine = take_memory(&chunk, reading->test, after);
        if (!fine)
            return false;
    }
    return !cursor.cut;
}

static bool take_code(const struct rp_moo_chunk *chunk, struct reading *reading)
{
    if (chunk->length < 5)
        return false;
    reading->code_length = rp_moo_number(chunk->bytes, 4);
    if (reading->code_length == 0 || reading->code_length > chunk->length - 4)
        return false;
    size_t kept = reading->code_length < sizeof reading->code ? reading->code_length : sizeof reading->code;
    memcpy(reading->code, chunk->bytes + 4, kept);
    return true;
}

static bool take_name(const struct rp_moo_chunk *chunk, struct rp_recording *recording)
{
    if (chunk->length < 4 || rp_moo_number(chunk->bytes, 4) > chunk->length - 4)
        return false;
    size_t length = rp_moo_number(chunk->bytes, 4);
    if (length >= sizeof recording->name)
        length = sizeof recording->name - 1;
    memcpy(recording->name, chunk->bytes + 4, length);
    recording->name[length] = '\0';
    return true;
}

static bool take_exception(const struct rp_moo_chunk *chunk, struct reading *reading)
{
    reading->excepted = true;
    if (chunk->length < 1)
        return false;
    reading->vector = chunk->bytes[0];
    return true;
}

static bool take_chunk(const struct rp_moo_chunk *chunk, struct reading *reading)
{
    if (rp_moo_is(chunk, "NAME"))
        return take_name(chunk, &reading->test->recording);
    if (rp_moo_is(chunk, "BYTS"))
        return take_code(chunk, reading);
    if (rp_moo_is(chunk, "INIT"))
        return take_state(chunk, reading, false);
    reading->has_final = reading->has_final || rp_moo_is(chunk, "FINA");
    if (rp_moo_is(chunk, "FINA"))
        return take_state(chunk, reading, true);
    return !rp_moo_is(chunk, "EXCP") || take_exception(chunk, reading);
}

static void mend_registers(struct reading *reading)
{
    struct rp_recording *recording = &reading->test->recording;
    uint32_t begun = flags_of[recording->cpu].begun, compared = flags_of[recording->cpu].compared;
    uint32_t *before = recording->before, *after = recording->after;
    before[RP_RECORDED_FLAGS] = (before[RP_RECORDED_FLAGS] & begun) | RP_FLAG_ONE;
    for (unsigned i = 0; i < RP_RECORDED_REGISTERS; i++) {
        bool segment =
            (i >= RP_RECORDED_CS && i <= RP_RECORDED_ES) || i == RP_RECORDED_FS || i == RP_RECORDED_GS;
        before[i] &= segment ? 0xffff : UINT32_MAX;
        after[i] = reading->ended >> i & 1 ? after[i] & (segment ? 0xffff : UINT32_MAX) : before[i];
        recording->mask[i] = reading->masks.mask[i];
    }
    recording->mask[RP_RECORDED_FLAGS] &= compared;
    recording->mask[RP_RECORDED_CR0] &= CR0_KNOWN;
}

/* The instruction without the HLT that ends recordings from the 286 on; IP is then what the HLT left, one
 * byte behind it. HLT itself ends on its own. */
static void mend_code(struct reading *reading)
{
    struct rp_recording *recording = &reading->test->recording;
    size_t length = reading->code_length;
    bool halted = recording->cpu >= RP_RECORDED_286;
    if (halted && length > 1 && length <= sizeof reading->code && reading->code[length - 1] == HLT)
        length--;
    if (length > RP_ENCODING_MAX) {
        reading->test->unfit = "an instruction of more than 15 bytes";
        return;
    }
    recording->encoding.length = (uint8_t)length;
    memcpy(recording->encoding.bytes, reading->code, length);
    struct rp_recorded_instruction it = rp_recording_decode(&recording->encoding);
    if (halted && (it.map || it.opcode != HLT))
        recording->after[RP_RECORDED_IP] = (recording->after[RP_RECORDED_IP] - 1) & 0xffff;
}

/* The vector of INT3, INT n, INTO and ICEBP; -1: none of them. */
static int soft_vector(const struct rp_recording *recording, const struct rp_recorded_instruction *it)
{
    if (it->map || (it->opcode == 0xf1 && recording->cpu < RP_RECORDED_386))
        return -1;
    if (it->opcode == 0xcc)
        return 3;
    if (it->opcode == 0xcd)
        return it->at < recording->encoding.length ? recording->encoding.bytes[it->at] : -1;
    if (it->opcode == 0xce && recording->before[RP_RECORDED_FLAGS] & RP_FLAG_OF)
        return 4;
    return it->opcode == 0xf1 ? 1 : -1;
}

/* Divisions, of which alone a CPU without EXCP chunks faults. */
static bool may_divide(const struct rp_recorded_instruction *it)
{
    bool group = (it->opcode & 0xfe) == 0xf6 && it->reg >= 6;
    return it->map == 0 && (group || it->opcode == 0xd4);
}

/* What went through a vector has pushed three words. */
static void mend_vector(struct reading *reading)
{
    struct rp_recording *recording = &reading->test->recording;
    const uint32_t *before = recording->before, *after = recording->after;
    struct rp_recorded_instruction it = rp_recording_decode(&recording->encoding);
    int soft = soft_vector(recording, &it);
    bool pushed = ((before[RP_RECORDED_SP] - after[RP_RECORDED_SP]) & 0xffff) == 6;
    recording->vector = reading->excepted ? reading->vector : -1;
    if (!reading->excepted && pushed)
        recording->vector = soft >= 0 ? soft : may_divide(&it) ? 0 : -1;
    recording->soft = soft >= 0 && recording->vector == soft;
    uint32_t frame = (after[RP_RECORDED_SS] << 4) + ((after[RP_RECORDED_SP] + 4) & 0xffff);
    recording->pushed_flags = recording->cpu < RP_RECORDED_286 ? frame & 0xfffff : frame;
}

int rp_moo_test(const struct rp_moo_file *file, size_t number, struct rp_moo_test *test,
                struct rp_error *error)
{
    const struct rp_moo_test_place *place = &file->test[number];
    struct rp_moo_cursor cursor = {file->bytes + place->offset, place->size, false};
    struct reading reading = {.file = file, .test = test, .masks = file->masks};
    struct rp_recorded_byte *kept = test->recording.byte;
    struct rp_moo_chunk chunk;
    test->index = place->index;
    test->unfit = file->mode ? "recorded in another mode than real mode" : NULL;
    test->recording = (struct rp_recording){.cpu = file->cpu, .byte = kept};
    while (rp_moo_next(&cursor, &chunk))
        if (!take_chunk(&chunk, &reading))
            return rp_error_set(error, RP_EINPUT, "test %u has a chunk '%s' that is not valid", place->index,
                                chunk.name);
    uint32_t needed = (UINT32_C(1) << (RP_RECORDED_FLAGS + 1)) - 1;
    if (cursor.cut || (reading.begun & needed) != needed || !reading.code_length || !reading.has_final)
        return rp_error_set(error, RP_EINPUT,
                            "test %u is cut off, or lacks its bytes, its registers in INIT, or FINA",
                            place->index);
    test->masks_flags = reading.masks.flags;
    mend_registers(&reading);
    mend_code(&reading);
    if (!test->unfit)
        mend_vector(&reading);
    return RP_OK;
}

void rp_moo_test_free(struct rp_moo_test *test)
{
    free(test->recording.byte);
    *test = (struct rp_moo_test){0};
}
