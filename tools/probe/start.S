/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the PVH entry (32-bit protected mode, %ebx = hvm_start_info) to C in long mode with the
 * first 4 GiB mapped one to one, and from there the ways back out of an exception.
 */
#define CR0_PG (1 << 31)
#define CR0_WP (1 << 16)
#define CR4_PAE (1 << 5)
#define EFER 0xc0000080
#define EFER_LME (1 << 8)
#define PRESENT_WRITABLE 0x3
#define LARGE_PAGE 0x83 /* present, writable, 2 MiB */

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10

    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 8, 18 /* name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .quad entry

    .section .rodata
    .balign 8
    .globl gdt, gdt_limit
    .set gdt_limit, gdt_end - gdt - 1
gdt:
    .quad 0
    .quad 0x00209a0000000000 /* 64-bit code */
    .quad 0x00cf92000000ffff /* data */
gdt_end:
gdt_register:
    .word gdt_limit
    .long gdt

    .bss
    .balign 4096
    .globl page_map_level_4
page_map_level_4:
    .skip 4096
    .globl page_directory_pointers
page_directory_pointers:
    .skip 4096
page_directories:
    .skip 4 * 4096
    .balign 16
stack:
    .skip 16384
stack_top:

    .text
    .code32
    .globl entry
entry:
    cld
    mov $stack_top, %esp
    mov %ebx, %ebp

    movl $page_directory_pointers + PRESENT_WRITABLE, page_map_level_4
    mov $page_directories + PRESENT_WRITABLE, %eax
    mov $page_directory_pointers, %edi
    mov $4, %ecx
1:  mov %eax, (%edi)
    add $4096, %eax
    add $8, %edi
    loop 1b

    mov $LARGE_PAGE, %eax
    mov $page_directories, %edi
    mov $4 * 512, %ecx
1:  mov %eax, (%edi)
    add $0x200000, %eax
    add $8, %edi
    loop 1b

    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov $page_map_level_4, %eax
    mov %eax, %cr3
    mov $EFER, %ecx
    rdmsr
    or $EFER_LME, %eax
    wrmsr
    mov %cr0, %eax
    or $CR0_PG | CR0_WP, %eax
    mov %eax, %cr0

    lgdt gdt_register
    ljmp $SELECTOR_CODE, $entry_64

    .code64
entry_64:
    mov $SELECTOR_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    mov %ebp, %edi
    xor %ebp, %ebp
    call probe_main
1:  cli
    hlt
    jmp 1b

/*
 * int guarded_call(void (*function)(void *), void *argument)
 * Call it; 0 when it returned, 1 + vector when an exception ended it. Calls nest.
 */
    .globl guarded_call
guarded_call:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    pushq guarded_stack(%rip)
    pushfq
    mov %rsp, guarded_stack(%rip)
    sub $8, %rsp
    mov %rdi, %rax
    mov %rsi, %rdi
    call *%rax
    xor %eax, %eax
    mov guarded_stack(%rip), %rsp
    add $8, %rsp /* the function may have changed the flags on purpose */
guarded_end:
    popq guarded_stack(%rip)
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

/* Stack: vector, error code, %rip, %cs, %rflags, %rsp, %ss. */
exception_common:
    cld
    call own_vcpu /* calls are guarded on vCPU 0 only */
    test %eax, %eax
    jnz 1f
    cmpq $0, guarded_stack(%rip)
    je 1f
    pop %rax
    inc %eax
    mov guarded_stack(%rip), %rsp
    popfq
    jmp guarded_end
1:  mov (%rsp), %rdi
    mov 8(%rsp), %rsi
    mov 16(%rsp), %rdx
    and $-16, %rsp
    call unexpected_exception
2:  cli
    hlt
    jmp 2b

    .macro exception_entry vector
exception_\vector:
    .if \vector != 8 && (\vector < 10 || \vector > 14) && \vector != 17 && \vector != 21
    push $0 /* where the CPU pushes no error code */
    .endif
    push $\vector
    jmp exception_common
    .section .rodata.exceptions, "a"
    .quad exception_\vector
    .text
    .endm

    .section .rodata.exceptions, "a"
    .balign 8
    .globl exception_entries
exception_entries:
    .text
    .altmacro
    .set vector, 0
    .rept 32
    exception_entry %vector
    .set vector, vector + 1
    .endr

    .macro interrupt_entry_to function
    push %rax
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    cld
    call \function
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rax
    iretq
    .endm

/* The event channel upcall. */
    .globl upcall_entry
upcall_entry:
    interrupt_entry_to on_upcall

/* Interrupts between vCPUs. */
    .globl interrupt_entry
interrupt_entry:
    interrupt_entry_to on_interrupt

/* int64_t call_slot(const void *slot, uint64_t argument1, uint64_t argument2) */
    .globl call_slot
call_slot:
    mov %rdi, %rax
    mov %rsi, %rdi
    mov %rdx, %rsi
    sub $8, %rsp
    call *%rax
    add $8, %rsp
    ret

    .bss
    .balign 8
guarded_stack:
    .skip 8

    .section .note.GNU-stack, "", @progbits
