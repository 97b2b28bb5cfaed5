package main

import (
	"context"

	"gateway/configs"
)

func schemaCommand(_ context.Context, std stdio, args []string) error {
	names, err := parse(std, newFlags("schema"), args, 1)
	if err != nil {
		return err
	}
	name := "config"
	if len(names) == 1 {
		name = names[0]
	}
	schema, err := configs.Schema(name)
	if err != nil {
		return usagef("%v", err)
	}
	_, err = std.out.Write(schema)
	return err
}
