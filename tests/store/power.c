/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The VFS; see power.h. Real files are kept as SQLite sees them; what is durable is kept beside them. */
#include "store/power.h"

#include "base/random.h"
#include "support/suite.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTOR    512
#define FILES_MAX 8

/* Since the last sync: a write, or (bytes NULL) a truncation to `offset`. */
struct change {
    sqlite3_int64 offset;
    size_t length;
    char *bytes;
};

/* A name and what stands behind it. */
struct image {
    char path[512];
    bool there;  /* now */
    bool named;  /* and if the power fails */
    char *bytes; /* durable */
    size_t size;
    bool deleted; /* under this name there was another file, which may come back */
    char *old;
    size_t old_size;
    struct change *change;
    size_t changes;
};

static struct {
    sqlite3_vfs vfs, *base;
    struct image image[FILES_MAX];
    unsigned images;
    uint64_t operations, limit; /* 0: none */
    bool off;
} disk;

struct file {
    sqlite3_file methods;
    struct image *image;
    sqlite3_file *base;
};

static void forget_changes(struct image *image)
{
    for (size_t i = 0; i < image->changes; i++)
        free(image->change[i].bytes);
    free(image->change);
    image->change = NULL;
    image->changes = 0;
}

static void resize(struct image *image, size_t size)
{
    image->bytes = realloc(image->bytes, size + 1);
    assert_non_null(image->bytes);
    if (size > image->size)
        memset(image->bytes + image->size, 0, size - image->size);
    image->size = size;
}

static void put_bytes(struct image *image, size_t offset, const char *bytes, size_t length)
{
    if (offset + length > image->size)
        resize(image, offset + length);
    memcpy(image->bytes + offset, bytes, length);
}

/* False when there is no power for another one. */
static bool operate(void)
{
    disk.operations++;
    disk.off |= disk.limit && disk.operations >= disk.limit;
    return !disk.off;
}

static struct image *find_image(const char *path)
{
    for (unsigned i = 0; i < disk.images; i++)
        if (strcmp(disk.image[i].path, path) == 0)
            return &disk.image[i];
    assert_true(disk.images < FILES_MAX);
    struct image *image = &disk.image[disk.images++];
    *image = (struct image){0};
    snprintf(image->path, sizeof image->path, "%s", path);
    FILE *file = fopen(path, "rb");
    if (!file)
        return image;
    image->there = image->named = true; /* it was there before */
    char block[4096];
    for (size_t n = fread(block, 1, sizeof block, file); n > 0; n = fread(block, 1, sizeof block, file))
        put_bytes(image, image->size, block, n);
    fclose(file);
    return image;
}

static void note(struct image *image, sqlite3_int64 offset, const void *bytes, size_t length)
{
    image->change = realloc(image->change, (image->changes + 1) * sizeof *image->change);
    assert_non_null(image->change);
    struct change *change = &image->change[image->changes++];
    *change = (struct change){offset, length, bytes ? malloc(length + 1) : NULL};
    if (bytes) {
        assert_non_null(change->bytes);
        memcpy(change->bytes, bytes, length);
    }
}

static sqlite3_file *base_of(sqlite3_file *file)
{
    return ((struct file *)file)->base;
}

static int close_file(sqlite3_file *file)
{
    sqlite3_file *base = base_of(file);
    int code = base->pMethods->xClose(base);
    free(base);
    return code;
}

static int read_file(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset)
{
    return disk.off ? SQLITE_IOERR_READ
                    : base_of(file)->pMethods->xRead(base_of(file), bytes, length, offset);
}

static int write_file(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset)
{
    bool before = disk.off, powered = operate();
    if (!before) /* what the power failed in may have got so far */
        note(((struct file *)file)->image, offset, bytes, (size_t)length);
    return powered ? base_of(file)->pMethods->xWrite(base_of(file), bytes, length, offset)
                   : SQLITE_IOERR_WRITE;
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    bool before = disk.off, powered = operate();
    if (!before)
        note(((struct file *)file)->image, size, NULL, 0);
    return powered ? base_of(file)->pMethods->xTruncate(base_of(file), size) : SQLITE_IOERR_TRUNCATE;
}

static void forget_old(struct image *image)
{
    free(image->old);
    image->old = NULL;
    image->deleted = false;
}

/* The unix VFS syncs the folder of a new journal with its first sync. */
static int sync_file(sqlite3_file *file, int flags)
{
    struct image *image = ((struct file *)file)->image;
    (void)flags; /* nothing has to reach the disk that this test looks at */
    if (!operate())
        return SQLITE_IOERR_FSYNC;
    for (size_t i = 0; i < image->changes; i++) {
        const struct change *change = &image->change[i];
        if (change->bytes)
            put_bytes(image, (size_t)change->offset, change->bytes, change->length);
        else
            resize(image, (size_t)change->offset);
    }
    forget_changes(image);
    image->named = image->there;
    forget_old(image);
    return SQLITE_OK;
}

static int size_of_file(sqlite3_file *file, sqlite3_int64 *size)
{
    return disk.off ? SQLITE_IOERR_FSTAT : base_of(file)->pMethods->xFileSize(base_of(file), size);
}

