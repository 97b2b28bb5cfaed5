package proxy

import (
	"bytes"
	"io"
	"net/http"

	"gateway/document"
)

// watchSuccess keeps a copy of a success for the shadow profile while it streams by, so that the caller does not wait. The
// header alone decides which successes are copied, and they are small. Without memory for the copy there is none.
func (h *Handler) watchSuccess(x *exchange, head *document.Answer, resp *http.Response) {
	s := x.upstream.shadow
	if s == nil || !s.Tried.LooksInto(head, resp.ContentLength, s.Successes) || !h.shared.budget.Take(resp.ContentLength) {
		return
	}
	kept := *head
	kept.Header = head.Header.Clone() // it becomes the caller's
	resp.Body = &watchedSuccess{
		ReadCloser: resp.Body, left: resp.ContentLength, give: func() { h.shared.budget.Give(resp.ContentLength) },
		whole: func(body []byte) {
			kept.Body = body
			x.Shadow, x.Passed = s, &kept
		},
	}
}

// watchedSuccess copies a body of known length as it is read.
type watchedSuccess struct {
	io.ReadCloser
	copy  bytes.Buffer
	left  int64
	whole func([]byte) // told of the copy when nothing is left
	give  func()       // called once
}

// Read implements io.Reader.
func (b *watchedSuccess) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.copy.Write(p[:n])
	if b.left -= int64(n); b.left == 0 && n > 0 {
		b.whole(b.copy.Bytes())
	}
	return n, err
}

// Close implements io.Closer.
func (b *watchedSuccess) Close() error {
	if b.give != nil {
		b.give()
		b.give = nil
	}
	return b.ReadCloser.Close()
}
