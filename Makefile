# SPDX-License-Identifier: GPL-2.0-or-later
#
# make demo     set up, build, and show Service VIPs at work in a VM
# make check    set up, build, and run all tests
# make          build the tools
# make module   build kvip.ko for the running kernel (KDIR=... for another)
# make install  install the tools (make uninstall: take them away); the module
#               is DKMS's, see README.md
# make lint     every checker that must stay silent
# make bench    measure what the README claims
#
# KERNELS="debian-6.1 um-debug" chooses what the selftests run on, see
# tests/check.

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNELS ?= um:user debian-6.1:kernel
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc

VERSION := $(shell sed -n 's/^KVIP_VERSION := //p' Kbuild)

B := build
O := $(B)/obj
T := $(B)/tools

CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wformat=2 \
	     -Wstrict-prototypes -Wmissing-prototypes -Werror=implicit \
	     -Iinclude/uapi $(addprefix -iquote tools/,lib api store lb dns) \
	     -DKVIP_VERSION='"$(VERSION)"' \
	     -MMD -MP $(CFLAGS)
NL_CFLAGS = $(shell pkg-config --cflags libnl-genl-3.0)
LIBS = $(shell pkg-config --libs libnl-genl-3.0 json-c yaml-0.1)
# what the store and providers need besides
STORE_LIBS = $(shell pkg-config --libs libevent_core sqlite3) -lm
# and what the API server and the agent need
API_LIBS = $(shell pkg-config --libs libcurl libevent_extra) $(STORE_LIBS)

