package main

import (
	"context"
	"fmt"
	"runtime"
)

// Set by the linker: see LDFLAGS in the Makefile.
var (
	version  = "dev"
	revision = "unknown"
)

func versionCommand(_ context.Context, std stdio, args []string) error {
	if _, err := parse(std, newFlags("version"), args, 0); err != nil {
		return err
	}
	_, err := fmt.Fprintf(std.out, "gateway %s (revision %s, %s)\n", version, revision, runtime.Version())
	return err
}
