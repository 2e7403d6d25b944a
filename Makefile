# HilBench: what a person types. `make help` lists it.
OUT := out
CLI := $(OUT)/cli.stamp
# Every file and folder that the command is built from: a folder's time tells of files that went away.
SOURCES := $(shell find src host suites -path '*/bin' -prune -o -path '*/obj' -prune -o -print) \
  Directory.Build.props Directory.Packages.props
REPORT := $(OUT)/report
DEVICE :=
ARGS :=

export DOTNET_NOLOGO := 1
export DOTNET_CLI_TELEMETRY_OPTOUT := 1

.DEFAULT_GOAL := help
.PHONY: help run build hdl test lab-test chain-test bench mutants coverage formal bitstream fuzz lint format docs clean

help:
	@echo "make run      build what is missing, validate the Verilated reference device, print the verdict"
	@echo "              make run DEVICE=lib:./libmydevice.so ARGS='--seed 7' runs another device"
	@echo "make test     make run, then all tests; the last line is 'N passed, N failed'"
	@echo "make build    the hilbench command and the reference device, nothing is run"
	@echo "make lab-test the paths to a board through the kernel's own drivers, in a virtual machine; WITHOUT=vhci-hcd takes one away"
	@echo "make chain-test   the suite 'conformance' through the firmware in QEMU and the bit-level UART, with altered bytes too (long)"
	@echo "make bench    performance figures"
	@echo "make mutants  the suite 'full' over N=200 random changes (SEED=1) of the device's ATS core: out/mutants/report.md"
	@echo "make coverage line and toggle coverage of the device's modules by the suite 'full': out/coverage/coverage.info"
	@echo "make formal   proves the device's ATC and invalidation core: out/formal/result.json; FAULT=M11 with that fault in"
	@echo "make bitstream BOARD=hx8k   places and routes the link shim for a board: out/hdl/bitstream/hx8k.bin"
	@echo "make fuzz     hostile devices against the bench, for FUZZ_SECONDS=60 seconds"
	@echo "make lint     formatting and lint, nothing is changed"
	@echo "make format   formats the C# sources"
	@echo "make docs     makes the pages and pictures of docs that come from the code"
	@echo "make clean    removes everything that was built"

