/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts of corpus/, which the build embeds: the program finds them wherever it is installed, and its
 * version names them. All of it is static and read-only. */
#ifndef RP_BASE_CORPUS_H
#define RP_BASE_CORPUS_H

#include <stddef.h>

struct rp_corpus_file {
    const char *name; /* relative to corpus/, as `seeds.tsv` */
    const char *text; /* with a NUL behind its last byte */
    size_t length;    /* bytes, without that NUL */
};

/* The file of that name; NULL if corpus/ had none when the program was built. */
const struct rp_corpus_file *rp_corpus_find(const char *name);

/* The files in the order of their names; NULL from `index` = their number on. */
const struct rp_corpus_file *rp_corpus_at(size_t index);

#define RP_CORPUS_VERSION_SIZE 17 /* 16 hex digits and a NUL */

/* Writes XXH64 over all names and contents as 16 hex digits, and returns `version`. */
const char *rp_corpus_version(char version[RP_CORPUS_VERSION_SIZE]);

#endif
