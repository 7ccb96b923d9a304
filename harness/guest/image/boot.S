/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the loader to C: the multiboot header, boot page tables, and in the 64-bit image long mode. */
#include "guest/places.h"

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x00010000 /* addresses stand in the header: the image is no ELF file */

    .section .multiboot, "a"
    .balign 4
header:
    .long MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
    .long header, RP_GUEST_IMAGE, rp_guest_load_end, rp_guest_end, rp_guest_start
    .long rp_guest_constant_end /* RP_GUEST_HEADER_CONSTANT: for who compares it */

    .section .rodata
    .balign 8
/* The selectors of ring 0 that the arena has too (state/arena.h): 08h, 10h, 18h. */
boot_gdt:
    .quad 0, 0x00cf9b000000ffff, 0x00af9b000000ffff, 0x00cf93000000ffff
boot_gdtr:
    .word 31
    .long boot_gdt, 0

    .bss
    .balign 4096
    .globl rp_guest_boot_root
#if defined(__x86_64__)
rp_guest_boot_root:
    .skip 4096
pointers:
    .skip 4096
pages: /* 4 GiB by 2 MiB */
    .skip 4 * 4096
#else
rp_guest_boot_root: /* 4 GiB by 4 MiB */
    .skip 4096
#endif
    .skip 0x8000
stack_top:

    .text
    .code32
    .globl rp_guest_start
rp_guest_start:
    cli
    cld
    mov $stack_top, %esp
    lgdt boot_gdtr
#if defined(__x86_64__)
    mov $pages, %edi
    mov $0x83, %eax /* present, writable, large */
1:  mov %eax, (%edi)
    add $8, %edi
    add $0x200000, %eax
    jnc 1b
    mov $pages + (RP_GUEST_LOW >> 21) * 8, %edi
    mov $0x83, %eax
2:  mov %eax, (%edi)
    add $8, %edi
    add $0x200000, %eax
    cmp $RP_GUEST_LOW_SIZE, %eax
    jb 2b
    mov $pointers, %edi
    mov $pages + 3, %eax
3:  mov %eax, (%edi)
    add $8, %edi
    add $0x1000, %eax
    cmp $pages + 0x4000, %eax
    jb 3b
    movl $pointers + 3, rp_guest_boot_root
    mov $0x20, %eax /* PAE */
    mov %eax, %cr4
    mov $rp_guest_boot_root, %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx
    rdmsr
    or $0x100, %eax /* LME */
    wrmsr
    mov $0x80010031, %eax /* PG WP NE ET PE */
    mov %eax, %cr0
    ljmp $0x10, $long_mode
    .code64
long_mode:
    xor %ebp, %ebp
#else
    mov $rp_guest_boot_root, %edi
    mov $0x83, %eax
1:  mov %eax, (%edi)
    add $4, %edi
    add $0x400000, %eax
    jnc 1b
    movl $0x000083, rp_guest_boot_root + (RP_GUEST_LOW >> 22) * 4
    movl $0x400083, rp_guest_boot_root + (RP_GUEST_LOW >> 22) * 4 + 4
    movl $0x800083, rp_guest_boot_root + (RP_GUEST_LOW >> 22) * 4 + 8
    mov $0x10, %eax /* PSE */
    mov %eax, %cr4
    mov $rp_guest_boot_root, %eax
    mov %eax, %cr3
    mov $0x80010031, %eax
    mov %eax, %cr0
    ljmp $0x08, $protected_mode
protected_mode:
    xor %ebp, %ebp
#endif
    mov $0x18, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    call rp_guest_main
    ud2

    .section .note.GNU-stack, "", @progbits
