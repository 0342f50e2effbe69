/* SPDX-License-Identifier: BSD-2-Clause */
/* The processor: instructions that C has no word for, and exceptions. */
#ifndef PROBE_CPU_H
#define PROBE_CPU_H

#include <stdint.h>

struct cpuid_result {
    uint32_t eax, ebx, ecx, edx;
};

/* The vector that the hypervisor is asked to use for event channel upcalls. */
#define UPCALL_VECTOR 0xf3
/* The vector of interrupts between vCPUs, and of the local APIC's timer. */
#define IPI_VECTOR 0xe0

static inline struct cpuid_result cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result r;

    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint64_t read_msr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline uint64_t read_tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint16_t in16(uint16_t port)
{
    uint16_t value;

    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint32_t in32(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

/* Exceptions and the interrupt vectors. Interrupts stay off. */
void cpu_init(void);
/* Have another vCPU use the same. */
void cpu_load_idt(void);

/* Call a function: 0 when it returned, 1 + vector when an exception ended it (start.S). */
int guarded_call(void (*function)(void *), void *argument);

/* "GP", "PF", ...; "?" for a vector without a name. */
const char *exception_name(unsigned int vector);

/* No IDT and an undefined instruction: the CPU shuts down. */
__attribute__((noreturn)) void triple_fault(void);

#endif
