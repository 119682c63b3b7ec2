//! Which addresses are public: everything the IANA registries of special-purpose addresses do not set apart.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Said for all of them alike: which ranges a server can see is nobody's business.
pub(super) const REFUSAL: &str = "That address is not on the public internet, so it is not called.";

/// Whether an address may be connected to.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// Names that stand for this machine or this network, whatever the resolver says (RFC 6761, 6762, 8375, 9476).
pub(super) fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let last = name.rsplit('.').next().unwrap_or_default();
    !name.contains('.')
        || matches!(last, "localhost" | "local" | "internal" | "onion" | "invalid" | "alt")
        || name.ends_with("home.arpa")
}

/// The IPv4 special-purpose registry (RFC 6890 and later), each with its prefix length.
const SPECIAL_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10), // carrier-grade NAT
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16), // link-local, and the clouds' metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4), // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4), // reserved, and broadcast
];

fn is_public_v4(ip: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|(net, length)| (ip.to_bits() ^ net.to_bits()) >> (32 - length) == 0)
}

/// Only global unicast (2000::/3) without its special parts, and forms that hold a public IPv4 address.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let [a, b, c, d, e, f, high, low] = ip.segments();
    if [a, b, c, d, e, f] == [0x64, 0xff9b, 0, 0, 0, 0] {
        // NAT64 (RFC 6052): where a network speaks only IPv6, this is how public IPv4 hosts look.
        return is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    }
    let special = a == 0x2001 && (b < 0x200 || b == 0xdb8) // protocol assignments, Teredo among them; documentation
        || a == 0x2002 // 6to4 holds an IPv4 address
        || (a == 0x3fff && b < 0x1000);
    a & 0xe000 == 0x2000 && !special
}
