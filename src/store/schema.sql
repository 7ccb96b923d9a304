-- SPDX-License-Identifier: GPL-2.0-or-later
-- What makes an empty file a campaign without content. SCHEMA.md says it in words. The columns of verdict,
-- behaviour, opinion, closer, witness, divergence and answer are walked by record.c, in this order. A change
-- is a new version, of a view too: user_version here, RP_STORE_VERSION in schema.h, upgrade-N.sql.
PRAGMA application_id = 0x52505242; -- "RPRB"
PRAGMA user_version = 3;

CREATE TABLE configuration (
    machine INTEGER, name TEXT, value TEXT NOT NULL,
    PRIMARY KEY (machine, name)
) WITHOUT ROWID;

CREATE TABLE resource (
    machine INTEGER, name TEXT, screened_in TEXT NOT NULL, settable INTEGER NOT NULL,
    PRIMARY KEY (machine, name)
) WITHOUT ROWID;

CREATE TABLE effort (
    machine INTEGER PRIMARY KEY, sittings INTEGER NOT NULL, date TEXT NOT NULL, command TEXT NOT NULL, seconds REAL NOT NULL,
    peak_memory INTEGER NOT NULL, died INTEGER NOT NULL, hung INTEGER NOT NULL
);

CREATE TABLE mode (
    mode INTEGER PRIMARY KEY, name TEXT NOT NULL, forms INTEGER NOT NULL, encodings INTEGER NOT NULL,
    undocumented INTEGER NOT NULL, complete INTEGER NOT NULL, wide INTEGER NOT NULL, machine INTEGER NOT NULL
);

CREATE TABLE implicit (
    mode INTEGER, number INTEGER, kind TEXT NOT NULL, baseline TEXT NOT NULL, runs INTEGER NOT NULL,
    closed_in_ring3 TEXT NOT NULL, closed_in_all TEXT NOT NULL, closed_in_all_by_two TEXT NOT NULL,
    PRIMARY KEY (mode, number)
) WITHOUT ROWID;

CREATE TABLE verdict (
    mode INTEGER, place INTEGER, encoding BLOB NOT NULL, form INTEGER NOT NULL, mnemonic TEXT, name TEXT,
    decoded INTEGER NOT NULL, behaviour INTEGER NOT NULL, runs INTEGER NOT NULL,
    PRIMARY KEY (mode, place)
) WITHOUT ROWID;

-- Encodings of the wide space, counted: number `first` and so many behind it of the form whose representative has
-- this place. Those that behave otherwise have a verdict of their own, at a place that number makes, or are counted
-- with one of these, in a row of its place.
CREATE TABLE range (
    mode INTEGER, place INTEGER, first INTEGER, form INTEGER NOT NULL, encodings INTEGER NOT NULL,
    alike INTEGER NOT NULL, runs INTEGER NOT NULL,
    PRIMARY KEY (mode, place, first)
) WITHOUT ROWID;

CREATE TABLE behaviour (
    behaviour INTEGER PRIMARY KEY, policy TEXT NOT NULL, verdict TEXT NOT NULL, sensitivity TEXT NOT NULL,
    resources TEXT NOT NULL, owner TEXT NOT NULL, user_sensitive INTEGER NOT NULL, not_testable TEXT NOT NULL,
    under_legacy TEXT, under_linux TEXT, under_hardened TEXT, under_as_found TEXT, unknown_reason TEXT,
    disagreement INTEGER NOT NULL, opinions INTEGER NOT NULL, closers INTEGER NOT NULL,
    has_witness INTEGER NOT NULL, divergences INTEGER NOT NULL
);

CREATE TABLE opinion (
    behaviour INTEGER, number INTEGER, executor TEXT NOT NULL, provenance TEXT NOT NULL,
    decides INTEGER NOT NULL, limited_by TEXT, verdict TEXT NOT NULL, one_ring INTEGER NOT NULL,
    as_found INTEGER NOT NULL, closes INTEGER NOT NULL, virtualised INTEGER NOT NULL,
    ring0_outcome TEXT, ring0_vector INTEGER, ring0_length INTEGER, ring0_gate TEXT, ring0_error_code INTEGER,
    ring0_cr2 INTEGER, ring0_kernel_emulated INTEGER NOT NULL,
    ring3_outcome TEXT, ring3_vector INTEGER, ring3_length INTEGER, ring3_gate TEXT, ring3_error_code INTEGER,
    ring3_cr2 INTEGER, ring3_kernel_emulated INTEGER NOT NULL,
    PRIMARY KEY (behaviour, number)
) WITHOUT ROWID;

