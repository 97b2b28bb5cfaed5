package normalize

import (
	"slices"
	"strconv"
	"strings"
)

// detail returns the words that help most, and f's own where those are others. A vague sentence is told
// together with the first one below it; one that says nothing gives way to the only one.
func (f *fault) detail() (detail, message string) {
	own := f.ownWords()
	below := f.firstBelow()
	switch {
	case below == "" || own == below:
		return own, ""
	case own == "":
		return below, ""
	case !isVague(own):
		return own, ""
	case isReasonPhrase(own), saysNothing(own) && f.countBelow() == 1:
		return below, own
	}
	return joinWords(own, below), own
}

// joinWords puts a general sentence before the one that tells more; what has an equals sign was written for machines.
func joinWords(general, more string) string {
	if strings.Contains(general, "=") {
		return more
	}
	if !strings.HasSuffix(general, ".") && !strings.HasSuffix(general, "!") {
		general = strings.TrimRight(general, ": ") + ":"
	}
	return cleanText(general+" "+more, MaxTextBytes)
}

// told is detail, with a short message put before the longer text that explains it.
func (f *fault) told() (detail, message string) {
	detail, message = f.detail()
	if short := best(f.texts); detail != "" && detail == f.longer(short) && !isVague(short) && !strings.Contains(detail, short) {
		detail = joinWords(short, detail)
	}
	return detail, message
}

// ownWords are what f itself says: its text, or its title where that tells more.
func (f *fault) ownWords() string {
	text, title := best(f.texts), best(f.titles)
	if text == "" || isVague(text) && !isVague(title) {
		return firstText(title, text)
	}
	return firstText(f.longer(text), text)
}

// minDetailWords is how many words a longer text needs to be told instead of a message.
const minDetailWords = 5

// longer returns the text of a member such as detail where the message is short or vague and it tells more.
func (f *fault) longer(text string) string {
	if countWords(text) >= minDetailWords && !isVague(text) {
		return ""
	}
	vague := isVague(text)
	for _, other := range f.texts {
		n := countWords(other.text)
		if other.rank == 2 && n >= minDetailWords && n > countWords(text) || vague && other.rank <= 3 && !isVague(other.text) {
			return other.text
		}
	}
	if i := slices.IndexFunc(f.texts, func(other ranked) bool { return other.rank <= 3 && !saysNothing(other.text) }); i >= 0 && saysNothing(text) {
		return f.texts[i].text
	}
	if i := slices.IndexFunc(f.texts, func(other ranked) bool { return other.rank <= endingRank && !isVague(other.text) }); i >= 0 && isReasonPhrase(text) {
		return f.texts[i].text
	}
	return ""
}

func countWords(text string) int { return strings.Count(text, " ") + 1 }

// firstBelow is the text of the first that stands below f.
func (f *fault) firstBelow() string {
	for _, list := range [][]fault{f.inner, f.items} {
		for i := range list {
			if text, _ := list[i].told(); text != "" {
				return text
			}
		}
	}
	return ""
}

// countBelow is how many stand below f.
func (f *fault) countBelow() int {
	n := 0
	for _, item := range append(leaves(f.inner), leaves(f.items)...) {
		if item.hasWords() {
			n++
		}
	}
	return n
}

// code returns the vendor's machine code: f's own before those below, codes before classes. One that only spells the
// status comes last.
func (f *fault) code(status int) string {
	own, class := usable(f.codes, status), usable(f.kinds, status)
	code := firstText(unlessStatus(own), f.ownName(), f.codeBelow(status, false))
	if f.hasPoorCodes() {
		code = firstText(f.ownName(), code)
	}
	if code == "" && own == "" {
		code = unlessStatus(class)
	}
	return firstText(code, f.codeBelow(status, true), own, class, f.class)
}

// hasPoorCodes is true if codes stand only where words or statuses should.
func (f *fault) hasPoorCodes() bool {
	return !slices.ContainsFunc(f.codes, func(code ranked) bool { return code.rank < worstRank })
}

// ownName is the token under the name of the error, which is as good as a code if machines spell so.
func (f *fault) ownName() string {
	for _, kind := range f.kinds {
		if kind.rank == 0 && isCode(kind.text) && !isEnvelopeWord(kind.text) {
			return unlessStatus(kind.text)
		}
	}
	return ""
}

// unlessStatus is code, or "" for one that only spells a status.
func unlessStatus(code string) string {
	if spellsStatus(code) {
		return ""
	}
	return code
}

// codeBelow is the code of the first that has one, or its class.
func (f *fault) codeBelow(status int, class bool) string {
	for _, list := range [][]fault{f.items, f.inner} {
		for i := range list {
			of := list[i].codes
			if class {
				of = list[i].kinds
			}
			if code := firstText(usable(of, status), list[i].codeBelow(status, class)); code != "" {
				return code
			}
		}
	}
	return ""
}

// usable returns the best of codes that are more than the status or an envelope's constant.
func usable(codes []ranked, status int) string {
	var found ranked
	for _, c := range codes {
		if n, err := strconv.Atoi(c.text); err == nil && (n == 0 || n == status || status >= 200 && status < 400 && isErrorStatus(n)) {
			continue
		}
		if !isEnvelopeWord(c.text) {
			found.better(c.text, c.rank)
		}
	}
	return found.text
}

// violations returns what is wrong with the request. One without a field counts only among several.
func (f *fault) violations(a *Answer) []Violation {
	all := f.violated()
	var out []Violation
	seen := map[[2]string]bool{}
	for i := range all {
		for _, one := range all[i].violation(a) {
			if len(out) == maxViolations || one.Detail == "" || seen[[2]string{one.Field, one.Detail}] || one.Field == "" && len(all) < 2 {
				continue
			}
			seen[[2]string{one.Field, one.Detail}] = true
			out = append(out, one)
		}
	}
	out = withoutEchoes(out)
	if len(out) == 1 && out[0].Field == "" {
		return nil
	}
	return out
}

// withoutEchoes leaves out sentences that only put a field's name before what is told of it elsewhere, as the full
// messages of Rails do.
func withoutEchoes(all []Violation) []Violation {
	return slices.DeleteFunc(slices.Clone(all), func(one Violation) bool {
		return one.Field == "" && slices.ContainsFunc(all, func(other Violation) bool {
			return other.Field != "" && strings.HasSuffix(one.Detail, " "+other.Detail)
		})
	})
}

// shorthand is a code that stands where words should.
func (f *fault) shorthand() string {
	for _, c := range f.codes {
		if c.rank == worstRank {
			return c.text
		}
	}
	return ""
}

// violation tells f once for each of its fields.
func (f *fault) violation(a *Answer) (out []Violation) {
	detail, _ := f.detail()
	code := f.code(a.Status)
	if detail == "" && f.fieldRank == worstRank { // a name of something, and not of a field
		return nil
	}
	fields := slices.DeleteFunc(slices.Clone(f.fields), func(field string) bool { return strings.HasPrefix(a.Path, field) && strings.HasPrefix(field, "/") })
	if len(fields) == 0 {
		fields = []string{""}
		detail = firstText(best(f.texts), best(f.titles))
	}
	for _, field := range fields {
		one := Violation{Detail: firstText(detail, f.shorthand(), code), Field: field, Code: code, In: f.where}
		if one.In != "" {
			one.Name = field
		} else if mayCarryBody(a.Method) {
			one.Pointer = f.pointer
		}
		out = append(out, one)
	}
	return out
}
