package normalize

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"

	"gateway/document"
)

// Bounds of one evaluation of when: far above what a sensible expression needs for the largest body.
const (
	whenCost  = 100_000
	whenTime  = 5 * time.Millisecond
	whenCheck = 100 // steps of a loop between two looks at the clock
)

// program is a compiled when: expression.
type program struct{ cel.Program }

// compileWhen type-checks an expression over status, method, path, query, header and body. Lists and strings have only
// CEL's own functions.
func compileWhen(text string) (*program, error) {
	env, err := cel.NewEnv(
		cel.Variable("status", cel.IntType),
		cel.Variable("method", cel.StringType),
		cel.Variable("path", cel.StringType),
		cel.Variable("query", cel.MapType(cel.StringType, cel.StringType)),
		cel.Variable("header", cel.MapType(cel.StringType, cel.StringType)),
		cel.Variable("body", cel.DynType),
	)
	if err != nil {
		return nil, err
	}
	checked, issues := env.Compile(text)
	if issues.Err() != nil {
		return nil, errors.New(strings.ReplaceAll(issues.Err().Error(), "\n", " "))
	}
	if checked.OutputType() != cel.BoolType {
		return nil, fmt.Errorf("the expression gives %s, but a condition gives bool", checked.OutputType())
	}
	p, err := env.Program(checked, cel.CostLimit(whenCost), cel.InterruptCheckFrequency(whenCheck))
	return &program{p}, err
}

// lacks returns why the expression does not hold; "" if it does. An expression that fails, such as on a missing key, does
// not hold.
func (p *program) lacks(v *view) lack {
	if p == nil {
		return lack{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), whenTime)
	defer cancel()
	result, _, err := p.ContextEval(ctx, v.variables())
	if err != nil {
		return lack{part: "when: " + err.Error()}
	}
	if holds, ok := result.Value().(bool); !ok || !holds {
		return lack{part: "when"}
	}
	return lack{}
}

// variables is what an expression can see.
func (v *view) variables() map[string]any {
	path, query, _ := strings.Cut(v.answer.Path, "?")
	values, _ := url.ParseQuery(query) // what can be read of a broken one counts
	return map[string]any{
		"status": v.answer.Status, "method": v.answer.Method, "path": path, "body": native(v.doc.Root),
		"query": firsts(values, false), "header": firsts(v.answer.Header, true),
	}
}

// firsts keeps the first value of each name; header names are in lower case.
func firsts(values map[string][]string, lower bool) map[string]string {
	out := make(map[string]string, len(values))
	for name, all := range values {
		if lower {
			name = strings.ToLower(name)
		}
		if len(all) > 0 {
			out[name] = all[0]
		}
	}
	return out
}

// native is n as CEL knows values; numbers are doubles.
func native(n *document.Node) any {
	switch {
	case n == nil || n.Kind == document.Null:
		return nil
	case n.Kind == document.Bool:
		return n.Text == "true"
	case n.Kind == document.Number:
		f, _ := strconv.ParseFloat(n.Text, 64) // too large a number is infinite
		return f
	case n.Kind == document.List:
		out := make([]any, len(n.Items))
		for i, item := range n.Items {
			out[i] = native(item)
		}
		return out
	case n.Kind == document.Object:
		out := make(map[string]any, len(n.Members))
		for _, m := range n.Members {
			out[m.Name] = native(m.Value)
		}
		return out
	}
	return n.Text
}
