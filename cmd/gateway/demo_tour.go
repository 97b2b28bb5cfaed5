package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"gateway/vendortest"
)

// show prints every call of the tour with what the vendor answers and what the gateway makes of it.
func (d *demo) show(ctx context.Context, w io.Writer, once bool) error {
	address := d.gateway.callers[0].Addr().String()
	fmt.Fprintf(w, "The gateway is on http://%s, its page and metrics are on http://%s.\n", address, d.gateway.admin.Addr())
	fmt.Fprintf(w, "Behind it stand pretend vendors. Each request goes straight to the vendor first, then through the gateway.\n")
	for _, call := range append(vendortest.Tour(), keylessCall()) {
		fmt.Fprintf(w, "\n# %s: %s\n", call.Vendor, call.Shows)
		if err := showCall(ctx, w, call, d.vendors[call.Vendor], call.Path); err != nil {
			return err
		}
		if err := showCall(ctx, w, call, address, "/"+call.Vendor+call.Path); err != nil {
			return err
		}
	}
	if !once {
		fmt.Fprintf(w, "\nThe curl lines work in another terminal; Ctrl-C ends the demo. See also http://%s/ and\n$ curl -s http://%s/metrics | grep ^gateway_\n",
			d.gateway.admin.Addr(), d.gateway.admin.Addr())
	}
	return nil
}

// keylessCall is a request without a credential of its own.
func keylessCall() vendortest.Call {
	return vendortest.Call{
		Vendor: keyless, Method: http.MethodGet, Path: "/api/rest/v1/categories/shoes",
		Shows: "The app holds no key: the gateway gets a token and puts it in.",
	}
}

// showCall prints a curl line and the answer it gets.
func showCall(ctx context.Context, w io.Writer, call vendortest.Call, address, path string) error {
	fmt.Fprintf(w, "$ curl -si%s 'http://%s%s'\n", curlFlags(call), address, path)
	req, err := http.NewRequestWithContext(ctx, call.Method, "http://"+address+path, strings.NewReader(call.Body))
	if err != nil {
		return err
	}
	for _, header := range call.Headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
	}
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return printAnswer(w, resp)
}

// curlFlags returns what makes curl send the call; -d alone means POST.
func curlFlags(call vendortest.Call) string {
	var b strings.Builder
	if call.Method != http.MethodGet && (call.Method != http.MethodPost || call.Body == "") {
		b.WriteString(" -X " + call.Method)
	}
	for _, header := range call.Headers {
		fmt.Fprintf(&b, " -H '%s'", header)
	}
	if call.Body != "" {
		fmt.Fprintf(&b, " -d '%s'", call.Body)
	}
	return b.String()
}

// printAnswer prints the status, the headers that matter, and the body with one line for each member.
func printAnswer(w io.Writer, resp *http.Response) error {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s %s\n", resp.Proto, resp.Status)
	for _, name := range []string{"Content-Type", "Retry-After"} {
		if value := resp.Header.Get(name); value != "" {
			fmt.Fprintf(w, "%s: %s\n", name, value)
		}
	}
	_, err = fmt.Fprintf(w, "\n%s", oneMemberALine(body))
	return err
}

// oneMemberALine puts each member of a JSON object on a line of its own. Anything else stays as it is.
func oneMemberALine(body []byte) string {
	dec := json.NewDecoder(bytes.NewReader(body))
	if begin, err := dec.Token(); err != nil || begin != json.Delim('{') {
		return strings.TrimLeft(string(bytes.TrimSpace(body))+"\n", "\n")
	}
	var lines []string
	for dec.More() {
		var value json.RawMessage
		name, err := dec.Token()
		if err == nil {
			err = dec.Decode(&value)
		}
		if err != nil {
			return string(body) + "\n"
		}
		lines = append(lines, fmt.Sprintf("  %q: %s", name, value))
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n}\n"
}
