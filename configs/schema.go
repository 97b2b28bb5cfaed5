package configs

import (
	"embed"
	"fmt"
)

//go:embed config.schema.json profile.schema.json problem.schema.json
var schemas embed.FS

// Schema returns a JSON Schema (draft 2020-12): of a config, a profile or a problem.
func Schema(name string) ([]byte, error) {
	switch name {
	case "config", "profile", "problem":
		return schemas.ReadFile(name + ".schema.json")
	}
	return nil, fmt.Errorf("there is no schema of %q; there are config, profile and problem", name)
}
