/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An engine for tests of what asks it: it knows the labels it is told, refuses what it is told to,
 * and keeps what it was asked.
 */
#ifndef TESTS_FAKE_ENGINE_H
#define TESTS_FAKE_ENGINE_H

#include "xsm/engine.h"

#define FAKE_MAX_QUERIES 32
#define FAKE_FIRST_SID 100u /* of the first label */

struct flask_table {
    const char *label[8];           /* the labels that there are; NULL ends the list */
    const char *default_label;      /* of domains; NULL: none */
    bool refuse[XSM_NR_HOOKS];      /* denied by the policy */
    bool permissive[XSM_NR_HOOKS];  /* denied, and granted all the same */
    bool lacks_our_classes;         /* asks domain:create instead */
    unsigned int records_per_query; /* written even where all is allowed (auditallow) */
};

/* What was asked since the last fake_engine_reset. */
struct fake_engine {
    struct xsm_query query[FAKE_MAX_QUERIES];
    unsigned int nr_queries;
    xsm_sid prepared;    /* the label that channels were last prepared for */
    bool no_labels_left; /* and whether that fails */
};

extern struct fake_engine fake_engine;

void fake_engine_reset(void);
/* The query with this hook, or NULL. */
const struct xsm_query *fake_engine_asked(enum xsm_hook hook);

#endif
