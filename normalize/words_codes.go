package normalize

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// codeSense is what a machine code means. A firm one beats words and status; a soft one only says more than a status
// that says little, because vendors use such codes for many things.
type codeSense struct {
	as           Type
	firm         bool
	says, unless *regexp.Regexp
}

// codeSenses are tried in this order on a code's words, as codeWords gives them.
var codeSenses = sync.OnceValue(func() []codeSense {
	return []codeSense{
		{as: InvalidRequest, firm: true, says: codes(
			`graphql (?:parse|validation) failed|bad user input`,
			`unsupported (?:grant|response|token) type`,
			`invalid redirect uri`,
		)},
		{as: QuotaExceeded, firm: true, says: codes(
			`(?:daily|monthly|weekly|yearly|annual|month|day) (?:\w+ )*(?:limit|quota|usage)`,
			`(?:billing|plan|credits?|usage|spend\w*|package|trial|license|seat) (?:\w+ )*(?:limit|cap|exhausted|exceeded|used up)`,
			`insufficient (?:quota|credits)`,
			`(?:no|not enough|out of) credits`,
			`credits? depleted`,
			`(?:resource|storage|project|account) limit`,
			`(?:storage|data|usage|transaction) cap`,
		)},
		{as: RateLimited, firm: true, says: codes(
			`rate ?limit`,
			`rate exceeded`,
			`too many (?:\w+ )*(?:requests?|calls?|attempts?|failed|logins?|connections?|concurrent)`,
			`^too many$`,
			`throttl`,
			`slow ?down`,
			`throughput exceeded`,
			`(?:request|call|api|req)s? limit`,
			`flood`,
			`request rate`,
			`over query limit`,
			`concurrency limit`,
			`limit burst`,
			`enhance your calm`,
			`spike arrest`,
			`over qps|qps (?:limit|exceeded)`,
			`(?:max )?concurrent (?:req|request|call|connection)`,
			`hourly (?:\w+ )*(?:limit|quota|usage)`,
		)},
		{as: QuotaExceeded, firm: true, says: codes(
			`quota`,
		)},
		{as: PaymentRequired, firm: true, says: codes(
			`payment (?:\w+ )*(?:failed|declined|overdue|due)`,
			`payment (?:method )?required`,
			`declined`,
			`(?:charge|transaction|payment) refused`,
			`insufficient (?:funds|balance)`,
			`(?:out of|insufficient|not enough|no) (?:credit|money)$`,
			`(?:low|not enough|negative|no) (?:balance|funds)`,
			`balance (?:too low|insufficient|exceeded)`,
			`billing (?:\w+ )*(?:disabled|inactive|required|not)`,
			`(?:past due|unpaid|overdue|delinquent)`,
			`subscription (?:expired|inactive|required|canceled|cancelled|ended)`,
			`expired card`,
			`card expired`,
		)},
		{as: PermissionDenied, firm: true, says: codes(
			`access denied`,
			`permissions?`,
			`forbidden`,
			`not (?:allowed|permitted|entitled|authorized (?:to|for|on))(?: |$)`,
			`insufficient (?:\w+ )*(?:scopes?|privileges?|rights|access|authority)`,
			`missing scopes?`,
			`(?:invalid|no|wrong) scopes?`,
			`unauthori[sz]ed client`,
			`request ?denied`,
			`restricted`,
			`no (?:access|privileges?|rights)`,
			`(?:feature|plan|ip|country|region) (?:\w+ )*(?:disabled|denied|blocked|unavailable|required|not enabled|upgrade)`,
			`(?:account|user) (?:suspended|blocked|banned)`,
			`upgrade required`,
			`consent required`,
			`out of scope`,
			`role required`,
			`not owner`,
		), unless: codes(`method`)},
		{as: Unauthenticated, firm: true, says: codes(
			`(?:invalid|bad|wrong|incorrect|expired|revoked|missing|unknown|malformed|no|unrecognized|incomplete|disabled|inactive|insufficient) (?:\w+ ){0,2}(?:auth\w*|tokens?|grant|client|credentials?|(?:api|access|app|secret) ?keys?|session|signature|logins?|passwords?|jwt|secret|bearer|otp|certificate)(?: id| key id| header)?$`,
			`(?:invalid|expired|bad) (?:session|client token|access token|api key|auth\w*|grant|token)`,
			`^(?:invalid|bad|wrong|unknown|missing|expired) key(?: id)?$`,
			`unauthenticated`,
			`not ?auth(?:ed|enticated)`,
			`auth(?:entication)? (?:\w+ )?(?:failed|failure|error|required|missing|exception|expired|invalid|needed)`,
			`(?:tokens?|grant|session|credentials?|login|password|(?:api|access) ?key|signature|certificate|jwt) (?:\w+ ){0,2}(?:expired|revoked|invalid|missing|required|failed|incorrect|mismatch|not match|unknown|inactive|disabled)`,
			`signature does not match`,
			`not logged in`,
			`login required`,
			`account inactive`,
			`key (?:expired|revoked|disabled)`,
			`reauth`,
		)},
		{as: AlreadyExists, firm: true, says: codes(
			`(?:user|name|email|slug|handle|domain|address|number|code|key|title|sku|login|id) (?:is )?(?:already )?in use`,
			`already (?:exists?|taken|registered|used|in use|created|present|added|owned|assigned)`,
			`exists$`,
			`^exists `,
			`duplicate`,
			`not unique`,
			`non unique`,
			`taken$`,
			`unique(?:ness)?(?: \w+)? (?:constraint|violation|required|failed)`,
			`must be unique`,
			`^uniqueness`,
		), unless: codes(`not exists`)},
		{as: PreconditionFailed, firm: true, says: codes(
			`precondition failed`,
			`(?:etag|if match|revision) (?:mismatch|conflict|failed)`,
			`condition not met`,
		)},
		{as: Conflict, firm: true, says: codes(
			`failed precondition`,
			`resource in use`,
			`in use$`,
			`is used$`,
			`locked`,
			`stale`,
			`(?:version|revision|edit|update|write) (?:\w+ )?(?:mismatch|conflict)`,
			`optimistic lock`,
			`concurrent (?:\w+ )?(?:modification|update|write)`,
			`(?:invalid|illegal|wrong|bad|incorrect|unexpected) (?:\w+ )?(?:state|status)(?: transition)?$`,
			`state (?:invalid|conflict|transition)`,
			`has (?:\w+ )*(?:dependenc(?:y|ies)|dependents|children)`,
			`dependency violation`,
			`already (?:\w+)$`,
			`in progress$`,
			`not (?:ready|cancell?able|refundable|editable|deletable|modifiable)`,
			`aborted`,
		)},
		{as: NotFound, firm: true, says: codes(
			`not ?found`,
			`no ?such`,
			`(?:does|do) ?not ?exist`,
			`not ?exists?`,
			`no (?:route|results?|match(?:ing)?|handler|record)`,
			`non ?existent`,
			`unknown (?:\w+ )?(?:id|object|resource|entity|user|account|customer|order|product|file|item|endpoint|method id)$`,
			`(?:index|resource|record|entity|object|document|item) missing`,
			`missing (?:resource|record|entity|object|document)$`,
		)},
		{as: MethodNotAllowed, firm: true, says: codes(
			`(?:method|verb) (?:is )?not (?:allowed|supported)`,
			`(?:unsupported|invalid|bad) (?:http )?(?:method|verb)`,
		)},
		{as: PayloadTooLarge, firm: true, says: codes(
			`(?:payload|entity|body|file|content|request|message|upload|object|batch|attachment)s? (?:size )?(?:is )?(?:too (?:large|big)|exceeded|limit exceeded)`,
			`too large$`,
			`max(?:imum)? (?:\w+ )?size`,
		)},
		{as: UnsupportedMediaType, firm: true, says: codes(
			`unsupported (?:media|content|mime|file) ?type`,
			`(?:media|content|mime) type not supported`,
			`(?:invalid|bad) content type`,
		)},
		{as: NotAcceptable, firm: true, says: codes(
			`not acceptable`,
		)},
		{as: NotImplemented, firm: true, says: codes(
			`not implemented`,
			`unimplemented`,
			`not supported yet`,
		)},
		{as: UpstreamTimeout, firm: true, says: codes(
			`time ?(?:d )?out`,
			`deadline exceeded`,
		)},
		{as: UpstreamUnavailable, firm: true, says: codes(
			`overload`,
			`unavailable`,
			`maintenance`,
			`(?:no|insufficient|over|lack of|out of) capacity`,
			`capacity (?:exceeded|exhausted)`,
			`resource availability`,
			`server busy`,
			`(?:system|service|backend) (?:is )?(?:down|busy|offline)`,
			`stockout`,
			`read only mode`,
		)},
		{as: DependencyFailed, firm: true, says: codes(
			`dependency failed`,
			`failed dependency`,
			`(?:missing|no|incomplete) (?:\w+ )?(?:setup|configuration|connection|integration)`,
			`not (?:configured|connected|set up|setup|linked|installed)`,
			`(?:setup|configuration|connection) (?:required|missing|incomplete)`,
		)},
		{as: InvalidRequest, firm: true, says: codes(
			`(?:malformed|unparsable|unparseable|unreadable|invalid|bad) (?:\w+ )?(?:json|xml|yaml|body|syntax|document|payload)`,
			`parse (?:error|failed|exception)`,
			`(?:json|xml|body|syntax|parsing) (?:parse )?(?:error|invalid|exception)`,
			`not readable`,
			`malformed`,
		)},
		{as: Gone, says: codes(
			`expired$`,
			`gone$`,
			`deleted$`,
		)},
		{as: RateLimited, says: codes(
			`resource exhausted`,
			`limit (?:exceeded|reached)`,
		)},
		{as: Conflict, says: codes(
			`conflict`,
			`busy`,
		)},
		{as: Unauthenticated, says: codes(
			`unauthori[sz]ed`,
			`not authori[sz]ed`,
			`oauth`,
			`authori[sz]ation`,
			`^authentication$`,
		)},
		{as: NotFound, says: codes(
			`missing (?:exception|error)`,
		)},
		{as: InvalidRequest, says: codes(
			`(?:invalid|bad|illegal|wrong|unknown|missing|unexpected|unrecognized|unsupported) (?:\w+ )?(?:requests?|arguments?|args?|params?|parameters?|query|queries|input|url|uri|path|header|version|operation|action|filter|sort|cursor|page|id|ids|type|format|json|option|arg name|usage|structure|document)(?: error| exception| value)?$`,
			`(?:request|argument|query|parameter|input|params?) (?:error|invalid|missing|malformed|required)`,
			`bad request`,
			`out of range`,
			`no (?:text|arg|content|query|input)`,
		)},
		{as: ValidationFailed, says: codes(
			`validation`,
			`unprocessable`,
			`(?:record|entity|field|value|property|attribute|data|object|resource|model|form) (?:\w+ )?(?:invalid|missing|required|too long|too short)`,
			`^(?:invalid|incorrect|wrong)(?: \w+)*$`,
			`bad value`,
			`(?:is |not )?invalid$`,
			`constraint`,
			`blank`,
			`too (?:long|short|high|low|small|many|few)`,
			`business (?:rule|validation|error)`,
			`not (?:valid|accepted)`,
			`semantic`,
			`mismatch$`,
		)},
		{as: ValidationFailed, says: codes(
			`required(?: field)?(?: missing)?`,
		)},
		{as: UpstreamError, says: codes(
			`internal`,
			`server error`,
			`unknown error`,
			`unexpected`,
			`fatal`,
			`backend error`,
			`service error`,
			`system error`,
			`unhandled`,
		)},
	}
})

