/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers of the architecture, from AMD64 Architecture Programmer's Manual volume 2 (24593, "APM2")
 * and volume 3 (24594, "APM3"). Assembler reads this file too.
 */
#ifndef HV_ARCH_X86_X86_H
#define HV_ARCH_X86_X86_H

/* A number of 64 bits; not every assembler knows C's suffixes. */
#ifdef __ASSEMBLER__
#define UL(number) number
#else
#define UL(number) number##ul
#endif

/* Control registers (APM2 3.1). */
#define CR0_PE 0x00000001
#define CR0_MP 0x00000002
#define CR0_ET 0x00000010
#define CR0_NE 0x00000020
#define CR0_WP 0x00010000
#define CR0_NW 0x20000000
#define CR0_CD 0x40000000
#define CR0_PG 0x80000000
#define CR4_PSE 0x00000010
#define CR4_PAE 0x00000020
#define CR4_PGE 0x00000080
#define CR4_OSFXSR 0x00000200
#define CR4_OSXMMEXCPT 0x00000400
#define CR4_LA57 0x00001000
#define CR4_OSXSAVE 0x00040000
#define CR4_SMEP 0x00100000
#define CR4_SMAP 0x00200000
#define RFLAGS_RESERVED 0x2
#define RFLAGS_IF 0x200
#define RFLAGS_RF 0x10000
#define DR7_RESET 0x400

/* Model-specific registers (APM2 appendix A). */
#define MSR_TSC 0x10
#define MSR_APIC_BASE 0x1b
#define MSR_PRED_CMD 0x49
#define MSR_PATCH_LEVEL 0x8b
#define MSR_SYSENTER_CS 0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176
#define MSR_PAT 0x277
#define MSR_X2APIC_FIRST 0x800
#define MSR_X2APIC_LAST 0x8ff
#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_CSTAR 0xc0000083
#define MSR_SFMASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_TSC_AUX 0xc0000103
#define MSR_SYSCFG 0xc0010010
#define MSR_HWCR 0xc0010015
#define MSR_NB_CFG 0xc001001f
#define MSR_VM_CR 0xc0010114
#define MSR_VM_HSAVE_PA 0xc0010117
#define MSR_DE_CFG 0xc0011029

#define PRED_CMD_IBPB 1

#define EFER_SCE 0x0001
#define EFER_LME 0x0100
#define EFER_LMA 0x0400
#define EFER_NXE 0x0800
#define EFER_SVME 0x1000
#define EFER_FFXSR 0x4000

#define APIC_BASE_BSP (UL(1) << 8)
#define APIC_BASE_EXTD (UL(1) << 10)
#define APIC_BASE_EN (UL(1) << 11)

/* Page-table entries (APM2 5.4). */
#define PTE_P UL(0x001)
#define PTE_RW UL(0x002)
#define PTE_US UL(0x004)
#define PTE_PWT UL(0x008)
#define PTE_PCD UL(0x010)
#define PTE_A UL(0x020)
#define PTE_D UL(0x040)
#define PTE_PS UL(0x080)
#define PTE_G UL(0x100)
#define PTE_NX (UL(1) << 63)
#define PTE_ADDRESS UL(0x000ffffffffff000)

/* Exceptions (APM2 8.2). */
#define VECTOR_DB 1
#define VECTOR_NMI 2
#define VECTOR_UD 6
#define VECTOR_DF 8
#define VECTOR_GP 13
#define VECTOR_PF 14
#define VECTOR_AC 17
#define VECTOR_MC 18
#define VECTORS_EXCEPTIONS 32

/* Our own interrupt vectors. */
#define VECTOR_TIMER 0xf0
#define VECTOR_KICK 0xf1
#define VECTOR_SPURIOUS 0xff

/* Selectors of the hypervisor's GDT (traps.c). */
#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TSS 0x18
#define DESCRIPTOR_CODE UL(0x00af9b000000ffff) /* 64-bit code */
#define DESCRIPTOR_DATA UL(0x00cf93000000ffff)
#define DESCRIPTOR_CODE32 UL(0x00cf9b000000ffff)

/* Where things are in the hypervisor's address space (paging.c). */
#define DIRECT_MAP_BASE 0xffff800000000000
#define STACKS_BASE 0xffffff0000000000 /* of all CPUs but the boot CPU */
#define IMAGE_BASE 0xffffffff80000000

/* struct cpu: the stack protector's canary, %fs:0x28. */
#define CPU_CANARY_OFFSET 0x28

#endif
