package wire

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// maxRest is how many bytes of a body that a handler did not read are read so that the connection can be reused, as in
// http.Server.
const maxRest = 256 << 10

// sent is the body of a request. As in http.Server, Close reads the rest of it if that is short.
type sent struct {
	conn  *callerConn
	ended atomic.Bool // it was read whole

	mu     sync.Mutex
	left   int64
	closed bool
	isLong bool // too much was left to be read
}

var _ io.ReadCloser = (*sent)(nil)

// isHere is true if all of the body is buffered, so that no Read waits. It must be called before any Read.
func (s *sent) isHere() bool { return s.left <= int64(len(s.conn.in.buffered())) }

// Read implements io.Reader. As in http.Server, a body shorter than announced gives io.ErrUnexpectedEOF.
func (s *sent) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return s.read(p)
}

// read must be called with s.mu held.
func (s *sent) read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := s.conn.in.Read(p[:min(int64(len(p)), s.left)])
	if s.left -= int64(n); s.left == 0 {
		s.ended.Store(true)
		return n, io.EOF
	}
	return n, unexpected(err)
}

// Close implements io.Closer.
func (s *sent) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.drop()
}

// drop reads the rest if it is short. s.mu must be held.
func (s *sent) drop() error {
	if s.left > maxRest {
		s.isLong = true
		return nil
	}
	_, err := io.Copy(io.Discard, restOf{s})
	return err
}

// restOf reads a body whose mutex is already held.
type restOf struct{ s *sent }

// Read implements io.Reader.
func (r restOf) Read(p []byte) (int, error) { return r.s.read(p) }

// settle is called before a response is sent. It reads the rest of the body, as Close does, because many callers read no
// response before they have sent everything. It returns false if the connection cannot be reused.
func (s *sent) settle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		_ = s.drop() // something is left then
	}
	s.closed = s.closed || s.left == 0
	return s.left == 0
}
