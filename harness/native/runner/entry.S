/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Into the test and out of it. Nothing here may rely on a register or flag that the test could have changed, until
 * it has loaded it itself. Offsets are those of runner.h, which static_asserts them. */
#define BACK_REG        4096
#define BACK_END        4240
#define BACK_HOST_STACK 4248
#define BACK_ENTRY      4256
#define BACK_MASK       4264
#define BACK_INSIDE     4272
#define SLOT_AREA_AT    (348)
#define END_TICK        2

/* enum rp_reg */
#define RAX 0
#define RCX 8
#define RDX 16
#define RBX 24
#define RSP 32
#define RBP 40
#define RSI 48
#define RDI 56
#define R(n) (8 * n)
#define RIP 128
#define RFLAGS 136

    .text
    .hidden rp_native_back, rp_native_ticked
/* The system gives it the stack that it begins with: argc, argv, environment, auxiliary vector. */
    .globl _start
_start:
    xor %ebp, %ebp
    mov %rsp, %rdi
    and $-16, %rsp
    call rp_native_main
    ud2

/* What every entry begins with: the stack to come back to, and the extended state. From where the stack is known to
 * `finish`, a tick ends the run (signal.c).
 * Live: rdi the slot, rsi rdx rcx arguments. Free: rax, r8 to r11. */
.macro begin
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, rp_native_back + BACK_HOST_STACK(%rip)
    movq $1, rp_native_back + BACK_INSIDE(%rip)
    cmpl $0, rp_native_ticked(%rip) /* one that came before may have been the last */
    jne cut_short
    mov %rdx, %r8
    mov rp_native_back + BACK_MASK(%rip), %eax
    mov rp_native_back + BACK_MASK + 4(%rip), %edx
    movslq SLOT_AREA_AT(%rdi), %r9
    xrstor64 (%rdi,%r9)
    mov %r8, %rdx
.endm

/* All general registers but RSP and RDI, from what RDI points at. Flags survive: MOV changes none. */
.macro load_most
    mov RAX(%rdi), %rax
    mov RCX(%rdi), %rcx
    mov RDX(%rdi), %rdx
    mov RBX(%rdi), %rbx
    mov RBP(%rdi), %rbp
    mov RSI(%rdi), %rsi
    mov R(8)(%rdi), %r8
    mov R(9)(%rdi), %r9
    mov R(10)(%rdi), %r10
    mov R(11)(%rdi), %r11
    mov R(12)(%rdi), %r12
    mov R(13)(%rdi), %r13
    mov R(14)(%rdi), %r14
    mov R(15)(%rdi), %r15
.endm

    .globl rp_native_enter_jump
rp_native_enter_jump:
    begin
    push RFLAGS(%rdi)
    popfq
    load_most
    mov RSP(%rdi), %rsp
    mov RDI(%rdi), %rdi
    jmp *rp_native_back + BACK_ENTRY(%rip)

/* rsi CS, rdx SS, rcx flags. */
    .globl rp_native_enter_iret
rp_native_enter_iret:
    begin
    push %rdx
    push RSP(%rdi)
    push %rcx
    push %rsi
    push rp_native_back + BACK_ENTRY(%rip)
    load_most
    mov RDI(%rdi), %rdi
    iretq

/* The stub comes here: CS = 33h, all else is the test's, SS and flags too. No stack until RSP is the host's. */
    .globl rp_native_exit
rp_native_exit:
    mov %rsp, rp_native_back + BACK_REG + RSP(%rip)
    mov rp_native_back + BACK_HOST_STACK(%rip), %rsp
    pushfq
    push $2
    popfq
    mov %rax, rp_native_back + BACK_REG + RAX(%rip)
    mov %rcx, rp_native_back + BACK_REG + RCX(%rip)
    mov %rdx, rp_native_back + BACK_REG + RDX(%rip)
    mov %rbx, rp_native_back + BACK_REG + RBX(%rip)
    mov %rbp, rp_native_back + BACK_REG + RBP(%rip)
    mov %rsi, rp_native_back + BACK_REG + RSI(%rip)
    mov %rdi, rp_native_back + BACK_REG + RDI(%rip)
    mov %r8, rp_native_back + BACK_REG + R(8)(%rip)
    mov %r9, rp_native_back + BACK_REG + R(9)(%rip)
    mov %r10, rp_native_back + BACK_REG + R(10)(%rip)
    mov %r11, rp_native_back + BACK_REG + R(11)(%rip)
    mov %r12, rp_native_back + BACK_REG + R(12)(%rip)
    mov %r13, rp_native_back + BACK_REG + R(13)(%rip)
    mov %r14, rp_native_back + BACK_REG + R(14)(%rip)
    mov %r15, rp_native_back + BACK_REG + R(15)(%rip)
    pop %rax
    mov %rax, rp_native_back + BACK_REG + RFLAGS(%rip)
    mov rp_native_back + BACK_MASK(%rip), %eax
    mov rp_native_back + BACK_MASK + 4(%rip), %edx
    xsave64 rp_native_back(%rip)
    ldmxcsr mxcsr(%rip) /* an unmasked exception would be ours from here on */
    movq $0, rp_native_back + BACK_END(%rip)
