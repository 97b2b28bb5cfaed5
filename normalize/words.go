package normalize

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Meaning is what a sentence says, in whatever words. Profiles ask for it by name: says: already-exists.
type Meaning string

// Meanings that rules can ask for.
const (
	MeansAlreadyExists    Meaning = "already-exists"     // the thing is there, taken, not unique
	MeansNotFound         Meaning = "not-found"          // some thing does not exist
	MeansMissingSetup     Meaning = "missing-setup"      // some thing is not configured or switched on
	MeansUnparsable       Meaning = "unparsable"         // the document itself could not be read
	MeansBadCredentials   Meaning = "bad-credentials"    // a client, secret, user, password or token is wrong or over
	MeansNotAllowed       Meaning = "not-allowed"        // known, but without the right to do it
	MeansMissingParameter Meaning = "missing-parameter"  // a parameter is missing, empty or unknown
	MeansTooLarge         Meaning = "too-large"          // too much of it
	MeansRateLimited      Meaning = "rate-limited"       // too many requests in a short time
	MeansMethod           Meaning = "method-not-allowed" // the verb is not supported here
)

// vocabulary is how a meaning is worded: any of says, unless one of unless is said as well.
type vocabulary struct{ says, unless *regexp.Regexp }

// Parts that several meanings share. A sentence is looked at in lower case and without what it quotes.
const (
	cannot  = `(?:could not|couldn't|cannot|can not|can't|unable to|failed to)`
	isNot   = `(?:is|are|was|were|has|have|had|be|been|do|does|did)(?:n't| not)`
	secrets = `(?:user ?names?|passwords?|credentials?|(?:access |refresh |bearer |api )?tokens?|secrets?|api[ -]?keys?|logins?|grants?|authori[sz]ation codes?)`
	clients = `(?:clients?|users?|accounts?|applications?)`
	badness = `(?:invalid|incorrect|wrong|expired|revoked|bad|unknown|disabled|deactivated|locked|malformed)`
)

