package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// errHelp is returned after -h has printed the flags.
var errHelp = errors.New("help")

// newFlags returns a flag set that leaves the reporting of errors to report.
func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	return flags
}

// parse reads args into flags; flags may stand before and after the at most most other arguments, which it returns. A
// negative most allows any number.
func parse(std stdio, flags *flag.FlagSet, args []string, most int) ([]string, error) {
	var rest []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, parseError(std, flags, err)
		}
		if flags.NArg() == 0 {
			break
		}
		rest, args = append(rest, flags.Arg(0)), flags.Args()[1:]
	}
	if most >= 0 && len(rest) > most {
		return nil, usagef("%q is one argument too many%s", rest[most], placeOf(flags, rest[most]))
	}
	return rest, nil
}

// placeOf says with which flag an argument was probably meant to be given.
func placeOf(flags *flag.FlagSet, arg string) string {
	switch {
	case flags.Lookup("admin") == nil && flags.Lookup("config") != nil:
		return "; the file is given as --config " + arg
	case flags.Lookup("admin") != nil && strings.Contains(arg, ":"):
		return "; the address is given as --admin " + arg
	}
	return ""
}

// parseError turns -h into the list of flags, anything else into a usage error.
func parseError(std stdio, flags *flag.FlagSet, err error) error {
	if !errors.Is(err, flag.ErrHelp) {
		return usagef("%v", err)
	}
	fmt.Fprintf(std.out, "gateway %s takes:\n", flags.Name())
	flags.SetOutput(std.out)
	flags.PrintDefaults()
	return errHelp
}
