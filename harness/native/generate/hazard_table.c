/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the hazards as an assembly file: rows of bytes, which need neither a reader nor a relocation. Run by
 * the build; its argument is the file. */
#include "x86/hazards.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    size_t count;
    const struct rp_hazard *rules = rp_hazards(&count);
    const unsigned char *bytes = (const unsigned char *)rules;
    FILE *file = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (!file || count == 0 || count > 254)
        return 1;
    fprintf(file, "/* Generated from corpus/hazards.tsv by harness/native/generate/hazard_table.c. */\n"
                  "    .section .rodata\n    .balign 16\n"
                  "    .globl rp_native_hazards, rp_native_hazard_count\nrp_native_hazards:\n");
    for (size_t i = 0; i < count * sizeof *rules; i++)
        fprintf(file, "%s%u", i % 32 ? "," : "\n    .byte ", bytes[i]);
    fprintf(file,
            "\n    .balign 8\nrp_native_hazard_count:\n    .quad %zu\n"
            "    .section .note.GNU-stack, \"\", @progbits\n",
            count);
    return fclose(file) == 0 ? 0 : 1;
}
