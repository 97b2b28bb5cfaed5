package proxy

import "sync"

const copyBufferBytes = 32 << 10

// bufferPool lends the buffers with which bodies are copied.
type bufferPool struct{ pool sync.Pool }

var copyBuffers = &bufferPool{sync.Pool{New: func() any { return new([copyBufferBytes]byte) }}}

// Get implements httputil.BufferPool.
func (p *bufferPool) Get() []byte { return p.pool.Get().(*[copyBufferBytes]byte)[:] }

// Put implements httputil.BufferPool.
func (p *bufferPool) Put(b []byte) { p.pool.Put((*[copyBufferBytes]byte)(b)) }