CREATE TABLE closer (
    behaviour INTEGER, number INTEGER, control TEXT, value INTEGER NOT NULL, with_control TEXT,
    with_value INTEGER NOT NULL, in_all_rings INTEGER NOT NULL, shown_by INTEGER NOT NULL,
    PRIMARY KEY (behaviour, number)
) WITHOUT ROWID;

CREATE TABLE witness (
    mode INTEGER, place INTEGER, executor TEXT NOT NULL, kind TEXT NOT NULL, component TEXT NOT NULL, field TEXT,
    resource TEXT, a_ring INTEGER NOT NULL, a_value INTEGER NOT NULL, b_ring INTEGER NOT NULL,
    b_value INTEGER NOT NULL, replay TEXT,
    PRIMARY KEY (mode, place)
) WITHOUT ROWID;

CREATE TABLE divergence (
    mode INTEGER, place INTEGER, number INTEGER, executor_a TEXT NOT NULL, executor_b TEXT NOT NULL,
    cell TEXT NOT NULL, bits INTEGER NOT NULL, answers INTEGER NOT NULL, known TEXT, replay TEXT,
    PRIMARY KEY (mode, place, number)
) WITHOUT ROWID;

CREATE TABLE answer (
    mode INTEGER, place INTEGER, number INTEGER, answer INTEGER, executors INTEGER NOT NULL,
    value INTEGER NOT NULL, outcome TEXT, vector INTEGER, length INTEGER, gate TEXT, error_code INTEGER,
    cr2 INTEGER, kernel_emulated INTEGER NOT NULL,
    PRIMARY KEY (mode, place, number, answer)
) WITHOUT ROWID;

-- A hunt's lines of JSON (CLI.md, "ringprobe.hunt/1"); place is the number of bytes before it when each ends with a
-- line feed.
CREATE TABLE hunt (place INTEGER PRIMARY KEY, line TEXT NOT NULL);

-- How runs end, as one word or two.
CREATE VIEW ends AS
    SELECT behaviour, number, 0 AS ring, ring0_outcome AS outcome, ring0_vector AS vector, ring0_gate AS gate,
        ring0_length AS length FROM opinion WHERE ring0_outcome IS NOT NULL
    UNION ALL
    SELECT behaviour, number, 3, ring3_outcome, ring3_vector, ring3_gate, ring3_length
        FROM opinion WHERE ring3_outcome IS NOT NULL;

-- What identifies a verdict, for the views below.
CREATE VIEW encodings AS
    SELECT machine, verdict.mode AS mode_number, place, mode.name AS mode, lower(hex(encoding)) AS encoding,
        verdict.name AS name, mnemonic, printf('%016x', form) AS form, decoded, runs, behaviour
    FROM verdict JOIN mode USING (mode);

CREATE VIEW verdicts AS
    SELECT machine, encodings.mode, encoding, name, mnemonic, form, decoded, runs, verdict, sensitivity, resources, owner,
        user_sensitive, not_testable, under_legacy, under_linux, under_hardened, under_as_found, unknown_reason,
        disagreement, replay AS witness, behaviour, encodings.place >> 40 AS wide
    FROM encodings JOIN behaviour USING (behaviour)
        LEFT JOIN witness ON witness.mode = mode_number AND witness.place = encodings.place;

CREATE VIEW holes AS SELECT * FROM verdicts WHERE verdict = 'hole';

CREATE VIEW exceptions AS SELECT * FROM verdicts WHERE wide;

CREATE VIEW ranges AS
    SELECT machine, mode.name AS mode, encodings.name AS name, printf('%016x', range.form) AS form,
        verdict, range.first, range.encodings, alike, range.encodings - alike AS exceptions, range.place >> 40 AS wide
    FROM range JOIN mode USING (mode)
        JOIN verdict AS encodings ON encodings.mode = range.mode AND encodings.place = range.place
        JOIN behaviour USING (behaviour);

CREATE VIEW instructions AS
    SELECT machine, mode, name, verdict, count(*) AS encodings, count(DISTINCT form) AS forms
    FROM encodings JOIN behaviour USING (behaviour) GROUP BY mode_number, name, verdict;

