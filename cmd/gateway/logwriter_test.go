package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"go.uber.org/zap"

	"gateway/configs"
)

// fullDisk takes so many bytes and is full.
type fullDisk struct {
	bytes.Buffer
	room int
}

var errFull = errors.New("no space left on device")

func (d *fullDisk) Write(p []byte) (int, error) {
	n, _ := d.Buffer.Write(p[:min(len(p), d.room)])
	d.room -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

// TestTheLogGoesOnAfterAFullDisk: what was written while it was full is lost, which a line tells, and all that follows is there.
func TestTheLogGoesOnAfterAFullDisk(t *testing.T) {
	cfg := configs.Log{Level: "info", Format: "json"}
	d := &fullDisk{}
	lines := bufferLines(cfg, d)
	defer func() { _ = lines.Stop() }()
	log, err := newLogger(cfg, nil, lines)
	if err != nil {
		t.Fatal(err)
	}
	say := func(message string, room int) {
		t.Helper()
		d.room = room
		log.Info(message, zap.String("with", strings.Repeat("x", 40)))
		if err := lines.Sync(); err != nil {
			t.Error(err)
		}
	}
	say("before", 1000)
	say("torn", 20)
	say("lost", 0)
	say("lost, and its notice torn", 30)
	say("after", 1000)
	say("and on", 1000)
	var got []string
	for line := range strings.Lines(d.String()) {
		var is struct {
			Message, Error string
			Bytes          int
		}
		if json.Unmarshal([]byte(line), &is) != nil {
			got = append(got, "torn")
			continue
		}
		got = append(got, is.Message)
		if is.Bytes > 0 && (is.Error != errFull.Error() || is.Bytes < 250 || is.Bytes > 500) {
			t.Errorf("%d bytes are lost, %s", is.Bytes, is.Error)
		}
	}
	if want := []string{"before", "torn", "torn", "lines of the log could not be written and are lost", "after", "and on"}; !slices.Equal(got, want) {
		t.Errorf("%q\n%s", got, d.String())
	}
}
