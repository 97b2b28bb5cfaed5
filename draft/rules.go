package draft

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"gateway/document"
	"gateway/generic"
	"gateway/meaning"
	"gateway/normalize"
	"gateway/problem"
)

// meaningsOfTypes are meanings that a rule can ask for if the status alone would say something else.
var meaningsOfTypes = map[problem.Type]meaning.Meaning{
	problem.AlreadyExists: meaning.AlreadyExists, problem.NotFound: meaning.NotFound, problem.Unauthenticated: meaning.BadCredentials, problem.RateLimited: meaning.RateLimited,
	problem.PermissionDenied: meaning.NotAllowed, problem.PayloadTooLarge: meaning.TooLarge, problem.MethodNotAllowed: meaning.Method, problem.DependencyFailed: meaning.MissingSetup,
	problem.InvalidRequest: meaning.Unparsable,
}

// rulesOf makes a rule for every kind of answer whose code says nothing. Rules with more conditions come first.
func rulesOf(kept []drafted) []normalize.Rule {
	var first, last []normalize.Rule
	for _, d := range kept {
		switch rule, special, ok := ruleOf(d); {
		case ok && special:
			first = append(first, rule)
		case ok:
			last = append(last, rule)
		}
	}
	var rules []normalize.Rule
	for _, rule := range append(first, last...) {
		rules = addRule(rules, rule)
	}
	return rules
}

// addRule adds a rule, unless its name is taken or another rule takes all its answers.
func addRule(rules []normalize.Rule, rule normalize.Rule) []normalize.Rule {
	more := append(slices.Clone(rules), rule)
	if _, err := normalize.NewReader(&normalize.Profile{Vendor: "any", Rules: more}); err != nil {
		return rules
	}
	return more
}

// ruleOf makes the rule for one answer. special is true if it has more conditions than a status and a place.
func ruleOf(d drafted) (rule normalize.Rule, special, ok bool) {
	yes := true
	words := pointerTo(d.doc.Root, d.read.Detail)
	place := cmp.Or(words, pointerTo(d.doc.Root, d.read.Code))
	rule = normalize.Rule{
		Name:  fmt.Sprintf("%s-%d", d.read.Type, d.Answer.Status),
		Match: normalize.Match{Status: []string{strconv.Itoa(d.Answer.Status)}},
		Type:  d.read.Type,
	}
	switch {
	case d.answersSuccess():
		if place == "" {
			return rule, false, false
		}
		rule.Name, rule.Match.Status = "hidden-"+string(d.read.Type), []string{"2xx"}
		rule.Match.Body = map[string]normalize.Test{place: {Exists: &yes}}
		if flag := falseFlag(d.doc.Root); flag != "" {
			rule.Match.Body[flag] = normalize.Test{Is: []string{"false"}}
		}
		if code := pointerTo(d.doc.Root, d.read.Code); code != "" {
			rule.Name += "-" + slug(d.read.Code)
			rule.Match.Body[code] = normalize.Test{Is: []string{d.read.Code}}
		}
		return rule, true, true
	case d.read.Code != "":
		return rule, false, false
	case words != "" && meaning.Says(meaningsOfTypes[d.read.Type], d.read.Detail):
		rule.Name += "-in-words"
		rule.Match.Body = map[string]normalize.Test{words: {Says: []meaning.Meaning{meaningsOfTypes[d.read.Type]}}}
		return rule, true, true
	case place == "": // a page or a line of text, which the generic reader knows
		return rule, false, false
	}
	rule.Match.Body = map[string]normalize.Test{place: {Exists: &yes}}
	return rule, false, true
}

// falseFlag finds a member by which the body says that it is not a success.
func falseFlag(root *document.Node) string {
	if root == nil {
		return ""
	}
	for _, m := range root.Members {
		if m.Value.Kind == document.Bool && m.Value.Text == "false" && generic.IsFlag(m.Name) {
			return "/" + escapeToken(m.Name)
		}
	}
	return ""
}
