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
 * Writing
 *	Changes come in a transaction, which belongs to the socket that began it.
 *	&KVIP_CMD_TXN_BEGIN, then any number of &KVIP_CMD_SERVICE_SET and
 *	&KVIP_CMD_SERVICE_DEL, then &KVIP_CMD_TXN_COMMIT. Nothing is visible to
 *	packets or to dumps before the commit. A commit is carried out whole or
 *	refused whole. After a refusal, of whichever message, the transaction can
 *	only be aborted; &KVIP_CMD_TXN_ABORT, a new &KVIP_CMD_TXN_BEGIN and closing
 *	the socket do that.
 *
 *	Each service changes in a single step: a packet sees its old frontends and
 *	backends or its new ones. A backend that a service has before and after
 *	(the same address and port) keeps its counter. Connections that are
 *	established are not touched by any change.
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
#define KVIP_ABI 1

/* Limits. What exceeds one is refused with a sentence that names it. */
#define KVIP_NAME_MAX 255 /* bytes of a service's or node's name */
#define KVIP_FRONTENDS_MAX 4096 /* frontends of a service */
#define KVIP_BACKENDS_MAX 1048576 /* backends of a service */

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
 *	the begin named; EEXIST if an address and port would have two services; ENOENT if a
 *	service to delete is not there. Where one message of the transaction is
 *	at fault, the refusal's NLMSGERR_ATTR_COOKIE is that message's sequence
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
 * @KVIP_A_MESSAGES: u32, how many &KVIP_CMD_SERVICE_SET and
 *	&KVIP_CMD_SERVICE_DEL messages the transaction has; a commit that finds
 *	another number is refused, so that a message lost or refused on the way
 *	can never make half a transaction
 * @KVIP_A_BEGIN: u32, the sequence number of the &KVIP_CMD_TXN_BEGIN message
 *	that began the transaction; so a begin that was refused or lost can never
 *	have its changes committed under an older one
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
 */
enum kvip_service_flags {
	KVIP_SERVICE_F_HAS_ANY = 1 << 0,
	KVIP_SERVICE_F_INTERNAL_LOCAL = 1 << 1,

	/* private: */
	KVIP_SERVICE_F_ALL = (1 << 2) - 1
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
 * @KVIP_FRONTEND_NODE_PORT: a port on the node's own addresses; the address of
 *	such a frontend is the wildcard
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
 * Only the first two decide what packets get; the others are shown.
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

	/* private: */
	__KVIP_INFO_A_AFTER_LAST,
	KVIP_INFO_A_MAX = __KVIP_INFO_A_AFTER_LAST - 1
};

#endif /* _UAPI_LINUX_KVIP_H */
