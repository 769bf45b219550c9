# For a compliance engineer:  make bundle   the sample company's package
# For a Swift developer:      make test     all tests;  make check  format, imports, build
#
# Everything the project needs on a fresh Debian machine is installed by these targets, apart from
# the Swift toolchain itself (6.3, swift.org/install).

SHELL      := /bin/bash
PREFIX     ?= /usr/local
DESTDIR    ?=
OUTPUT     ?= output
VOUCH      := .build/release/vouch
SUDO       := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

# Build needs the first line; the tests also use the tools of the second.
BUILD_PACKAGES := pkg-config libcurl4-openssl-dev libxml2-dev libsqlite3-dev libssl-dev zlib1g-dev libarchive-dev libxlsxwriter-dev
TEST_PACKAGES  := libxml2-utils sqlite3 openssh-client openssl zip unzip coreutils git
# Programs that the tests collect from when they are there; 'make peer-deps' installs them.
PEER_PACKAGES  := prometheus prometheus-node-exporter prometheus-blackbox-exporter postgresql nftables iptables restic \
                  borgbackup openssh-server sysstat util-linux-extra lynis openscap-scanner curl ufw fail2ban libreoffice-calc

.PHONY: help bundle test crash sanitize check format build release deps test-deps peer-deps bench clean install deb deb-test docs generated deb-deps deb-test-deps demo

help:
	@echo 'make bundle    build Vouch and make the sample package in $(OUTPUT)/'
	@echo 'make test      run all tests'
	@echo 'make crash     kill, starve and break the program for ten minutes'
	@echo 'make sanitize  the tests under the address sanitizer, then the thread sanitizer (an hour)'
	@echo 'make check     format, declared imports, build without warnings'
	@echo 'make bench     measure speed and memory against other tools'
	@echo 'make install   install to PREFIX=$(PREFIX): program, manual pages, completions'
	@echo 'make deb       make a Debian package in .build/deb/; make deb-test tries it in a clean Debian'
	@echo 'make docs      the documentation as a web site in .build/docs/site'
	@echo 'make generated schemas, record types and messages, written from the sources again'
	@echo 'make demo      write the sample company again'

# The sample company of this folder: collect state is in evidence/, so only the package is made.
bundle: release
	@$(VOUCH) bundle; status=$$?; [ $$status -le 1 ] || exit $$status
	@echo
	@echo "The sample package, to open in a browser:"
	@ls -d $(CURDIR)/$(OUTPUT)/*/START-HERE.html
	@echo "The same as one file:"
	@ls $(CURDIR)/$(OUTPUT)/*.zip

# The standard library is linked in, so that the program runs on machines without Swift.
release: deps
	swift build -c release --static-swift-stdlib -Xlinker -lcurl --product vouch

build: deps
	swift build

test: deps test-deps
	swift test --parallel

# The crash tests for longer than the few seconds of 'make test': SECONDS=3600 SEED=7 make crash
crash: deps test-deps
	VOUCH_CRASH_SECONDS=$(or $(SECONDS),600) VOUCH_CRASH_SEED=$(or $(SEED),1) swift test --filter VouchCrashTests

# Builds of their own, one suite after the other: SUITES=VouchStoreTests make sanitize for some.
# Leaks are not looked for: the Swift runtime and libxml2 keep what they made once.
SUITES ?= VouchModelTests VouchCaptureTests VouchStoreTests VouchVerifyTests VouchCollectorsTests \
          VouchControlsTests VouchPackagesTests VouchTests
sanitize: deps test-deps
	@for kind in address thread; do \
	  swift build --build-tests --sanitize=$$kind --scratch-path .build-$$kind || exit; \
	  for suite in $(SUITES); do \
	    ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=halt_on_error=1 swift test --skip-build \
	      --sanitize=$$kind --scratch-path .build-$$kind --filter "^$$suite\." || exit; \
	  done; \
	done

# --explicit-target-dependency-import-check finds imports that Package.swift does not declare; it
# prints "Build complete!" even when it fails, so only the exit status tells.
check: deps
	swift format lint --strict --recursive --parallel Sources Tests Plugins Package.swift
	swift build --build-tests --explicit-target-dependency-import-check error

format:
	swift format --in-place --recursive --parallel Sources Tests Plugins Package.swift

deps:
	@.ci/packages $(BUILD_PACKAGES)

test-deps:
	@.ci/packages $(TEST_PACKAGES)

# AWS is played by moto: pip install 'moto[server]' awscli
peer-deps:
	@.ci/xmlconf "$(CURDIR)/.build/xmlconf"
	@.ci/packages $(PEER_PACKAGES)

bench: release
	@bench/run

demo: release
	rm -rf .build/demo && $(VOUCH) demo .build/demo
	rm -rf evidence/objects evidence/ledger.jsonl
	cp -r .build/demo/evidence/objects .build/demo/evidence/ledger.jsonl evidence/
	cp .build/demo/vouch.yaml vouch.yaml

# What is written from the sources: JSON Schemas, record types, messages.
generated:
	@.ci/messages
	VOUCH_RECORD=1 swift test --filter 'SchemaTests|DocumentationTests' >/dev/null || \
	  swift test --filter 'SchemaTests|DocumentationTests'

# The documentation as a web site in .build/docs/site, by the docc of the Swift toolchain.
docs:
	@.ci/docs .build/docs

# Binary, manual pages, completions of bash, zsh and fish, templates, schemas, documentation.
install: release
	@.ci/install $(VOUCH) "$(DESTDIR)" "$(PREFIX)"

deb: release deb-deps
	@.ci/deb $(VOUCH) .build/deb

# Lints the package, installs it in a clean Debian without Swift, and works with it there.
deb-test: deb deb-test-deps
	lintian --tag-display-limit 0 .build/deb/*.deb
	@.ci/deb-test .build/deb/vouch_*.deb

deb-deps:
	@.ci/packages dpkg-dev binutils gzip

deb-test-deps:
	@.ci/packages lintian mmdebstrap

clean:
	rm -rf .build .vouch $(OUTPUT)/*/ $(OUTPUT)/*.zip
