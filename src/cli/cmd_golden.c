/* SPDX-License-Identifier: GPL-2.0-or-later */
/* golden: what does this machine do, and does that one do the same? */
#include "cli/cli.h"

#include "cli/golden.h"
#include "cli/moo_files.h"
#include "golden/kind.h"

#include <string.h>

static int check(const struct rp_options *options, struct rp_error *error)
{
    if (options->executor_count != 1)
        return rp_error_set(error, RP_EINPUT, "golden asks one executor, not %u; name one with -x",
                            options->executor_count);
    return RP_OK;
}

/* Each operand is a record. */
static int check_kinds(char *const *paths, struct rp_error *error)
{
    enum rp_golden_kind kind;
    int result = RP_OK;
    for (size_t i = 0; paths[i] && result == RP_OK; i++) {
        result = rp_golden_kind(paths[i], &kind, error);
        if (result == RP_OK && kind == RP_GOLDEN_MOO)
            result = rp_error_set(error, RP_EINPUT, "'%s' is a MOO file; verify it without golden records",
                                  paths[i]);
    }
    return result;
}

/* What there is to say is said, also where something fails behind it. */
static int verify_files(const struct rp_options *options, bool *news, struct rp_error *error)
{
    struct rp_output output = {0};
    struct rp_error failure = {0};
    char *const *paths = options->operands + 1;
    int result = rp_output_begin(&output, options->output, error);
    if (result == RP_OK)
        result = rp_output_spares(&output, paths, error);
    if (result)
        return result;
    if (rp_moo_files_meant(paths))
        result = rp_golden_cli_verify_moo(options, &output, news, error);
    else
        result = check_kinds(paths, error);
    if (result == RP_OK && !rp_moo_files_meant(paths))
        result = rp_golden_cli_verify_records(options, &output, news, error);
    if (result == RP_OK || output.text.length == 0)
        return rp_output_end(&output, result, error);
    if (rp_output_end(&output, RP_OK, &failure))
        rp_note("%s", failure.line);
    return result;
}

int rp_cmd_golden(const struct rp_options *options, struct rp_error *error)
{
    const char *what = options->operands[0];
    bool news = false;
    int result = check(options, error);
    if (result)
        return result;
    if (strcmp(what, "record") == 0)
        return rp_golden_cli_record(options, error);
    if (strcmp(what, "verify") != 0)
        return rp_error_set(error, RP_EINPUT, "'%s' is nothing that golden does, say record or verify", what);
    if (options->operand_count < 2)
        return rp_error_set(
            error, RP_EINPUT,
            "golden verify needs a FILE: what golden record made, or MOO files of recorded hardware tests");
    result = verify_files(options, &news, error);
    return result == RP_OK && news ? RP_EXIT_NEWS : result;
}
