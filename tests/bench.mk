# SPDX-License-Identifier: BSD-2-Clause
#
# What Bailiwick costs, in instructions and bytes: tests/bench/README.md.
BENCH_PLUGIN := $(O)/bench/count.so

$(BENCH_PLUGIN): tests/bench/count.c $(CONFIG)
	@mkdir -p $(@D)
	@echo "  HOSTCC  $<"
	@$(HOSTCC) $(HOST_CFLAGS) -fPIC -shared -fvisibility=hidden $(DEPFLAGS) -o $@ $<

# How long decisions take on this machine, beside a model of an access vector cache.
DECISIONS := $(O)/bench/decisions
# xsm.mk, which names the same objects, comes after this file.
DECISIONS_OBJS := $(XSM_SRCS:%.c=$(O)/host/%.o)
$(DECISIONS): tests/bench/decisions.c tests/bench/avc.c tests/bench/avc.h $(DECISIONS_OBJS) $(CONFIG)
	@mkdir -p $(@D)
	@echo "  HOSTCC  $@"
	@$(HOSTCC) $(HOST_CFLAGS) -o $@ tests/bench/decisions.c tests/bench/avc.c $(DECISIONS_OBJS)

# Policies of so many types and rules: large-TYPES-RULES.
LARGE_POLICIES := $(O)/tests/policy/large-60-600.30 $(O)/tests/policy/large-500-20000.30 \
                  $(O)/tests/policy/large-4000-100000.30
$(LARGE_POLICIES): $(O)/tests/policy/large-%.30: tests/oracle/large policy/vocabulary/access_vectors
	@echo "  POLICY  $@"
	@mkdir -p $(@D)
	@tests/oracle/large $(subst -, ,$*) >$@.conf
	@checkpolicy -t xen -c 30 -o $@.new $@.conf >$@.log 2>&1 || { cat $@.log; exit 1; }
	@mv $@.new $@

test-build: $(BENCH_PLUGIN) $(DECISIONS) $(LARGE_POLICIES)

##@ Proving it
.PHONY: bench bench-record
bench: $(DEPS) ## what operations, launch and memory cost, beside the figures recorded
	@+$(MAKE) --no-print-directory hypervisor tool $(O)/probe/probe.elf $(BENCH_PLUGIN)
	@tests/bench/run; status=$$?; \
	    $(MAKE) --no-print-directory $(DECISIONS) $(LARGE_POLICIES) $(O)/policy/two-guests.30 && \
	    $(DECISIONS) $(O)/policy/two-guests.30 $(filter-out %-100000.30,$(LARGE_POLICIES)) && \
	    exit $$status
bench-record: $(DEPS) ## the same, and record the figures in tests/bench/recorded
	@+$(MAKE) --no-print-directory hypervisor tool $(O)/probe/probe.elf $(BENCH_PLUGIN)
	@tests/bench/run --record
