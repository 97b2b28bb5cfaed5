package main

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"net/url"
)

// order is what a command asks the admin API to do.
type order struct {
	Consumer string `json:"consumer,omitempty"`
	Reason   string `json:"reason,omitempty"`
	For      string `json:"for,omitempty"`
	Clear    bool   `json:"clear,omitempty"`
}

func pauseCommand(ctx context.Context, std stdio, args []string) error {
	var o order
	return giveOrder(ctx, std, args, "pause", &o, func(flags *flag.FlagSet) {
		flags.StringVar(&o.Consumer, "consumer", "", "only this `consumer`")
		flags.StringVar(&o.Reason, "reason", "", "`why`; callers see it")
	}, func() error {
		if o.Reason == "" {
			return usagef("give a --reason; callers see it")
		}
		return nil
	})
}

func resumeCommand(ctx context.Context, std stdio, args []string) error {
	var o order
	return giveOrder(ctx, std, args, "resume", &o, func(flags *flag.FlagSet) {
		flags.StringVar(&o.Consumer, "consumer", "", "the `consumer` that was paused")
	}, func() error { return nil })
}

func coolDownCommand(ctx context.Context, std stdio, args []string) error {
	var o order
	return giveOrder(ctx, std, args, "cooldown", &o, func(flags *flag.FlagSet) {
		flags.StringVar(&o.For, "for", "", "how `long`, as in 5m")
		flags.StringVar(&o.Reason, "reason", "", "`why`; callers see it")
		flags.BoolVar(&o.Clear, "clear", false, "end every cool-down, those that the vendor asked for too")
	}, func() error {
		switch {
		case o.Clear == (o.For != ""):
			return usagef("say either --for how long, as in 5m, or --clear")
		case !o.Clear && o.Reason == "":
			return usagef("give a --reason; callers see it")
		}
		return nil
	})
}

// giveOrder reads the flags into o, sends it to a running gateway and prints the resulting state. check finds what the
// command line lacks.
func giveOrder(ctx context.Context, std stdio, args []string, verb string, o *order, more func(*flag.FlagSet), check func() error) error {
	flags := newFlags(verb)
	more(flags)
	admin := addAdminFlags(flags)
	names, err := parse(std, flags, args, 1)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return usagef("say which upstream")
	}
	if err := check(); err != nil {
		return err
	}
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	answer, err := admin.ask(ctx, http.MethodPost, "/api/v1/upstreams/"+url.PathEscape(names[0])+"/"+verb, body)
	if err != nil {
		return err
	}
	_, err = std.out.Write(answer)
	return err
}
