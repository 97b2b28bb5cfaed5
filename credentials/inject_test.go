package credentials_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gateway/credentials"
)

func headerKey(name, value string) credentials.Config {
	return credentials.Config{Header: &credentials.Header{Name: name, Value: credentials.Secret(value)}}
}

func queryKey(name, value string) credentials.Config {
	return credentials.Config{Query: &credentials.Query{Name: name, Value: credentials.Secret(value)}}
}

// TestWhereCredentialsGo shows what the vendor gets of each kind.
func TestWhereCredentialsGo(t *testing.T) {
	for name, row := range map[string]struct {
		config     credentials.Config
		target     string
		wantHeader map[string]string
		wantQuery  string
	}{
		"header": {headerKey("x-api-key", "k e y"), "/x?a=1", map[string]string{"X-Api-Key": "k e y"}, "a=1"},
		"query":  {queryKey("key", "a&b c"), "/x?b=2&key=mine&a=1", nil, "b=2&a=1&key=a%26b%20c"},
		"basic": {
			credentials.Config{Basic: &credentials.Basic{Username: "user", Password: "p:w"}},
			"/x?access_token=mine&b=%zz;c",
			map[string]string{"Authorization": "Basic dXNlcjpwOnc="},
			"b=%zz;c",
		},
		"bearer": {clientGrant(), "/x?_bearer_token=mine", map[string]string{"Authorization": "Bearer token-1"}, ""},
		"bare token in a header of its own": {
			credentials.Config{OAuth2: &credentials.OAuth2{TokenURL: "https://l.example/t", ClientID: "id", Header: "x-pim-token"}},
			"/x",
			map[string]string{"X-Pim-Token": "token-1"},
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, row.config)
			req := request(t, "http://vendor.example"+row.target, "")
			if _, err := s.RoundTrip(req); err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for name := range s.vendor.last().Header {
				got[name] = s.vendor.last().Header.Get(name)
			}
			if row.wantHeader == nil {
				row.wantHeader = map[string]string{}
			}
			if diff := cmp.Diff(row.wantHeader, got); diff != "" {
				t.Error(diff)
			}
			if got := s.vendor.last().URL.RawQuery; got != row.wantQuery {
				t.Errorf("query %q, want %q", got, row.wantQuery)
			}
			if len(req.Header) != 0 || !strings.HasSuffix(req.URL.String(), row.target) {
				t.Errorf("the caller's request was changed: %s %v", req.URL, req.Header)
			}
		})
	}
}

// spellings are ways in which a name may be written that some server takes for the same.
func spellings(name string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var out strings.Builder
		for _, c := range name {
			switch {
			case c == '-':
				out.WriteString(rapid.SampledFrom([]string{"-", "_", "."}).Draw(t, "separator"))
			case rapid.Bool().Draw(t, "upper"):
				out.WriteString(strings.ToUpper(string(c)))
			default:
				out.WriteRune(c)
			}
		}
		return out.String()
	})
}

// plain is how the strictest server would read a name.
func plain(name string) string {
	return strings.NewReplacer("_", "-", ".", "-").Replace(strings.ToLower(name))
}

// TestExactlyOneValueReachesTheVendor is trap 3: ours, whatever the caller sends.
func TestExactlyOneValueReachesTheVendor(t *testing.T) {
	forNobody := queryKey("api-key", "ours")
	forNobody.Consumer = "nobody"
	stages := []*stage{
		newStage(t, forNobody, headerKey("X-Api-Key", "ours")),
		newStage(t, queryKey("api-key", "ours")),
		newStage(t, headerKey("Cookie", "session=ours")),
		newStage(t, clientGrant()),
	}
	owned := []string{"X-Api-Key", "Api-Key", "Authorization", "Cookie", "Access-Token", "-Bearer-Token", "Harmless"}
	rapid.Check(t, func(rt *rapid.T) {
		i := rapid.IntRange(0, len(stages)-1).Draw(rt, "stage")
		s := stages[i]
		req := request(t, "http://vendor.example/x", "")
		var query []string
		for range rapid.IntRange(0, 6).Draw(rt, "fields") {
			name := spellings(rapid.SampledFrom(owned).Draw(rt, "name")).Draw(rt, "spelling")
			switch rapid.IntRange(0, 2).Draw(rt, "place") {
			case 0:
				req.Header[name] = append(req.Header[name], "theirs")
			case 1:
				suffix := rapid.SampledFrom([]string{"=theirs", "[]=theirs", "[0]=theirs", "", "="}).Draw(rt, "suffix")
				query = append(query, rapid.SampledFrom([]string{name, url.QueryEscape(name), "%20" + name}).Draw(rt, "coded")+suffix)
			default:
				req.Header.Add("Cookie", "a=1; "+name+"=theirs; b=2")
			}
		}
		req.URL.RawQuery = strings.Join(query, rapid.SampledFrom([]string{"&", ";"}).Draw(rt, "separator"))
		if _, err := s.RoundTrip(req); err != nil {
			rt.Fatal(err)
		}
		got := s.vendor.last()
		checkOnlyOurs(rt, got, [][]string{{"x-api-key"}, nil, {"cookie"}, {"authorization"}}[i], [][]string{{"api-key"}, {"api-key"}, nil, {"access-token", "-bearer-token"}}[i])
	})
}

func checkOnlyOurs(t *rapid.T, got *http.Request, headers, params []string) {
	for _, owned := range headers {
		n := 0
		for name, values := range got.Header {
			if plain(name) == owned {
				n += len(values)
				if strings.Contains(strings.Join(values, ""), "theirs") {
					t.Fatalf("%s: %q", name, values)
				}
			}
		}
		if n != 1 {
			t.Fatalf("%d values of %s", n, owned)
		}
	}
	for pair := range strings.FieldsFuncSeq(got.URL.RawQuery, func(c rune) bool { return c == '&' || c == ';' }) {
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			t.Fatal(err)
		}
		name, _, _ = strings.Cut(plain(strings.TrimSpace(name)), "[")
		for _, owned := range params {
			if name == owned && value != "ours" {
				t.Fatalf("query %q", got.URL.RawQuery)
			}
		}
	}
	for _, cookie := range got.Cookies() {
		for _, owned := range append(headers, params...) {
			if plain(cookie.Name) == owned {
				t.Fatalf("cookie %s", cookie.Name)
			}
		}
	}
}

// TestOtherCookiesAndParametersStay byte for byte.
func TestOtherCookiesAndParametersStay(t *testing.T) {
	s := newStage(t, queryKey("key", "ours"))
	req := request(t, "http://vendor.example/x?b=%2f&keys=1&&a;c=+", "", "Cookie: a=1;  b=2", "Cookie: key=theirs; c=3", "Cookie: key=theirs")
	if _, err := s.RoundTrip(req); err != nil {
		t.Fatal(err)
	}
	if got := s.vendor.last().URL.RawQuery; got != "b=%2f&keys=1&&a;c=+&key=ours" {
		t.Errorf("query %q", got)
	}
	if diff := cmp.Diff([]string{"a=1;  b=2", "c=3"}, s.vendor.last().Header["Cookie"]); diff != "" {
		t.Error(diff)
	}
}
