/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rig of tests/support with Unicorn in it; see rig.h. */
#include "unicorn/rig.h"

int rig_open(void **state)
{
    (void)state;
    return rig_open_executor("unicorn");
}
