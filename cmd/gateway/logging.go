package main

import (
	"fmt"
	"io"
	"log"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"gateway/configs"
	"gateway/credentials"
)

// newLogger writes to w, as JSON or for a console. No line holds a secret, whoever logged it.
func newLogger(cfg configs.Log, secrets *credentials.Redactor, w io.Writer) (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(cfg.Level)
	if err != nil {
		return nil, fmt.Errorf("log.level: %w", err)
	}
	sink := zapcore.Lock(zapcore.AddSync(&redactedWriter{w, secrets}))
	return zap.New(zapcore.NewCore(newLogEncoder(cfg), sink, level)), nil
}

func newLogEncoder(cfg configs.Log) zapcore.Encoder {
	encoding := zap.NewProductionEncoderConfig()
	encoding.TimeKey, encoding.EncodeTime = "time", zapcore.RFC3339NanoTimeEncoder
	encoding.MessageKey, encoding.CallerKey = "message", ""
	if cfg.Format == "console" {
		encoding.EncodeLevel = zapcore.CapitalLevelEncoder
		return zapcore.NewConsoleEncoder(encoding)
	}
	return newLineEncoder(zapcore.NewJSONEncoder(encoding))
}

// Bounds on how long, and beside how many bytes of others, a line waits before it is written.
const (
	maxLineDelay     = 100 * time.Millisecond
	maxBufferedBytes = 64 << 10
)

// bufferLines writes to w in large pieces, and goes on after an error of w. Stop writes the rest; a killed process loses
// what is buffered. Nothing waits for the disk: zap itself would sync the file with every piece and block all who log
// meanwhile.
func bufferLines(cfg configs.Log, w io.Writer) *zapcore.BufferedWriteSyncer {
	lasting := &lastingWriter{Writer: w, encoder: newLogEncoder(cfg)} // is no zapcore.WriteSyncer
	return &zapcore.BufferedWriteSyncer{WS: zapcore.AddSync(lasting), Size: maxBufferedBytes, FlushInterval: maxLineDelay}
}

// serverLog sends net/http's own messages, such as a failed handshake, to the log.
func serverLog(l *zap.Logger) *log.Logger {
	std, err := zap.NewStdLogAt(l.Named("http"), zapcore.WarnLevel)
	if err != nil {
		return zap.NewStdLog(l)
	}
	return std
}
