// SPDX-License-Identifier: GPL-2.0-or-later
/* Zones as files: see kvip_zones_write(). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "dns_config.h"
#include "domain.h"
#include "zones.h"

/* The first line of a file that is ours. */
#define MARK "; Written by kvip, which replaces it whole: do not edit.\n"

#define SUFFIX ".zone"
#define NEW_SUFFIX ".zone.new"
#define LOCK_NAME ".lock"

/* Seconds to wait for the lock: somebody may write 10,000 Services. */
#define PATIENCE 10

/* As CoreDNS has them: refresh, retry, expire. The last one is the TTL. */
#define SOA_TIMES "7200 1800 86400"

/* Nothing that we write is longer; what is longer is not read. */
#define FILE_MAX ((size_t)1 << 30)

struct place {
	const struct kvip_zones *zones;
	const struct kvip_dns_config *config;
	kvip_zones_fn fn;
	void *arg;
	struct kvip_zones_report *report;
	int dir;
};

static int fail(const struct place *place, const char *name,
		struct kvip_err *err)
{
	int number = errno;

	return kvip_err_set(err, "%s%s%s: %s", place->config->directory,
			    *name ? "/" : "", name, strerror(number));
}

char *kvip_zone_text(const struct kvip_zones *zones,
		     const struct kvip_zone *zone,
		     const struct kvip_dns_config *config, uint32_t serial,
		     size_t *len)
{
	size_t room = 4 * KVIP_DOMAIN_TEXT_LEN + zone->len;
	char *text = kvip_alloc(room);
	int n;

	n = sprintf(text,
		    MARK "$ORIGIN %s.\n$TTL %" PRIu32 "\n"
			 "@\tSOA\t%s. hostmaster.%s. %" PRIu32 " " SOA_TIMES
			 " %" PRIu32 "\n",
		    zone->origin, config->ttl, zones->nameserver, config->zone,
		    serial, config->ttl);
	memcpy(text + n, zone->records, zone->len);
	*len = (size_t)n + zone->len;
	return text;
}

/* The file as it is; NULL with errno, ENOENT if there is none. */
static char *read_file(int dir, const char *name, size_t *len)
{
	int fd = openat(dir, name,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char *text;
	ssize_t n;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st)) {
		close(fd);
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || (size_t)st.st_size > FILE_MAX) {
		close(fd);
		errno = EINVAL;
		return NULL;
	}
	text = kvip_alloc((size_t)st.st_size + 1);
	*len = 0;
	while ((n = read(fd, text + *len, (size_t)st.st_size - *len)) > 0)
		*len += (size_t)n;
	close(fd);
	if (!n)
		return text;
	free(text);
	return NULL;
}

static bool is_ours(const char *text)
{
	return !strncmp(text, MARK, sizeof(MARK) - 1);
}

/* Of the SOA that we wrote; false: somebody changed it. */
static bool read_serial(const char *text, uint32_t *serial)
{
	const char *soa = strstr(text, "\tSOA\t");

	return soa && sscanf(soa, "\tSOA\t%*s %*s %" SCNu32, serial) == 1;
}

