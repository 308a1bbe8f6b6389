// One life of a peer, from start to the error that ends it.
// Source: docs/protocol-1.md, "Failure and restart in the Go program".

package main

import (
	"context"
	"io"
	"sync"
	"time"
)

// life owns everything one start of the peer opens, so that "close everything"
// can mean everything, running sessions included.
type life struct {
	ctx    context.Context
	cancel context.CancelFunc
	failed chan error // the first error that must end this life
	tasks  sync.WaitGroup

	mu     sync.Mutex
	open   map[io.Closer]struct{}
	closed bool
}

func newLife(parent context.Context) *life {
	ctx, cancel := context.WithCancel(parent)
	return &life{ctx: ctx, cancel: cancel, failed: make(chan error, 1), open: map[io.Closer]struct{}{}}
}

// keep registers c to be closed with this life. If the life is over already,
// c is closed on the spot and its user finds out by its next call.
func (l *life) keep(c io.Closer) {
	l.mu.Lock()
	over := l.closed
	if !over {
		l.open[c] = struct{}{}
	}
	l.mu.Unlock()
	if over {
		c.Close()
	}
}

// drop closes c and forgets it.
func (l *life) drop(c io.Closer) {
	l.mu.Lock()
	delete(l.open, c)
	l.mu.Unlock()
	c.Close()
}

// spawn starts a task that closeAll's caller can wait for.
func (l *life) spawn(task func()) {
	l.tasks.Add(1)
	go func() {
		defer l.tasks.Done()
		task()
	}()
}

// fail ends this life; only the first error counts.
func (l *life) fail(err error) {
	select {
	case l.failed <- err:
	default:
	}
}

// over tells a task that its error is only the echo of the closing.
func (l *life) over() bool {
	return l.ctx.Err() != nil
}

func (l *life) closeAll() {
	l.cancel()
	l.mu.Lock()
	open := l.open
	l.open, l.closed = map[io.Closer]struct{}{}, true
	l.mu.Unlock()
	for c := range open {
		c.Close()
	}
}

// run lives life after life until ctx ends. The order is the original's: log
// the error, sleep, and only then close. So during the cooldown the listeners
// still accept and the connections still stand.
func run(ctx context.Context, cooldown time.Duration, ev *events, once func(*life) error) {
	for {
		l := newLife(ctx)
		stop := context.AfterFunc(ctx, l.closeAll)
		err := once(l)
		if ctx.Err() == nil {
			ev.emit("error %v", err)
			select {
			case <-time.After(cooldown):
			case <-ctx.Done():
			}
		}
		stop()
		l.closeAll()
		l.tasks.Wait()
		if ctx.Err() != nil {
			return
		}
		ev.emit("restart")
	}
}
