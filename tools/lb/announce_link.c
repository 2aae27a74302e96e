// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "announce_frame.h"
#include "announce_link.h"

/* Fill in @link as far as ioctls tell; what failed first, or 0. */
static int ask(int fd, struct kvip_announce_link *link)
{
	struct ifreq request;
	short flags;

	memset(&request, 0, sizeof(request));
	memcpy(request.ifr_name, link->name, IFNAMSIZ);
	if (ioctl(fd, SIOCGIFINDEX, &request))
		return errno;
	link->index = (unsigned int)request.ifr_ifindex;
	if (ioctl(fd, SIOCGIFFLAGS, &request))
		return errno;
	flags = request.ifr_flags;
	link->up = flags & IFF_UP;
	link->running = link->up && flags & IFF_RUNNING;
	if (ioctl(fd, SIOCGIFHWADDR, &request))
		return errno;
	link->neighbours = !(flags & (IFF_LOOPBACK | IFF_NOARP)) &&
			   request.ifr_hwaddr.sa_family == ARPHRD_ETHER;
	memcpy(link->mac, request.ifr_hwaddr.sa_data, ETH_ALEN);
	return 0;
}

int kvip_announce_link_get(const char *name, struct kvip_announce_link *link,
			   struct kvip_err *err)
{
	int fd, error;

	memset(link, 0, sizeof(*link));
	snprintf(link->name, sizeof(link->name), "%s", name);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return kvip_err_set(err, "can't open a socket: %s",
				    strerror(errno));
	error = ask(fd, link);
	close(fd);
	if (error == ENODEV)
		return kvip_err_set(err, "there is no interface %s", name);
	if (error)
		return kvip_err_set(err, "interface %s: %s", name,
				    strerror(error));
	return 0;
}

int kvip_announce_link_check(const struct kvip_announce_link *link,
			     struct kvip_err *err)
{
	if (!link->up)
		return kvip_err_set(err, "interface %s is down", link->name);
	return 0;
}

static int send_frame(int fd, const struct kvip_announce_link *link,
		      const struct kvip_frame *frame)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(frame->type),
		.sll_ifindex = (int)link->index,
		.sll_halen = ETH_ALEN,
	};

	memcpy(to.sll_addr, frame->to, ETH_ALEN);
	return sendto(fd, frame->bytes, frame->len, 0,
		      (const struct sockaddr *)&to, sizeof(to)) < 0 ?
		       -1 :
		       0;
}

/* Whether the kernel itself says so of its answers on this interface. */
static bool is_router(const struct kvip_announce_link *link)
{
	char path[64 + IFNAMSIZ];
	FILE *file;
	int c;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/forwarding",
		 link->name);
	file = fopen(path, "re");
	if (!file)
		return false;
	c = fgetc(file);
	fclose(file);
	return c > '0' && c <= '9';
}

static int send_all(int fd, const struct kvip_announce_link *link,
		    const struct kvip_addr *addr)
{
	struct kvip_frame frame;

	if (addr->family == AF_INET6) {
		kvip_frame_advert(&frame, addr, link->mac, is_router(link));
		return send_frame(fd, link, &frame);
	}
	kvip_frame_arp(&frame, addr, link->mac, false);
	if (send_frame(fd, link, &frame))
		return -1;
	kvip_frame_arp(&frame, addr, link->mac, true);
	return send_frame(fd, link, &frame);
}

int kvip_announce_link_tell(const struct kvip_announce_link *link,
			    const struct kvip_addr *addr, struct kvip_err *err)
{
	char text[INET6_ADDRSTRLEN];
	int fd, error = 0;

	if (!link->neighbours)
		return 0;
	/* of no protocol: it hears nothing, and only sends */
	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || send_all(fd, link, addr))
		error = errno;
	if (fd >= 0)
		close(fd);
	if (!error)
		return 0;
	return kvip_err_set(err, "the neighbours on %s can't be told of %s: %s",
			    link->name, kvip_addr_text(addr, text),
			    error == EPERM ? "this needs CAP_NET_RAW" :
					     strerror(error));
}
