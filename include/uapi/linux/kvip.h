/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * kvip: Service VIPs in the kernel. The generic netlink family "kvip".
 *
 * The tables of a network namespace are a set of services. A service has one
 * address family and one transport protocol, a set of frontends (the addresses
 * and ports that clients connect to) and a set of backends (the endpoints that
 * connections are translated to). A frontend belongs to one service.
 *
 * Reading
 *	&KVIP_CMD_INFO_GET answers anybody. &KVIP_CMD_SERVICE_GET dumps every
 *	service; one that does not fit in a message goes on in the next, see
 *	&KVIP_SERVICE_A_MORE. A dump that another writer's commit overlapped has
 *	NLM_F_DUMP_INTR set in its messages and should be taken again. Each
 *	message of a dump carries &KVIP_A_GENERATION.
 *
 *	&KVIP_CMD_CONFIG_GET tells what holds for all services. &KVIP_CMD_EXPLAIN
 *	tells what a new connection would get, and &KVIP_CMD_FLOWS_LISTEN what new
 *	connections do get.
 *
 * Writing
 *	Changes come in a transaction, which belongs to the socket that began it.
 *	&KVIP_CMD_TXN_BEGIN, then any number of &KVIP_CMD_SERVICE_SET and
 *	&KVIP_CMD_SERVICE_DEL, and at most one &KVIP_CMD_CONFIG_SET, then
 *	&KVIP_CMD_TXN_COMMIT. Nothing is visible to
 *	packets or to dumps before the commit. A commit is carried out whole or
 *	refused whole. After a refusal, of whichever message, the transaction can
 *	only be aborted; &KVIP_CMD_TXN_ABORT, a new &KVIP_CMD_TXN_BEGIN and closing
 *	the socket do that.
 *
 *	Each service changes in a single step: a packet sees its old frontends and
 *	backends or its new ones. A backend that a service has before and after
 *	(the same address and port) keeps its counter. Established connections of
 *	TCP and SCTP are not touched by any change. A UDP flow to a frontend whose
 *	other end is no longer a serving backend of its service is forgotten before
 *	the commit returns: its next packet is a new connection.
 *
 * Who may
 *	All but &KVIP_CMD_INFO_GET, and listening to notifications too, need
 *	CAP_NET_ADMIN in the user namespace that owns the network namespace.
 *
 * Refusals
 *	Every refusal has an extended acknowledgment: a sentence, and the
 *	attribute at fault where one is; those for want of rights (EPERM) and of
 *	unknown commands (EOPNOTSUPP) come from generic netlink, without. What the
 *	family or an attribute does not know is refused, never ignored.
 *
 * Growth
 *	Commands, attributes and flags are added at the end and never renumbered.
 *	What a module can do beyond &KVIP_ABI 1 is told by &KVIP_A_INFO.
 */
#ifndef _UAPI_LINUX_KVIP_H
#define _UAPI_LINUX_KVIP_H

#include <linux/types.h>

#define KVIP_GENL_NAME "kvip"
#define KVIP_GENL_VERSION 1

/* The multicast group of the notifications. */
#define KVIP_GENL_MCGRP_CHANGES "changes"

/* Raised when something is added to this file. */
#define KVIP_ABI 2

/* Limits. What exceeds one is refused with a sentence that names it. */
#define KVIP_NAME_MAX 255 /* bytes of a service's or node's name */
#define KVIP_FRONTENDS_MAX 4096 /* frontends of a service */
#define KVIP_BACKENDS_MAX 1048576 /* backends of a service */
#define KVIP_RANGES_MAX 4096 /* source ranges of a service */
#define KVIP_CONFIG_LIST_MAX 64 /* items of each list of the configuration */
#define KVIP_AFFINITY_SECONDS_MAX 86400 /* as Kubernetes has it: a day */
#define KVIP_AFFINITY_ENTRIES_MAX 1048576 /* of a namespace */
#define KVIP_AFFINITY_ENTRIES_DEFAULT 131072
#define KVIP_FLOWS_RATE_MAX 10000 /* flows told to a listener in a second */
#define KVIP_FLOWS_RATE_DEFAULT 1000
#define KVIP_CANDIDATES_MAX 64 /* backends that an explanation lists */

