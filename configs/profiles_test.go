package configs_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"gateway/configs"
	"gateway/document"
	"gateway/draft"
	"gateway/normalize"
	"gateway/problem"
	"gateway/problemtest"
)

var update = flag.Bool("update", false, "rewrite the expected readings of the samples; review the difference")

// TestBuiltInProfiles reads every sample of every built-in profile and fails for a rule that none reaches.
func TestBuiltInProfiles(t *testing.T) {
	for _, name := range configs.ProfileNames() {
		t.Run(name, func(t *testing.T) {
			p, err := configs.FindProfile(name)
			if err != nil {
				t.Fatal(err)
			}
			r, err := normalize.NewReader(&p.Profile)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				rewriteSamples(t, r, name)
				return
			}
			for _, f := range normalize.RunSamples(r, p.Samples) {
				t.Errorf("%s %s", f.Sample, f.Text)
			}
			checkSampleProblems(t, r, p.Samples)
		})
	}
}

// checkSampleProblems holds the problems that callers get of samples against their schema.
func checkSampleProblems(t *testing.T, r *normalize.Reader, samples []byte) {
	t.Helper()
	for _, file := range txtar.Parse(samples).Files {
		if a, err := document.ParseAnswer(file.Data); err == nil {
			if reading, isError := r.Read(a); isError {
				problemtest.CheckReading(t, a, reading)
			}
		}
	}
}

// TestNoProfileTakesASuccessForAnError reads answers that look like errors and are none, by every profile.
func TestNoProfileTakesASuccessForAnError(t *testing.T) {
	var data []byte
	for _, file := range []string{"controls.jsonl", "controls-own.jsonl"} {
		more, err := os.ReadFile(filepath.Join("..", "normalize", "testdata", "corpus", file))
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, more...)
	}
	for _, name := range configs.ProfileNames() {
		p, err := configs.FindProfile(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := normalize.NewReader(&p.Profile)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			if id, reading, isError := readControl(t, r, line); isError {
				t.Errorf("%s: %s is read as %s by rule %s", name, id, reading.Type, reading.Rule)
			}
		}
	}
}

func readControl(t *testing.T, r *normalize.Reader, line []byte) (id string, reading problem.Reading, isError bool) {
	t.Helper()
	var c struct {
		ID       string
		Request  struct{ Method, Path string }
		Response struct {
			Status  int
			Headers map[string]string
			Body    string
		}
	}
	if err := json.Unmarshal(line, &c); err != nil {
		t.Fatal(err)
	}
	a := &document.Answer{Method: c.Request.Method, Path: c.Request.Path, Status: c.Response.Status, Header: http.Header{}, Body: []byte(c.Response.Body)}
	for name, value := range c.Response.Headers {
		a.Header.Set(name, value)
	}
	reading, isError = r.Read(a)
	return c.ID, reading, isError
}

// TestAutoFindsTheProfileOfAHost names a host of every vendor that has some, and hosts that are nobody's.
func TestAutoFindsTheProfileOfAHost(t *testing.T) {
	vendors := map[string]string{
		"https://api.stripe.com": "Stripe", "https://api.github.com": "GitHub", "https://slack.com/api": "Slack",
		"https://dynamodb.eu-west-1.amazonaws.com": "AWS", "https://sheets.googleapis.com": "Google",
		"https://acme.myshopify.com": "Shopify", "https://acme.my.salesforce.com": "Salesforce", "https://api.xero.com": "Xero",
		"https://quickbooks.api.intuit.com": "QuickBooks", "https://api.twilio.com": "Twilio", "https://verify.twilio.com": "Twilio",
		"https://api.zoom.us/v2": "Zoom", "https://api-m.sandbox.paypal.com": "PayPal", "https://api.hubapi.com": "HubSpot",
		"https://api.notion.com": "Notion", "https://discord.com/api": "Discord", "https://api.sendgrid.com": "SendGrid",
		"https://us19.api.mailchimp.com": "Mailchimp", "https://acme.zendesk.com": "Zendesk", "https://api.intercom.io": "Intercom",
		"https://kubernetes.default.svc": "Kubernetes", "https://x.es.io": "Elasticsearch", "https://graph.microsoft.com": "Microsoft Graph",
		"https://acme.atlassian.net": "Atlassian", "https://app.asana.com": "Asana", "https://api.airtable.com": "Airtable",
		"https://api.openai.com": "OpenAI", "https://api.anthropic.com": "Anthropic", "https://api.cloudflare.com": "Cloudflare",
		"https://api.digitalocean.com": "DigitalOcean", "https://checkout-test.adyen.com": "Adyen", "https://api.mollie.com": "Mollie",
		"https://gitlab.com": "GitLab", "https://graph.facebook.com": "Meta", "https://demo.akeneo.com": "Akeneo",
		"https://API.STRIPE.COM":              "Stripe",
		"https://api.stripe.com.evil.example": "", "https://notslack.com": "", "https://example.com": "",
	}
	for url, want := range vendors {
		cfg, err := configs.LoadBytes("test.yaml", []byte("upstreams: {v: {url: '"+url+"', profile: auto}}"))
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		got := ""
		if profiles := cfg.Profiles(); len(profiles) > 0 {
			got = profiles[0].Vendor
		}
		if got != want {
			t.Errorf("%s is %q, want %q", url, got, want)
		}
	}
}

// TestDraftsLoadAndPassTheirSamples drafts a profile from the answers of every vendor: it reads each as the generic reader
// does, and no rule of it is without a sample.
func TestDraftsLoadAndPassTheirSamples(t *testing.T) {
	for _, name := range configs.ProfileNames() {
		t.Run(name, func(t *testing.T) {
			vendor, err := configs.FindProfile(name)
			if err != nil {
				t.Fatal(err)
			}
			recorded, err := draft.ParseRecorded(name+".txtar", vendor.Samples)
			if err != nil {
				t.Fatal(err)
			}
			made, err := draft.New(name, vendor.Vendor, recorded)
			if err != nil {
				t.Fatal(err)
			}
			p, err := configs.ParseProfile(name+".yaml", made.Profile)
			if err != nil {
				t.Fatalf("%v\n%s", err, made.Profile)
			}
			r, err := normalize.NewReader(&p.Profile)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range normalize.RunSamples(r, made.Samples) {
				t.Errorf("%s %s\n%s", f.Sample, f.Text, made.Profile)
			}
			generic, err := normalize.NewReader(nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range recorded {
				if one.Answer.Status < 400 {
					continue
				}
				want, _ := generic.Read(one.Answer)
				if got, _ := r.Read(one.Answer); got.Type != want.Type || got.Detail != want.Detail || got.Code != want.Code {
					t.Errorf("%s: %s %q %q, the generic reader says %s %q %q", one.Name, got.Type, got.Code, got.Detail, want.Type, want.Code, want.Detail)
				}
			}
		})
	}
}

// rewriteSamples puts what r reads today beside every answer.
func rewriteSamples(t *testing.T, r *normalize.Reader, name string) {
	t.Helper()
	file := filepath.Join("profiles", name+".txtar")
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		sample, isAnswer := strings.CutSuffix(f.Name, ".http")
		if !isAnswer {
			continue
		}
		reading, err := normalize.ReadSample(r, f.Data)
		if err != nil {
			t.Fatalf("%s: %v", sample, err)
		}
		var expected bytes.Buffer
		enc := json.NewEncoder(&expected)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(reading); err != nil {
			t.Fatal(err)
		}
		out.Files = append(out.Files, f, txtar.File{Name: sample + ".json", Data: expected.Bytes()})
	}
	if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
		t.Fatal(err)
	}
}
