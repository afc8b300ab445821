# SPDX-License-Identifier: Apache-2.0
# Porchlight's verbs. `make` alone prints them; the build itself is Meson's. Variants are build folders side by side:
# build (what is installed), build-asan (sanitizers), build-gcc and build-clang (warnings are errors), build-fuzz.

MAKEFLAGS += --no-builtin-rules
SHELL = /bin/bash
export PATH := $(CURDIR)/build-tools/node_modules/.bin:$(CURDIR)/node_modules/.bin:$(PATH)

PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60

help: ## these lines
	@echo "Porchlight: photo-on-delivery. Verbs:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | column -t -s '|' 2>/dev/null || \
	 sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(firstword $(MAKEFILE_LIST))

demo: build ## a delivery end to end on http://localhost:8080, told as it happens; Ctrl-C ends it
	@exec build/porchlight demo

build: ## build/porchlight and build/porchlight-photo, with what they need installed
	@tools/install build
	@tools/configure build
	@echo "Building build/porchlight and build/porchlight-photo"
	@ninja -C build --quiet

test: ## everything that must pass: unit and end-to-end tests, plain and with sanitizers
	@tools/install build test
	@tools/test-run

lint: ## formats, static checks, layers, manuals; warnings are errors with gcc and clang
	@tools/install build test lint
	@tools/lint

bench: build ## figures against floors and peers, one "name value" a line
	@tools/install bench test
	@bench/run

fuzz: ## each fuzzer for FUZZ_SECONDS (60)
	@tools/install build fuzz
	@tools/fuzz $(FUZZ_SECONDS)

soak: ## thousands of uploads under kills, random histories against the rules, mutations: about two hours
	@tools/install build test
	@tools/test-run --soak

screenshots: build ## the pages and the app as pictures, in docs/pictures
	@tools/install test
	@node tests/browser/screenshots.js

install: build ## under PREFIX (/usr/local), with the manual page; DESTDIR is honoured
	@meson configure build -Dprefix=$(PREFIX)
	@meson install -C build

clean: ## removes the build folders
	rm -rf build build-asan build-gcc build-clang build-fuzz

.PHONY: help demo build test lint bench fuzz soak screenshots install clean
