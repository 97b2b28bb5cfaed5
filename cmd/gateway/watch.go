package main

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"
)

// settle is how long a file must rest before it is read: an editor or a Kubernetes volume changes it in steps.
const settle = 200 * time.Millisecond

// watchFile calls changed when the bytes of path are others than before, until ctx ends. The folder is watched, as
// editors rename files and Kubernetes swaps a link that stands beside them.
func watchFile(ctx context.Context, path string, log *zap.Logger, changed func()) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer watcher.Close()
	if err := watcher.Add(filepath.Dir(path)); err != nil {
		return err
	}
	last := fingerprint(path)
	resting := time.NewTimer(0)
	defer resting.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-watcher.Events:
			resting.Reset(settle)
		case err := <-watcher.Errors:
			log.Warn("watching the configuration failed once", zap.Error(err))
		case <-resting.C:
			if now := fingerprint(path); now != last {
				last = now
				changed()
			}
		}
	}
}

// fingerprint is of the file's bytes; the zero value where it cannot be read.
func fingerprint(path string) [sha256.Size]byte {
	data, err := os.ReadFile(path)
	if err != nil {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256(data)
}
