/* SPDX-License-Identifier: BSD-2-Clause */
/* Which styles of launch this build has (Kconfig): at least one. */
#ifndef LCM_STYLES_H
#define LCM_STYLES_H

#ifdef CONFIG_LAUNCH_HYPERLAUNCH
#define LCM_HAS_HYPERLAUNCH true
#else
#define LCM_HAS_HYPERLAUNCH false
#endif

#ifdef CONFIG_LAUNCH_DOM0LESS
#define LCM_HAS_DOM0LESS true
#else
#define LCM_HAS_DOM0LESS false
#endif

#ifdef CONFIG_LAUNCH_CLASSIC
#define LCM_HAS_CLASSIC true
#else
#define LCM_HAS_CLASSIC false
#endif

#if !defined(CONFIG_LAUNCH_HYPERLAUNCH) && !defined(CONFIG_LAUNCH_DOM0LESS) &&                     \
    !defined(CONFIG_LAUNCH_CLASSIC)
#error "nothing could be launched: choose LAUNCH_HYPERLAUNCH, LAUNCH_DOM0LESS or LAUNCH_CLASSIC"
#endif

#endif
