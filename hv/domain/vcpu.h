/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and ending a domain's vCPU. */
#ifndef HV_DOMAIN_VCPU_H
#define HV_DOMAIN_VCPU_H

struct domain;

int vcpu_create(struct domain *d);
void vcpu_destroy(struct domain *d);

#endif
