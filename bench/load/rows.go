package main

// The rows by name: what each asks of its server.

import "context"

// A turn makes one request or several, one after the other, each inside `timed`. `lane` is 0 to concurrency - 1.
type turn func(ctx context.Context, lane int, timed timed) error

// timed runs one request and notes how long it took.
type timed func(request func() error) error

type load struct {
	turn  turn
	close func()
}

// openLoad connects and prepares what all turns share.
type openLoad func(ctx context.Context, address string, concurrency int) (load, error)

const renewalBatch = 64

var rows = map[string]openLoad{
	"empty-unary":      openEmptyUnary,
	"unary-pair":       openUnaryPairs,
	"unary-renew":      openUnaryRenewals,
	"list":             openList,
	"session-pair":     openSessionPairs,
	"session-renew":    openSessionRenewals(1),
	"session-renew-64": openSessionRenewals(renewalBatch),
	"etcd-grant":       openEtcdGrants,
	"etcd-txn":         openEtcdTransactions,
	"etcd-keepalive":   openEtcdKeepAlives,
	"redis-pair":       openRedisPairs,
	"portserver-grant": openPortserver,
}