/**
 * enum kvip_cmd - the commands
 *
 * @KVIP_CMD_UNSPEC: not used
 * @KVIP_CMD_INFO_GET: what the module is and what the tables hold. Request: no
 *	attribute. Reply: &KVIP_A_GENERATION, &KVIP_A_INFO.
 * @KVIP_CMD_TXN_BEGIN: begin a transaction; one that this socket had is
 *	aborted. Optional: &KVIP_A_GENERATION, the generation that the changes are
 *	computed from (ESTALE if the tables are at another), &KVIP_A_TXN_FLAGS.
 * @KVIP_CMD_TXN_COMMIT: carry out the transaction. Required: &KVIP_A_MESSAGES,
 *	&KVIP_A_BEGIN. ESTALE if the tables are no longer at the generation that
 *	the begin named; EEXIST if an address and port would have two services;
 *	ENOENT if a service to delete is not there. Where one message of the
 *	transaction is at fault, the refusal's NLMSGERR_ATTR_COOKIE is its sequence
 *	number, a u32; of a service that took several, the first one's. Reply,
 *	when all is done: &KVIP_A_GENERATION. As a notification: the end of a
 *	transaction, with the same attribute.
 * @KVIP_CMD_TXN_ABORT: drop the transaction. ENOENT if there is none.
 * @KVIP_CMD_SERVICE_SET: create a service or replace it whole. Required:
 *	&KVIP_A_SERVICE. More frontends and backends may follow in further
 *	messages on the same service, see &KVIP_SERVICE_A_MORE. As a
 *	notification: the service as it is now.
 * @KVIP_CMD_SERVICE_DEL: delete a service, named by &KVIP_SERVICE_A_NAME,
 *	&KVIP_SERVICE_A_FAMILY and &KVIP_SERVICE_A_PROTO within &KVIP_A_SERVICE.
 *	That it exists is checked by the commit. As a notification: it is gone.
 * @KVIP_CMD_SERVICE_GET: dump all services. Each message of the dump is a
 *	&KVIP_CMD_SERVICE_SET, as a notification of the service would be.
 * @KVIP_CMD_CONFIG_SET: replace the configuration of the namespace whole, as a
 *	message of a transaction. Required: &KVIP_A_CONFIG. &KVIP_TXN_F_REPLACE
 *	does not touch the configuration. As a notification: what it is now.
 * @KVIP_CMD_CONFIG_GET: reply: &KVIP_A_GENERATION, &KVIP_A_CONFIG.
 * @KVIP_CMD_EXPLAIN: what a new connection would get, by the code that packets
 *	take. Required: &KVIP_A_FLOW with &KVIP_FLOW_A_FAMILY, _PROTO, _SADDR,
 *	_DADDR and _DPORT; optional: _SPORT, and where the packet comes from:
 *	&KVIP_FLOW_A_SENT or &KVIP_FLOW_A_IFNAME. Without either the node is taken
 *	to be the sender if the source address is one of its own, else the packet
 *	to arrive on the device that the node reaches that address by. Reply:
 *	&KVIP_A_GENERATION, &KVIP_A_FLOW. Nothing is changed: no counter, no
 *	affinity entry.
 * @KVIP_CMD_FLOWS_LISTEN: from now on send this socket a &KVIP_CMD_FLOW for each
 *	new connection to a frontend, and for each that is refused or dropped
 *	where there is none, until it is closed. Optional: &KVIP_A_RATE. Flows
 *	beyond the rate, and those that the socket has no room for, are counted by
 *	&KVIP_INFO_A_FLOWS_LEFT_OUT. EALREADY if it listens already.
 * @KVIP_CMD_FLOW: sent to listeners only: &KVIP_A_FLOW, one connection
 */
enum kvip_cmd {
	KVIP_CMD_UNSPEC,
	KVIP_CMD_INFO_GET,
	KVIP_CMD_TXN_BEGIN,
	KVIP_CMD_TXN_COMMIT,
	KVIP_CMD_TXN_ABORT,
	KVIP_CMD_SERVICE_SET,
	KVIP_CMD_SERVICE_DEL,
	KVIP_CMD_SERVICE_GET,
	KVIP_CMD_CONFIG_SET,
	KVIP_CMD_CONFIG_GET,
	KVIP_CMD_EXPLAIN,
	KVIP_CMD_FLOWS_LISTEN,
	KVIP_CMD_FLOW,

	/* private: */
	__KVIP_CMD_AFTER_LAST,
	KVIP_CMD_MAX = __KVIP_CMD_AFTER_LAST - 1
};

/**
 * enum kvip_attr - attributes of a message
 *
 * @KVIP_A_UNSPEC: not used
 * @KVIP_A_PAD: padding
 * @KVIP_A_GENERATION: u64, raised by one by each commit that changes anything;
 *	0: never written
 * @KVIP_A_TXN_FLAGS: u32, &enum kvip_txn_flags
 * @KVIP_A_SERVICE: nest of &enum kvip_service_attr
 * @KVIP_A_INFO: nest of &enum kvip_info_attr
 * @KVIP_A_MESSAGES: u32, how many &KVIP_CMD_SERVICE_SET,
 *	&KVIP_CMD_SERVICE_DEL and &KVIP_CMD_CONFIG_SET messages the transaction
 *	has; a commit that finds another number is refused, so that a message
 *	lost or refused on the way can never make half a transaction
 * @KVIP_A_BEGIN: u32, the sequence number of the &KVIP_CMD_TXN_BEGIN message
 *	that began the transaction; so a begin that was refused or lost can never
 *	have its changes committed under an older one
 * @KVIP_A_CONFIG: nest of &enum kvip_config_attr
 * @KVIP_A_FLOW: nest of &enum kvip_flow_attr
 * @KVIP_A_RATE: u32, flows in a second, 1 to &KVIP_FLOWS_RATE_MAX; absent:
 *	&KVIP_FLOWS_RATE_DEFAULT
 */
enum kvip_attr {
	KVIP_A_UNSPEC,
	KVIP_A_PAD,
	KVIP_A_GENERATION,
	KVIP_A_TXN_FLAGS,
	KVIP_A_SERVICE,
	KVIP_A_INFO,
	KVIP_A_MESSAGES,
	KVIP_A_BEGIN,
	KVIP_A_CONFIG,
	KVIP_A_FLOW,
	KVIP_A_RATE,

