package main

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"gateway/configs"
)

// lookAtSecrets is how often the files are looked at that hold secrets. They are few and short, and some of the file
// systems that secrets are mounted from tell of no change.
const lookAtSecrets = time.Second

// watchSecrets asks for a reload when a file has changed that the live configuration names for a secret, and rests.
func (r *reloads) watchSecrets(ctx context.Context, live func() *configs.Config) error {
	tick := time.NewTicker(lookAtSecrets)
	defer tick.Stop()
	var before, asked string
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := changedSince(live())
		if now != "" && now == before && now != asked {
			asked = now
			_ = r.ask(ctx, "the file of a secret changed") // the outcome is in the log and the metric
		}
		before = now
	}
}

// changedSince tells the files that are other than when cfg was read, and what they are now; "" for none.
func changedSince(cfg *configs.Config) string {
	var out strings.Builder
	for _, file := range cfg.Files() {
		if now := fingerprint(file.Path); now != file.Sum {
			out.WriteString(file.Path + " " + hex.EncodeToString(now[:]) + "\n")
		}
	}
	return out.String()
}
