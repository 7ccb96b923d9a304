/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Into real mode and back. The last steps of the way in and the first of the way out stand below 1 MiB, in a page
 * that no mode has mapped, and are reached by CS = 1000h, which means the same in both modes: so a tick of the
 * guard may come at any time. Its table of vectors holds for both modes too, see real32.c. */
#include "guest/places.h"

#define AT(label) ((label) - rp_guest_real_code + RP_GUEST_REAL_CODE)
#define IN(field) %cs:RP_GUEST_REAL_DATA + (field)

/* struct rp_guest_real of real32.c. */
    .set CR0, 0
    .set FLAGS, 4
    .set STACK, 8
    .set TARGET, 14 /* ip, cs */
    .set GDTR, 18
    .set IDTR, 24
    .set SEGMENTS, 30 /* es ds fs gs */
    .set OWN_GDTR, 38
    .set OWN_IDTR, 44
    .set REG, 52 /* eax ecx edx ebx esp ebp esi edi */
    .set BACK_REG, 84
    .set BACK_SEGMENTS, 116 /* es ds fs gs ss */
    .set BACK_GDTR, 126
    .set BACK_IDTR, 132
    .set BACK_FLAGS, 140
    .set BACK_CR0, 144

    .section .rodata
    .balign 16
    .globl rp_guest_real_code, rp_guest_real_code_end, rp_guest_real_direct, rp_guest_real_frame
    .globl rp_guest_real_stub, rp_guest_real_tick
    .code16
rp_guest_real_code:
    .macro load_all
    mov IN(CR0), %eax
    mov %eax, %cr0
    ljmp $RP_GUEST_REAL_CS, $AT(1f)
1:  mov IN(SEGMENTS), %es
    mov IN(SEGMENTS + 2), %ds
    mov IN(SEGMENTS + 4), %fs
    mov IN(SEGMENTS + 6), %gs
    lgdtl IN(GDTR)
    lidtl IN(IDTR)
    .endm

    .macro load_general
    mov IN(REG + 4), %ecx
    mov IN(REG + 8), %edx
    mov IN(REG + 12), %ebx
    mov IN(REG + 20), %ebp
    mov IN(REG + 24), %esi
    mov IN(REG + 28), %edi
    lssl IN(STACK), %esp
    mov IN(REG), %eax
    .endm

/* Without a word on the test's stack. */
direct:
    load_all
    pushl IN(FLAGS)
    popfl
    load_general
    ljmpw *IN(TARGET)

/* By a frame that stands there, for flags that would trap. */
frame:
    load_all
    load_general
    iretl

/* Each vector calls this: behind its own address stand IP, CS and FLAGS of the test. */
stub:
    mov %eax, IN(BACK_REG)
    mov %ecx, IN(BACK_REG + 4)
    mov %edx, IN(BACK_REG + 8)
    mov %ebx, IN(BACK_REG + 12)
    mov %esp, IN(BACK_REG + 16)
    mov %ebp, IN(BACK_REG + 20)
    mov %esi, IN(BACK_REG + 24)
    mov %edi, IN(BACK_REG + 28)
    mov %es, IN(BACK_SEGMENTS)
    mov %ds, IN(BACK_SEGMENTS + 2)
    mov %fs, IN(BACK_SEGMENTS + 4)
    mov %gs, IN(BACK_SEGMENTS + 6)
    mov %ss, IN(BACK_SEGMENTS + 8)
    lssl %cs:AT(own_stack), %esp
    pushfl
    popl IN(BACK_FLAGS)
    sgdtl IN(BACK_GDTR)
    sidtl IN(BACK_IDTR)
    mov %cr0, %eax
    mov %eax, IN(BACK_CR0)
    lgdtl IN(OWN_GDTR)
    lidtl IN(OWN_IDTR)
    and $0x7fffffff, %eax
    or $1, %eax
    mov %eax, %cr0
    ljmpl $0x08, $rp_guest_real_back

/* Loaded by LSS: QEMU takes a tick between MOV of SS and MOV of ESP, which then pushes anywhere. */
    .balign 4
own_stack:
    .long RP_GUEST_REAL_SP
    .word RP_GUEST_REAL_SS

/* A tick while real mode is the image's own. */
tick:
    iretw
    .balign 4
rp_guest_real_code_end:

    .set rp_guest_real_direct, AT(direct)
    .set rp_guest_real_frame, AT(frame)
    .set rp_guest_real_stub, AT(stub)
    .set rp_guest_real_tick, AT(tick)

    .code32
    .bss
    .globl rp_guest_real_back_cr3, rp_guest_real_back_cr4
rp_guest_real_back_cr3:
    .skip 4
rp_guest_real_back_cr4:
    .skip 4
harness_stack: /* esp, ss */
    .skip 8

    .text
/* void rp_guest_real_jump(uint32_t offset, uint32_t data): leaves paging, loads segments as real mode has them
 * (`data` is a selector of 64 KiB from 0), and goes to `offset` of RP_GUEST_REAL_CS. */
    .globl rp_guest_real_jump
rp_guest_real_jump:
    push %ebx
    push %esi
    push %edi
    push %ebp
    mov %esp, harness_stack
    movl $RP_GUEST_DATA, harness_stack + 4
    mov 20(%esp), %ecx
    mov 24(%esp), %edx
    lidtl RP_GUEST_REAL_BASE + RP_GUEST_REAL_DATA + RP_GUEST_LOW + OWN_IDTR
    mov %cr0, %eax
    and $0x7fffffff, %eax
    mov %eax, %cr0
    mov %edx, %ds
    mov %edx, %es
    mov %edx, %fs
    mov %edx, %gs
    lssl %cs:own_stack, %esp
    pushl $RP_GUEST_REAL_CS
    push %ecx
    lretl

    .globl rp_guest_real_back
rp_guest_real_back:
    mov $RP_GUEST_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    lssl harness_stack, %esp /* see own_stack */
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    mov %cr3, %eax
    mov %eax, rp_guest_real_back_cr3
    mov %cr4, %eax
    mov %eax, rp_guest_real_back_cr4
    and $~0x20, %eax /* PAE: the tables are not made for it */
    mov %eax, %cr4
    mov rp_guest_real_root, %eax
    mov %eax, %cr3
    mov %cr0, %eax
    or $0x80000000, %eax
    mov %eax, %cr0
    push $2
    popfl
    pop %ebp
    pop %edi
    pop %esi
    pop %ebx
    ret

    .section .note.GNU-stack, "", @progbits