/* RFC 1982; to some servers a serial of 0 is none. */
static uint32_t next_serial(uint32_t serial)
{
	return serial == UINT32_MAX ? 1 : serial + 1;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Servers run as users of their own, whatever our umask is. */
static int fill_file(int fd, const char *text, size_t len)
{
	int ret = write_all(fd, text, len);

	if (!ret)
		ret = fchmod(fd, 0644);
	if (!ret)
		ret = fsync(fd);
	if (ret) {
		int number = errno;

		close(fd);
		errno = number;
		return -1;
	}
	return close(fd);
}

static int replace_file(const struct place *place, const char *name,
			const char *text, size_t len, struct kvip_err *err)
{
	char new[KVIP_DOMAIN_MAX + sizeof(NEW_SUFFIX) + 1];
	int fd;

	snprintf(new, sizeof(new), ".%s.new", name);
	unlinkat(place->dir, new, 0);
	fd = openat(place->dir, new,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return fail(place, new, err);
	if (fill_file(fd, text, len) ||
	    renameat(place->dir, new, place->dir, name)) {
		fail(place, name, err);
		unlinkat(place->dir, new, 0);
		return -1;
	}
	return 0;
}

static void tell(const struct place *place, const char *name,
		 const struct kvip_zone *zone, enum kvip_zone_outcome outcome,
		 uint32_t serial)
{
	char *path;

	if (!place->fn)
		return;
	if (asprintf(&path, "%s/%s", place->config->directory, name) < 0)
		abort();
	place->fn(place->arg, path, zone, outcome, serial);
	free(path);
}

/* The text that is wanted, of the old serial if only that may differ. */
static int write_zone(const struct place *place, const struct kvip_zone *zone,
		      struct kvip_err *err)
{
	char name[KVIP_DOMAIN_MAX + sizeof(SUFFIX)];
	uint32_t serial = (uint32_t)kvip_clock_unix();
	size_t len, old_len = 0;
	char *text, *old;
	bool same = false;
	int ret = 0;

	place->report->n_records += zone->n_records + 1;
	snprintf(name, sizeof(name), "%s" SUFFIX, zone->origin);
	old = read_file(place->dir, name, &old_len);
	if (!old && errno != ENOENT)
		return fail(place, name, err);
	if (old && old_len && !is_ours(old)) {
		free(old);
		return kvip_err_set(
			err, "%s/%s: it is not of kvip's making, and stays",
			place->config->directory, name);
	}
	if (old && read_serial(old, &serial)) {
		text = kvip_zone_text(place->zones, zone, place->config, serial,
				      &len);
		same = len == old_len && !memcmp(text, old, len);
		free(text);
		if (!same)
			serial = next_serial(serial);
	}
	free(old);
	if (!same) {
		text = kvip_zone_text(place->zones, zone, place->config, serial,
				      &len);
		ret = replace_file(place, name, text, len, err);
		free(text);
	}
	if (ret)
		return -1;
	if (!same)
		place->report->n_written++;
	tell(place, name, zone, same ? KVIP_ZONE_UNCHANGED : KVIP_ZONE_WRITTEN,
	     serial);
	return 0;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name), suffix_len = strlen(suffix);

	return len > suffix_len && !strcmp(name + len - suffix_len, suffix);
}

static bool is_wanted(const struct kvip_zones *zones, const char *name)
{
	size_t len = strlen(name) - strlen(SUFFIX), i;

	for (i = 0; i < zones->n; i++)
		if (!strncmp(zones->items[i].origin, name, len) &&
		    !zones->items[i].origin[len])
			return true;
	return false;
}

/* A zone that there is no more; what cannot be read is not ours. */
static int remove_zone(const struct place *place, const char *name,
		       struct kvip_err *err)
{
	char head[sizeof(MARK)] = "";
	int fd = openat(place->dir, name,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, head, sizeof(head) - 1);
	close(fd);
	if (n < 0 || !is_ours(head))
		return 0;
	if (unlinkat(place->dir, name, 0))
		return fail(place, name, err);
	place->report->n_removed++;
	tell(place, name, NULL, KVIP_ZONE_REMOVED, 0);
	return 0;
}

/* And what was left half-written by somebody who was killed. */
static int remove_others(const struct place *place, struct kvip_err *err)
{
	int fd = openat(place->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int ret = 0;

	if (!dir) {
		ret = fail(place, "", err);
		if (fd >= 0)
			close(fd);
		return ret;
	}
	while (!ret && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (*name == '.' && ends_with(name, NEW_SUFFIX))
			unlinkat(place->dir, name, 0);
		else if (*name != '.' && ends_with(name, SUFFIX) &&
			 !is_wanted(place->zones, name))
			ret = remove_zone(place, name, err);
	}
	closedir(dir);
	return ret;
}

static int make_directory(const char *path)
{
	char *copy = kvip_strdup(path), *slash;
	int ret;

	for (slash = strchr(copy + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		/* the last one tells whether that went well */
		mkdir(copy, 0755);
		*slash = '/';
	}
	ret = mkdir(copy, 0755);
	free(copy);
	return ret && errno != EEXIST ? -1 : 0;
}

static int lock(const struct place *place, int *fd, struct kvip_err *err)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	double end = kvip_clock_monotonic() + PATIENCE;

	*fd = openat(place->dir, LOCK_NAME,
		     O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0)
		return fail(place, LOCK_NAME, err);
	while (flock(*fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR) {
			fail(place, LOCK_NAME, err);
			close(*fd);
			return -1;
		}
		if (kvip_clock_monotonic() > end) {
			close(*fd);
			return kvip_err_set(
				err,
				"%s/%s: another process has held it for %d seconds",
				place->config->directory, LOCK_NAME, PATIENCE);
		}
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* New zones first: a server that reads now finds all that there is. */
static int write_all_zones(const struct place *place, struct kvip_err *err)
{
	size_t i;
	int ret;

	for (i = 0; i < place->zones->n; i++)
		if (write_zone(place, &place->zones->items[i], err))
			return -1;
	ret = remove_others(place, err);
	if (!ret && (place->report->n_written || place->report->n_removed) &&
	    fsync(place->dir))
		ret = fail(place, "", err);
	return ret;
}

int kvip_zones_write_each(const struct kvip_zones *zones,
			  const struct kvip_dns_config *config,
			  kvip_zones_fn fn, void *arg,
			  struct kvip_zones_report *report,
			  struct kvip_err *err)
{
	struct place place = {
		.zones = zones,
		.config = config,
		.fn = fn,
		.arg = arg,
		.report = report,
	};
	int ret, lock_fd;

	memset(report, 0, sizeof(*report));
	if (!config->directory)
		return 0;
	if (make_directory(config->directory))
		return fail(&place, "", err);
	place.dir = open(config->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place.dir < 0)
		return fail(&place, "", err);
	ret = lock(&place, &lock_fd, err);
	if (!ret) {
		ret = write_all_zones(&place, err);
		close(lock_fd);
	}
	close(place.dir);
	return ret;
}

int kvip_zones_write(const struct kvip_zones *zones,
		     const struct kvip_dns_config *config,
		     struct kvip_zones_report *report, struct kvip_err *err)
{
	return kvip_zones_write_each(zones, config, NULL, NULL, report, err);
}
