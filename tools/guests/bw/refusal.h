/* SPDX-License-Identifier: BSD-2-Clause */
/* Why the hypervisor said no. */
#ifndef BW_REFUSAL_H
#define BW_REFUSAL_H

/* What an error (-errno) of BW_OP_* means to who asked. */
const char *bw_refusal(unsigned int operation, int error);

#endif
