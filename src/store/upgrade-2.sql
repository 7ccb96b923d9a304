-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 2 gave every exception of the wide space a verdict of its own: no range has a place of that space. (Files of
-- its last days do count exceptions with each other, without saying so: which of the two is not known.)
INSERT INTO configuration SELECT * FROM old.configuration;
INSERT INTO resource SELECT * FROM old.resource;
INSERT INTO effort SELECT * FROM old.effort;
INSERT INTO mode SELECT * FROM old.mode;
INSERT INTO range SELECT * FROM old.range;
INSERT INTO hunt SELECT * FROM old.hunt;
