/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Witnesses: two runs that prove a sensitivity, and the one line that makes them again (CLI.md, "Witness
 * line"). mode: the same U and P in ring 0 and in ring 3; resource: the same U in one ring under two P;
 * control: one run that changes P, both sides of the line name it; divergence: the same run on two executors,
 * the first side on the first; finding: one run of a hunt, both sides of the line name it, and how it ended.
 */
#ifndef RP_JUDGE_WITNESS_H
#define RP_JUDGE_WITNESS_H

#include "judge/verdict.h"
#include "state/recipe.h"

#define RP_WITNESS_LINE_MAX 2000 /* characters */

struct rp_witness_run {
    unsigned ring;
    struct rp_machine machine;
};

/* The cells of a divergence that are no components: how the run ended. */
#define RP_CELL_OUTCOME    UINT32_C(0xfffffff0) /* its kind */
#define RP_CELL_VECTOR     UINT32_C(0xfffffff1)
#define RP_CELL_ERROR_CODE UINT32_C(0xfffffff2)
#define RP_CELL_LENGTH     UINT32_C(0xfffffff3)
#define RP_CELL_END        UINT32_C(0xfffffff4) /* of a finding: all of these but the error code */

#define RP_WITNESS_EXECUTOR_MAX (2 * RP_EXECUTOR_NAME_MAX)

/* How a run of a finding ended; in a line "trapped.13.4", "retired.0.3". */
struct rp_witness_end {
    uint8_t kind, vector, length; /* enum rp_outcome_kind; 0 if it retired; bytes, 0 where not known */
};

struct rp_witness {
    char executor[RP_WITNESS_EXECUTOR_MAX]; /* divergence: two, '+' between */
    enum rp_policy policy;
    enum rp_mode mode;
    struct rp_encoding encoding;
    enum rp_sensitivity kind;
    struct rp_user user;
    struct rp_witness_run run[2];
    uint32_t component;        /* the one that gives it away */
    enum rp_resource field;    /* the part of a register that it is about; NONE: all of it */
    struct rp_witness_end end; /* kind finding */
};

/* The name of a component as lines and reports write it: "rflags.if" with a field, else "rax", "data+400";
 * returns `name`. */
char *rp_witness_component_name(uint32_t component, enum rp_resource field, char name[RP_COMPONENT_NAME_MAX]);

/* The way back of a name without a field, cells of a divergence among them; false if there is none. */
bool rp_witness_component_find(const char *name, uint32_t *component);

/* The bits of the component's word that a field covers; all for NONE. */
uint64_t rp_witness_component_bits(enum rp_resource field);

/* The field to write for a difference in `resource`: the resource itself if it is a part of the register
 * `component`, else NONE. */
enum rp_resource rp_witness_field(uint32_t component, enum rp_resource resource);

/* Appends the line (without line feed). RP_EINPUT: longer than RP_WITNESS_LINE_MAX. */
int rp_witness_print(const struct rp_witness *witness, struct rp_text *text, struct rp_error *error);

/* The way back. RP_EINPUT names the field: another version, a wrong checksum, an unknown name, a bad number.
 */
int rp_witness_parse(const char *line, struct rp_witness *witness, struct rp_error *error);

/* The mode in which `ring` of a mode runs: vm86's ring 0 is real16 (METHOD, "One ring"). */
enum rp_mode rp_ring_mode(enum rp_mode mode, unsigned ring);

#endif
