/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answer to most queries, in a few instructions at the place where they are asked: yes, and
 * nothing to be recorded. What isn't answered so is asked in full.
 */
#ifndef XSM_QUICK_H
#define XSM_QUICK_H

#include "xsm/flask/flask.h"
#include "xsm/policy.h"

/*
 * true: xsm_ask() would allow it and have no record. false: ask xsm_ask(). `sid` of the query has
 * all parties (xsm_start_query()), and no SID in it is one that nobody has been given.
 */
static inline bool xsm_quick(const struct xsm_engine *engine, const struct xsm_query *query)
{
    const struct flask_table *table = xsm_table(engine);
    struct flask_glance glance;
    uint32_t subject, object, at;

    if (table == NULL)
        return false;
    glance = table->glance[query->hook];
    subject = __atomic_load_n(&table->sid_type[query->sid[XSM_PARTY_caller]], __ATOMIC_RELAXED);
    object = __atomic_load_n(&table->sid_type[query->sid[glance.object]], __ATOMIC_RELAXED);
    at = (uint32_t)table->place[subject].row + table->place[object].column;
    return (table->cell[at] >> glance.bit & 1u) != 0;
}

#endif