	/* private: */
	__KVIP_A_AFTER_LAST,
	KVIP_A_MAX = __KVIP_A_AFTER_LAST - 1
};

/**
 * enum kvip_txn_flags - how a transaction is meant
 *
 * @KVIP_TXN_F_REPLACE: services that it does not set are deleted; so a
 *	transaction with this flag and nothing else empties the tables
 */
enum kvip_txn_flags {
	KVIP_TXN_F_REPLACE = 1 << 0,
};

/**
 * enum kvip_service_attr - attributes of a service
 *
 * @KVIP_SERVICE_A_UNSPEC: not used
 * @KVIP_SERVICE_A_PAD: padding
 * @KVIP_SERVICE_A_NAME: string of 1 to &KVIP_NAME_MAX bytes. The kernel gives it
 *	no meaning; name, family and protocol together identify a service.
 * @KVIP_SERVICE_A_FAMILY: u8, AF_INET or AF_INET6, of all its addresses
 * @KVIP_SERVICE_A_PROTO: u8, IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP
 * @KVIP_SERVICE_A_FLAGS: u32, &enum kvip_service_flags; absent: 0
 * @KVIP_SERVICE_A_ALGORITHM: u8, &enum kvip_algorithm; absent: random
 * @KVIP_SERVICE_A_FRONTENDS: nest of nests of &enum kvip_frontend_attr; the type
 *	of an item is not looked at
 * @KVIP_SERVICE_A_BACKENDS: nest of nests of &enum kvip_backend_attr
 * @KVIP_SERVICE_A_MORE: flag, the lists of this service go on in the next
 *	message, which repeats name, family and protocol and has lists only. In
 *	a request, nothing but that message may follow.
 * @KVIP_SERVICE_A_CONNS: u64, connections translated since the service came;
 *	dumps only
 * @KVIP_SERVICE_A_AFFINITY: u32, seconds, 1 to &KVIP_AFFINITY_SECONDS_MAX: a
 *	client address goes on getting the backend that it got last, as long as its
 *	new connections are no further apart than this; absent: no affinity
 * @KVIP_SERVICE_A_AFFINITY_GROUP: string of 1 to &KVIP_NAME_MAX bytes, with
 *	&KVIP_SERVICE_A_AFFINITY only: services of one group share their affinity
 *	entries, and then the backend's address alone decides; absent: the service
 *	has its own
 * @KVIP_SERVICE_A_RANGES: nest of nests of &enum kvip_prefix_attr: sources that
 *	may use &KVIP_FRONTEND_LB_IP frontends; absent or empty: all may
 * @KVIP_SERVICE_A_REJECTS: u64, connections refused since there was no backend;
 *	dumps only
 * @KVIP_SERVICE_A_DROPS_NO_LOCAL: u64, connections dropped since there was no
 *	local backend; dumps only
 * @KVIP_SERVICE_A_DROPS_RANGES: u64, connections dropped by the source ranges;
 *	dumps only
 */
enum kvip_service_attr {
	KVIP_SERVICE_A_UNSPEC,
	KVIP_SERVICE_A_PAD,
	KVIP_SERVICE_A_NAME,
	KVIP_SERVICE_A_FAMILY,
	KVIP_SERVICE_A_PROTO,
	KVIP_SERVICE_A_FLAGS,
	KVIP_SERVICE_A_ALGORITHM,
	KVIP_SERVICE_A_FRONTENDS,
	KVIP_SERVICE_A_BACKENDS,
	KVIP_SERVICE_A_MORE,
	KVIP_SERVICE_A_CONNS,
	KVIP_SERVICE_A_AFFINITY,
	KVIP_SERVICE_A_AFFINITY_GROUP,
	KVIP_SERVICE_A_RANGES,
	KVIP_SERVICE_A_REJECTS,
	KVIP_SERVICE_A_DROPS_NO_LOCAL,
	KVIP_SERVICE_A_DROPS_RANGES,

	/* private: */
	__KVIP_SERVICE_A_AFTER_LAST,
	KVIP_SERVICE_A_MAX = __KVIP_SERVICE_A_AFTER_LAST - 1
};

/**
 * enum kvip_service_flags - facts about a service that lists do not tell
 *
 * @KVIP_SERVICE_F_HAS_ANY: some endpoint, anywhere, could be used. It tells a
 *	service without endpoints here, whose packets are dropped, from one
 *	without endpoints at all, whose clients are refused.
 * @KVIP_SERVICE_F_INTERNAL_LOCAL: &KVIP_FRONTEND_CLUSTER_IP frontends use the
 *	local list rather than the cluster list
 * @KVIP_SERVICE_F_EXTERNAL_LOCAL: the other frontends use the local list for
 *	clients that are neither pods of this node nor the node itself, and keep
 *	their address
 * @KVIP_SERVICE_F_TOPOLOGY_NODE: the cluster list holds only endpoints that are
 *	hinted for this node
 * @KVIP_SERVICE_F_TOPOLOGY_ZONE: the cluster list holds only endpoints that are
 *	hinted for this node's zone
 * @KVIP_SERVICE_F_CLUSTER_FALLBACK: no endpoint of the cluster list is ready: it
 *	holds terminating ones that still serve
 * @KVIP_SERVICE_F_LOCAL_FALLBACK: the same of the local list
 *
 * The last four are for people to read.
 */
