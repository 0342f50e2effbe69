/* SPDX-License-Identifier: BSD-2-Clause */
/* Is this a build that checks its own rules while it runs (Kconfig: DEBUG)? */
#ifndef HV_MACHINE_DEBUG_H
#define HV_MACHINE_DEBUG_H

#ifdef CONFIG_DEBUG
#define DEBUG_CHECKS true
#else
#define DEBUG_CHECKS false
#endif

#endif
