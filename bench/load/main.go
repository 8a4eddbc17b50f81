// Command bench-load keeps one kind of request under way against one server, in a closed loop over one connection, and says in JSON
// lines what a window of that was like. `npm run bench` runs it beside its JavaScript client, which is slower than what it measures.
//
//	bench-load --row unary-pair --address 127.0.0.1:7600 --concurrency 64 --warm-up 300ms --window 1s
//
// It says {"event":"began"} and {"event":"ended"} when the window does, so that whoever started it can look at the server at the same
// moments, and then {"event":"figures", ...}. It fails when any request does.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	exitFailed = 1
	exitUsage  = 2
)

type options struct {
	row         string
	address     string
	concurrency int
	warmUp      time.Duration
	window      time.Duration
	readers     int
}

func main() {
	asked, err := readOptions(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench-load: %v\n", err)
		os.Exit(exitUsage)
	}
	if err := run(context.Background(), asked); err != nil {
		fmt.Fprintf(os.Stderr, "bench-load: %s: %v\n", asked.row, err)
		os.Exit(exitFailed)
	}
}

func readOptions(words []string) (options, error) {
	var asked options
	flags := flag.NewFlagSet("bench-load", flag.ContinueOnError)
	flags.StringVar(&asked.row, "row", "", "what is asked: "+strings.Join(rowNames(), ", ")+", watch")
	flags.StringVar(&asked.address, "address", "", "host:port of the server, or the path of its socket")
	flags.IntVar(&asked.concurrency, "concurrency", 1, "requests under way, 1 to 1000")
	flags.DurationVar(&asked.warmUp, "warm-up", 300*time.Millisecond, "until the window begins")
	flags.DurationVar(&asked.window, "window", time.Second, "how long is measured")
	flags.IntVar(&asked.readers, "readers", 200, "of --row watch: streams that are read until the input ends")
	if err := flags.Parse(words); err != nil {
		return asked, err
	}
	switch {
	case asked.row != watchRow && !slices.Contains(rowNames(), asked.row):
		return asked, fmt.Errorf("there is no row %q; there are %s, %s", asked.row, strings.Join(rowNames(), ", "), watchRow)
	case asked.address == "":
		return asked, fmt.Errorf("--address is missing")
	case asked.concurrency < 1 || asked.concurrency > 1000:
		return asked, fmt.Errorf("--concurrency is %d; it must be 1 to 1000", asked.concurrency)
	}
	return asked, nil
}

func run(ctx context.Context, asked options) error {
	if asked.row == watchRow {
		return watch(ctx, asked.address, asked.readers)
	}
	load, err := rows[asked.row](ctx, asked.address, asked.concurrency)
	if err != nil {
		return err
	}
	figures, err := measure(ctx, load.turn, asked)
	load.close()
	if err != nil {
		return err
	}
	say(figures)
	return nil
}

func rowNames() []string {
	names := make([]string, 0, len(rows))
	for name := range rows {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// say writes one line of JSON at once: whoever reads it acts on it.
func say(line any) {
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		fmt.Fprintf(os.Stderr, "bench-load: the output is gone: %v\n", err)
		os.Exit(exitFailed)
	}
}
