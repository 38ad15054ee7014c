# `make check` is what CI runs. Everything here needs Go, git and a C compiler
# (for the race detector), and nothing else.

GO    ?= go
TOOL   = $(GO) tool -modfile=tools/go.mod
# The packages whose tests exercise concurrency.
RACED  = ./runtime/... ./stdlib/... ./cmd/...

# What users mistype in our examples.
TYPOS = tranform,wrok,lenght,reciept

.PHONY: check test examples format vet lint race golden update tidy bench soak fuzz

check: format vet lint test examples race golden tidy ## all that CI asks for

test: ## the README's test command
	$(GO) test ./...

examples: ## the examples have no findings, and their own tests pass
	$(GO) run ./cmd/flowc check --deny W examples
	$(GO) run ./cmd/flowc test examples

format: ## no file differs from gofmt's layout, no example from flowc fmt's
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "gofmt these:"; echo "$$out"; exit 1; }
	$(GO) run ./cmd/flowc fmt -l $$(git ls-files 'examples/*.flow')

vet:
	$(GO) vet ./...

lint: ## linters by name; their settings stand in staticcheck.conf
	$(TOOL) staticcheck ./...
	$(TOOL) errcheck -ignoretests -exclude tools/errcheck.txt ./...
	$(TOOL) ineffassign ./...
	$(TOOL) misspell -error -i $(TYPOS) $$(git ls-files '*.go' '*.md')

race:
	$(GO) test -race -short $(RACED)

golden: update ## goldens are up to date: rewriting them changes nothing
	git diff --exit-code -- '*testdata*' examples docs

update: ## rewrite the goldens; most packages have none, and know no -update
	$(GO) test -short $$(grep -lE 'goldie/v2"|flag.Bool\("update"' $$(git ls-files '*_test.go') | xargs -n1 dirname | sort -u | sed 's|^|./|') -update >/dev/null

tidy:
	$(GO) mod tidy -e -diff # -e: tests of our dependencies need modules that we do not

bench: ## ratios against a baseline that is measured in the same run
	$(GO) run ./internal/bench

soak: ## the long versions of the property tests
	FLOWC_SOAK=1 $(GO) test -timeout 60m . ./runtime/... ./lang/... ./compiler/...

FUZZTIME ?= 20s
fuzz: ## each fuzz target for FUZZTIME
	@$(GO) list ./... | while read p; do \
	  $(GO) test $$p -list '^Fuzz' | grep '^Fuzz' | while read f; do \
	    echo "$$p $$f"; $(GO) test $$p -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) || exit 1; \
	  done || exit 1; \
	done
