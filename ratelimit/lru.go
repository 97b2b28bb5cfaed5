package ratelimit

import (
	"container/list"
	"iter"
)

// recent keeps values by key in the order of their last use. The zero value is empty.
type recent[V any] struct {
	order list.List // of *entry[V], the last used first
	items map[string]*list.Element
}

type entry[V any] struct {
	key   string
	value V
}

// get returns the value of key, and marks it as the most recently used.
func (r *recent[V]) get(key string) (value V, ok bool) {
	element, ok := r.items[key]
	if !ok {
		return value, false
	}
	r.order.MoveToFront(element)
	return element.Value.(*entry[V]).value, true
}

// put adds the value of a key that get does not know.
func (r *recent[V]) put(key string, value V) {
	if r.items == nil {
		r.items = map[string]*list.Element{}
	}
	r.items[key] = r.order.PushFront(&entry[V]{key, value})
}

// expire drops the least recently used values, as long as idle reports that this has no effect.
func (r *recent[V]) expire(idle func(V) bool) {
	for e := r.order.Back(); e != nil && idle(e.Value.(*entry[V]).value); e = r.order.Back() {
		delete(r.items, e.Value.(*entry[V]).key)
		r.order.Remove(e)
	}
}

func (r *recent[V]) len() int { return len(r.items) }

// all yields every value, the most recently used first.
func (r *recent[V]) all() iter.Seq[V] {
	return func(yield func(V) bool) {
		for e := r.order.Front(); e != nil; e = e.Next() {
			if !yield(e.Value.(*entry[V]).value) {
				return
			}
		}
	}
}
