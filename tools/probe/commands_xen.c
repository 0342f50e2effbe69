/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that are more than one hypercall by name. */
#include <xen/xen.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/hvm/params.h>

#include "command.h"
#include "console.h"
#include "cpu.h"
#include "text.h"
#include "xen.h"

#define WORD(i) (arguments->value[i])
#define MSR_HYPERCALL_PAGE 0x40000000u
#define PAGE_SIZE 4096
#define SLOT_SIZE 32ul
#define TYPED_SIZE 128u

static uint8_t hypercall_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

bool constant_value(const char *word, uint64_t *value)
{
    static const struct {
        const char *name;
        uint16_t param; /* of the domain; 0: the value stands here */
        uint64_t value;
    } constants[] = {
        {"self", 0, DOMID_SELF},
        {"console_pfn", HVM_PARAM_CONSOLE_PFN, 0},
        {"console_port", HVM_PARAM_CONSOLE_EVTCHN, 0},
        {"store_pfn", HVM_PARAM_STORE_PFN, 0},
        {"store_port", HVM_PARAM_STORE_EVTCHN, 0},
    };
    size_t i;

    if (text_equal(word, "buffer")) {
        *value = (uintptr_t)command_buffer();
        return true;
    }
    if (text_equal(word, "transfer")) {
        *value = (uintptr_t)launch_transfer();
        return true;
    }
    for (i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
        if (!text_equal(word, constants[i].name))
            continue;
        *value = constants[i].value;
        if (constants[i].param && xen_present())
            hvm_get_param(constants[i].param, value);
        return true;
    }
    return false;
}

void command_hypercall(const struct arguments *arguments, struct result *result)
{
    uint64_t a[5] = {0};
    unsigned int i;

    for (i = 1; i < arguments->nr; i++)
        a[i - 1] = WORD(i);
    result->value = hypercall(WORD(0), a[0], a[1], a[2], a[3], a[4]);
}

/* Have the page written, then ask the version through it. */
void command_hypercall_page(const struct arguments *arguments, struct result *result)
{
    (void)arguments;
    write_msr(MSR_HYPERCALL_PAGE, (uintptr_t)hypercall_page);
    result->value = call_slot(hypercall_page + __HYPERVISOR_xen_version * SLOT_SIZE, 0, 0);
}

void command_console_write(const struct arguments *arguments, struct result *result)
{
    size_t size = text_unescape(arguments->text);

    result->value =
        hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, size, (uintptr_t)arguments->text, 0, 0);
}

/* What was typed for this domain, if it has bound VIRQ_CONSOLE. */
void command_console_read(const struct arguments *arguments, struct result *result)
{
    static char text[TYPED_SIZE + 1];

    (void)arguments;
    result->value =
        hypercall(__HYPERVISOR_console_io, CONSOLEIO_read, TYPED_SIZE, (uintptr_t)text, 0, 0);
    if (result->value < 0)
        return;
    text[result->value] = '\0';
    result->text = text;
}

void command_wait_event(const struct arguments *arguments, struct result *result)
{
    if (!wait_event((uint32_t)WORD(0), WORD(1)))
        result->value = -XEN_ETIMEDOUT;
}

/* Bind to whichever of a domain's ports is waiting for this domain. */
void command_bind_any(const struct arguments *arguments, struct result *result)
{
    struct evtchn_bind_interdomain bind = {.remote_dom = (domid_t)WORD(0)};
    uint64_t port;

    result->value = -XEN_EINVAL;
    for (port = WORD(1); port <= WORD(2) && result->value < 0; port++) {
        bind.remote_port = (evtchn_port_t)port;
        result->value = hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_interdomain,
                                  (uintptr_t)&bind, 0, 0, 0);
    }
    if (!result->value)
        result->value = bind.local_port;
}

void command_upcalls_on(const struct arguments *arguments, struct result *result)
{
    (void)arguments;
    result->value = upcalls_on();
}

/* How many have come. */
void command_upcalls(const struct arguments *arguments, struct result *result)
{
    (void)arguments;
    result->value = (int64_t)nr_upcalls();
}

/* Wait until upcalls have come `WORD(0)` times in all. */
void command_wait_upcall(const struct arguments *arguments, struct result *result)
{
    uint64_t waited;

    for (waited = 0; nr_upcalls() < WORD(0) && waited < WORD(1); waited++)
        sleep_ms(1);
    result->value = nr_upcalls() < WORD(0) ? -XEN_ETIMEDOUT : 0;
}

void command_crash(const struct arguments *arguments, struct result *result)
{
    (void)arguments;
    (void)result;
    shutdown(SHUTDOWN_crash);
}

void command_shutdown(const struct arguments *arguments, struct result *result)
{
    (void)result;
    shutdown(arguments->nr ? (unsigned int)WORD(0) : SHUTDOWN_poweroff);
}

void command_reboot(const struct arguments *arguments, struct result *result)
{
    (void)arguments;
    (void)result;
    shutdown(SHUTDOWN_reboot);
}
