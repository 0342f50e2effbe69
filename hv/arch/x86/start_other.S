/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a CPU executes from its start message on (trampoline.h). APM2 14.1.3 (state after INIT),
 * 14.6 (entering long mode), 16.5 (SIPI: CS is the vector's page, IP 0).
 */
#include "hv/arch/x86/trampoline.h"
#include "hv/arch/x86/x86.h"

#define DATA(field) (TRAMPOLINE_DATA + TRAMPOLINE_##field)

        .section .rodata
        .balign 16
        .globl  trampoline_code, trampoline_code_end
        .code16
trampoline_code:
        cli
        cld
        movw    %cs, %ax
        movw    %ax, %ds

        /* Its APIC ID, in full where the CPU says it (APM3 E.3.9 and E.3.1). */
        xorl    %eax, %eax
        cpuid
        cmpl    $0xb, %eax
        jb      1f
        movl    $0xb, %eax
        xorl    %ecx, %ecx
        cpuid
        testw   %bx, %bx
        jnz     2f
1:      movl    $1, %eax
        cpuid
        shrl    $24, %ebx
        movl    %ebx, %edx

        /* Take the offer, if it is for this CPU. */
2:      movl    %edx, %eax
        movl    %edx, %ebx
        movl    $SLOT_OFFERED, %edx
        movl    $SLOT_TAKEN, %ecx
        lock cmpxchg8b DATA(SLOT)
        jz      4f
3:      cli
        hlt
        jmp     3b

4:      xorl    %ebx, %ebx
        movw    %cs, %bx
        shll    $4, %ebx                /* where this page is */
        lgdtl   DATA(GDT_POINTER)
        movl    $(CR0_PE | CR0_ET | CR0_NE), %eax
        movl    %eax, %cr0
        ljmpl   *DATA(TO_32)

        .code32
trampoline_code32:
        movw    $SELECTOR_DATA, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    DATA(BOOT_TABLES)(%ebx), %eax
        movl    %eax, %cr3
        movl    $(CR4_PAE | CR4_PGE), %eax
        movl    %eax, %cr4
        movl    $MSR_EFER, %ecx
        movl    $(EFER_LME | EFER_NXE), %eax
        xorl    %edx, %edx
        wrmsr
        movl    $(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG), %eax
        movl    %eax, %cr0
        ljmpl   *DATA(TO_64)(%ebx)

        .code64
trampoline_code64:
        movl    %ebx, %ebx
        movq    DATA(TABLES)(%rbx), %rsi
        movq    DATA(STACK)(%rbx), %rsp
        movq    DATA(CPU)(%rbx), %rdi
        movabsq $trampoline_arrive, %rax
        jmp     *%rax
trampoline_code_end:
        .globl  trampoline_code32, trampoline_code64

/* In the hypervisor's text, still with the boot page tables. The stack isn't in those. */
        .text
trampoline_arrive:
        xorl    %eax, %eax
        movw    %ax, %fs
        movw    %ax, %gs
        movq    %rsi, %cr3
        /* Before any C: what is this CPU's own, where also its canary is. */
        movq    %rdi, %rax
        movq    %rdi, %rdx
        shrq    $32, %rdx
        movl    $MSR_FS_BASE, %ecx
        wrmsr
        xorl    %ebp, %ebp
        call    cpus_arrive
5:      cli
        hlt
        jmp     5b

        .section .note.GNU-stack, "", @progbits
