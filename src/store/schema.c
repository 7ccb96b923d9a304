/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables whose rows are walked, and how their rows are found; see schema.h. */
#include "store/schema.h"

/* schema.S */
extern const char rp_schema_upgrade_1[], rp_schema_upgrade_2[];

const char *const rp_schema_upgrades[RP_STORE_VERSION - 1] = {rp_schema_upgrade_1, rp_schema_upgrade_2};

const struct rp_table_info rp_tables[RP_TABLE_COUNT] = {
    [RP_TABLE_VERDICT] = {"verdict", "mode = ?1 ORDER BY place"},
    [RP_TABLE_BEHAVIOUR] = {"behaviour", "?1 ORDER BY behaviour"},
    [RP_TABLE_OPINION] = {"opinion", "behaviour = ?1 ORDER BY number"},
    [RP_TABLE_CLOSER] = {"closer", "behaviour = ?1 ORDER BY number"},
    [RP_TABLE_WITNESS] = {"witness", "mode = ?1 AND place = ?2"},
    [RP_TABLE_DIVERGENCE] = {"divergence", "mode = ?1 AND place = ?2 ORDER BY number"},
    [RP_TABLE_ANSWER] = {"answer", "mode = ?1 AND place = ?2 ORDER BY number, answer"},
};
