/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Into a test of a legacy mode and back out of it. From ring 3 vectors come in on the stack of the TSS; from ring
 * 0 on the test's own, below what it uses; where that is no stack, the double fault is a task of its own. What
 * the image runs in is flat: 08h and 18h of load.c's table; what vectors come in by is tables.c's. */
#include "guest/places.h"

    .bss
    .balign 16
    .globl rp_guest_back, rp_guest_back_segments, rp_guest_back_gdtr, rp_guest_back_idtr, rp_guest_entry, rp_guest_jump
rp_guest_back: /* eax ecx edx ebx esp ebp esi edi, 8 bytes each; esp is the handler's, behind what it pushed */
    .skip 17 * 8
rp_guest_back_segments: /* es cs ss ds fs gs, as found by the handler */
    .skip 6 * 4
rp_guest_back_gdtr:
    .skip 8
rp_guest_back_idtr:
    .skip 8
rp_guest_entry:
    .skip 4
harness_stack: /* esp, ss */
    .skip 8
/* struct rp_guest_jump of cross32.c. */
    .balign 8
rp_guest_jump:
    .skip 320
    .set JUMP_FLAGS, rp_guest_jump + 0
    .set JUMP_STACK, rp_guest_jump + 4    /* esp, ss */
    .set JUMP_TARGET, rp_guest_jump + 12  /* eip, cs */
    .set JUMP_ES, rp_guest_jump + 20
    .set JUMP_DS, rp_guest_jump + 24
    .set JUMP_FS, rp_guest_jump + 28
    .set JUMP_GS, rp_guest_jump + 32
    .set JUMP_LDTR, rp_guest_jump + 36
    .set JUMP_REG, rp_guest_jump + 40     /* eax ecx edx ebx - ebp esi edi */
    .set JUMP_GDTR, rp_guest_jump + 72
    .set JUMP_IDTR, rp_guest_jump + 80
    .set JUMP_FRAME, rp_guest_jump + 152  /* 9 words; a tick may push below them */

    .balign 16
    .skip 512
    .globl rp_guest_stack_double
rp_guest_stack_double:

    .text
/* By the code segment that holds in the test's table too: a tick behind load_tables comes back by it. */
    .macro enter
    push %ebx
    push %esi
    push %edi
    push %ebp
    mov %esp, harness_stack
    movl $RP_GUEST_DATA, harness_stack + 4
    pushl rp_guest_handler_code
    pushl $entered_\@
    lretl
entered_\@:
    .endm

/* Data segments and LDTR; DS last, all behind it goes by CS. Clobbers eax. */
    .macro load_segments
    mov JUMP_ES, %eax
    mov %eax, %es
    mov JUMP_FS, %eax
    mov %eax, %fs
    mov JUMP_GS, %eax
    mov %eax, %gs
    mov JUMP_LDTR, %eax
    mov JUMP_DS, %ecx
    lldt %ax
    mov %ecx, %ds
    .endm

    .macro load_tables
    lgdtl %cs:JUMP_GDTR
    lidtl %cs:JUMP_IDTR
    .endm

    .macro load_general
    mov %cs:JUMP_REG + 4, %ecx
    mov %cs:JUMP_REG + 8, %edx
    mov %cs:JUMP_REG + 12, %ebx
    mov %cs:JUMP_REG + 20, %ebp
    mov %cs:JUMP_REG + 24, %esi
    mov %cs:JUMP_REG + 28, %edi
    mov %cs:JUMP_REG, %eax
    .endm

/* void rp_guest_cross_outer(void): to ring 3 or vm86, by the frame. */
    .globl rp_guest_cross_outer
rp_guest_cross_outer:
    enter
    load_segments
    lssl %cs:JUMP_STACK, %esp
    load_tables
    load_general
    iretl

/* void rp_guest_cross_inner(void): to ring 0, without a word on the test's stack. */
    .globl rp_guest_cross_inner