enum kvip_service_flags {
	KVIP_SERVICE_F_HAS_ANY = 1 << 0,
	KVIP_SERVICE_F_INTERNAL_LOCAL = 1 << 1,
	KVIP_SERVICE_F_EXTERNAL_LOCAL = 1 << 2,
	KVIP_SERVICE_F_TOPOLOGY_NODE = 1 << 3,
	KVIP_SERVICE_F_TOPOLOGY_ZONE = 1 << 4,
	KVIP_SERVICE_F_CLUSTER_FALLBACK = 1 << 5,
	KVIP_SERVICE_F_LOCAL_FALLBACK = 1 << 6,

	/* private: */
	KVIP_SERVICE_F_ALL = (1 << 7) - 1
};

/**
 * enum kvip_prefix_attr - attributes of an address block
 *
 * @KVIP_PREFIX_A_UNSPEC: not used
 * @KVIP_PREFIX_A_ADDR: its first address, 4 or 16 bytes in network order; bits
 *	beyond its length are 0
 * @KVIP_PREFIX_A_LENGTH: u8, bits, up to 32 or 128
 */
enum kvip_prefix_attr {
	KVIP_PREFIX_A_UNSPEC,
	KVIP_PREFIX_A_ADDR,
	KVIP_PREFIX_A_LENGTH,

	/* private: */
	__KVIP_PREFIX_A_AFTER_LAST,
	KVIP_PREFIX_A_MAX = __KVIP_PREFIX_A_AFTER_LAST - 1
};

/**
 * enum kvip_algorithm - how a backend is chosen for a new connection
 *
 * @KVIP_ALGORITHM_RANDOM: uniformly at random
 */
enum kvip_algorithm {
	KVIP_ALGORITHM_RANDOM,

	/* private: */
	__KVIP_ALGORITHM_AFTER_LAST,
	KVIP_ALGORITHM_MAX = __KVIP_ALGORITHM_AFTER_LAST - 1
};

/**
 * enum kvip_frontend_attr - attributes of a frontend
 *
 * @KVIP_FRONTEND_A_UNSPEC: not used
 * @KVIP_FRONTEND_A_ADDR: the address, 4 or 16 bytes in network order
 * @KVIP_FRONTEND_A_PORT: u16 in network order, not 0
 * @KVIP_FRONTEND_A_KIND: u8, &enum kvip_frontend_kind
 */
enum kvip_frontend_attr {
	KVIP_FRONTEND_A_UNSPEC,
	KVIP_FRONTEND_A_ADDR,
	KVIP_FRONTEND_A_PORT,
	KVIP_FRONTEND_A_KIND,

	/* private: */
	__KVIP_FRONTEND_A_AFTER_LAST,
	KVIP_FRONTEND_A_MAX = __KVIP_FRONTEND_A_AFTER_LAST - 1
};

/**
 * enum kvip_frontend_kind - what sort of address a frontend is
 *
 * @KVIP_FRONTEND_UNSPEC: not used
 * @KVIP_FRONTEND_CLUSTER_IP: an address inside the cluster
 * @KVIP_FRONTEND_EXTERNAL_IP: an address that routers outside send to nodes
 * @KVIP_FRONTEND_LB_IP: the address of a load balancer
 * @KVIP_FRONTEND_NODE_PORT: a port on those of the node's own addresses that
 *	&KVIP_CONFIG_A_NODE_PORT_ADDRS lists; the address of such a frontend is the
 *	wildcard. Where another frontend has the address and port, that one counts.
 *
 * A module serves the kinds that &KVIP_INFO_A_FRONTEND_KINDS lists and refuses
 * the others.
 */
enum kvip_frontend_kind {
	KVIP_FRONTEND_UNSPEC,
	KVIP_FRONTEND_CLUSTER_IP,
	KVIP_FRONTEND_EXTERNAL_IP,
	KVIP_FRONTEND_LB_IP,
	KVIP_FRONTEND_NODE_PORT,

	/* private: */
	__KVIP_FRONTEND_AFTER_LAST,
	KVIP_FRONTEND_MAX = __KVIP_FRONTEND_AFTER_LAST - 1
};

/**
 * enum kvip_backend_attr - attributes of a backend
 *
 * @KVIP_BACKEND_A_UNSPEC: not used
 * @KVIP_BACKEND_A_PAD: padding
 * @KVIP_BACKEND_A_ADDR: the address, 4 or 16 bytes in network order
 * @KVIP_BACKEND_A_PORT: u16 in network order, not 0
 * @KVIP_BACKEND_A_FLAGS: u32, &enum kvip_backend_flags; absent: 0
 * @KVIP_BACKEND_A_NODE: string of 1 to &KVIP_NAME_MAX bytes, optional: the node
 *	that it runs on, for people to read
 * @KVIP_BACKEND_A_CONNS: u64, connections translated to it since it came; dumps
 *	only
 */
