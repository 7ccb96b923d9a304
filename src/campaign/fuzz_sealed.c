/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that go with a commit; see fuzz_sealed.h. */
#include "campaign/fuzz_sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

struct seal {
    uint64_t commit, hash;
};

/* What follows an input; no padding, and nothing that is not set. */
struct tail {
    uint64_t key;
    uint32_t component;
    uint16_t resource;
    uint8_t oracle, side, kind, traps;
    uint8_t end[3], unused[3];
};
_Static_assert(sizeof(struct tail) == 24, "a tail has no padding");

const char *rp_fuzz_sealed_name(const char *name, uint64_t commit, char file[RP_FUZZ_SEALED_NAME_MAX])
{
    snprintf(file, RP_FUZZ_SEALED_NAME_MAX, "%s.%u", name, (unsigned)(commit % 2));
    return file;
}

bool rp_fuzz_write_whole(int folder, const char *file, const void *bytes, size_t length)
{
    int fd = openat(folder, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    const char *at = bytes;
    bool good = fd >= 0;
    while (good && length > 0) {
        ssize_t n = write(fd, at, length);
        if (n < 0 && errno == EINTR)
            continue;
        good = n > 0;
        at += good ? n : 0;
        length -= good ? (size_t)n : 0;
    }
    good = good && fsync(fd) == 0;
    int reason = errno;
    if (fd >= 0)
        close(fd);
    errno = reason;
    return good;
}

bool rp_fuzz_sealed_write(int folder, const char *name, uint64_t commit, const void *bytes, size_t length)
{
    const struct seal seal = {commit, XXH64(bytes, length, commit)};
    char file[RP_FUZZ_SEALED_NAME_MAX];
    struct rp_text text = {0};
    rp_text_add_bytes(&text, (const char *)&seal, sizeof seal);
    rp_text_add_bytes(&text, bytes, length);
    errno = ENOMEM;
    bool good = !text.failed &&
                rp_fuzz_write_whole(folder, rp_fuzz_sealed_name(name, commit, file), text.data, text.length);
    rp_text_free(&text);
    return good;
}

const char *rp_fuzz_sealed_read(int folder, const char *name, uint64_t commit, struct rp_text *text)
{
    struct seal seal;
    struct rp_text content = {0};
    char file[RP_FUZZ_SEALED_NAME_MAX], block[65536];
    const char *why = NULL;
    ssize_t n = -1;
    int fd = openat(folder, rp_fuzz_sealed_name(name, commit, file), O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && (n = read(fd, block, sizeof block)) > 0)
        rp_text_add_bytes(&content, block, (size_t)n);
    if (fd >= 0)
        close(fd);
    if (n < 0 || content.failed || content.length < sizeof seal)
        why = "it ends too early";
    if (!why) {
        memcpy(&seal, content.data, sizeof seal);
        const char *bytes = content.data + sizeof seal;
        size_t length = content.length - sizeof seal;
        if (seal.commit != commit)
            why = "it is of another commit";
        else if (seal.hash != XXH64(bytes, length, commit))
            why = "its checksum is wrong";
        else
            rp_text_add_bytes(text, bytes, length);
    }
    rp_text_free(&content);
    return why;
}

void rp_fuzz_suspicions_write(const struct rp_fuzz_facts *facts, const struct rp_fuzz_suspicion *suspicion,
                              size_t count, struct rp_text *text)
{
    uint8_t serial[RP_FUZZ_INPUT_BYTES_MAX];
    for (size_t i = 0; i < count; i++) {
        const struct rp_fuzz_suspicion *s = &suspicion[i];
        const struct tail tail = {.key = s->key,
                                  .component = s->component,
                                  .resource = s->resource,
                                  .oracle = s->oracle,
                                  .side = s->side,
                                  .kind = s->kind,
                                  .traps = s->traps,
                                  .end = {s->end.kind, s->end.vector, s->end.length}};
        rp_text_add_bytes(text, (const char *)serial, rp_fuzz_input_write(facts, &s->input, serial));
        rp_text_add_bytes(text, (const char *)&tail, sizeof tail);
    }
}

const char *rp_fuzz_suspicions_read(const struct rp_fuzz_facts *facts, const struct rp_text *text,
                                    struct rp_text *suspicions)
{
    struct rp_error error;
    struct tail tail;
    size_t at = 0, used;
    while (at < text->length) {
        struct rp_fuzz_suspicion s = {0};
        bool cut;
        if (rp_fuzz_input_read(facts, (const uint8_t *)text->data + at, text->length - at, &s.input, &used,
                               &cut, &error))
            return "it has no such input";
        at += used;
        if (text->length - at < sizeof tail)
            return "it ends too early";
        memcpy(&tail, text->data + at, sizeof tail);
        at += sizeof tail;
        if (tail.oracle >= RP_FUZZ_ORACLE_COUNT || tail.side >= RP_FUZZ_SIDES)
            return "it has no such suspicion";
        s.key = tail.key;
        s.component = tail.component;
        s.resource = tail.resource;
        s.oracle = tail.oracle;
        s.side = tail.side;
        s.kind = tail.kind;
        s.traps = tail.traps;
        s.end = (struct rp_witness_end){tail.end[0], tail.end[1], tail.end[2]};
        rp_text_add_bytes(suspicions, (const char *)&s, sizeof s);
    }
    return suspicions->failed ? "out of memory for it" : NULL;
}
