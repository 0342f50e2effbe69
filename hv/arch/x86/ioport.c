/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * I/O ports of guests. There is no device behind any: reads are all ones, writes are lost. The one
 * that isn't silent is 0xe9, the early console of Linux under Xen (earlyprintk=xen).
 */
#include "hv/arch/arch.h"
#include "hv/arch/x86/svm.h"
#include "hv/arch/x86/x86.h"
#include "hv/gate/gate.h"

/* EXITINFO1 of an I/O exit (APM2 15.10.2). */
#define IO_IN (1u << 0)
#define IO_STRING (1u << 2)
#define IO_REPEAT (1u << 3)
#define IO_SIZE_SHIFT 4 /* one bit each for 1, 2 and 4 bytes: the size itself */
#define IO_SIZE_MASK 7u
#define IO_PORT_SHIFT 16

#define PORT_PIT_CHANNEL2 0x42
#define PORT_PIT_GATE 0x61
#define PORT_DEBUG_CONSOLE 0xe9

#define STRING_SLICE 64u /* bytes of a repeated OUTS done at once; the instruction then goes on */

static uint64_t port_value(uint16_t port)
{
    /* All ones would have Linux's quick PIT calibration wait for ever: it reads until a change. */
    return port == PORT_PIT_CHANNEL2 || port == PORT_PIT_GATE ? 0 : UINT32_MAX;
}

static void set_rax(uint64_t *rax, uint64_t value, uint32_t size)
{
    if (size == 4)
        *rax = (uint32_t)value;
    else
        *rax = (*rax & ~((1ul << size * 8) - 1)) | (value & ((1ul << size * 8) - 1));
}

/* OUTSB to the debug console. Returns whether the instruction is complete; else it runs again. */
static bool outs_debug_console(struct vcpu *v, bool repeat)
{
    struct guest_registers *r = &v->arch.registers;
    uint64_t wanted = repeat ? r->rcx : 1;
    char text[STRING_SLICE];
    size_t n = (size_t)min_u64(wanted, sizeof(text));

    if (gate_copy_from(v, text, (gva_t){r->rsi}, n) != 0)
        return true; /* not readable: nothing to print */
    if (gate_console_write(v, text, n) == -GATE_RETRY)
        return false;
    r->rsi += n;
    if (repeat)
        r->rcx -= n;
    return !repeat || r->rcx == 0;
}

void exit_io(struct vcpu *v)
{
    struct vmcb *vmcb = v->arch.vmcb;
    uint32_t info = (uint32_t)vmcb->exit_info1;
    uint16_t port = (uint16_t)(info >> IO_PORT_SHIFT);
    uint32_t size = info >> IO_SIZE_SHIFT & IO_SIZE_MASK;

    if (info & IO_STRING) {
        if (port != PORT_DEBUG_CONSOLE || (info & IO_IN) || size != 1) {
            svm_inject_error(v, VECTOR_GP, 0); /* string I/O to nothing */
            return;
        }
        if (!outs_debug_console(v, info & IO_REPEAT))
            return;
    } else if (info & IO_IN) {
        set_rax(&vmcb->rax, port_value(port), size);
    } else if (port == PORT_DEBUG_CONSOLE) {
        const char c = (char)vmcb->rax;

        if (gate_console_write(v, &c, 1) == -GATE_RETRY)
            return;
    }
    vmcb->rip = vmcb->exit_info2; /* the next instruction's, for this kind of exit on every CPU */
    vmcb->interrupt_shadow = 0;
}
