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

// settle is how long a file must stay unchanged before it is read: an editor or a Kubernetes volume changes it in steps.
const settle = 200 * time.Millisecond

// lookAtFiles is how often watched files are read. They are few and short, and not every change of them is announced: that of
// a file in another folder, to which a link leads, is not, nor that of a file that is mounted by itself.
const lookAtFiles = time.Second

// watchedFile is a file that is watched for changes. Its fingerprint is taken before the file is first read, so that no
// change in between is missed.
type watchedFile struct {
	path  string
	known [sha256.Size]byte
}

func newWatchedFile(path string) *watchedFile { return &watchedFile{path, fingerprint(path)} }

// watch calls changed whenever the file's bytes change, until ctx ends. It watches the folder, because editors rename files
// and Kubernetes swaps a link beside them, and looks at the file from time to time.
func (f *watchedFile) watch(ctx context.Context, log *zap.Logger, changed func()) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer watcher.Close()
	if err := watcher.Add(filepath.Dir(f.path)); err != nil {
		return err
	}
	look := time.NewTicker(lookAtFiles)
	defer look.Stop()
	resting := time.NewTimer(0)
	defer resting.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-watcher.Events:
			resting.Reset(settle)
		case <-look.C:
			if fingerprint(f.path) != f.known {
				resting.Reset(settle)
			}
		case err := <-watcher.Errors:
			log.Warn("watching a file failed once", zap.String("file", f.path), zap.Error(err))
		case <-resting.C:
			if now := fingerprint(f.path); now != f.known {
				f.known = now
				changed()
			}
		}
	}
}

// fingerprint is a hash of the file's bytes; the zero value if it cannot be read.
func fingerprint(path string) [sha256.Size]byte {
	data, err := os.ReadFile(path)
	if err != nil {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256(data)
}