# A device that is not ours needs no RTL.
run: $(CLI) $(if $(filter-out rtl:%,$(DEVICE)),,hdl)
	@device='$(DEVICE)'; \
	if [ -z "$$device" ]; then \
	  device=rtl:; \
	  if ! ls $(OUT)/hdl/*.so >/dev/null 2>&1; then \
	    device=model:; \
	    echo "NOTE: the Verilated device is not built on this machine (see above)." >&2; \
	    echo "NOTE: this run validates the C# model of it instead (model:)." >&2; \
	  fi; \
	fi; \
	bin/hilbench run --device "$$device" --report $(REPORT) $(ARGS)

build: $(CLI) hdl

$(CLI): $(SOURCES)
	@command -v dotnet >/dev/null 2>&1 || { \
	  echo "HilBench needs the .NET 10 SDK: https://dotnet.microsoft.com/download" >&2; exit 3; }
	@echo "Building hilbench..." >&2
	@mkdir -p $(OUT)
	@dotnet publish host/HilBench.Cli -c Release -o $(OUT)/cli --nologo -v quiet >$(OUT)/build.log 2>&1 \
	  || { cat $(OUT)/build.log >&2; exit 3; }
	@touch $@

hdl:
	@if build/install verilator g++ zlib1g-dev; then \
	  $(MAKE) -q -C hdl lib >/dev/null 2>&1 || echo "Building the reference device (a minute or two)..." >&2; \
	  $(MAKE) -s -C hdl lib || { \
	    echo "The reference device did not build. 'make run DEVICE=model:' runs on its C# model." >&2; exit 3; }; \
	fi

test: build
	@build/install yosys cvc5 berkeley-abc libxml2-utils gcc-arm-none-eabi qemu-system-arm || true
	@tests/run-all

lab-test: build
	@WITHOUT='$(WITHOUT)' KERNEL='$(or $(KERNEL),6.12)' DEVICE='$(or $(DEVICE),model:)' tests/lab/run

# Conformance through the firmware in QEMU and the bit-level UART against the device in process, on a good cable and on a bad one.
chain-test: build
	@build/install gcc-arm-none-eabi qemu-system-arm
	@timeout 4h dotnet test tests/HilBench.System.Tests -c Release --nologo -v quiet --logger 'console;verbosity=normal' \
	  --filter Name~Conformance_suite_through_bridge

bench: build
	@$(MAKE) -s -C tests/Benchmarks lib
	@bin/hilbench bench $(ARGS)

mutants: build
	@build/install yosys
	@$(MAKE) -s -C hdl mutants N=$(or $(N),200) SEED=$(or $(SEED),1)
	@hdl/mutants/run $(OUT)/hdl/mutants $(OUT)/hdl/libhilbench_rtl_mutants.so $(OUT)/mutants

coverage: build
	@$(MAKE) -s -C hdl coverage
	@mkdir -p $(OUT)/coverage
	@rm -f $(OUT)/coverage/coverage.dat
	@status=0; \
	bin/hilbench run --quiet --suite full \
	  --device 'lib:$(OUT)/hdl/libhilbench_rtl_coverage.so?inproc=1&coverage=$(OUT)/coverage/coverage.dat' || status=$$?; \
	verilator_coverage --write-info $(OUT)/coverage/coverage.info $(OUT)/coverage/coverage.dat && \
	hdl/coverage $(OUT)/coverage/coverage.dat $(OUT)/coverage/missed.txt || exit 3; \
	[ $$status -eq 0 ] || echo "The suite failed (exit $$status): these figures are of a run that did not pass." >&2; \
	exit $$status

formal:
	@build/install yosys cvc5 berkeley-abc
	@hdl/formal/run $(if $(FAULT),--fault $(FAULT)) $(ARGS)

bitstream:
	@build/install yosys nextpnr-ice40 fpga-icestorm
	@$(MAKE) -s -C hdl bitstream BOARD=$(or $(BOARD),hx8k)

fuzz:
	@HILBENCH_FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60) dotnet test tests/HilBench.Scenarios.Tests -c Release --nologo -v quiet \
	  --filter Name=Bench_survives_any_device_for_as_long_as_asked

lint:
	@dotnet format --verify-no-changes
	@$(MAKE) -s -C hdl lint

format:
	@dotnet format

# What stands above the table is written by hand.
docs: $(CLI)
	@{ sed '/^| id /,$$d' docs/rules.md; bin/hilbench list rules --markdown; } >docs/rules.md.new
	@mv docs/rules.md.new docs/rules.md
	@{ sed '/^| id /,$$d' docs/operations.md; bin/hilbench list operations --markdown; } >docs/operations.md.new
	@mv docs/operations.md.new docs/operations.md
	@{ sed '/^| id /,$$d' docs/litmus.md; bin/hilbench list litmus --markdown; } >docs/litmus.md.new
	@mv docs/litmus.md.new docs/litmus.md
	@for name in L1a L2a L4a L5a L6 L7a L13b L14 L15 L22a; do \
	  bin/hilbench draw $$name >docs/images/litmus-$$name.svg.new && mv docs/images/litmus-$$name.svg.new docs/images/litmus-$$name.svg; \
	done
	@for name in cow munmap thp-split; do \
	  bin/hilbench draw $$name >docs/images/order-$$name.svg.new && mv docs/images/order-$$name.svg.new docs/images/order-$$name.svg; \
	done

clean:
	@rm -rf $(OUT)
	@find src host tests -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
	@$(MAKE) -s -C hdl clean