rp_guest_cross_inner:
    enter
    pushl JUMP_FLAGS
    popfl
    load_segments
    lssl %cs:JUMP_STACK, %esp
    load_tables
    load_general
    ljmpl *%cs:JUMP_TARGET

/* void rp_guest_cross_inner_frame(void): to ring 0 by a frame on the test's stack, for flags that would trap. */
    .globl rp_guest_cross_inner_frame
rp_guest_cross_inner_frame:
    enter
    load_segments
    lssl %cs:JUMP_STACK, %esp
    load_tables
    load_general
    iretl

/* Vectors 1 and 2 may also hit the image itself; see cross64.S. */
from_anywhere:
    push %eax
    mov 8(%esp), %eax
    sub $RP_GUEST_IMAGE, %eax
    cmp $RP_GUEST_IMAGE_SIZE, %eax
    pop %eax
    jae back
    cmpl $1, (%esp)
    jne 1f
    movl $1, rp_guest_general_detect
1:  add $4, %esp
    iretl

/* On the stack: number of the entry, then the CPU's frame. All registers are the test's. Pops, because the stack
 * may have 16 bits. */
back:
    push %ds
    push %eax
    mov %cs:rp_guest_handler_data, %eax
    mov %eax, %ds
    mov %ecx, rp_guest_back + 1 * 8
    mov %edx, rp_guest_back + 2 * 8
    mov %ebx, rp_guest_back + 3 * 8
    mov %ebp, rp_guest_back + 5 * 8
    mov %esi, rp_guest_back + 6 * 8
    mov %edi, rp_guest_back + 7 * 8
    pop %eax
    mov %eax, rp_guest_back
    pop %eax
    mov %eax, rp_guest_back_segments + 3 * 4
    pop %eax
    mov %eax, rp_guest_entry
    mov %esp, rp_guest_back + 4 * 8
    mov %es, %eax
    mov %eax, rp_guest_back_segments + 0 * 4
    mov %cs, %eax
    mov %eax, rp_guest_back_segments + 1 * 4
    mov %ss, %eax
    mov %eax, rp_guest_back_segments + 2 * 4
    mov %fs, %eax
    mov %eax, rp_guest_back_segments + 4 * 4
    mov %gs, %eax
    mov %eax, rp_guest_back_segments + 5 * 4
    .globl rp_guest_back_flat
rp_guest_back_flat:
    sgdtl rp_guest_back_gdtr
    sidtl rp_guest_back_idtr
    lgdtl rp_guest_load_gdtr
    lidtl rp_guest_load_idtr
    mov $RP_GUEST_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    lssl harness_stack, %esp /* at once, see own_stack of real32.S */
    pushfl
    popl rp_guest_back + 16 * 8
    ljmpl $0x08, $1f
1:  push $2
    popfl
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    pop %ebp
    pop %edi
    pop %esi
    pop %ebx
    ret

/* The task of the double fault: all of the test's registers stand in its TSS. */
    .globl rp_guest_double
rp_guest_double:
    movl $0x80000008, rp_guest_entry
    jmp rp_guest_back_flat

/* #DB in the image, whose data segments are flat by then. */
    .globl rp_guest_detect
rp_guest_detect:
    movl $1, rp_guest_general_detect
    iretl

    .globl rp_guest_tick
rp_guest_tick:
    iretl

    .globl rp_guest_unblock, rp_guest_load_flags
rp_guest_unblock:
    pushfl
    jmp 1f
/* void rp_guest_load_flags(unsigned long flags) */
rp_guest_load_flags:
    pushl 4(%esp)
1:  push %cs
    push $2f
    iretl
2:  ret

    .balign 16
    .globl rp_guest_stubs
rp_guest_stubs:
    .set number, 0
    .rept 512
    .balign 16
    .byte 0x68
    .long number
    .byte 0xe9
    .if number == 1 || number == 2
    .long from_anywhere - . - 4
    .else
    .long back - . - 4
    .endif
    .set number, number + 1
    .endr

    .section .note.GNU-stack, "", @progbits
