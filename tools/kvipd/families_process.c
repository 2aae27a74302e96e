// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "families.h"

#define CONNTRACK "/proc/sys/net/netfilter/"

/* What /proc/self/stat tells, in its own units. */
struct usage {
	unsigned long user_ticks;
	unsigned long system_ticks;
	unsigned long long start_ticks; /* since the machine's start */
	unsigned long virtual_bytes;
	long resident_pages;
};

static void number(struct kvip_exposition *to, const char *type,
		   const char *name, const char *help, double value)
{
	kvip_exposition_family(to, type, name, help);
	kvip_exposition_number(to, NULL, value);
}

/* A file of /proc is read in one piece. */
static bool read_text(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t n;

	if (!file)
		return false;
	n = fread(text, 1, size - 1, file);
	fclose(file);
	text[n] = '\0';
	return n;
}

static bool read_usage(struct usage *usage)
{
	char text[1024], *at;

	if (!read_text("/proc/self/stat", text, sizeof(text)))
		return false;
	/* the name in parentheses may hold anything */
	at = strrchr(text, ')');
	return at &&
	       sscanf(at + 1,
		      " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu"
		      " %*d %*d %*d %*d %*d %*d %llu %lu %ld",
		      &usage->user_ticks, &usage->system_ticks,
		      &usage->start_ticks, &usage->virtual_bytes,
		      &usage->resident_pages) == 5;
}

/* Unix time of the machine's start; 0: not told */
static double boot_time(void)
{
	FILE *file = fopen("/proc/stat", "re");
	unsigned long long seconds = 0;
	char line[256];

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "btime %llu", &seconds) == 1)
			break;
	fclose(file);
	return (double)seconds;
}

static void usage_families(struct kvip_exposition *to)
{
	double hertz = (double)sysconf(_SC_CLK_TCK), boot = boot_time();
	struct usage usage;

	if (!read_usage(&usage))
		return;
	number(to, "counter", "process_cpu_seconds_total",
	       "User and system CPU time spent",
	       (double)(usage.user_ticks + usage.system_ticks) / hertz);
	number(to, "gauge", "process_resident_memory_bytes",
	       "Resident memory size",
	       (double)usage.resident_pages * (double)sysconf(_SC_PAGESIZE));
	number(to, "gauge", "process_virtual_memory_bytes",
	       "Virtual memory size", (double)usage.virtual_bytes);
	if (boot > 0)
		number(to, "gauge", "process_start_time_seconds",
		       "Start of the process, a Unix time",
		       boot + (double)usage.start_ticks / hertz);
}

static void descriptor_families(struct kvip_exposition *to)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	struct rlimit limit;
	unsigned int n = 0;

	if (dir) {
		while ((entry = readdir(dir)))
			n += entry->d_name[0] != '.';
		closedir(dir);
		/* without the one for looking */
		number(to, "gauge", "process_open_fds", "Open file descriptors",
		       n - 1);
	}
	if (!getrlimit(RLIMIT_NOFILE, &limit))
		number(to, "gauge", "process_max_fds",
		       "Open file descriptors that there may be",
		       (double)limit.rlim_cur);
}

void kvip_families_process(struct kvip_exposition *to)
{
	usage_families(to);
	descriptor_families(to);
}

static void conntrack_family(struct kvip_exposition *to, const char *name,
			     const char *help, const char *path)
{
	unsigned long long value;
	char text[64];

	if (read_text(path, text, sizeof(text)) &&
	    sscanf(text, "%llu", &value) == 1)
		number(to, "gauge", name, help, (double)value);
}

void kvip_families_conntrack(struct kvip_exposition *to)
{
	conntrack_family(to, "kvip_conntrack_entries",
			 "Connections that conntrack knows in this namespace",
			 CONNTRACK "nf_conntrack_count");
	conntrack_family(to, "kvip_conntrack_limit",
			 "Connections that conntrack may know",
			 CONNTRACK "nf_conntrack_max");
}
