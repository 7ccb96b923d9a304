/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executors, one row a folder of harness. CMakeLists.txt decides which of them this build has:
 * RP_WITH_NAME. */
#include "executor/registry.h"

#if RP_WITH_UNICORN
#include "unicorn/unicorn.h"
#define UNICORN &rp_executor_unicorn
#else
#define UNICORN NULL
#endif

#if RP_WITH_NATIVE
#include "native/native.h"
#define NATIVE &rp_executor_native
#else
#define NATIVE NULL
#endif

#if RP_WITH_KVM
#include "kvm/kvm.h"
#define KVM &rp_executor_kvm
#else
#define KVM NULL
#endif

#if RP_WITH_QEMU
#include "qemu/qemu.h"
#define QEMU &rp_executor_qemu
#else
#define QEMU NULL
#endif

#if RP_WITH_BOCHS
#include "bochs/bochs.h"
#define BOCHS &rp_executor_bochs
#else
#define BOCHS NULL
#endif

#if defined(__x86_64__)
#define X86_ONLY LATER
#else
#define X86_ONLY "x86-64 hosts only; this is another, build and run it there"
#endif
#define LATER "comes with a later version of ringprobe"

const struct rp_executor_entry rp_executor_entries[] = {
    {.name = "unicorn",
     .executor = UNICORN,
     .missing = RP_WITH_UNICORN ? NULL : "left out of this build; install libunicorn-dev and build again"},
    {.name = "native", .executor = NATIVE, .missing = RP_WITH_NATIVE ? NULL : X86_ONLY},
    {.name = "kvm", .executor = KVM, .missing = RP_WITH_KVM ? NULL : X86_ONLY},
    {.name = "bochs", .executor = BOCHS, .missing = RP_WITH_BOCHS ? NULL : X86_ONLY},
    {.name = "qemu", .executor = QEMU, .missing = RP_WITH_QEMU ? NULL : X86_ONLY},
};
const size_t rp_executor_entry_count = sizeof rp_executor_entries / sizeof rp_executor_entries[0];
