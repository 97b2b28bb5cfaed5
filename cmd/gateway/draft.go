package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"gateway/configs"
	"gateway/draft"
)

// draftCommand writes a first profile and its samples from recorded answers.
func draftCommand(std stdio, args []string) error {
	flags := newFlags("profiles draft")
	name := flags.String("name", "", "the profile's `name`; default: after the host that answered")
	vendor := flags.String("vendor", "", "the `company` whose API it is; default: the name")
	folder := flags.String("dir", ".", "the `folder` that the two files are written to")
	files, err := parse(std, flags, args, -1)
	if err != nil {
		return err
	}
	recorded, err := readRecorded(std, files)
	if err != nil {
		return err
	}
	if *name == "" {
		*name = nameAfter(recorded)
	}
	if !profileName.MatchString(*name) {
		return usagef("--name %q: use lower-case letters, digits and -", *name)
	}
	if *vendor == "" {
		*vendor = strings.ToUpper((*name)[:1]) + (*name)[1:]
	}
	made, err := draft.New(*name, *vendor, recorded)
	if err != nil {
		return err
	}
	return writeDraft(std, filepath.Join(*folder, *name), made)
}

var profileName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// readRecorded reads the answers of all files; - is standard input.
func readRecorded(std stdio, files []string) ([]draft.Recorded, error) {
	if len(files) == 0 {
		return nil, usagef("name files with recorded answers: as curl -si prints them, HAR, OpenAPI with examples, or samples")
	}
	var out []draft.Recorded
	for _, file := range files {
		data, err := readInput(std, file)
		if err != nil {
			return nil, err
		}
		recorded, err := draft.ParseRecorded(file, data)
		if err != nil {
			return nil, err
		}
		out = append(out, recorded...)
	}
	return out, nil
}

// nameAfter names a profile after the second-level domain of a host: acme for api.acme.example.
func nameAfter(recorded []draft.Recorded) string {
	for _, r := range recorded {
		labels := strings.Split(strings.ToLower(r.Host), ".")
		if n := len(labels); n >= 2 && profileName.MatchString(labels[n-2]) {
			return labels[n-2]
		}
	}
	return "draft"
}

// writeDraft writes both files, never over existing ones, and prints what they contain.
func writeDraft(std stdio, path string, made draft.Draft) error {
	profile, samples := path+".yaml", path+".txtar"
	if err := errors.Join(writeNew(profile, made.Profile), writeNew(samples, made.Samples)); err != nil {
		return err
	}
	p, err := configs.FindProfile(filepath.Join(".", profile))
	if err != nil {
		return fmt.Errorf("the draft does not load, which is a fault of this program: %w", err)
	}
	for _, text := range made.Skipped {
		fmt.Fprintln(std.err, "left out: "+text)
	}
	fmt.Fprintf(std.out, "%s: %d rules, %d codes\n", profile, len(p.Rules), countCodes(p))
	fmt.Fprintf(std.out, "%s: %d samples of %d errors\n", samples, made.Sampled, made.Errors)
	return nil
}

// writeNew writes a file that does not exist yet.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already; choose another --name or --dir, or move it away", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