enum kvip_backend_attr {
	KVIP_BACKEND_A_UNSPEC,
	KVIP_BACKEND_A_PAD,
	KVIP_BACKEND_A_ADDR,
	KVIP_BACKEND_A_PORT,
	KVIP_BACKEND_A_FLAGS,
	KVIP_BACKEND_A_NODE,
	KVIP_BACKEND_A_CONNS,

	/* private: */
	__KVIP_BACKEND_A_AFTER_LAST,
	KVIP_BACKEND_A_MAX = __KVIP_BACKEND_A_AFTER_LAST - 1
};

/**
 * enum kvip_backend_flags - which lists a backend is in, and its state
 *
 * @KVIP_BACKEND_F_CLUSTER: in the service's cluster list
 * @KVIP_BACKEND_F_LOCAL: in the service's local list
 * @KVIP_BACKEND_F_READY: ready
 * @KVIP_BACKEND_F_SERVING: serving
 * @KVIP_BACKEND_F_TERMINATING: terminating
 * @KVIP_BACKEND_F_ON_NODE: runs on this node
 *
 * The first two decide what new connections get. UDP flows stay with a backend
 * that has one of these two or @KVIP_BACKEND_F_SERVING. The others are shown.
 */
enum kvip_backend_flags {
	KVIP_BACKEND_F_CLUSTER = 1 << 0,
	KVIP_BACKEND_F_LOCAL = 1 << 1,
	KVIP_BACKEND_F_READY = 1 << 2,
	KVIP_BACKEND_F_SERVING = 1 << 3,
	KVIP_BACKEND_F_TERMINATING = 1 << 4,
	KVIP_BACKEND_F_ON_NODE = 1 << 5,

	/* private: */
	KVIP_BACKEND_F_ALL = (1 << 6) - 1
};

/**
 * enum kvip_info_attr - attributes of the reply to &KVIP_CMD_INFO_GET
 *
 * @KVIP_INFO_A_UNSPEC: not used
 * @KVIP_INFO_A_VERSION: string, the module's version
 * @KVIP_INFO_A_ABI: u32, the module's &KVIP_ABI
 * @KVIP_INFO_A_FRONTEND_KINDS: u32, bit N set: it serves frontends of kind N
 * @KVIP_INFO_A_ALGORITHMS: u32, bit N set: it has algorithm N
 * @KVIP_INFO_A_SERVICES: u32, services in this namespace
 * @KVIP_INFO_A_FRONTENDS: u32, frontends in this namespace
 * @KVIP_INFO_A_BACKENDS: u32, backends in this namespace; one that two services
 *	have counts twice
 * @KVIP_INFO_A_HOOKS: u32, bit 0 set: packets of IPv4 are looked at in this
 *	namespace; bit 1: of IPv6
 * @KVIP_INFO_A_PAD: padding
 * @KVIP_INFO_A_AFFINITY_ENTRIES: u32, affinity entries, expired ones that have
 *	not been met since included
 * @KVIP_INFO_A_AFFINITY_EVICTED: u64, entries that had to go before their time,
 *	because there were &KVIP_CONFIG_A_AFFINITY_MAX or no memory
 * @KVIP_INFO_A_REJECTS_UNKNOWN_PORT: u64, connections refused that were for a
 *	port or protocol that a ClusterIP does not have
 * @KVIP_INFO_A_DROPS_SERVICE_CIDR: u64, connections dropped that were for an
 *	address of &KVIP_CONFIG_A_SERVICE_CIDRS that no service has
 * @KVIP_INFO_A_DROPS_INVALID: u64, packets dropped that conntrack found invalid
 *	and that belonged to a translated TCP connection
 * @KVIP_INFO_A_UDP_CLEARED: u64, UDP flows forgotten by commits
 * @KVIP_INFO_A_FLOWS_LEFT_OUT: u64, flows that listeners were not told
 */
enum kvip_info_attr {
	KVIP_INFO_A_UNSPEC,
	KVIP_INFO_A_VERSION,
	KVIP_INFO_A_ABI,
	KVIP_INFO_A_FRONTEND_KINDS,
	KVIP_INFO_A_ALGORITHMS,
	KVIP_INFO_A_SERVICES,
	KVIP_INFO_A_FRONTENDS,
	KVIP_INFO_A_BACKENDS,
	KVIP_INFO_A_HOOKS,
	KVIP_INFO_A_PAD,
	KVIP_INFO_A_AFFINITY_ENTRIES,
	KVIP_INFO_A_AFFINITY_EVICTED,
	KVIP_INFO_A_REJECTS_UNKNOWN_PORT,
	KVIP_INFO_A_DROPS_SERVICE_CIDR,
	KVIP_INFO_A_DROPS_INVALID,
	KVIP_INFO_A_UDP_CLEARED,
	KVIP_INFO_A_FLOWS_LEFT_OUT,

	/* private: */
	__KVIP_INFO_A_AFTER_LAST,
	KVIP_INFO_A_MAX = __KVIP_INFO_A_AFTER_LAST - 1
};

