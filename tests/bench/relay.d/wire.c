/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file wire.c  A party without an IP stack: its device, its program
 *
 * The device must be of the namespace the caller is in. The hook it hangs the
 * program on goes with wire_close(), or with the device.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "device.h"
#include "wire.h"


/** What goes before each payload */
struct headers {
	struct virtio_net_hdr vnet;
	struct ether_header eth;
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

_Static_assert(sizeof(struct headers) == WIRE_HEADERS, "as said in wire.h");

struct wire {
	int fd;
	int seen;	     /**< map */
	size_t payload;	     /**< octets */
	uint8_t dmac[6], smac[6];
	struct bpf_object *obj;
	struct bpf_tc_hook hook;
};


/* Sends only: it is bound to a protocol nobody sends */
static int socket_open(struct wire *w, const char *device)
{
	struct sockaddr_ll ll = {
		.sll_family   = AF_PACKET,
		.sll_ifindex  = (int)if_nametoindex(device),
	};
	const int on = 1, size = 16 << 20;

	w->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (w->fd < 0 || !ll.sll_ifindex)
		return errno;

	(void)setsockopt(w->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size,
			 sizeof(size));
	if (setsockopt(w->fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    setsockopt(w->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on,
		       sizeof(on)) ||
	    bind(w->fd, (struct sockaddr *)&ll, sizeof(ll)))
		return errno;

	return device_mac(w->smac, device);
}


static int program_attach(struct wire *w, const char *object,
			  const char *device)
{
	struct bpf_program *prog;
	int err;

	w->obj = bpf_object__open_file(object, NULL);
	if (!w->obj)
		return errno;

	err = -bpf_object__load(w->obj);
	if (err)
		return err;

	prog	= bpf_object__find_program_by_name(w->obj, "wire_take");
	w->seen = bpf_object__find_map_fd_by_name(w->obj, "seen");
	if (!prog || w->seen < 0)
		return ENOENT;

	return device_attach(&w->hook, bpf_program__fd(prog),
			     if_nametoindex(device));
}


/**
 * Become a party at a device
 *
 * @param wp      Result, wire_close() it
 * @param object  wire.bpf.c, compiled
 * @param device  The party's, in the caller's namespace
 * @param mac     Next hop's
 * @param payload Octets of each packet
 *
 * @return 0 or an errno
 */
int wire_open(struct wire **wp, const char *object, const char *device,
	      const char *mac, size_t payload)
{
	const struct ether_addr *ea = ether_aton(mac);
	struct wire *w = calloc(1, sizeof(*w));
	int err = w && ea ? 0 : EINVAL;

	if (w)
		w->fd = -1;
	if (!err) {
		w->payload = payload;
		memcpy(w->dmac, ea->ether_addr_octet, 6);
		err = socket_open(w, device) ?:
		      program_attach(w, object, device);
	}
	if (err)
		wire_close(w);
	else
		*wp = w;

	return err;
}


/** The socket; each message is WIRE_HEADERS and a payload */
int wire_fd(const struct wire *w)
{
	return w->fd;
}


static uint16_t folded(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);

	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}


static uint32_t sum_of(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t sum = 0;
	uint16_t word;

	for (; len; p += 2, len -= 2) {
		memcpy(&word, p, 2);
		sum += word;
	}

	return sum;
}


/**
 * Write what goes before a payload
 *
 * As the kernel's own UDP sends over a veth, the checksum holds the
 * pseudo-header only, and who needs the rest computes it.
 */
void wire_headers(const struct wire *w, char buf[WIRE_HEADERS],
		  const struct sockaddr_in *from, const struct sockaddr_in *to)
{
	const uint16_t udp_len = (uint16_t)(sizeof(struct udphdr) +
					    w->payload);
	struct headers h = {
		.vnet = {
			.flags	     = VIRTIO_NET_HDR_F_NEEDS_CSUM,
			.hdr_len     = (uint16_t)(sizeof(h.eth) +
						  sizeof(h.ip) + udp_len),
			.csum_start  = sizeof(h.eth) + sizeof(h.ip),
			.csum_offset = offsetof(struct udphdr, check),
		},
		.eth.ether_type = htons(ETHERTYPE_IP),
		.ip = {
			.version  = 4,
			.ihl	  = 5,
			.tot_len  = htons((uint16_t)(sizeof(h.ip) + udp_len)),
			.frag_off = htons(IP_DF),
			.ttl	  = 64,
			.protocol = IPPROTO_UDP,
			.saddr	  = from->sin_addr.s_addr,
			.daddr	  = to->sin_addr.s_addr,
		},
		.udp = {
			.source = from->sin_port,
			.dest	= to->sin_port,
			.len	= htons(udp_len),
		},
	};
	struct iphdr ip = h.ip;

	memcpy(h.eth.ether_dhost, w->dmac, 6);
	memcpy(h.eth.ether_shost, w->smac, 6);
	h.udp.check = folded(sum_of(&ip.saddr, 8) + htons(IPPROTO_UDP) +
			     htons(udp_len));
	h.ip.check = (uint16_t)~folded(sum_of(&ip, sizeof(ip)));
	memcpy(buf, &h, sizeof(h));
}


/** What came in so far; 0 or an errno */
int wire_seen(const struct wire *w, struct wire_seen *seen)
{
	const uint32_t zero = 0;

	return -bpf_map_lookup_elem(w->seen, &zero, seen);
}


/** Leave the device as it was */
void wire_close(struct wire *w)
{
	if (!w)
		return;

	device_detach(&w->hook);
	bpf_object__close(w->obj);
	if (w->fd >= 0)
		(void)close(w->fd);
	free(w);
}
