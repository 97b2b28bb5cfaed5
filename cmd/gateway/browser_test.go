package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a step may take on a slow and busy machine; nothing is judged by it.
const patience = 2 * time.Minute

// browser is a headless Chromium with one tab.
type browser struct {
	t      *testing.T
	ctx    context.Context
	mu     sync.Mutex
	faults []string // what the console complained of
}

// startBrowser runs Chromium until the test ends, which fails if the console complained.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: make deps installs it")
	}
	// Not t.TempDir, which fails the test if a process of the browser still writes there while it is removed.
	profile, err := os.MkdirTemp("", "gateway-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(profile) })
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(profile),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	b := &browser{t: t, ctx: ctx}
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser; it has nothing to save
		cancel()
		stop()
		for _, fault := range b.faults {
			t.Errorf("the console says: %s", fault)
		}
	})
	chromedp.ListenTarget(ctx, b.listen)
	b.run(log.Enable(), runtime.Enable())
	return b
}

// listen collects errors and warnings of the console, refused by the Content-Security-Policy too.
func (b *browser) listen(event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Error()
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			text = fmt.Sprint(e.Args)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError || e.Entry.Level == log.LevelWarning {
			text = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if text != "" {
		b.mu.Lock()
		b.faults = append(b.faults, text)
		b.mu.Unlock()
	}
}

// forgive drops complaints that hold text, which the test provoked.
func (b *browser) forgive(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var left []string
	for _, fault := range b.faults {
		if !strings.Contains(fault, text) {
			left = append(left, fault)
		}
	}
	b.faults = left
}

func (b *browser) run(actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if len(b.faults) == 0 && chromedp.FromContext(b.ctx).Browser == nil {
		ctx = b.ctx // the first run starts the browser, whose life must not end with the timeout
	}
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.t.Fatalf("%v\nthe page reads:\n%s", err, b.text())
	}
}

// text is what the page shows, for messages.
func (b *browser) text() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	var out string
	if err := chromedp.Run(ctx, chromedp.Evaluate("document.body.innerText", &out)); err != nil {
		return err.Error()
	}
	return out
}

// see waits until condition, an expression of JavaScript, holds.
func (b *browser) see(condition string) {
	b.t.Helper()
	b.run(chromedp.Poll(condition, nil, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(0)))
}

// reads waits until the page's main part says each text.
func (b *browser) reads(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.see(fmt.Sprintf("document.getElementById('main').innerText.includes(%q)", text))
	}
}

// value evaluates an expression.
func value[T any](b *browser, expression string) T {
	b.t.Helper()
	var out T
	b.run(chromedp.Evaluate(expression, &out))
	return out
}

// picture writes what is shown to $SCREENSHOTS, in both schemes and two widths; nothing without it.
func (b *browser) picture(name string) {
	b.t.Helper()
	folder := os.Getenv("SCREENSHOTS")
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 390} {
			var shot []byte
			b.run(
				emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
				chromedp.EmulateViewport(width, 900))
			b.fits(name, width)
			b.run(chromedp.Evaluate("scrollTo(0, 0)", nil))
			if folder == "" {
				continue
			}
			b.run(chromedp.Sleep(300*time.Millisecond), chromedp.FullScreenshot(&shot, 100)) // for the picture alone: charts are drawn anew
			file := filepath.Join(folder, fmt.Sprintf("%s-%s-%d.png", name, scheme, width))
			if err := errors.Join(os.MkdirAll(folder, 0o755), os.WriteFile(file, shot, 0o644)); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	b.run(chromedp.EmulateViewport(1280, 900))
}

// fits fails where a page is wider than its window: nobody scrolls sideways to read.
func (b *browser) fits(name string, width int64) {
	b.t.Helper()
	if got := value[int64](b, "document.documentElement.scrollWidth"); got > width {
		b.t.Errorf("%s is %d px wide in a window of %d px", name, got, width)
	}
}