/**
 * enum kvip_config_attr - what holds for all services of a namespace
 *
 * @KVIP_CONFIG_A_UNSPEC: not used
 * @KVIP_CONFIG_A_FLAGS: u32, &enum kvip_config_flags; absent: 0
 * @KVIP_CONFIG_A_NODE_PORT_ADDRS: nest of nests of &enum kvip_prefix_attr, as
 *	all lists of blocks here: addresses of this node that have node ports
 * @KVIP_CONFIG_A_CLUSTER_CIDRS: a source in one of these is a local pod
 * @KVIP_CONFIG_A_NODE_CIDRS: likewise; the blocks of this node's pods
 * @KVIP_CONFIG_A_POD_BRIDGES: nest of strings: what arrives on a device of one
 *	of these names comes from a local pod
 * @KVIP_CONFIG_A_POD_PREFIXES: nest of strings: likewise, the name begins so
 * @KVIP_CONFIG_A_SERVICE_CIDRS: what is for an address of these that no service
 *	has, nor this node, is dropped
 * @KVIP_CONFIG_A_AFFINITY_MAX: u32, affinity entries that the namespace may have,
 *	1 to &KVIP_AFFINITY_ENTRIES_MAX; absent: &KVIP_AFFINITY_ENTRIES_DEFAULT
 * @KVIP_CONFIG_A_PROXY_NAME: string of up to &KVIP_NAME_MAX bytes, kept for user
 *	space: the label service-proxy-name of the Services to serve; absent: those
 *	without one
 *
 * A list has at most &KVIP_CONFIG_LIST_MAX items; absent, it is empty. Before the
 * first &KVIP_CMD_CONFIG_SET, &KVIP_CONFIG_F_NODE_PORT_PRIMARY is set and all
 * else is absent. An item's type is not looked at.
 *
 * A family without an item in the lists of local pods, while there are no names
 * of devices, has no detector of local pods: then no source is one.
 */
enum kvip_config_attr {
	KVIP_CONFIG_A_UNSPEC,
	KVIP_CONFIG_A_FLAGS,
	KVIP_CONFIG_A_NODE_PORT_ADDRS,
	KVIP_CONFIG_A_CLUSTER_CIDRS,
	KVIP_CONFIG_A_NODE_CIDRS,
	KVIP_CONFIG_A_POD_BRIDGES,
	KVIP_CONFIG_A_POD_PREFIXES,
	KVIP_CONFIG_A_SERVICE_CIDRS,
	KVIP_CONFIG_A_AFFINITY_MAX,
	KVIP_CONFIG_A_PROXY_NAME,

	/* private: */
	__KVIP_CONFIG_A_AFTER_LAST,
	KVIP_CONFIG_A_MAX = __KVIP_CONFIG_A_AFTER_LAST - 1
};

/**
 * enum kvip_config_flags - options that hold for all services
 *
 * @KVIP_CONFIG_F_MASQUERADE_ALL: &KVIP_FRONTEND_CLUSTER_IP frontends hide the
 *	address of every client
 * @KVIP_CONFIG_F_RANGES_EVERYWHERE: source ranges guard external IPs and node
 *	ports too
 * @KVIP_CONFIG_F_NODE_PORT_TO_HOST: a node port whose service has no endpoint at
 *	all is left to the host instead of refused
 * @KVIP_CONFIG_F_LOCALHOST_NODE_PORTS: the node reaches its node ports on
 *	127.0.0.0/8 and ::1 too
 * @KVIP_CONFIG_F_NODE_PORT_PRIMARY: kept for user space, which fills
 *	&KVIP_CONFIG_A_NODE_PORT_ADDRS with the Node's addresses
 * @KVIP_CONFIG_F_POD_NODE_CIDRS: kept for user space, which fills
 *	&KVIP_CONFIG_A_NODE_CIDRS from the Node
 * @KVIP_CONFIG_F_AFFINITY_PER_SERVICE: kept for user space, which puts the ports
 *	of a Service into one &KVIP_SERVICE_A_AFFINITY_GROUP
 */
enum kvip_config_flags {
	KVIP_CONFIG_F_MASQUERADE_ALL = 1 << 0,
	KVIP_CONFIG_F_RANGES_EVERYWHERE = 1 << 1,
	KVIP_CONFIG_F_NODE_PORT_TO_HOST = 1 << 2,
	KVIP_CONFIG_F_LOCALHOST_NODE_PORTS = 1 << 3,
	KVIP_CONFIG_F_NODE_PORT_PRIMARY = 1 << 4,
	KVIP_CONFIG_F_POD_NODE_CIDRS = 1 << 5,
	KVIP_CONFIG_F_AFFINITY_PER_SERVICE = 1 << 6,

	/* private: */
	KVIP_CONFIG_F_ALL = (1 << 7) - 1
};

