/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reader of MOO files, version 1: single-instruction tests that were recorded on hardware (SingleStepTests'
 * sets of the 8088, V20, 80286 and 80386; the format is github.com/dbalsom/moo). A file is chunks: four ASCII
 * bytes, a length in 32 bits, so many bytes; everything is little-endian, and a chunk that nobody knows is
 * skipped by its length. A file is read whole and each of its tests looked at before any runs, so that what
 * is damaged claims nothing. */
#ifndef RP_GOLDEN_MOO_H
#define RP_GOLDEN_MOO_H

#include "golden/recording.h"

#define RP_MOO_BYTES_MAX ((size_t)256 << 20) /* of a file, unpacked */

struct rp_moo_masks {
    uint32_t mask[RP_RECORDED_REGISTERS]; /* bits that are defined */
    bool flags;                           /* says something of FLAGS */
};

struct rp_moo_test_place {
    uint32_t index;        /* as the file has it */
    uint32_t offset, size; /* of the chunks, behind the index */
};

struct rp_moo_file {
    unsigned char *bytes;
    size_t length;
    char cpu_name[5];
    enum rp_recorded_cpu cpu;
    uint8_t mode;     /* 0: real mode */
    char mnemonic[9]; /* of all tests, "" if the file does not say */
    struct rp_moo_masks masks;
    struct rp_moo_test_place *test;
    size_t tests;
};

/* A test, in storage that one after another may use. Zeroed is empty. */
struct rp_moo_test {
    uint32_t index;
    struct rp_recording recording;
    bool masks_flags;  /* it, or its file, says which flags are defined */
    const char *unfit; /* why it can't be run, whatever the arena holds; NULL: it may */
    size_t capacity;   /* of recording.byte */
};

/* Reads the file, as it is or compressed by gzip (RFC 1952). RP_EENVIRONMENT: it can't be read; RP_EINPUT:
 * it is no such file, of another version, cut off, or damaged. */
int rp_moo_read(const char *path, struct rp_moo_file *file, struct rp_error *error);

/* The same with `length` bytes, which the file then owns, unpacked already; `label` is what complaints call
 * them. They are freed on failure too. */
int rp_moo_parse(const char *label, unsigned char *bytes, size_t length, struct rp_moo_file *file,
                 struct rp_error *error);

void rp_moo_free(struct rp_moo_file *file);

/* Test `number`, from 0. Fails only before rp_moo_parse has looked at it. */
int rp_moo_test(const struct rp_moo_file *file, size_t number, struct rp_moo_test *test,
                struct rp_error *error);
void rp_moo_test_free(struct rp_moo_test *test);

/* The bytes of a file at `path`, unpacked if they are compressed by gzip; the caller frees them. */
int rp_moo_load(const char *path, unsigned char **bytes, size_t *length, struct rp_error *error);

/* Unpacks a gzip file of any number of members. RP_EINPUT: cut off, a wrong checksum or size, bytes behind
 * it, or more than RP_MOO_BYTES_MAX. */
int rp_moo_unpack(const char *label, const unsigned char *packed, size_t length, unsigned char **bytes,
                  size_t *unpacked, struct rp_error *error);

#endif
