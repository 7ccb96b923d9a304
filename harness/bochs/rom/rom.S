/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All the firmware that Bochs needs: the last 64 KiB below 4 GiB, seen at F0000h too. It makes Bochs give all of
 * its memory a place (which it does as pages are first touched, so in this order they follow each other), leaves
 * marks by which the driver finds it (harness/bochs/memory.h), and stops. When it is let go on, it starts the
 * image that the driver has laid there by then, as multiboot does. A CPU that a triple fault has reset comes here
 * again. */
#include "bochs/rom.h"
#include "guest/places.h"

    .text
    .code16
start:
    cli
    lgdtl %cs:(gdtr - start)
    mov $1, %eax
    mov %eax, %cr0
    ljmpl $8, $flat
    .balign 8
gdt: /* the flat segments of multiboot */
    .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr:
    .word 23
    .long gdt
    .code32
flat:
    mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    cld
    xor %esi, %esi
1:  mov (%esi), %eax
    add $0x1000, %esi
    cmp $RP_GUEST_MEMORY, %esi
    jb 1b
    movl $RP_BOCHS_MARK, 0
    movl $RP_BOCHS_MARK_IMAGE, RP_GUEST_IMAGE
    movl $RP_BOCHS_MARK_END, RP_GUEST_MEMORY - 4
    xchg %bx, %bx /* Bochs' debugger stops behind it (magic_break) */
    mov $0x2badb002, %eax
    jmp *RP_GUEST_IMAGE + RP_GUEST_HEADER_ENTRY

    .code16
    .org RP_BOCHS_ROM_SIZE - 16
    ljmp $RP_BOCHS_ROM_BASE >> 4, $0
    .org RP_BOCHS_ROM_SIZE
    .section .note.GNU-stack, "", @progbits
