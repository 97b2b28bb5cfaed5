package document

import "sync/atomic"

// Budget bounds the bytes of bodies that all exchanges hold at once. An exchange that cannot get what it needs passes the
// answer on untouched, or refuses the request; nobody waits. A nil Budget has no bound. It may be used concurrently.
type Budget struct {
	max  atomic.Int64
	held atomic.Int64
}

// NewBudget returns a budget of maxBytes; nil, which has no bound, if maxBytes is zero or negative. Parsing a body costs
// about as much again, so set maxBytes to a third of the memory that bodies may use.
func NewBudget(maxBytes int64) *Budget {
	if maxBytes <= 0 {
		return nil
	}
	b := &Budget{}
	b.max.Store(maxBytes)
	return b
}

// Resize changes the bound; what is held stays held.
func (b *Budget) Resize(maxBytes int64) { b.max.Store(maxBytes) }

// Take holds n bytes and reports whether they were free. Each successful Take needs a Give of the same n.
func (b *Budget) Take(n int64) bool {
	if b == nil {
		return true
	}
	if b.held.Add(n) > b.max.Load() {
		b.held.Add(-n)
		return false
	}
	return true
}

// Give returns n bytes.
func (b *Budget) Give(n int64) {
	if b != nil {
		b.held.Add(-n)
	}
}

// HeldBytes returns how much is held now.
func (b *Budget) HeldBytes() int64 {
	if b == nil {
		return 0
	}
	return b.held.Load()
}
