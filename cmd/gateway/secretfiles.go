package main

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"gateway/configs"
)

// watchSecrets asks for a reload when a file that the live configuration names for a secret has changed and is stable
// again.
func (r *reloads) watchSecrets(ctx context.Context, live func() *configs.Config) error {
	tick := time.NewTicker(lookAtFiles)
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

// changedSince identifies the files that changed since cfg was read, and their present content; "" if none did.
func changedSince(cfg *configs.Config) string {
	var out strings.Builder
	for _, file := range cfg.Files() {
		if now := fingerprint(file.Path); now != file.Sum {
			out.WriteString(file.Path + " " + hex.EncodeToString(now[:]) + "\n")
		}
	}
	return out.String()
}
