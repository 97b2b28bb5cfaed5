package normalize

import (
	"regexp"
	"strings"
)

var (
	// failing words are what a sentence needs to be taken for one that only says that something is wrong.
	failingWords = regexp.MustCompile(`\b(?:invalid|incorrect|fail(?:ed|ure)?|errors?|exceptions?|wrong|bad|malformed|unprocessable|rejected|problems?|not (?:be )?(?:valid|performed|processed|completed|accepted|understood)|validation|violat\w+|issues?)\b`)
	// plainTalk are words that add nothing to that.
	plainTalk = wordSet(`a an and are at be been by contains could count data details entity error errors exception exceptions fail failed failure
		fields field following for form has have in incorrect input invalid is issue issues it its json more multiple no not object occurred occured of on one or
		parameter parameters parameter(s) payload performed please problem problems processed properties property provided record records request requested
		request(s) resource see semantic semantically semantics server some submitted supplied that the there these this to unprocessable unable validate
		validated validating validation valid validity value values violation violations was were which while with wrong your body bad business check
		model entity action process processing rejected query schema constraint constraints operation completed command api code information malformed correct argument arguments
		attribute attributes`)
)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// isVague is true for words that say that something is wrong, and hardly what: a reason phrase, "Validation failed".
func isVague(text string) bool {
	if text == "" || isReasonPhrase(text) {
		return true
	}
	plain := plainWords(text)
	if !failingWords.MatchString(plain) {
		return false
	}
	telling := 0
	for _, word := range strings.FieldsFunc(plain, notInWord) {
		if !plainTalk[word] && !isDigits(word) {
			telling++
		}
	}
	return telling <= 1
}

func notInWord(r rune) bool { return strings.ContainsRune(" .,:;!?=/-[]\"", r) }
