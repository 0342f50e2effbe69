# SPDX-License-Identifier: BSD-2-Clause
XSM_SRCS := $(sort $(wildcard xsm/*.c xsm/flask/*.c))