/* Back to the caller of rp_native_enter, from either way out. RSP is as `begin` left it. */
finish:
    movq $0, rp_native_back + BACK_INSIDE(%rip)
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
    .globl rp_native_exit_end
rp_native_exit_end:

cut_short:
    movq $END_TICK, rp_native_back + BACK_END(%rip)
    jmp finish

/* A signal, on its own stack: rdi number, rsi siginfo, rdx ucontext. The kernel leaves NT, AC and ID as the test
 * set them; with NT each IRETQ from here on would be #GP. rp_native_signal returns true if the run is over. It
 * never returns to the test: what was interrupted otherwise is the host, by the timer. */
    .globl rp_native_handler
rp_native_handler:
    push $2
    popfq
    push %rdx
    call rp_native_signal
    pop %rdx
    test %al, %al
    jz resume
    mov rp_native_back + BACK_HOST_STACK(%rip), %rsp
    jmp finish

/* As sigreturn does, but without it: registers from the ucontext (struct sigcontext_64 at 40: r8 to r15, rdi, rsi,
 * rbp, rbx, rdx, rax, rcx, rsp, rip, eflags, then cs in 16 bits and ss in the last of four; fpstate at 224). */
#define SC 40
resume:
    mov 224(%rdx), %rsi
    mov %rdx, %rdi
    /* Not all ones: AMX would be read where the frame has ended. */
    mov rp_native_back + BACK_MASK(%rip), %eax
    mov rp_native_back + BACK_MASK + 4(%rip), %edx
    xrstor64 (%rsi)
    movzwl SC + 150(%rdi), %eax
    push %rax
    push SC + 120(%rdi)
    push SC + 136(%rdi)
    movzwl SC + 144(%rdi), %eax
    push %rax
    push SC + 128(%rdi)
    mov SC(%rdi), %r8
    mov SC + 8(%rdi), %r9
    mov SC + 16(%rdi), %r10
    mov SC + 24(%rdi), %r11
    mov SC + 32(%rdi), %r12
    mov SC + 40(%rdi), %r13
    mov SC + 48(%rdi), %r14
    mov SC + 56(%rdi), %r15
    mov SC + 72(%rdi), %rsi
    mov SC + 80(%rdi), %rbp
    mov SC + 88(%rdi), %rbx
    mov SC + 96(%rdi), %rdx
    mov SC + 104(%rdi), %rax
    mov SC + 112(%rdi), %rcx
    mov SC + 64(%rdi), %rdi
    iretq

/* The kernel asks for one; nobody returns there. */
    .globl rp_native_restorer
rp_native_restorer:
    ud2

    .globl rp_native_system_call_32, rp_native_int80
rp_native_system_call_32:
    push %rbx
    mov %edi, %eax
    mov %rsi, %rbx
rp_native_int80:
    int $0x80
    cltq
    pop %rbx
    ret

/* The four system calls that pass the filter: number and arguments are fixed by then, so is the place. */
    .globl rp_native_read, rp_native_read_site
rp_native_read:
    mov $0, %eax
    mov $0, %edi
    lea rp_native_byte(%rip), %rsi
    mov $1, %edx
    syscall
rp_native_read_site:
    ret

    .globl rp_native_write, rp_native_write_site
rp_native_write:
    mov $1, %eax
    mov $1, %edi
    lea rp_native_byte(%rip), %rsi
    mov $1, %edx
    syscall
rp_native_write_site:
    ret

    .globl rp_native_timer, rp_native_timer_site
rp_native_timer:
    mov $223, %eax
    mov rp_native_timer_id(%rip), %edi
    mov $0, %esi
    lea rp_native_ticking(%rip), %rdx
    mov $0, %r10d
    syscall
rp_native_timer_site:
    ret

    .globl rp_native_leave, rp_native_leave_site
rp_native_leave:
    mov $231, %eax
    mov $3, %edi
    syscall
rp_native_leave_site:
    ud2

    .section .rodata
    .balign 8
mxcsr:
    .long 0x1f80, 0

    .bss
    .balign 64
    .globl rp_native_byte, rp_native_ticking, rp_native_timer_id
    .hidden rp_native_byte, rp_native_ticking, rp_native_timer_id
rp_native_byte:
    .skip 64
rp_native_ticking:
    .skip 32
rp_native_timer_id:
    .skip 4
    .section .note.GNU-stack, "", @progbits
