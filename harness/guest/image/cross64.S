/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Into a test and back out of it, in long mode. Every vector comes in on a stack of its own (IST), so that no
 * test needs to leave a usable RSP. */
#include "guest/places.h"

    .bss
    .balign 16
    .globl rp_guest_back_to, rp_guest_back_flags, rp_guest_back_cs, rp_guest_back_ss, rp_guest_entry
rp_guest_back_to: /* where rax rcx rdx rbx rsp rbp rsi rdi r8 to r15 are stored; rsp is the handler's */
    .skip 8
rp_guest_back: /* rax on its way there */
    .skip 8
rp_guest_back_flags:
    .skip 8
rp_guest_entry: /* the entry point, 0 to 511; the second half are those that gates moved by 800h lead to */
    .skip 8
rp_guest_back_cs:
    .skip 4
rp_guest_back_ss:
    .skip 4
harness_stack:
    .skip 8

    .text
/* void rp_guest_cross(const uint64_t reg[16], const uint64_t frame[5]): to where `frame` says (RIP CS RFLAGS RSP
 * SS). Comes back with what rp_guest_back_to points at and rp_guest_entry filled in, and the frame on the vector's
 * stack.
 * Live: rdi, rsi. Must survive: rbx rbp rsp r12 to r15. */
    .globl rp_guest_cross
rp_guest_cross:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, harness_stack(%rip)
    mov %rsi, %rsp
    mov %rdi, %rax
    mov 1 * 8(%rax), %rcx
    mov 2 * 8(%rax), %rdx
    mov 3 * 8(%rax), %rbx
    mov 5 * 8(%rax), %rbp
    mov 6 * 8(%rax), %rsi
    mov 7 * 8(%rax), %rdi
    mov 8 * 8(%rax), %r8
    mov 9 * 8(%rax), %r9
    mov 10 * 8(%rax), %r10
    mov 11 * 8(%rax), %r11
    mov 12 * 8(%rax), %r12
    mov 13 * 8(%rax), %r13
    mov 14 * 8(%rax), %r14
    mov 15 * 8(%rax), %r15
    mov (%rax), %rax
    iretq

/* Vectors 1 and 2 may also hit the image itself: MOV of a debug register under a DR7.GD that a test has left
 * (GD is clear now: made again, it works), and the timer. All registers are the interrupted code's, and it may be
 * on its way back from a test, so that only what hits a test is an entry. */
    .macro from_anywhere number
from_anywhere_\number:
    push %rax
    mov 8(%rsp), %rax
    sub $RP_GUEST_IMAGE, %rax
    cmp $RP_GUEST_IMAGE_SIZE, %rax
    pop %rax
    jae 1f
    .if \number == 1
    movl $1, rp_guest_general_detect(%rip)
    .endif
    iretq
1:  movl $\number, rp_guest_entry(%rip)
    jmp back
    .endm
    from_anywhere 1
    from_anywhere 2

/* All registers are the test's, but RSP; direction and nested-task flags too. */
back:
    mov %rax, rp_guest_back(%rip)
    mov rp_guest_back_to(%rip), %rax
    mov %rcx, 1 * 8(%rax)
    mov %rdx, 2 * 8(%rax)
    mov %rbx, 3 * 8(%rax)
    mov %rsp, 4 * 8(%rax)
    mov %rbp, 5 * 8(%rax)
    mov %rsi, 6 * 8(%rax)
    mov %rdi, 7 * 8(%rax)
    mov %r8, 8 * 8(%rax)
    mov %r9, 9 * 8(%rax)
    mov %r10, 10 * 8(%rax)
    mov %r11, 11 * 8(%rax)
    mov %r12, 12 * 8(%rax)
    mov %r13, 13 * 8(%rax)
    mov %r14, 14 * 8(%rax)
    mov %r15, 15 * 8(%rax)
    mov rp_guest_back(%rip), %rcx
    mov %rcx, (%rax)
    mov harness_stack(%rip), %rsp
    pushfq
    pop rp_guest_back_flags(%rip)
    /* SYSENTER loads CS and SS as no descriptor has them: the IRET of a tick would make something else of them. */
    mov %cs, %eax
    mov %eax, rp_guest_back_cs(%rip)
    mov %ss, %eax
    mov %eax, rp_guest_back_ss(%rip)
    xor %eax, %eax
    mov %eax, %ss
    push $0x10
    push $1f
    lretq
1:  push $2
    popfq
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

/* void rp_guest_unblock(void): lets NMIs in again, which only IRET does (SDM Vol. 3A 6.7.1).
 * void rp_guest_load_flags(unsigned long flags): VIF and VIP too, which POPF leaves alone. */
    .globl rp_guest_unblock, rp_guest_load_flags
rp_guest_unblock:
    pushfq
    pop %rdi
rp_guest_load_flags:
    mov %rsp, %rax
    xor %edx, %edx
    mov %ss, %edx
    push %rdx
    push %rax
    push %rdi
    mov %cs, %edx
    push %rdx
    push $1f
    iretq
1:  ret

/* Where the entry points of the arena lead: 16 bytes each. */
    .balign 16
    .globl rp_guest_stubs
rp_guest_stubs:
    .set number, 0
    .rept 512
    .balign 16
    .if number == 1
    jmp from_anywhere_1
    .elseif number == 2
    jmp from_anywhere_2
    .else
    movl $number, rp_guest_entry(%rip)
    .byte 0xe9
    .long back - . - 4
    .endif
    .set number, number + 1
    .endr

    .section .note.GNU-stack, "", @progbits
