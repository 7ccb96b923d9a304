/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report to compare: two campaigns that found the same, whenever, however often interrupted and by however
 * many workers, have the same one, byte for byte. */
#ifndef RP_REPORT_CANONICAL_H
#define RP_REPORT_CANONICAL_H

#include "report/style.h"
#include "store/results.h"

/* Appends the configuration without date, command and costs; of each mode how far it came and its implicit
 * sensitivity; then a line for each instruction and what was found of it, sorted: mode, name, mnemonic,
 * verdict, sensitivity, resources, owner, what closes it, answers under other policies, why it is unknown,
 * and the number of its encodings with a hash of all that is stored of them (store/digest.h). Tabs stand
 * between. `style` does not matter. */
void rp_canonical_report(const struct rp_results *results, const struct rp_style *style,
                         struct rp_text *text);

#endif
