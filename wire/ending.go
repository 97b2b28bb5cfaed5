package wire

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Ending is a context that its owner ends, like one of context.WithCancelCause, but it is embedded in its owner, which
// saves an allocation, and notes its followers instead of registering them. context.Cause knows no custom contexts: use the
// method Cause.
type Ending struct {
	values     context.Context
	over       atomic.Bool // err and cause are there
	err, cause error

	mu     sync.Mutex
	done   atomic.Value // chan struct{}; nil: nobody has asked for it
	parent *Ending      // nil: the parent is not an Ending
	stop   func() bool  // stops following any other kind of parent
	first  follower     // most have no more than one
	more   map[follower]struct{}
}

var _ context.Context = (*Ending)(nil)

// follower is something that ends with an Ending.
type follower interface{ follow(e *Ending) }

type endingKey struct{}

// Begin starts it, with the values of parent. It ends with parent at the latest.
func (e *Ending) Begin(parent context.Context) {
	e.values = parent
	if e.parent = endingOf(parent); e.parent != nil {
		e.parent.add(e)
		return
	}
	if parent.Err() != nil {
		e.end(parent.Err(), context.Cause(parent))
		return
	}
	if parent.Done() == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stop = context.AfterFunc(parent, func() { e.end(parent.Err(), context.Cause(parent)) })
}

// End ends it and its followers. A nil cause means context.Canceled. Only the first call counts.
func (e *Ending) End(cause error) {
	if cause == nil {
		cause = context.Canceled
	}
	e.end(context.Canceled, cause)
}

func (e *Ending) end(err, cause error) {
	first, more := e.finish(err, cause)
	if first != nil {
		first.follow(e)
	}
	for f := range more {
		f.follow(e)
	}
}

// finish returns the followers, if this is the first end.
func (e *Ending) finish(err, cause error) (first follower, more map[follower]struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over.Load() {
		return nil, nil
	}
	e.err, e.cause = err, cause
	e.over.Store(true)
	if done, asked := e.done.Load().(chan struct{}); asked {
		close(done)
	}
	if e.parent != nil {
		e.parent.remove(e)
	}
	if e.stop != nil {
		e.stop()
	}
	first, more = e.first, e.more
	e.first, e.more = nil, nil
	return first, more
}

// follow implements follower.
func (e *Ending) follow(parent *Ending) { e.end(parent.err, parent.cause) }

// add makes f follow; at once if this has already ended.
func (e *Ending) add(f follower) {
	if !e.note(f) {
		f.follow(e)
	}
}

// note records a follower; false if this has already ended.
func (e *Ending) note(f follower) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.over.Load():
		return false
	case e.first == nil:
		e.first = f
	case e.more == nil:
		e.more = map[follower]struct{}{f: {}}
	default:
		e.more[f] = struct{}{}
	}
	return true
}

// remove stops f from following; false if f has already been called, or is about to be.
func (e *Ending) remove(f follower) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.first == f {
		e.first = nil
		return true
	}
	_, found := e.more[f]
	delete(e.more, f)
	return found
}

// Done implements context.Context.
func (e *Ending) Done() <-chan struct{} {
	if done, asked := e.done.Load().(chan struct{}); asked {
		return done
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	done, asked := e.done.Load().(chan struct{})
	if asked {
		return done
	}
	done = make(chan struct{})
	if e.over.Load() {
		close(done)
	}
	e.done.Store(done)
	return done
}

// Err implements context.Context.
func (e *Ending) Err() error {
	if !e.over.Load() {
		return nil
	}
	return e.err
}

// Cause returns why it ended; nil while it has not.
func (e *Ending) Cause() error {
	if !e.over.Load() {
		return nil
	}
	return e.cause
}

// Deadline implements context.Context.
func (e *Ending) Deadline() (time.Time, bool) { return e.values.Deadline() }

// Value implements context.Context.
func (e *Ending) Value(key any) any {
	if key == (endingKey{}) {
		return e
	}
	return e.values.Value(key)
}

// endingOf returns the Ending that ctx ends with; nil if it is another kind of context.
func endingOf(ctx context.Context) *Ending {
	if e, ok := ctx.(*Ending); ok {
		return e
	}
	e, _ := ctx.Value(endingKey{}).(*Ending)
	if e == nil || ctx.Done() != e.Done() {
		return nil
	}
	return e
}

// causeOf is context.Cause, extended to an Ending.
func causeOf(ctx context.Context) error {
	if e := endingOf(ctx); e != nil {
		return e.Cause()
	}
	return context.Cause(ctx)
}
