/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See memory.h. */
#include "bochs/memory.h"

#include "bochs/rom.h"
#include "guest/places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE 4096

/* Memory from RP_BOCHS_HOLE to RP_BOCHS_HOLE_END is VGA's and the ROM's: Bochs gives it no place, and puts
 * what is above right behind what is below. `base` is that of what is above. */
static off_t place(const struct rp_bochs_memory *memory, uint32_t address)
{
    uint64_t shift = address < RP_BOCHS_HOLE ? RP_BOCHS_HOLE_END - RP_BOCHS_HOLE : 0;
    return (off_t)(memory->base + address + shift);
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
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)bochs);
    rp_bochs_memory_close(memory);
    memory->file = open(path, O_RDWR | O_CLOEXEC);
    if (memory->file < 0)
        return rp_error_system(
            error, errno,
            "bochs can't be opened: its memory can't be reached by '/proc/PID/mem', which needs "
            "the right to trace a child");
    if (find(memory, bochs))
        return RP_OK;
    return rp_error_set(error, RP_EENVIRONMENT,
                        "bochs can't be opened: its guest's memory is not where Bochs 2.7 has it");
}

void rp_bochs_memory_close(struct rp_bochs_memory *memory)
{
    if (memory->file >= 0)
        close(memory->file);
    memory->file = -1;
}

bool rp_bochs_memory_read(const struct rp_bochs_memory *memory, uint32_t address, void *bytes, size_t size)
{
    return pread(memory->file, bytes, size, place(memory, address)) == (ssize_t)size;
}

bool rp_bochs_memory_write(const struct rp_bochs_memory *memory, uint32_t address, const void *bytes,
                           size_t size)
{
    return pwrite(memory->file, bytes, size, place(memory, address)) == (ssize_t)size;
}
