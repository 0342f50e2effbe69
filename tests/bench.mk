# SPDX-License-Identifier: BSD-2-Clause
#
# What Bailiwick costs, in instructions and bytes: tests/bench/README.md.
BENCH_PLUGIN := $(O)/bench/count.so

$(BENCH_PLUGIN): tests/bench/count.c $(CONFIG)
	@mkdir -p $(@D)
	@echo "  HOSTCC  $<"
	@$(HOSTCC) $(HOST_CFLAGS) -fPIC -shared -fvisibility=hidden $(DEPFLAGS) -o $@ $<

test-build: $(BENCH_PLUGIN)

##@ Proving it
.PHONY: bench bench-record
bench: $(DEPS) ## what operations, launch and memory cost, beside the figures recorded
	@+$(MAKE) --no-print-directory hypervisor tool $(O)/probe/probe.elf $(BENCH_PLUGIN)
	@tests/bench/run
bench-record: $(DEPS) ## the same, and record the figures in tests/bench/recorded
	@+$(MAKE) --no-print-directory hypervisor tool $(O)/probe/probe.elf $(BENCH_PLUGIN)
	@tests/bench/run --record
