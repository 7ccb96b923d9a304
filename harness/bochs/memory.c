/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See memory.h. */
#include "bochs/memory.h"

#include "bochs/rom.h"
#include "guest/places.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096

/* Memory from RP_BOCHS_HOLE to RP_BOCHS_HOLE_END is VGA's and the ROM's: Bochs gives it no place, and puts
 * what is above right behind what is below. `base` is that of what is above. */
static void *place(const struct rp_bochs_memory *memory, uint32_t address)
{
    uint64_t shift = address < RP_BOCHS_HOLE ? RP_BOCHS_HOLE_END - RP_BOCHS_HOLE : 0;
    uintptr_t there = (uintptr_t)(memory->base + address + shift);
    void *pointer; /* in another process: none of ours */
    memcpy(&pointer, &there, sizeof pointer);
    return pointer;
}

static bool has_mark(const struct rp_bochs_memory *memory, uint32_t address, uint32_t mark)
{
    uint32_t word;
    return rp_bochs_memory_read(memory, address, &word, sizeof word) && word == mark;
}

/* Tries `base`. */
static bool is_here(struct rp_bochs_memory *memory, uint64_t base)
{
    memory->base = base;
    return has_mark(memory, 0, RP_BOCHS_MARK) && has_mark(memory, RP_GUEST_IMAGE, RP_BOCHS_MARK_IMAGE) &&
           has_mark(memory, RP_GUEST_MEMORY - 4, RP_BOCHS_MARK_END);
}

/* Bochs aligns it to pages. */
static bool search(struct rp_bochs_memory *memory, uint64_t from, uint64_t to)
{
    if (to - from < RP_GUEST_MEMORY)
        return false;
    uint64_t end = to - RP_GUEST_MEMORY;
    if (memory->offset <= end - from && is_here(memory, from + memory->offset))
        return true;
    for (uint64_t base = from; base <= end; base += PAGE) {
        if (is_here(memory, base)) {
            memory->offset = base - from;
            return true;
        }
    }
    return false;
}

/* A line of /proc/PID/maps: true if what it maps can be read and written. */
static bool read_mapping(const char *line, uint64_t *from, uint64_t *to)
{
    char *rest;
    *from = strtoull(line, &rest, 16);
    if (*rest != '-')
        return false;
    *to = strtoull(rest + 1, &rest, 16);
    return strncmp(rest, " rw", 3) == 0;
}

static bool find(struct rp_bochs_memory *memory, pid_t bochs)
{
    char path[40], line[400];
    uint64_t from, to;
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)bochs);
    FILE *maps = fopen(path, "re");
    while (maps && !found && fgets(line, sizeof line, maps))
        found = read_mapping(line, &from, &to) && search(memory, from, to);
    if (maps)
        fclose(maps);
    return found;
}

int rp_bochs_memory_open(struct rp_bochs_memory *memory, pid_t bochs, struct rp_error *error)
{
    memory->bochs = bochs;
    if (find(memory, bochs))
        return RP_OK;
    bool reached = errno != EPERM && errno != ENOSYS;
    rp_bochs_memory_close(memory);
    return rp_error_set(
        error, RP_EENVIRONMENT, "bochs can't be opened: %s",
        reached ? "its guest's memory is not where Bochs 2.7 has it"
                : "its memory can't be reached by process_vm_readv, which needs the right to trace a child");
}

void rp_bochs_memory_close(struct rp_bochs_memory *memory)
{
    memory->bochs = 0;
}

void rp_bochs_parts_begin(struct rp_bochs_parts *parts)
{
    parts->count = 0;
    parts->size = 0;
}

void rp_bochs_parts_add(struct rp_bochs_parts *parts, const struct rp_bochs_memory *memory, uint32_t address,
                        void *bytes, size_t size)
{
    if (size == 0)
        return;
    parts->own[parts->count] = (struct iovec){bytes, size};
    parts->guest[parts->count++] = (struct iovec){place(memory, address), size};
    parts->size += size;
}

typedef ssize_t transfer(pid_t process, const struct iovec *own, unsigned long own_count,
                         const struct iovec *other, unsigned long other_count, unsigned long flags);

static bool move(struct rp_bochs_parts *parts, const struct rp_bochs_memory *memory, transfer *by)
{
    ssize_t done =
        memory->bochs ? by(memory->bochs, parts->own, parts->count, parts->guest, parts->count, 0) : -1;
    bool whole = done == (ssize_t)parts->size;
    rp_bochs_parts_begin(parts);
    return whole;
}

bool rp_bochs_parts_read(struct rp_bochs_parts *parts, const struct rp_bochs_memory *memory)
{
    return move(parts, memory, process_vm_readv);
}

bool rp_bochs_parts_write(struct rp_bochs_parts *parts, const struct rp_bochs_memory *memory)
{
    return move(parts, memory, process_vm_writev);
}

bool rp_bochs_memory_read(const struct rp_bochs_memory *memory, uint32_t address, void *bytes, size_t size)
{
    struct rp_bochs_parts parts;
    rp_bochs_parts_begin(&parts);
    rp_bochs_parts_add(&parts, memory, address, bytes, size);
    return rp_bochs_parts_read(&parts, memory);
}

bool rp_bochs_memory_write(const struct rp_bochs_memory *memory, uint32_t address, const void *bytes,
                           size_t size)
{
    struct rp_bochs_parts parts;
    rp_bochs_parts_begin(&parts);
    union {
        const void *from;
        void *to;
    } own = {.from = bytes}; /* struct iovec serves both ways */
    rp_bochs_parts_add(&parts, memory, address, own.to, size);
    return rp_bochs_parts_write(&parts, memory);
}
