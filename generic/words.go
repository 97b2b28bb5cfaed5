package generic

import (
	"regexp"
	"slices"

	"gateway/meaning"
	"gateway/problem"
)

// wordSense is what a sentence makes of an answer, at which statuses, unless the code says one of these softly.
type wordSense struct {
	says   meaning.Meaning
	as     problem.Type
	at     []int // statuses; none: wherever the type overrules the status
	unless []problem.Type
	every  bool // all that stand below must say so
	caller bool // it is about who asks: what is told of a field of the data does not count
	whole  bool // nothing may be told of a field
	where  func(v *seen, sentence string) bool
}

// wordSenses are tried in this order.
var wordSenses = []wordSense{
	{says: meaning.Unparsable, as: problem.InvalidRequest, at: []int{0, 400, 422}, whole: true},
	{says: meaning.LongQuota, as: problem.QuotaExceeded, at: []int{0, 400, 401, 402, 403, 422, 429, 503}},
	{says: meaning.Quota, as: problem.RateLimited, at: []int{0, 400, 401, 403, 409, 413, 422, 429, 503}, where: isShortTerm},
	{says: meaning.Quota, as: problem.QuotaExceeded, at: []int{0, 400, 401, 402, 403, 422, 429, 503}},
	{says: meaning.RateLimited, as: problem.RateLimited, at: []int{0, 400, 401, 403, 409, 412, 413, 422, 429, 500, 503}},
	{says: meaning.Payment, as: problem.PaymentRequired, at: []int{0, 400, 402, 403, 409, 422, 429}},
	{says: meaning.Unauthenticated, as: problem.Unauthenticated, at: []int{0}, caller: true},
	{says: meaning.Unauthenticated, as: problem.Unauthenticated, at: []int{400, 403, 422, 500}, unless: []problem.Type{problem.ValidationFailed}, caller: true},
	{says: meaning.Unauthenticated, as: problem.Unauthenticated, at: []int{404}, where: isNotLacking},
	{says: meaning.AlreadyExists, as: problem.AlreadyExists, at: []int{0, 400, 403, 409, 412, 422, 500}, every: true},
	{says: meaning.NoScope, as: problem.PermissionDenied, at: []int{0, 400, 401, 409, 422, 500}, unless: []problem.Type{problem.ValidationFailed}},
	{says: meaning.Unauthenticated, as: problem.Unauthenticated, at: []int{401}, caller: true},
	{says: meaning.NoRight, as: problem.PermissionDenied, at: []int{0, 400, 409, 422, 500}, unless: []problem.Type{problem.ValidationFailed}},
	{says: meaning.Conflict, as: problem.Conflict, at: []int{0, 400, 403, 409, 422}, unless: []problem.Type{problem.ValidationFailed}},
	{says: meaning.Method, as: problem.MethodNotAllowed, at: []int{0, 400, 403, 500}},
	{says: meaning.NotFound, as: problem.InvalidRequest, at: []int{0}, where: isOfFunction},
	{says: meaning.NotFound, as: problem.NotFound, at: []int{0, 400, 403, 422}, unless: []problem.Type{problem.ValidationFailed}, where: isAddressedThing},
	{says: meaning.NotFound, as: problem.ValidationFailed, at: []int{400}, where: isReferredTo},
	{says: meaning.NotFound, as: problem.NotFound, at: []int{500}, where: isInPath},
	{says: meaning.MissingSetup, as: problem.DependencyFailed, at: []int{0, 400, 422}, unless: []problem.Type{problem.ValidationFailed}},
	{says: meaning.BodyTooLarge, as: problem.PayloadTooLarge, at: []int{0, 400, 422}},
	{says: meaning.Unavailable, as: problem.UpstreamUnavailable, at: []int{0, 429, 500}},
	{says: meaning.Timeout, as: problem.UpstreamTimeout, at: []int{0, 500}},
	{says: meaning.VendorFailed, as: problem.UpstreamError, at: []int{0}},
	{says: meaning.NotFound, as: problem.NotFound, at: []int{0}, where: isNoParameter},
}

