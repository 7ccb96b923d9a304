-- SPDX-License-Identifier: GPL-2.0-or-later
-- What a campaign of any version before becomes in a file that schema.sql made: these tables are as they were, and the
-- views are those of this version. The rest is in upgrade-1.sql, upgrade-2.sql ..., by the version that it was.
INSERT INTO implicit SELECT * FROM old.implicit;
INSERT INTO behaviour SELECT * FROM old.behaviour;
INSERT INTO opinion SELECT * FROM old.opinion;
INSERT INTO closer SELECT * FROM old.closer;
INSERT INTO verdict SELECT * FROM old.verdict;
INSERT INTO witness SELECT * FROM old.witness;
INSERT INTO divergence SELECT * FROM old.divergence;
INSERT INTO answer SELECT * FROM old.answer;