LIB_OBJS := $(patsubst tools/%.c,$(O)/%.o,$(sort $(wildcard tools/lib/*.c)))
API_OBJS := $(patsubst tools/%.c,$(O)/%.o,$(sort $(wildcard tools/api/*.c)))
STORE_OBJS := $(patsubst tools/%.c,$(O)/%.o,$(sort $(wildcard tools/store/*.c)))
LB_OBJS := $(patsubst tools/%.c,$(O)/%.o,$(sort $(wildcard tools/lb/*.c)))
DNS_OBJS := $(patsubst tools/%.c,$(O)/%.o,$(sort $(wildcard tools/dns/*.c)))
# each may use what stands behind it
COMMON := $(T)/libkvipstore.a $(T)/libkviplb.a $(T)/libkvipdns.a \
	  $(T)/libkvipapi.a $(T)/libkvip.a
KVIPD_OBJS := $(patsubst tools/%.c,$(O)/%.o,\
	      $(filter-out tools/kvipd/main.c,$(sort $(wildcard tools/kvipd/*.c))))
KVIP_OBJS := $(patsubst tools/%.c,$(O)/%.o,\
	     $(filter-out tools/kvip/main.c,$(sort $(wildcard tools/kvip/*.c))))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,\
	      $(sort $(wildcard tests/unit/test_*.c)))
HELPERS := $(patsubst tests/selftests/%.c,$(B)/tests/%,\
	   $(sort $(wildcard tests/selftests/*.c)))

.DELETE_ON_ERROR:
.PHONY: all module install uninstall setup demo check unit selftests lint bench \
	clean helpers

all: $(T)/kvip $(T)/kvip-remote $(T)/kvipd

# Most of what kvip does takes few libraries, whose loading costs less than it does.
$(T)/kvip: $(O)/kvip/main.o $(T)/libkvipcmd.a $(COMMON)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(STORE_LIBS) $(LIBS)

# It is the same with those that asking an API server takes.
$(T)/kvip-remote: $(O)/kvip/main.o $(T)/libkvipcmd.a $(COMMON)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,-u,kvip_access_remote_open -o $@ $^ \
		$(API_LIBS) $(LIBS)

$(T)/kvipd: $(O)/kvipd/main.o $(T)/libkvipd.a $(COMMON)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(API_LIBS) $(LIBS)

$(T)/libkvip.a: $(LIB_OBJS)
$(T)/libkvipapi.a: $(API_OBJS)
$(T)/libkvipstore.a: $(STORE_OBJS)
$(T)/libkviplb.a: $(LB_OBJS)
$(T)/libkvipdns.a: $(DNS_OBJS)
$(T)/libkvipd.a: $(KVIPD_OBJS)
$(T)/libkvipcmd.a: $(KVIP_OBJS)

$(T)/%.a:
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $^

$(O)/%.o: tools/%.c Makefile Kbuild
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(NL_CFLAGS) -c -o $@ $<

$(B)/tests/unit/%: tests/unit/%.c $(T)/libkvipcmd.a $(T)/libkvipd.a $(COMMON) \
		  Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -iquote tools/kvipd -iquote tools/kvip $(NL_CFLAGS) \
		$(LDFLAGS) -o $@ $< $(T)/libkvipcmd.a $(T)/libkvipd.a $(COMMON) \
		$(API_LIBS) $(LIBS) -lcmocka

$(B)/tests/%: tests/selftests/%.c $(COMMON) Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(NL_CFLAGS) $(LDFLAGS) -Wl,--as-needed -o $@ $< \
		$(COMMON) $(API_LIBS) $(LIBS)

helpers: $(HELPERS)

module:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

# where each goes, below DESTDIR
SBIN = $(PREFIX)/sbin
MAN = $(PREFIX)/share/man
COMPLETIONS = $(PREFIX)/share/bash-completion/completions
UNITS = $(PREFIX)/lib/systemd/system
PROGRAMS = $(PREFIX)/lib/kvip
PAGES := $(notdir $(wildcard tools/man/*.[1-8]))

install: all
	install -D -m 755 -t $(DESTDIR)$(SBIN) $(T)/kvip $(T)/kvipd
	install -D -m 644 tools/kvip.conf \
		$(DESTDIR)$(SYSCONFDIR)/kvip/kvip.conf.example
	for page in $(PAGES); do \
		install -D -m 644 -t $(DESTDIR)$(MAN)/man$${page##*.} \
			tools/man/$$page || exit; \
	done
	install -D -m 644 -t $(DESTDIR)$(COMPLETIONS) tools/completion/kvip \
		tools/completion/kvipd
	install -D -m 755 -t $(DESTDIR)$(PROGRAMS) $(T)/kvip-remote \
		tools/deploy/dns/unbound-reload
	install -d $(DESTDIR)$(UNITS)
	sed 's|@sbindir@|$(SBIN)|' tools/systemd/kvipd.service.in \
		>$(DESTDIR)$(UNITS)/kvipd.service
	chmod 644 $(DESTDIR)$(UNITS)/kvipd.service

uninstall:
	rm -f $(DESTDIR)$(SBIN)/kvip $(DESTDIR)$(SBIN)/kvipd
	rm -f $(DESTDIR)$(SYSCONFDIR)/kvip/kvip.conf.example
	for page in $(PAGES); do \
		rm -f $(DESTDIR)$(MAN)/man$${page##*.}/$$page || exit; \
	done
	rm -f $(DESTDIR)$(COMPLETIONS)/kvip $(DESTDIR)$(COMPLETIONS)/kvipd
	rm -f $(DESTDIR)$(UNITS)/kvipd.service
	rm -f $(DESTDIR)$(PROGRAMS)/kvip-remote $(DESTDIR)$(PROGRAMS)/unbound-reload

setup:
	tests/setup

# The rest runs once what it needs is installed, in a make that sees it.
demo: setup
	@$(MAKE) --no-print-directory all helpers
	tests/demo/run

check: setup
	@$(MAKE) --no-print-directory all helpers $(UNIT_TESTS)
	tests/check $(KERNELS)

unit: $(UNIT_TESTS)
	tests/check --unit

selftests: all helpers
	tests/check --selftests $(KERNELS)

lint: setup
	tests/lint

bench: setup
	@$(MAKE) --no-print-directory all helpers
	tests/bench/run

clean:
	rm -rf $(B)

-include $(shell find $(O) $(B)/tests -name '*.d' 2>/dev/null)
