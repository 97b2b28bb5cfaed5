package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"gateway/configs"
	"gateway/document"
	"gateway/normalize"
)

// maxInputBytes bounds each input file. HAR files and OpenAPI documents are the largest.
const maxInputBytes = 64 << 20

// explainCommand shows what the gateway would make of a recorded answer.
func explainCommand(_ context.Context, std stdio, args []string) error {
	flags := newFlags("explain")
	profile := flags.String("profile", "", "a built-in profile's `name` or a file; none: the generic reader")
	request := flags.String("request", "", "the `request` that was answered, as in \"PATCH /path\"; default: the file's line \"> PATCH /path\", else \"GET /\"")
	why := flags.Bool("why", false, "say for every earlier rule what it lacked")
	diff := flags.Bool("diff", false, "show which recorded answers a changed profile maps differently: --diff OLD NEW FILE…")
	asJSON := flags.Bool("json", false, "print one JSON object")
	files, err := parse(std, flags, args, -1)
	if err != nil {
		return err
	}
	if *diff {
		return explainDiff(std, files, *asJSON)
	}
	if len(files) > 1 {
		return usagef("%q is one argument too many", files[1])
	}
	answer, err := readAnswer(std, files, *request)
	if err != nil {
		return err
	}
	reader, err := profileReader(*profile)
	if err != nil {
		return err
	}
	e := explain(reader, answer)
	if *asJSON {
		return indented(std.out, e)
	}
	return e.print(std.out, *why)
}

// profileReader compiles the profile called name; "" is the generic reader.
func profileReader(name string) (*normalize.Reader, error) {
	if name == "" {
		return normalize.NewReader(nil)
	}
	profile, err := configs.FindProfile(name)
	if err != nil {
		return nil, err
	}
	return normalize.NewReader(&profile.Profile)
}

// readAnswer reads the named file, or standard input, as curl -i prints an answer.
func readAnswer(std stdio, files []string, request string) (*document.Answer, error) {
	file := "-"
	if len(files) == 1 {
		file = files[0]
	}
	raw, err := readInput(std, file)
	if err != nil {
		return nil, err
	}
	return parseAnswer(raw, request)
}

// parseAnswer reads raw as the answer to request. With "" the request is the one that raw names.
func parseAnswer(raw []byte, request string) (*document.Answer, error) {
	answer, err := document.ParseAnswer(raw)
	if err != nil {
		return nil, fmt.Errorf("this is no HTTP answer as `curl -si` prints it: %w (HAR files and OpenAPI documents are for profiles draft and explain --diff)", err)
	}
	return answer, setRequest(answer, request)
}

// readInput reads a whole file, or standard input for "-".
func readInput(std stdio, name string) ([]byte, error) {
	source := std.in
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		source = file
	}
	data, err := io.ReadAll(io.LimitReader(source, maxInputBytes+1))
	if err == nil && len(data) > maxInputBytes {
		return nil, fmt.Errorf("%s is over %d MiB; take a part of it", name, maxInputBytes>>20)
	}
	return data, err
}

// setRequest sets the request of an answer; "" leaves it as the file says.
func setRequest(answer *document.Answer, request string) error {
	if request == "" {
		return nil
	}
	if err := answer.SetRequest(request); err != nil {
		return usagef("--request wants a method and a path, as in \"PATCH /path\", not %q", request)
	}
	return nil
}
