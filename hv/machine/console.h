/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The serial console, shared by all domains while no console domain exists. Each line begins with
 * its speaker in brackets, whatever the speaker prints. One domain has the input; its output is
 * shown as it comes, the others' in whole lines. All functions take the console's lock.
 */
#ifndef HV_MACHINE_CONSOLE_H
#define HV_MACHINE_CONSOLE_H

#include "hv/types.h"

#define CONSOLE_LINE_MAX 240

struct domain;

/* A domain's line that has not ended yet. */
struct console_line {
    unsigned int length, cursor; /* characters; the next one goes to `cursor` */
    bool after_return;
    uint8_t escape;         /* how far into a terminal's escape sequence */
    unsigned int parameter; /* of that sequence */
    char text[CONSOLE_LINE_MAX];
};

/* What was typed for a domain that takes it by CONSOLEIO_read, and hasn't yet. */
struct console_typed {
    unsigned int length;
    char text[128]; /* what is typed beyond is dropped */
};

void console_init(void);
/* `size` bytes that a domain prints. False: there is no room, and it is to try again later. */
bool console_domain_write(struct domain *d, const char *text, size_t size);
/*
 * Take up to `size` bytes that were typed for the domain while it had VIRQ_CONSOLE bound: they
 * aren't in its console ring. Returns how many; 0: there are none.
 */
size_t console_domain_read(struct domain *d, char *text, size_t size);
/*
 * Print some of what the domain has put into its console ring, and tell it. Returns whether
 * something is left; time_poll() goes on with it.
 */
bool console_drain(struct domain *d);
/* The domain has stopped: print what is left in its ring, as far as there is room. */
void console_drain_last(struct domain *d);
/* Hand the port what it can take now. Returns whether something is left. */
bool console_pump(void);
/* Wait until all is sent. */
void console_flush(void);
/* The machine stops: whoever had the console has it no more. */
void console_take_over(void);
/* Move pending input to the domain that has the focus. Called every few milliseconds. */
void console_poll_input(void);
/* Give the focus to `d`, or to nobody (NULL). */
void console_focus(struct domain *d);
/* The domain stops: what it had begun to print is shown, its focus moves on. */
void console_domain_gone(struct domain *d);

#endif
