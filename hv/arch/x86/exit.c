/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every way out of a guest. There is no instruction emulator: what the hypervisor does for a guest
 * are instructions of fixed length that name their operands in registers.
 */
#include <errno.h>
#include <xen/sched.h>

#include "hv/arch/arch.h"
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/svm.h"
#include "hv/arch/x86/x86.h"
#include "hv/domain/sched.h"
#include "hv/gate/gate.h"
#include "hv/machine/panic.h"

#define LENGTH_HLT 1
#define LENGTH_WBINVD 2
#define LENGTH_VMMCALL 3
#define LENGTH_XSETBV 3
#define CS_ATTRIBUTE_LONG (1u << 9) /* APM2 figure B: the L bit of a packed descriptor */

static int64_t hypercall(struct vcpu *v)
{
    const struct vmcb *vmcb = v->arch.vmcb;

    if (vmcb->cpl != 0)
        return -EPERM;
    if (!(vmcb->cs.attributes & CS_ATTRIBUTE_LONG))
        return -ENOSYS;
    return gate_hypercall(v, vmcb->rax, v->arch.registers.hypercall_argument);
}

static void exit_vmmcall(struct vcpu *v)
{
    int64_t result = hypercall(v);
    struct vmcb *vmcb = v->arch.vmcb;

    if (result == -GATE_RETRY) {
        vmcb->interrupt_shadow = 0; /* interrupts may come before it is executed again */
        return;                     /* RIP and the number in RAX are still as they were */
    }
    svm_skip(v, LENGTH_VMMCALL);
    vmcb->rax = (uint64_t)result;
}

/*
 * How Linux takes a CPU away, or with its last one powers off: only INIT wakes it. Whom the policy
 * denies this waits for ever all the same, and counts as up.
 */
static void halt_for_good(struct vcpu *v)
{
    if (gate_vcpu_stop(v, v) != 0) {
        vcpu_block(v);
        return;
    }
    (void)vcpu_stop(v);
    domain_stop_if_all_offline(v->domain);
}

static void exit_hlt(struct vcpu *v)
{
    svm_skip(v, LENGTH_HLT);
    if (v->arch.vmcb->rflags & RFLAGS_IF) {
        vcpu_block(v);
    } else {
        halt_for_good(v);
    }
}

static void exit_xsetbv(struct vcpu *v)
{
    const struct guest_registers *r = &v->arch.registers;
    uint64_t value = (r->rdx & 0xffffffff) << 32 | (v->arch.vmcb->rax & 0xffffffff);

    /* x87 always, and AVX not without SSE (APM2 11.5.2). */
    if (v->arch.vmcb->cpl != 0 || (uint32_t)r->rcx != 0 || !(value & 1) ||
        (value & ~cpu_features.xcr0_mask) != 0 || (value & 6) == 4) {
        svm_inject_error(v, VECTOR_GP, 0);
        return;
    }
    xsetbv(0, value);
    svm_skip(v, LENGTH_XSETBV);
}

/* The guest touched an address behind which it has nothing. */
static void exit_nested_page_fault(struct vcpu *v)
{
    const struct vmcb *vmcb = v->arch.vmcb;

    if ((vmcb->exit_interrupt_info & EVENT_VALID) || v->arch.requeued != 0) {
        domain_crash(v->domain,
                     "its interrupt tables or stack are at 0x%lx, where it has no memory",
                     vmcb->exit_info2);
        return;
    }
    svm_inject_error(v, VECTOR_GP, 0);
}

void svm_handle_exit(struct vcpu *v)
{
    const struct vmcb *vmcb = v->arch.vmcb;

    if (vmcb->exit_code == EXIT_VMMCALL) {
        exit_vmmcall(v);
        return;
    }
    switch (vmcb->exit_code) {
    case EXIT_INTR:
    case EXIT_NMI:
    case EXIT_SMI:
    case EXIT_INIT:
        arch_take_interrupts(); /* the machine's */
        break;
    case EXIT_CPUID:
        exit_cpuid(v);
        break;
    case EXIT_HLT:
        exit_hlt(v);
        break;
    case EXIT_IO:
        exit_io(v);
        break;
    case EXIT_MSR:
        exit_msr(v);
        break;
    case EXIT_INVD:
    case EXIT_WBINVD:
        svm_skip(v, LENGTH_WBINVD); /* no device of a guest reads memory past the caches */
        break;
    case EXIT_XSETBV:
        exit_xsetbv(v);
        break;
    case EXIT_NESTED_PAGE_FAULT:
        exit_nested_page_fault(v);
        break;
    case EXIT_RDPMC:
        svm_inject_error(v, VECTOR_GP, 0); /* there are no performance counters */
        break;
    case EXIT_EXCEPTION_DB:
        svm_inject(v, VECTOR_DB);
        break;
    case EXIT_EXCEPTION_AC:
        svm_inject_error(v, VECTOR_AC, 0);
        break;
    case EXIT_EXCEPTION_MC:
        panic("machine check while %s ran", v->domain->name);
    case EXIT_SHUTDOWN:
        domain_crash(v->domain, "triple fault at 0x%lx", vmcb->rip);
        break;
    case UINT32_MAX: /* QEMU's form of VMEXIT_INVALID */
    case UINT64_MAX:
        domain_crash(v->domain, "the CPU refuses the state of its vCPU");
        break;
    default:
        svm_inject(v, VECTOR_UD); /* an instruction that guests here don't have */
        break;
    }
}