// maxSentences is how many are looked at of those that stand below.
const maxSentences = 20

// byWords is what the sentences of f mean beside the status; "" if they add nothing to it.
func (f *fault) byWords(v *seen, status int, soft problem.Type) problem.Type {
	violated := leaves(f.items)
	violated = violated[:min(len(violated), maxSentences)]
	fields := len(f.fields) > 0 || slices.ContainsFunc(violated, func(item fault) bool { return len(item.fields) > 0 })
	all := sentences{append(f.allTexts(), textsOf(f.inner)...), saidBy(violated)}
	ofCaller := sentences{below: saidBy(slices.DeleteFunc(slices.Clone(violated), isOfData))}
	if !isOfData(*f) {
		ofCaller.own = all.own
	}
	if status < 400 {
		status = 0
	}
	for _, sense := range wordSenses {
		words := all
		if sense.caller {
			words = ofCaller
		}
		if sense.applies(status, soft) && !(sense.whole && fields) && sense.holds(v, words) {
			return sense.as
		}
	}
	return ""
}

// sentences are those of a fault: its own, and those of each that stands below.
type sentences struct {
	own   []string
	below [][]string
}

// isOfData is true for a complaint about a field that is no credential of the request: a new user's password is data.
func isOfData(f fault) bool {
	return len(f.fields) > 0 && !slices.ContainsFunc(f.fields, credentialField.MatchString)
}

// credentialField are names of what tells the vendor who asks.
var credentialField = regexp.MustCompile(`(?i)authori[sz]ation|(?:api|app|access|secret)[_-]?key|access[_-]?token|app[_-]?secret|client[_-]?(?:id|secret)|^(?:key|token)$`)

func (s wordSense) applies(status int, soft problem.Type) bool {
	if slices.Contains(s.unless, soft) {
		return false
	}
	return slices.Contains(s.at, status)
}

// holds is true if f's own words say it, or all those below.
func (s wordSense) holds(v *seen, words sentences) bool {
	says := func(text string) bool { return s.saidBy(v, text) }
	agreed := len(words.below) > 0
	for _, texts := range words.below {
		agreed = agreed && slices.ContainsFunc(texts, says)
	}
	if agreed || s.every && len(words.below) > 0 {
		return agreed
	}
	return slices.ContainsFunc(words.own, says)
}

func (s wordSense) saidBy(v *seen, text string) bool {
	return meaning.Says(s.says, text) && (s.where == nil || s.where(v, text))
}

// allTexts are f's own words, titles included.
func (f *fault) allTexts() []string {
	var out []string
	for _, list := range [][]ranked{f.texts, f.titles} {
		for _, each := range list {
			out = append(out, each.text)
		}
	}
	return out
}

// saidBy are all words of each fault that has some.
func saidBy(faults []fault) (out [][]string) {
	for i := range faults {
		if texts := append(faults[i].allTexts(), textsOf(faults[i].inner)...); len(texts) > 0 {
			out = append(out, texts)
		}
	}
	return out
}

// textsOf are the words of faults, each the ones that help most.
func textsOf(faults []fault) []string {
	var out []string
	for i := range faults {
		if text, _ := faults[i].detail(); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// shortTerm is how a sentence, or the name of a quota that it quotes, tells of a time for which one can wait.
var shortTerm = regexp.MustCompile(`(?i)\b(?:per[- ]?(?:\d+ ?)?|in \d+ ?)(?:s|sec|seconds?|min|minutes?|hours?)\b|\b(?:after|wait):? (?:\d{1,4}(?:\.\d+)? ?(?:s|sec|seconds?)|\d{1,2} ?(?:min|minutes?))\b`)

func isShortTerm(_ *seen, sentence string) bool { return shortTerm.MatchString(sentence) }