/**
 * enum kvip_flow_attr - a connection and what became of it, or would
 *
 * @KVIP_FLOW_A_UNSPEC: not used
 * @KVIP_FLOW_A_FAMILY: u8, AF_INET or AF_INET6
 * @KVIP_FLOW_A_PROTO: u8, IPPROTO_*
 * @KVIP_FLOW_A_SADDR: source address, 4 or 16 bytes in network order
 * @KVIP_FLOW_A_SPORT: u16 in network order
 * @KVIP_FLOW_A_DADDR: destination address, 4 or 16 bytes in network order
 * @KVIP_FLOW_A_DPORT: u16 in network order
 * @KVIP_FLOW_A_SENT: flag, the node itself sends it
 * @KVIP_FLOW_A_IFNAME: string, the device that it arrives on
 * @KVIP_FLOW_A_VERDICT: u8, &enum kvip_verdict
 * @KVIP_FLOW_A_RULE: u8, &enum kvip_rule
 * @KVIP_FLOW_A_KIND: u8, &enum kvip_frontend_kind, of the frontend; absent: there
 *	is none, and so nothing of what follows
 * @KVIP_FLOW_A_SERVICE: string, the service's name
 * @KVIP_FLOW_A_SERVICE_FLAGS: u32, &enum kvip_service_flags
 * @KVIP_FLOW_A_RANGE: nest of &enum kvip_prefix_attr, the source range that lets
 *	it pass; absent: no range applies, or none lets it pass
 * @KVIP_FLOW_A_SOURCE: u8, &enum kvip_source
 * @KVIP_FLOW_A_SOURCE_WHY: u8, &enum kvip_source_why
 * @KVIP_FLOW_A_LIST: u8, &enum kvip_list_why; absent: dropped by source ranges
 * @KVIP_FLOW_A_LIST_SIZE: u32, backends in that list
 * @KVIP_FLOW_A_LOCAL_SIZE: u32, backends in the local list
 * @KVIP_FLOW_A_BACKENDS_SIZE: u32, backends of the service, in lists or not
 * @KVIP_FLOW_A_AFFINITY: u8, &enum kvip_affinity_state; absent: the service has
 *	no affinity
 * @KVIP_FLOW_A_AFFINITY_LEFT: u32, seconds until the entry expires, rounded up
 * @KVIP_FLOW_A_BACKEND: nest of &enum kvip_backend_attr, the one chosen; in an
 *	explanation where chance decides, one that it could be; without its node
 * @KVIP_FLOW_A_MASQUERADE: u8, &enum kvip_masquerade
 * @KVIP_FLOW_A_CANDIDATES: nest of nests of &enum kvip_backend_attr, the first
 *	&KVIP_CANDIDATES_MAX of the list; explanations only
 */
enum kvip_flow_attr {
	KVIP_FLOW_A_UNSPEC,
	KVIP_FLOW_A_FAMILY,
	KVIP_FLOW_A_PROTO,
	KVIP_FLOW_A_SADDR,
	KVIP_FLOW_A_SPORT,
	KVIP_FLOW_A_DADDR,
	KVIP_FLOW_A_DPORT,
	KVIP_FLOW_A_SENT,
	KVIP_FLOW_A_IFNAME,
	KVIP_FLOW_A_VERDICT,
	KVIP_FLOW_A_RULE,
	KVIP_FLOW_A_KIND,
	KVIP_FLOW_A_SERVICE,
	KVIP_FLOW_A_SERVICE_FLAGS,
	KVIP_FLOW_A_RANGE,
	KVIP_FLOW_A_SOURCE,
	KVIP_FLOW_A_SOURCE_WHY,
	KVIP_FLOW_A_LIST,
	KVIP_FLOW_A_LIST_SIZE,
	KVIP_FLOW_A_LOCAL_SIZE,
	KVIP_FLOW_A_BACKENDS_SIZE,
	KVIP_FLOW_A_AFFINITY,
	KVIP_FLOW_A_AFFINITY_LEFT,
	KVIP_FLOW_A_BACKEND,
	KVIP_FLOW_A_MASQUERADE,
	KVIP_FLOW_A_CANDIDATES,

	/* private: */
	__KVIP_FLOW_A_AFTER_LAST,
	KVIP_FLOW_A_MAX = __KVIP_FLOW_A_AFTER_LAST - 1
};

/**
 * enum kvip_verdict - what happens to a new connection
 *
 * @KVIP_VERDICT_NONE: nothing: it is not for a service
 * @KVIP_VERDICT_BACKEND: it is translated to a backend
 * @KVIP_VERDICT_REJECT: it is refused
 * @KVIP_VERDICT_DROP: it is dropped silently
 */
enum kvip_verdict {
	KVIP_VERDICT_NONE,
	KVIP_VERDICT_BACKEND,
	KVIP_VERDICT_REJECT,
	KVIP_VERDICT_DROP,
};

/**
 * enum kvip_rule - why
 *
 * @KVIP_RULE_NONE: the verdict needs no reason
 * @KVIP_RULE_NOT_LISTED: NONE: the port is a node port, but the address is not
 *	among those that have node ports
 * @KVIP_RULE_HOST: NONE: a node port without endpoints, left to the host
 * @KVIP_RULE_NO_ENDPOINT: REJECT: no endpoint anywhere could be used
 * @KVIP_RULE_UNKNOWN_PORT: REJECT: a ClusterIP, but not a port of it
 * @KVIP_RULE_NO_LOCAL_ENDPOINT: DROP: endpoints could be used, none is local
 * @KVIP_RULE_SOURCE_RANGES: DROP: no source range has the source
 * @KVIP_RULE_SERVICE_CIDR: DROP: an address for services that none has
 */
