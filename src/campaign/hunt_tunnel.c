/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tunnel search; see hunt_tunnel.h. */
#include "campaign/hunt_tunnel.h"

#include "x86/prefix.h"

#define PREFIXES_MAX 2

struct rp_tunnel rp_tunnel_begin(unsigned head)
{
    return (struct rp_tunnel){.bytes = {(uint8_t)(head >> 8), (uint8_t)head}, .marker = RP_TUNNEL_HEAD - 1};
}

void rp_tunnel_advance(struct rp_tunnel *tunnel, uint8_t length)
{
    if (length != tunnel->last && tunnel->marker + 1 < length)
        tunnel->marker++;
    tunnel->last = length;
    if (tunnel->marker < RP_TUNNEL_HEAD) { /* no longer than the head: the next head has the next byte */
        tunnel->done = true;
        return;
    }
    while (++tunnel->bytes[tunnel->marker] == 0) {
        if (tunnel->marker == RP_TUNNEL_HEAD) {
            tunnel->done = true;
            return;
        }
        tunnel->marker--;
        tunnel->last = 0; /* a new level: whatever comes is a change */
    }
}

unsigned rp_tunnel_leave(struct rp_tunnel *tunnel, enum rp_mode mode)
{
    uint8_t minimum = rp_tunnel_minimum(tunnel->bytes, mode);
    unsigned left = 0xff;
    if (tunnel->marker < RP_TUNNEL_HEAD && minimum > RP_TUNNEL_HEAD)
        tunnel->marker = RP_TUNNEL_HEAD;
    if (tunnel->marker + 1 >= minimum) {
        left -= tunnel->bytes[tunnel->marker];
        tunnel->bytes[tunnel->marker] =
            tunnel->marker < RP_TUNNEL_HEAD ? tunnel->bytes[tunnel->marker] : 0xff;
    }
    rp_tunnel_advance(tunnel, (uint8_t)(tunnel->marker + 1)); /* no longer than that: no deeper */
    return left;
}

bool rp_tunnel_wanted(const struct rp_tunnel *tunnel, enum rp_mode mode)
{
    struct rp_prefix_scan scan;
    bool reached = rp_prefix_scan(mode, tunnel->bytes, sizeof tunnel->bytes, &scan);
    return reached && scan.prefix_length <= PREFIXES_MAX && !rp_prefix_redundant(&scan);
}

uint8_t rp_tunnel_minimum(const uint8_t bytes[RP_ENCODING_MAX], enum rp_mode mode)
{
    struct rp_prefix_scan scan;
    if (!rp_prefix_scan(mode, bytes, RP_ENCODING_MAX, &scan))
        return RP_ENCODING_MAX;
    uint8_t opcode_end = (uint8_t)(scan.opcode_offset + 1), modrm_end = (uint8_t)(scan.modrm_offset + 1);
    return scan.has_modrm && modrm_end > opcode_end ? modrm_end : opcode_end;
}
