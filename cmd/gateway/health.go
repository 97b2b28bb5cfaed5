package main

import (
	"context"
	"net/http"
)

// healthCommand is for health checks in a container that has neither a shell nor curl.
func healthCommand(ctx context.Context, std stdio, args []string) error {
	flags := newFlags("health")
	admin := addAdminFlags(flags)
	if _, err := parse(std, flags, args, 0); err != nil {
		return err
	}
	answer, err := admin.ask(ctx, http.MethodGet, "/readyz", nil)
	if err != nil {
		return err
	}
	_, err = std.out.Write(answer)
	return err
}
