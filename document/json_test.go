package document_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gateway/document"
	"gateway/documenttest"
)

// str, num and obj make nodes.
func str(s string) *document.Node { return &document.Node{Kind: document.String, Text: s} }
func num(s string) *document.Node { return &document.Node{Kind: document.Number, Text: s} }

func list(items ...*document.Node) *document.Node {
	return &document.Node{Kind: document.List, Items: items}
}

// obj takes names and values in turn.
func obj(pairs ...any) *document.Node {
	n := &document.Node{Kind: document.Object}
	for pair := range slices.Chunk(pairs, 2) {
		n.Members = append(n.Members, document.Member{Name: pair[0].(string), Value: pair[1].(*document.Node)})
	}
	return n
}

func TestParseJSON(t *testing.T) {
	null, yes := &document.Node{Kind: document.Null}, &document.Node{Kind: document.Bool, Text: "true"}
	for name, test := range map[string]struct {
		data string
		want *document.Node
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
			got, err := document.ParseJSON([]byte(test.data), document.Limits{})
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
	got, err := document.ParseJSON([]byte("{"+data.String()[1:]+"}"), document.Limits{})
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
		_, err := document.ParseJSON([]byte(data), document.Limits{})
		if err == nil || err.Error() != want {
			t.Errorf("%.40q: %v; want %s", data, err, want)
		}
	}
}

func TestParseTextTakesJSONOutOfAString(t *testing.T) {
	for text, want := range map[string]struct {
		before string
		root   *document.Node
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
		root, _ := document.ParseJSON([]byte(text), document.Limits{})
		before, got := root.Get("a").ParseText(document.Limits{})
		if diff := cmp.Diff(want.root, got); diff != "" || before != want.before {
			t.Errorf("%s: %q; want -, got +\n%s", text, before, diff)
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
	files := documenttest.JSONTestSuite(t)
	if len(files) != 318 {
		t.Fatalf("%d files", len(files))
	}
	var accepted []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		root, err := document.ParseJSON(files[name], document.Limits{Depth: 1000})
		switch {
		case name[0] == 'y' && err != nil:
			t.Errorf("%s: %v", name, err)
		case name[0] == 'n' && err == nil:
			accepted = append(accepted, name)
		}
		documenttest.CheckTree(t, root)
		documenttest.Check(t, document.DefaultLimits().Open(nil, files[name], false))
	}
	if diff := cmp.Diff(forgiven, accepted); diff != "" {
		t.Errorf("accepted without being JSON: want -, got +\n%s", diff)
	}
}

func FuzzParseJSON(f *testing.F) {
	for _, data := range documenttest.JSONTestSuite(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := document.Limits{Depth: 500, Nodes: 1 << 20}
		root, err := document.ParseJSON(data, limits)
		documenttest.CheckTree(t, root)
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
