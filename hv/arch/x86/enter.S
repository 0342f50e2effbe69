/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * void svm_enter(struct guest_registers *registers, uint64_t vmcb, uint64_t host_vmcb)
 *
 * Run a guest until its next exit (APM2 15.5). The VMCBs are named by physical address. RAX, RSP
 * and RIP of the guest are in its VMCB, the other general registers in `registers`.
 * GIF is clear from before the guest's state is loaded until after the host's is back: no host
 * interrupt or NMI ever sees a guest's FS base, which is where our stack canary is found. IF is
 * set during that time, since with V_INTR_MASKING the host's IF decides whether a physical
 * interrupt ends the guest's run.
 */
        .text
        .set    REG_RDI, 0
        .set    REG_RSI, 8
        .set    REG_RDX, 16
        .set    REG_R10, 24
        .set    REG_R8, 32
        .set    REG_R9, 40
        .set    REG_RBX, 48
        .set    REG_RCX, 56
        .set    REG_RBP, 64
        .set    REG_R11, 72
        .set    REG_R12, 80
        .set    REG_R13, 88
        .set    REG_R14, 96
        .set    REG_R15, 104

        .globl  svm_enter
        .balign 64
svm_enter:
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        pushq   %rdx
        pushq   %rdi
        movq    %rsi, %rax
        clgi
        sti
        vmload  %rax
        movq    REG_RBX(%rdi), %rbx
        movq    REG_RCX(%rdi), %rcx
        movq    REG_RDX(%rdi), %rdx
        movq    REG_RSI(%rdi), %rsi
        movq    REG_RBP(%rdi), %rbp
        movq    REG_R8(%rdi), %r8
        movq    REG_R9(%rdi), %r9
        movq    REG_R10(%rdi), %r10
        movq    REG_R11(%rdi), %r11
        movq    REG_R12(%rdi), %r12
        movq    REG_R13(%rdi), %r13
        movq    REG_R14(%rdi), %r14
        movq    REG_R15(%rdi), %r15
        movq    REG_RDI(%rdi), %rdi
        vmrun   %rax
        vmsave  %rax
        movq    (%rsp), %rax
        movq    %rbx, REG_RBX(%rax)
        movq    %rcx, REG_RCX(%rax)
        movq    %rdx, REG_RDX(%rax)
        movq    %rsi, REG_RSI(%rax)
        movq    %rdi, REG_RDI(%rax)
        movq    %rbp, REG_RBP(%rax)
        movq    %r8, REG_R8(%rax)
        movq    %r9, REG_R9(%rax)
        movq    %r10, REG_R10(%rax)
        movq    %r11, REG_R11(%rax)
        movq    %r12, REG_R12(%rax)
        movq    %r13, REG_R13(%rax)
        movq    %r14, REG_R14(%rax)
        movq    %r15, REG_R15(%rax)
        movq    8(%rsp), %rax
        vmload  %rax
        cli
        stgi
        /* Nothing of the guest stays in a register. */
        xorl    %ecx, %ecx
        xorl    %edx, %edx
        xorl    %esi, %esi
        xorl    %edi, %edi
        xorl    %r8d, %r8d
        xorl    %r9d, %r9d
        xorl    %r10d, %r10d
        xorl    %r11d, %r11d
        addq    $16, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbp
        popq    %rbx
        ret

        .section .note.GNU-stack, "", @progbits
