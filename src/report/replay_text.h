/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What making a witness's runs again came to, in each format. */
#ifndef RP_REPORT_REPLAY_TEXT_H
#define RP_REPORT_REPLAY_TEXT_H

#include "judge/judge.h"
#include "report/style.h"

/* Appends both runs, the component's values, and "reproduces" or "does not reproduce: why". `line` is the
 * witness as it was given, `executor` who made the runs. */
void rp_replay_text(const char *line, const struct rp_witness *witness, const char *executor,
                    const struct rp_replay *replay, const struct rp_style *style, struct rp_text *text);
void rp_replay_markdown(const char *line, const struct rp_witness *witness, const char *executor,
                        const struct rp_replay *replay, const struct rp_style *style, struct rp_text *text);
/* One line, "ringprobe.replay/1". */
void rp_replay_json(const char *line, const struct rp_witness *witness, const char *executor,
                    const struct rp_replay *replay, const struct rp_style *style, struct rp_text *text);

#endif
