// Package batcher stands in for go.vallahaye.net/batcher where that module cannot be fetched: what Formance Ledger
// v2.4.12 calls of it, written anew. The ledger batches logs with it on their way to an exporter. Nothing that is
// measured here has an exporter; if there were one, it would be refused every log.
package batcher

import (
	"context"
	"errors"
	"time"
)

var errStandIn = errors.New("exporters need the real go.vallahaye.net/batcher, and this ledger was built without it")

// Operation is a value on its way.
type Operation[T, R any] struct {
	Value T
}

// Operations are those of one batch.
type Operations[T, R any] []*Operation[T, R]

// SetResult would say what came of it.
func (*Operation[T, R]) SetResult(R) {}

// SetError would say why nothing came of it.
func (*Operation[T, R]) SetError(error) {}

// Wait refuses.
func (*Operation[T, R]) Wait(context.Context) (result R, err error) {
	return result, errStandIn
}

// Batcher is what takes values.
type Batcher[T, R any] struct{}

// Option is a setting that changes nothing.
type Option[T, R any] func(*Batcher[T, R])

// WithTimeout changes nothing.
func WithTimeout[T, R any](time.Duration) Option[T, R] { return func(*Batcher[T, R]) {} }

// WithMaxSize changes nothing.
func WithMaxSize[T, R any](int) Option[T, R] { return func(*Batcher[T, R]) {} }

// New makes one that never calls back.
func New[T, R any](func(context.Context, Operations[T, R]), ...Option[T, R]) *Batcher[T, R] {
	return &Batcher[T, R]{}
}

// Send refuses.
func (*Batcher[T, R]) Send(context.Context, T) (*Operation[T, R], error) { return nil, errStandIn }

// Batch waits until it is told to end.
func (*Batcher[T, R]) Batch(ctx context.Context) { <-ctx.Done() }
