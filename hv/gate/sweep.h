/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking back what is no longer allowed. Rows of xsm/hooks.def that say CHECKS are asked again for
 * everything that was had by them, once the policy, a boolean or a label has changed and no CPU
 * acts on what was decided before.
 */
#ifndef HV_GATE_SWEEP_H
#define HV_GATE_SWEEP_H

/*
 * Every event channel of every domain: its label is made anew, and what may not be opened any more
 * is closed, with a record. The caller holds no lock.
 */
void sweep_channels(void);

#endif