// codes makes one pattern of several that begin where words do.
func codes(patterns ...string) *regexp.Regexp {
	return regexp.MustCompile(`\b(?:` + strings.Join(patterns, "|") + `)`)
}

// saidBy is true if a code's words mean this.
func (s codeSense) saidBy(words string) bool {
	return s.says.MatchString(words) && (s.unless == nil || !s.unless.MatchString(words))
}

// MeaningOfCode returns the type that a machine code means, whatever its spelling: rate_limit_exceeded,
// RateLimitExceededException and RATE-LIMIT-EXCEEDED alike. It is false for codes that say nothing, as numbers do.
func MeaningOfCode(code string) (Type, bool) {
	sense, ok := senseOfCode(code)
	return sense.as, ok
}

func senseOfCode(code string) (codeSense, bool) {
	words := codeWords(code)
	if words == "" {
		return codeSense{}, false
	}
	kernel := kindOfCode.ReplaceAllString(words, "")
	for _, sense := range codeSenses() {
		if sense.saidBy(words) || kernel != words && sense.saidBy(kernel) {
			return sense, true
		}
	}
	return codeSense{}, false
}

// kindOfCode is what classes of exceptions end with.
var kindOfCode = regexp.MustCompile(`(?: exceptions?| errors?| faults?)+$`)

// codeWords gives the words of a code in lower case: NoSuchKey, no_such_key and NO-SUCH-KEY are "no such key".
func codeWords(code string) string {
	var b strings.Builder
	runes := []rune(clip(code, maxCodeBytes))
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteByte(' ')
			continue
		case unicode.IsUpper(r) && i > 0 && startsWord(runes, i):
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// startsWord is true for an upper-case letter after a lower-case one, and for the last of several before one.
func startsWord(runes []rune, i int) bool {
	return unicode.IsLower(runes[i-1]) || unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
}
