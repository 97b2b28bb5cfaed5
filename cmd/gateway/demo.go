package main

import "context"

func demoCommand(context.Context, stdio, []string) error { return nil }
