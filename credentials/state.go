package credentials

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// state keeps the refresh token that a vendor issued in place of the configured one. A crash leaves the old file or the new
// one, never a broken one. Other processes that use the file wait, because a refresh token may be usable only once.
type state struct {
	path string
	seed string // hash of what is configured: another refresh token in the configuration replaces the kept one
}

// stateRecord is the file's content.
type stateRecord struct {
	Seed         string    `json:"seed"`
	RefreshToken string    `json:"refresh_token"`
	Saved        time.Time `json:"saved"`
}

const (
	secretFileMode = 0o600
	// lockPoll is how often a lock that another process holds is tried.
	lockPoll = 50 * time.Millisecond
	// maxStateBytes is more than any refresh token needs.
	maxStateBytes = 64 << 10
)

func newState(o OAuth2) *state {
	sum := sha256.Sum256(identity(o.TokenURL, o.ClientID, o.RefreshToken.Reveal()))
	return &state{path: o.StateFile, seed: hex.EncodeToString(sum[:])}
}

// check returns why the file could not be read or written later.
func (s *state) check() error {
	if _, err := s.load(); err != nil {
		return err
	}
	info, err := os.Stat(filepath.Dir(s.path))
	switch {
	case err != nil:
		return fmt.Errorf("%s: its folder does not exist; make it, for the gateway's user alone", s.path)
	case !info.IsDir():
		return fmt.Errorf("%s: its folder is no folder", s.path)
	}
	const writable = 2 // access(2), W_OK
	if err := syscall.Access(filepath.Dir(s.path), writable); err != nil {
		return fmt.Errorf("%s: its folder cannot be written to; a refresh token that the vendor replaces would be lost", s.path)
	}
	return nil
}

// load returns the kept token; "" if there is none for this configuration.
func (s *state) load() (string, error) {
	info, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	case !info.Mode().IsRegular() || info.Size() > maxStateBytes:
		return "", fmt.Errorf("%s: is no state file", s.path)
	case info.Mode().Perm()&0o077 != 0:
		return "", fmt.Errorf("%s: others may read it; chmod 600 it", s.path)
	}
	data, err := os.ReadFile(s.path)
	if err != nil {
		return "", err
	}
	var record stateRecord
	if json.Unmarshal(data, &record) != nil || record.Seed == "" || record.RefreshToken == "" {
		return "", fmt.Errorf("%s: is no state file; remove it, and the configured refresh token is used", s.path)
	}
	if record.Seed != s.seed {
		return "", nil
	}
	return record.RefreshToken, nil
}

// save writes a new file beside the old one and renames it.
func (s *state) save(token string) error {
	data, err := json.Marshal(stateRecord{s.seed, token, time.Now().UTC()})
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(s.path), "."+filepath.Base(s.path)+".*") // of mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // gone already if all went well
	_, err = file.Write(append(data, '\n'))
	if err := errors.Join(err, file.Chmod(secretFileMode), file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), s.path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(s.path))
}

// syncFolder makes a rename survive a crash.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// lock waits until no other process refreshes, and returns the unlock function.
func (s *state) lock(ctx context.Context) (unlock func(), err error) {
	file, err := os.OpenFile(s.path+".lock", os.O_CREATE|os.O_RDWR, secretFileMode)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			file.Close()
			return nil, fmt.Errorf("locking %s: %w", file.Name(), err)
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, fmt.Errorf("another process holds %s", file.Name())
		case <-time.After(lockPoll):
		}
	}
}
