package generic

import (
	"net/url"
	"regexp"
	"strings"

	"gateway/meaning"
)

// namesParameter is how sentences speak of the request and not of a thing.
var namesParameter = regexp.MustCompile(`(?i)\b(?:parameters?|fields?|propert(?:y|ies)|attributes?|arguments?|columns?|headers?|options?|quer(?:y|ies)|filters?|values?|enum)\b`)

// isNoParameter is true for a sentence about a thing.
func isNoParameter(_ *seen, sentence string) bool { return !namesParameter.MatchString(sentence) }

// isNotLacking is true for a sentence that does not tell of something that is not there.
func isNotLacking(_ *seen, sentence string) bool { return !meaning.Says(meaning.NotFound, sentence) }

// isAddressed is true if what a sentence says not to exist is what the request addresses: it has no body that could
// name something else, or its path has a word of the sentence that only an id or a name can be.
func isAddressed(v *seen, sentence string) bool {
	path, query, _ := strings.Cut(v.answer.Path, "?")
	if decoded, err := url.PathUnescape(path); err == nil {
		path = decoded
	}
	switch {
	case namesParameter.MatchString(sentence), quotes(sentence, query):
		return false
	case !v.answer.MayHaveSentBody(), callsByName(path), saysRequested.MatchString(sentence):
		return true
	}
	return hasStepOf(path, sentence)
}

// saysRequested is how a sentence calls what was asked for.
var saysRequested = regexp.MustCompile(`(?i)\brequested [\w -]{1,40}? (?:not found|(?:was|is|were|could|can|do|does)(?: ?not|n't)\b)`)

// isAddressedThing is isAddressed for a thing, and not for an error that the vendor does not know itself.
func isAddressedThing(v *seen, sentence string) bool {
	return !meaning.Says(meaning.VendorFailed, sentence) && isAddressed(v, sentence)
}

// isReferredTo is true if what a sentence says not to exist can only be what the request's body refers to.
func isReferredTo(v *seen, sentence string) bool {
	return v.answer.MayHaveSentBody() && isNoParameter(v, sentence) && !namesCall.MatchString(sentence) && !isAddressed(v, sentence)
}

// namesCall is how sentences speak of what was called and how, and not of a thing.
var namesCall = regexp.MustCompile(`(?i)\b(?:unknown|commands?|functions?|methods?|actions?|operators?|operations?|endpoints?|routes?|urls?|paths?|services?|types?)\b`)

// namesFunction is how sentences speak of what a call is to do.
var namesFunction = regexp.MustCompile(`(?i)\b(?:actions?|commands?|functions?|operations?|operators?)\b`)

// namesRequest is how sentences speak of the call itself.
var namesRequest = regexp.MustCompile(`(?i)\b(?:apis?|requests?|parameters?|params?|arguments?|quer(?:y|ies)|endpoints?|json|xml|schema|payload|headers?)\b`)

func isOfFunction(_ *seen, sentence string) bool { return namesFunction.MatchString(sentence) }

// callsByName is true for paths of RPC, which end with what to do: /bot1/sendMessage, /chat.postMessage. What that is
// done to stands in the body.
func callsByName(path string) bool { return rpcStep.MatchString(path) }

var rpcStep = regexp.MustCompile(`/(?:[A-Za-z]+\.)*(?:[a-z]+[A-Z][A-Za-z]*|[a-z]+\.[a-z]+)$|/(?:rpc|jsonrpc|soap|twirp)(?:/|$)`)

// quotes is true if a sentence quotes something that is in a query.
func quotes(sentence, query string) bool {
	decoded, err := url.QueryUnescape(query)
	if err != nil {
		decoded = query
	}
	for _, text := range meaning.Quotes(sentence) {
		if text = strings.Trim(text, "\"“”‘’`' ([:=,"); text != "" && strings.Contains(decoded, text) {
			return true
		}
	}
	return false
}

var version = regexp.MustCompile(`^v?\d{1,4}(?:[.-]\d+)*$`)

func isVersion(step string) bool { return version.MatchString(step) && len(step) < 4 }

// hasStepOf is true for a path that has a word of a sentence that only an id or a name can be.
func hasStepOf(path, sentence string) bool {
	steps := strings.SplitSeq(strings.ToLower(path), "/")
	for step := range steps {
		if len(step) >= 3 && strings.ContainsAny(step, ".@0123456789") && strings.Contains(strings.ToLower(sentence), step) && !isVersion(step) {
			return true
		}
	}
	return false
}

// isInPath is true for a sentence that names what the path does.
func isInPath(v *seen, sentence string) bool {
	path, _, _ := strings.Cut(v.answer.Path, "?")
	return hasStepOf(path, sentence)
}
