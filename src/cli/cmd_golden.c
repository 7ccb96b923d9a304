/* SPDX-License-Identifier: GPL-2.0-or-later */
/* golden: what does this machine do, and does that one do the same? */
#include "cli/cli.h"

#include "cli/golden.h"
#include "cli/moo_files.h"
#include "golden/kind.h"

#include <string.h>

/* By kind of file. */
static rp_golden_cli_verify *const verify[RP_GOLDEN_KIND_COUNT] = {
    [RP_GOLDEN_RECORD] = rp_golden_cli_verify_record,
};

static int check(const struct rp_options *options, struct rp_error *error)
{
    if (options->executor_count != 1)
        return rp_error_set(error, RP_EINPUT, "golden asks one executor, not %u; name one with -x",
                            options->executor_count);
    return RP_OK;
}

static int verify_file(const struct rp_options *options, const char *path, struct rp_output *output,
                       bool *news, struct rp_error *error)
{
    enum rp_golden_kind kind;
    int result = rp_golden_kind(path, &kind, error);
    if (result)
        return result;
    if (!verify[kind])
        return rp_error_set(error, RP_EINPUT, "'%s' is a MOO file; verify it without golden records", path);
    return verify[kind](options, path, output, news, error);
}

static int verify_files(const struct rp_options *options, bool *news, struct rp_error *error)
{
    struct rp_output output = {0};
    int result = rp_output_begin(&output, options->output, error);
    if (result)
        return result;
    bool moo = rp_moo_files_meant(options->operands + 1);
    if (moo)
        result = rp_golden_cli_verify_moo(options, &output, news, error);
    for (int i = 1; !moo && i < options->operand_count && result == RP_OK; i++)
        result = verify_file(options, options->operands[i], &output, news, error);
    return rp_output_end(&output, result, error);
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
