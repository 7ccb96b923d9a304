/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a record; see record.h. */
#include "golden/compare.h"
#include "golden/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int load(struct rp_golden_record *record, struct rp_error *error)
{
    int fd = open(record->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return rp_error_system(error, errno, "cannot read '%s'", record->path);
    int result = rp_golden_file_read(fd, record->path, &record->file, &record->size, error);
    close(fd);
    return result;
}

/* Both chunks of a block; the outcomes are looked at when somebody asks for them, but their checksum now. */
static bool read_block(struct rp_golden_record *record, uint32_t number, struct rp_unpack *from,
                       uint64_t *chain)
{
    struct rp_chunk result, outcomes;
    if (!rp_chunk_read(from, &result) || strcmp(result.name, RP_CHUNK_RESULT) != 0)
        return false;
    record->outcomes[number] = (size_t)(from->at - record->file);
    if (!rp_chunk_read(from, &outcomes) || strcmp(outcomes.name, RP_CHUNK_OUTCOMES) != 0)
        return false;
    *chain = rp_golden_chain(rp_golden_chain(*chain, result.checksum), outcomes.checksum);
    uint8_t *bytes = rp_chunk_content(&result);
    bool good = bytes && rp_golden_block_unpack(&record->plan.block[number], bytes, result.length);
    free(bytes);
    return good;
}

static bool read_end(struct rp_unpack *from, uint64_t chain)
{
    struct rp_chunk chunk;
    if (!rp_chunk_read(from, &chunk) || strcmp(chunk.name, RP_CHUNK_END) != 0 || from->at != from->end)
        return false;
    uint8_t *bytes = rp_chunk_content(&chunk);
    struct rp_unpack content = {bytes, bytes ? bytes + chunk.length : NULL, false};
    bool good = bytes && rp_unpack_fixed(&content, 8) == chain && content.at == content.end;
    free(bytes);
    return good;
}

static int read_blocks(struct rp_golden_record *record, struct rp_unpack *from, uint64_t chain,
                       struct rp_error *error)
{
    record->outcomes = calloc(record->plan.blocks + (size_t)1, sizeof *record->outcomes);
    if (!record->outcomes)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", record->path);
    for (uint32_t i = 0; i < record->plan.blocks; i++) {
        if (!read_block(record, i, from, &chain))
            return rp_error_set(error, RP_EINPUT,
                                "'%s' is damaged or cut short in block %u of %u (checksum); copy it anew, or "
                                "record it again",
                                record->path, i + 1, record->plan.blocks);
    }
    if (!read_end(from, chain))
        return rp_error_set(error, RP_EINPUT,
                            "'%s' is damaged or cut short at its end; copy it anew, or record it again",
                            record->path);
    return RP_OK;
}

/* Each outcome has the hash that its run has, and all of them together that of the block: what was put
 * together from parts that do not belong to each other, each with a good checksum, would answer with either.
 */
static int check_block(const struct rp_golden_record *record, uint32_t number, struct rp_outcomes *outcomes,
                       uint64_t *hash, struct rp_error *error)
{
    const struct rp_golden_block *block = &record->plan.block[number];
    int result = rp_golden_record_outcomes(record, number, outcomes, error);
    size_t count = 0;
    bool good = true;
    if (result)
        return result;
    for (uint32_t run = 0; run < block->runs; run++) {
        if (!rp_golden_is_compared(block->skip[run]))
            continue;
        hash[count] = outcomes->outcome[count].hash;
        good = good && (uint32_t)hash[count] == block->run_hash[run];
        count++;
    }
    if (good && rp_golden_block_hash(hash, count) == block->hash)
        return RP_OK;
    return rp_error_set(error, RP_EINPUT,
                        "'%s' contradicts itself in block %u of %u (hashes and outcomes); record it again",
                        record->path, number + 1, record->plan.blocks);
}

static int check_blocks(const struct rp_golden_record *record, struct rp_error *error)
{
    struct rp_outcomes outcomes = {0};
    uint32_t most = 1;
    int result = RP_OK;
    for (uint32_t i = 0; i < record->plan.blocks; i++)
        most = record->plan.block[i].runs > most ? record->plan.block[i].runs : most;
    uint64_t *hash = malloc(most * sizeof *hash);
    if (!hash)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", record->path);
    for (uint32_t i = 0; i < record->plan.blocks && result == RP_OK; i++)
        result = check_block(record, i, &outcomes, hash, error);
    rp_outcomes_free(&outcomes);
    free(hash);
    return result;
}

int rp_golden_record_open(const char *path, struct rp_golden_record *record, struct rp_error *error)
{
    uint64_t chain;
    *record = (struct rp_golden_record){.path = strdup(path)};
    if (!record->path)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", path);
    int result = load(record, error);
    struct rp_unpack from = {record->file, record->file + record->size, false};
    if (result == RP_OK)
        result = rp_golden_head_read(path, &from, &record->identity, &record->plan, &chain, error);
    if (result == RP_OK)
        result = read_blocks(record, &from, chain, error);
    if (result == RP_OK)
        result = check_blocks(record, error);
    if (result)
        rp_golden_record_close(record);
    return result;
}

void rp_golden_record_close(struct rp_golden_record *record)
{
    rp_golden_plan_free(&record->plan);
    free(record->outcomes);
    free(record->file);
    free(record->path);
    *record = (struct rp_golden_record){0};
}

int rp_golden_record_outcomes(const struct rp_golden_record *record, uint32_t block,
                              struct rp_outcomes *outcomes, struct rp_error *error)
{
    struct rp_unpack from = {record->file + record->outcomes[block], record->file + record->size, false};
    uint64_t count[RP_GOLDEN_SKIP_COUNT] = {0};
    struct rp_chunk chunk;
    uint8_t *bytes = rp_chunk_read(&from, &chunk) ? rp_chunk_content(&chunk) : NULL;
    if (!bytes)
        return rp_error_set(error, RP_EINPUT, "the outcomes of block %u of '%s' can't be read", block + 1,
                            record->path);
    int result = rp_golden_outcomes_unpack(bytes, chunk.length, outcomes, error);
    free(bytes);
    rp_golden_block_count(&record->plan.block[block], count);
    if (result == RP_OK && outcomes->count != count[RP_GOLDEN_COMPARED])
        result = rp_error_set(error, RP_EINPUT, "block %u of '%s' has outcomes of other runs", block + 1,
                              record->path);
    return result;
}
