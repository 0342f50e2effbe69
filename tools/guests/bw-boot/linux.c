/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A boot domain that runs Linux. Hypercalls go through /dev/xen/privcmd, which is bw's way as well;
 * event channels through /dev/xen/evtchn, by libxenevtchn.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <xenevtchn.h>

#include "tools/guests/bw-boot/boot.h"
#include "tools/guests/bw-boot/call.h"
#include "tools/guests/bw/hypercall.h"

#define MAX_PORTS 4096u
#define NS_PER_MS 1000000
#define MS_PER_SECOND 1000

static const char usage[] = "bw-boot\n"
                            "    Do what a boot domain has to do: docs/boot-domain.md.\n"
                            "bw-boot --plan\n"
                            "    Look and say what it would do.\n";

static xenevtchn_handle *channels;
static bool has_come[MAX_PORTS]; /* while another one was waited for */

struct boot_place *boot_place(void)
{
    static struct boot_place *place;

    if (place == NULL)
        place = bw_memory(sizeof(*place));
    return place;
}

int boot_call(unsigned int operation, void *structure)
{
    return bw_call(operation, structure);
}

int boot_offer(uint16_t domid, uint32_t *port)
{
    int bound;

    if (channels == NULL)
        channels = xenevtchn_open(NULL, 0);
    if (channels == NULL)
        return -ENODEV;
    bound = xenevtchn_bind_unbound_port(channels, domid);
    if (bound < 0)
        return -errno;
    if ((unsigned int)bound >= MAX_PORTS)
        return -ENOSPC;
    *port = (uint32_t)bound;
    return 0;
}

/* Take one event, of whichever channel. */
static int take_event(void)
{
    int port = xenevtchn_pending(channels);

    if (port < 0)
        return -errno;
    if ((unsigned int)port < MAX_PORTS)
        has_come[port] = true;
    return xenevtchn_unmask(channels, (evtchn_port_t)port) < 0 ? -errno : 0;
}

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / NS_PER_MS;
}

int boot_wait(uint32_t port, uint32_t ms)
{
    int64_t deadline = now_ms() + ms, left = ms;
    struct pollfd events = {.fd = xenevtchn_fd(channels), .events = POLLIN};
    int error = 0;

    while (error == 0 && !has_come[port] && left >= 0) {
        int ready = poll(&events, 1, (int)left);

        if (ready < 0 && errno != EINTR)
            return -errno;
        if (ready > 0)
            error = take_event();
        left = deadline - now_ms();
    }
    if (error != 0 || has_come[port])
        return error;
    return -ETIMEDOUT;
}

void boot_say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    (void)fflush(stdout); /* finalising doesn't come back */
}

int main(int argc, char **argv)
{
    bool only_plan = argc == 2 && strcmp(argv[1], "--plan") == 0;

    if (argc > 1 && !only_plan) {
        fputs(usage, stderr);
        return 2;
    }
    return boot_run(only_plan) ? 0 : 1;
}
