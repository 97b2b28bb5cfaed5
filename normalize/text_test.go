package normalize_test

import (
	"encoding/json"
	"strings"
	"testing"

	"gateway/document"
	"gateway/normalize"
)

// TestStackTracesAreCut keeps what a vendor says and drops the frames behind it, in whatever language it was written.
func TestStackTracesAreCut(t *testing.T) {
	for name, trace := range map[string]string{
		".NET":       "\r\n   at Acme.Api.Orders.Get(String id) in /src/Orders.cs:line 12\r\n   at lambda_method(Closure , Object )",
		"Java":       "\n\tat com.acme.Orders.get(Orders.java:12)\n\tat java.base/java.lang.Thread.run(Thread.java:829)",
		"JavaScript": "\n    at Orders.get (/srv/orders.js:12:7)\n    at async /srv/index.js:3:1",
		"PHP":        "\n#0 /srv/src/Orders.php(12): Acme->get()\n#1 {main}",
		"Python":     "\nTraceback (most recent call last):\n  File \"/srv/orders.py\", line 12, in get",
		"Go":         "\n\ngoroutine 7 [running]:\nmain.get(0x1)\n\t/srv/orders.go:12",
	} {
		r, err := normalize.NewReader(nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(map[string]string{"message": "The order 7 has no price." + trace})
		if err != nil {
			t.Fatal(err)
		}
		for media, body := range map[string]string{"application/json": string(body), "text/plain": "The order 7 has no price." + trace} {
			reading, _ := readValid(t, r, &document.Answer{Status: 500, Header: map[string][]string{"Content-Type": {media}}, Body: []byte(body)})
			if reading.Detail != "The order 7 has no price." {
				t.Errorf("%s in %s: detail %q", name, media, reading.Detail)
			}
		}
	}
	r, _ := normalize.NewReader(nil)
	for _, sentence := range []string{"Meet at the office (room 12).", "Look at orders(7) in the list.", "Ticket #12 is closed (by Ann)."} {
		reading, _ := readValid(t, r, &document.Answer{Status: 400, Body: []byte(`{"message":"` + sentence + `"}`)})
		if !strings.Contains(reading.Detail, sentence) {
			t.Errorf("%q became %q", sentence, reading.Detail)
		}
	}
}