CREATE VIEW behaviours AS
    SELECT count(*) AS encodings, behaviour.* FROM behaviour JOIN verdict USING (behaviour)
    GROUP BY behaviour.behaviour;

CREATE VIEW opinions AS
    SELECT mode, encoding, name, executor, provenance, decides, limited_by, verdict, virtualised,
        ring0_outcome AS ring0, ring0_vector, ring3_outcome AS ring3, ring3_vector
    FROM encodings JOIN opinion USING (behaviour);

CREATE VIEW closed_by AS
    SELECT mode, encoding, name, control, value, with_control, with_value, in_all_rings,
        (SELECT group_concat(executor, ' ') FROM opinion
            WHERE opinion.behaviour = encodings.behaviour AND closer.shown_by >> opinion.number & 1) AS shown_by
    FROM encodings JOIN closer USING (behaviour);

CREATE VIEW witnesses AS
    SELECT encodings.mode, encoding, name, executor, kind, component, field, resource, a_ring,
        printf('0x%x', a_value) AS a_value, b_ring, printf('0x%x', b_value) AS b_value, replay
    FROM encodings JOIN witness ON witness.mode = mode_number AND witness.place = encodings.place;

CREATE VIEW divergences AS
    SELECT encodings.mode, encoding, name, cell, printf('0x%x', bits) AS bits, known,
        (SELECT group_concat(executor, ' ') FROM opinion
            WHERE opinion.behaviour = encodings.behaviour AND answer.executors >> opinion.number & 1) AS executors,
        printf('0x%x', value) AS value, outcome, vector, replay
    FROM encodings JOIN divergence ON divergence.mode = mode_number AND divergence.place = encodings.place
        JOIN answer ON answer.mode = divergence.mode AND answer.place = divergence.place
            AND answer.number = divergence.number;

CREATE VIEW crashes AS
    SELECT mode, encoding, name, executor, ring, vector AS signal
    FROM ends JOIN opinion USING (behaviour, number) JOIN encodings USING (behaviour) WHERE outcome = 'died';

CREATE VIEW hangs AS
    SELECT mode, encoding, name, executor, ring
    FROM ends JOIN opinion USING (behaviour, number) JOIN encodings USING (behaviour) WHERE outcome = 'hung';

CREATE VIEW progress AS
    SELECT machine, name AS mode, encodings,
        (SELECT count(*) FROM verdict WHERE verdict.mode = mode.mode AND place < 1 << 40) AS judged, wide,
        (SELECT ifnull(sum(encodings), 0) FROM range WHERE range.mode = mode.mode) AS compared, complete
    FROM mode;

CREATE VIEW findings AS
    SELECT json_extract(line, '$.id') AS id, json_extract(line, '$.class') AS class, json_extract(line, '$.why') AS why, json_extract(line, '$.mode') AS mode,
        json_extract(line, '$.encoding') AS encoding, json_extract(line, '$.cell') AS cell, json_extract(line, '$.reason') AS reason,
        json_extract(line, '$.decoder') AS decoder, json_extract(line, '$.executor') AS executor, json_extract(line, '$.search') AS search,
        json_extract(line, '$.ring3.outcome') AS outcome, json_extract(line, '$.ring3.vector') AS vector, json_extract(line, '$.ring3.length') AS length,
        json_extract(line, '$.witness') AS witness, line
    FROM hunt WHERE json_extract(line, '$.schema') = 'ringprobe.hunt/1' ORDER BY place;

-- The last row is where the hunt goes on.
CREATE VIEW positions AS
    SELECT json_extract(line, '$.search') AS search, json_extract(line, '$.mode') AS mode, json_extract(line, '$.round') AS round,
        json_extract(line, '$.next') AS next, json_extract(line, '$.encodings') AS encodings, json_extract(line, '$.runs') AS runs,
        json_extract(line, '$.given_up') AS given_up
    FROM hunt WHERE json_extract(line, '$.schema') = 'ringprobe.hunt-position/1' ORDER BY place;

-- One of the campaigns that merge --by-machine keeps apart.
CREATE VIEW machines AS
    SELECT machine, max(CASE name WHEN 'CPU' THEN value END) AS cpu,
        max(CASE name WHEN 'hypervisor' THEN value END) AS hypervisor,
        max(CASE name WHEN 'kernel' THEN value END) AS kernel,
        max(CASE name WHEN 'executors' THEN value END) AS executors
    FROM configuration GROUP BY machine;
