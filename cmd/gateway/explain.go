package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"gateway/configs"
	"gateway/normalize"
)

// maxAnswerBytes bounds what explain reads.
const maxAnswerBytes = 8 << 20

// explainCommand shows what the gateway would make of a recorded answer.
func explainCommand(_ context.Context, std stdio, args []string) error {
	flags := newFlags("explain")
	profile := flags.String("profile", "", "a built-in profile's `name` or a file; none: the generic reader")
	request := flags.String("request", "", "the `request` that was answered, as in \"PATCH /path\"; default: the file's line \"> PATCH /path\", else \"GET /\"")
	why := flags.Bool("why", false, "say for every earlier rule what it lacked")
	asJSON := flags.Bool("json", false, "print one JSON object")
	files, err := parse(std, flags, args, 1)
	if err != nil {
		return err
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
func readAnswer(std stdio, files []string, request string) (*normalize.Answer, error) {
	source := std.in
	if len(files) == 1 && files[0] != "-" {
		file, err := os.Open(files[0])
		if err != nil {
			return nil, err
		}
		defer file.Close()
		source = file
	}
	raw, err := io.ReadAll(io.LimitReader(source, maxAnswerBytes))
	if err != nil {
		return nil, err
	}
	return parseAnswer(raw, request)
}

// parseAnswer reads raw as the answer to request; "" leaves that as raw says.
func parseAnswer(raw []byte, request string) (*normalize.Answer, error) {
	answer, err := normalize.ParseAnswer(raw)
	if err != nil {
		return nil, fmt.Errorf("this is no HTTP answer as `curl -si` prints it: %w", err)
	}
	return answer, setRequest(answer, request)
}

// setRequest notes what was asked for; "" leaves it as the file says.
func setRequest(answer *normalize.Answer, request string) error {
	if request == "" {
		return nil
	}
	if err := answer.SetRequest(request); err != nil {
		return usagef("--request wants a method and a path, as in \"PATCH /path\", not %q", request)
	}
	return nil
}
