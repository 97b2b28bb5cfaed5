package document

import (
	"strconv"
	"strings"
)

// Kind is what a Node is.
type Kind uint8

// Kinds of nodes.
const (
	Null Kind = iota
	Bool
	Number
	String
	List
	Object
)

// Node is one value of a decoded body. Members keep the vendor's order, because violations of a field map are reported in
// it. XML, YAML and form bodies become the same tree as JSON. A nil Node stands for a missing value; every method accepts
// one.
type Node struct {
	Kind    Kind
	Text    string // of a String; of a Number as written, so that no digit is lost; "true" or "false" of a Bool
	Members []Member
	Items   []*Node
}

// Member is one named value of an Object.
type Member struct {
	Name  string
	Value *Node
}

// Get returns the member called name of an object, or nil.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Members {
		if n.Members[i].Name == name {
			return n.Members[i].Value
		}
	}
	return nil
}

// At follows a JSON Pointer (RFC 6901) and returns what is there, or nil.
func (n *Node) At(pointer string) *Node {
	for n != nil && pointer != "" {
		var token string
		token, pointer, _ = strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
		if pointer != "" {
			pointer = "/" + pointer
		}
		n = n.step(unescape.Replace(token))
	}
	return n
}

// unescape undoes the escapes of a pointer's token (RFC 6901, section 4).
var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// tokens returns the tokens of a JSON Pointer, unescaped.
func tokens(pointer string) []string {
	all := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, token := range all {
		all[i] = unescape.Replace(token)
	}
	return all
}

// step goes one level down: to the member of that name, or the item of that number.
func (n *Node) step(token string) *Node {
	if n.Kind != List {
		return n.Get(token)
	}
	i, err := strconv.Atoi(token)
	if err != nil || i < 0 || i >= len(n.Items) {
		return nil
	}
	return n.Items[i]
}

// Scalar returns the text of a string, number or bool; ok is false for anything else.
func (n *Node) Scalar() (text string, ok bool) {
	if n == nil || n.Kind == Null || n.Kind == List || n.Kind == Object {
		return "", false
	}
	return n.Text, true
}

// IsEmpty is true for a value that is missing, null, or without text, members or items.
func (n *Node) IsEmpty() bool {
	return n == nil || n.Text == "" && len(n.Members) == 0 && len(n.Items) == 0
}
