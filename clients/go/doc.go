// Package portlease leases ports from the portlease broker of this host, binds them, and keeps them: a lease is renewed until it is
// released, and its holder is told before the port can become somebody else's.
//
// A [Client] asks the broker, a [Lease] is the exclusive right to a port. What goes wrong is an [*Error]; decide on its Code and
// Reason, never on its text.
package portlease
