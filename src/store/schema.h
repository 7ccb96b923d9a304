/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of a campaign, whose SQL is schema.sql; SCHEMA.md says what they mean. Private to src/store. */
#ifndef RP_STORE_SCHEMA_H
#define RP_STORE_SCHEMA_H

/* PRAGMA application_id and user_version: a file with another id is none of ours, one with a higher version
 * comes from a later ringprobe. All versions before are known. */
#define RP_STORE_APPLICATION 0x52505242 /* "RPRB" */
#define RP_STORE_VERSION     3

/* Those of verdicts, whose columns record.c walks. */
enum rp_table {
    RP_TABLE_VERDICT,
    RP_TABLE_BEHAVIOUR,
    RP_TABLE_OPINION,
    RP_TABLE_CLOSER,
    RP_TABLE_WITNESS,
    RP_TABLE_DIVERGENCE,
    RP_TABLE_ANSWER,
    RP_TABLE_COUNT,
};

/* Its name, and the condition by which rows of it are looked up, with one or two parameters. */
struct rp_table_info {
    const char *name, *where;
};
extern const struct rp_table_info rp_tables[RP_TABLE_COUNT];

/* schema.sql, and what fills such a file from one of version N that is attached as `old`: upgrade.sql, and by
 * N - 1 upgrade-N.sql. */
extern const char rp_schema[];
extern const char rp_schema_upgrade[];
extern const char *const rp_schema_upgrades[RP_STORE_VERSION - 1];

#endif
