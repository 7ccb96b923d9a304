-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 1 knew neither the wide space, nor hunts, nor several machines in one file.
INSERT INTO configuration SELECT 0, name, value FROM old.configuration;
INSERT INTO configuration VALUES (0, 'space', 'forms');
INSERT INTO resource SELECT 0, name, screened_in, settable FROM old.resource;
INSERT INTO effort SELECT 0, * FROM old.effort;
INSERT INTO mode SELECT *, 0, 0 FROM old.mode;
