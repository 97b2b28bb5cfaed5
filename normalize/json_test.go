package normalize_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"gateway/normalize"
)

// str, num and obj make nodes.
func str(s string) *normalize.Node { return &normalize.Node{Kind: normalize.String, Text: s} }
func num(s string) *normalize.Node { return &normalize.Node{Kind: normalize.Number, Text: s} }

func list(items ...*normalize.Node) *normalize.Node {
	return &normalize.Node{Kind: normalize.List, Items: items}
}

// obj takes names and values in turn.
func obj(pairs ...any) *normalize.Node {
	n := &normalize.Node{Kind: normalize.Object}
	for pair := range slices.Chunk(pairs, 2) {
		n.Members = append(n.Members, normalize.Member{Name: pair[0].(string), Value: pair[1].(*normalize.Node)})
	}
	return n
}

func TestParseJSON(t *testing.T) {
	null, yes := &normalize.Node{Kind: normalize.Null}, &normalize.Node{Kind: normalize.Bool, Text: "true"}
	for name, test := range map[string]struct {
		data string
		want *normalize.Node
	}{
		"every kind":            {`{"a":[1,"x",true,null,{}]}`, obj("a", list(num("1"), str("x"), yes, null, obj()))},
		"order stays":           {`{"z":1,"a":2,"m":3}`, obj("z", num("1"), "a", num("2"), "m", num("3"))},
		"last of doubles":       {`{"a":1,"b":2,"a":3}`, obj("a", num("3"), "b", num("2"))},
		"digits stay":           {`[9007199254740993,1.10,-0,1E+2,1e400]`, list(num("9007199254740993"), num("1.10"), num("-0"), num("1E+2"), num("1e400"))},
		"byte order mark":       {"\xEF\xBB\xBF{}", obj()},
		"leading line ends":     {"\r\n\n {}\n", obj()},
		"escapes":               {`"\"\\\/\b\f\n\r\tA\u00e9\u20AC"`, str("\"\\/\b\f\n\r\tA\u00e9\u20AC")},
		"surrogate pair":        {`"\ud83d\ude00!"`, str("\U0001F600!")},
		"lone surrogates":       {`["\ud83d","\ude00","\ud83dx","\ud83d\n","\ud83d\ud83d\ude00"]`, list(str("\uFFFD"), str("\uFFFD"), str("\uFFFDx"), str("\uFFFD\n"), str("\uFFFD\U0001F600"))},
		"broken UTF-8":          {"\"a\xFFb\"", str("a\uFFFDb")},
		"notice behind":         {`{"error":"x"}<br>Notice: in line 5`, obj("error", str("x"))},
		"list with text behind": {`[1] and more`, list(num("1"))},
		"lines":                 {"{\"a\":1}\n{\"b\":2}\n", obj("a", num("1"))},
		"bare line end":         {"{\"a\":\"x\n\ty\"}", obj("a", str("x\n\ty"))},
		"empty names":           {`{"":1}`, obj("", num("1"))},
		"long strings":          {`"` + strings.Repeat("x", 5000) + `"`, str(strings.Repeat("x", 5000))},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := normalize.ParseJSON([]byte(test.data), normalize.Limits{})
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("%v; want -, got +\n%s", err, diff)
			}
		})
	}
}