enum kvip_rule {
	KVIP_RULE_NONE,
	KVIP_RULE_NOT_LISTED,
	KVIP_RULE_HOST,
	KVIP_RULE_NO_ENDPOINT,
	KVIP_RULE_UNKNOWN_PORT,
	KVIP_RULE_NO_LOCAL_ENDPOINT,
	KVIP_RULE_SOURCE_RANGES,
	KVIP_RULE_SERVICE_CIDR,
};

/**
 * enum kvip_source - where a connection comes from
 *
 * @KVIP_SOURCE_OUTSIDE: none of the others
 * @KVIP_SOURCE_NODE: this node
 * @KVIP_SOURCE_POD: a pod of this node, or of the cluster; what the configured
 *	detector takes for a local pod
 */
enum kvip_source {
	KVIP_SOURCE_OUTSIDE,
	KVIP_SOURCE_NODE,
	KVIP_SOURCE_POD,
};

/**
 * enum kvip_source_why - how that is known
 *
 * @KVIP_SOURCE_WHY_NO_DETECTOR: OUTSIDE: no detector of local pods is configured
 * @KVIP_SOURCE_WHY_NOT_DETECTED: OUTSIDE: the detector did not find it local
 * @KVIP_SOURCE_WHY_SENT: NODE: it sends the packet
 * @KVIP_SOURCE_WHY_ADDR: NODE: the source address is one of its own
 * @KVIP_SOURCE_WHY_CLUSTER_CIDR: POD: the address is in a cluster CIDR
 * @KVIP_SOURCE_WHY_NODE_CIDR: POD: the address is in one of the Node's pod CIDRs
 * @KVIP_SOURCE_WHY_BRIDGE: POD: it arrives on the bridge of the pods
 * @KVIP_SOURCE_WHY_PREFIX: POD: it arrives on a device whose name begins so
 */
enum kvip_source_why {
	KVIP_SOURCE_WHY_NO_DETECTOR,
	KVIP_SOURCE_WHY_NOT_DETECTED,
	KVIP_SOURCE_WHY_SENT,
	KVIP_SOURCE_WHY_ADDR,
	KVIP_SOURCE_WHY_CLUSTER_CIDR,
	KVIP_SOURCE_WHY_NODE_CIDR,
	KVIP_SOURCE_WHY_BRIDGE,
	KVIP_SOURCE_WHY_PREFIX,
};

/**
 * enum kvip_list_why - which list of backends applies, and why
 *
 * @KVIP_LIST_INTERNAL_CLUSTER: cluster list, for a ClusterIP
 * @KVIP_LIST_INTERNAL_LOCAL: local list, for a ClusterIP with
 *	&KVIP_SERVICE_F_INTERNAL_LOCAL
 * @KVIP_LIST_EXTERNAL_CLUSTER: cluster list, for the other kinds of frontend
 * @KVIP_LIST_EXTERNAL_LOCAL: local list, with &KVIP_SERVICE_F_EXTERNAL_LOCAL
 * @KVIP_LIST_POD: cluster list, since a pod of this node asks
 * @KVIP_LIST_NODE: cluster list, since this node itself asks
 */
enum kvip_list_why {
	KVIP_LIST_INTERNAL_CLUSTER,
	KVIP_LIST_INTERNAL_LOCAL,
	KVIP_LIST_EXTERNAL_CLUSTER,
	KVIP_LIST_EXTERNAL_LOCAL,
	KVIP_LIST_POD,
	KVIP_LIST_NODE,
};

/**
 * enum kvip_affinity_state - what affinity has to say to a new connection
 *
 * @KVIP_AFFINITY_NEW: no entry of this client yet, or an expired one
 * @KVIP_AFFINITY_HIT: the entry's backend is used
 * @KVIP_AFFINITY_GONE: the entry's backend can't be used; another one replaces it
 */
enum kvip_affinity_state {
	KVIP_AFFINITY_NEW,
	KVIP_AFFINITY_HIT,
	KVIP_AFFINITY_GONE,
};

/**
 * enum kvip_masquerade - whether the client's address is hidden, and why
 *
 * @KVIP_MASQUERADE_NO: it is kept
 * @KVIP_MASQUERADE_ALL: hidden: &KVIP_CONFIG_F_MASQUERADE_ALL
 * @KVIP_MASQUERADE_NOT_POD: hidden: a ClusterIP asked by who is no local pod
 * @KVIP_MASQUERADE_EXTERNAL: hidden: the backend may be on any node
 * @KVIP_MASQUERADE_NODE: hidden: this node asks, where others keep their address
 * @KVIP_MASQUERADE_HAIRPIN: hidden: the backend is the client
 * @KVIP_MASQUERADE_ON_NODE: it is kept, since the backend's address is this
 *	node's own
 * @KVIP_MASQUERADE_LOCALHOST: hidden: the client's address is a loopback address
 */
enum kvip_masquerade {
	KVIP_MASQUERADE_NO,
	KVIP_MASQUERADE_ALL,
	KVIP_MASQUERADE_NOT_POD,
	KVIP_MASQUERADE_EXTERNAL,
	KVIP_MASQUERADE_NODE,
	KVIP_MASQUERADE_HAIRPIN,
	KVIP_MASQUERADE_ON_NODE,
	KVIP_MASQUERADE_LOCALHOST,
};

#endif /* _UAPI_LINUX_KVIP_H */
