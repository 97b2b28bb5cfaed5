package meaning

import (
	"strings"

	"gateway/wording"
)

var (
	// failingWords are what a sentence needs to be taken for one that only says that something is wrong, and
	// lackingWords for one that only says that something is not there.
	failingWords = wording.NewPhrases(`\b`, []string{
		`invalid`, `incorrect`, `fail(?:ed|ure)?`, `errors?`, `exceptions?`, `wrong`, `bad`, `malformed`, `unprocessable`,
		`rejected`, `problems?`, `(?:not|cannot|can't|couldn't) (?:be )?(?:valid|validated|performed|processed|completed|accepted|understood)`,
		`validation`, `violat\w+`, `issues?`, `fehlgeschlagen`, `falsch`, `fehlerhaft`, `unvollständig`, `fehler`, `ungültig\w*`, `erro`, `erreur`, `inválid[oa]s`, `válid[oa]s?`, `invalide`, `échouée?`, `inválid[oa]`,
	}, `(?:$|[^\pL])`)
	lackingWords = wording.NewPhrases(`\b`, []string{`missing`, `required`}, `\b`)
	// plainTalk are words that add nothing to that.
	plainTalk = wordSet(`a an and are at be been by contains could count data details entity error errors exception exceptions fail failed failure
		fields field following for form has have in incorrect input invalid is issue issues it its json more multiple no not object occurred occured of on one or
		parameter parameters parameter(s) payload performed please problem problems processed properties property provided record records request requested
		request(s) resource see semantic semantically semantics server some submitted supplied that the there these this to unprocessable unable validate
		validated validating validation valid validity value values violation violations was were which while with wrong your body bad business check checks detailed output info cannot
		model entity action process processing rejected query schema constraint constraints operation completed command api code information malformed correct argument arguments
		attribute attributes current deemed nested sent missing required ran into call webservice service encountered happened
		present creating updating saving deleting created updated saved deleted error(s) embedded below list array refer check description node messages section application
		falsch fehlerhaft unvollständig fehler ihre ist sind bzw oder und der die das nicht konnte verarbeitet werden ein eine aufgetreten erro erreur dados requisição la no es son válida válido válidas válidos solicitud petición inválida inválidos est pas une les validierung fehlgeschlagen ungültig ungültige anfrage eingabe daten la validation requête est a échoué échouée données invalide datos inválidos`)
)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// IsVague is true for words that say that something is wrong, and hardly what: a reason phrase, "Validation failed".
func IsVague(text string) bool {
	telling, most := tellingWords(text)
	return telling <= most
}

// SaysNothing is true for words that say that something is wrong, and not what.
func SaysNothing(text string) bool {
	telling, most := tellingWords(text)
	return telling <= min(most, 0)
}

// tellingWords counts the words that add something, and how many of them still leave the text vague: -1 if nothing
// in it says that something is wrong.
func tellingWords(text string) (telling, most int) {
	if text == "" || wording.IsReasonPhrase(text) {
		return 0, 0
	}
	plain := PlainWords(requestLine.Replaced(text, " "), false)
	switch {
	case failingWords.In(plain):
		most = 1
	case !lackingWords.In(plain):
		return 0, -1
	}
	if strings.ContainsAny(text, quoteMarks) {
		telling = len(quoted.FindAllString(text, 3))
	}
	for _, word := range strings.FieldsFunc(plain, notInWord) {
		if !plainTalk[word] && !wording.IsDigits(word) {
			telling++
		}
	}
	return telling, most
}

// requestLine is what a sentence repeats of the request.
var requestLine = wording.NewPhrase(`\b(?:GET|POST|PUT|PATCH|DELETE) /\S*`)

func notInWord(r rune) bool { return strings.ContainsRune(" .,:;!?=/-[]\"", r) }
