// SPDX-License-Identifier: GPL-2.0-or-later
#include <ifaddrs.h>
#include <json-c/json.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "addr.h"
#include "machine.h"

/* Addresses in documentation, which no packet is sent to. */
#define ELSEWHERE_IPV4 "192.0.2.1"
#define ELSEWHERE_IPV6 "2001:db8::1"

/* The addresses of a socket, as far as it has one. */
static bool read_sockaddr(const struct sockaddr *from, struct kvip_addr *addr)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	memset(addr, 0, sizeof(*addr));
	if (!from)
		return false;
	addr->family = from->sa_family;
	if (from->sa_family == AF_INET) {
		memcpy(&v4, from, sizeof(v4));
		addr->v4 = v4.sin_addr;
		return true;
	}
	if (from->sa_family == AF_INET6) {
		memcpy(&v6, from, sizeof(v6));
		addr->v6 = v6.sin6_addr;
		return true;
	}
	return false;
}

static socklen_t make_sockaddr(const char *text, struct sockaddr_storage *to)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct kvip_addr addr;

	kvip_addr_parse(text, &addr);
	v4.sin_port = htons(9);
	v6.sin6_port = htons(9);
	v4.sin_addr = addr.v4;
	v6.sin6_addr = addr.v6;
	if (addr.family == AF_INET) {
		memcpy(to, &v4, sizeof(v4));
		return sizeof(v4);
	}
	memcpy(to, &v6, sizeof(v6));
	return sizeof(v6);
}

/* The source that the kernel would use to go far away. */
static bool ask_route(const char *elsewhere, struct kvip_addr *addr)
{
	struct sockaddr_storage to, from;
	socklen_t len = make_sockaddr(elsewhere, &to);
	bool ret;
	int fd;

	fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	ret = !connect(fd, (struct sockaddr *)&to, len);
	len = sizeof(from);
	ret = ret && !getsockname(fd, (struct sockaddr *)&from, &len) &&
	      read_sockaddr((struct sockaddr *)&from, addr) &&
	      !kvip_addr_special(addr);
	close(fd);
	return ret;
}

/* The first address that means the same to others. */
static bool ask_interfaces(uint8_t family, struct kvip_addr *addr)
{
	struct ifaddrs *list, *item;
	bool found = false;

	if (getifaddrs(&list))
		return false;
	for (item = list; item && !found; item = item->ifa_next)
		found = (item->ifa_flags & IFF_UP) &&
			!(item->ifa_flags & IFF_LOOPBACK) &&
			read_sockaddr(item->ifa_addr, addr) &&
			addr->family == family && !kvip_addr_special(addr);
	freeifaddrs(list);
	return found;
}

static void add_pair(struct json_object *object, const char *name,
		     const char *text)
{
	json_object_object_add(object, name, json_object_new_string(text));
}

static void add_address(struct json_object *addresses, const char *type,
			const char *text)
{
	struct json_object *address = json_object_new_object();

	add_pair(address, "type", type);
	add_pair(address, "address", text);
	json_object_array_add(addresses, address);
}

static struct json_object *make_addresses(const char *name)
{
	struct json_object *addresses = json_object_new_array();
	char text[INET6_ADDRSTRLEN];
	struct kvip_addr addr;

	if (ask_route(ELSEWHERE_IPV4, &addr) || ask_interfaces(AF_INET, &addr))
		add_address(addresses, "InternalIP",
			    kvip_addr_text(&addr, text));
	if (ask_route(ELSEWHERE_IPV6, &addr) || ask_interfaces(AF_INET6, &addr))
		add_address(addresses, "InternalIP",
			    kvip_addr_text(&addr, text));
	add_address(addresses, "Hostname", name);
	return addresses;
}

static struct json_object *make_conditions(void)
{
	struct json_object *conditions = json_object_new_array();
	struct json_object *ready = json_object_new_object();
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	add_pair(ready, "type", "Ready");
	add_pair(ready, "status", "True");
	add_pair(ready, "lastHeartbeatTime", text);
	add_pair(ready, "lastTransitionTime", text);
	add_pair(ready, "reason", "KvipReady");
	add_pair(ready, "message", "this machine keeps the store");
	json_object_array_add(conditions, ready);
	return conditions;
}

/* The names that Go, and so Kubernetes, has for machines. */
static const char *architecture(const struct utsname *system)
{
	if (!strcmp(system->machine, "x86_64"))
		return "amd64";
	if (!strcmp(system->machine, "aarch64"))
		return "arm64";
	if (!strcmp(system->machine, "i686"))
		return "386";
	return system->machine;
}

static struct json_object *make_metadata(const char *name,
					 const struct utsname *system)
{
	struct json_object *metadata = json_object_new_object();
	struct json_object *labels = json_object_new_object();

	add_pair(labels, "kubernetes.io/arch", architecture(system));
	add_pair(labels, "kubernetes.io/hostname", name);
	add_pair(labels, "kubernetes.io/os", "linux");
	add_pair(metadata, "name", name);
	json_object_object_add(metadata, "labels", labels);
	return metadata;
}

struct json_object *kvip_machine_node(const char *name)
{
	struct json_object *node = json_object_new_object();
	struct json_object *status = json_object_new_object();
	struct json_object *info = json_object_new_object();
	struct utsname system = {};

	uname(&system);
	add_pair(info, "architecture", architecture(&system));
	add_pair(info, "kernelVersion", system.release);
	add_pair(info, "operatingSystem", "linux");
	json_object_object_add(status, "addresses", make_addresses(name));
	json_object_object_add(status, "conditions", make_conditions());
	json_object_object_add(status, "nodeInfo", info);
	json_object_object_add(node, "metadata", make_metadata(name, &system));
	json_object_object_add(node, "spec", json_object_new_object());
	json_object_object_add(node, "status", status);
	return node;
}
