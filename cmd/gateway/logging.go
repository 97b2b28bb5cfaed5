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

// newLogger writes to w, as JSON or for a console. No line holds a secret, whoever wrote it.
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

// Bounds on how long a line of the log waits for others, with which it is written at once.
const (
	maxLineDelay     = 100 * time.Millisecond
	maxBufferedBytes = 64 << 10
)

// bufferLines writes to w in large pieces, and goes on after w has failed. Stop writes what is left; a process that is killed
// loses what waits. Nothing waits for the disk: zap would sync a file with every piece, and hold up whoever logs meanwhile.
func bufferLines(cfg configs.Log, w io.Writer) *zapcore.BufferedWriteSyncer {
	lasting := &lastingWriter{Writer: w, encoder: newLogEncoder(cfg)} // is no zapcore.WriteSyncer
	return &zapcore.BufferedWriteSyncer{WS: zapcore.AddSync(lasting), Size: maxBufferedBytes, FlushInterval: maxLineDelay}
}

// serverLog takes what net/http has to say of a connection, such as a failed handshake, into the log.
func serverLog(l *zap.Logger) *log.Logger {
	std, err := zap.NewStdLogAt(l.Named("http"), zapcore.WarnLevel)
	if err != nil {
		return zap.NewStdLog(l)
	}
	return std
}
