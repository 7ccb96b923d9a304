-- SPDX-License-Identifier: GPL-2.0-or-later
-- What a campaign of version 1 becomes in a file that schema.sql made: version 1 knew neither the wide space nor
-- several machines in one file.
INSERT INTO configuration SELECT 0, name, value FROM old.configuration;
INSERT INTO configuration VALUES (0, 'space', 'forms');
INSERT INTO resource SELECT 0, name, screened_in, settable FROM old.resource;
INSERT INTO effort SELECT 0, * FROM old.effort;
INSERT INTO mode SELECT *, 0, 0 FROM old.mode;
INSERT INTO implicit SELECT * FROM old.implicit;
INSERT INTO behaviour SELECT * FROM old.behaviour;
INSERT INTO opinion SELECT * FROM old.opinion;
INSERT INTO closer SELECT * FROM old.closer;
INSERT INTO verdict SELECT * FROM old.verdict;
INSERT INTO witness SELECT * FROM old.witness;
INSERT INTO divergence SELECT * FROM old.divergence;
INSERT INTO answer SELECT * FROM old.answer;
