package main

import (
	"bytes"
	"testing"

	"gateway/configs"
)

// disk counts how often it is waited for.
type disk struct {
	bytes.Buffer
	syncs int
}

func (d *disk) Sync() error {
	d.syncs++
	return nil
}

func TestLinesAreWrittenWithoutWaitingForTheDisk(t *testing.T) {
	file := &disk{}
	lines := bufferLines(configs.Log{Format: "json"}, file)
	for _, line := range []string{"one\n", "two\n"} {
		if _, err := lines.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
		if err := lines.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := lines.Write([]byte("three\n")); err != nil {
		t.Fatal(err)
	}
	if err := lines.Stop(); err != nil {
		t.Fatal(err)
	}
	if got := file.String(); got != "one\ntwo\nthree\n" || file.syncs != 0 {
		t.Errorf("%q was written, and the disk waited for %d times", got, file.syncs)
	}
}