static int lock_file(sqlite3_file *file, int level)
{
    return base_of(file)->pMethods->xLock(base_of(file), level);
}

static int unlock_file(sqlite3_file *file, int level)
{
    return base_of(file)->pMethods->xUnlock(base_of(file), level);
}

static int check_lock(sqlite3_file *file, int *is)
{
    return base_of(file)->pMethods->xCheckReservedLock(base_of(file), is);
}

static int control_file(sqlite3_file *file, int operation, void *argument)
{
    (void)file, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *file)
{
    (void)file;
    return SECTOR;
}

static int characteristics(sqlite3_file *file)
{
    (void)file;
    return 0; /* promises nothing */
}

static const sqlite3_io_methods methods = {.iVersion = 1,
                                           .xClose = close_file,
                                           .xRead = read_file,
                                           .xWrite = write_file,
                                           .xTruncate = truncate_file,
                                           .xSync = sync_file,
                                           .xFileSize = size_of_file,
                                           .xLock = lock_file,
                                           .xUnlock = unlock_file,
                                           .xCheckReservedLock = check_lock,
                                           .xFileControl = control_file,
                                           .xSectorSize = sector_size,
                                           .xDeviceCharacteristics = characteristics};

static int open_file(sqlite3_vfs *vfs, const char *path, sqlite3_file *opened, int flags, int *out)
{
    struct file *file = (struct file *)opened;
    (void)vfs;
    opened->pMethods = NULL;
    if (disk.off)
        return SQLITE_CANTOPEN;
    if (!path)
        return SQLITE_CANTOPEN; /* no temporary file is needed here */
    struct image *image = find_image(path);
    file->base = calloc(1, (size_t)disk.base->szOsFile);
    assert_non_null(file->base);
    int code = disk.base->xOpen(disk.base, path, file->base, flags, out);
    if (code) {
        free(file->base);
        return code;
    }
    image->there = true;
    file->image = image;
    opened->pMethods = &methods;
    return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    (void)vfs;
    if (!operate())
        return SQLITE_IOERR_DELETE;
    struct image *image = find_image(path);
    int code = disk.base->xDelete(disk.base, path, 0);
    if (code)
        return code;
    forget_changes(image);
    if (sync_folder) {
        forget_old(image);
        free(image->bytes);
    } else if (image->named && !image->deleted) {
        image->deleted = true;
        image->old = image->bytes;
        image->old_size = image->size;
    } else {
        free(image->bytes);
    }
    image->bytes = NULL;
    image->size = 0;
    image->there = image->named = false;
    return SQLITE_OK;
}

void power_begin(void)
{
    disk.base = sqlite3_vfs_find(NULL);
    assert_non_null(disk.base);
    disk.vfs = *disk.base;
    disk.vfs.zName = "power";
    disk.vfs.szOsFile = sizeof(struct file);
    disk.vfs.xOpen = open_file;
    disk.vfs.xDelete = delete_file;
    disk.operations = disk.limit = 0;
    disk.off = false;
    assert_int_equal(sqlite3_vfs_register(&disk.vfs, 1), SQLITE_OK);
}

static void forget_images(void)
{
    for (unsigned i = 0; i < disk.images; i++) {
        forget_changes(&disk.image[i]);
        forget_old(&disk.image[i]);
        free(disk.image[i].bytes);
    }
    disk.images = 0;
}

void power_end(void)
{
    forget_images();
    sqlite3_vfs_unregister(&disk.vfs);
    sqlite3_vfs_register(disk.base, 1);
}

void power_fails(uint64_t after)
{
    disk.limit = disk.operations + after;
}

uint64_t power_operations(void)
{
    return disk.operations;
}

/* Of a write that was not synced each sector is on the disk, is not, or is neither. */
static void tear(struct image *image, const struct change *change, struct rp_random *random)
{
    for (size_t done = 0; done < change->length;) {
        size_t offset = (size_t)change->offset + done, part = SECTOR - offset % SECTOR;
        char garbage[SECTOR];
        if (part > change->length - done)
            part = change->length - done;
        uint64_t draw = rp_random_below(random, 16);
        for (size_t i = 0; i < part && draw == 0; i++)
            garbage[i] = (char)rp_random_next(random);
        if (draw == 0)
            put_bytes(image, offset, garbage, part);
        else if (draw < 9)
            put_bytes(image, offset, change->bytes + done, part);
        done += part;
    }
}

static void write_image(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes ? bytes : "", 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void power_returns(uint64_t seed)
{
    struct rp_random random = rp_random_make(seed, 0);
    for (unsigned i = 0; i < disk.images; i++) {
        struct image *image = &disk.image[i];
        for (size_t c = 0; c < image->changes; c++) {
            if (image->change[c].bytes)
                tear(image, &image->change[c], &random);
            else if (rp_random_below(&random, 2))
                resize(image, (size_t)image->change[c].offset);
        }
        if (image->deleted && rp_random_below(&random, 2))
            write_image(image->path, image->old, image->old_size);
        else if (image->named || (image->there && rp_random_below(&random, 2)))
            write_image(image->path, image->bytes, image->size);
        else
            unlink(image->path);
    }
    forget_images();
    disk.limit = 0;
    disk.off = false;
}
