// Command bench measures what the gateway costs beside other proxies: the CPU time that the proxy's process spends on a
// request, with nginx as the upstream and wrk as the load. `make bench-peers` runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"time"
)

// options say what is measured and for how long.
type options struct {
	gateway string // the binary
	rounds  int
	span    time.Duration // of one cell in one round
	cells   *regexp.Regexp
	peers   *regexp.Regexp
	latency bool
	memory  bool
}

func main() {
	// The bare proxies are this program, started again, so that each has a process of its own.
	if len(os.Args) == 4 && os.Args[1] == bareCommand {
		exitOn(serveBare(os.Args[2], os.Args[3]))
		return
	}
	o, err := parseFlags()
	exitOn(err)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exitOn(o.run(ctx))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "\nbench:", err)
		os.Exit(1)
	}
}

func parseFlags() (o options, err error) {
	flag.StringVar(&o.gateway, "gateway", "bin/gateway", "the gateway's `binary`")
	full := flag.Bool("full", false, "5 rounds of 5 seconds, latency and memory; else 2 rounds of 2 seconds of CPU time")
	cells := flag.String("cells", "", "measure only the cells that this `pattern` matches")
	peers := flag.String("peers", "", "measure only the proxies that this `pattern` matches")
	flag.IntVar(&o.rounds, "rounds", 0, "how often each cell is measured; 0: by -full")
	flag.Parse()
	o.span, o.latency, o.memory = 2*time.Second, *full, *full
	if *full {
		o.span = 5 * time.Second
	}
	if o.rounds == 0 {
		o.rounds = 2
		if *full {
			o.rounds = 5
		}
	}
	if o.cells, err = regexp.Compile(*cells); err != nil {
		return o, err
	}
	o.peers, err = regexp.Compile(*peers)
	return o, err
}

// run measures all cells, interleaved so that a busy moment of the machine meets every proxy alike.
func (o options) run(ctx context.Context) error {
	b, err := newBench(o)
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.startAll(ctx); err != nil {
		return err
	}
	results := &table{}
	for round := range o.rounds {
		for _, cell := range cells {
			if !o.cells.MatchString(cell.name) {
				continue
			}
			for _, p := range b.proxies {
				fmt.Fprintf(os.Stderr, "\rround %d of %d: %-24s %-24s", round+1, o.rounds, cell.name, p.name)
				cost, err := b.measure(ctx, p, cell)
				if err != nil {
					return errors.Join(err, ctx.Err())
				}
				results.add(p.name, cell.name, cost)
			}
		}
	}
	if o.latency {
		err = errors.Join(err, b.latencies(ctx, results))
	}
	if o.memory {
		err = errors.Join(err, b.memories(ctx, results))
	}
	fmt.Fprintf(os.Stderr, "\r%60s\r", "")
	results.print(os.Stdout, b.names(o.latency))
	return err
}