var vocabularies = map[Meaning]vocabulary{
	MeansAlreadyExists: words(
		`\balready (?:been )?(?:exists?|existing|in use|used|taken|registered|assigned|present|created|defined|added|linked|booked|there)\b`,
		`\balready (?:been )?set (?:on|for|in|to) (?:another|an other|a different)\b`,
		`\bexists? already\b`, `\bduplicat(?:e|es|ed|ion)\b`, `\bmust be unique\b`, `\b(?:not|non)[- ]unique\b`,
		`\bhas been (?:taken|used)\b`, `\bis (?:taken|in use by another)\b`, `\bunique (?:constraint|index|key)\b`,
		`\b(?:another|a different|an other) [\w -]{1,40} (?:with|has|have|uses?) (?:the|that|this) (?:same )?\w+`,
		`\balready (?:an? )?(?:\w+ )?(?:member|subscriber|participant|user|part|on|in) (?:of |in )?(?:the |this |your |that |an? )?\w+`, `\balready an? (?:\w+ )*(?:member|subscriber|user|customer|contact)\b`,
		`^(?:\w+ ){1,4}exists\.?$`, `\bthe same [\w -]{1,40} exists?\b`, `\bexistiert bereits\b`, `\bexiste d[ée]j[àa]`, `\bd[ée]j[àa] (?:utilis|pris|attribu|enregistr|associ|présent|existant)`, `\bya (?:existe|está (?:en uso|registrad))`,
		`\b(?:bereits|schon) (?:vorhanden|vergeben|verwendet|benutzt|belegt)\b`,
	).butNot(`\b(?:must|should|if|unless|whether|not|n't) (?:\w+ ){0,2}already\b`, `\bexists? already and\b`, `^no (?:\w+ )*exists`,
		`\balready in (?:(?:the|this|an?|that) )?(?:\w+ )?(?:progress|state|status|process|flight|queue)\b`),
	MeansNotFound: words(
		`\b`+isNot+` (?:be |been )?found\b`, `\bnot found\b`, `\b`+isNot+` exist\b`, `\b(?:don't|doesn't|didn't) exist\b`, `\bdo(?:es)? not exists?\b`,
		`\b`+cannot+` (?:be found|find|locate|be located)\b`, `\bno longer exists?\b`, `\bnon-?existent\b`, `\bnot exist(?:ing)?\b`,
		`\bno (?:such )?[\w -]{1,40} (?:found|exists?|matching|matches)\b`, `\bno such \w+`, `\bno [\w -]{1,40} (?:with|has) (?:\w+ ){0,3}(?:id|ids|name|code|key|number|identifier)\b`,
		`\bunknown [a-z]+`, `\bnicht gefunden\b`, `\bexistiert nicht\b`, `\bgibt es nicht\b`,
		`\bn'existe (?:pas|plus)\b`, `\bintrouvable\b`, `\bno existe\b`, `\bno (?:se )?(?:ha )?(?:sido )?encontrad[oa]\b`,
	),
	MeansMissingSetup: words(
		`\b`+isNot+` (?:been |be |yet |properly |correctly )*(?:configured|set up|setup|enabled|activated|connected)\b`,
		`\bnot (?:yet |properly |correctly |been )*(?:configured|set up|connected)\b`,
		`\b(?:must|should|needs? to|has to|have to) be (?:\w+ )?(?:configured|set up|connected)\b`,
		`\b(?:missing|no|without|lacks?) (?:\w+ ){0,3}(?:configuration|setup)\b`, `\bno [\w -]{1,40} (?:is |are |has been |have been )?(?:configured|set up|connected)\b`,
		`\bnicht (?:eingerichtet|konfiguriert)\b`,
	),
	MeansUnparsable: words(
		`\b(?:json|xml|yaml|document|body|payload|patch|syntax|content|message received)\b.{0,60}\b(?:malformed|not well[- ]formed|`+cannot+` be (?:parsed|read|decoded|processed as)|`+isNot+` (?:be |a )?(?:valid|parsable|parseable|readable))`,
		`\bmalformed (?:\w+ )?(?:json|xml|yaml|document|body|payload|request|patch|syntax)\b`,
		`\b(?:invalid|bad|broken|not (?:a )?valid|no valid|unparsable|unparseable) (?:json|xml|yaml)\b`,
		`\b(?:be|is) valid json\b`, `\bunexpected (?:character|token|symbol|end)\b`, `\bwhile parsing\b`, `\bparse error\b`, `\bparsing error\b`, `\bsyntax error\b`,
		`\b(?:failed|unable|error|could not|cannot|can't|couldn't)(?: to| in| while)? (?:be )?pars(?:e|ed|ing)\b`,
		`\bunterminated\b`, `\binvalid (?:start of|character|property identifier|escape)`, `\bis invalid after\b`, `\btrailing comma\b`,
		`\badditional text encountered\b`, `\bjson tokens?\b`, `\bdepth to be zero\b`, `\bbad json\b`, `\binvalid json`,
	).butNot(`\bconvert`, `\bdeserialize the current json`, `\btarget location\b`),
	MeansBadCredentials: words(
		secrets+` (?:does not|doesn't|do not|don't|did not) match\b`,
		secrets+`\b.{0,40}\b`+badness+`\b`, `\b`+badness+` (?:\w+ ){0,3}`+secrets+`\b`, `\b`+badness+` (?:\w+ ){0,1}`+clients+`\b`,
		`\b`+clients+`\b.{0,40}\b(?:`+badness+`|not found|does not match)\b`, `\bnot match any client\b`, `\bno (?:\w+ )?`+clients+` (?:found|with|matching|exists?)\b`,
		`\bno (?:\w+ )?`+secrets+` (?:was|were|is|has|have|provided|given|sent|found)\b`,
		secrets+` (?:has|have|is|was) (?:been )?(?:expired|revoked|missing|required)\b`, `\b(?:token|grant|code|session) (?:\w+ )?expired\b`,
		`\bauthentication (?:is )?(?:required|failed)\b`, `\bauthori[sz]ation (?:is |header )?(?:is )?(?:required|missing)\b`,
		`\bnot (?:logged in|authenticated)\b`, `\bhas been disconnected\b`,
	),
	MeansNotAllowed: words(
		`\b(?:not|n't) (?:be )?(?:authori[sz]ed|allowed|permitted|entitled)\b`, `\bpermissions?\b`, `\bforbidden\b`, `\baccess (?:is |was )?denied\b`,
		`\binsufficient (?:scopes?|privileges?|rights?)\b`, `\bunauthori[sz]ed\b`,
	),
	MeansMissingParameter: words(
		`\b(?:is|are) (?:missing|required|mandatory|empty|blank)\b`, `\bmissing (?:or \w+ )?(?:\w+ )?(?:parameter|argument|field|header|value)s?\b`,
		`\brequired (?:parameter|argument|field|header|value)s?\b`, `\b(?:was|were) not (?:provided|given|sent)\b`, `\b(?:parameter|argument|field)s? (?:not found|unknown)\b`,
	),
	MeansTooLarge: words(
		`\btoo (?:large|big|long)\b`, `\btoo many (?:resources|items|lines|records|rows|objects|elements)\b`,
		`\bexceed(?:s|ed|ing)?\b.{0,60}\b(?:size|length|bytes|limit of \d+ (?:items|bytes))\b`, `\bmaximum (?:allowed )?(?:size|length)\b`,
	),
	MeansRateLimited: words(
		`\btoo many (?:\w+ ){0,2}(?:requests|calls|attempts|queries|connections|failed)\b`, `\brate[- ]?limit`, `\bthrottl`, `\bslow down\b`,
		`\b(?:request|call)s? (?:limit|quota|rate)\b`, `\babuse detection\b`, `\btemporarily (?:blocked|banned|locked out|restricted)\b`, `\b(?:exceeded|maximum of|more than|limit(?:ed)? (?:of|to)) \d+ (?:\w+ ){0,2}(?:requests|calls|queries|messages) (?:per|a|an|every|in)\b`,
		`\b(?:limits?|requests|calls|queries)\b.{0,40}\bper[- ](?:second|sec|minute|min|hour|ip)\b`, `\bflood(?:ing)?\b`, `\brequesting too (?:fast|often|frequently)\b`, `\btoo (?:frequent|fast)\b`, `\bzu viele (?:anfragen|versuche)\b`, `\blimit of (?:api )?(?:requests|calls)\b`, `\b(?:api )?calls? quota exceeded\b`,
	),
	MeansMethod: words(
		`\b`+isNot+` support (?:the )?(?:http )?(?:method|verb)\b`, `\bmethod (?:is )?not (?:allowed|supported)\b`,
	),
}

