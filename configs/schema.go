package configs

import "errors"

// Schema returns the JSON Schema called name.
func Schema(name string) ([]byte, error) { return nil, errors.New("no schema " + name) }
