// Command grafana writes the dashboards of this folder: go run . in deploy/grafana. The JSON beside it is what
// Grafana loads; a test compares the two.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	for _, d := range dashboards {
		if err := write(d); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func write(d board) error {
	data, err := d.encode()
	if err != nil {
		return err
	}
	return os.WriteFile(d.uid+".json", data, 0o644)
}

// encode returns the dashboard as Grafana's JSON.
func (d board) encode() ([]byte, error) {
	built, err := d.build()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.uid, err)
	}
	data, err := json.MarshalIndent(built, "", "  ")
	return append(data, '\n'), err
}