// words builds a vocabulary from patterns of RE2.
func words(says ...string) vocabulary {
	return vocabulary{says: regexp.MustCompile(strings.Join(says, "|"))}
}

func (v vocabulary) butNot(patterns ...string) vocabulary {
	v.unless = regexp.MustCompile(strings.Join(patterns, "|"))
	return v
}

// quoted is what a sentence cites, such as a caller's own value, which must not be taken for the vendor's words.
var quoted = regexp.MustCompile("\"[^\"]*\"|“[^”]*”|‘[^’‘]*[’‘]|`[^`]*`|(?:^|[\\s(\\[:=,])'[^']*'")

// Says is true if sentence means m. It never looks at numbers and never at what the sentence quotes.
func Says(m Meaning, sentence string) bool {
	v, known := vocabularyOf(m)
	if !known {
		return false
	}
	sentence = plainWords(sentence)
	return v.says.MatchString(sentence) && (v.unless == nil || !v.unless.MatchString(sentence))
}

// plainWords prepares a sentence for the vocabularies.
func plainWords(sentence string) string {
	sentence = quoted.ReplaceAllString(clip(sentence, 4*MaxTextBytes), " ")
	sentence = strings.ReplaceAll(sentence, "’", "'")
	return strings.Join(strings.Fields(strings.ToLower(sentence)), " ")
}

// isMeaning is true for a name that says: knows.
func isMeaning(m Meaning) bool {
	_, known := vocabularyOf(m)
	return known
}

// vocabularyOf finds how m is worded.
func vocabularyOf(m Meaning) (v vocabulary, known bool) {
	if v, known = vocabularies[m]; !known {
		v, known = senses[m]
	}
	return v, known
}

// meanings lists what says: knows, for messages.
func meanings() []string {
	var names []string
	for _, of := range []map[Meaning]vocabulary{vocabularies, senses} {
		for _, name := range sortedKeys(of) {
			names = append(names, string(name))
		}
	}
	slices.Sort(names)
	return names
}

// sortedKeys makes what comes from a map the same every time.
func sortedKeys[K ~string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
