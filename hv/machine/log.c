/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>

#include "hv/arch/arch.h"
#include "hv/machine/console.h"
#include "hv/machine/console_line.h"
#include "hv/machine/cpu.h"
#include "hv/machine/log.h"
#include "hv/machine/panic.h"

#define LOG_MAX 900

void hv_log(const char *format, ...)
{
    char text[LOG_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    console_put_line("bailiwick", text);
}

bool hv_log_if_room(const char *format, ...)
{
    char text[LOG_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return console_put_line_if_room("bailiwick", text);
}

_Noreturn void panic(const char *format, ...)
{
    static struct cpu *stopper; /* the first to come here */
    struct cpu *nobody = NULL;
    char text[LOG_MAX];
    va_list args;

    if (__atomic_compare_exchange_n(&stopper, &nobody, this_cpu(), false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        arch_stop_others();
        console_take_over();
        va_start(args, format);
        (void)vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        hv_log("stopped: %s", text);
    } else if (stopper != this_cpu()) {
        arch_halt(); /* the other one reports; else: printing this very report went wrong */
    }
    console_flush();
    arch_report_end(2);
    arch_halt();
}

_Noreturn void __stack_chk_fail(void);

/* The compiler's stack protector calls this when a canary was overwritten. */
_Noreturn void __stack_chk_fail(void)
{
    panic("a stack canary was overwritten");
}
