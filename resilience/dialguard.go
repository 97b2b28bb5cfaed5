package resilience

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// deniedRanges contain addresses that only this machine answers: link-local ones, and the clouds' metadata services.
func deniedRanges() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("169.254.0.0/16"),     // RFC 3927; the metadata of AWS, Azure, Google and others
		netip.MustParsePrefix("fe80::/10"),          // RFC 4291, section 2.5.6
		netip.MustParsePrefix("fd00:ec2::/32"),      // AWS over IPv6
		netip.MustParsePrefix("100.100.100.200/32"), // Alibaba
		netip.MustParsePrefix("168.63.129.16/32"),   // Azure's host
		netip.MustParsePrefix("192.0.0.192/32"),     // Oracle
	}
}

// DialGuard refuses connections to addresses that no upstream should lead to. It checks the resolved address, so that a
// name cannot hide it. It may be used concurrently.
type DialGuard struct {
	// Own are listeners that upstreams must not reach, such as the admin listener; an unspecified address means every
	// address of this machine.
	Own []netip.AddrPort
	// OnPurpose are addresses that the configuration writes literally in an upstream's url. They are allowed for that
	// reason.
	OnPurpose []netip.Addr
}

// DeniedError is a connection that was refused because of its address.
type DeniedError struct {
	Address string
	Own     bool // it is a listener of ours
}

// Error implements error.
func (e *DeniedError) Error() string {
	return fmt.Sprintf("the address %s is not for upstreams", e.Address)
}

// Control is for net.Dialer.Control, which calls it after DNS and before each connection is made.
func (g *DialGuard) Control(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return &DeniedError{Address: address}
	}
	addr := plain(target.Addr())
	if slices.Contains(g.OnPurpose, addr) {
		return nil
	}
	isOwn := g.isOwn(addr, target.Port())
	if isOwn || slices.ContainsFunc(deniedRanges(), func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return &DeniedError{address, isOwn}
	}
	return nil
}

// isOwn is true for the gateway's own listeners. Port and address of the listener decide; the target 0.0.0.0 is this
// machine too.
func (g *DialGuard) isOwn(addr netip.Addr, port uint16) bool {
	return slices.ContainsFunc(g.Own, func(own netip.AddrPort) bool {
		at := plain(own.Addr())
		switch {
		case own.Port() != port:
			return false
		case at.IsUnspecified():
			return isLocal(addr)
		}
		return at == addr || addr.IsUnspecified()
	})
}

// isLocal is true for addresses of this machine.
func isLocal(addr netip.Addr) bool {
	if addr.IsLoopback() || addr.IsUnspecified() {
		return true
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return true // who is not sure does not connect
	}
	return slices.ContainsFunc(addresses, func(a net.Addr) bool {
		prefix, err := netip.ParsePrefix(a.String())
		return err == nil && plain(prefix.Addr()) == addr
	})
}

// plain extracts an IPv4 address from the IPv6 forms that carry one: mapped (RFC 4291, section 2.5.5.2), compatible
// (2.5.5.1) and translated (RFC 6052).
func plain(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is4() || addr.IsUnspecified() || addr.IsLoopback() {
		return addr
	}
	carriers := []netip.Prefix{netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96")}
	if slices.ContainsFunc(carriers, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		bytes := addr.As16()
		return netip.AddrFrom4([4]byte(bytes[12:]))
	}
	return addr
}
