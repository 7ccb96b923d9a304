/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What recording and verifying come to, for whoever shows it. */
#ifndef RP_GOLDEN_ANSWER_H
#define RP_GOLDEN_ANSWER_H

#include "golden/compare.h"

/* Of a recording. */
struct rp_golden_totals {
    uint64_t encodings, runs;
    uint64_t count[RP_GOLDEN_SKIP_COUNT]; /* runs */
    uint64_t masked;                      /* compared runs of which a part is masked */
    uint32_t states, blocks, resumed;     /* resumed: blocks of an earlier sitting */
    uint64_t bytes;
    double seconds;
};

/* Why two runs may differ without anybody's fault. */
enum rp_golden_declared {
    RP_GOLDEN_UNDECLARED,  /* they may not */
    RP_GOLDEN_FEATURE,     /* one of the CPUs lacks the instruction */
    RP_GOLDEN_UNDEFINED,   /* no manual defines it, and it is another CPU or executor */
    RP_GOLDEN_MACHINE,     /* every machine has its own answer */
    RP_GOLDEN_ENVIRONMENT, /* kernel or hypervisor answer, and are others */
    RP_GOLDEN_LIMIT,       /* one of the executors is known not to show it */
    RP_GOLDEN_UNHELD,      /* the executor can't hold the state here */
    RP_GOLDEN_KERNEL,      /* a kernel did the CPU's work, and executors or systems are others */
    RP_GOLDEN_MEMORY,      /* between executors: what lies outside of the program's memory */
    RP_GOLDEN_STRING,      /* between executors: how far a repeated string instruction gets */
    RP_GOLDEN_DECLARED_COUNT,
};
const char *rp_golden_declared_name(enum rp_golden_declared declared); /* a word; static storage */
const char *rp_golden_declared_words(enum rp_golden_declared declared);

/* What comes of making a run again. */
enum rp_golden_constancy {
    RP_GOLDEN_LASTING,   /* the difference comes each time */
    RP_GOLDEN_TRANSIENT, /* it does not come back */
    RP_GOLDEN_UNSTEADY,
    RP_GOLDEN_CONSTANCY_COUNT,
};
const char *rp_golden_constancy_name(enum rp_golden_constancy constancy);

#define RP_GOLDEN_CELLS_MAX 6
#define RP_GOLDEN_REPEATS   4

/* A run that came out otherwise than it was recorded. Passed between processes as bytes. */
struct rp_golden_difference {
    uint32_t block, run; /* of the plan, of the block */
    uint64_t ordinal;    /* of the run in the record, from 0 */
    int32_t cpu;         /* -1: none was chosen */
    uint64_t pass;       /* from 0 */
    uint8_t mode;
    struct rp_encoding encoding;
    char mnemonic[RP_OPCODE_CELL_MAX]; /* or the opcode's cell, where no decoder knows it */
    uint8_t declared;                  /* enum rp_golden_declared */
    char why[80];                      /* the flag, the limit; "" */
    struct rp_shown shown[2];          /* recorded, seen */
    struct rp_cell_difference cell[RP_GOLDEN_CELLS_MAX];
    uint32_t cells;                          /* that differ; of them up to RP_GOLDEN_CELLS_MAX are here */
    uint8_t as_recorded, as_seen, otherwise; /* of RP_GOLDEN_REPEATS */
    uint8_t constancy;                       /* enum rp_golden_constancy */
};

struct rp_golden_cpu_summary {
    int cpu; /* -1: none was chosen */
    uint64_t runs, differences;
};

/* Of a verification. */
struct rp_golden_summary {
    uint64_t runs, passes; /* that were made (of states that are held), whole passes */
    uint64_t given_up;     /* runs that were not made: others of their block took too many processes */
    uint64_t compared;     /* runs of the record that are compared, in a pass on one processor */
    uint64_t held;         /* of the first pass, on all processors: made and held against the record */
    uint64_t declared[RP_GOLDEN_DECLARED_COUNT];
    uint64_t constancy[RP_GOLDEN_CONSTANCY_COUNT]; /* of what is not declared */
    struct rp_golden_cpu_summary *cpu;             /* owned */
    unsigned cpus;
    double seconds;
};

/* What a verification may say. */
enum rp_golden_verdict {
    RP_GOLDEN_SAME,    /* every run of the record was held against it, and none differs but as it may */
    RP_GOLDEN_DIFFERS, /* something is not as it was recorded */
    RP_GOLDEN_PART,    /* none differs of those that were made and held; others were not */
    RP_GOLDEN_NOTHING, /* no run was held against the record */
};
enum rp_golden_verdict rp_golden_summary_verdict(const struct rp_golden_summary *summary);
/* The runs of a whole pass on all processors. */
uint64_t rp_golden_summary_wanted(const struct rp_golden_summary *summary);
/* True if a declared difference says that the two runs can't be held against each other. */
bool rp_golden_is_incomparable(enum rp_golden_declared declared);
void rp_golden_summary_free(struct rp_golden_summary *summary);

/* The name of a cell: a component, or how it ended ("outcome", "vector", "error_code", "cr2", "gate");
 * returns `name`. */
char *rp_golden_cell_name(uint32_t cell, char name[RP_COMPONENT_NAME_MAX]);

#endif