func TestParseJSONKeepsTheLastOfManyDoubles(t *testing.T) {
	var data strings.Builder
	for i := range 300 {
		data.WriteString(`,"` + string(rune('a'+i%26)) + `":` + string(rune('0'+i%10)))
	}
	got, err := normalize.ParseJSON([]byte("{"+data.String()[1:]+"}"), normalize.Limits{})
	if err != nil || len(got.Members) != 26 || got.Get("n").Text != "9" || got.Members[13].Name != "n" {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestParseJSONRefuses(t *testing.T) {
	for data, want := range map[string]string{
		``:                       "at byte 0: unexpected EOF",
		`{"a":"b`:                "at byte 7: unexpected EOF",
		`{"a":{"b":1}`:           "at byte 12: unexpected EOF",
		`{"a" 1}`:                "at byte 5: not JSON",
		`{"a":1,}`:               "at byte 7: not JSON",
		`[1 2]`:                  "at byte 3: not JSON",
		`[01]`:                   "at byte 2: not JSON",
		`[1.]`:                   "at byte 3: not JSON",
		`[-]`:                    "at byte 2: not JSON",
		`[1e]`:                   "at byte 3: not JSON",
		`{'a':1}`:                "at byte 1: not JSON",
		`["\x"]`:                 "at byte 4: not JSON",
		`["\u12g4"]`:             "at byte 4: not JSON",
		"\"a\x01\"":              "at byte 2: not JSON",
		`nul`:                    "at byte 0: not JSON",
		`123 is no number`:       "at byte 4: text after the value",
		`"text" and more`:        "at byte 7: text after the value",
		`error`:                  "at byte 0: not JSON",
		strings.Repeat("[", 65):  "at byte 64: nested too deeply",
		strings.Repeat("[", 1e6): "at byte 64: nested too deeply",
		"[" + strings.Repeat("1,", 10_000) + "1]": "at byte 19999: too many values",
	} {
		_, err := normalize.ParseJSON([]byte(data), normalize.Limits{})
		if err == nil || err.Error() != want {
			t.Errorf("%.40q: %v; want %s", data, err, want)
		}
	}
}

func TestParseTextTakesJSONOutOfAString(t *testing.T) {
	for text, want := range map[string]struct {
		before string
		root   *normalize.Node
	}{
		`{"a":"{\"b\":1}"}`:         {"", obj("b", num("1"))},
		`{"a":" [1]"}`:              {"", list(num("1"))},
		`{"a":"Not valid: [1] "}`:   {"Not valid", list(num("1"))},
		`{"a":"One of [1]"}`:        {"", nil},
		`{"a":"[1]: no such line"}`: {"", nil},
		`{"a":"plain"}`:             {"", nil},
		`{"a":"7"}`:                 {"", nil},
		`{"a":"{broken"}`:           {"", nil},
		`{"a":{"b":1}}`:             {"", nil},
		`{}`:                        {"", nil},
	} {
		root, _ := normalize.ParseJSON([]byte(text), normalize.Limits{})
		before, got := root.Get("a").ParseText(normalize.Limits{})
		if diff := cmp.Diff(want.root, got); diff != "" || before != want.before {
			t.Errorf("%s: %q; want -, got +\n%s", text, before, diff)
		}
	}
}

// jsonTestSuite returns the parsing tests of github.com/nst/JSONTestSuite, by name: y_ must be accepted, n_ refused.
func jsonTestSuite(t testing.TB) map[string][]byte {
	t.Helper()
	f, err := os.Open("testdata/jsontestsuite.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if path.Ext(h.Name) != ".json" {
			continue
		}
		if files[path.Base(h.Name)], err = io.ReadAll(tr); err != nil {
			t.Fatal(err)
		}
	}
}

// forgiven are the tests of the suite that are no JSON and yet are read, because their value begins whole.
var forgiven = []string{
	"n_array_comma_after_close.json",
	"n_array_extra_close.json",
	"n_object_trailing_comment.json",
	"n_object_trailing_comment_open.json",
	"n_object_trailing_comment_slash_open.json",
	"n_object_trailing_comment_slash_open_incomplete.json",
	"n_object_with_trailing_garbage.json",
	"n_string_unescaped_newline.json",
	"n_string_unescaped_tab.json",
	"n_structure_array_trailing_garbage.json",
	"n_structure_array_with_extra_array_close.json",
	"n_structure_double_array.json",
	"n_structure_object_followed_by_closing_object.json",
	"n_structure_object_with_trailing_garbage.json",
	"n_structure_trailing_#.json",
}

func TestJSONTestSuite(t *testing.T) {
	files := jsonTestSuite(t)
	if len(files) != 318 {
		t.Fatalf("%d files", len(files))
	}
	reader, err := normalize.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	var accepted []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		root, err := normalize.ParseJSON(files[name], normalize.Limits{Depth: 1000})
		switch {
		case name[0] == 'y' && err != nil:
			t.Errorf("%s: %v", name, err)
		case name[0] == 'n' && err == nil:
			accepted = append(accepted, name)
		}
		checkTree(t, root)
		answer := &normalize.Answer{Status: 400, Body: files[name]}
		checkDocument(t, normalize.DefaultLimits().Open(answer))
		if _, isError := readValid(t, reader, answer); !isError {
			t.Errorf("%s is taken for a success", name)
		}
	}
	if diff := cmp.Diff(forgiven, accepted); diff != "" {
		t.Errorf("accepted without being JSON: want -, got +\n%s", diff)
	}
}

// checkTree fails for text that is no valid UTF-8, a part that is missing, or a scalar with children.
func checkTree(t testing.TB, n *normalize.Node) {
	t.Helper()
	if n == nil {
		return
	}
	if !utf8.ValidString(n.Text) || n.Kind < normalize.List && len(n.Items)+len(n.Members) > 0 {
		t.Errorf("node %+v", n)
	}
	for _, m := range n.Members {
		if m.Value == nil || !utf8.ValidString(m.Name) {
			t.Errorf("member %q without a value", m.Name)
		}
		checkTree(t, m.Value)
	}
	for _, item := range n.Items {
		if item == nil {
			t.Error("item without a value")
		}
		checkTree(t, item)
	}
}

func FuzzParseJSON(f *testing.F) {
	for _, data := range jsonTestSuite(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := normalize.Limits{Depth: 500, Nodes: 1 << 20}
		root, err := normalize.ParseJSON(data, limits)
		checkTree(t, root)
		if json.Valid(data) && err != nil && !strings.HasSuffix(err.Error(), "nested too deeply") {
			t.Errorf("%q is JSON: %v", data, err)
		}
		if err == nil && !json.Valid(data) && !forgivable(data) {
			t.Errorf("%q is no JSON", data)
		}
	})
}

// forgivable is true if data is JSON but for a byte order mark, text behind it, and bare tabs and line ends.
func forgivable(data []byte) bool {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	data = bytes.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return ' '
		}
		return r
	}, bytes.ReplaceAll(data, []byte("\\\n"), []byte("\\x")))
	var whole json.RawMessage
	return json.NewDecoder(bytes.NewReader(data)).Decode(&whole) == nil
}
