package main

import (
	"io"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// lastingWriter never fails. What cannot be written, as on a full disk, is lost; when writing works again, a line says how
// much was lost. A zap buffer that saw an error would never write again. It is not for concurrent use.
type lastingWriter struct {
	io.Writer
	encoder zapcore.Encoder
	lost    int   // bytes since something was written
	err     error // the last
	torn    bool  // a line was cut
}

// Write implements io.Writer.
func (w *lastingWriter) Write(p []byte) (int, error) {
	if w.lost > 0 && !w.tellLoss() {
		w.lost += len(p)
		return len(p), nil
	}
	w.write(p)
	return len(p), nil
}

// write reports whether all of p was written.
func (w *lastingWriter) write(p []byte) bool {
	n, err := w.Writer.Write(p)
	if err == nil {
		w.torn = false
		return true
	}
	if n > 0 {
		w.torn = p[n-1] != '\n'
	}
	w.lost, w.err = w.lost+len(p)-n, err
	return false
}

// tellLoss writes the line about lost bytes, and reports whether that worked.
func (w *lastingWriter) tellLoss() bool {
	line, err := w.encoder.EncodeEntry(
		zapcore.Entry{Level: zapcore.ErrorLevel, Time: time.Now(), Message: "lines of the log could not be written and are lost"},
		[]zap.Field{zap.Int("bytes", w.lost), zap.Error(w.err)},
	)
	if err != nil {
		return false
	}
	defer line.Free()
	text := line.Bytes()
	if w.torn {
		text = append([]byte("\n"), text...)
	}
	lost := w.lost
	if written := w.write(text); !written {
		w.lost = lost // this line has to be written again
		return false
	}
	w.lost = 0
	return true
}
